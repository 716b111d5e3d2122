package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/proof"
	"tieout/sync/reconcile"
)

// writersBefore is how many days before the cut-over documents are looked at:
// another writer's receipt for a payment may be dated a little earlier.
const writersBefore = 3

// stripeName finds the id of a Stripe object in a text (Stripe docs: the
// prefixes of object ids).
var stripeName = regexp.MustCompile(`\b(?:ch|py|pi|po|txn|re|pyr)_[A-Za-z0-9]{8,}\b`)

// Writers gives the traces of other writers that nobody has decided about.
func (s *Store) Writers(ctx context.Context, b books.Book) ([]proof.Writer, error) {
	if b.CutOver == nil {
		return nil, nil
	}
	list, err := s.namingStripe(ctx, b)
	if err == nil {
		err = s.touchedBy(ctx, b, list)
	}
	if err == nil {
		list, err = s.sinceCutOver(ctx, b, list)
	}
	var more []proof.Writer
	if err == nil {
		more, err = s.otherMarkers(ctx, b)
		list = append(list, more...)
	}
	if err == nil {
		more, err = s.otherClearing(ctx, b)
		list = append(list, more...)
	}
	if err != nil {
		return nil, fmt.Errorf("store: other writers: %w", err)
	}
	return list, nil
}

// Traces gives, by movement, what other writers have left that nobody has
// decided about, and the open questions about what is there no more.
func (s *Store) Traces(ctx context.Context, b books.Book) (reconcile.Traces, error) {
	found := reconcile.Traces{Touched: map[string]reconcile.Trace{}}
	if b.CutOver == nil {
		return found, nil
	}
	list, err := s.writersAndDoubles(ctx, b)
	if err != nil {
		return found, err
	}
	open, err := s.OpenDecisions(ctx, b.Tenant, b.ID)
	if err != nil {
		return found, err
	}
	asked := map[string]string{}
	for _, d := range open {
		if d.Kind == reconcile.DecideWriter {
			asked[d.Subject] = d.ID
		}
	}
	there := map[string]bool{}
	for movement, w := range proof.Touched(list) {
		there[w.Subject()] = true
		found.Touched[movement] = reconcile.Trace{Subject: w.Subject(), Text: w.Text(), Asked: asked[w.Subject()] != ""}
	}
	for _, subject := range slices.Sorted(maps.Keys(asked)) {
		if !there[subject] {
			found.Gone = append(found.Gone, asked[subject])
		}
	}
	return found, nil
}

// writersAndDoubles are the traces of other writers together with what doubles
// a payout.
func (s *Store) writersAndDoubles(ctx context.Context, b books.Book) ([]proof.Writer, error) {
	list, err := s.Writers(ctx, b)
	if err != nil {
		return nil, err
	}
	suspects, err := s.Suspects(ctx, b)
	if err != nil {
		return nil, err
	}
	for _, x := range suspects {
		list = append(list, proof.Writer{
			Kind: proof.WriterPayout, Ref: x.Document, Names: []string{x.Payout}, Amount: x.Amount, Currency: x.Currency, Date: x.Date,
		})
	}
	if err := s.touchedBy(ctx, b, list); err != nil {
		return nil, fmt.Errorf("store: other writers: %w", err)
	}
	return list, nil
}

// undecided is the condition that nobody has answered the question about a
// document.
func undecided(kind, id string) string {
	return `not exists (select 1 from decision q where q.tenant = $1 and q.book = $3 and q.kind = '` + proof.DecideWriter +
		`' and q.answer <> '' and q.subject = 'document/' || ` + kind + ` || '/' || ` + id + `)`
}

// namingStripe finds unmarked documents and receipts that name an object of
// Stripe and stand for nothing of ours.
func (s *Store) namingStripe(ctx context.Context, b books.Book) ([]proof.Writer, error) {
	since := receivables.DateIn(*b.CutOver, b.Location()).AddDays(-writersBefore)
	of := func(kind string) string {
		return `select '` + kind + `', d.id, d.currency, d.total, d.dated, d.doc, v.recorded_at from ` + kind + ` d
			join version v on v.tenant = d.tenant and v.connection = d.connection and v.kind = '` + kind + `' and v.external_id = d.id and v.seq = d.seq
			where d.tenant = $1 and d.connection = $2 and d.marker = '' and d.state = 'live' and d.dated >= $4
				and (cast(d.doc as text) like '%ch@_%' escape '@' or cast(d.doc as text) like '%py@_%' escape '@' or cast(d.doc as text) like '%pi@_%' escape '@'
					or cast(d.doc as text) like '%po@_%' escape '@' or cast(d.doc as text) like '%txn@_%' escape '@' or cast(d.doc as text) like '%re@_%' escape '@')
				and ` + notOurs("'"+kind+"'", "d.id") + ` and ` + undecided("'"+kind+"'", "d.id")
	}
	var list []proof.Writer
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var day date
		var doc []byte
		var since instant
		x := proof.Writer{Kind: proof.WriterStripe}
		if err := scan(&x.Ref.Kind, &x.Ref.ID, &x.Currency, &x.Amount, &day, &doc, &since); err != nil {
			return err
		}
		var said struct{ Reference, Note, Number string }
		if err := json.Unmarshal(doc, &said); err != nil {
			return fmt.Errorf("decode %s %s: %w", x.Ref.Kind, x.Ref.ID, err)
		}
		x.Date, x.Since = receivables.Date(day), since.time()
		x.Names = stripeName.FindAllString(strings.Join([]string{said.Reference, said.Note, said.Number}, " "), -1)
		slices.Sort(x.Names)
		x.Names = slices.Compact(x.Names)
		if len(x.Names) > 0 {
			list = append(list, x)
		}
		return nil
	}, of("receipt")+` union all `+of("document"), b.Tenant, b.Ledger, b.ID, string(since))
	slices.SortFunc(list, func(x, y proof.Writer) int { return strings.Compare(x.Subject(), y.Subject()) })
	return list, err
}

