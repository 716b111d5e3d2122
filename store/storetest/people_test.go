package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/people"
	"tieout/store"
)

// founded is a store with one organisation and its owner.
func founded(t *testing.T, s *store.Store) (context.Context, people.Person) {
	t.Helper()
	ctx := t.Context()
	p := people.Person{ID: "p1", Email: "Ada@Example.com", Name: "Ada", Password: "hash", CreatedAt: now}
	ticket(t, s, people.Ticket{Hash: "setup", Kind: people.TicketSetUp})
	err := s.Redeem(ctx, "setup", now, people.Redemption{
		NewPerson: &p, NewOrganisation: &people.Organisation{Tenant: "main", Name: "Studio", Zone: "Europe/Berlin", Home: "EUR", CreatedAt: now},
		Tenant: "main", Person: "p1", Role: people.Owner,
	}, happened("e1", "main", people.EventSetUp))
	if err != nil {
		t.Fatal(err)
	}
	return ctx, p
}

func happened(id, tenant string, kind people.EventKind) people.Event {
	return people.Event{ID: id, Tenant: tenant, At: now, Kind: kind, Person: "p1", By: "p1", Address: "192.0.2.1", Detail: "d"}
}

func ticket(t *testing.T, s *store.Store, k people.Ticket) {
	t.Helper()
	k.CreatedAt, k.Expires = now, now.Add(time.Hour)
	if err := s.SaveTicket(t.Context(), k, happened("t-"+k.Hash, k.Tenant, people.EventInvited)); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

// TestPersons finds people by e-mail in any case, and keeps their secrets
// sealed.
func TestPersons(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		if there, err := s.HasPeople(t.Context()); there || err != nil {
			t.Fatalf("people before the first: %v %v", there, err)
		}
		ctx, p := founded(t, s)
		if there, err := s.HasPeople(ctx); !there || err != nil {
			t.Fatalf("no people after the first: %v %v", there, err)
		}
		p.Name, p.Second, p.SecondOn, p.Epoch, p.Theme = "Ada L", []byte("secret"), true, 3, people.ThemeDark
		expect(t, s.ChangePerson(ctx, p, happened("e2", "", people.EventSecondOn)), nil)
		got, err := s.PersonByEmail(ctx, "ADA@example.com ")
		expect(t, err, nil)
		if got.Name != "Ada L" || string(got.Second) != "secret" || !got.SecondOn || got.Epoch != 3 || got.Theme != people.ThemeDark || got.Email != "Ada@Example.com" {
			t.Errorf("found %+v", got)
		}
		var kept []byte
		expect(t, s.DB().QueryRowContext(ctx, `select second from person`).Scan(&kept), nil)
		if string(kept) == "secret" {
			t.Error("the second factor's secret is kept in the clear")
		}
		for _, step := range []struct {
			at   int64
			want bool
		}{{10, true}, {10, false}, {9, false}, {11, true}} {
			if ok, err := s.UseSecond(ctx, "p1", step.at); ok != step.want || err != nil {
				t.Errorf("step %d: %v %v", step.at, ok, err)
			}
		}
		_, err = s.Person(ctx, "nobody")
		expect(t, err, people.ErrNotFound)
		expect(t, s.ChangePerson(ctx, people.Person{ID: "nobody"}, happened("e3", "", people.EventPassword)), people.ErrNotFound)
	})
}

// TestTicketsWorkOnce: a ticket is used once, by one, before it expires, and
// what it makes is made whole or not at all.
func TestTicketsWorkOnce(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, _ := founded(t, s)
		expect(t, s.Redeem(ctx, "setup", now, people.Redemption{}, happened("x1", "", people.EventSetUp)), people.ErrNotFound)
		ticket(t, s, people.Ticket{Hash: "again", Kind: people.TicketSetUp})
		other := people.Person{ID: "p2", Email: "bob@example.com", Name: "Bob", CreatedAt: now}
		expect(t, s.Redeem(ctx, "again", now, people.Redemption{NewPerson: &other, NewOrganisation: &people.Organisation{Tenant: "x", CreatedAt: now}},
			happened("x2", "", people.EventSetUp)), people.ErrDone)
		ticket(t, s, people.Ticket{Hash: "i1", Kind: people.TicketInvite, Tenant: "main", Email: "ada@example.com", Role: people.Viewer})
		taken := people.Person{ID: "p3", Email: "ADA@EXAMPLE.COM", CreatedAt: now}
		expect(t, s.Redeem(ctx, "i1", now, people.Redemption{NewPerson: &taken, Tenant: "main", Person: "p3", Role: people.Viewer}, happened("x3", "", people.EventJoined)), people.ErrTaken)
		_, err := s.Ticket(ctx, "i1", now)
		expect(t, err, nil) // the refusal has used nothing up
		expect(t, s.Redeem(ctx, "i1", now.Add(time.Hour), people.Redemption{}, happened("x4", "", people.EventJoined)), people.ErrNotFound)
		ticket(t, s, people.Ticket{Hash: "i2", Kind: people.TicketInvite, Tenant: "main", Email: "Ada@example.com", Role: people.Viewer})
		_, err = s.Ticket(ctx, "i1", now)
		expect(t, err, people.ErrNotFound) // replaced
		list, err := s.Tickets(ctx, "main", now)
		expect(t, err, nil)
		if len(list) != 1 || list[0].Hash != "i2" || list[0].Role != people.Viewer || !list[0].Expires.Equal(now.Add(time.Hour)) {
			t.Errorf("tickets %+v", list)
		}
		expect(t, s.DropTicket(ctx, "other", "i2", happened("x5", "other", people.EventWithdrawn)), people.ErrNotFound)
		expect(t, s.DropTicket(ctx, "main", "i2", happened("x6", "main", people.EventWithdrawn)), nil)
	})
}

