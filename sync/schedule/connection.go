package schedule

import (
	"context"
	"errors"
	"fmt"

	"tieout/books"
	"tieout/connectors"
	"tieout/sync/lease"
	"tieout/sync/pull"
)

// PullConnection runs one round over a connection: who it is, then every
// stream to its end. The outcome is a row, and the next run is planned,
// whatever happens; a connection that fails rests longer each time and blocks
// no other.
func (s *Scheduler) PullConnection(ctx context.Context, c books.Connection, full bool) (pull.Result, error) {
	_, result, err := s.pullConnection(ctx, c, full)
	return result, err
}

// pullConnection is PullConnection that also gives the connection as it
// stands afterwards.
func (s *Scheduler) pullConnection(ctx context.Context, c books.Connection, full bool) (books.Connection, pull.Result, error) {
	subject := "connection/" + c.ID
	keep, release, err := s.hold(ctx, c.Tenant, subject)
	if err != nil {
		return c, pull.Result{}, err
	}
	defer release()
	run := Run{Tenant: c.Tenant, ID: s.NewID(), Subject: subject, Started: s.Now()}
	calls := s.calls(c.ID)
	var result pull.Result
	if c, err = s.profiled(ctx, c, keep); err == nil {
		result, err = s.pullStreams(ctx, c, keep, full)
	}
	if err == nil {
		c, err = s.showDestinations(ctx, c, keep, result.Changed)
	}
	if err != nil && ctx.Err() != nil {
		// Somebody ended the run: the connection is not to blame, and what was
		// saved is where the next run goes on.
		return c, result, err
	}
	now := s.Now()
	run.Finished, run.OK, run.Pulled, run.Changed = &now, err == nil, result.Seen, result.Changed
	run.Calls = s.calls(c.ID) - calls
	if err != nil {
		run.Problem = err.Error()
	} else {
		c.Fresh = &run.Started
	}
	c, saveErr := s.after(context.WithoutCancel(ctx), c, keep, run, err)
	if err == nil || errors.Is(saveErr, lease.ErrLost) {
		err = saveErr
	}
	return c, result, err
}

// calls is how many calls were made for a connection so far; 0 where nobody
// counts.
func (s *Scheduler) calls(connection string) int {
	if s.Calls == nil {
		return 0
	}
	return s.Calls(connection)
}

func (s *Scheduler) pullStreams(ctx context.Context, c books.Connection, keep holder, full bool) (pull.Result, error) {
	session, err := s.Open(c)
	if err != nil {
		return pull.Result{}, err
	}
	if full {
		l, err := keep(ctx)
		if err != nil {
			return pull.Result{}, err
		}
		if err := s.Pull.RestartStreams(ctx, l, c.ID); err != nil {
			return pull.Result{}, fmt.Errorf("schedule: restart %s: %w", c.ID, err)
		}
	}
	puller := &pull.Puller{Store: s.Pull, Session: session, Tenant: c.Tenant, Connection: c.ID, Now: s.Now, Purpose: s.Purpose}
	if s.Progress != nil {
		subject := c.Vendor + " " + c.Profile.Name
		puller.Progress = func(stream string, saved pull.Saved) {
			seen := 0
			for _, n := range saved.Seen {
				seen += n
			}
			s.Progress(Event{Subject: subject, Step: stream, Seen: seen})
		}
		defer s.Progress(Event{Subject: subject, Ended: true})
	}
	return puller.Run(s.Purpose(ctx, "pull"), keep)
}

// after records the run and plans the next one. A worker that was paused beyond
// its lease records nothing: whoever holds it now does.
func (s *Scheduler) after(ctx context.Context, c books.Connection, keep holder, run Run, failed error) (books.Connection, error) {
	l, err := keep(ctx)
	if err != nil {
		return c, err
	}
	now := s.Now()
	switch {
	case failed == nil:
		c.Failures, c.Why = 0, c.Notice()
		if c.State == books.ConnectionReconnect {
			c.State = books.ConnectionActive
		}
		due, err := s.next(c, now)
		if err != nil {
			return c, err
		}
		c.Due = due
	case connectors.ClassOf(failed) == connectors.ClassReconnect:
		c.State, c.Why = books.ConnectionReconnect, said(failed)
	case outOfCalls(failed) != nil:
		// That a vendor's limit is reached is no failure: what is more urgent may
		// still be called, and nothing rests longer than the limit says.
		c.Why, c.Due = said(failed), now.Add(firstBackoff)
		if f := outOfCalls(failed); f.At.After(c.Due) {
			c.Due = f.At
		}
	default:
		c.Failures++
		c.Why, c.Due = said(failed), now.Add(backoff(c.Failures))
		if f, ok := connectors.AsFailure(failed); ok && f.At.After(c.Due) {
			c.Due = f.At
		}
	}
	if err := s.Store.SaveSchedule(ctx, l, c); err != nil {
		return c, fmt.Errorf("schedule: plan %s: %w", c.ID, err)
	}
	if err := s.Store.SaveRun(ctx, l, run); err != nil {
		return c, fmt.Errorf("schedule: record the run of %s: %w", c.ID, err)
	}
	return c, nil
}

// outOfCalls is a failure for a limit of the vendor that is used up; nil for
// any other.
func outOfCalls(err error) *connectors.Failure {
	if f, ok := connectors.AsFailure(err); ok && f.Class == connectors.ClassLater && f.Quota != "" {
		return f
	}
	return nil
}
