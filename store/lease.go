package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/sync/lease"
)

// AcquireLease takes a lease that nobody holds at now, or renews the holder's
// own. Its fence grows each time, so that an earlier hold of the same worker
// writes nothing either.
func (s *Store) AcquireLease(ctx context.Context, l lease.Lease, now time.Time) (lease.Lease, bool, error) {
	const take = `
		insert into lease (tenant, name, holder, fence, held_until) values ($1, $2, $3, 1, $4)
		on conflict (tenant, name) do update
		set holder = excluded.holder, fence = lease.fence + 1, held_until = excluded.held_until
		where lease.holder = '' or lease.holder = excluded.holder or lease.held_until <= $5
		returning fence`
	err := s.writer.one(ctx, &l.Fence, take, l.Tenant, l.Name, l.Holder, l.Until, now)
	if errors.Is(err, ErrNotFound) {
		return lease.Lease{}, false, nil
	}
	if err != nil {
		return lease.Lease{}, false, fmt.Errorf("store: take %s: %w", l.Name, err)
	}
	return l, true, nil
}

// Held are those of the named leases that somebody holds at now.
func (s *Store) Held(ctx context.Context, tenant string, leases []string, now time.Time) (map[string]bool, error) {
	var names []string
	err := s.reader.all(ctx, &names, `select name from lease where tenant = $1 and name in list($2) and holder <> '' and held_until > $3`, tenant, leases, now)
	if err != nil {
		return nil, fmt.Errorf("store: leases that are held: %w", err)
	}
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out, nil
}

// RenewLease moves the end of a lease that is still held.
func (s *Store) RenewLease(ctx context.Context, l lease.Lease, until time.Time) (lease.Lease, error) {
	n, err := s.writer.run(ctx, `update lease set held_until = $5 where tenant = $1 and name = $2 and holder = $3 and fence = $4`,
		l.Tenant, l.Name, l.Holder, l.Fence, until)
	if err != nil {
		return lease.Lease{}, fmt.Errorf("store: renew %s: %w", l.Name, err)
	}
	if n == 0 {
		return lease.Lease{}, fmt.Errorf("store: renew %s: %w", l.Name, lease.ErrLost)
	}
	l.Until = until
	return l, nil
}

// ReleaseLease gives the lease back. The row stays: its fence must never
// start again.
func (s *Store) ReleaseLease(ctx context.Context, l lease.Lease) error {
	_, err := s.writer.run(ctx, `update lease set holder = '' where tenant = $1 and name = $2 and holder = $3 and fence = $4`,
		l.Tenant, l.Name, l.Holder, l.Fence)
	if err != nil {
		return fmt.Errorf("store: release %s: %w", l.Name, err)
	}
	return nil
}
