package store

import (
	"context"
	"fmt"
	"time"

	"tieout/books"
)

// Tenants gives all tenants, in the order of their ids.
func (s *Store) Tenants(ctx context.Context) ([]string, error) {
	return s.tenants(ctx, "all tenants", `select id from tenant order by id`)
}

// TenantsDue gives at most limit tenants with connections that are due at now
// and that nobody has claimed: whose connection was never run first, then by who
// has waited the longest. Each half is a range of its own index.
func (s *Store) TenantsDue(ctx context.Context, now time.Time, limit int) ([]string, error) {
	const ready = ` and state = '` + string(books.ConnectionActive) + `' and (claimed_until is null or claimed_until <= $1)`
	return s.tenants(ctx, "tenants with due connections", `
		with ready as (
			select tenant, 0 as line, due from connection where due is null`+ready+`
			union all select tenant, 1, due from connection where due <= $1`+ready+`)
		select tenant from ready group by tenant order by min(line), min(due), tenant limit $2`, now, limit)
}

// TenantsHooked gives the tenants with events that can be read at now.
func (s *Store) TenantsHooked(ctx context.Context, now time.Time) ([]string, error) {
	return s.tenants(ctx, "tenants with events", `
		select tenant from inbox where tenant <> '' and state = 'new' and (not_before is null or not_before <= $1) group by tenant order by min(received_at), tenant`, now)
}

// TenantsToTell gives the tenants with deliveries to their own systems that are
// due at now.
func (s *Store) TenantsToTell(ctx context.Context, now time.Time) ([]string, error) {
	return s.tenants(ctx, "tenants with deliveries", `
		select tenant from delivery where state = 'waiting' and not_before <= $1 group by tenant order by min(not_before), tenant`, now)
}

func (s *Store) tenants(ctx context.Context, what, query string, args ...any) ([]string, error) {
	var ids []string
	if err := s.reader.all(ctx, &ids, query, args...); err != nil {
		return nil, fmt.Errorf("store: %s: %w", what, err)
	}
	return ids, nil
}
