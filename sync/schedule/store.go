// Package schedule decides when a connection or book is due and runs the
// steps of one round in their order: pull, reconcile, push, prove. What is due
// is a row; a missed run is caught up once. It sleeps nowhere: whoever calls
// it asks again.
package schedule

import (
	"context"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/lease"
)

// Run is the record of one round over one connection or book.
type Run struct {
	Tenant string
	ID     string
	// Subject is "connection/<id>" or "book/<id>".
	Subject  string
	Started  time.Time
	Finished *time.Time
	// OK is false for a run that ended with Problem.
	OK      bool
	Problem string
	Pulled  map[receivables.Kind]int
	Changed map[receivables.Kind]int
	Written int
	Calls   int
}

// Store is what schedule needs of the database.
type Store interface {
	lease.Store
	// DueConnections gives connections that are active and due at now, the
	// longest overdue first.
	DueConnections(ctx context.Context, tenant string, now time.Time, limit int) ([]books.Connection, error)
	Connections(ctx context.Context, tenant string) ([]books.Connection, error)
	Books(ctx context.Context, tenant string) ([]books.Book, error)
	// SaveSchedule writes schedule, failures and due of a connection and, when
	// it is still under c's grant, state and why: a run that ends must not take
	// back a consent that was given meanwhile.
	SaveSchedule(ctx context.Context, l lease.Lease, c books.Connection) error
	// SaveProfile writes what the connection says of itself.
	SaveProfile(ctx context.Context, l lease.Lease, connection string, p connectors.Profile) error
	// Destinations are the accounts that payouts of connections went to, with
	// their currency.
	Destinations(ctx context.Context, tenant string, connections []string) (map[string]money.Currency, error)
	SaveRun(ctx context.Context, l lease.Lease, r Run) error
	// Restored says whether the book came out of a backup and has not been
	// brought to rest since; Rested that it has.
	Restored(ctx context.Context, tenant, book string) (bool, error)
	Rested(ctx context.Context, l lease.Lease, book string) error
	// AddCalls adds to the count of calls of a connection by purpose and day.
	AddCalls(ctx context.Context, tenant, connection, purpose string, day receivables.Date, n int) error
}
