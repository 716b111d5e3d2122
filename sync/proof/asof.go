package proof

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
)

// History is what an as-of needs of the database.
type History interface {
	// KnownAt calls yield with every object of the book's ledger that counts for
	// receivables and clearing, as it was known at an instant. lost counts
	// objects that were known then in a version that is not kept in the model's
	// form.
	KnownAt(ctx context.Context, b books.Book, at time.Time, yield func(receivables.Entity) error) (lost int, err error)
	// ReceivableAccounts are the ids of the ledger's receivables accounts.
	ReceivableAccounts(ctx context.Context, b books.Book) ([]string, error)
}

// Everything is the instant at which all that is stored is known, whatever the
// clock says.
func Everything() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

// Open is what a document left open, or did to an account, at the end of a day.
type Open struct {
	Ref      receivables.Ref `json:"ref"`
	Number   string          `json:"number,omitempty"`
	Customer string          `json:"customer,omitempty"`
	Currency money.Currency  `json:"currency"`
	// Receivable adds to what customers owe; a credit takes away. Clearing is
	// what it did to the clearing account of its currency.
	Receivable int64            `json:"receivable"`
	Clearing   int64            `json:"clearing"`
	Due        receivables.Date `json:"due,omitempty"`
	Issued     receivables.Date `json:"issued,omitempty"`
}

// AsOf is how a book stood at the end of a day, as it was known at an instant.
type AsOf struct {
	Day   receivables.Date `json:"as_of"`
	Known time.Time        `json:"known"`
	// Invoices, Credits and Journals are what was open, by currency.
	Invoices map[money.Currency]int64 `json:"invoices"`
	Credits  map[money.Currency]int64 `json:"credits"`
	Journals map[money.Currency]int64 `json:"journals"`
	Clearing map[money.Currency]int64 `json:"clearing"`
	// Lost counts documents of which an earlier version was known then that is
	// no longer to be had; the sums are not complete when it is not 0.
	Lost int `json:"lost"`
	// Documents are those that left something open or touched clearing.
	Documents map[receivables.Ref]Open `json:"-"`
}

// Receivable is what customers owed in all, in a currency.
func (a AsOf) Receivable(c money.Currency) int64 {
	return a.Invoices[c] - a.Credits[c] + a.Journals[c]
}

