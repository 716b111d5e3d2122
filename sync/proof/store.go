// Package proof checks that ledger, Stripe and Tieout agree to the cent, and
// says so in lines that can be recomputed. It reads both sides after a pull
// that found nothing more, and Stripe before and after; a figure that moved
// meanwhile is "not measured", which is a result of its own and never reads as
// "agrees". The lines are a pure function of what was read (Inputs), which is
// stored with them and signed. It changes nothing at a vendor.
package proof

import (
	"context"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/lease"
)

// OpenMovement is a movement since the cut-over whose documents do not all
// stand in the ledger yet.
type OpenMovement struct {
	Connection string         `json:"connection"`
	ID         string         `json:"id"`
	Category   string         `json:"category"`
	Source     string         `json:"source"`
	State      string         `json:"state"`
	Why        string         `json:"why,omitempty"`
	Currency   money.Currency `json:"currency"`
	// Net is the movement's own, Missing the part of it that the ledger's
	// clearing account lacks.
	Net     int64     `json:"net"`
	Missing int64     `json:"missing"`
	Created time.Time `json:"created"`
}

// StripeSums are sums over balance transactions of one currency.
type StripeSums struct {
	Currency money.Currency `json:"currency"`
	// All is the sum of every net; Since of those from the cut-over on.
	All   int64 `json:"all"`
	Since int64 `json:"since"`
	// Reserved is the sum of the net of all reserve movements: below zero while
	// Stripe holds money back.
	Reserved int64 `json:"reserved"`
	// Broken counts rows whose amount - fee is not net; Names some of them.
	Broken int      `json:"broken"`
	Names  []string `json:"names,omitempty"`
}

// LedgerSums are sums over the ledger's documents of one currency, as pulled.
type LedgerSums struct {
	Currency money.Currency `json:"currency"`
	// Invoices are open balances, Credits open credits (credit notes,
	// unapplied receipts, over- and prepayments), Journals the net of journal
	// lines on receivable accounts.
	Invoices     int64 `json:"invoices"`
	Credits      int64 `json:"credits"`
	Journals     int64 `json:"journals"`
	HomeInvoices int64 `json:"home_invoices"`
	HomeCredits  int64 `json:"home_credits"`
	HomeJournals int64 `json:"home_journals"`
	OpenInvoices int   `json:"open_invoices"`
	// Broken counts live invoices whose total is not what their parts add up
	// to; Names some of them.
	Broken int      `json:"broken"`
	Names  []string `json:"names,omitempty"`
}

// BilledSums are sums over the live invoices of one currency that the book's
// processors have made themselves.
type BilledSums struct {
	Currency money.Currency `json:"currency"`
	// Open is what is open on all of them; of it, Mirrored is open on those
	// that the ledger holds too, Asked on those that it may hold.
	Open     int64 `json:"open"`
	Mirrored int64 `json:"mirrored"`
	Asked    int64 `json:"asked"`
	// Count is how many are open, Broken how many do not add up.
	Count  int `json:"count"`
	Broken int `json:"broken"`
}

// PayoutCheck is a payout with the sum of its members and the documents that
// stand for it in the ledger.
type PayoutCheck struct {
	ID          string         `json:"id"`
	Currency    money.Currency `json:"currency"`
	Amount      int64          `json:"amount"`
	Members     int64          `json:"members"`
	Destination string         `json:"destination,omitempty"`
	// Itemised is false for manual and instant payouts, and before Stripe
	// has completed the list.
	Itemised bool             `json:"itemised"`
	Arrival  receivables.Date `json:"arrival"`
	Status   string           `json:"status"`
	// Returned says that it failed or was cancelled; Rest is what it and its
	// reversal add up to then.
	Returned bool  `json:"returned,omitempty"`
	Rest     int64 `json:"rest,omitempty"`
	// Documents are the live documents, ours or adopted ones, that stand for
	// it.
	Documents []PayoutDocument `json:"documents,omitempty"`
	// Lines counts the lines of bank statements that were found to be it;
	// nil where no statement of its account and time has been imported.
	Lines *int `json:"lines,omitempty"`
}

// PayoutDocument is a document that stands for a payout, with the accounts
// that it touches.
type PayoutDocument struct {
	ID       string   `json:"id"`
	Accounts []string `json:"accounts"`
}

// Suspect is a ledger document on a bank account that looks like a payout
// booked by somebody else.
type Suspect struct {
	Payout   string           `json:"payout"`
	Document receivables.Ref  `json:"document"`
	Amount   int64            `json:"amount"`
	Currency money.Currency   `json:"currency"`
	Date     receivables.Date `json:"date"`
}

// Breach is a rule about documents and allocations that does not hold.
type Breach struct {
	Check Check           `json:"check"`
	Ref   receivables.Ref `json:"ref"`
	Text  string          `json:"text"`
}

