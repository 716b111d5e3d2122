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
	Movements         []Movement
	Timeline          []Event
	Notes             []Note
}

// Applied is a receipt or credit that lowers an invoice.
type Applied struct {
	ID, Number string
	On         receivables.Date
	Amount     money.Money
	// Ours says that we have written it.
	Ours bool
}

// LinkRow is a payment link of an invoice.
type LinkRow struct {
	URL, State, Why string
	Amount          money.Money
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

// DueText is the day by which it was to be paid, in words.
func (i Invoice) DueText() string {
	if i.Due == "" {
		return "no due date"
	}
	return string(i.Due)
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

// Customer is a customer with what is open and how they pay.
type Customer struct {
	receivables.Customer
	Connection, Vendor, Book string
	Parent                   string
	Open                     []CustomerInvoice
	// Settled are the newest invoices with nothing open.
	Settled  []CustomerInvoice
	Balances []money.Money
	Credits  []Applied
	Joined   []JoinedPayer
	Habits   []Habit
	Notes    []Note
}

// CustomerInvoice is an invoice in a line.
type CustomerInvoice struct {
	InvoiceRef
	Issued, Due   receivables.Date
	Total, Amount money.Money
	State         string
	// Paid is the day of the last receipt of a settled one, Days how long that
	// was after its date of issue.
	Paid receivables.Date
	Days int
	Late int
}

// JoinedPayer is a Stripe customer that is taken for this one.
type JoinedPayer struct{ ID, Name, Email, Evidence string }

// Habit is how long the customer takes, with its arithmetic.
type Habit struct {
	Currency money.Currency
	// Days is the sum of days from issue to the last receipt over Count invoices.
	Days, Count int
}

// Average is in days, rounded.
func (h Habit) Average() int {
	if h.Count == 0 {
		return 0
	}
	return (h.Days + h.Count/2) / h.Count
}

type customerPage struct {
	view
	Customer
}

// customer shows one.
func (s *Site) customer(v *Visit) error {
	page := customerPage{view: v.view()}
	var err error
	page.Customer, err = s.Readers.Records.Customer(v.ctx(), v.tenant(), v.own(), v.r.PathValue("connection"), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	today := receivables.DateIn(page.now, page.zone)
	for i, inv := range page.Open {
		if inv.Due != "" {
			page.Open[i].Late = max(today.DaysSince(inv.Due), 0)
		}
	}
	return s.render(v, "customer", page.Name, page)
}
