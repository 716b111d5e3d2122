package storetest

import (
	"errors"
	"maps"
	"reflect"
	"testing"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/lease"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/schedule"
)

// TestConnections checks making, reconnecting, scheduling and freshness.
func TestConnections(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		c, err := s.Connection(w.ctx, "main", ledgerID)
		w.must(err)
		c.State, c.Why, c.Failures, c.Due = books.ConnectionReconnect, "revoked", 3, now.Add(time.Hour)
		w.must(s.SaveSchedule(w.ctx, w.hold("connection/"+ledgerID), c))
		w.must(s.SetFresh(w.ctx, w.hold("connection/"+ledgerID), ledgerID, now))
		w.must(s.SetFresh(w.ctx, w.hold("connection/"+ledgerID), ledgerID, now.Add(-time.Hour)))
		again := books.Connection{
			Tenant: "main", ID: "another id", Vendor: "quickbooks", ExternalID: "main-quickbooks", GrantID: "grant-2",
			State: books.ConnectionActive, Due: now,
		}
		got, err := s.SaveConnection(w.ctx, again)
		w.must(err)
		if got.ID != ledgerID || got.GrantID != "grant-2" || got.State != books.ConnectionActive || got.Why != "" || got.Failures != 0 ||
			got.Schedule != "@hourly" || got.Profile.Home != "USD" || got.Fresh == nil || !got.Fresh.Equal(now) || !got.CreatedAt.Equal(now) {
			t.Errorf("reconnected: %+v", got)
		}
		p := connectors.Profile{ExternalID: "main-quickbooks", Name: "New name", Home: "EUR", Extra: map[string]string{"a": "b"}}
		w.must(s.SaveProfile(w.ctx, w.hold("connection/"+ledgerID), ledgerID, p))
		list, err := s.Connections(w.ctx, "main")
		w.must(err)
		if len(list) != 2 || !reflect.DeepEqual(list[0].Profile, p) || list[1].ID != stripeID {
			t.Errorf("got %+v", list)
		}
		other := lease.Lease{Tenant: "other", Name: "connection/" + ledgerID, Holder: "me", Until: now.Add(time.Hour)}
		other, _, err = s.AcquireLease(w.ctx, other, now)
		w.must(err)
		if err := s.SaveProfile(w.ctx, other, ledgerID, p); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another tenant's connection: %v", err)
		}
		due, err := s.DueConnections(w.ctx, "main", now, 10)
		w.must(err)
		if len(due) != 2 || due[0].ID != stripeID {
			t.Errorf("due: %+v", due)
		}
		due, err = s.DueConnections(w.ctx, "main", now.Add(-time.Second), 10)
		w.must(err)
		if len(due) != 1 {
			t.Errorf("due a second before: %+v", due)
		}
	})
}

// TestGrants checks that secrets come back, are not stored in the clear, and
// open only in their own row.
func TestGrants(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		g := connect.Grant{Tenant: "main", ID: "g", Vendor: "xero", Access: "secret-access", Refresh: "secret-refresh", Expires: now, UpdatedAt: now}
		w.must(s.SaveGrant(w.ctx, g))
		got, err := s.Grant(w.ctx, "main", "g")
		w.must(err)
		if got != g {
			t.Errorf("got %+v, want %+v", got, g)
		}
		g.Access, g.Dead = "secret-access-2", true
		w.must(s.SaveGrant(w.ctx, g))
		if got, err = s.Grant(w.ctx, "main", "g"); err != nil || got != g {
			t.Errorf("got %+v, %v, want %+v", got, err, g)
		}
		var access []byte
		w.must(s.DB().QueryRow(`select access from grants`).Scan(&access))
		if string(access) == g.Access {
			t.Error("the access token is stored in the clear")
		}
		if _, err := s.Grant(w.ctx, "other", "g"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another tenant's grant: %v", err)
		}
	})
}

// TestPending checks that a consent can be answered once and in time.
func TestPending(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, p := range []connect.Pending{
			{State: "a", Vendor: "xero", Redirect: "http://localhost/cb", Expires: now.Add(time.Minute)},
			{State: "b", Vendor: "xero", Expires: now},
		} {
			w.must(s.SavePending(w.ctx, p))
		}
		for _, step := range []struct {
			state string
			want  bool
		}{{"c", false}, {"b", false}, {"a", true}, {"a", false}} {
			got, ok, err := s.TakePending(w.ctx, step.state, now)
			w.must(err)
			if ok != step.want || ok && got.Redirect != "http://localhost/cb" {
				t.Errorf("%s: %+v, %v", step.state, got, ok)
			}
		}
	})
}

