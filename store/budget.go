package store

import (
	"context"
	"fmt"
	"time"
)

// Budget is one window of what a vendor gives an application.
type Budget struct {
	Vendor, App  string
	Unit, Window string
	Start        time.Time
	// Used is what workers have drawn; Limit 0 means that there is none.
	Used, Limit int64
}

// DrawBudget takes n out of the window that begins at start and gives what
// there was of it. Workers that draw at the same time never get more than the
// limit together, unless over is set. The limit is the caller's: a changed one
// counts from the next draw on.
func (s *Store) DrawBudget(
	ctx context.Context, vendor, app, unit, window string, start time.Time, limit, n int64, over bool,
) (int64, error) {
	var got int64
	err := s.inTx(ctx, func(t runner) error {
		// The upsert locks the row until the transaction ends.
		var used int64
		err := t.one(ctx, &used, `
			insert into budget (vendor, app, unit, window_kind, window_start, used, quota) values ($1, $2, $3, $4, $5, 0, $6)
			on conflict (vendor, app, unit, window_kind, window_start) do update set quota = excluded.quota
			returning used`, vendor, app, unit, window, start, limit)
		if err != nil {
			return err
		}
		if got = n; limit > 0 && !over {
			got = max(0, min(n, limit-used))
		}
		_, err = t.run(ctx, `update budget set used = used + $6
			where vendor = $1 and app = $2 and unit = $3 and window_kind = $4 and window_start = $5`,
			vendor, app, unit, window, start, got)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("store: draw from a budget: %w", err)
	}
	return got, nil
}

// Budgets gives the windows that began at since or later, in key order.
func (s *Store) Budgets(ctx context.Context, since time.Time) ([]Budget, error) {
	var rows []struct {
		Vendor, App, Unit string
		Window            string  `db:"window_kind"`
		Start             instant `db:"window_start"`
		Used, Quota       int64
	}
	err := s.reader.all(ctx, &rows, `
		select vendor, app, unit, window_kind, window_start, used, quota from budget where window_start >= $1
		order by vendor, app, unit, window_kind, window_start`, since)
	if err != nil {
		return nil, fmt.Errorf("store: budgets: %w", err)
	}
	list := make([]Budget, len(rows))
	for i, r := range rows {
		list[i] = Budget{
			Vendor: r.Vendor, App: r.App, Unit: r.Unit, Window: r.Window, Start: r.Start.time(), Used: r.Used, Limit: r.Quota,
		}
	}
	return list, nil
}
