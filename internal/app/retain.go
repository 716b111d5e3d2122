package app

import (
	"context"
	"errors"
	"time"

	"tieout/receivables"
	"tieout/sync/monthend"
)

// retainEvery is how often what the retention does not keep is let go.
const retainEvery = 24 * time.Hour

// How long what says how work went is kept; no figure rests on any of it.
const (
	// keepEvents is for webhooks that came in: well beyond the 31 days for which
	// Xero repeats them (Xero docs: webhooks/overview).
	keepEvents = 90 * 24 * time.Hour
	// keepNotices is for webhooks that went out, which can be replayed until then.
	keepNotices = 30 * 24 * time.Hour
	// keepRuns is for runs, of which the newest of each connection and book stays.
	keepRuns = 30 * 24 * time.Hour
	// keepMail is for e-mails that were sent or given up.
	keepMail = 90 * 24 * time.Hour
	// keepCalls is for the counts of calls by day.
	keepCalls = 400 * 24 * time.Hour
)

// Retain lets go what the retention of each organisation does not keep, and what
// says how work went long ago, once a day and when a process starts; otherwise it
// does nothing.
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
	return gone, a.forget(ctx, now)
}

func (a *App) forget(ctx context.Context, now time.Time) error {
	events, notices := a.Store.ForgetEvents(ctx, now.Add(-keepEvents)), a.Store.ForgetNotices(ctx, now.Add(-keepNotices))
	_, runs := a.Store.ForgetRuns(ctx, now.Add(-keepRuns))
	_, mails := a.Store.ForgetMail(ctx, now.Add(-keepMail))
	_, calls := a.Store.ForgetCalls(ctx, receivables.DateIn(now.Add(-keepCalls), time.UTC))
	return errors.Join(events, notices, runs, mails, calls)
}
