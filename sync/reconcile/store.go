package reconcile

import (
	"context"
	"time"

	"tieout/books"
	"tieout/links"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/push"
)

// MarkBook is the kind of a mark for a whole book.
const MarkBook receivables.Kind = "book"

// Mark says "reconcile this". Touches grows with every new reason, so that a
// mark that was touched again while it was worked on is not lost.
type Mark struct {
	Connection string
	Ref        receivables.Ref
	Touches    int64
}

// MovementState is what has become of a movement.
type MovementState string

// Context movements lie before the cut-over. Waiting ones wait for the vendor
// (a debit not yet settled), held ones for a person; exceptions are of a kind
// that is not booked. Settled movements have every part planned or nothing to
// book.
const (
	MovementNew       MovementState = "new"
	MovementContext   MovementState = "context"
	MovementWaiting   MovementState = "waiting"
	MovementHeld      MovementState = "held"
	MovementException MovementState = "exception"
	MovementSettled   MovementState = "settled"
	// MovementEmpty is one that calls for no document: a debit that failed
	// before it succeeded, put into the balance and taken out again.
	MovementEmpty MovementState = "empty"
	// MovementFeeLater is one of which only the fee is missing: it goes on a
	// document that many share.
	MovementFeeLater MovementState = "fee_later"
	// MovementSaleLater is a sale without an invoice whose day is not over.
	MovementSaleLater MovementState = "sale_later"
)

// Movement is a balance transaction with what it moved and what has been
// decided about it.
type Movement struct {
	// Connection is the Stripe connection that it belongs to.
	Connection string
	Row        receivables.BalanceTransaction
	Charge     *receivables.Charge
	Checkout   *receivables.Checkout
	Payer      *receivables.Payer
	Payout     *receivables.Payout
	// Refund and Dispute are what took the charge back.
	Refund  *receivables.Refund
	Dispute *receivables.Dispute
	State   MovementState
}

// ChargeID is the charge that the movement takes back; "" for any other.
func (m Movement) ChargeID() string {
	switch {
	case m.Refund != nil:
		return m.Refund.ChargeID
	case m.Dispute != nil:
		return m.Dispute.ChargeID
	}
	return ""
}

// pays says whether the movement is that of a payment itself, and not of what
// became of it later.
func (m Movement) pays() bool { return m.Charge != nil && m.Row.Category == "charge" }

// Outcome is what a pass found out about a movement.
type Outcome struct {
	Connection string
	Movement   string
	State      MovementState
	// Held is the amount, in the movement's currency, that is not planned
	// anywhere yet.
	Held int64
	// Why is one sentence for a person.
	Why string
	// Matched says that the movement's allocations stay as they are.
	Matched bool
}

// Allocation is the decision that a part of a charge pays an invoice.
type Allocation struct {
	Connection string
	Movement   string
	Charge     string
	Invoice    string
	Customer   string
	Amount     int64
	Currency   money.Currency
	// Rule and Evidence say why, in words and ids.
	Rule     Rule
	Evidence string
	// By is the person who decided, "" for a rule.
	By string
	// Adopted is the ledger's receipt that stands for it already, "" when we
	// write one.
	Adopted string
}

// PartState is what has become of a part's document.
type PartState string

// A live part's document has been pulled; a gone one was removed or voided by
// somebody else.
const (
	PartPreview PartState = "preview"
	PartPlanned PartState = "planned"
	PartSent    PartState = "sent"
	PartLive    PartState = "live"
	PartAdopted PartState = "adopted"
	PartGone    PartState = "gone"
	// PartUndone is one whose document a person has had taken back. It is not
	// planned again by itself.
	PartUndone PartState = "undone"
	// PartAgain is an undone one that a person has asked for again: the next
	// pass plans it, in the row's generation.
	PartAgain PartState = "again"
	// PartCancelled is a fee that the others of its payout or month take back to
	// the cent: there is nothing to book, and nothing is waited for.
	PartCancelled PartState = "cancelled"
)

// PurposeUndo is the purpose of a part that takes another back with a document
// of its own, where that part's document has to stay. Its target names the
// other's purpose and target.
const PurposeUndo mapping.Purpose = "undo"

// PartRow is a part with its one document.
type PartRow struct {
	Part       mapping.Part
	Connection string
	Marker     string
	Generation int
	State      PartState
	Intent     string
	// Document is the ledger's document, once known.
	Document receivables.Ref
}

// stands says whether the part has its document, or will have it without
// anybody's doing.
func (p PartRow) stands() bool {
	return p.State != PartGone && p.State != PartUndone && p.State != PartAgain
}

// written says whether the part's document has been sent to the ledger.
func (p PartRow) written() bool {
	return p.State != PartPlanned && p.State != PartPreview && p.State != PartAgain && p.State != PartCancelled
}

