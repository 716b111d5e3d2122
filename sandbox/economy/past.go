package economy

import (
	"fmt"
	"strings"
	"time"
)

// Kind names what happens in a step of the past.
type Kind int

// Steps of the past, as the company and its bookkeeper made them.
const (
	Issue          Kind = iota // the invoice is written
	PayBank                    // money on the bank account, entered against the invoice
	PayCheque                  // a cheque: undeposited first where the ledger has that
	PayStripe                  // a Stripe charge, entered gross into the clearing account
	CreditApplied              // a credit note used up on the invoice
	CreditOpen                 // a credit note that stays open
	VoidInvoice                // the invoice is voided
	Unapplied                  // money received without an invoice
	JournalOnDebts             // a journal line on receivables
	RunPayout                  // Stripe pays its available balance out
	BookPayout                 // the bookkeeper enters the payout and the fees so far
	BookFees                   // the bookkeeper enters the fees so far
)

// Step is one act of the past. Share is permille of the invoice's open total.
type Step struct {
	At       time.Time
	Kind     Kind
	Invoice  int // index, -1 for none
	Customer int // index, -1 for none
	Share    int
}

// HistoryYears is how far the past of a generated company reaches back.
const HistoryYears = 3

const (
	day           = 24 * time.Hour
	historyFactor = 3    // past invoices for each open one ...
	historyCap    = 1500 // ... but not more than this
	// The last historic movement lies before the last midnight of any zone,
	// so that a cut-over at today's midnight has all of the past before it.
	quiet = 30 * time.Hour
	// The last payout is at the bank and in the books well before now.
	lastPayout = 8 * day
)

// past draws three years of settled trade, with the credit notes, voids,
// unapplied payments and the journal that real books carry.
func (g *generator) past(n int) {
	count := min(historyFactor*n, historyCap)
	start := g.now.AddDate(-HistoryYears, 0, 0)
	span := g.now.Add(-120 * day).Sub(start)
	for i := range count {
		issued := start.Add(span * time.Duration(i) / time.Duration(count)).Add(time.Duration(g.rng.IntN(3600*9)) * time.Second)
		at := g.issue(g.rng.IntN(len(g.book.Customers)), issued)
		switch draw := g.rng.IntN(100); {
		case i == 0 || draw < 2:
			g.step(VoidInvoice, at, issued.Add(3*day), 1000)
		case i == 1 || draw < 5:
			g.step(CreditApplied, at, issued.Add(10*day), 1000)
		case i == 2 || draw < 9:
			g.step(CreditApplied, at, issued.Add(5*day), 200)
			g.settle(at, issued)
		default:
			g.settle(at, issued)
		}
	}
	g.extras(start, max(1, count/100))
}

// settle pays a past invoice by its customer's habit, a tenth in two parts.
func (g *generator) settle(index int, issued time.Time) {
	c := g.book.Customers[g.book.Invoices[index].Customer]
	paid := issued.Add(time.Duration(max(1, c.TermDays+c.LateDays)) * day).Add(time.Duration(g.rng.IntN(3600*8)) * time.Second)
	kind := [...]Kind{ByBank: PayBank, ByCheque: PayCheque, ByStripe: PayStripe}[c.Pays]
	if g.chance(100) {
		g.step(kind, index, paid, 400)
		paid = paid.Add(14 * day)
	}
	g.step(kind, index, paid, 1000)
}

// extras are the things without an invoice: open credits, money nobody
// applied, and one journal on receivables.
func (g *generator) extras(start time.Time, each int) {
	late := g.now.Add(-60 * day)
	for range each {
		for _, kind := range []Kind{CreditOpen, Unapplied} {
			c := g.rng.IntN(len(g.book.Customers))
			at := start.Add(time.Duration(g.rng.Int64N(int64(late.Sub(start)))))
			g.add(Step{At: at, Kind: kind, Invoice: -1, Customer: c, Share: g.between(50, 900)})
		}
	}
	if g.book.Vendor == QuickBooks {
		// Customer 0 is never foreign: the journal moves the home receivables.
		g.add(Step{At: late, Kind: JournalOnDebts, Invoice: -1, Customer: 0, Share: 250})
	}
}

