package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tieout/books"
	"tieout/sync/schedule"
)

// sweep compares the connections that are due, and whose night it is, with
// their vendors' lists, before they are run: what that finds is reconciled by
// the run. One that fails is tried again later, and its run goes on.
func (a *App) sweep(ctx context.Context, s *schedule.Scheduler, byID map[string]books.Connection, due map[string]bool) error {
	var failed []error
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		c := byID[id]
		if !due[id] || ctx.Err() != nil {
			continue
		}
		wanted, err := s.SweepDue(ctx, c)
		if err == nil && wanted {
			byID[id], _, err = s.Sweep(ctx, c)
		}
		if err != nil && !errors.Is(err, schedule.ErrBusy) {
			failed = append(failed, fmt.Errorf("%s %s could not be compared: %w", c.Vendor, c.Profile.Name, err))
		}
	}
	return errors.Join(failed...)
}