// Customer is a ledger customer with what identity is decided by.
type Customer struct {
	receivables.Customer
	// Payers are the Stripe customers joined to it; Apart are those of which a
	// person has said that they are somebody else.
	Payers, Apart []string
}

// InvoiceQuery asks for invoices of the book's ledger; the union of all that
// is named. Open ones only for customers.
type InvoiceQuery struct {
	IDs []string
	// Numbers are number keys (mapping.NumberKey).
	Numbers []string
	// Customers are ledger ids; their open invoices are meant.
	Customers []string
	// Balances asks for open invoices whose balance is exactly one of these.
	Balances []money.Money
	// Mirrors are ids of the processor's own invoices that are meant to stand
	// in the texts of the ledger's, References keys of numbers that are meant
	// to be their reference.
	Mirrors, References []string
}

// Billed is an invoice that the processor has made itself, with what it is
// judged by.
type Billed struct {
	Connection string
	Invoice    receivables.Invoice
	Payer      *receivables.Payer
	// Movement is that of the charge that paid it; "" when there is none yet.
	Movement string
	// Mirror is what an earlier pass found; its zero value when nothing.
	Mirror Mirror
}

// MirrorState says whether the ledger holds the processor's invoice too.
type MirrorState string

// An own invoice stands only with the processor, a mirrored one in the ledger
// too, where it is counted; about an asked one a person is asked, and until
// then it is counted as an own one. Own ones have no row.
const (
	MirrorOwn   MirrorState = "own"
	MirrorFound MirrorState = "mirrored"
	MirrorAsked MirrorState = "asked"
)

// Mirror is the relation of one of the processor's invoices to the ledger.
type Mirror struct {
	Connection string
	// Invoice is the processor's, Ledger the ledger's that is the same, or the
	// likeliest one while a person is asked.
	Invoice  string
	State    MirrorState
	Ledger   string
	Rule     Rule
	Evidence string
	By       string
}

// BilledQuery asks for the processor's own invoices: by id, and by ledger
// invoices that they were found to be, or that name their id or number.
type BilledQuery struct {
	IDs    []string
	Ledger []string
}

// CustomerQuery asks for customers of the book's ledger by any of these.
type CustomerQuery struct {
	IDs    []string
	Emails []string
	// Names are name keys (mapping.NameKey).
	Names []string
	// Payers are Stripe customers with a stored join.
	Payers []string
	// Parents asks for the sub-customers of these.
	Parents []string
}

// Store is what reconcile needs of the database. All of it is of one book.
type Store interface {
	Movements
	Ledger
	Billing
	Outbox
	// Ties gives what earlier passes decided about movements and invoices.
	Ties(ctx context.Context, b books.Book, movements, invoices []string) (Ties, error)
	// Unclaimed gives the ledger's live receipts that carry a marker of ours and
	// that no part of the book knows.
	Unclaimed(ctx context.Context, b books.Book) ([]receivables.Receipt, error)
	// LinksByID gives link rows by the processor's ids.
	LinksByID(ctx context.Context, b books.Book, ids []string) ([]links.Link, error)
	// Save writes a pass in one transaction, under the lease and only if the
	// book's generation is still the same (ErrSettings else).
	Save(ctx context.Context, l lease.Lease, b books.Book, r Result) error
}

// Movements is what has been pulled of Stripe, and what asks for a look.
type Movements interface {
	// Marks gives up to limit marks of the book's connections, oldest first.
	Marks(ctx context.Context, b books.Book, limit int) ([]Mark, error)
	// Touched gives the movements that marks concern: a charge's, a payout's,
	// a checkout's; those allocated to an invoice or its customer; those whose
	// part a document carries.
	Touched(ctx context.Context, b books.Book, marks []Mark) ([]string, error)
	// OpenMovements gives ids of movements in one of the states, after the
	// given id, in id order, at most limit.
	OpenMovements(ctx context.Context, b books.Book, states []MovementState, after string, limit int) ([]string, error)
	Movements(ctx context.Context, b books.Book, ids []string) ([]Movement, error)
	// DestinationsShown are what processors show of the accounts that their
	// payouts go to, by id.
	DestinationsShown(ctx context.Context, tenant string, connections []string) (map[string]receivables.Destination, error)
	// Later gives the movements in a state that waits for a document of many,
	// with the payouts that took them out.
	Later(ctx context.Context, b books.Book, state MovementState) ([]Movement, error)
	// Earlier gives those of the movements that are not the book's though they
	// were made since its cut-over.
	Earlier(ctx context.Context, b books.Book, movements []string) (map[string]books.Cause, error)
	// Returns gives the movements by which charges were taken back.
	Returns(ctx context.Context, b books.Book, charges []string) ([]string, error)
}