// TestBooks checks generations, and that a source feeds one book only.
func TestBooks(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.book
		if b.Generation != 1 || len(b.Sources) != 1 || b.Accounts.Clearing["USD"] != "clearing" {
			t.Fatalf("a new book: %+v", b)
		}
		same, err := s.SaveBook(w.ctx, b, now)
		w.must(err)
		b.Opening, b.Settings.Links = map[money.Currency]int64{"USD": 5}, true
		next, err := s.SaveBook(w.ctx, b, now)
		w.must(err)
		if same.Generation != 1 || next.Generation != 2 || next.Opening["USD"] != 5 || !next.Settings.Links {
			t.Errorf("generations %d and %d, book %+v", same.Generation, next.Generation, next)
		}
		if _, err := s.SaveBook(w.ctx, b, now); !errors.Is(err, reconcile.ErrSettings) {
			t.Errorf("a change made on an old generation: %v", err)
		}
		other := books.Book{Tenant: "main", ID: "book-2", Ledger: ledgerID, Sources: []string{stripeID}, Accounts: mapping.Accounts{}}
		if _, err := s.SaveBook(w.ctx, other, now); !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("a second book with the same source: %v", err)
		}
		other.Ledger, other.Sources = "nowhere", nil
		if _, err := s.SaveBook(w.ctx, other, now); !errors.Is(err, store.ErrForeign) {
			t.Errorf("a book of a ledger that does not exist: %v", err)
		}
		list, err := s.Books(w.ctx, "main")
		w.must(err)
		if len(list) != 1 || !reflect.DeepEqual(list[0], next) {
			t.Errorf("got %+v, want %+v", list, next)
		}
	})
}

// TestSwitchWrites checks that plans and previews turn into each other, and
// that what was tried stays planned.
func TestSwitchWrites(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.save(reconcile.Result{
			Intents: []push.Intent{w.intent("1", push.StatePreview), w.intent("2", push.StatePreview)},
			Parts:   []reconcile.PartRow{w.part("m", mapping.PurposeReceipt, "1", 100, reconcile.PartPreview)},
		})
		states := func() map[push.State]int {
			counts := map[push.State]int{}
			list, err := s.Intents(w.ctx, "main", bookID, []push.State{push.StatePreview, push.StatePlanned}, 10)
			w.must(err)
			for _, in := range list {
				counts[in.State]++
			}
			ties, err := s.Ties(w.ctx, w.book, []string{"m"}, nil)
			w.must(err)
			counts[push.State("part "+string(ties.Parts[0].State))]++
			return counts
		}
		w.must(s.SwitchWrites(w.ctx, w.book, true, now))
		if got, want := states(), (map[push.State]int{"planned": 2, "part planned": 1}); !maps.Equal(got, want) {
			t.Errorf("on: %v, want %v", got, want)
		}
		tried, ok, err := s.NextIntent(w.ctx, "main", bookID, now)
		w.must(err)
		tried.Attempts, tried.State = 1, push.StatePlanned
		w.must(s.FinishIntent(w.ctx, w.hold("book/"+bookID), push.Outcome{Intent: tried, At: now}))
		w.must(s.SwitchWrites(w.ctx, w.book, true, now))
		w.must(s.SwitchWrites(w.ctx, w.book, false, now))
		if got, want := states(), (map[push.State]int{"planned": 1, "preview": 1, "part planned": 1}); !ok || !maps.Equal(got, want) {
			t.Errorf("off: %v, want %v", got, want)
		}
		b, err := s.Book(w.ctx, "main", bookID)
		w.must(err)
		if b.Writes || b.Generation != 3 {
			t.Errorf("the book: %+v", b)
		}
	})
}

// TestOneWriter checks that two books never write to one external account,
// even for two tenants.
func TestOneWriter(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w, other := newWorld(t, s), newTenant(t, s, "other")
		_, err := s.SaveConnection(w.ctx, books.Connection{Tenant: "other", ID: "copy", Vendor: "stripe", ExternalID: "main-stripe", State: "active"})
		w.must(err)
		other.book.Sources = append(other.book.Sources, "copy")
		other.book, err = s.SaveBook(w.ctx, other.book, now)
		w.must(err)
		w.must(s.SwitchWrites(w.ctx, w.book, true, now))
		if err := s.SwitchWrites(w.ctx, other.book, true, now); !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("a second writer: %v", err)
		}
		w.must(s.SwitchWrites(w.ctx, w.book, false, now))
		w.must(s.SwitchWrites(w.ctx, other.book, true, now))
	})
}