// TestOrganisations: a person may own several; a tenant that only commands have
// used goes by its id.
func TestOrganisations(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, p := founded(t, s)
		newTenant(t, s, "by hand")
		nord := people.Organisation{Tenant: "o2", Name: "Nord", Zone: "Europe/Oslo", Home: "NOK", CreatedAt: now}
		expect(t, s.AddOrganisation(ctx, nord, p.ID, happened("e5", "o2", people.EventOrgMade)), nil)
		if err := s.AddOrganisation(ctx, nord, p.ID, happened("e6", "o2", people.EventOrgMade)); err == nil {
			t.Error("an organisation was made twice")
		}
		if err := s.AddOrganisation(ctx, people.Organisation{Tenant: "o3", Name: "X", CreatedAt: now}, "nobody", happened("e7", "o3", people.EventOrgMade)); err == nil {
			t.Error("nobody owns an organisation")
		}
		all, err := s.Organisations(ctx)
		expect(t, err, nil)
		var names []string
		for _, o := range all {
			names = append(names, o.Tenant+" "+o.Name)
		}
		if want := []string{"by hand by hand", "main Studio", "o2 Nord"}; !slices.Equal(sorted(names), want) {
			t.Errorf("organisations %q, want %q", names, want)
		}
		mine, err := s.Memberships(ctx, p.ID)
		expect(t, err, nil)
		if len(mine) != 2 || mine[0].Organisation != nord || mine[0].Role != people.Owner {
			t.Errorf("memberships %+v", mine)
		}
		made := people.EventQuery{Kind: people.EventOrgMade, Limit: 9}
		if events, err := s.Events(ctx, "o2", made); err != nil || len(events) != 1 || events[0].ByName != "Ada" {
			t.Errorf("recorded %+v, %v", events, err)
		}
		if events, err := s.Events(ctx, "main", made); err != nil || len(events) != 0 {
			t.Errorf("another's log has %+v, %v", events, err)
		}
	})
}

// TestEvents reads them page by page, with those of no organisation about its
// members; the database lets nobody change one.
func TestEvents(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, _ := founded(t, s)
		for _, id := range []string{"a", "b", "c"} {
			expect(t, s.Record(ctx, happened(id, map[string]string{"b": "main"}[id], people.EventSignedIn)), nil)
		}
		strange := happened("d", "", people.EventFailed)
		strange.Person = ""
		expect(t, s.Record(ctx, strange), nil)
		var ids []string
		for q := (people.EventQuery{Kind: people.EventSignedIn, Limit: 2}); ; {
			list, err := s.Events(ctx, "main", q)
			expect(t, err, nil)
			if len(list) == 0 {
				break
			}
			for _, e := range list {
				ids = append(ids, e.ID)
				q.Before, q.BeforeID = e.At, e.ID
			}
		}
		if !slices.Equal(ids, []string{"c", "b", "a"}) {
			t.Errorf("read %v", ids)
		}
		if list, err := s.Events(ctx, "main", people.EventQuery{Kind: people.EventFailed, Limit: 9}); err != nil || len(list) != 0 {
			t.Errorf("a stranger's is in the log of an organisation: %+v, %v", list, err)
		}
		for _, change := range []string{"update person_event set kind = ''", "delete from person_event"} {
			if _, err := raw(t, s).Exec(change); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", change, err)
			}
		}
	})
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// TestLastOwner: an organisation is never left without an owner.
func TestLastOwner(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, _ := founded(t, s)
		change := func(person string, role people.Role, id string) error {
			return s.SetRole(ctx, "main", person, role, happened(id, "main", people.EventRole))
		}
		expect(t, change("p1", people.Viewer, "r1"), people.ErrLastOwner)
		expect(t, change("p1", "", "r2"), people.ErrLastOwner)
		ticket(t, s, people.Ticket{Hash: "i", Kind: people.TicketInvite, Tenant: "main", Email: "b@example.com"})
		bob := people.Person{ID: "p2", Email: "b@example.com", Name: "Bob", CreatedAt: now}
		expect(t, s.Redeem(ctx, "i", now, people.Redemption{NewPerson: &bob, Tenant: "main", Person: "p2", Role: people.Owner}, happened("r3", "main", people.EventJoined)), nil)
		expect(t, change("p1", people.Viewer, "r4"), nil)
		expect(t, change("nobody", people.Viewer, "r5"), people.ErrNotFound)
		members, err := s.Members(ctx, "main")
		expect(t, err, nil)
		if len(members) != 2 || members[0].Role != people.Viewer || members[1].Role != people.Owner || members[1].Person.Name != "Bob" {
			t.Errorf("members %+v", members)
		}
		mine, err := s.Memberships(ctx, "p1")
		expect(t, err, nil)
		if len(mine) != 1 || mine[0].Organisation.Home != "EUR" || mine[0].Role != people.Viewer {
			t.Errorf("memberships %+v", mine)
		}
		expect(t, change("p1", "", "r6"), nil)
		if mine, _ = s.Memberships(ctx, "p1"); len(mine) != 0 {
			t.Errorf("after the removal: %+v", mine)
		}
		o := people.Organisation{Tenant: "main", Name: "New", Zone: "UTC", Home: "USD"}
		expect(t, s.ChangeOrganisation(ctx, o, happened("r7", "main", people.EventOrgRenamed)), nil)
		events, err := s.Events(ctx, "main", people.EventQuery{Limit: 100})
		expect(t, err, nil)
		if !slices.ContainsFunc(events, func(e people.Event) bool {
			return e.Kind == people.EventOrgRenamed && e.Address == "192.0.2.1" && e.At.Equal(now)
		}) {
			t.Errorf("events %+v", events)
		}
	})
}

