// Package clock is the only place that reads the wall clock. Everything else
// receives a Clock, so that a whole installation can run under a time of its
// own: frozen in tests, moved forward by hand in the sandbox.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time, in UTC.
type Clock interface {
	Now() time.Time
}

// Words is an instant to the minute as sentences say it where nobody's zone is
// known: "21 Nov 2026 14:03 UTC".
func Words(at time.Time) string { return at.UTC().Format("2 Jan 2006 15:04 UTC") }

// System is the wall clock of the machine.
type System struct{}

// Now is the present instant in UTC, without Go's monotonic reading.
func (System) Now() time.Time { return time.Now().UTC().Round(0) }

// Adjustable is a clock that runs with a base clock and can be moved forward.
// Over a Frozen base it stands still until it is moved.
type Adjustable struct {
	base   Clock
	mu     sync.Mutex
	offset time.Duration
}

// NewAdjustable returns a clock that shows the base clock's time until it is
// moved.
func NewAdjustable(base Clock) *Adjustable { return &Adjustable{base: base} }

// Now is the base clock's time plus all that the clock was moved by.
func (a *Adjustable) Now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.base.Now().Add(a.offset)
}

// Advance moves the clock by d; a negative d moves it back.
func (a *Adjustable) Advance(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.offset += d
}

// Frozen is a clock that always shows the same instant.
type Frozen time.Time

// Now is the frozen instant in UTC.
func (f Frozen) Now() time.Time { return time.Time(f).UTC() }

// At returns a clock that stands at t until it is advanced.
func At(t time.Time) *Adjustable { return NewAdjustable(Frozen(t)) }

// Wait waits for d of the machine's time; ctx's error when that ends first.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
