package app

import (
	"context"
	"time"

	"tieout/books"
)

const (
	// backBy is how much earlier than at the look before it is when somebody has
	// set the clock back; what corrects a clock all the time moves it by less.
	backBy = time.Minute
	// longestWait is longer than anything waits that is not a schedule: a day's
	// calls that are used up, the last tries of a webhook.
	longestWait = 25 * time.Hour
)

// setBack looks after what a clock has left behind that was wrong: a time that
// lies days ahead would keep a connection waiting for days, and nobody would
// notice, because what was last known would lie ahead too. It does nothing but
// when this process has just begun, or when its clock was set back.
func (a *App) setBack(ctx context.Context, now time.Time) error {
	a.mu.Lock()
	settled := !a.seen.IsZero() && now.After(a.seen.Add(-backBy))
	a.seen = now
	a.mu.Unlock()
	if settled {
		return nil
	}
	tenants, err := a.Store.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		connections, err := a.Store.Connections(ctx, tenant)
		if err != nil {
			return err
		}
		var ahead []string
		for _, c := range connections {
			if c.State == books.ConnectionActive && a.Scheduler.Ahead(c, now) && (c.Failures == 0 || c.Due.After(now.Add(longestWait))) {
				ahead = append(ahead, c.ID)
			}
		}
		if err := a.Store.SetBack(ctx, tenant, ahead, now, now.Add(longestWait)); err != nil {
			return err
		}
	}
	return nil
}
