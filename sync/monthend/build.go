package monthend

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/proof"
)

// ErrSame says that the person who prepared a month cannot review it.
var ErrSame = errors.New("a month is reviewed by somebody else than the person who prepared it")

// Store is what a pack needs of the database.
type Store interface {
	proof.History
	// StripeActivity gives, by currency, the sum of all movements before from,
	// and what was moved until to by reporting category.
	StripeActivity(ctx context.Context, b books.Book, from, to time.Time) (map[money.Currency]Stripe, error)
	// NetSince adds up the movements from the cut-over until an instant.
	NetSince(ctx context.Context, b books.Book, to time.Time) (map[money.Currency]int64, error)
	// ProofAt gives the newest proof before an instant, else the latest of all
	// with false; its ID is "" when there is none.
	ProofAt(ctx context.Context, b books.Book, to time.Time) (proof.Proof, bool, error)
	CustomerNames(ctx context.Context, b books.Book) (map[string]string, error)
	LedgerAccounts(ctx context.Context, tenant, connection string) ([]receivables.Account, error)
	InvoiceNumbers(ctx context.Context, b books.Book, ids []string) (map[string]string, error)
	// CreatedNames gives what a set-up has made in the ledger: "contact/16".
	CreatedNames(ctx context.Context, b books.Book) (map[string]string, error)
	// DestinationsShown are what processors show of the accounts that their
	// payouts go to, by id.
	DestinationsShown(ctx context.Context, tenant string, connections []string) (map[string]receivables.Destination, error)
	// Notes gives what people decided and changed in a span of time.
	Notes(ctx context.Context, b books.Book, from, to time.Time) ([]Note, error)
	SignOffs(ctx context.Context, b books.Book, month Month) ([]SignOff, error)
	SaveSignOff(ctx context.Context, b books.Book, month Month, s SignOff) error
}

// Build makes the packs of a month, one for each currency in which something
// was moved, is owed, or has a clearing account.
func Build(ctx context.Context, s Store, b books.Book, ledger string, month Month, now time.Time) ([]Pack, error) {
	from, to := month.Span(b.Location())
	stripe, err := s.StripeActivity(ctx, b, from, to)
	if err != nil {
		return nil, err
	}
	since, err := s.NetSince(ctx, b, to)
	if err != nil {
		return nil, err
	}
	stood, err := proof.Measure(ctx, s, b, month.Last(), proof.Everything())
	if err != nil {
		return nil, err
	}
	measured, proven, err := s.ProofAt(ctx, b, to)
	if err != nil {
		return nil, err
	}
	notes, err := s.Notes(ctx, b, from, to)
	if err != nil {
		return nil, err
	}
	signed, err := s.SignOffs(ctx, b, month)
	if err != nil {
		return nil, err
	}
	names, err := s.CustomerNames(ctx, b)
	if err != nil {
		return nil, err
	}
	if notes, err = inWords(ctx, s, b, notes, names); err != nil {
		return nil, err
	}
	var packs []Pack
	for _, c := range currencies(b, stripe, stood) {
		p := Pack{
			Book: b.Name, BookID: b.ID, Ledger: ledger, Month: month, Currency: c, MadeAt: now, Stripe: stripe[c],
			Clearing: stood.Clearing[c], Expected: b.Opening[c] + since[c], Proof: measured, Proven: proven,
			Notes: notes, SignOffs: signed, Lost: stood.Lost,
		}
		if p.Owed, err = owed(stood, c, names, month.Last()); err != nil {
			return nil, err
		}
		packs = append(packs, p)
	}
	return packs, nil
}

// inWords says the settings among the notes in words.
func inWords(ctx context.Context, s Store, b books.Book, notes []Note, customers map[string]string) ([]Note, error) {
	w := words{accounts: map[string]string{}, customers: customers, zone: b.Location()}
	accounts, err := s.LedgerAccounts(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		w.accounts[a.ID] = a.Name
	}
	if w.invoices, err = s.InvoiceNumbers(ctx, b, exempted(notes)); err != nil {
		return nil, err
	}
	if w.created, err = s.CreatedNames(ctx, b); err != nil {
		return nil, err
	}
	if w.destinations, err = s.DestinationsShown(ctx, b.Tenant, b.Sources); err != nil {
		return nil, err
	}
	return w.notes(notes), nil
}

// exempted are the invoices that changes of the settings opt out of links.
func exempted(notes []Note) []string {
	var ids []string
	for _, n := range notes {
		for _, text := range []string{n.Old, n.New} {
			var s books.Settings
			if n.Kind == KindSetting && n.Text == "Settings" && json.Unmarshal([]byte(text), &s) == nil {
				ids = append(ids, s.NoLinkInvoices...)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Sign puts a person's name under a month. Where fourEyes asks for it, whoever
// has prepared the month cannot review it.
func Sign(ctx context.Context, s Store, b books.Book, month Month, sign SignOff, fourEyes bool) error {
	if fourEyes && sign.Role == RoleReviewed {
		before, err := s.SignOffs(ctx, b, month)
		if err != nil {
			return err
		}
		prepared := false
		for _, x := range before {
			if x.Role != RolePrepared {
				continue
			}
			prepared = true
			if Same(x.By, sign.By) {
				return fmt.Errorf("monthend: %s: %w", month, ErrSame)
			}
		}
		if !prepared {
			return fmt.Errorf("monthend: %s has not been prepared by anybody: %w", month, ErrSame)
		}
	}
	return s.SaveSignOff(ctx, b, month, sign)
}

func currencies(b books.Book, stripe map[money.Currency]Stripe, stood proof.AsOf) []money.Currency {
	all := map[money.Currency]bool{}
	for c := range b.Accounts.Clearing {
		all[c] = true
	}
	for c := range stripe {
		all[c] = true
	}
	for _, o := range stood.Documents {
		if o.Receivable != 0 {
			all[o.Currency] = true
		}
	}
	var list []money.Currency
	for c := range all {
		list = append(list, c)
	}
	slices.Sort(list)
	return list
}

// owed shares what was open at the month's end among customers and ages.
func owed(stood proof.AsOf, c money.Currency, names map[string]string, day receivables.Date) ([]Owed, error) {
	items, credits, journals := map[string][]receivables.OpenItem{}, map[string]int64{}, map[string]int64{}
	customers := map[string]bool{}
	for _, o := range stood.Documents {
		if o.Currency != c || o.Receivable == 0 {
			continue
		}
		customers[o.Customer] = true
		switch o.Ref.Kind {
		case receivables.KindInvoice:
			items[o.Customer] = append(items[o.Customer], receivables.OpenItem{Balance: o.Receivable, Due: o.Due, Issued: o.Issued})
		case receivables.KindDocument:
			journals[o.Customer] += o.Receivable
		default:
			credits[o.Customer] -= o.Receivable
		}
	}
	var list []Owed
	for id := range customers {
		ageing, err := receivables.Age(items[id], credits[id], day, receivables.ByDue)
		if err != nil {
			return nil, fmt.Errorf("monthend: ageing: %w", err)
		}
		list = append(list, Owed{Customer: id, Name: cmp.Or(names[id], id, "(no customer)"), Ageing: ageing, Journals: journals[id]})
	}
	slices.SortFunc(list, func(a, b Owed) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Customer, b.Customer)) })
	return list, nil
}
