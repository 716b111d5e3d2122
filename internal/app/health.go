package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tieout/books"
	"tieout/store"
	"tieout/sync/lease"
)

const (
	// refusedFor is how long a refused change makes the installation unwell: on
	// a full disk small changes still succeed now and then.
	refusedFor = time.Minute
	// probeEvery bounds how often asking after the health changes the database.
	probeEvery = 10 * time.Second
)

// health is whether the database takes changes: it may be read for long after
// its disk is full, or after it has become one that may only be read.
type health struct {
	mu sync.Mutex
	// why is the last refusal, at the instant of failed.
	why            error
	failed, probed time.Time
}

// refused notes a change that the database did not take.
func (h *health) refused(now time.Time, why error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.why, h.failed = why, now
}

// now says whether it is time to try a change, and gives the refusal that still
// counts.
func (h *health) now(now time.Time) (probe bool, why error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if probe = now.Sub(h.probed).Abs() >= probeEvery; probe {
		h.probed = now
	}
	if h.why != nil && now.Sub(h.failed).Abs() < refusedFor {
		return probe, h.why
	}
	return probe, nil
}

// Healthy is nil when the database answers and takes changes, and the clock is
// right.
func (a *App) Healthy(ctx context.Context) error {
	if _, err := a.Store.HasPeople(ctx); err != nil {
		return err
	}
	if err := a.ClockRight(ctx); err != nil {
		return err
	}
	now := a.config.Clock.Now()
	probe, why := a.health.now(now)
	if why != nil || !probe {
		return why
	}
	// A lease of nobody is a row that changes each time.
	_, _, err := a.Store.AcquireLease(ctx, lease.Lease{Tenant: books.Tenant, Name: "health", Holder: a.Scheduler.Holder, Until: now}, now)
	if errors.Is(err, store.ErrBusy) {
		return nil // somebody writes at length
	}
	if err != nil {
		return fmt.Errorf("app: try a change: %w", err)
	}
	return nil
}
