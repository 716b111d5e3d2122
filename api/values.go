package api

import (
	"time"

	"tieout/listing"
	"tieout/money"
	"tieout/people"
	"tieout/receivables"
	"tieout/web"
)

// Money is an amount, exactly.
type Money struct {
	Amount   string `json:"amount" doc:"Decimal text with the currency's digits, such as 12.30; never a float."`
	Currency string `json:"currency" doc:"ISO 4217."`
}

func moneyOf(m money.Money) Money {
	return Money{Amount: m.Text(money.ISO), Currency: string(m.Currency)}
}

func minor(amount int64, c money.Currency) Money {
	return moneyOf(money.Money{Minor: amount, Currency: c})
}

// List is a page of a list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Give it as cursor for the next page; absent on the last one."`
}

// each makes a list that is never null.
func each[From, To any](list []From, of func(From) To) []To {
	out := make([]To, len(list))
	for i, v := range list {
		out[i] = of(v)
	}
	return out
}

// Paging asks for a page of a list.
type Paging struct {
	Limit  int    `query:"limit" range:"1-200" doc:"How many items; 50 where it is not given."`
	Cursor string `query:"cursor" doc:"The next of the page before."`
}

const usualLimit = 50

func (p Paging) limit() int {
	if p.Limit == 0 {
		return usualLimit
	}
	return p.Limit
}

// moment is the cursor of a list that is ordered by time.
func (p Paging) moment() (listing.Moment, error) {
	m, err := listing.ParseMoment(p.Cursor)
	if err != nil {
		return m, wrong("cursor", "This is not the next of a page.")
	}
	return m, nil
}

// Nothing is what a request without parameters takes.
type Nothing struct{}

// Done is the answer to what has no other.
type Done struct {
	Done bool `json:"done"`
}

// zone is that of an organisation's days.
func zone(o people.Organisation) *time.Location {
	at, err := time.LoadLocation(o.Zone)
	if err != nil {
		return time.UTC
	}
	return at
}

// today is the organisation's day.
func (c *Call) today() receivables.Date {
	return receivables.DateIn(c.Now(), zone(c.Member.Organisation))
}

// book is one of the organisation's, by id; the first for "".
func (c *Call) book(id string) (web.BookName, error) {
	list, err := c.Readers.Payments.Books(c.ctx(), c.tenant())
	if err != nil {
		return web.BookName{}, err
	}
	for i, b := range list {
		if b.ID == id || id == "" && i == 0 {
			return b, nil
		}
	}
	return web.BookName{}, errNothing.with("There is no such book.")
}
