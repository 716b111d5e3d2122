package mapping

import (
	"fmt"

	"tieout/money"
	"tieout/receivables"
)

// SaleRule is how a book books payments that have no invoice. Its zero value
// leaves them to people: nothing about income or tax is inferred.
type SaleRule struct {
	// Account is the ledger's income account.
	Account string
	// TaxCode is the ledger's code for the tax that the amounts contain; ""
	// for sales without tax.
	TaxCode string
}

// SalesGroup is one finished day of sales in one currency.
type SalesGroup struct {
	Book     string
	Currency money.Currency
	Parts    []Part
	Day      receivables.Date
	Rule     SaleRule
	Accounts Accounts
	Lock     receivables.Date
}

// planSale leaves a payment without an invoice to its day's document; its fee
// is booked as any other.
func planSale(c Case) Plan {
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok {
		return noClearing(c)
	}
	part := Part{Movement: c.Movement.ID, Purpose: PurposeSale, Amount: -c.Movement.Amount}
	return Plan{Verdict: Booked, Sale: &part}.withFee(c, clearing)
}

// SalesDocument is the one document for the sales of a day: money received in
// the clearing account for the income account, with the tax code that a person
// has chosen.
func SalesDocument(g SalesGroup) Plan {
	clearing, ok := g.Accounts.Clearing[g.Currency]
	switch {
	case !ok:
		return exception("no_clearing_account", "The book has no clearing account in %s.", g.Currency)
	case g.Rule.Account == "":
		return exception("no_income_account", "Nobody has chosen the income account of sales without an invoice.")
	}
	b := Booking{
		Book: g.Book, Kind: receivables.DocumentExpense, Currency: g.Currency, Date: g.Day, From: clearing, Contact: g.Accounts.FeeContact,
		Source: string(g.Day), Memo: fmt.Sprintf("Stripe sales without an invoice, %s", g.Day), Parts: g.Parts,
	}
	if b.Total() == 0 {
		return nothing("The sales of %s add up to nothing.", g.Day.Words())
	}
	b.Lines = []BookingLine{{Account: g.Rule.Account, Amount: b.Total(), TaxCode: g.Rule.TaxCode}}
	return Plan{Verdict: Booked, Bookings: []Booking{b}}.outOf(g.Lock)
}