// LedgerEntry is what one document does to an account.
type LedgerEntry struct {
	Ref      receivables.Ref  `json:"ref"`
	Currency money.Currency   `json:"currency"`
	Amount   int64            `json:"amount"`
	Date     receivables.Date `json:"date"`
	// Movement is set where the document is ours or adopted.
	Movement string `json:"movement,omitempty"`
}

// CustomerGap is a customer whose balance in the ledger is not what its
// documents add up to.
type CustomerGap struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Currency  money.Currency `json:"currency"`
	Balance   int64          `json:"balance"`
	Documents int64          `json:"documents"`
}

// DisputeCheck is a dispute with what was withdrawn for it and not brought
// back, less what a person has decided about.
type DisputeCheck struct {
	ID        string         `json:"id"`
	Status    string         `json:"status"`
	Currency  money.Currency `json:"currency"`
	Withdrawn int64          `json:"withdrawn"`
	Decided   int64          `json:"decided"`
	// Posted is what our documents of its withdrawal and its way back hold on
	// the account for disputed money; what was decided is not among them.
	Posted   int64  `json:"posted"`
	Movement string `json:"movement"`
	// State is "held" or "exception" where something about it is asked, and Why
	// says what; else "settled".
	State   string    `json:"state,omitempty"`
	Why     string    `json:"why,omitempty"`
	Created time.Time `json:"created"`
}

// ReturnedCheck is a movement whose way over the account 'Returned payments'
// is not complete: Spent stands there, Invoiced was taken back by an invoice.
type ReturnedCheck struct {
	Movement string         `json:"movement"`
	Currency money.Currency `json:"currency"`
	Spent    int64          `json:"spent"`
	Invoiced int64          `json:"invoiced"`
	Created  time.Time      `json:"created"`
}

// StreamAt says how far a stream of a connection had been read.
type StreamAt struct {
	Connection string `json:"connection"`
	Stream     string `json:"stream"`
	// Cursor is a digest of the vendor's own cursor.
	Cursor string    `json:"cursor"`
	AsOf   time.Time `json:"as_of,omitzero"`
}

// Sides is what the sums of a proof are read from.
type Sides interface {
	// Positions gives how far each stream of the book's connections was read.
	Positions(ctx context.Context, b books.Book) ([]StreamAt, error)
	StripeSums(ctx context.Context, b books.Book) ([]StripeSums, error)
	LedgerSums(ctx context.Context, b books.Book) ([]LedgerSums, error)
	BilledSums(ctx context.Context, b books.Book) ([]BilledSums, error)
	// Unbooked gives every movement since the cut-over with a part that is
	// not yet live, adopted or sent, or with an amount held back.
	Unbooked(ctx context.Context, b books.Book) ([]OpenMovement, error)
	// ClearingSums is the sum of the live documents' postings on each
	// clearing account up to a date, by currency.
	ClearingSums(ctx context.Context, b books.Book, upTo receivables.Date) (map[money.Currency]int64, error)
	// LaterEntries are live documents on the clearing accounts that are dated
	// after a day.
	LaterEntries(ctx context.Context, b books.Book, after receivables.Date) ([]LedgerEntry, error)
}

// Details is what is read document by document.
type Details interface {
	Payouts(ctx context.Context, b books.Book) ([]PayoutCheck, error)
	Suspects(ctx context.Context, b books.Book) ([]Suspect, error)
	// Breaches gives parts with more than one live document, and allocations
	// that exceed their charge or invoice.
	Breaches(ctx context.Context, b books.Book) ([]Breach, error)
	Disputes(ctx context.Context, b books.Book) ([]DisputeCheck, error)
	Returned(ctx context.Context, b books.Book) ([]ReturnedCheck, error)
	// AccountSum is what the live documents do to an account, by the
	// currency of the documents.
	AccountSum(ctx context.Context, b books.Book, account string) (map[money.Currency]int64, error)
	// Strangers are live documents on the clearing accounts since the
	// cut-over, up to a day, that no part and no adoption stands behind.
	Strangers(ctx context.Context, b books.Book, upTo receivables.Date) ([]LedgerEntry, error)
	// CustomerGaps are customers whose balance is not that of their documents,
	// the largest gaps first.
	CustomerGaps(ctx context.Context, b books.Book) ([]CustomerGap, error)
	// Writers are the traces of other writers.
	Writers(ctx context.Context, b books.Book) ([]Writer, error)
}

// Keeper keeps proofs and the keys that sign them.
type Keeper interface {
	SaveProof(ctx context.Context, l lease.Lease, p Proof) error
	// LastStatement is the statement of the book's newest proof, "" when there
	// is none.
	LastStatement(ctx context.Context, tenant, book string) (string, error)
	// SigningKey gives the tenant's newest key; false when it has none.
	SigningKey(ctx context.Context, tenant string) (SigningKey, bool, error)
	// SaveSigningKey keeps a new key, its private part sealed; when another
	// was kept meanwhile, nothing happens.
	SaveSigningKey(ctx context.Context, tenant string, k SigningKey) error
}

// Store is what proof needs of the database.
type Store interface {
	Sides
	Details
	Keeper
}
