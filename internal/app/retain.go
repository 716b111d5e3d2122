package app

import (
	"context"
	"time"

	"tieout/books"
	"tieout/sync/monthend"
)

// retainEvery is how often what the retention does not keep is let go.
const retainEvery = 24 * time.Hour

// Retain lets go what the installation's retention does not keep, once a day
// and when a process starts; otherwise it does nothing.
func (a *App) Retain(ctx context.Context) (monthend.Expired, error) {
	now := a.config.Clock.Now()
	a.mu.Lock()
	due := now.Sub(a.retained) >= retainEvery
	if due {
		a.retained = now
	}
	a.mu.Unlock()
	if !due {
		return monthend.Expired{}, nil
	}
	control, err := a.Store.Control(ctx, books.Tenant)
	if err != nil {
		return monthend.Expired{}, err
	}
	return a.Store.DeleteExpired(ctx, books.Tenant, control.KeptSince(now))
}
