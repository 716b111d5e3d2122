package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/journal"
	"tieout/sync/monthend"
	"tieout/sync/proof"
)

var _ monthend.Store = (*Store)(nil)

// StripeActivity gives Stripe's side of a span of time by currency: what was
// moved before it, within it by reporting category, and until its end.
func (s *Store) StripeActivity(ctx context.Context, b books.Book, from, to time.Time) (map[money.Currency]monthend.Stripe, error) {
	out := map[money.Currency]monthend.Stripe{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var c money.Currency
		var x monthend.Stripe
		if err := scan(&c, &x.Opening, &x.Closing); err != nil {
			return err
		}
		out[c] = x
		return nil
	}, `select currency, cast(sum(case when created < $3 then net else 0 end) as bigint), cast(sum(net) as bigint) from balance_transaction
		where tenant = $1 and connection in list($2) and not deleted and created < $4 group by currency`, b.Tenant, b.Sources, from, to)
	sums := map[money.Currency]map[string]monthend.Activity{}
	if err == nil {
		err = s.reader.each(ctx, func(scan func(...any) error) error {
			var doc document[receivables.BalanceTransaction]
			if err := scan(&doc); err != nil {
				return err
			}
			m := doc.value
			if sums[m.Currency] == nil {
				sums[m.Currency] = map[string]monthend.Activity{}
			}
			category := cmp.Or(m.Category, m.Type, "unnamed")
			a := sums[m.Currency][category]
			sums[m.Currency][category] = monthend.Activity{
				Category: category, Count: a.Count + 1, Amount: a.Amount + m.Amount, Fee: a.Fee + m.Fee, Net: a.Net + m.Net,
			}
			return nil
		}, `select doc from balance_transaction where tenant = $1 and connection in list($2) and not deleted and created >= $3 and created < $4`,
			b.Tenant, b.Sources, from, to)
	}
	if err != nil {
		return nil, fmt.Errorf("store: stripe activity: %w", err)
	}
	for c, x := range out {
		for _, category := range slices.Sorted(maps.Keys(sums[c])) {
			x.Activity = append(x.Activity, sums[c][category])
		}
		out[c] = x
	}
	return out, nil
}

// NetSince adds up the movements from the cut-over until an instant.
func (s *Store) NetSince(ctx context.Context, b books.Book, to time.Time) (map[money.Currency]int64, error) {
	out := map[money.Currency]int64{}
	if b.CutOver == nil {
		return out, nil
	}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var c money.Currency
		var n int64
		err := scan(&c, &n)
		out[c] = n
		return err
	}, `select currency, cast(sum(net) as bigint) from balance_transaction b
		where tenant = $1 and connection in list($2) and not deleted and created >= $3 and created < $4 and not `+earlier("b", "$5")+` group by currency`,
		b.Tenant, b.Sources, b.CutOver, to, b.ID)
	if err != nil {
		return nil, fmt.Errorf("store: net since the cut-over: %w", err)
	}
	return out, nil
}

// ProofAt gives the newest proof before an instant; with false the latest of
// all, whose ID is "" when there is none.
func (s *Store) ProofAt(ctx context.Context, b books.Book, to time.Time) (proof.Proof, bool, error) {
	p, err := s.oneProof(ctx, b.Tenant, `select `+proofColumns+` from proof where tenant = $1 and book = $2 and proven_at < $3
		order by proven_at desc, id desc limit 1`, b.Tenant, b.ID, to)
	if errors.Is(err, ErrNotFound) {
		p, _, err = s.LatestProof(ctx, b.Tenant, b.ID)
		return p, false, err
	}
	if err != nil {
		return p, false, fmt.Errorf("store: proof of the month: %w", err)
	}
	return p, true, nil
}

// CustomerNames gives the names of the ledger's customers by id.
func (s *Store) CustomerNames(ctx context.Context, b books.Book) (map[string]string, error) {
	names := map[string]string{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var doc document[receivables.Customer]
		err := scan(&doc)
		names[doc.value.ID] = doc.value.Name
		return err
	}, `select doc from customer where tenant = $1 and connection = $2`, b.Tenant, b.Ledger)
	if err != nil {
		return nil, fmt.Errorf("store: names of customers: %w", err)
	}
	return names, nil
}

