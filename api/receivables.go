package api

import (
	"cmp"
	"strings"
	"time"

	"tieout/listing"
	"tieout/receivables"
	"tieout/web"
)

// InvoiceQuery filters invoices as the list of receivables does.
type InvoiceQuery struct {
	Paging
	Status     string `query:"status" enum:"open,overdue,paid,billed,void,all" doc:"Open where it is not given; all for a search or a customer."`
	Age        string `query:"age" enum:"current,30,60,90,over" doc:"Days past the due date, of what is open: not due, 1-30, 31-60, 61-90, over 90."`
	Month      string `query:"month" doc:"Issued in this month: 2026-10."`
	Currency   string `query:"currency" doc:"ISO 4217."`
	Connection string `query:"connection" doc:"Of this connection alone."`
	Customer   string `query:"customer" doc:"Of this customer of a connection alone."`
	Query      string `query:"q" doc:"A number, reference, customer's name or amount."`
	Sort       string `query:"sort" enum:"due,issued,balance,total" doc:"By the due date where it is not given."`
	Desc       bool   `query:"desc" doc:"The last first."`
	View       string `query:"view" doc:"A saved view, in place of every other filter."`
}

// get gives the query's values by the keys of addresses.
func (q InvoiceQuery) get(key string) string {
	switch key {
	case "desc":
		return map[bool]string{true: "1"}[q.Desc]
	case "after":
		return q.Cursor
	}
	return map[string]string{
		"status": q.Status, "age": q.Age, "month": q.Month, "currency": q.Currency, "connection": q.Connection, "customer": q.Customer, "q": q.Query, "sort": q.Sort,
	}[key]
}

// InvoicePage is a page of invoices, with what the whole list comes to.
type InvoicePage struct {
	Items  []InvoiceLine `json:"items"`
	Next   string        `json:"next,omitempty" doc:"Give it as cursor for the next page; absent on the last one."`
	Totals []Total       `json:"totals" doc:"Of all that the filter lists, by currency."`
	Cut    bool          `json:"cut" doc:"More was found than a search takes: narrow it."`
}

// Total is what a filter lists in one currency.
type Total struct {
	Count   int   `json:"count"`
	Total   Money `json:"total"`
	Balance Money `json:"balance"`
}

// InvoiceLine is an invoice in a list.
type InvoiceLine struct {
	Connection  string           `json:"connection"`
	ID          string           `json:"id"`
	Number      string           `json:"number,omitempty"`
	CustomerID  string           `json:"customer_id,omitempty"`
	Customer    string           `json:"customer,omitempty"`
	State       string           `json:"state"`
	Issued      receivables.Date `json:"issued,omitempty"`
	Due         receivables.Date `json:"due,omitempty"`
	DaysOverdue int              `json:"days_overdue"`
	Total       Money            `json:"total"`
	Balance     Money            `json:"balance"`
	Link        string           `json:"payment_link,omitempty" doc:"As it stands on the document."`
}

func invoices(c *Call, q InvoiceQuery) (InvoicePage, error) {
	out := InvoicePage{Items: []InvoiceLine{}, Totals: []Total{}}
	f, err := c.filter(q)
	if err != nil {
		return out, err
	}
	page, err := c.Readers.Receivables.Invoices(c.ctx(), c.tenant(), f)
	if err != nil {
		return out, err
	}
	out.Items, out.Cut = each(page.Rows, func(r listing.Row) InvoiceLine { return invoiceLine(r, f.Today) }), page.Cut
	out.Totals = each(page.Totals, func(t listing.Total) Total {
		return Total{Count: t.Count, Total: minor(t.Total, t.Currency), Balance: minor(t.Balance, t.Currency)}
	})
	if page.Next != nil {
		out.Next = page.Next.String()
	}
	return out, nil
}

