package storetest

import (
	"slices"
	"testing"
	"time"

	"tieout/store"
	"tieout/sync/inbox"
	"tieout/sync/notify"
)

// TestWhoseWorkWaits: work is found whoever's it is: the organisation that has
// waited the longest first, and none whose work is claimed, rests or is not due.
func TestWhoseWorkWaits(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		newTenant(t, s, "other")
		newTenant(t, s, "third")
		is := func(what string, got []string, err error, want ...string) {
			t.Helper()
			w.must(err)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		all, err := s.Tenants(w.ctx)
		is("all", all, err, "main", "other", "third")
		// Everything of the others has run; one of main never has.
		for tenant, due := range map[string]time.Duration{"other": -time.Minute, "third": time.Hour} {
			for _, id := range []string{ledgerID, stripeID} {
				c, err := s.Connection(w.ctx, tenant, id)
				w.must(err)
				c.Due = now.Add(due)
				_, err = s.SaveConnection(w.ctx, c)
				w.must(err)
			}
		}
		due, err := s.TenantsDue(w.ctx, now, 9)
		is("due", due, err, "main", "other")
		due, err = s.TenantsDue(w.ctx, now.Add(2*time.Hour), 9)
		is("due later", due, err, "main", "other", "third")
		due, err = s.TenantsDue(w.ctx, now, 1)
		is("one", due, err, "main")
		_, err = s.ClaimDue(w.ctx, "main", "me", now, now.Add(time.Minute), 9)
		w.must(err)
		due, err = s.TenantsDue(w.ctx, now, 9)
		is("claimed", due, err, "other")

		mine, nobodys := event("stripe", "evt_1", now), event("stripe", "evt_2", now)
		nobodys.Tenant, mine.Tenant = "", "third"
		rests := event("stripe", "evt_3", now)
		rests.NotBefore = now.Add(time.Minute)
		w.must(s.SaveEvents(w.ctx, []inbox.Row{mine, nobodys, rests}))
		hooked, err := s.TenantsHooked(w.ctx, now)
		is("with events", hooked, err, "third")
		w.hook("a")
		n, err := notify.New("main", notify.InvoicePaid, now, "1", nil)
		w.must(err)
		w.must(s.Tell(w.ctx, "main", []notify.Notice{n}))
		told, err := s.TenantsToTell(w.ctx, now)
		is("to tell", told, err, "main")
		told, err = s.TenantsToTell(w.ctx, now.Add(-time.Minute))
		is("to tell before", told, err)
	})
}
