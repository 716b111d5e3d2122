package storetest

import (
	"reflect"
	"testing"
	"time"

	"tieout/listing"
	"tieout/people"
	"tieout/store"
)

// TestKeys are found by their hash, and end with their person's membership.
func TestKeys(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, _ := founded(t, s)
		end := now.Add(time.Hour)
		key := people.Key{ID: "k1", Tenant: "main", Person: "p1", Name: "books", Hash: "h1", Scopes: []people.Permission{people.SeeOwn, people.See}, CreatedAt: now}
		feed := people.Key{ID: "k2", Tenant: "main", Person: "p1", Name: "sheet", Hash: "h2", Scopes: []people.Permission{people.Export}, View: "v1", CreatedAt: now.Add(1), Expires: &end}
		expect(t, s.SaveKey(ctx, key, happened("e2", "main", people.EventKeyMade)), nil)
		expect(t, s.SaveKey(ctx, feed, happened("e3", "main", people.EventFeedMade)), nil)
		again := key
		again.ID = "k3"
		if err := s.SaveKey(ctx, again, happened("e4", "main", people.EventKeyMade)); err == nil {
			t.Error("one secret belongs to two keys")
		}
		got, err := s.KeyOf(ctx, "h1")
		if err != nil || !reflect.DeepEqual(got, key) {
			t.Errorf("%v: got %+v, want %+v", err, got, key)
		}
		list, err := s.Keys(ctx, "main")
		if err != nil || len(list) != 2 || list[1].Expires == nil || !list[1].Expires.Equal(end) {
			t.Errorf("%v: %+v", err, list)
		}
		expect(t, s.KeyUsed(ctx, "main", "k1", end), nil)
		expect(t, s.KeyUsed(ctx, "main", "k1", now), nil)
		if got, err = s.KeyOf(ctx, "h1"); err != nil || got.Used == nil || !got.Used.Equal(end) {
			t.Errorf("%v: used %v", err, got.Used)
		}
		// Requests are counted by the window: up to the limit, anew in the next one, and
		// never back in one that is over.
		for _, c := range []struct {
			after         time.Duration
			n, most, want int
			some          bool
		}{{0, 7, 10, 7, true}, {0, 7, 10, 14, true}, {0, 7, 10, 10, false}, {time.Minute, 2, 10, 2, true}, {0, 2, 10, 4, true}} {
			if n, some, err := s.CountRequests(ctx, "main", "k1", now.Add(c.after), c.n, c.most); n != c.want || some != c.some || err != nil {
				t.Errorf("%+v: counted %d, %v, %v", c, n, some, err)
			}
		}
		if _, some, err := s.CountRequests(ctx, "another", "k1", now, 1, 10); some || err != nil {
			t.Errorf("another organisation counts: %v, %v", some, err)
		}
		expect(t, s.DropKey(ctx, "another", "k1", happened("e5", "another", people.EventKeyDropped)), people.ErrNotFound)
		expect(t, s.DropKey(ctx, "main", "k1", happened("e6", "main", people.EventKeyDropped)), nil)
		_, err = s.KeyOf(ctx, "h1")
		expect(t, err, people.ErrNotFound)
	})
}

