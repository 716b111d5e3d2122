package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/store"
	"tieout/sync/dispatch"
)

// stock makes connections without a book, each due so long before now.
func (w *world) stock(overdue ...time.Duration) {
	w.Helper()
	for i, d := range overdue {
		_, err := w.SaveConnection(w.ctx, books.Connection{
			Tenant: "main", ID: fmt.Sprintf("due-%02d", i), Vendor: "xero", ExternalID: fmt.Sprintf("o-%02d", i), State: books.ConnectionActive,
			Schedule: "@hourly", Due: now.Add(-d), CreatedAt: now, Profile: connectors.Profile{Name: "One"},
		})
		w.must(err)
	}
}

// TestClaims has workers claim what is due at the same time: each row goes to
// one of them, the longest overdue first, until the claim ends or is given back.
func TestClaims(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		claim := func(holder string, at time.Time, limit int) []string {
			tasks, err := s.ClaimDue(w.ctx, "main", holder, at, at.Add(dispatch.ClaimLife), limit)
			w.must(err)
			var ids []string
			for _, task := range tasks {
				ids = append(ids, string(task.Kind)+" "+task.ID)
			}
			slices.Sort(ids)
			return ids
		}
		first := claim("a", now.Add(time.Hour), 10)
		if want := []string{"book " + bookID}; !slices.Equal(first, want) {
			t.Fatalf("the connections of a book are %v, want %v once", first, want)
		}
		w.stock(3*time.Minute, time.Minute, 2*time.Minute, -time.Hour)
		if got, want := claim("a", now, 2), []string{"connection due-00", "connection due-02"}; !slices.Equal(got, want) {
			t.Errorf("claimed %v, want the longest overdue %v", got, want)
		}
		if got, want := claim("b", now, 9), []string{"connection due-01"}; !slices.Equal(got, want) {
			t.Errorf("another claimed %v, want what is left %v", got, want)
		}
		w.must(s.ReleaseClaims(w.ctx, "main", "b", []string{"due-00", "due-01"}, time.Time{}))
		if got, want := claim("c", now, 9), []string{"connection due-01"}; !slices.Equal(got, want) {
			t.Errorf("claimed %v, want what its holder gave back %v", got, want)
		}
		w.must(s.ReleaseClaims(w.ctx, "main", "c", []string{"due-01"}, now.Add(15*time.Second)))
		if got := claim("c", now.Add(14*time.Second), 9); len(got) != 0 {
			t.Errorf("claimed %v that is to rest", got)
		}
		later := now.Add(dispatch.ClaimLife)
		if got, want := claim("d", later, 9), []string{"connection due-00", "connection due-01", "connection due-02"}; !slices.Equal(got, want) {
			t.Errorf("claimed %v, want also what a dead worker had claimed %v", got, want)
		}
	})
}

// TestClaimsAtOnce has eight workers claim forty rows in small handfuls.
func TestClaimsAtOnce(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.stock(make([]time.Duration, 40)...)
		var mu sync.Mutex
		var work sync.WaitGroup
		times := map[string]int{}
		for i := range 8 {
			work.Go(func() {
				for {
					tasks, err := s.ClaimDue(w.ctx, "main", fmt.Sprint(i), now, now.Add(time.Hour), 3)
					if err != nil {
						t.Error(err)
					}
					if len(tasks) == 0 {
						return
					}
					mu.Lock()
					for _, task := range tasks {
						times[task.ID]++
					}
					mu.Unlock()
				}
			})
		}
		work.Wait()
		left, err := s.ClaimDue(w.ctx, "main", "last", now, now.Add(time.Hour), 100)
		w.must(err)
		for id, n := range times {
			if n != 1 {
				t.Errorf("%s was claimed %d times", id, n)
			}
		}
		if len(times)+len(left) < 40 {
			t.Errorf("%d and %d were claimed of 40", len(times), len(left))
		}
	})
}
