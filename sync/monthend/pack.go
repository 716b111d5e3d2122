// Package monthend makes the pack that is kept of a month: what Stripe moved,
// what the clearing account holds and why, what customers owe by age, and what
// people have decided, for one book and one currency. It computes from stored
// rows and proofs, asks no vendor and changes nothing.
package monthend

import (
	"errors"
	"fmt"
	"time"

	"tieout/money"
	"tieout/receivables"
	"tieout/sync/proof"
)

// ErrMonth says that a month is not of the form YYYY-MM.
var ErrMonth = errors.New("a month is written YYYY-MM")

// Month is a calendar month, "2026-10".
type Month string

// ParseMonth reads a month.
func ParseMonth(text string) (Month, error) {
	if _, err := time.Parse("2006-01", text); err != nil {
		return "", fmt.Errorf("monthend: %q: %w", text, ErrMonth)
	}
	return Month(text), nil
}

// First is the first day of the month, Last its last one.
func (m Month) First() receivables.Date { return receivables.Date(m) + "-01" }

// Last is the last day of the month.
func (m Month) Last() receivables.Date {
	at, err := time.Parse("2006-01", string(m))
	if err != nil {
		return m.First()
	}
	return receivables.Date(at.AddDate(0, 1, -1).Format(time.DateOnly))
}

// Span is the month in a zone: its first instant and the first of the next.
func (m Month) Span(zone *time.Location) (from, to time.Time) {
	return m.First().Midnight(zone), m.Last().AddDays(1).Midnight(zone)
}

// Activity is what Stripe moved under one reporting category in a month.
type Activity struct {
	Category string
	Count    int
	Amount   int64
	Fee      int64
	Net      int64
}

// Payout says whether the category is that of payouts or of their return.
func (a Activity) Payout() bool { return a.Category == "payout" || a.Category == "payout_reversal" }

// Stripe is Stripe's side of a month: Opening and the activity add up to
// Closing, which is the sum of all movements until then.
type Stripe struct {
	Opening  int64
	Activity []Activity
	Closing  int64
}

// Rest is what opening, activity and closing differ by: 0, always.
func (s Stripe) Rest() int64 {
	sum := s.Opening
	for _, a := range s.Activity {
		sum += a.Net
	}
	return s.Closing - sum
}

// Owed is what one customer owed at the month's end, by age.
type Owed struct {
	Customer string
	Name     string
	Ageing   receivables.Ageing
	// Journals are entries on receivables without an invoice.
	Journals int64
}

// Total is all that the customer owed.
func (o Owed) Total() (int64, error) {
	total, err := o.Ageing.Total()
	return total + o.Journals, err
}

// Note is a person's decision or change of a setting.
type Note struct {
	At   time.Time
	Who  string
	Kind string
	Text string
	// Old and New are the values before and after, where the kind has any.
	Old, New string
}

// SignOff is a person's name under a month. Pack is the digest of the pack
// that was signed.
type SignOff struct {
	Role string
	By   string
	At   time.Time
	Pack string
}

// The roles of sign-offs.
const (
	RolePrepared = "prepared"
	RoleReviewed = "reviewed"
)

// Pack is all that is kept of a month, in one currency.
type Pack struct {
	Book     string
	BookID   string
	Ledger   string
	Month    Month
	Currency money.Currency
	MadeAt   time.Time
	Stripe   Stripe
	// Clearing is what our sum of the ledger's documents on the clearing
	// account says at the month's end, Expected what the opening of the book and
	// Stripe's movements until then say.
	Clearing, Expected int64
	// Proof is the measurement that the items are from; Proven is false when
	// there was none until the month's end, and a later one had to do.
	Proof    proof.Proof
	Proven   bool
	Owed     []Owed
	Notes    []Note
	SignOffs []SignOff
	// Lost counts documents whose earlier version is not kept.
	Lost int
}
