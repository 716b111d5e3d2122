// Package economy invents companies, their customers and three years of their
// trade, writes all of it into the stand-ins through the vendors' own rules,
// and afterwards plays the customers: they find the payment link on their
// invoice, pay in part, in batches, without a reference, by a debit that
// bounces, or not at all.
//
// Generate is pure: the same seed, size and instant give the same plan. It
// must not know anything of the program that is measured with it.
package economy

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Vendors whose companies the economy can write.
const (
	QuickBooks = "quickbooks"
	Xero       = "xero"
)

// Options shape a plan.
type Options struct {
	Seed     int64
	Invoices int       // invoices open now, per company
	Now      time.Time // the instant at which the past ends
	History  bool      // three years of trade before Now
	Vendor   string    // of the only company wanted; empty = one of each
}

// Plan is everything that happened before Now and what the customers intend
// to do afterwards, company by company.
type Plan struct {
	Seed  int64
	Now   time.Time
	Books []Book
}

// Book is one company: who buys from it and what happened there. Steps are in
// the order of time; Invoices are addressed by their index.
type Book struct {
	Vendor    string
	Name      string
	Country   string
	Home      string // ISO 4217
	Foreign   string // ISO 4217
	Zone      string // IANA name
	Customers []Customer
	Invoices  []Invoice
	Steps     []Step
	Open      []int // indexes into Invoices: open at Now
	Intends   []Intention
}

// Customer buys in one currency. Parent is the index of the customer it
// belongs to, -1 for none.
type Customer struct {
	Name     string
	Email    string // may be empty
	Currency string
	Parent   int
	TermDays int
	Pays     Method // how it paid in the past
	LateDays int    // how late it pays by habit
}

// Invoice is a document before any ledger has given it an id.
type Invoice struct {
	Customer int
	Currency string
	Number   string
	Lines    []Line
	Issued   time.Time
	DueDays  int
	Memo     string // the company's own words to the customer
	Sent     bool   // e-mailed to the customer
	Taxed    bool
}

// Line is one priced line: Quantity times Unit.
type Line struct {
	Text     string
	Quantity int64
	Unit     Minor
}

// Method is a way in which money reached the company in the past.
type Method int

// Ways of paying in the past.
const (
	ByBank Method = iota
	ByCheque
	ByStripe
)

// Generate draws the plan of two companies, one per ledger, each with n open
// invoices and, when opts.History says so, three years of trade behind them.
func Generate(opts Options) Plan {
	n := max(opts.Invoices, 1)
	plan := Plan{Seed: opts.Seed, Now: opts.Now.UTC()}
	for i, b := range []Book{
		{Vendor: QuickBooks, Name: "Harbor & Pine Design Inc.", Country: "US", Home: "USD", Foreign: "EUR", Zone: "America/Los_Angeles"},
		{Vendor: Xero, Name: "Marlow Street Studio Ltd", Country: "GB", Home: "GBP", Foreign: "USD", Zone: "Europe/London"},
	} {
		if opts.Vendor != "" && opts.Vendor != b.Vendor {
			continue
		}
		g := generator{
			rng:  rand.New(rand.NewPCG(uint64(opts.Seed), uint64(i)+1)),
			now:  plan.Now,
			book: b, history: opts.History, partPaid: map[int]bool{},
		}
		g.customers(n)
		if opts.History {
			g.past(n)
		}
		g.open(n)
		if opts.History {
			g.payouts()
		}
		slices.SortStableFunc(g.book.Steps, func(x, y Step) int { return x.At.Compare(y.At) })
		g.number()
		g.book.Intends = intend(g.rng, g.candidates(), plan.Now)
		plan.Books = append(plan.Books, g.book)
	}
	return plan
}

// generator draws one book.
type generator struct {
	rng  *rand.Rand
	now  time.Time
	book Book

	history  bool
	partPaid map[int]bool // open invoices with a payment already
}

// chance is true in permille of 1000 draws.
func (g *generator) chance(permille int) bool { return g.rng.IntN(1000) < permille }

// between draws from lo to hi, both included.
func (g *generator) between(lo, hi int) int { return lo + g.rng.IntN(hi-lo+1) }

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
