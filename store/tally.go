package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
)

// tallyTable holds what documents come to. It is written where they are, in one
// transaction; a page reads a few rows of it instead of all invoices.
var tallyTable = newTable("tally", 5, "tenant text, connection text, kind text, currency text, day text, count bigint, total bigint, balance bigint")

// The kinds of tally beside the standings of invoices. Their day is the first
// of the month.
const (
	tallyInvoiced  = "invoiced"
	tallyDeposited = "deposited"
	tallyCredited  = "credited"
	tallyPrepaid   = "prepaid"
	tallyReceived  = "received"
)

// standing says which of listing.Open, Paid and Void an invoice is; each is one
// of them. The indexes have the same expression.
const standing = `case when i.state <> 'live' then 'void' when i.balance = 0 then 'paid' else 'open' end`

// tallyKey is a row of the table within a connection.
type tallyKey struct {
	kind, currency, day string
}

// tallyOf is what one sort of documents comes to.
type tallyOf struct{ count, total, balance int64 }

// tallies are the changes that a page makes.
type tallies map[tallyKey]tallyOf

// add counts a document n times: once, or once less for what it was before.
func (t tallies) add(e receivables.Entity, n int64) {
	put := func(kind string, currency money.Currency, day receivables.Date, total, balance int64) {
		k := tallyKey{kind, string(currency), string(day)}
		x := t[k]
		t[k] = tallyOf{x.count + n, x.total + n*total, x.balance + n*balance}
	}
	switch v := e.(type) {
	case receivables.Invoice:
		where, day := standingOf(v)
		put(string(where), v.Currency, day, v.Total, v.Balance)
		if v.State == receivables.StateLive {
			put(tallyInvoiced, v.Currency, v.Issued.MonthStart(), v.Total, 0)
			if v.Deposit != 0 {
				put(tallyDeposited, v.Currency, v.Issued.MonthStart(), v.Deposit, 0)
			}
		}
	case receivables.Credit:
		kind := map[receivables.CreditKind]string{
			receivables.CreditNote: tallyCredited, receivables.CreditOverpaid: tallyPrepaid, receivables.CreditPrepaid: tallyPrepaid,
		}[v.Kind]
		if kind != "" && v.State == receivables.StateLive {
			put(kind, v.Currency, v.Issued.MonthStart(), v.Total, 0)
		}
	case receivables.Receipt:
		if v.State == receivables.StateLive {
			put(tallyReceived, v.Currency, v.Date.MonthStart(), v.Total, 0)
		}
	}
}

// standingOf is standing, with the day that what is open is aged from.
func standingOf(v receivables.Invoice) (listing.Status, receivables.Date) {
	switch {
	case v.State != receivables.StateLive:
		return listing.Void, ""
	case v.Balance == 0:
		return listing.Paid, ""
	}
	return listing.Open, cmp.Or(v.Due, v.Issued)
}

// tally keeps the table in step with the page. It comes before the documents
// are written, because what they were is taken off.
func (w *pageWriter) tally(ctx context.Context) error {
	changes := tallies{}
	var known []receivables.Ref
	for _, ref := range w.order {
		l := w.latest[ref]
		changes.add(l.entity, 1)
		if l.existed {
			known = append(known, ref)
		}
	}
	for kind, ids := range byKind(known) {
		if kind != receivables.KindInvoice && kind != receivables.KindCredit && kind != receivables.KindReceipt {
			continue
		}
		err := w.t.each(ctx, func(scan func(...any) error) error {
			var doc []byte
			if err := scan(&doc); err != nil {
				return err
			}
			e, err := projections[kind].decode(doc)
			changes.add(e, -1)
			return err
		}, `select doc from `+string(kind)+` where tenant = $1 and connection = $2 and id in list($3)`, w.page.Tenant, w.page.Connection, ids)
		if err != nil {
			return err
		}
	}
	return w.writeTally(ctx, changes)
}

func (w *pageWriter) writeTally(ctx context.Context, changes tallies) error {
	var rows [][]any
	less := false
	for k, x := range changes {
		if x != (tallyOf{}) {
			rows = append(rows, []any{w.page.Tenant, w.page.Connection, k.kind, k.currency, k.day, x.count, x.total, x.balance})
			less = less || x.count < 0
		}
	}
	slices.SortFunc(rows, func(a, b []any) int { return cmp.Compare(fmt.Sprint(a[2:5]), fmt.Sprint(b[2:5])) })
	err := w.t.write(ctx, tallyTable, ` on conflict (tenant, connection, kind, currency, day) do update set
		count = tally.count + excluded.count, total = tally.total + excluded.total, balance = tally.balance + excluded.balance`, rows)
	if err != nil || !less {
		return err
	}
	_, err = w.t.run(ctx, `delete from tally where tenant = $1 and connection = $2 and count = 0 and total = 0 and balance = 0`, w.page.Tenant, w.page.Connection)
	return err
}

// Months gives what each month billed and collected in a ledger, by currency,
// from the first month that is known, at most some years back, to the one of the
// day.
func (s *Store) Months(ctx context.Context, tenant, connection string, asOf receivables.Date) (map[money.Currency][]receivables.Month, error) {
	const longest = 3653 // ten years: what is typed as of 1900 must not make a thousand months
	known := map[money.Currency]map[receivables.Date]receivables.Month{}
	first := map[money.Currency]receivables.Date{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var currency money.Currency
		var kind string
		var day receivables.Date
		var x tallyOf
		if err := scan(&currency, &kind, &day, &x.count, &x.total); err != nil {
			return err
		}
		if known[currency] == nil {
			known[currency], first[currency] = map[receivables.Date]receivables.Month{}, day
		}
		m := known[currency][day]
		switch kind {
		case tallyInvoiced:
			m.Invoiced, m.Invoices = m.Invoiced+x.total, m.Invoices+int(x.count)
		case tallyCredited:
			m.Credited += x.total
		default:
			m.Collected, m.Receipts = m.Collected+x.total, m.Receipts+int(x.count)
		}
		known[currency][day] = m
		return nil
	}, `select currency, kind, day, count, total from tally where tenant = $1 and connection = $2
			and kind in ('invoiced', 'deposited', 'credited', 'prepaid', 'received') and day >= $3 and day <= $4
		order by currency, day`, tenant, connection, string(asOf.AddDays(-longest)), string(asOf))
	if err != nil {
		return nil, fmt.Errorf("store: months of %q: %w", connection, err)
	}
	out := map[money.Currency][]receivables.Month{}
	for currency, months := range known {
		out[currency] = receivables.Months(months, first[currency], asOf)
	}
	return out, nil
}