// open draws the n invoices that are open at Now; a few carry a part payment
// already. The foreign currency is never missing.
func (g *generator) open(n int) {
	for i := range n {
		customer := g.rng.IntN(len(g.book.Customers))
		if i < 4 { // two invoices each for the first home and the first foreign customer
			customer = i / 2
		}
		age := time.Duration(g.between(2, 75)) * day
		if g.chance(200) {
			age = time.Duration(g.between(76, 118)) * day
		}
		issued := g.now.Add(-age).Add(-time.Duration(g.rng.IntN(3600*8)) * time.Second)
		index := g.issue(customer, issued)
		g.book.Open = append(g.book.Open, index)
		if g.chance(30) && age > 5*day {
			g.step(PayBank, index, issued.Add(age/2), 300)
			g.partPaid[index] = true
		}
	}
	// A few recent charges wait in the Stripe balance at Now: they belong to
	// invoices beyond the n.
	if g.history {
		for _, age := range []time.Duration{6 * day, 4 * day, 2 * day, 36 * time.Hour} {
			for customer := range 2 {
				index := g.issue(customer, g.now.Add(-age-20*day))
				g.step(PayStripe, index, g.now.Add(-age), 1000)
			}
		}
	}
}

// issue adds an invoice and the step that writes it.
func (g *generator) issue(customer int, issued time.Time) int {
	c := g.book.Customers[customer]
	inv := Invoice{
		Customer: customer, Currency: c.Currency, Issued: issued, DueDays: c.TermDays,
		Memo: pick(g.rng, memos), Sent: g.chance(700) && c.Email != "", Taxed: g.chance(600),
	}
	for range g.between(1, 3) {
		inv.Lines = append(inv.Lines, Line{
			Text: pick(g.rng, work), Quantity: int64(g.between(1, 12)), Unit: Minor(g.between(1500, 32000)),
		})
	}
	g.book.Invoices = append(g.book.Invoices, inv)
	index := len(g.book.Invoices) - 1
	g.add(Step{At: issued, Kind: Issue, Invoice: index, Customer: customer})
	return index
}

func (g *generator) step(kind Kind, invoice int, at time.Time, share int) {
	if latest := g.now.Add(-quiet); at.After(latest) {
		at = latest
	}
	g.add(Step{At: at, Kind: kind, Invoice: invoice, Customer: g.book.Invoices[invoice].Customer, Share: share})
}

func (g *generator) add(s Step) { g.book.Steps = append(g.book.Steps, s) }

// payouts lets Stripe pay out every week; the bookkeeper enters each payout
// four days later. The fees of what is still with Stripe are entered last, so
// that the clearing account equals Stripe's balance at Now.
func (g *generator) payouts() {
	start := g.now.AddDate(-HistoryYears, 0, 0)
	for at := start.Add(7 * day); at.Before(g.now.Add(-lastPayout)); at = at.Add(7 * day) {
		g.add(Step{At: at, Kind: RunPayout, Invoice: -1, Customer: -1})
		g.add(Step{At: at.Add(5 * day), Kind: BookPayout, Invoice: -1, Customer: -1})
	}
	g.add(Step{At: g.now.Add(-quiet + time.Hour), Kind: BookFees, Invoice: -1, Customer: -1})
}

// number gives the invoices their numbers in the order of issue, and writes a
// memo without any room left on one invoice of each hundred.
func (g *generator) number() {
	next, prefix, digits := 1001, "", 4
	if g.book.Vendor == Xero {
		next, prefix = 1, "INV-"
	}
	for _, s := range g.book.Steps {
		if s.Kind == Issue {
			g.book.Invoices[s.Invoice].Number = fmt.Sprintf("%s%0*d", prefix, digits, next)
			next++
		}
	}
	for i, index := range g.book.Open {
		if i%100 == 99 && g.book.Vendor == QuickBooks { // Xero has no memo
			g.book.Invoices[index].Memo = strings.Repeat("Terms and conditions apply. ", 36)[:990]
		}
	}
}
