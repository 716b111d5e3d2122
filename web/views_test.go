package web

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"tieout/listing"
	"tieout/people"
	"tieout/store"
)

// storedViews are the store's, with the errors of this package.
type storedViews struct{ *store.Store }

func (s storedViews) View(ctx context.Context, tenant, id string) (listing.View, error) {
	v, err := s.Store.View(ctx, tenant, id)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNotFound
	}
	return v, err
}

// saved saves a view and gives its address.
func (b *browser) saved(fields ...string) (address, id string) {
	b.Helper()
	address = b.want(b.post("/receivables/views", fields...), 303, "/receivables?view=").header.Get("Location")
	return address, strings.TrimPrefix(address, "/receivables?view=")
}

// TestSavedViews: a view is what it was last changed to, wherever its address
// is; others see it where it is shared, and change it where they manage.
func TestSavedViews(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.setUp()
	bo := r.as(ada, people.Accountant)
	address, id := bo.saved("name", " Very  late ", "query", "status=open&age=over&after=x&own=1")
	bo.want(bo.get(address), 200, `value="over"`, `aria-current="true">Very late</a>`, `href="/receivables.csv?age=over&amp;`)
	ada.want(ada.get(address), 404)
	if own := ada.get("/receivables"); strings.Contains(own.body, "Very late") {
		t.Error("somebody's own view is shown to others")
	}
	bo.want(bo.post("/receivables/views", "id", id, "name", "Late", "shared", "yes"), 303)
	ada.want(ada.get("/receivables"), 200, ">Late</a>")
	bo.want(bo.get("/receivables?status=paid&view="+id), 200, "Change “Late” to this list")
	bo.want(bo.post("/receivables/views", "id", id, "query", "status=paid"), 303)
	ada.want(ada.get(address), 200, `name="status" value="paid"`)
	viewer := r.as(ada, people.Viewer)
	viewer.want(viewer.post("/receivables/views", "id", id, "name", "Mine"), 403)
	viewer.want(viewer.post("/receivables/views/delete", "id", id), 403)
	viewer.want(viewer.post("/receivables/views", "name", " ", "query", "status=paid"), 422, "needs a name")
	viewer.want(viewer.post("/receivables/views", "name", "x", "query", "q=%zz"), 422, "not understood")
	viewer.want(viewer.post("/receivables/views", "name", "x", "query", "customer="+strings.Repeat("y", 3000)), 422, "longer than an address")
	ada.want(ada.post("/receivables/views/delete", "id", id), 303)
	bo.want(bo.get(address), 404)
}

// TestSalesShareNothing: who sees some customers only shares no view with all.
func TestSalesShareNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.setUp()
	sales := r.as(ada, people.Sales)
	address, _ := sales.saved("name", "Mine", "query", "status=open", "shared", "yes")
	sales.want(sales.get(address), 200)
	ada.want(ada.get(address), 404)
}

// TestFeedAddress is shown once, can be ended, and ends with its view.
func TestFeedAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.setUp()
	bo := r.as(ada, people.Collector)
	_, id := bo.saved("name", "Late", "query", "status=overdue", "shared", "yes")
	bo.want(bo.post("/receivables/views/feed", "id", id, "name", ""), 422, "Please fill this in")
	bo.want(bo.post("/receivables/views/feed", "id", id, "name", "x", "days", "soon"), 422, "a number of days")
	bo.want(bo.post("/receivables/views/feed", "id", id, "name", "x", "days", "9999"), 422, "within ten years")
	page := bo.want(bo.post("/receivables/views/feed", "id", id, "name", "Month end", "days", "90"), 200, "/feeds/tieout_feed_", `IMPORTDATA(`)
	secret := regexp.MustCompile(`/feeds/(tieout_feed_[A-Za-z0-9_-]+)\.csv`).FindStringSubmatch(page.body)[1]
	if again := bo.want(bo.get("/receivables/views"), 200, "Month end", "last read <span class=\"none\">never</span>"); strings.Contains(again.body, secret) {
		t.Error("the address is shown again")
	}
	bearer, err := r.people.Admit(t.Context(), secret)
	if err != nil || bearer.Key.View != id || !bearer.May(people.Export) || bearer.May(people.See) {
		t.Errorf("%v: the feed may %+v", err, bearer)
	}
	end := *bearer.Key.Expires
	if want := start.AddDate(0, 0, 90); !end.Equal(want) {
		t.Errorf("the feed ends %v, want %v", end, want)
	}
	adviser := r.as(ada, people.Adviser)
	if seen := adviser.want(adviser.get("/receivables/views"), 200, "Late"); strings.Contains(seen.body, "Month end") {
		t.Error("another's feed is shown")
	}
	adviser.want(adviser.post("/receivables/views/feed/end", "id", bearer.Key.ID), 404)
	ada.want(ada.post("/receivables/views/feed/end", "id", bearer.Key.ID), 303)
	if _, err := r.people.Admit(t.Context(), secret); !errors.Is(err, people.ErrRefused) {
		t.Errorf("an ended feed: %v", err)
	}
}

