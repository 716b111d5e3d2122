package storetest

import (
	"testing"
	"time"

	"tieout/connect"
	"tieout/store"
	"tieout/sync/lease"
	"tieout/sync/pull"
	"tieout/sync/schedule"
)

// TestReadingIsCounted: a first reading counts what it has read and stops
// counting at its end; what the vendor says of the whole is kept.
func TestReadingIsCounted(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		l := w.hold("connection/" + ledgerID)
		page := func(at time.Time, done bool, total int64, names ...string) {
			p := pull.Page{Tenant: "main", Connection: ledgerID, Stream: "list", Cursor: []byte(`{}`), Done: done, Total: total, At: at, Began: now}
			for _, name := range names {
				p.Records = append(p.Records, record(invoice(name, "c", 100, 100), 1))
			}
			_, err := s.SavePage(w.ctx, l, p)
			w.must(err)
		}
		page(now, false, 5, "a", "b")
		page(now.Add(time.Second), false, 0, "c")
		want := func(seen, total int64, moved time.Time) {
			t.Helper()
			states, err := s.Streams(w.ctx, "main", ledgerID)
			w.must(err)
			got := states["list"]
			if got.Seen != seen || got.Total != total || got.Began == nil || !got.Began.Equal(now) || got.Moved == nil || !got.Moved.Equal(moved) {
				t.Errorf("got %+v", got)
			}
		}
		want(3, 5, now.Add(time.Second))
		page(now.Add(2*time.Second), true, 5, "d", "e")
		page(now.Add(3*time.Second), true, 9, "f")
		want(5, 5, now.Add(3*time.Second))
	})
}

// TestLooksAtConnections: what is due can be hurried and is never put off,
// leases that are held are known, and runs are found by what they were about.
func TestLooksAtConnections(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		l := w.hold("connection/x")
		for _, r := range []schedule.Run{{ID: "1", Subject: "connection/x"}, {ID: "2", Subject: "connection/y"}, {ID: "3", Subject: "connection/x"}} {
			r.Tenant, r.Started = "main", now
			w.must(s.SaveRun(w.ctx, l, r))
		}
		runs, err := s.RunsOf(w.ctx, "main", "connection/x", 5)
		w.must(err)
		if len(runs) != 2 || runs[0].ID != "3" {
			t.Errorf("got %+v", runs)
		}
		held, err := s.Held(w.ctx, "main", []string{"connection/x", "connection/y"}, now)
		w.must(err)
		if !held["connection/x"] || held["connection/y"] {
			t.Errorf("held: %v", held)
		}
		w.must(s.ReleaseLease(w.ctx, l))
		if held, err = s.Held(w.ctx, "main", []string{"connection/x"}, now); err != nil || held["connection/x"] {
			t.Errorf("held: %v, %v", held, err)
		}
		_, _, err = s.AcquireLease(w.ctx, lease.Lease{Tenant: "main", Name: "connection/x", Holder: "h", Until: now}, now)
		w.must(err)
		if held, err = s.Held(w.ctx, "main", []string{"connection/x"}, now); err != nil || held["connection/x"] {
			t.Errorf("one that has ended is held: %v, %v", held, err)
		}
		for _, at := range []time.Time{now, now.Add(time.Hour)} {
			w.must(s.Hasten(w.ctx, "main", []string{ledgerID}, at))
			c, err := s.Connection(w.ctx, "main", ledgerID)
			w.must(err)
			if c.Due.After(now) {
				t.Errorf("due at %s", c.Due)
			}
		}
	})
}

// TestLooseGrants are the consents that nothing is connected under.
func TestLooseGrants(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, g := range []connect.Grant{
			{ID: "loose", RefreshExpires: now}, {ID: "key", Key: true}, {ID: "dead", Dead: true, RefreshExpires: now}, {ID: "platform-1"},
		} {
			g.Tenant, g.Vendor, g.Access, g.UpdatedAt = "main", "xero", "a", now
			w.must(s.SaveGrant(w.ctx, g))
		}
		got, err := s.LooseGrants(w.ctx, "main")
		w.must(err)
		if len(got) != 1 || got["loose"] != "xero" {
			t.Errorf("got %v", got)
		}
	})
}