// TestAttempts are counted within a window, and begin anew after it.
func TestAttempts(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, end := t.Context(), now.Add(time.Minute)
		for range 3 {
			expect(t, s.CountFailure(ctx, []string{"a", "b"}, now, end), nil)
		}
		got := func(at time.Time) map[string]int {
			failures, err := s.Failures(ctx, []string{"a", "b", "c"}, at)
			expect(t, err, nil)
			return failures
		}
		if f := got(now); f["a"] != 3 || f["b"] != 3 || f["c"] != 0 {
			t.Errorf("counted %v", f)
		}
		expect(t, s.Forgive(ctx, "a"), nil)
		if f := got(now); f["a"] != 0 || f["b"] != 3 {
			t.Errorf("after forgiving %v", f)
		}
		if f := got(end); f["b"] != 0 {
			t.Errorf("after the window %v", f)
		}
		expect(t, s.CountFailure(ctx, []string{"b"}, end, end.Add(time.Minute)), nil)
		if f := got(end); f["b"] != 1 {
			t.Errorf("in the next window %v", f)
		}
	})
}

// TestSessions end when they should.
func TestSessions(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, end := t.Context(), now.Add(time.Hour)
		expect(t, s.SaveSession(ctx, "a", []byte{1, 0, 2}, end, now), nil)
		expect(t, s.SaveSession(ctx, "a", []byte{1, 0, 3}, end, now), nil)
		data, ok, err := s.Session(ctx, "a", now)
		if !ok || err != nil || !slices.Equal(data, []byte{1, 0, 3}) {
			t.Errorf("found %v %v %v", data, ok, err)
		}
		if _, ok, err := s.Session(ctx, "a", end); ok || err != nil {
			t.Errorf("after its end: %v %v", ok, err)
		}
		expect(t, s.EndSession(ctx, "a"), nil)
		expect(t, s.EndSession(ctx, "a"), nil)
		if _, ok, _ := s.Session(ctx, "a", now); ok {
			t.Error("found after it was ended")
		}
	})
}

// TestVersions change with what happened, and only then.
func TestVersions(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		other := newTenant(t, s, "other")
		read := func() store.Versions {
			v, err := s.TenantVersions(w.ctx, "main")
			w.must(err)
			return v
		}
		before := read()
		other.hold("book/" + bookID)
		if read() != before {
			t.Error("another tenant's run has changed this one's version")
		}
		l := w.hold("connection/" + ledgerID)
		held := read()
		if held.Connections == before.Connections || held.Books != before.Books {
			t.Errorf("a pull began: %v, before %v", held, before)
		}
		w.must(s.ReleaseLease(w.ctx, l))
		if after := read(); after.Connections == held.Connections || after != read() {
			t.Errorf("a pull ended: %v, before %v", after, held)
		}
		b := read()
		w.hold("book/" + bookID)
		if after := read(); after.Books == b.Books || after.Connections != b.Connections {
			t.Errorf("a pass began: %v, before %v", after, b)
		}
	})
}
