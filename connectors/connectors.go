// Package connectors holds the small contracts that a vendor may fulfil, and
// the words shared by those who call it: streams, pages, cursors, writes and
// the classes of failure. A vendor lives in its own folder and knows no other;
// the engine knows only this package. Abilities that not every vendor has are
// interfaces of their own, found by type assertion.
package connectors

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// Role says what a vendor is to a book.
type Role string

// A ledger is written to; a processor is where the money comes from.
const (
	RoleLedger    Role = "ledger"
	RoleProcessor Role = "processor"
)

// Vendor is one kind of system that Tieout connects to. Only the folders
// below connectors implement it.
type Vendor interface {
	// Name is the vendor's key in rows and commands: "quickbooks".
	Name() string
	// Title is its name for people: "QuickBooks Online".
	Title() string
	Role() Role
	// Open gives a session with one connection. It makes no call.
	Open(Access) Session
}

// Access is what a session works with. Client adds the authorisation, the
// limits and the retries; a session builds requests and reads answers.
type Access struct {
	Client *http.Client
	// ExternalID is the realm, tenant or account.
	ExternalID string
	// OnBehalf says that the client acts with the operator's own key, in the
	// name of ExternalID: see Platform.
	OnBehalf bool
	// Home and Zone are those of Profile, once known.
	Home money.Currency
	Zone *time.Location
	Now  func() time.Time
}

// Session talks to one connection. Its methods make bounded calls, start no
// goroutine and never sleep.
type Session interface {
	// Profile reads who the connection is. It is the first call after
	// connecting and the check before writing.
	Profile(ctx context.Context) (Profile, error)
	// Streams lists what can be pulled, in the order to pull it.
	Streams() []Stream
	// Pull reads the next page after the cursor; an empty cursor means from
	// the beginning. The page's own cursor is saved with its rows.
	Pull(ctx context.Context, stream string, cursor Cursor) (Page, error)
	// Fetch reads single objects by id, whatever the cursors say.
	Fetch(ctx context.Context, refs []receivables.Ref) ([]mapping.Draft, error)
}

// Held gives the ids of objects of a kind that are stored and not deleted:
// those that begin with prefix and come after the id after, in one fixed
// order, at most n of them.
type Held = func(ctx context.Context, kind receivables.Kind, prefix, after string, n int) ([]string, error)

// Comparer is a session whose vendor does not tell every deletion. Given what
// is stored it can notice those itself.
type Comparer interface {
	Comparing(held Held) Session
}

// Profile is what a connection says of itself.
type Profile struct {
	ExternalID string         `json:"external_id"`
	Name       string         `json:"name"`
	Country    string         `json:"country,omitempty"`
	Home       money.Currency `json:"home"`
	// Zone is an IANA name; "" when the vendor does not say.
	Zone string `json:"zone,omitempty"`
	// Live is false for test-mode and demo companies.
	Live bool `json:"live"`
	// Lock is the last day of the closed period; "" when the books are open.
	Lock receivables.Date `json:"lock,omitempty"`
	// Terms are the names of terms of payment by id, where a vendor's documents
	// name only the id.
	Terms map[string]string `json:"terms,omitempty"`
	// Destinations are the accounts that payouts go to, by id, empty where the
	// vendor would not say which; whoever stores the profile fills them in.
	Destinations map[string]receivables.Destination `json:"destinations,omitempty"`
	// ShortCode and the like that links need.
	Extra map[string]string `json:"extra,omitempty"`
	// ReadAt is when it was read, by our clock. Whoever stores the profile
	// sets it; vendors leave it zero.
	ReadAt time.Time `json:"read_at,omitzero"`
}

// Cursor is where a stream stands: JSON of the vendor's own, with a version.
type Cursor = json.RawMessage

// Stream is one list of a vendor.
type Stream struct {
	Name string
	// Once marks a backfill stream: when it has come to its end it is pulled
	// again only on a full sync. The other streams go on for ever.
	Once bool
}

// Page is what one Pull gave.
type Page struct {
	Drafts []mapping.Draft
	Cursor Cursor
	// More says that the next page can be read at once.
	More bool
	// Total is how many rows the whole list has, where the vendor says so; 0
	// where it does not. It only tells people how long a first reading takes.
	Total int64
}

