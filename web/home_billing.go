package web

import (
	"tieout/money"
	"tieout/receivables"
	"tieout/web/chart"
)

// BillingMonths is how many months the first page shows.
const BillingMonths = 12

// Billing is what the ledgers billed and collected in one currency, and how long
// customers take to pay. Invoices that a processor makes itself and no ledger
// holds are not in it.
type Billing struct {
	Currency money.Currency
	// Months are the last ones, in order; the newest is not over yet.
	Months []receivables.Month
	DSO    receivables.DSO
}

// Of is an amount in the currency.
func (b Billing) Of(minor int64) money.Money { return money.Money{Minor: minor, Currency: b.Currency} }

// Sum is what the months come to together.
func (b Billing) Sum() (sum receivables.Month) {
	for _, m := range b.Months {
		sum.Invoiced, sum.Credited, sum.Collected = sum.Invoiced+m.Invoiced, sum.Credited+m.Credited, sum.Collected+m.Collected
		sum.Invoices, sum.Receipts = sum.Invoices+m.Invoices, sum.Receipts+m.Receipts
	}
	return sum
}

// Graph is a chart with the words around it.
type Graph struct {
	chart.Columns
	// Scale are the values of the lines, from the top down; Groups the names
	// below; Names what each bar says on hover.
	Scale, Groups, Names []string
	Series               []string
}

// Graph draws billed beside collected, month by month.
func (b Billing) Graph() Graph {
	billed, collected := make([]int64, len(b.Months)), make([]int64, len(b.Months))
	g := Graph{Series: []string{"Billed", "Collected"}}
	for i, m := range b.Months {
		billed[i], collected[i] = m.Billed(), m.Collected
		g.Groups = append(g.Groups, month(m.First)[:len("Jan")])
	}
	g.Columns = chart.NewColumns(billed, collected)
	for _, t := range g.Ticks {
		g.Scale = append(g.Scale, short(b.Of(t.Value)))
	}
	for _, bar := range g.Bars {
		g.Names = append(g.Names, g.Series[bar.Series]+" in "+month(b.Months[bar.Group].First)+": "+b.Of(bar.Value).String())
	}
	return g
}
