package schedule

import (
	"context"

	"tieout/sync/lease"
)

// Held does a piece of work under a lease that nobody else holds; ErrBusy when
// somebody does.
func (s *Scheduler) Held(ctx context.Context, tenant, name string, work func(lease.Lease) error) error {
	keep, release, err := s.hold(ctx, tenant, name)
	if err != nil {
		return err
	}
	defer release()
	l, err := keep(ctx)
	if err != nil {
		return err
	}
	return work(l)
}
