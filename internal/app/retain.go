package app

import (
	"context"
	"time"

	"tieout/sync/monthend"
)

// retainEvery is how often what the retention does not keep is let go.
const retainEvery = 24 * time.Hour

// Retain lets go what the retention of each organisation does not keep, once a day
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
	tenants, err := a.Store.Tenants(ctx)
	if err != nil {
		return monthend.Expired{}, err
	}
	var gone monthend.Expired
	for _, tenant := range tenants {
		control, err := a.Store.Control(ctx, tenant)
		if err != nil {
			return gone, err
		}
		one, err := a.Store.DeleteExpired(ctx, tenant, control.KeptSince(now))
		gone = gone.Plus(one)
		if err != nil {
			return gone, err
		}
	}
	return gone, nil
}