// Billing is what has been pulled of the invoices that the processor makes.
type Billing interface {
	Billed(ctx context.Context, b books.Book, q BilledQuery) ([]Billed, error)
	// BilledIDs walks the ids of those that are open, in id order after the
	// given one.
	BilledIDs(ctx context.Context, b books.Book, after string, limit int) ([]string, error)
}

// Ledger is what has been pulled of the book's ledger.
type Ledger interface {
	Invoices(ctx context.Context, b books.Book, q InvoiceQuery) ([]receivables.Invoice, error)
	// InvoiceIDs walks the ids of the book's open invoices, and of those that
	// have a link row that is not off, in id order after the given one.
	InvoiceIDs(ctx context.Context, b books.Book, after string, limit int) ([]string, error)
	Customers(ctx context.Context, b books.Book, q CustomerQuery) ([]Customer, error)
	// Receipts gives live receipts of the customers, and those applied to the
	// invoices, dated on or after since.
	Receipts(ctx context.Context, b books.Book, customers, invoices []string, since receivables.Date) ([]receivables.Receipt, error)
	// Credits gives the live credits of the customers that are open, and those
	// with the ids.
	Credits(ctx context.Context, b books.Book, customers, ids []string) ([]receivables.Credit, error)
	// Traces gives what other writers have left that nobody has decided about.
	Traces(ctx context.Context, b books.Book) (Traces, error)
	// Documents gives ledger documents by marker or ref, with their state.
	Documents(ctx context.Context, b books.Book, markers []string, refs []receivables.Ref) ([]LedgerDocument, error)
	// LedgerAccounts gives the chart of accounts.
	LedgerAccounts(ctx context.Context, tenant, connection string) ([]receivables.Account, error)
	// Raw gives the newest raw body of ledger objects.
	Raw(ctx context.Context, b books.Book, refs []receivables.Ref) (map[receivables.Ref][]byte, error)
}

// LedgerDocument is a document as it stands in the ledger now.
type LedgerDocument struct {
	Ref        receivables.Ref
	Kind       receivables.DocumentKind
	State      receivables.State
	Currency   money.Currency
	Date       receivables.Date
	Total      int64
	Customer   string
	Marker     string
	Reconciled bool
	Accounts   []string
	// Pays is what a receipt is applied to; nil where that is not known.
	Pays []receivables.Allocation
	// Posted is what it does to all of its accounts of a currency together.
	Posted map[money.Currency]int64
}

// Ties is what earlier passes have decided.
type Ties struct {
	// Allocations are those of the movements and those to the invoices, with
	// the parts of both.
	Allocations []Allocation
	Parts       []PartRow
	// Links holds the newest generation of each invoice's link.
	Links []links.Link
	// Pages are the processor's pages over the invoices that are open still and
	// that no write is ending.
	Pages []Page
	// Decisions are those about the movements and invoices, answered or not.
	Decisions []Decision
	// AdoptedReceipts are receipts that already stand for some charge.
	AdoptedReceipts map[string]string
	// Mirrors are those of the invoices, on either side.
	Mirrors []Mirror
	// Outsiders are the movements' payouts of which a payment is decided to
	// stand outside of the clearing account.
	Outsiders []string
	// Totals are the sums of the parts by marker, where movements share it.
	Totals map[string]int64
}

// Result is what a pass writes. Empty lists write nothing.
type Result struct {
	At time.Time
	// Done are the marks that were worked on; they go unless touched again.
	Done     []Mark
	Outcomes []Outcome
	// Allocations replace those of the movements in Outcomes that are not
	// Matched, when they differ.
	Allocations []Allocation
	Parts       []PartRow
	Intents     []push.Intent
	// Drop are intents never sent that a newer plan replaces.
	Drop  []string
	Links []links.Link
	// EndPages are the processor's ids of open pages that an intent ends.
	EndPages   []string
	Decisions  []Decision
	Exceptions []Exception
	// Solved are subjects whose open decisions and exceptions have gone.
	Solved []string
	// Overtaken are answered decisions whose answer no longer fits.
	Overtaken []string
	// Joins tie Stripe customers to ledger customers.
	Joins []Join
	// Mirrors that have changed; those in state own lose their row.
	Mirrors []Mirror
}

// Join ties a Stripe customer to a ledger customer, with the evidence. What a
// person has taken apart only a person joins again.
type Join struct {
	// By is the person who said so; "" for a rule.
	By         string
	Connection string
	Payer      string
	Customer   string
	Evidence   string
}

// Empty says that the result changes nothing but marks.
func (r Result) Empty() bool {
	return len(r.Outcomes) == 0 && len(r.Allocations) == 0 && len(r.Parts) == 0 && len(r.Intents) == 0 &&
		len(r.Drop) == 0 && len(r.Links) == 0 && len(r.Decisions) == 0 && len(r.Exceptions) == 0 && len(r.Solved) == 0 && len(r.Overtaken) == 0 && len(r.Joins) == 0 && len(r.Mirrors) == 0
}