// TestRuns checks runs and counts of calls.
func TestRuns(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		end := now.Add(time.Minute)
		first := schedule.Run{Tenant: "main", ID: "1", Subject: "connection/x", Started: now}
		w.must(s.SaveRun(w.ctx, w.hold("connection/x"), first))
		first.Finished, first.OK, first.Calls, first.Written = &end, true, 7, 2
		first.Pulled, first.Changed = map[receivables.Kind]int{"invoice": 3}, map[receivables.Kind]int{"invoice": 1}
		w.must(s.SaveRun(w.ctx, w.hold("connection/x"), first))
		second := schedule.Run{Tenant: "main", ID: "2", Subject: "book/x", Started: now.Add(time.Second), Problem: "no"}
		w.must(s.SaveRun(w.ctx, w.hold("connection/x"), second))
		runs, err := s.LastRuns(w.ctx, "main", 5)
		w.must(err)
		if len(runs) != 2 || !reflect.DeepEqual(runs[1], first) || runs[0].ID != "2" || runs[0].Problem != "no" {
			t.Errorf("got %+v", runs)
		}
		for range 2 {
			w.must(s.AddCalls(w.ctx, "main", ledgerID, "pull", "2026-03-02", 3))
		}
		calls, err := s.CallCounts(w.ctx, "main", "2026-03-02")
		w.must(err)
		if want := (store.CallCount{Connection: ledgerID, Purpose: "pull", Day: "2026-03-02", Calls: 6}); len(calls) != 1 || calls[0] != want {
			t.Errorf("got %+v, want %+v", calls, want)
		}
	})
}

// TestOpening checks destinations and the sum before an instant.
func TestOpening(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		before, after := movement("txn_1", "ch_1", 100, 3), movement("txn_2", "ch_2", 50, 1)
		before.Created = now.Add(-time.Microsecond)
		euro := movement("txn_3", "ch_3", 9, 0)
		euro.Currency = "EUR"
		w.pull(stripeID, 1, before, after, euro,
			receivables.Payout{ID: "po_1", Amount: 5, Currency: "USD", Status: "paid", Destination: "ba_1", Created: now},
			receivables.Payout{ID: "po_3", Amount: 5, Currency: "USD", Status: "paid", Destination: "ba_1", Created: now.Add(-time.Hour)},
			receivables.Payout{ID: "po_2", Amount: 5, Currency: "USD", Status: "paid", Created: now})
		got, err := s.OpeningNet(w.ctx, "main", []string{stripeID}, now)
		w.must(err)
		if want := (map[money.Currency]int64{"USD": 97, "EUR": 0}); !maps.Equal(got, want) {
			t.Errorf("opening %v, want %v", got, want)
		}
		places, err := s.Destinations(w.ctx, "main", []string{stripeID})
		w.must(err)
		if want := (map[string]money.Currency{"ba_1": "USD"}); !maps.Equal(places, want) {
			t.Errorf("destinations %v, want %v", places, want)
		}
		profile := connectors.Profile{ExternalID: "main-stripe", Destinations: map[string]receivables.Destination{"ba_1": {Name: "Chase", Last4: "6789", Currency: "USD"}, "ba_2": {}}}
		w.must(s.SaveProfile(w.ctx, w.hold("connection/"+stripeID), stripeID, profile))
		shown, err := s.DestinationsShown(w.ctx, "main", []string{stripeID, ledgerID})
		w.must(err)
		if !maps.Equal(shown, profile.Destinations) {
			t.Errorf("shown %+v", shown)
		}
		paid, err := s.DestinationsPaid(w.ctx, "main", []string{stripeID})
		w.must(err)
		if len(paid) != 1 || paid[0].Destination != "ba_1" || paid[0].Currency != "USD" || paid[0].Payouts != 2 || !paid[0].Last.Equal(now) {
			t.Errorf("paid to %+v", paid)
		}
		w.pull(ledgerID, 1, receivables.Account{ID: "2", Name: "Bank", Type: receivables.AccountBank}, receivables.Account{ID: "1", Name: "A/R", Type: receivables.AccountReceivable})
		accounts, err := s.LedgerAccounts(w.ctx, "main", ledgerID)
		w.must(err)
		if len(accounts) != 2 || accounts[0].ID != "1" {
			t.Errorf("accounts %+v", accounts)
		}
	})
}