// Write is one write to a vendor, complete: what the outbox stores and sends.
type Write struct {
	// Op is the vendor's own name of the operation, such as "payment.create".
	Op string `json:"op"`
	// Key is the idempotency key; it is stable over retries and restarts.
	Key string `json:"key"`
	// Marker stands in the document and names its parts; "" where a write
	// makes no document.
	Marker string `json:"marker,omitempty"`
	// Parts are the part keys that the document books.
	Parts []mapping.Part `json:"parts,omitempty"`
	// Target is the object that the write changes, if it exists already.
	Target receivables.Ref `json:"target,omitzero"`
	// Natural is how a person would find the document without the marker.
	Natural Natural `json:"natural,omitzero"`
	// Body is the request as it will be sent.
	Body json.RawMessage `json:"body"`
}

// Natural is the natural key of a document that a write makes.
type Natural struct {
	Kind       receivables.DocumentKind `json:"kind,omitempty"`
	AccountID  string                   `json:"account_id,omitempty"`
	CustomerID string                   `json:"customer_id,omitempty"`
	InvoiceID  string                   `json:"invoice_id,omitempty"`
	Date       receivables.Date         `json:"date,omitempty"`
	Amount     int64                    `json:"amount,omitempty"`
	Currency   money.Currency           `json:"currency,omitempty"`
}

// Answer is what a write led to.
type Answer struct {
	// Ref is the document made or changed.
	Ref receivables.Ref `json:"ref"`
	// URL is the address of a payment link that was made.
	URL string `json:"url,omitempty"`
	// Warnings are the vendor's, for people.
	Warnings []string `json:"warnings,omitempty"`
	// RequestID is the vendor's id of the call.
	RequestID string          `json:"request_id,omitempty"`
	Raw       json.RawMessage `json:"raw,omitempty"`
}

// Writer sends writes. Both a ledger's and a processor's session may be one.
type Writer interface {
	// Send makes the write once. An error of ClassUnknown means that nobody
	// knows whether it was made; Find tells.
	Send(ctx context.Context, w Write) (Answer, error)
	// Find looks for the outcome of an earlier Send: by marker, then by
	// natural key. false means that the vendor holds no such document.
	Find(ctx context.Context, w Write) (Answer, bool, error)
}

// Replayer is a Writer whose vendor answers a key that it knows with what it
// answered first, even when the document was deleted since.
type Replayer interface {
	Writer
	// Stands reads what an answer names: false when the vendor does not hold it
	// any more.
	Stands(ctx context.Context, w Write, a Answer) (bool, error)
}

// Ledger is a session that bookings can be written to.
type Ledger interface {
	Writer
	// Lower turns a booking into 1..n writes. It is pure. Markers are made
	// with Marker(b.Book, parts), keys with Key(marker, generation).
	Lower(b mapping.Booking, generation int) ([]Write, error)
	// LowerLink is the write that puts url on the invoice whose raw body is
	// given ("" removes it); false when the document already stands so or
	// has no place for a link (then why says what is in the way).
	LowerLink(change LinkChange) (w Write, needed bool, why string, err error)
	// DetectAccounts finds or proposes what a book needs. It is pure.
	DetectAccounts(accounts []receivables.Account, needs AccountNeeds) AccountPlan
	// LowerAccount is the write that creates a proposed account or contact, or
	// makes an inactive one active again: see NewAccount. Where Find comes upon
	// an inactive one of the name, it gives false with its Ref and Raw.
	LowerAccount(n NewAccount) (Write, error)
	// Figures reads what the ledger itself says the balances are, as of a
	// civil date.
	Figures(ctx context.Context, q FigureQuery) (Figures, error)
	// URL is where a person opens the object in the vendor's own screen.
	URL(ref receivables.Ref) string
}

// LinkChange asks for our payment link on an invoice.
type LinkChange struct {
	Invoice receivables.Invoice
	// Raw is the newest body of the invoice.
	Raw []byte
	// URL is the link that should stand; "" when none should.
	URL string
	// StaffURL is the address of our own record of the invoice, for ledgers
	// that have a place for it; may be "".
	StaffURL string
	// OnDocument allows a line on the document where that is the only place
	// that the customer sees.
	OnDocument bool
	Generation int
}

