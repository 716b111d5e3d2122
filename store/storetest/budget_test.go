package storetest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"tieout/store"
)

// TestBudgetIsNeverOverdrawn has workers draw at the same time.
func TestBudgetIsNeverOverdrawn(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, month := context.Background(), time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		draw := func(limit, n int64, over bool) int64 {
			got, err := s.DrawBudget(ctx, "quickbooks", "app-1", "calls", "month", month, limit, limit, n, over)
			if err != nil {
				t.Error(err)
			}
			return got
		}
		var mu sync.Mutex
		var sum int64
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				for range 5 {
					got := draw(95, 10, false)
					mu.Lock()
					sum += got
					mu.Unlock()
				}
			})
		}
		wait.Wait()
		if sum != 95 {
			t.Errorf("%d were drawn of 95", sum)
		}
		if got := draw(95, 10, false); got != 0 {
			t.Errorf("%d were drawn of nothing", got)
		}
		if got := draw(100, 10, false); got != 5 {
			t.Errorf("%d were drawn of the 5 that a wider limit adds", got)
		}
		if got := draw(100, 10, true); got != 10 {
			t.Errorf("%d were drawn over the limit", got)
		}
		if got, err := s.DrawBudget(ctx, "quickbooks", "app-1", "calls", "month", month.AddDate(0, 1, 0), 0, 0, 7, false); got != 7 || err != nil {
			t.Errorf("without a limit: %d, %v", got, err)
		}
		list, err := s.Budgets(ctx, month)
		want := store.Budget{Vendor: "quickbooks", App: "app-1", Unit: "calls", Window: "month", Start: month, Used: 110, Limit: 100}
		if err != nil || len(list) != 2 || list[0] != want || list[1].Used != 7 {
			t.Errorf("budgets %+v, %v", list, err)
		}
		if list, err = s.Budgets(ctx, month.AddDate(0, 2, 0)); err != nil || len(list) != 0 {
			t.Errorf("later budgets %+v, %v", list, err)
		}
	})
}

// TestTurnsAreTakenOneByOne has workers count at the same time, in two rows:
// nothing is lost, and a change that fails changes nothing.
func TestTurnsAreTakenOneByOne(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		count := func(states [][]byte) ([][]byte, error) {
			for i, kept := range states {
				n, _ := strconv.Atoi(string(kept))
				states[i] = []byte(strconv.Itoa(n + 1))
			}
			return states, nil
		}
		var wait sync.WaitGroup
		for _, accounts := range [][]string{{"a", ""}, {"b", ""}, {"a"}, {"a", ""}} {
			wait.Go(func() {
				for range 10 {
					if err := s.ChangeTurns(ctx, "xero", "app-1", accounts, count); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		refused := errors.New("no")
		err := s.ChangeTurns(ctx, "xero", "app-1", []string{"c"}, func(states [][]byte) ([][]byte, error) { return nil, refused })
		if !errors.Is(err, refused) {
			t.Errorf("a change that fails: %v", err)
		}
		got, err := s.AllTurns(ctx)
		want := []store.Turns{
			{Vendor: "xero", App: "app-1", Account: "", Calls: "30"},
			{Vendor: "xero", App: "app-1", Account: "a", Calls: "30"},
			{Vendor: "xero", App: "app-1", Account: "b", Calls: "10"},
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("turns %+v, %v; want %+v", got, err, want)
		}
	})
}
