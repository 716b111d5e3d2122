// Package listing is what people ask of a list of invoices, and what a list
// gives: filters, order, place and rows. Pages put it into addresses, the store
// answers it; it reads nothing itself.
package listing

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"tieout/money"
	"tieout/receivables"
)

// Status says which invoices are listed.
type Status string

// Open invoices are live and have a balance, overdue ones are past their due
// date besides; paid ones are live without a balance. What is billed is live,
// open or paid.
const (
	Open    Status = "open"
	Overdue Status = "overdue"
	Paid    Status = "paid"
	Billed  Status = "billed"
	Void    Status = "void"
	All     Status = "all"
)

// Statuses are all there are, in the order in which they are shown.
func Statuses() []Status { return []Status{Open, Overdue, Paid, Billed, Void, All} }

// Sort is what a list is ordered by.
type Sort string

// Due is the due date, or the invoice's own where it has none. Amounts compare
// as minor units, so they mean something within one currency.
const (
	ByDue     Sort = "due"
	ByIssued  Sort = "issued"
	ByBalance Sort = "balance"
	ByTotal   Sort = "total"
)

// Sorts are all there are.
func Sorts() []Sort { return []Sort{ByDue, ByIssued, ByBalance, ByTotal} }

// Dated says whether it orders by a date.
func (s Sort) Dated() bool { return s == ByDue || s == ByIssued }

// Age is a bucket of days past the due date; "" is all.
type Age string

// The buckets of receivables.Ageing.
const (
	AgeCurrent Age = "current"
	Age30      Age = "30"
	Age60      Age = "60"
	Age90      Age = "90"
	AgeOver    Age = "over"
)

// Ages are all buckets.
func Ages() []Age { return []Age{AgeCurrent, Age30, Age60, Age90, AgeOver} }

// Between are the first and the last due date of a bucket as of a day; "" is no
// bound.
func (a Age) Between(today receivables.Date) (from, to receivables.Date) {
	switch a {
	case AgeCurrent:
		return today, ""
	case Age30:
		return today.AddDays(-30), today.AddDays(-1)
	case Age60:
		return today.AddDays(-60), today.AddDays(-31)
	case Age90:
		return today.AddDays(-90), today.AddDays(-61)
	case AgeOver:
		return "", today.AddDays(-91)
	}
	return "", ""
}

// Filter is what somebody asks for.
type Filter struct {
	Status Status
	Age    Age
	// Month limits to what was issued in a month, named by its first day; "" is
	// every one.
	Month    receivables.Date
	Currency money.Currency
	// Connection limits to one connection, Customer to one customer of it.
	Connection, Customer string
	// Query is what somebody typed: a number, a reference, a name, an amount.
	Query string
	Sort  Sort
	Desc  bool
	// After is the place from which the list goes on; nil is its beginning.
	After *Place
	Limit int
	// Own is whose customers alone are listed; "" is all.
	Own string
	// Today decides what is overdue.
	Today receivables.Date
}

// Few says that the filter leaves few invoices of many: those that a search
// finds, of a customer, or of a person's customers.
func (f Filter) Few() bool { return f.Query != "" || f.Customer != "" || f.Own != "" }

// Place is that of a row in a list. It names the row and what the list is
// ordered by, so that rows that come or go meanwhile do not move it.
type Place struct {
	// Date or Amount is the row's, as the list is ordered.
	Date   receivables.Date `json:"d,omitempty"`
	Amount int64            `json:"a,omitempty"`
	// Rows of one date or amount come by connection, then by standing and
	// currency, then by id.
	Connection string         `json:"c"`
	Standing   Status         `json:"s,omitempty"`
	Currency   money.Currency `json:"u,omitempty"`
	ID         string         `json:"i"`
}

// String is the place as it stands in an address.
func (p Place) String() string {
	text, err := json.Marshal(p)
	if err != nil {
		return "" // texts and numbers always encode
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// maxPlace bounds what an address may hold.
const maxPlace = 1024

// ParsePlace reads a place; an error when it is none.
func ParsePlace(text string) (Place, error) {
	var p Place
	if len(text) > maxPlace {
		return p, fmt.Errorf("listing: a place of %d characters", len(text))
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err == nil && p.Date != "" {
		_, err = receivables.ParseDate(string(p.Date))
	}
	if err != nil {
		return Place{}, fmt.Errorf("listing: %q is no place in a list: %w", text, err)
	}
	return p, nil
}

// Source is where invoices of a list come from.
type Source struct {
	Connection string
	// Book is, for a processor's own invoices, the book that says which of them
	// the ledger holds too: those are listed once, as the ledger's.
	Book string
}

// Row is one invoice of a list.
type Row struct {
	Connection, ID, Number string
	CustomerID, Customer   string
	State                  receivables.State
	Currency               money.Currency
	Issued, Due            receivables.Date
	Total, Balance         int64
	// Link is our payment link as it stands on the document.
	Link        string
	LinkVisible bool
	// Billed marks an invoice of a processor's own.
	Billed bool
}

// Place is the row's in a list ordered by s.
func (r Row) Place(s Sort) Place {
	p := Place{Connection: r.Connection, Standing: r.Standing(), Currency: r.Currency, ID: r.ID}
	switch s {
	case ByIssued:
		p.Date = r.Issued
	case ByBalance:
		p.Amount = r.Balance
		if p.Standing == Paid {
			p.Date = r.Aged() // they all have the same balance, and come by age
		}
	case ByTotal:
		p.Amount = r.Total
	default:
		p.Date = r.Aged()
	}
	return p
}

// Standing is which of Open, Paid and Void the row is; each is one of them.
func (r Row) Standing() Status {
	switch {
	case r.State != receivables.StateLive:
		return Void
	case r.Balance == 0:
		return Paid
	}
	return Open
}

// Aged is the date that the row's age is counted from.
func (r Row) Aged() receivables.Date {
	if r.Due != "" {
		return r.Due
	}
	return r.Issued
}

// Late is how many days the row is past due; 0 or less is none, or nothing
// open.
func (r Row) Late(today receivables.Date) int {
	if r.State != receivables.StateLive || r.Balance == 0 || r.Aged() == "" {
		return 0
	}
	return today.DaysSince(r.Aged())
}

// Page is a part of a list.
type Page struct {
	Rows []Row
	// Next is the place from which the next page goes on; nil on the last.
	Next *Place
	// Totals are of all that the filter lists, by currency.
	Totals []Total
	// Cut says that more was found than a search takes: it should be narrowed.
	Cut bool
}

// Total is what a filter lists in one currency.
type Total struct {
	Currency       money.Currency
	Count          int
	Total, Balance int64
}
