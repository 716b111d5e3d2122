package storetest

import (
	"testing"
	"time"

	"tieout/store"
	"tieout/sync/dispatch"
	"tieout/sync/lease"
)

// TestSetBack: what a clock three days ahead has left behind stands in nobody's
// way, and what a right one has stays.
func TestSetBack(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.stock(time.Minute, -72*time.Hour)
		wrong := now.Add(72 * time.Hour)
		take := func(name, holder string, at time.Time) bool {
			_, ok, err := s.AcquireLease(w.ctx, lease.Lease{Tenant: "main", Name: name, Holder: holder, Until: at.Add(5 * time.Minute)}, at)
			w.must(err)
			return ok
		}
		take("book/wrong", "a", wrong)
		take("book/right", "a", now)
		if _, err := s.ClaimDue(w.ctx, "main", "a", now, wrong.Add(dispatch.ClaimLife), 9); err != nil {
			t.Fatal(err)
		}
		if take("book/wrong", "b", now) {
			t.Error("a lease that is held was taken")
		}
		w.must(s.SetBack(w.ctx, "main", []string{"due-01"}, now, now.Add(25*time.Hour)))
		if !take("book/wrong", "b", now) || take("book/right", "b", now) {
			t.Error("a lease of the wrong time still stands, or a right one does not")
		}
		tasks, err := s.ClaimDue(w.ctx, "main", "b", now, now.Add(dispatch.ClaimLife), 9)
		w.must(err)
		claimed := map[string]bool{}
		for _, task := range tasks {
			claimed[task.ID] = true
		}
		if !claimed["due-00"] || !claimed["due-01"] {
			t.Errorf("claimed %v", tasks)
		}
	})
}