// filter is what a query asks for, or the saved view that it names.
func (c *Call) filter(q InvoiceQuery) (listing.Filter, error) {
	read := q.get
	if q.View != "" {
		view, err := c.view(q.View)
		if err != nil {
			return listing.Filter{}, err
		}
		saved := view.values()
		read = func(key string) string {
			if key == "after" {
				return q.Cursor
			}
			return saved.Get(key)
		}
	}
	f := listing.Read(read)
	f.Limit, f.Own, f.Today = q.limit(), c.own(), c.today()
	switch {
	case q.Cursor != "" && f.After == nil:
		return f, wrong("cursor", "This is not the next of a page.")
	case q.Month != "" && f.Month == "":
		return f, wrong("month", "This is not a month, such as 2026-10.")
	case q.Currency != "" && string(f.Currency) != strings.ToUpper(q.Currency):
		return f, wrong("currency", "This is not an ISO 4217 currency, such as USD.")
	}
	return f, nil
}

func invoiceLine(r listing.Row, today receivables.Date) InvoiceLine {
	return InvoiceLine{
		Connection: r.Connection, ID: r.ID, Number: r.Number, CustomerID: r.CustomerID, Customer: r.Customer, State: string(r.State), Issued: r.Issued,
		Due: r.Due, DaysOverdue: max(r.Late(today), 0), Total: minor(r.Total, r.Currency), Balance: minor(r.Balance, r.Currency), Link: r.Link,
	}
}

// RecordQuery names a record of a ledger.
type RecordQuery struct {
	Connection string `path:"connection" doc:"The ledger's connection."`
	ID         string `path:"id" doc:"The ledger's id."`
}

// Invoice is an invoice as the ledger has it, with what belongs to it.
type Invoice struct {
	InvoiceLine
	Book      string        `json:"book"`
	Reference string        `json:"reference,omitempty"`
	Tax       Money         `json:"tax"`
	Payable   Money         `json:"payable_now" doc:"What the customer can be asked for now."`
	Receipts  []Applied     `json:"receipts"`
	Credits   []Applied     `json:"credits"`
	Links     []PaymentLink `json:"payment_links"`
	Payments  []Movement    `json:"payments"`
	Notes     []Note        `json:"notes"`
	Timeline  []Event       `json:"timeline" doc:"The newest first."`
}

// AppliedLine is a line of a bank's statement, by the ids that the bank's lines
// are asked for with.
type AppliedLine struct {
	Account string `json:"account"`
	Line    string `json:"line"`
}

// Applied is a receipt or credit that lowers an invoice.
type Applied struct {
	ID     string           `json:"id"`
	Number string           `json:"number,omitempty"`
	On     receivables.Date `json:"on,omitempty"`
	Amount Money            `json:"amount"`
	Ours   bool             `json:"written_by_tieout"`
	Bank   []AppliedLine    `json:"bank_lines,omitempty" doc:"Lines of the bank's statements that a receipt came in with."`
}

// PaymentLink is a payment link of an invoice.
type PaymentLink struct {
	URL     string    `json:"url"`
	State   string    `json:"state"`
	Why     string    `json:"why,omitempty"`
	Amount  Money     `json:"amount"`
	Visible bool      `json:"visible" doc:"The ledger shows it to the customer."`
	Made    time.Time `json:"made"`
}

// Event is something that happened.
type Event struct {
	At     time.Time `json:"at"`
	Text   string    `json:"text"`
	Who    string    `json:"who,omitempty"`
	Detail string    `json:"detail,omitempty"`
	URL    string    `json:"url,omitempty"`
}

func invoice(c *Call, q RecordQuery) (Invoice, error) {
	i, err := c.Readers.Records.Invoice(c.ctx(), c.tenant(), c.own(), q.Connection, q.ID)
	if err != nil {
		return Invoice{}, err
	}
	row := listing.Row{
		Connection: i.Connection, ID: i.ID, Number: i.Number, CustomerID: i.CustomerID, Customer: i.CustomerName, State: i.State, Currency: i.Currency,
		Issued: i.Issued, Due: i.Due, Total: i.Total, Balance: i.Balance, Link: i.Link,
	}
	return Invoice{
		InvoiceLine: invoiceLine(row, c.today()), Book: i.Book, Reference: i.Reference, Tax: moneyOf(i.Of(i.Tax)), Payable: moneyOf(i.Payable),
		Receipts: each(i.Receipts, applied), Credits: each(i.Credits, applied), Payments: each(i.Movements, movement),
		Links: each(i.Links, func(l web.LinkRow) PaymentLink {
			return PaymentLink{URL: l.URL, State: l.State, Why: l.Why, Amount: moneyOf(l.Amount), Visible: l.Seen, Made: l.Made}
		}),
		Notes:    each(i.Notes, noteOf),
		Timeline: each(i.Timeline, func(e web.Event) Event { return Event(e) }),
	}, nil
}

