package web

import (
	"context"
	"time"

	"tieout/money"
	"tieout/receivables"
)

// RecordReader gives one invoice or customer with all that belongs to it. own
// limits both to the customers that a person is responsible for; what lies
// outside is ErrNotFound.
type RecordReader interface {
	Invoice(ctx context.Context, tenant, own, connection, id string) (Invoice, error)
	Customer(ctx context.Context, tenant, own, connection, id string) (Customer, error)
	// Unjoin takes a processor's customer apart from one of the ledger's, so that
	// no rule joins them again; AllowJoin lets rules do so.
	Unjoin(ctx context.Context, tenant, connection, customer, source, payer, by string) error
	AllowJoin(ctx context.Context, tenant, connection, customer, source, payer, by string) error
}

// Invoice is an invoice as the ledger has it, with what belongs to it.
type Invoice struct {
	receivables.Invoice
	Connection, Vendor, Book string
	CustomerName             string
	// Payable is what the customer can be asked for now.
	Payable money.Money
	// Receipts and Credits are the ledger's, with what this invoice gets of them.
	Receipts, Credits []Applied
	Links             []LinkRow
	// LeftOut says that it has no payment link by somebody's choice.
	LeftOut   bool
	Movements []Movement
	Timeline  []Event
	Notes     []Note
}

// Applied is a receipt or credit that lowers an invoice.
type Applied struct {
	ID, Number string
	On         receivables.Date
	Amount     money.Money
	// Ours says that we have written it.
	Ours bool
	// Bank are the lines of statements that a receipt came in with.
	Bank []BankLine
}

// LinkRow is a payment link of an invoice.
type LinkRow struct {
	// ID is the processor's.
	ID, URL, State, Why string
	Amount              money.Money
	// Own says that it leads to our pay page, Seen that the ledger shows it.
	Own, Seen bool
	Made      time.Time
}

// Event is something that happened, with who did it.
type Event struct {
	At        time.Time
	Text, Who string
	// Detail says more, URL where to look.
	Detail, URL string
}

// Of is an amount in the invoice's currency.
func (i Invoice) Of(minor int64) money.Money { return money.Money{Minor: minor, Currency: i.Currency} }

type invoicePage struct {
	view
	Invoice
	// Late is how many days it is past its due date while something is open.
	Late int
}

// invoice shows one.
func (s *Site) invoice(v *Visit) error {
	page := invoicePage{view: v.view()}
	var err error
	page.Invoice, err = s.Readers.Records.Invoice(v.ctx(), v.tenant(), v.own(), v.r.PathValue("connection"), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if page.Balance > 0 && page.Due != "" && page.State == receivables.StateLive {
		page.Late = max(receivables.DateIn(page.now, page.zone).DaysSince(page.Due), 0)
	}
	return s.render(v, "invoice", "Invoice "+page.Number, page)
}
