package schedule

import (
	"context"
	"fmt"

	"tieout/books"
)

// Configure changes when a connection runs, or pauses it, under its lease: a
// run that is under way is not disturbed, and the change waits for its end
// (ErrBusy).
func (s *Scheduler) Configure(ctx context.Context, c books.Connection, expression string, state books.ConnectionState) (books.Connection, error) {
	keep, release, err := s.hold(ctx, c.Tenant, "connection/"+c.ID)
	if err != nil {
		return c, err
	}
	defer release()
	c.Schedule, c.State = expression, state
	if c.Due, err = s.next(c, s.Now()); err != nil {
		return c, err
	}
	l, err := keep(ctx)
	if err != nil {
		return c, err
	}
	if err := s.Store.SaveSchedule(ctx, l, c); err != nil {
		return c, fmt.Errorf("schedule: configure %s: %w", c.ID, err)
	}
	return c, nil
}