// TestRemovedPersonLeavesNoKey: what somebody has made for programs ends when
// the person is removed; views that others see stay.
func TestRemovedPersonLeavesNoKey(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, _ := founded(t, s)
		ticket(t, s, people.Ticket{Hash: "invited", Kind: people.TicketInvite, Tenant: "main", Email: "bo@example.com"})
		expect(t, s.Redeem(ctx, "invited", now, people.Redemption{
			NewPerson: &people.Person{ID: "p2", Email: "bo@example.com", Name: "Bo", CreatedAt: now}, Tenant: "main", Person: "p2", Role: people.Accountant,
		}, happened("e2", "main", people.EventJoined)), nil)
		for _, v := range []listing.View{{ID: "own", Person: "p2", Name: "a", ChangedAt: now}, {ID: "all", Person: "p2", Name: "b", Shared: true, ChangedAt: now}} {
			expect(t, s.SaveView(ctx, "main", v), nil)
		}
		expect(t, s.SaveKey(ctx, people.Key{ID: "k", Tenant: "main", Person: "p2", Hash: "h", CreatedAt: now}, happened("e3", "main", people.EventKeyMade)), nil)
		expect(t, s.SetRole(ctx, "main", "p2", "", happened("e4", "main", people.EventRemoved)), nil)
		_, err := s.KeyOf(ctx, "h")
		expect(t, err, people.ErrNotFound)
		_, err = s.View(ctx, "main", "own")
		expect(t, err, store.ErrNotFound)
		_, err = s.View(ctx, "main", "all")
		expect(t, err, nil)
	})
}

// TestSavedViews: a person sees the own ones and those that are shared; with a
// view its feeds end.
func TestSavedViews(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, _ := founded(t, s)
		own := listing.View{ID: "v1", Name: "Late", Person: "p1", Query: "status=overdue", ChangedAt: now}
		expect(t, s.SaveView(ctx, "main", own), nil)
		if list, err := s.Views(ctx, "main", "p2"); err != nil || len(list) != 0 {
			t.Errorf("%v: somebody else sees %+v", err, list)
		}
		own.Shared, own.Name, own.Query = true, "Very late", "age=over"
		expect(t, s.SaveView(ctx, "main", own), nil)
		for _, person := range []string{"p1", "p2"} {
			if list, err := s.Views(ctx, "main", person); err != nil || !reflect.DeepEqual(list, []listing.View{own}) {
				t.Errorf("%v: %s sees %+v", err, person, list)
			}
		}
		expect(t, s.SaveKey(ctx, people.Key{ID: "k", Tenant: "main", Person: "p1", Hash: "h", View: "v1", CreatedAt: now}, happened("e2", "main", people.EventFeedMade)), nil)
		expect(t, s.DeleteView(ctx, "another", "v1"), store.ErrNotFound)
		expect(t, s.DeleteView(ctx, "main", "v1"), nil)
		_, err := s.KeyOf(ctx, "h")
		expect(t, err, people.ErrNotFound)
	})
}

// TestAnswers: a request is done once, and answered the same again.
func TestAnswers(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, _ := founded(t, s)
		take := func(digest string, at time.Time) (store.KeptAnswer, bool) {
			t.Helper()
			kept, begun, err := s.TakeAnswer(ctx, "main", "k", "r", digest, at)
			expect(t, err, nil)
			return kept, begun
		}
		if _, begun := take("d", now); !begun {
			t.Fatal("the first is not begun")
		}
		if kept, begun := take("d", now.Add(time.Minute)); begun || kept.Status != 0 {
			t.Errorf("while it is worked at: %+v %v", kept, begun)
		}
		if _, begun := take("other", now.Add(time.Hour)); begun {
			t.Error("another request takes it over")
		}
		if _, begun := take("d", now.Add(time.Hour)); !begun {
			t.Error("a request that nobody finished cannot be sent again")
		}
		expect(t, s.SaveAnswer(ctx, "main", "k", "r", 201, "{}"), nil)
		if kept, begun := take("d", now.Add(2*time.Hour)); begun || kept != (store.KeptAnswer{Digest: "d", Status: 201, Body: "{}"}) {
			t.Errorf("again: %+v %v", kept, begun)
		}
		if _, begun := take("d", now.Add(26*time.Hour)); !begun {
			t.Error("an answer is kept for ever")
		}
		expect(t, s.SaveAnswer(ctx, "main", "k", "r", 0, ""), nil)
		if _, begun := take("e", now.Add(26*time.Hour)); !begun {
			t.Error("what was given up cannot be sent again")
		}
	})
}
