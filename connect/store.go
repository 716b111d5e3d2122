// Package connect makes and keeps connections: consent and its answer, grants
// and their refresh, the check that a connection is still the one it was, and
// the set-up of a book: accounts, cut-over, opening figures.
package connect

import (
	"context"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/lease"
)

// Grant is what a vendor has given us to act with. Access and Refresh are
// secrets; the store keeps them sealed, bound to their row.
type Grant struct {
	Tenant  string
	ID      string
	Vendor  string
	Access  string
	Refresh string
	// Expires is the access token's end, RefreshExpires the refresh token's if
	// it is not used, ConsentEnds that of the consent, however much it is used;
	// zero when they do not end or it is not known.
	Expires        time.Time
	RefreshExpires time.Time
	ConsentEnds    time.Time
	// Key says that Access is a secret key, not a token.
	Key bool
	// Dead says that the vendor has refused the grant for good.
	Dead      bool
	UpdatedAt time.Time
}

// Pending is a consent that was asked for and not yet answered.
type Pending struct {
	State    string
	Vendor   string
	Redirect string
	Expires  time.Time
	// Verifier proves with the code that the consent was asked for here; ""
	// where the vendor takes no such proof. It is kept sealed.
	Verifier string
}

// Store is what connect needs of the database.
type Store interface {
	lease.Store
	GrantStore
	BookStore
}

// GrantStore keeps consents, grants and the connections made by them.
type GrantStore interface {
	SavePending(ctx context.Context, p Pending) error
	// TakePending removes and gives the pending consent; false when there is
	// none, so that an answer works once.
	TakePending(ctx context.Context, state string, now time.Time) (Pending, bool, error)
	Grant(ctx context.Context, tenant, id string) (Grant, error)
	SaveGrant(ctx context.Context, g Grant) error
	// RotateGrant writes what became of spending a refresh token, if that is
	// still the one stored: a new pair, or that the grant is dead. Whoever is
	// late finds another token there, changes nothing, and gets the row as it
	// stands. No fence is asked for: a pair that the vendor has already changed
	// to must not be thrown away because its holder was slow, and the comparison
	// alone keeps older tokens from newer ones.
	RotateGrant(ctx context.Context, spent string, g Grant) (stands Grant, taken bool, err error)
	// SaveConnection makes or reconnects by (tenant, vendor, external id) and
	// gives the row as it stands.
	SaveConnection(ctx context.Context, c books.Connection) (books.Connection, error)
	Connection(ctx context.Context, tenant, id string) (books.Connection, error)
	Connections(ctx context.Context, tenant string) ([]books.Connection, error)
}

// BookStore keeps books, and knows of their ledgers what a set-up asks.
type BookStore interface {
	// MarkBooks asks for every book of the connection to be looked at anew.
	MarkBooks(ctx context.Context, tenant, connection string, at time.Time) error
	SaveBook(ctx context.Context, b books.Book, at time.Time) (books.Book, error)
	// SaveCreated records what a set-up has made in the ledger.
	SaveCreated(ctx context.Context, b books.Book, c Created) error
	Book(ctx context.Context, tenant, id string) (books.Book, error)
	// LedgerAccounts gives the chart of accounts as pulled.
	LedgerAccounts(ctx context.Context, tenant, connection string) ([]receivables.Account, error)
	// Destinations are the payouts' destinations seen, with their currency.
	Destinations(ctx context.Context, tenant string, connections []string) (map[string]money.Currency, error)
	// OpeningNet is the sum of net of the movements before the instant, by
	// currency, together with the currencies that have any movement at all.
	OpeningNet(ctx context.Context, tenant string, connections []string, before time.Time) (map[money.Currency]int64, error)
	// PayoutsUntil gives the payouts that connections made until an instant, the
	// newest first, at most limit; 0 means all.
	PayoutsUntil(ctx context.Context, tenant string, connections []string, until time.Time, limit int) ([]PayoutMade, error)
	// Loose calls yield for each movement made before an instant that belongs to
	// no payout and is none, the oldest first.
	Loose(ctx context.Context, tenant string, connections []string, before time.Time, yield func(connection string, m receivables.BalanceTransaction) error) error
	// OldestFrom is when the oldest movement was made that a payout at an
	// instant, or a later one, has paid out; nil when there is none.
	OldestFrom(ctx context.Context, tenant string, connections []string, from time.Time) (*time.Time, error)
	// PaidOutBefore gives the movements made since an instant that a payout made
	// before another had paid out, and those payouts themselves.
	PaidOutBefore(ctx context.Context, tenant string, connections []string, since, payout time.Time) ([]Settled, error)
	// SwitchWrites turns previews into plans, or back, with the setting.
	SwitchWrites(ctx context.Context, b books.Book, on bool, at time.Time) error
}