// AccountNeeds is what a book must have before it can write.
type AccountNeeds struct {
	Currencies []money.Currency
	// Destinations are the payouts' destinations by currency.
	Destinations map[string]money.Currency
}

// AccountPlan is what was found among the ledger's accounts and what would
// have to be created.
type AccountPlan struct {
	Accounts mapping.Accounts
	Create   []NewAccount
	// Missing names what a person must choose.
	Missing []Missing
	// Destinations are those that payouts went to, by their currency; filled in by
	// who asks for the plan.
	Destinations map[string]money.Currency
}

// Missing is an account of the ledger that only a person can choose.
type Missing struct {
	// Use is as of NewAccount, or "receivable".
	Use      string
	Currency money.Currency
	// Text says it in words.
	Text string
}

// NewAccount is an account or contact to be created for a book.
type NewAccount struct {
	// Use is "clearing", "fees", "bank", "contact", "method", "disputes" or
	// "returned".
	Use      string         `json:"use"`
	Name     string         `json:"name"`
	Currency money.Currency `json:"currency,omitempty"`
	// Existing is the id of an inactive one of this name; "" when there is
	// none. It becomes active again when its newest body is in Raw; without a
	// body, a new one is made in its stead, under an idempotency key of its own.
	Existing string `json:"existing,omitempty"`
	// Raw is the newest body of Existing.
	Raw json.RawMessage `json:"raw,omitempty"`
}

// FigureQuery says which figures the proof needs.
type FigureQuery struct {
	AsOf receivables.Date
	// Clearing are the book's clearing accounts by currency.
	Clearing map[money.Currency]string
}

// Figures are the ledger's own balances. A currency that is absent was not
// measured.
type Figures struct {
	// Receivable is the balance of the A/R control accounts: by account
	// currency where the ledger keeps one for each (QuickBooks), else in
	// the home currency only (Xero).
	Receivable map[money.Currency]int64
	// ReceivableHome says that Receivable is one figure in home currency at
	// carrying rates.
	ReceivableHome bool
	// Customers is the sum of the customers' balances by currency; nil where
	// the ledger gives none.
	Customers map[money.Currency]int64
	// Clearing is the balance of each clearing account, by currency.
	Clearing map[money.Currency]int64
	// OwnSum lists clearing currencies for which the ledger's API gives no
	// balance by date, so that the sum of its documents has to stand.
	OwnSum []money.Currency
	Calls  int
}

// Processor is a session with the side where money is paid in.
type Processor interface {
	Writer
	// LowerPaymentLink is the write that makes a payment link; false and why
	// when the processor cannot take the amount or currency.
	LowerPaymentLink(r PaymentLink) (w Write, ok bool, why string, err error)
	// LowerDeactivate is the write that ends a payment link and its open
	// sessions.
	LowerDeactivate(linkID string, generation int) (Write, error)
	// Balances reads the whole balance by currency: available, pending and
	// whatever else the processor holds of it.
	Balances(ctx context.Context) (map[money.Currency]int64, error)
	// Movements reads balance transactions again, by id.
	Movements(ctx context.Context, ids []string) ([]mapping.Draft, error)
	// PayoutMembers reads the balance transactions that an automatic payout
	// took out, without the payout's own.
	PayoutMembers(ctx context.Context, payoutID string) ([]mapping.Draft, error)
}

// PaymentLink is a payment link that should exist.
type PaymentLink struct {
	Book       string
	InvoiceID  string
	Number     string
	Title      string
	Amount     int64
	Currency   money.Currency
	Generation int
}

// Payer is a Processor that shows the accounts that its payouts go to.
type Payer interface {
	// Destinations reads what may be shown of accounts. One that is not shown,
	// for want of a permission or because it is gone, is not among them.
	Destinations(ctx context.Context, ids []string) (map[string]receivables.Destination, error)
}

// Biller is a Processor that makes invoices of its own.
type Biller interface {
	// OpenInvoices adds up, by currency, what is open on the processor's own
	// invoices now, in minor units.
	OpenInvoices(ctx context.Context) (map[money.Currency]int64, error)
}