// TestKeysEnd: a key ends with its time, its person's membership or permission,
// and was last used when it was, roughly.
func TestKeysEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.setUp()
	r.as(ada, people.Accountant)
	ctx := t.Context()
	bo, err := r.store.PersonByEmail(ctx, "accountant@example.com")
	if err != nil {
		t.Fatal(err)
	}
	end := start.Add(time.Hour)
	key := people.Key{Tenant: "main", Person: bo.ID, Name: "k", Scopes: []people.Permission{people.See, people.Decide}, Expires: &end}
	for _, wrong := range []people.Permission{people.Manage, people.Public, "all"} {
		k := key
		k.Scopes = []people.Permission{wrong}
		if _, _, err := r.people.MakeKey(ctx, bo.ID, k); err == nil {
			t.Errorf("an accountant's key has %q", wrong)
		}
	}
	_, secret, err := r.people.MakeKey(ctx, bo.ID, key)
	if err != nil {
		t.Fatal(err)
	}
	admit := func() people.Bearer {
		t.Helper()
		b, err := r.people.Admit(ctx, secret)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if b := admit(); !b.May(people.Decide) || b.May(people.Export) || b.Person.Name != "accountant" {
		t.Errorf("the key is %+v", b)
	}
	r.clock.Advance(time.Minute)
	if used := admit().Key.Used; used == nil || !used.Equal(start) {
		t.Errorf("used %v", used)
	}
	if err := r.people.SetRole(ctx, "x", "main", bo.ID, people.Viewer); err != nil {
		t.Fatal(err)
	}
	if b := admit(); b.May(people.Decide) || !b.May(people.See) {
		t.Errorf("a viewer's key may %+v", b)
	}
	r.clock.Advance(time.Hour)
	if _, err := r.people.Admit(ctx, secret); !errors.Is(err, people.ErrRefused) {
		t.Errorf("an expired key: %v", err)
	}
	if _, err := r.people.Admit(ctx, secret+"x"); !errors.Is(err, people.ErrRefused) {
		t.Errorf("a wrong key: %v", err)
	}
}

// TestKeysPage shows a key once, gives it what was chosen, and revokes it.
func TestKeysPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/settings/keys"), 200, "No program has a key", `value="see" checked`, `value="undo">`)
	b.want(b.post("/settings/keys", "name", "", "scopes", "undo"), 422, "Please fill this in", `value="undo" checked`)
	b.want(b.post("/settings/keys", "name", "x"), 422, "choose what it may do")
	b.want(b.post("/settings/keys", "name", "x", "scopes", "all"), 422, "does not have the permission")
	b.want(b.post("/settings/keys", "name", "x", "scopes", "see", "days", "0"), 422, "a number of days")
	page := b.want(b.post("/settings/keys", "name", evil, "scopes", "decide", "days", "90"), 200, "The new key", "not shown again")
	secret := regexp.MustCompile(`tieout_key_[A-Za-z0-9_-]+`).FindString(page.body)
	if again := b.want(b.get("/settings/keys"), 200, "Acts for"); strings.Contains(again.body, secret) || strings.Contains(again.body, "<script>") {
		t.Error("the key is shown again, or its name is markup")
	}
	bearer, err := r.people.Admit(t.Context(), secret)
	if err != nil || !bearer.May(people.Decide) || bearer.May(people.See) || bearer.Key.Feed() {
		t.Fatalf("%v: %+v", err, bearer)
	}
	b.want(b.post("/settings/keys/revoke", "id", "none"), 404)
	b.want(b.post("/settings/keys/revoke", "id", bearer.Key.ID), 303)
	b.want(b.get("/settings/audit"), 200, "API key made", "API key revoked")
	if _, err := r.people.Admit(t.Context(), secret); !errors.Is(err, people.ErrRefused) {
		t.Errorf("a revoked key: %v", err)
	}
}
