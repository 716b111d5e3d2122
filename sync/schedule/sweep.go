package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/sync/pull"
	"tieout/sync/sweep"
)

// SweepDue says whether a connection is to be swept now: once in its night,
// when it has been read to its end before and nothing is in its way.
func (s *Scheduler) SweepDue(ctx context.Context, c books.Connection) (bool, error) {
	now := s.Now()
	if c.State != books.ConnectionActive || c.Fresh == nil || resting(c, now) != nil {
		return false, nil
	}
	zone, err := time.LoadLocation(c.Profile.Zone)
	if err != nil {
		zone = time.UTC // a zone that is not known decides nothing but the hour
	}
	tried, finished, err := s.Sweeps.LastSweep(ctx, c.Tenant, c.ID)
	if err != nil {
		return false, fmt.Errorf("schedule: sweep of %s: %w", c.ID, err)
	}
	return sweep.Due(now, c.CreatedAt, tried, finished, zone), nil
}

// Sweep compares a connection with its vendor's lists, under its lease. What
// changed is marked; the connection is due at once then, so that its book is
// reconciled. A vendor that offers nothing to compare with is left alone.
func (s *Scheduler) Sweep(ctx context.Context, c books.Connection) (books.Connection, sweep.Result, error) {
	keep, release, err := s.hold(ctx, c.Tenant, "connection/"+c.ID)
	if err != nil {
		return c, sweep.Result{}, err
	}
	defer release()
	run := Run{Tenant: c.Tenant, ID: s.NewID(), Subject: "sweep/" + c.ID, Started: s.Now()}
	var result sweep.Result
	if c, err = s.profiled(ctx, c, keep); err == nil {
		result, err = s.swept(ctx, c, keep)
	}
	if err != nil && ctx.Err() != nil {
		return c, result, err
	}
	ctx = context.WithoutCancel(ctx)
	now := s.Now()
	record := sweep.Record{Tried: run.Started, Result: result}
	if err == nil || errors.Is(err, sweep.ErrUnable) {
		record.Finished, err = run.Started, nil
	} else {
		run.Problem = err.Error()
	}
	run.Finished, run.OK, run.Changed = &now, err == nil, result.Changed
	c, saved := s.afterSweep(ctx, c, keep, run, record, err)
	return c, result, errors.Join(err, saved)
}

func (s *Scheduler) swept(ctx context.Context, c books.Connection, keep holder) (sweep.Result, error) {
	session, err := s.Open(c)
	if err != nil {
		return sweep.Result{}, err
	}
	w := &sweep.Sweeper{
		Store: s.Sweeps, Session: session, Now: s.Now,
		Puller: &pull.Puller{Store: s.Pull, Session: session, Tenant: c.Tenant, Connection: c.ID, Now: s.Now},
	}
	return w.Run(s.Purpose(ctx, "sweep"), keep)
}

// afterSweep records a sweep. A failure delays the next one and nothing else,
// but for a consent that has ended.
func (s *Scheduler) afterSweep(ctx context.Context, c books.Connection, keep holder, run Run, record sweep.Record, failed error) (books.Connection, error) {
	l, err := keep(ctx)
	if err != nil {
		return c, err
	}
	if err := s.Sweeps.SaveSweep(ctx, l, c.ID, record); err != nil {
		return c, err
	}
	if err := s.Store.SaveRun(ctx, l, run); err != nil {
		return c, fmt.Errorf("schedule: record the sweep of %s: %w", c.ID, err)
	}
	switch {
	case connectors.ClassOf(failed) == connectors.ClassReconnect:
		c.State, c.Why = books.ConnectionReconnect, said(failed)
	case len(record.Result.Changed) > 0:
		c.Due = s.Now()
	default:
		return c, nil
	}
	if err := s.Store.SaveSchedule(ctx, l, c); err != nil {
		return c, fmt.Errorf("schedule: plan %s after its sweep: %w", c.ID, err)
	}
	return c, nil
}
