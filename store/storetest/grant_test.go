package storetest

import (
	"slices"
	"testing"
	"time"

	"tieout/connect"
	"tieout/store"
)

// TestGrantEnds gives the ends of the grants that can still be used.
func TestGrantEnds(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, g := range []connect.Grant{
			{Tenant: "main", ID: "a", Vendor: "quickbooks", RefreshExpires: now.Add(time.Hour), ConsentEnds: now.Add(2 * time.Hour)},
			{Tenant: "main", ID: "b", Vendor: "stripe", Key: true},
			{Tenant: "main", ID: "dead", Vendor: "xero", RefreshExpires: now, Dead: true},
			{Tenant: "other", ID: "c", Vendor: "xero", RefreshExpires: now},
		} {
			g.UpdatedAt = now
			w.must(s.SaveGrant(w.ctx, g))
		}
		got, err := s.GrantEnds(w.ctx, "main")
		w.must(err)
		want := []connect.Ends{{Grant: "a", Unused: now.Add(time.Hour), Consent: now.Add(2 * time.Hour)}, {Grant: "b"}}
		if !slices.Equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if g, err := s.Grant(w.ctx, "main", "a"); err != nil || !g.ConsentEnds.Equal(now.Add(2*time.Hour)) {
			t.Errorf("grant: %+v, %v", g, err)
		}
	})
}
