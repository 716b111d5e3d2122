package schedule

import (
	"context"
	"fmt"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/internal/clock"
)

// profileLife is how long what a connection says of itself is believed. It is
// read once a day and not before every write: an idle pass has to stay within
// the fewest calls that a vendor's lists allow.
const profileLife = 24 * time.Hour

// profiled gives the connection with what it says of itself, not older than a
// day. It comes before every pull, and no write is made to a connection that
// could not be pulled: so a company that has changed is neither read nor
// written to.
func (s *Scheduler) profiled(ctx context.Context, c books.Connection, keep holder) (books.Connection, error) {
	now := s.Now()
	if age := now.Sub(c.Profile.ReadAt); age >= 0 && age < profileLife {
		return c, nil
	}
	session, err := s.Open(c)
	if err != nil {
		return c, err
	}
	fresh, err := session.Profile(s.Purpose(ctx, "profile"))
	if err != nil {
		return c, fmt.Errorf("schedule: who %s is: %w", c.Profile.Name, err)
	}
	if fresh, err = c.Confirm(fresh, now); err != nil {
		return c, fmt.Errorf("schedule: %w", err)
	}
	l, err := keep(ctx)
	if err != nil {
		return c, err
	}
	if err := s.Store.SaveProfile(ctx, l, c.ID, fresh); err != nil {
		return c, fmt.Errorf("schedule: save the profile of %s: %w", c.Profile.Name, err)
	}
	c.Profile = fresh
	return c, nil
}

// resting says why a scheduled run leaves a connection alone; nil when it does
// not.
func resting(c books.Connection, now time.Time) error {
	op := "rest"
	switch {
	case c.State == books.ConnectionReconnect:
		return &connectors.Failure{Class: connectors.ClassReconnect, Vendor: c.Vendor, Op: op, Text: "it waits for a person to connect it again"}
	case c.State == books.ConnectionPaused:
		return &connectors.Failure{Class: connectors.ClassPermanent, Vendor: c.Vendor, Op: op, Text: "it is paused"}
	case c.Failures > 0 && c.Due.After(now):
		return &connectors.Failure{
			Class: connectors.ClassLater, Vendor: c.Vendor, Op: op, At: c.Due,
			Text: fmt.Sprintf("it is tried again at %s, after %d failures; the last: %s", clock.Words(c.Due), c.Failures, c.Why),
		}
	}
	return nil
}

// said is an error as it is shown beside a connection: the vendor's failure,
// without the names of our own steps.
func said(err error) string {
	if f, ok := connectors.AsFailure(err); ok {
		return f.Error()
	}
	return err.Error()
}
