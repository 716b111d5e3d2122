package web

import (
	"net/url"
	"time"

	"tieout/money"
	"tieout/people"
	"tieout/receivables"
)

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
	// Ageing is what is open by age, by currency.
	Ageing []AgeingLine
	// Cut says that there are more documents than the page shows; sums of what
	// is open and their ages are of all.
	Cut    bool
	Joined []JoinedPayer
	// Apart are those that a person has taken apart from this one.
	Apart    []JoinedPayer
	Habits   []Habit
	Timeline []CustomerEvent
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
type JoinedPayer struct {
	// Connection is the processor's.
	Connection, ID        string
	Name, Email, Evidence string
	// By and At are who has taken the two apart, and when.
	By string
	At time.Time
}

// CustomerEvent is something that happened on a day.
type CustomerEvent struct {
	On             receivables.Date
	Text, Who, URL string
}

// Habit is how fast the customer pays in one currency, with its arithmetic.
type Habit struct {
	Currency money.Currency
	receivables.Pace
	// Payments are the newest of them first.
	Payments []HabitPayment
}

// HabitPayment is money that was applied to an invoice.
type HabitPayment struct {
	InvoiceRef
	receivables.Payment
}

// DaysToPay is the average from issue to payment in days, DaysPastDue that from
// the due date.
func (h Habit) DaysToPay() string { return tenths(h.Tenths) }

// DaysPastDue is negative for payments before the due date.
func (h Habit) DaysPastDue() string { return tenths(h.BeyondTenths) }

// Of is an amount in the habit's currency.
func (h Habit) Of(minor int64) money.Money { return money.Money{Minor: minor, Currency: h.Currency} }

type customerPage struct {
	view
	Customer
	// Responsible are the members who are, Others those of sales who are not.
	Responsible, Others []people.Member
}

// customer shows one.
func (s *Site) customer(v *Visit) error {
	page := customerPage{view: v.view()}
	var err error
	page.Customer, err = s.Readers.Records.Customer(v.ctx(), v.tenant(), v.own(), v.r.PathValue("connection"), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if page.Responsible, page.Others, err = s.responsible(v); err != nil {
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

// customerApart takes one of the processor's customers apart from the page's.
func (s *Site) customerApart(v *Visit) error {
	connection, id := v.r.PathValue("connection"), v.r.PathValue("id")
	err := s.Readers.Records.Unjoin(v.ctx(), v.tenant(), connection, id, v.r.PostFormValue("source"), v.r.PostFormValue("payer"), v.Person.Name)
	if err != nil {
		return err
	}
	return v.done(customerPath(connection, id)+"#joined", "Taken apart. Later payments of theirs ask somebody; what is booked stays, and is taken back under Journal.")
}

// customerAllow lets rules join them again.
func (s *Site) customerAllow(v *Visit) error {
	connection, id := v.r.PathValue("connection"), v.r.PathValue("id")
	err := s.Readers.Records.AllowJoin(v.ctx(), v.tenant(), connection, id, v.r.PostFormValue("source"), v.r.PostFormValue("payer"), v.Person.Name)
	if err != nil {
		return err
	}
	return v.done(customerPath(connection, id)+"#joined", "The next payment may join them again.")
}

func customerPath(connection, id string) string {
	return "/customers/" + url.PathEscape(connection) + "/" + url.PathEscape(id)
}
