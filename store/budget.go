package store

import (
	"context"
	"errors"
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
// there was of it, up to most of the limit. Workers that draw at the same time
// never get more than the limit together, unless over is set. The limit is the
// caller's: a changed one counts from the next draw on.
func (s *Store) DrawBudget(
	ctx context.Context, vendor, app, unit, window string, start time.Time, limit, most, n int64, over bool,
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
			got = max(0, min(n, most-used))
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

// ChangeTurns gives change what is kept of the calls to a vendor's accounts, nil
// for one that is new, and keeps what it returns. The rows stay locked
// meanwhile; the caller names accounts in one order always.
func (s *Store) ChangeTurns(ctx context.Context, vendor, app string, accounts []string, change func(states [][]byte) ([][]byte, error)) error {
	err := s.inTx(ctx, func(t runner) error {
		states := make([][]byte, len(accounts))
		for i, account := range accounts {
			var err error
			if states[i], err = t.turns(ctx, vendor, app, account); err != nil {
				return err
			}
		}
		changed, err := change(states)
		if err != nil {
			return err
		}
		for i, account := range accounts {
			_, err := t.run(ctx, `update turn set calls = $4 where vendor = $1 and app = $2 and account = $3`, vendor, app, account, string(changed[i]))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: take a turn at %s: %w", vendor, err)
	}
	return nil
}

// turns locks an account's row, which it makes when there is none.
func (r runner) turns(ctx context.Context, vendor, app, account string) ([]byte, error) {
	const read = `select calls from turn where vendor = $1 and app = $2 and account = $3 /*lock*/`
	var kept string
	err := r.one(ctx, &kept, read, vendor, app, account)
	if errors.Is(err, ErrNotFound) {
		_, err = r.run(ctx, `insert into turn (vendor, app, account, calls) values ($1, $2, $3, '') on conflict do nothing`, vendor, app, account)
		if err == nil {
			err = r.one(ctx, &kept, read, vendor, app, account)
		}
	}
	return []byte(kept), err
}

// Turns is what is kept of the calls to a vendor's accounts.
type Turns struct {
	Vendor, App, Account string
	Calls                string
}

// AllTurns gives what is kept of every account, in key order.
func (s *Store) AllTurns(ctx context.Context) ([]Turns, error) {
	var rows []Turns
	if err := s.reader.all(ctx, &rows, `select vendor, app, account, calls from turn order by vendor, app, account`); err != nil {
		return nil, fmt.Errorf("store: turns: %w", err)
	}
	return rows, nil
}