// touchedBy finds the movements behind the names.
func (s *Store) touchedBy(ctx context.Context, b books.Book, list []proof.Writer) error {
	byName := map[string][]int{}
	for i, w := range list {
		for _, name := range w.Names {
			byName[name] = append(byName[name], i)
		}
		list[i].Movements = nil
	}
	if len(byName) == 0 {
		return nil
	}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var name, movement string
		if err := scan(&name, &movement); err != nil {
			return err
		}
		for _, i := range byName[name] {
			list[i].Movements = append(list[i].Movements, movement)
		}
		return nil
	}, `
		select id, movement from charge where tenant = $1 and connection in list($2) and id in list($3) and movement <> ''
		union select payment_intent, movement from charge where tenant = $1 and connection in list($2) and payment_intent in list($3)
			and payment_intent <> '' and movement <> ''
		union select id, movement from payout where tenant = $1 and connection in list($2) and id in list($3) and movement <> ''
		union select id, id from balance_transaction where tenant = $1 and connection in list($2) and id in list($3)
		union select source, id from balance_transaction where tenant = $1 and connection in list($2) and source in list($3)
			and type <> 'charge' and type <> 'payment' and source <> ''
		order by 1, 2`, b.Tenant, b.Sources, slices.Sorted(maps.Keys(byName)))
	for i := range list {
		slices.Sort(list[i].Movements)
		list[i].Movements = slices.Compact(list[i].Movements)
	}
	return err
}

// sinceCutOver leaves out traces of payments before the cut-over: those are
// booked by whoever kept the books then.
func (s *Store) sinceCutOver(ctx context.Context, b books.Book, list []proof.Writer) ([]proof.Writer, error) {
	var all []string
	for _, w := range list {
		all = append(all, w.Movements...)
	}
	var ids []string
	err := s.reader.all(ctx, &ids, `select id from balance_transaction b
		where tenant = $1 and connection in list($2) and id in list($3) and (created < $4 or `+earlier("b", "$5")+`)`,
		b.Tenant, b.Sources, all, b.CutOver, b.ID)
	if err != nil {
		return nil, err
	}
	first := b.Opened()
	var kept []proof.Writer
	for _, w := range list {
		named := len(w.Movements) > 0
		w.Movements = slices.DeleteFunc(w.Movements, func(id string) bool { return slices.Contains(ids, id) })
		if len(w.Movements) > 0 || !named && w.Date >= first {
			kept = append(kept, w)
		}
	}
	return kept, nil
}

// otherMarkers finds live documents with a marker that no part of the book
// carries: another installation writes here.
func (s *Store) otherMarkers(ctx context.Context, b books.Book) ([]proof.Writer, error) {
	since := b.Opened().AddDays(-writersBefore)
	of := func(kind string) string {
		return `select '` + kind + `', d.id, d.currency, d.total, d.dated, v.recorded_at from ` + kind + ` d
			join version v on v.tenant = d.tenant and v.connection = d.connection and v.kind = '` + kind + `' and v.external_id = d.id and v.seq = d.seq
			where d.tenant = $1 and d.connection = $2 and d.marker <> '' and d.state = 'live' and d.dated >= $4
				and not exists (select 1 from part a where a.tenant = $1 and a.book = $3 and a.marker = d.marker and a.marker <> '')
				and ` + notOurs("'"+kind+"'", "d.id") + ` and ` + undecided("'"+kind+"'", "d.id")
	}
	return s.traces(ctx, proof.WriterMarker, of("receipt")+` union all `+of("document")+` order by 1, 2 limit `+fmt.Sprint(maxEntries),
		b.Tenant, b.Ledger, b.ID, string(since))
}

