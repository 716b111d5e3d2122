package web

import (
	"context"
	"math"
	"math/bits"
	"net/url"
	"time"

	"tieout/money"
	"tieout/receivables"
)

// HomeReader gives what the first page shows.
type HomeReader interface {
	// Home is as of today in zone. own is whose customers alone are counted;
	// "" for all.
	Home(ctx context.Context, tenant, own string, zone *time.Location) (Home, error)
}

// Home is an organisation at a glance.
type Home struct {
	Proofs      []ProofSentence
	Ageing      []AgeingLine
	Billing     []Billing
	Waiting     Waiting
	Today       Today
	Connections []Health
	// Machines are sentences about machines that begin no work.
	Machines []string
}

// ProofSentence says of a book whether it ties out.
type ProofSentence struct {
	Book, Name string
	// Ledger and Processors are the vendors that are compared.
	Ledger     string
	Processors []string
	State      ProofState
	// At is when it was measured.
	At time.Time
	// Lines is how many comparisons were made, Open how many of them do not tie
	// out.
	Lines, Open int
	// Rest is what is unexplained in the first line that does not tie out, Cause
	// what that line is about or why it was not measured.
	Rest  money.Money
	Cause string
}

// ProofState is how a proof ended.
type ProofState string

// The states of a proof.
const (
	ProofNone       ProofState = "none"
	ProofAgrees     ProofState = "agrees"
	ProofDiffers    ProofState = "differs"
	ProofUnmeasured ProofState = "not measured"
)

// AgeingLine is what customers owe in one currency, by age past the due date.
type AgeingLine struct {
	Currency money.Currency
	receivables.Ageing
	Sum      int64
	Invoices int
	// Made is what of it is open on invoices that a processor itself has made and
	// the ledger does not hold, MadeCount how many they are: a total of their own,
	// which no account of the ledger's can agree with.
	Made      int64
	MadeCount int
}

// Bucket is a part of an ageing.
type Bucket struct {
	// Name is for people, Key for addresses.
	Name, Key string
	Amount    money.Money
	// Share is of all open invoices, in per mille.
	Share int
}

// Buckets are the line's parts in order.
func (l AgeingLine) Buckets() []Bucket {
	parts := []Bucket{
		{Name: "Not due", Key: "current", Amount: money.Money{Minor: l.Current}},
		{Name: "1–30 days", Key: "30", Amount: money.Money{Minor: l.To30}},
		{Name: "31–60 days", Key: "60", Amount: money.Money{Minor: l.To60}},
		{Name: "61–90 days", Key: "90", Amount: money.Money{Minor: l.To90}},
		{Name: "Over 90 days", Key: "over", Amount: money.Money{Minor: l.Over90}},
	}
	var all int64
	for i := range parts {
		parts[i].Amount.Currency = l.Currency
		all += max(parts[i].Amount.Minor, 0)
	}
	if all == 0 {
		return parts
	}
	const mille = 1000
	shift := max(bits.Len64(uint64(all))-bits.Len64(math.MaxInt64/mille), 0) // so that the product fits
	for i := range parts {
		parts[i].Share = int((max(parts[i].Amount.Minor, 0) >> shift) * mille / (all >> shift))
	}
	return parts
}

// Total is what is owed in all, less credits that nobody has applied.
func (l AgeingLine) Total() money.Money { return money.Money{Minor: l.Sum, Currency: l.Currency} }

// MadeSum is what is open on invoices of a processor's own.
func (l AgeingLine) MadeSum() money.Money { return money.Money{Minor: l.Made, Currency: l.Currency} }

// Overdue is what is past its due date.
func (l AgeingLine) Overdue() money.Money {
	return money.Money{Minor: l.To30 + l.To60 + l.To90 + l.Over90, Currency: l.Currency}
}

// Unapplied is credit that nobody has applied.
func (l AgeingLine) Unapplied() money.Money {
	return money.Money{Minor: -l.Credit, Currency: l.Currency}
}

// Waiting counts what needs a person.
type Waiting struct {
	Questions, Exceptions, Parked, Writes int
	// First are the oldest questions.
	First []Question
}

// Today is what came in since midnight.
type Today struct {
	Sums     []money.Money
	Count    int
	Receipts []Receipt
}

// Receipt is a payment that came in.
type Receipt struct {
	At time.Time
	// ID is the movement's.
	ID, Payer string
	Amount    money.Money
	// State says what became of it: "matched", "suggested", "held" or "new".
	State string
	// Invoices are the numbers of those that it pays.
	Invoices []InvoiceRef
}

// InvoiceRef names an invoice.
type InvoiceRef struct{ Connection, ID, Number string }

// Health is a connection in a line.
type Health struct {
	ID, Vendor, Name, State string
	// Why says what is wrong, Notice what soon will be.
	Why, Notice string
	Fresh       *time.Time
	Due         time.Time
	Running     bool
}

// OK says that nothing is wrong with it.
func (h Health) OK() bool { return h.State == "active" && h.Why == "" }

type homePage struct {
	view
	Home
	Organisation string
}

// home is the first page: do the books agree, who owes how much since when,
// what came in, what waits.
func (s *Site) home(v *Visit) error {
	view := v.view()
	data, err := s.Readers.Home.Home(v.ctx(), v.tenant(), v.own(), view.zone)
	if err != nil {
		return err
	}
	return s.render(v, "home", "Home", homePage{view: view, Home: data, Organisation: v.Member.Organisation.Name})
}

// search takes what somebody types into the box of every page to where it is
// found.
func (s *Site) search(v *Visit) error {
	q := v.r.URL.Query().Get("q")
	if q == "" {
		return v.redirect("/")
	}
	return v.redirect("/receivables?q=" + url.QueryEscape(q))
}