// Measure adds up how the book stood at the end of a day, as it was known at an
// instant.
func Measure(ctx context.Context, h History, b books.Book, day receivables.Date, known time.Time) (AsOf, error) {
	out := AsOf{
		Day: day, Known: known, Invoices: map[money.Currency]int64{}, Credits: map[money.Currency]int64{}, Journals: map[money.Currency]int64{},
		Clearing: map[money.Currency]int64{}, Documents: map[receivables.Ref]Open{},
	}
	accounts, err := h.ReceivableAccounts(ctx, b)
	if err != nil {
		return out, fmt.Errorf("proof: as of %s: %w", day, err)
	}
	r := reader{day: day, issued: map[receivables.Ref]receivables.Date{}, receivable: accounts, clearing: map[string]money.Currency{}}
	for currency, account := range b.Accounts.Clearing {
		r.clearing[account] = currency
	}
	out.Lost, err = h.KnownAt(ctx, b, known, func(e receivables.Entity) error {
		r.take(e)
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("proof: as of %s: %w", day, err)
	}
	r.fill(&out)
	return out, nil
}

// reader collects documents; what is open of one depends on what others were
// applied to it.
type reader struct {
	day        receivables.Date
	issued     map[receivables.Ref]receivables.Date
	receivable []string
	clearing   map[string]money.Currency
	invoices   []receivables.Invoice
	credits    []receivables.Credit
	receipts   []receivables.Receipt
	documents  []receivables.Document
}

func (r *reader) take(e receivables.Entity) {
	switch v := e.(type) {
	case receivables.Invoice:
		if v.State == receivables.StateLive && v.Issued <= r.day {
			v.Lines, v.Memo, v.Note = nil, "", ""
			r.invoices = append(r.invoices, v)
		}
		r.issued[v.Ref()] = v.Issued
	case receivables.Credit:
		r.issued[v.Ref()] = v.Issued
		if v.State == receivables.StateLive {
			r.credits = append(r.credits, v)
		}
	case receivables.Receipt:
		r.issued[v.Ref()] = v.Date
		if v.State == receivables.StateLive {
			r.receipts = append(r.receipts, v)
		}
	case receivables.Document:
		r.issued[v.Ref()] = v.Date
		if v.State == receivables.StateLive {
			r.documents = append(r.documents, v)
		}
	}
}

// fill rolls what is open now back to the day: what was applied later is open
// again. An application has effect from the later date of the two documents.
func (r *reader) fill(out *AsOf) {
	later, used := map[receivables.Ref]int64{}, map[receivables.Ref]int64{}
	apply := func(from receivables.Ref, date receivables.Date, list []receivables.Allocation) {
		for _, a := range list {
			if max(date, r.issued[a.Target]) > r.day {
				later[a.Target] += a.Amount
				later[from] += a.Amount
			} else {
				used[a.Target] += a.Amount
			}
		}
	}
	for _, x := range r.receipts {
		apply(x.Ref(), x.Date, x.Allocations)
	}
	for _, x := range r.credits {
		apply(x.Ref(), x.Issued, x.Allocations)
	}
	for _, i := range r.invoices {
		open := i.Balance + later[i.Ref()]
		out.Invoices[i.Currency] += open
		out.note(Open{Ref: i.Ref(), Number: i.Number, Customer: i.CustomerID, Currency: i.Currency, Receivable: open, Due: i.Due, Issued: i.Issued})
	}
	for _, c := range r.credits {
		if c.Issued <= r.day {
			open := c.Remaining + later[c.Ref()]
			out.Credits[c.Currency] += open
			out.note(Open{Ref: c.Ref(), Number: c.Number, Customer: c.CustomerID, Currency: c.Currency, Receivable: -open, Issued: c.Issued})
		}
	}
	for _, x := range r.receipts {
		if x.Date <= r.day {
			open := x.Unapplied + r.unlater(x)
			out.Credits[x.Currency] += open
			o := Open{Ref: x.Ref(), Customer: x.CustomerID, Currency: x.Currency, Receivable: -open, Issued: x.Date}
			out.clear(r, &o, x.AccountID, x.Total, x.Settled)
			out.note(o)
		}
	}
	r.journals(out, used)
}

// unlater is what a receipt was applied to only after the day; a credit that it
// used up later is open for itself.
func (r *reader) unlater(x receivables.Receipt) int64 {
	var sum int64
	for _, a := range x.Allocations {
		if max(x.Date, r.issued[a.Target]) <= r.day {
			continue
		}
		if a.Target.Kind == receivables.KindCredit {
			sum -= a.Amount
		} else {
			sum += a.Amount
		}
	}
	return max(sum, 0)
}

// journals are what other documents did to receivables and clearing.
func (r *reader) journals(out *AsOf, used map[receivables.Ref]int64) {
	for _, d := range r.documents {
		if d.Date > r.day {
			continue
		}
		o := Open{Ref: d.Ref(), Number: d.Number, Customer: d.CustomerID, Currency: d.Currency, Issued: d.Date}
		var posted int64
		for _, p := range d.Postings {
			if slices.Contains(r.receivable, p.AccountID) {
				posted += p.Amount
			}
			out.clear(r, &o, p.AccountID, p.Amount, p.Settled)
		}
		if n := max(used[d.Ref()], -used[d.Ref()]); posted > 0 {
			o.Receivable = max(posted-n, 0)
		} else {
			o.Receivable = min(posted+n, 0)
		}
		out.Journals[d.Currency] += o.Receivable
		out.note(o)
	}
}

// clear adds what a document does to a clearing account, in the currency of the
// account: one in another currency states it as settled.
func (a *AsOf) clear(r *reader, o *Open, account string, amount, settled int64) {
	currency, ok := r.clearing[account]
	if !ok {
		return
	}
	if currency != o.Currency {
		amount = settled
	}
	o.Clearing += amount
	a.Clearing[currency] += amount
}

func (a *AsOf) note(o Open) {
	if o.Receivable != 0 || o.Clearing != 0 {
		a.Documents[o.Ref] = o
	}
}

// Change is a document whose part in an earlier day has changed since it was
// known.
type Change struct {
	Ref      receivables.Ref `json:"ref"`
	Number   string          `json:"number,omitempty"`
	Currency money.Currency  `json:"currency"`
	// Kind is "back_dated" where the document was not known then, "taken_back"
	// where it counts no more, "changed" where its amounts or links differ.
	Kind       string `json:"kind"`
	Receivable int64  `json:"receivable"`
	Clearing   int64  `json:"clearing"`
}

// Changes compares two measurements of one day: what has been entered, taken
// back or linked otherwise since the first was known.
func Changes(then, now AsOf) []Change {
	var list []Change
	for ref, n := range now.Documents {
		o, known := then.Documents[ref]
		c := Change{Ref: ref, Number: n.Number, Currency: n.Currency, Kind: "changed", Receivable: n.Receivable - o.Receivable, Clearing: n.Clearing - o.Clearing}
		if !known {
			c.Kind = "back_dated"
		}
		if c.Receivable != 0 || c.Clearing != 0 {
			list = append(list, c)
		}
	}
	for ref, o := range then.Documents {
		if _, still := now.Documents[ref]; !still {
			list = append(list, Change{Ref: ref, Number: o.Number, Currency: o.Currency, Kind: "taken_back", Receivable: -o.Receivable, Clearing: -o.Clearing})
		}
	}
	slices.SortFunc(list, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Ref.Kind, b.Ref.Kind), cmp.Compare(a.Ref.ID, b.Ref.ID))
	})
	return list
}
