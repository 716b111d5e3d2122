// Package pay is the pay page: a payer opens the short address of an invoice or
// of a customer, sees what is payable now, and is led to a page of the
// processor over exactly that. The ledger is read again before a page is
// opened, older pages are ended first, and whoever pays gets to know nothing
// but the seller, the invoice numbers and the amounts. It renders nothing.
package pay

import (
	"context"
	"errors"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/lease"
)

// The reasons for which nothing is opened. They are told to the payer.
var (
	// ErrUnknown is for a token that leads nowhere, or nowhere any more.
	ErrUnknown = errors.New("this payment link is not known")
	// ErrBusy says that another request for the same customer is at it.
	ErrBusy = errors.New("this payment is being opened already")
	// ErrUnread says that the ledger could not be read just now.
	ErrUnread = errors.New("the invoice cannot be read just now")
	// ErrUnderWay says that a payment has been made and is not booked yet.
	ErrUnderWay = errors.New("a payment is under way")
	// ErrNothing says that nothing is payable.
	ErrNothing = errors.New("nothing is payable")
)

// ChoiceError says in words what is wrong with what the payer has chosen.
type ChoiceError struct{ Why string }

func (e ChoiceError) Error() string { return e.Why }

// Kind says what a token is for.
type Kind string

// A token is an invoice's, a customer's, or that of a ledger that sends payers
// here with an invoice's number.
const (
	KindInvoice  Kind = "invoice"
	KindCustomer Kind = "customer"
	KindEntry    Kind = "entry"
)

// Target is where a token leads.
type Target struct {
	Book  books.Book
	Kind  Kind
	Token string
	// Subject is the ledger's id of the invoice or customer.
	Subject string
	// Ended says that nothing can be paid by it any more, because what it was
	// for is settled, or it was replaced or ended.
	Ended bool
}

// Due is what is payable on an invoice.
type Due struct {
	Invoice receivables.Invoice
	// Payable is by the rules of the books: what the ledger says is open, less
	// payments that it does not show yet. Never below 0.
	Payable int64
	// Allowed is false where no links are wanted.
	Allowed bool
	// Booking says that a receipt has been sent to the ledger which the ledger
	// may show already or not: what is payable is not known for a moment.
	Booking bool
}

// Fresh is how old a copy of an invoice may be that is asked for without
// another look at the ledger.
const Fresh = time.Minute

// SessionState is how far a page of the processor has come, as we know.
type SessionState string

// An opening page was asked for and the answer is not known; an ending one is
// being ended because its amount has become an old one.
const (
	SessionEnding   SessionState = "ending"
	SessionOpening  SessionState = "opening"
	SessionOpen     SessionState = "open"
	SessionComplete SessionState = "complete"
	SessionExpired  SessionState = "expired"
)

// Session is a page of the processor that was opened here.
type Session struct {
	ID         string
	Connection string
	// Session and URL are the processor's.
	Session  string
	URL      string
	State    SessionState
	Currency money.Currency
	Shares   []Share
	Created  time.Time
	Until    time.Time
	// Counted says that its payment has been pulled and looked at, so that what
	// is payable takes it into account.
	Counted bool
}

// Share is what one invoice gets, with what was payable on it then.
type Share struct {
	Invoice string
	Number  string
	Amount  int64
	Payable int64
}

// Store is what the page keeps and reads.
type Store interface {
	lease.Store
	// PayTarget finds where a token leads; ErrUnknown when nowhere.
	PayTarget(ctx context.Context, token string) (Target, error)
	// OwnToken is the token of an invoice's active own link; "" without one.
	OwnToken(ctx context.Context, b books.Book, invoice string) (string, error)
	// InvoicesNumbered are the live invoices with exactly this number.
	InvoicesNumbered(ctx context.Context, b books.Book, number string) ([]receivables.Invoice, error)
	// OpenOf are the ids of the customer's open invoices, the oldest first.
	OpenOf(ctx context.Context, b books.Book, customer string, limit int) ([]string, error)
	// PaySessions are pages over any of the invoices that are not expired.
	PaySessions(ctx context.Context, b books.Book, invoices []string) ([]Session, error)
	// SavePaySession adds a page or replaces what is known of it.
	SavePaySession(ctx context.Context, b books.Book, s Session) error
}

// Books are what is payable, and the vendors of a book.
type Books interface {
	// Due says what is payable on invoices as they are stored.
	Due(ctx context.Context, b books.Book, invoices []string) ([]Due, error)
	// DueNow reads the invoices from the ledger first; ErrUnread when that
	// cannot be reached and what is stored is older than Fresh.
	DueNow(ctx context.Context, b books.Book, invoices []string) ([]Due, error)
	// Seller is the name that payers know, Code the ledger's short name of it.
	Seller(ctx context.Context, b books.Book) (name, code string, err error)
	// Processor opens the pages of the book, and the connection that it is.
	Processor(ctx context.Context, b books.Book) (connectors.Checkouter, string, error)
}

// Service answers payers.
type Service struct {
	Store Store
	Books Books
	Now   func() time.Time
	NewID func() string
	// URL is the address of the page of a token.
	URL func(token string) string
}
