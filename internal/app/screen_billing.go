package app

import (
	"cmp"
	"context"
	"slices"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/web"
)

// billing adds up, over ledgers and by currency, what months billed and what is
// owed.
type billing map[money.Currency]*billed

type billed struct {
	months map[receivables.Date]receivables.Month
	first  receivables.Date
	owed   int64
}

// add adds a book's ledger.
func (l billing) add(ctx context.Context, s *store.Store, b books.Book, today receivables.Date) error {
	all, err := s.Months(ctx, b.Tenant, b.Ledger, today)
	if err != nil {
		return err
	}
	open, err := s.OpenReceivables(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return err
	}
	for c, months := range all {
		if l[c] == nil {
			l[c] = &billed{months: map[receivables.Date]receivables.Month{}, first: months[0].First}
		}
		x := l[c]
		if x.owed, err = money.AddMinor(x.owed, open[c].Net); err != nil {
			return err
		}
		x.first = min(x.first, months[0].First)
		for _, m := range months {
			sum := x.months[m.First]
			x.months[m.First] = receivables.Month{
				First: m.First, Invoiced: sum.Invoiced + m.Invoiced, Credited: sum.Credited + m.Credited, Collected: sum.Collected + m.Collected,
				Invoices: sum.Invoices + m.Invoices, Receipts: sum.Receipts + m.Receipts,
			}
		}
	}
	return nil
}

// lines are the currencies, those with the most invoices first.
func (l billing) lines(today receivables.Date) []web.Billing {
	var out []web.Billing
	for c, x := range l {
		all := receivables.Months(x.months, x.first, today)
		line := web.Billing{Currency: c, DSO: receivables.CountBack(x.owed, all, today)}
		first := today.MonthStart()
		for range web.BillingMonths - 1 {
			first = first.AddDays(-1).MonthStart()
		}
		line.Months = receivables.Months(x.months, first, today)
		out = append(out, line)
	}
	slices.SortFunc(out, func(a, b web.Billing) int {
		return cmp.Or(-cmp.Compare(a.Sum().Invoices, b.Sum().Invoices), cmp.Compare(a.Currency, b.Currency))
	})
	return out
}
