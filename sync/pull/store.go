// Package pull brings the vendors' objects into the model, a page at a time:
// it asks a session for the next page after the saved cursor, accepts or
// rejects each draft, and has rows, cursor and marks written in one
// transaction. It is the only way into the model; webhooks and forced reads
// end here as targeted pulls. It starts no goroutine, never sleeps and decides
// nothing about money.
package pull

import (
	"context"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/lease"
)

// StreamState is where a stream of a connection stands.
type StreamState struct {
	Cursor connectors.Cursor
	// Done says that the stream has come to its end at least once.
	Done bool
	// AsOf is when it last did.
	AsOf *time.Time
	// Seen is how many rows were read until it first came to its end, Total how
	// many the vendor said there are; 0 when it does not say.
	Seen, Total int64
	// Moved is when the newest page was read, and Began lies before it by the time
	// that the first reading has taken, without pauses.
	Began, Moved *time.Time
}

// Page is what one transaction writes: versions, projections, raw bodies,
// rejections, marks, the cursor.
type Page struct {
	Tenant, Connection string
	// Stream is "" for targeted pulls, which move no cursor.
	Stream string
	Cursor connectors.Cursor
	Done   bool
	// Total is how many rows the vendor says the list has; 0 when it does not.
	Total   int64
	Records []mapping.Record
	// Mark asks for a mark for each changed object. A backfill marks the
	// whole book once, at its end.
	Mark bool
	// At is when the page was read, by our clock. Began is as in StreamState.
	At, Began time.Time
}

// Saved counts what a page changed. An object that is the same as before
// counts as seen only and writes nothing.
type Saved struct {
	Seen     map[receivables.Kind]int
	Changed  map[receivables.Kind]int
	Rejected int
	// Objects are those that changed, each once.
	Objects []receivables.Ref
}

// Store is what pull needs of the database.
type Store interface {
	Streams(ctx context.Context, tenant, connection string) (map[string]StreamState, error)
	// SavePage writes a page under the connection's lease; lease.ErrLost
	// when it has passed on. A record whose Order is lower than the stored
	// one, or whose content is the same, writes nothing.
	SavePage(ctx context.Context, l lease.Lease, p Page) (Saved, error)
	// RestartStreams forgets the cursors of the connection's streams.
	RestartStreams(ctx context.Context, l lease.Lease, connection string) error
	// MarkBooks marks every book of the connection as a whole.
	MarkBooks(ctx context.Context, tenant, connection string, at time.Time) error
	// SetFresh records that everything up to at has been pulled.
	SetFresh(ctx context.Context, l lease.Lease, connection string, at time.Time) error
}