func (s *Store) traces(ctx context.Context, kind, statement string, args ...any) ([]proof.Writer, error) {
	var list []proof.Writer
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var day date
		var since instant
		x := proof.Writer{Kind: kind}
		if err := scan(&x.Ref.Kind, &x.Ref.ID, &x.Currency, &x.Amount, &day, &since); err != nil {
			return err
		}
		x.Date, x.Since = receivables.Date(day), since.time()
		list = append(list, x)
		return nil
	}, statement, args...)
	return list, err
}

// otherClearing finds accounts that are named after Stripe, are none of the
// book's own, and have been posted to since the cut-over.
func (s *Store) otherClearing(ctx context.Context, b books.Book) ([]proof.Writer, error) {
	own := ownAccounts(b)
	since := string(b.Opened())
	var list []proof.Writer
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var doc document[receivables.Account]
		var seen instant
		if err := scan(&doc, &seen); err != nil {
			return err
		}
		a := doc.value
		if !strings.Contains(strings.ToLower(a.Name), "stripe") {
			return nil
		}
		list = append(list, proof.Writer{
			Kind: proof.WriterAccount, Ref: a.Ref(), Title: a.Name, Currency: a.Currency, Since: seen.time(),
		})
		return nil
	}, `
		select a.doc, min(v.recorded_at) from account a
		join posting g on g.tenant = a.tenant and g.connection = a.connection and g.account = a.id and g.live and g.dated >= $4
		join version v on v.tenant = g.tenant and v.connection = g.connection and v.kind = g.kind and v.external_id = g.id and v.seq = 1
		where a.tenant = $1 and a.connection = $2 and not a.deleted and a.use in ('bank', 'current_asset') and not a.id in list($5)
			and cast(a.doc as text) like '%tripe%' and `+undecided("'account'", "a.id")+`
		group by a.id, a.doc order by a.id`, b.Tenant, b.Ledger, b.ID, since, own)
	return list, err
}

// ownAccounts are the accounts that the book has chosen.
func ownAccounts(b books.Book) []string {
	a := b.Accounts
	own := []string{a.Fees, a.Returned, a.Goodwill, a.BadDebt}
	for _, m := range []map[money.Currency]string{a.Clearing, a.Disputes, a.TopUps, a.Receivable} {
		own = slices.AppendSeq(own, maps.Values(m))
	}
	own = slices.AppendSeq(own, maps.Values(a.Banks))
	slices.Sort(own)
	return slices.Compact(own)
}

// suspectBefore and suspectAfter are the days around a payout's arrival within
// which a document of the same amount on the bank is suspected.
const suspectBefore, suspectAfter = 3, 7

// Suspects gives live documents on the book's bank accounts that no part
// stands for, and that look like a payout since the cut-over.
func (s *Store) Suspects(ctx context.Context, b books.Book) ([]proof.Suspect, error) {
	payouts, err := s.Payouts(ctx, b)
	if err != nil || len(payouts) == 0 {
		return nil, err
	}
	byAmount := map[money.Money][]proof.PayoutCheck{}
	for _, p := range payouts {
		key := money.Money{Minor: p.Amount, Currency: p.Currency}
		byAmount[key] = append(byAmount[key], p)
	}
	var list []proof.Suspect
	banks := slices.Sorted(maps.Values(b.Accounts.Banks))
	since := receivables.DateIn(*b.CutOver, b.Location()).AddDays(-suspectBefore)
	err = s.reader.each(ctx, func(scan func(...any) error) error {
		var day date
		x := proof.Suspect{Document: receivables.Ref{Kind: receivables.KindDocument}}
		if err := scan(&x.Document.ID, &x.Amount, &x.Currency, &day); err != nil {
			return err
		}
		x.Date = receivables.Date(day)
		for _, p := range byAmount[money.Money{Minor: x.Amount, Currency: x.Currency}] {
			if days := x.Date.DaysSince(p.Arrival); p.Arrival != "" && days >= -suspectBefore && days <= suspectAfter {
				x.Payout = p.ID
				list = append(list, x)
			}
		}
		return nil
	}, `
		select g.id, g.amount, g.currency, g.dated from `+accountPosting+` g
		join document d on d.tenant = g.tenant and d.connection = g.connection and d.id = g.id
		where g.tenant = $1 and g.connection = $2 and g.kind = 'document' and g.live and g.account in list($4) and g.dated >= $5
			and not exists (select 1 from part a where a.tenant = g.tenant and a.book = $3
				and (a.doc_kind = 'document' and a.doc_id = g.id or a.marker = d.marker and a.marker <> ''))
			and `+undecided("'document'", "g.id")+`
		order by g.dated, g.id, g.line`, b.Tenant, b.Ledger, b.ID, banks, string(since))
	if err != nil {
		return nil, fmt.Errorf("store: suspects: %w", err)
	}
	return list, nil
}