// InvoiceNumbers gives the numbers of invoices by id.
func (s *Store) InvoiceNumbers(ctx context.Context, b books.Book, ids []string) (map[string]string, error) {
	numbers, err := s.reader.numbersOf(ctx, b.Tenant, b.Ledger, ids)
	if err != nil {
		return nil, fmt.Errorf("store: numbers of invoices: %w", err)
	}
	return numbers, nil
}

// CreatedNames gives the names of what a set-up has made in the ledger, by kind
// and id: "contact/16".
func (s *Store) CreatedNames(ctx context.Context, b books.Book) (map[string]string, error) {
	names := map[string]string{}
	err := s.Journal(ctx, b.Tenant, b.ID, JournalQuery{Kinds: []journal.Kind{journal.KindCreated}}, func(l journal.Line) error {
		e, err := l.Open()
		names[string(e.Document.Kind)+"/"+e.Document.ID] = e.Name
		return err
	})
	if err != nil {
		return nil, err
	}
	return names, nil
}

// Notes gives, from the journal, what people decided about a book and changed of
// it in a span of time, and the changes of the installation's controls.
func (s *Store) Notes(ctx context.Context, b books.Book, from, to time.Time) ([]monthend.Note, error) {
	var list []monthend.Note
	q := JournalQuery{From: &from, To: &to, Kinds: []journal.Kind{
		journal.KindDecision, journal.KindSettings, journal.KindWrites, journal.KindUndo, journal.KindRedo,
	}}
	err := s.Journal(ctx, b.Tenant, b.ID, q, func(l journal.Line) error {
		e, err := l.Open()
		if err != nil {
			return err
		}
		list = append(list, notes(e)...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	changes, err := s.controlChanges(ctx, b.Tenant, from, to)
	list = append(list, changes...)
	slices.SortStableFunc(list, func(a, b monthend.Note) int { return a.At.Compare(b.At) })
	return list, err
}

// notes are what an entry of the journal changed: one for each part of the
// settings that is not as before.
func notes(e journal.Entry) []monthend.Note {
	one := monthend.Note{At: e.At, Who: e.Who, Kind: string(e.Kind), Text: e.Why}
	if e.Kind == journal.KindDecision {
		var answer string
		if json.Unmarshal(e.Answer, &answer) == nil {
			one.New = answer
		}
		// The words of the answer that was chosen stand behind what it is about.
		if len(e.Evidence) > 1 {
			one.New = e.Evidence[1]
		}
		return []monthend.Note{one}
	}
	var before, after map[string]json.RawMessage
	if e.Kind != journal.KindSettings || json.Unmarshal(e.Answer, &after) != nil || len(e.Before) == 0 || json.Unmarshal(e.Before, &before) != nil {
		return []monthend.Note{one}
	}
	var list []monthend.Note
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if name != "Generation" && string(before[name]) != string(after[name]) {
			list = append(list, monthend.Note{At: e.At, Who: e.Who, Kind: monthend.KindSetting, Text: name, Old: string(before[name]), New: string(after[name])})
		}
	}
	return list
}

// SignOffs gives who has signed a month of a book, in the order of time.
func (s *Store) SignOffs(ctx context.Context, b books.Book, month monthend.Month) ([]monthend.SignOff, error) {
	var list []monthend.SignOff
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var x monthend.SignOff
		var at instant
		err := scan(&x.Role, &x.By, &at, &x.Pack)
		x.At = at.time()
		list = append(list, x)
		return err
	}, `select role, signed_by, signed_at, pack from sign_off where tenant = $1 and book = $2 and month = $3 order by signed_at, role`,
		b.Tenant, b.ID, string(month))
	if err != nil {
		return nil, fmt.Errorf("store: sign-offs: %w", err)
	}
	return list, nil
}

// SaveSignOff appends a signature under a month; none is ever changed.
func (s *Store) SaveSignOff(ctx context.Context, b books.Book, month monthend.Month, x monthend.SignOff) error {
	err := s.inTx(ctx, func(t runner) error {
		_, err := t.run(ctx, `insert into sign_off (tenant, book, month, role, signed_by, signed_at, pack) values ($1, $2, $3, $4, $5, $6, $7)`,
			b.Tenant, b.ID, string(month), x.Role, x.By, x.At, x.Pack)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: sign a month: %w", err)
	}
	return nil
}