func applied(a web.Applied) Applied {
	out := Applied{ID: a.ID, Number: a.Number, On: a.On, Amount: moneyOf(a.Amount), Ours: a.Ours}
	for _, l := range a.Bank {
		out.Bank = append(out.Bank, AppliedLine{l.Account, l.ID})
	}
	return out
}

// Customer is a customer with what is open and how they pay.
type Customer struct {
	Connection  string            `json:"connection"`
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Parent      string            `json:"parent,omitempty"`
	Book        string            `json:"book"`
	Active      bool              `json:"active"`
	Balances    []Money           `json:"balances" doc:"What is open, by currency."`
	Open        []CustomerInvoice `json:"open"`
	Settled     []CustomerInvoice `json:"settled" doc:"The newest with nothing open."`
	Credits     []Applied         `json:"unapplied_credits"`
	Payers      []Payer           `json:"stripe_customers" doc:"Stripe's customers that are taken for this one."`
	Apart       []Payer           `json:"taken_apart" doc:"Those that somebody has taken apart from this one."`
	Responsible []Member          `json:"responsible"`
	Habits      []Habit           `json:"habits"`
	Notes       []Note            `json:"notes"`
}

// CustomerInvoice is an invoice of a customer in a line.
type CustomerInvoice struct {
	ID        string           `json:"id"`
	Number    string           `json:"number,omitempty"`
	Issued    receivables.Date `json:"issued,omitempty"`
	Due       receivables.Date `json:"due,omitempty"`
	Total     Money            `json:"total"`
	Balance   Money            `json:"balance"`
	Paid      receivables.Date `json:"paid,omitempty" doc:"The day of the last receipt."`
	DaysToPay *int             `json:"days_to_pay,omitempty"`
}

// Payer is a Stripe customer with what makes it this customer.
type Payer struct {
	Connection string `json:"connection"`
	ID         string `json:"id"`
	Name       string `json:"name,omitempty"`
	Email      string `json:"email,omitempty"`
	Evidence   string `json:"evidence"`
}

// Habit is how fast a customer pays, weighted by amount.
type Habit struct {
	Currency    string `json:"currency"`
	Payments    int    `json:"payments" doc:"How many payments it is the average of."`
	DaysToPay   string `json:"days_to_pay" doc:"Average days from issue to payment, to a tenth: the sum of days times amount over the sum of the amounts."`
	DaysPastDue string `json:"days_past_due" doc:"The same from the due date; negative is before it."`
}

func customer(c *Call, q RecordQuery) (Customer, error) {
	k, err := c.Readers.Records.Customer(c.ctx(), c.tenant(), c.own(), q.Connection, q.ID)
	if err != nil {
		return Customer{}, err
	}
	who, err := c.responsible(q.Connection, q.ID)
	return Customer{
		Connection: k.Connection, ID: k.ID, Name: cmp.Or(k.Name, k.Company), Parent: k.Parent, Book: k.Book, Active: k.Active,
		Balances: each(k.Balances, moneyOf), Open: each(k.Open, customerInvoice), Settled: each(k.Settled, customerInvoice),
		Credits: each(k.Credits, applied), Payers: each(k.Joined, payerOf), Apart: each(k.Apart, payerOf), Responsible: who,
		Notes: each(k.Notes, noteOf),
		Habits: each(k.Habits, func(h web.Habit) Habit {
			return Habit{Currency: string(h.Currency), Payments: h.Count, DaysToPay: h.DaysToPay(), DaysPastDue: h.DaysPastDue()}
		}),
	}, err
}

func customerInvoice(i web.CustomerInvoice) CustomerInvoice {
	out := CustomerInvoice{ID: i.ID, Number: i.Number, Issued: i.Issued, Due: i.Due, Total: moneyOf(i.Total), Balance: moneyOf(i.Amount), Paid: i.Paid}
	if i.Paid != "" {
		out.DaysToPay = &i.Days
	}
	return out
}
