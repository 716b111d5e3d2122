package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/books"
	"tieout/sync/dispatch"
	"tieout/sync/schedule"
)

const (
	// dueAtOnce is how many tasks Due claims at once.
	dueAtOnce = 64
	// againAfter is how long what could not be run is left to others, or to
	// later.
	againAfter = 15 * time.Second
)

// Due runs what is due at now, of all organisations, one after the other. Connections that rest after
// a failure, or wait for a person, are left alone; their books go on with what
// is there.
func (a *App) Due(ctx context.Context, now time.Time) ([]BookRun, error) {
	var runs []BookRun
	var failed []error
	seen := map[string]bool{}
	for ctx.Err() == nil {
		tasks, err := a.claim(ctx, now, dueAtOnce)
		if err != nil {
			return runs, err
		}
		before := len(seen)
		for _, t := range tasks {
			key := t.Tenant + "/" + string(t.Kind) + "/" + t.ID
			if seen[key] {
				failed = append(failed, a.release(ctx, t, now.Add(againAfter)))
				continue
			}
			seen[key] = true
			one, err := a.RunTask(ctx, t)
			runs, failed = append(runs, one...), append(failed, err)
		}
		if len(seen) == before {
			break
		}
	}
	return runs, errors.Join(failed...)
}

// Claim takes at most limit tasks that are due, of all organisations.
func (a *App) Claim(ctx context.Context, limit int) ([]dispatch.Task, error) {
	return a.claim(ctx, a.config.Clock.Now(), limit)
}

// claim takes from the organisations in turn, the one that has waited the
// longest first.
func (a *App) claim(ctx context.Context, now time.Time, limit int) ([]dispatch.Task, error) {
	if err := a.ClockRight(ctx); err != nil {
		return nil, err
	}
	if err := a.setBack(ctx, now); err != nil {
		return nil, err
	}
	waiting, err := a.Store.TenantsDue(ctx, now, limit)
	if err != nil {
		return nil, err
	}
	var all []dispatch.Task
	for _, tenant := range waiting {
		tasks, err := a.Store.ClaimDue(ctx, tenant, a.Scheduler.Holder, now, now.Add(dispatch.ClaimLife), limit-len(all))
		if err != nil {
			return all, err
		}
		if all = append(all, tasks...); len(all) >= limit {
			break
		}
	}
	return all, nil
}

// RunTask runs a task that was claimed, and gives its claim back: at once when
// it was run or somebody ends the process, so that another takes over, and
// after a while when something was in the way.
func (a *App) RunTask(ctx context.Context, t dispatch.Task) ([]BookRun, error) {
	run, err := a.runTask(ctx, t)
	until := time.Time{}
	if (err != nil || run.Err != nil) && ctx.Err() == nil {
		until = a.config.Clock.Now().Add(againAfter)
	}
	ctx = context.WithoutCancel(ctx)
	err = errors.Join(err, a.release(ctx, t, until), a.saveCalls(ctx)) // calls that were made count even when somebody ends the run
	if run.Book.ID == "" {
		return nil, err
	}
	return []BookRun{run}, err
}

func (a *App) release(ctx context.Context, t dispatch.Task, until time.Time) error {
	return a.Store.ReleaseClaims(ctx, t.Tenant, a.Scheduler.Holder, t.Connections, until)
}

// runTask runs a book, or pulls a connection without one. Tasks that run side
// by side are different holders of leases.
func (a *App) runTask(ctx context.Context, t dispatch.Task) (BookRun, error) {
	s := a.Scheduler.Apart(t.ID)
	now := a.config.Clock.Now()
	if t.Kind == dispatch.KindConnection {
		c, err := a.Store.Connection(ctx, t.Tenant, t.ID)
		if err != nil || !isDue(c, now) {
			return BookRun{}, err
		}
		byID := map[string]books.Connection{c.ID: c}
		err = a.sweep(ctx, s, byID, map[string]bool{c.ID: true})
		if _, pulled := s.PullConnection(ctx, byID[c.ID], false); pulled != nil && !errors.Is(pulled, schedule.ErrBusy) {
			err = errors.Join(err, fmt.Errorf("%s %s: %w", c.Vendor, c.Profile.Name, pulled))
		}
		return BookRun{}, err
	}
	b, err := a.Store.Book(ctx, t.Tenant, t.ID)
	if err != nil {
		return BookRun{}, err
	}
	byID, err := a.connectionsOf(ctx, b)
	if err != nil {
		return BookRun{}, err
	}
	due := map[string]bool{}
	for id, c := range byID {
		if isDue(c, now) {
			due[id] = true
		}
	}
	if len(due) == 0 { // somebody has run it since it was claimed
		return BookRun{}, nil
	}
	swept := a.sweep(ctx, s, byID, due)
	if err := a.lookAtWhole(ctx, b); err != nil {
		return BookRun{}, errors.Join(swept, err)
	}
	result, err := s.Book(ctx, b, byID, schedule.Options{Prove: true, Scheduled: true})
	return BookRun{Book: b, Result: result, Err: err, Names: names(b, byID)}, swept
}

func isDue(c books.Connection, now time.Time) bool {
	return c.State == books.ConnectionActive && !c.Due.After(now)
}
