package storetest

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/inbox"
)

// event is one of a connection, named by its id.
func event(connection, id string, at time.Time) inbox.Row {
	return inbox.Row{
		Tenant: "main", Connection: connection, Vendor: "stripe", State: inbox.StateNew, ReceivedAt: at, Delivery: "d-" + id,
		Event: connectors.Event{
			ID: id, ExternalID: "acct_1", Type: "charge.succeeded", At: at.Add(-time.Second),
			Ref: receivables.Ref{Kind: receivables.KindCharge, ID: "ch_" + id},
		},
	}
}

func eventIDs(rows []inbox.Row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Event.ID
	}
	return out
}

// TestEventsAreStoredOnce, whatever becomes of them, for each tenant.
func TestEventsAreStoredOnce(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		first := event("stripe", "evt_1", now)
		first.Body = []byte(`{"id":"evt_1"}` + "\x00\xff")
		again := event("stripe", "evt_1", now.Add(time.Hour))
		again.Event.Type = "another"
		other := first
		other.Tenant, other.Connection = "other", "c"
		w.must(s.SaveEvents(w.ctx, []inbox.Row{first, again, event("stripe", "evt_2", now), other}))
		w.must(s.SaveEvents(w.ctx, []inbox.Row{again}))
		w.must(s.SaveEvents(w.ctx, nil))
		got, err := s.NewEvents(w.ctx, "main", "stripe", now, 10)
		w.must(err)
		first.Body = nil
		if len(got) != 2 || !reflect.DeepEqual(got[0], first) || got[1].Event.ID != "evt_2" {
			t.Errorf("got %+v, want %+v first", got, first)
		}
		var body []byte
		w.must(s.DB().QueryRow(`select body from inbox where tenant = 'main' and event = 'evt_1'`).Scan(&body))
		if string(body) != `{"id":"evt_1"}`+"\x00\xff" {
			t.Errorf("the body is %q", body)
		}
		if theirs, err := s.NewEvents(w.ctx, "other", "stripe", now, 10); err != nil || len(theirs) != 0 {
			t.Errorf("another tenant's: %v, %v", theirs, err)
		}
	})
}

// TestEventsAreSettled takes events in their order, delays and ends them, under
// the lease only.
func TestEventsAreSettled(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		later := now.Add(time.Minute)
		w.must(s.SaveEvents(w.ctx, []inbox.Row{event("stripe", "evt_3", later), event("stripe", "evt_2", now), event("stripe", "evt_1", now), event("ledger", "evt_4", now)}))
		want := map[string]time.Time{"ledger": now, "stripe": now}
		if hooked, err := s.Hooked(w.ctx, "main", now); err != nil || !maps.Equal(hooked, want) {
			t.Errorf("connections %v, %v", hooked, err)
		}
		rows, err := s.NewEvents(w.ctx, "main", "stripe", now, 10)
		w.must(err)
		if ids := eventIDs(rows); !slices.Equal(ids, []string{"evt_1", "evt_2", "evt_3"}) {
			t.Fatalf("in the order %v", ids)
		}
		if some, err := s.NewEvents(w.ctx, "main", "stripe", now, 1); err != nil || !slices.Equal(eventIDs(some), []string{"evt_1"}) {
			t.Errorf("the first one: %v, %v", some, err)
		}
		rows[0].State, rows[0].Changed = inbox.StateDone, true
		rows[1].State = inbox.StateDone
		rows[2].Tries, rows[2].NotBefore, rows[2].Why = 1, later, "not now"
		l := w.hold("connection/stripe")
		w.must(s.SettleEvents(w.ctx, l, rows))
		if rest, err := s.NewEvents(w.ctx, "main", "stripe", now, 10); err != nil || len(rest) != 0 {
			t.Errorf("before its time: %+v, %v", rest, err)
		}
		rest, err := s.NewEvents(w.ctx, "main", "stripe", later, 10)
		w.must(err)
		if len(rest) != 1 || !reflect.DeepEqual(rest[0], rows[2]) {
			t.Errorf("at its time: %+v, want %+v", rest, rows[2])
		}
		stale := l
		stale.Fence--
		rows[2].State = inbox.StateDone
		if err := s.SettleEvents(w.ctx, stale, rows); err == nil {
			t.Error("settled without the lease")
		}
		w.must(s.SaveEvents(w.ctx, []inbox.Row{rows[0]}))
		if done, err := s.NewEvents(w.ctx, "main", "stripe", now, 10); err != nil || len(done) != 0 {
			t.Errorf("a repeated event is new again: %+v, %v", done, err)
		}
	})
}

// TestEventsAreCounted by what became of them, and forgotten in time.
func TestEventsAreCounted(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		echo, unknown, ignored := event("stripe", "evt_2", now), event("stripe", "evt_3", now), event("", "evt_4", now.Add(time.Hour))
		echo.State = inbox.StateDone
		unknown.State, unknown.Event.Type, unknown.Event.Ref = inbox.StateUnknown, "moon.landed", receivables.Ref{}
		ignored.Tenant, ignored.State, ignored.Why = "", inbox.StateIgnored, "a stranger's"
		theirs := event("x", "evt_5", now)
		theirs.Tenant = "other"
		old := event("stripe", "evt_6", now.AddDate(0, 0, -40))
		w.must(s.SaveEvents(w.ctx, []inbox.Row{event("stripe", "evt_1", now), echo, unknown, ignored, theirs, old}))
		got, err := s.InboxCounts(w.ctx, "main", now.AddDate(0, 0, -30))
		w.must(err)
		want := inbox.Count{
			Vendor: "stripe", Received: 4, New: 1, Unknown: 1, Ignored: 1, Echoes: 1, Last: now.Add(time.Hour), Type: "moon.landed", Why: "a stranger's",
		}
		if len(got) != 1 || got[0] != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		w.must(s.ForgetEvents(w.ctx, now.Add(time.Minute)))
		left := 0
		w.must(s.DB().QueryRow(`select count(*) from inbox`).Scan(&left))
		if left != 4 { // three that are new, and the one that came later
			t.Errorf("%d are left", left)
		}
	})
}

// TestTargets finds a vendor's connections of all tenants by their company.
func TestTargets(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		connection, err := s.Connection(w.ctx, "main", stripeID)
		w.must(err)
		theirs := books.Connection{
			Tenant: "other", ID: "c", Vendor: connection.Vendor, ExternalID: connection.ExternalID, GrantID: "g", State: books.ConnectionActive,
			Profile: connectors.Profile{Name: "Theirs", Live: true}, Due: now, CreatedAt: now,
		}
		_, err = s.SaveConnection(w.ctx, theirs)
		w.must(err)
		got, err := s.Targets(w.ctx, connection.Vendor, []string{connection.ExternalID, "nobody's"})
		w.must(err)
		want := []inbox.Target{
			{Tenant: "main", Connection: stripeID, ExternalID: connection.ExternalID, Live: connection.Profile.Live},
			{Tenant: "other", Connection: "c", ExternalID: connection.ExternalID, Live: true},
		}
		slices.SortFunc(got, func(a, b inbox.Target) int { return compare(a.Tenant, b.Tenant) })
		if !slices.Equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if none, err := s.Targets(w.ctx, "xero", []string{connection.ExternalID}); err != nil || len(none) != 0 {
			t.Errorf("another vendor's: %v, %v", none, err)
		}
		if some, err := s.Targets(w.ctx, connection.Vendor, nil); err != nil || len(some) != 2 {
			t.Errorf("of any company: %v, %v", some, err)
		}
	})
}
