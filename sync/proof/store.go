// Package proof checks that ledger, Stripe and Tieout agree to the cent, and
// says so in lines that can be recomputed. It reads both sides after a pull
// that found nothing more, and Stripe before and after; a figure that moved
// meanwhile is "not measured", which is a result of its own and never reads as
// "agrees". It changes nothing at a vendor.
package proof

import (
	"context"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/lease"
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
	CheckBalance     Check = "stripe_balance"
	CheckClearing    Check = "clearing"
	CheckReceivables Check = "receivables"
	CheckCustomers   Check = "customers"
	CheckBank        Check = "bank"
	// CheckBilled is about invoices that the processor has made itself.
	CheckBilled Check = "stripe_invoices"
)

// Line is one line of a proof. Figures are minor units of Currency; nil where
// a side has no such figure.
type Line struct {
	Check    Check
	Currency money.Currency
	Ledger   *int64
	Stripe   *int64
	Tieout   *int64
	// Difference is what the compared sides differ by, Explained the part of
	// it that named items account for, Unexplained the rest.
	Difference  int64
	Explained   []Item
	Unexplained int64
	// Measured is false when a side could not be read at one instant; Why
	// says what prevented it.
	Measured   bool
	Why        string
	MeasuredAt time.Time
}

// Item is a named cause of a difference; its amount was read from the vendor.
type Item struct {
	Kind     string         `json:"kind"`
	ID       string         `json:"id"`
	Amount   int64          `json:"amount"`
	Currency money.Currency `json:"currency"`
	Since    time.Time      `json:"since"`
	Text     string         `json:"text"`
	// Overdue says that the item is older than its kind may be; it counts
	// as unexplained.
	Overdue bool `json:"overdue,omitempty"`
}

// Proof is one measurement of one book.
type Proof struct {
	Tenant, Book, ID string
	At               time.Time
	Lines            []Line
	Calls            int
}

// OpenMovement is a movement since the cut-over whose documents do not all
// stand in the ledger yet.
type OpenMovement struct {
	Connection string
	ID         string
	Category   string
	Source     string
	State      string
	Why        string
	Currency   money.Currency
	// Net is the movement's own, Missing the part of it that the ledger's
	// clearing account lacks.
	Net     int64
	Missing int64
	Created time.Time
}

// StripeSums are sums over balance transactions of one currency.
type StripeSums struct {
	Currency money.Currency
	// All is the sum of every net; Since of those from the cut-over on.
	All, Since int64
	// Broken counts rows whose amount - fee is not net.
	Broken int
}

// LedgerSums are sums over the ledger's documents of one currency, as pulled.
type LedgerSums struct {
	Currency money.Currency
	// Invoices are open balances, Credits open credits (credit notes,
	// unapplied receipts, over- and prepayments), Journals the net of journal
	// lines on receivable accounts.
	Invoices, Credits, Journals             int64
	HomeInvoices, HomeCredits, HomeJournals int64
	OpenInvoices                            int
	// Broken counts live invoices whose total is not what their parts add up
	// to; Names some of them.
	Broken int
	Names  []string
}

// BilledSums are sums over the live invoices of one currency that the book's
// processors have made themselves.
type BilledSums struct {
	Currency money.Currency
	// Open is what is open on all of them; of it, Mirrored is open on those
	// that the ledger holds too, Asked on those that it may hold.
	Open, Mirrored, Asked int64
	// Count is how many are open, Broken how many do not add up.
	Count, Broken int
}

// PayoutCheck is an automatic payout with the sum of its members.
type PayoutCheck struct {
	ID       string
	Currency money.Currency
	Amount   int64
	Members  int64
	// Itemised is false for manual and instant payouts, and before Stripe
	// has completed the list.
	Itemised bool
	Arrival  receivables.Date
	Status   string
	// Booked says that exactly one document of ours or an adopted one stands.
	Booked int
}

// Suspect is a ledger document on a bank account that looks like a payout
// booked by somebody else.
type Suspect struct {
	Payout   string
	Document receivables.Ref
	Amount   int64
	Currency money.Currency
	Date     receivables.Date
}

// Store is what proof needs of the database.
type Store interface {
	StripeSums(ctx context.Context, b books.Book) ([]StripeSums, error)
	LedgerSums(ctx context.Context, b books.Book) ([]LedgerSums, error)
	BilledSums(ctx context.Context, b books.Book) ([]BilledSums, error)
	// Unbooked gives every movement since the cut-over with a part that is
	// not yet live, adopted or sent, or with an amount held back.
	Unbooked(ctx context.Context, b books.Book) ([]OpenMovement, error)
	// ClearingSums is the sum of the live documents' postings on each
	// clearing account up to a date, by currency.
	ClearingSums(ctx context.Context, b books.Book, upTo receivables.Date) (map[money.Currency]int64, error)
	Payouts(ctx context.Context, b books.Book) ([]PayoutCheck, error)
	Suspects(ctx context.Context, b books.Book) ([]Suspect, error)
	// Doubles gives parts with more than one live document, and allocations
	// that exceed their charge or invoice, in words.
	Doubles(ctx context.Context, b books.Book) ([]string, error)
	SaveProof(ctx context.Context, l lease.Lease, p Proof) error
}
