// Package lease is the right to work on one connection or book for a while.
// A lease is a row; its fence grows with every holder, and every transaction
// that a holder writes checks it, so that a worker that wakes up too late
// writes nothing.
package lease

import (
	"context"
	"errors"
	"time"
)

// ErrLost says that somebody else holds the lease now.
var ErrLost = errors.New("the lease has passed to another worker")

// Margin is how long before a lease's end the last call to a vendor may
// start: what slips through still carries the same key and marker.
const Margin = 30 * time.Second

// Lease is held by Holder until Until.
type Lease struct {
	Tenant string
	// Name is "connection/<id>", "book/<id>" or "grant/<id>".
	Name   string
	Holder string
	Fence  int64
	Until  time.Time
}

// Store keeps leases.
type Store interface {
	// AcquireLease takes the lease if nobody holds it at now, or the holder
	// itself does; false when another holds it.
	AcquireLease(ctx context.Context, l Lease, now time.Time) (Lease, bool, error)
	// RenewLease moves the end of a lease that is still held; ErrLost else.
	RenewLease(ctx context.Context, l Lease, until time.Time) (Lease, error)
	// ReleaseLease gives the lease back; a lease lost already is no error.
	ReleaseLease(ctx context.Context, l Lease) error
}
