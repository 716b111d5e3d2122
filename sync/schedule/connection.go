package schedule

import (
	"context"
	"fmt"

	"tieout/books"
	"tieout/connectors"
	"tieout/sync/pull"
)

// PullConnection runs one round over a connection: who it is, then every
// stream to its end. The outcome is a row, and the next run is planned,
// whatever happens; a connection that fails rests longer each time and blocks
// no other.
func (s *Scheduler) PullConnection(ctx context.Context, c books.Connection, full bool) (pull.Result, error) {
	subject := "connection/" + c.ID
	keep, release, err := s.hold(ctx, subject)
	if err != nil {
		return pull.Result{}, err
	}
	defer release()
	run := Run{Tenant: c.Tenant, ID: s.NewID(), Subject: subject, Started: s.Now()}
	result, err := s.pullStreams(ctx, c, keep, full)
	now := s.Now()
	run.Finished, run.OK, run.Pulled, run.Changed = &now, err == nil, result.Seen, result.Changed
	if err != nil {
		run.Problem = err.Error()
	}
	if saveErr := s.after(context.WithoutCancel(ctx), c, run, err); saveErr != nil && err == nil {
		err = saveErr
	}
	return result, err
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
	puller := &pull.Puller{Store: s.Pull, Session: session, Tenant: c.Tenant, Connection: c.ID, Now: s.Now}
	if s.Progress != nil {
		puller.Progress = func(stream string, saved pull.Saved) {
			seen := 0
			for _, n := range saved.Seen {
				seen += n
			}
			s.Progress(Event{Subject: c.Vendor + " " + c.Profile.Name, Step: stream, Seen: seen})
		}
	}
	return puller.Run(s.Purpose(ctx, "pull"), keep)
}

// after records the run and plans the next one.
func (s *Scheduler) after(ctx context.Context, c books.Connection, run Run, failed error) error {
	now := s.Now()
	switch {
	case failed == nil:
		c.Failures, c.Why = 0, ""
		if c.State == books.ConnectionReconnect {
			c.State = books.ConnectionActive
		}
		due, err := s.next(c, now)
		if err != nil {
			return err
		}
		c.Due = due
	case connectors.ClassOf(failed) == connectors.ClassReconnect:
		c.State, c.Why = books.ConnectionReconnect, failed.Error()
	default:
		c.Failures++
		c.Why, c.Due = failed.Error(), now.Add(backoff(c.Failures))
		if f, ok := connectors.AsFailure(failed); ok && f.At.After(c.Due) {
			c.Due = f.At
		}
	}
	if err := s.Store.SaveSchedule(ctx, c); err != nil {
		return fmt.Errorf("schedule: plan %s: %w", c.ID, err)
	}
	if err := s.Store.SaveRun(ctx, run); err != nil {
		return fmt.Errorf("schedule: record the run of %s: %w", c.ID, err)
	}
	return nil
}
