package proof

import (
	"time"

	"tieout/money"
	"tieout/receivables"
)

// Check names what a line proves, after the rules of bookkeeping.
type Check string

// The checks.
const (
	CheckInvoices    Check = "invoices"
	CheckAllocations Check = "allocations"
	CheckParts       Check = "documents"
	CheckMovements   Check = "stripe_movements"
	CheckPayouts     Check = "stripe_payouts"
	// CheckReversals is about payouts that came back.
	CheckReversals   Check = "stripe_returned_payouts"
	CheckBalance     Check = "stripe_balance"
	CheckReserves    Check = "stripe_reserves"
	CheckClearing    Check = "clearing"
	CheckDisputes    Check = "disputes"
	CheckReturned    Check = "returned_payments"
	CheckReceivables Check = "receivables"
	CheckCustomers   Check = "customers"
	CheckBank        Check = "bank"
	// CheckBilled is about invoices that the processor has made itself.
	CheckBilled Check = "stripe_invoices"
	// CheckWriters counts traces of other writers that nobody has decided
	// about.
	CheckWriters Check = "other_writers"
)

// Counts says that the check counts things instead of adding up money.
func (c Check) Counts() bool {
	switch c {
	case CheckInvoices, CheckAllocations, CheckParts, CheckMovements, CheckWriters:
		return true
	}
	return false
}

// Line is one line of a proof. Figures are minor units of Currency; nil where
// a side has no such figure.
type Line struct {
	Check    Check          `json:"check"`
	Currency money.Currency `json:"currency,omitempty"`
	Ledger   *int64         `json:"ledger,omitempty"`
	Stripe   *int64         `json:"stripe,omitempty"`
	Tieout   *int64         `json:"tieout,omitempty"`
	// Difference is what the compared sides differ by, Explained the part of
	// it that named items account for, Unexplained the rest.
	Difference  int64  `json:"difference"`
	Explained   []Item `json:"explained,omitempty"`
	Unexplained int64  `json:"unexplained"`
	// Causes break the difference down to documents that a person has to look
	// at. They explain where it comes from, and excuse nothing.
	Causes []Cause `json:"causes,omitempty"`
	// Measured is false when a side could not be read at one instant; Why
	// says what prevented it.
	Measured   bool      `json:"measured"`
	Why        string    `json:"why,omitempty"`
	MeasuredAt time.Time `json:"measured_at"`
}

// Open says that something of the line has no explanation, or that it could
// not be measured.
func (l Line) Open() bool { return l.Unexplained != 0 || !l.Measured }

// Item is a named timing item of a difference; its amount was read from the
// vendor.
type Item struct {
	Kind     string         `json:"kind"`
	ID       string         `json:"id"`
	Amount   int64          `json:"amount"`
	Currency money.Currency `json:"currency"`
	Since    time.Time      `json:"since"`
	Text     string         `json:"text"`
	// Action is what a person can do about it.
	Action string `json:"action,omitempty"`
	// Overdue says that the item is older than its kind may be; it counts
	// as unexplained.
	Overdue bool `json:"overdue,omitempty"`
}

// Cause is a document, or another named thing, that a difference comes from.
type Cause struct {
	Ref receivables.Ref `json:"ref"`
	// Amount is its share of the difference, in minor units; 0 where the line
	// counts.
	Amount int64 `json:"amount,omitempty"`
	// Text says why in a sentence, Action what to do.
	Text   string `json:"text"`
	Action string `json:"action"`
	// URL is where the ledger shows the document; "" where it has no page.
	URL string `json:"url,omitempty"`
}

// Proof is one measurement of one book.
type Proof struct {
	Tenant, Book, ID string
	At               time.Time
	Lines            []Line
	Calls            int
	// Inputs are what the lines were computed from, as JSON; nil in a proof
	// that was read back without them.
	Inputs []byte
	// Statement is what was signed, Signature the signature by Key; see
	// Statement.
	Statement string
	Signature []byte
	Key       string
}

// Unexplained says whether any line has a rest that nothing explains, or could
// not be measured.
func (p Proof) Unexplained() bool {
	for _, l := range p.Lines {
		if l.Open() {
			return true
		}
	}
	return false
}
