package storetest

import (
	"testing"

	"tieout/people"
	"tieout/store"
)

// TestIdentities: a subject is one person's, and a person has one at an issuer.
func TestIdentities(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx, _ := founded(t, s)
		ticket(t, s, people.Ticket{Hash: "invite", Tenant: "main", Kind: people.TicketInvite, Email: "bob@example.com"})
		bob := people.Person{ID: "p2", Email: "bob@example.com", Name: "Bob", CreatedAt: now}
		at := func(issuer, subject string) people.Identity { return people.Identity{Issuer: issuer, Subject: subject} }
		known := at("https://a.example", "bob")
		expect(t, s.Redeem(ctx, "invite", now, people.Redemption{NewPerson: &bob, Identity: &known, Tenant: "main", Person: "p2", Role: people.Viewer},
			happened("e2", "main", people.EventJoined)), nil)
		for i, c := range []struct {
			person string
			id     people.Identity
			want   error
		}{
			{"p1", at("https://a.example", "bob"), people.ErrTaken},
			{"p1", at("https://a.example", "ada"), nil},
			{"p1", at("https://a.example", "ada again"), people.ErrTaken},
			{"p1", at("https://b.example", "bob"), nil},
		} {
			expect(t, s.BindIdentity(ctx, c.person, c.id, happened("b"+string(rune('0'+i)), "", people.EventBound)), c.want)
		}
		for _, c := range []struct{ issuer, subject, want string }{
			{"https://a.example", "bob", "p2"}, {"https://a.example", "ada", "p1"}, {"https://b.example", "bob", "p1"},
		} {
			if got, err := s.PersonByIdentity(ctx, c.issuer, c.subject); err != nil || got.ID != c.want {
				t.Errorf("%s at %s is %q, %v", c.subject, c.issuer, got.ID, err)
			}
			if got, err := s.Subject(ctx, c.want, c.issuer); err != nil || got != c.subject {
				t.Errorf("%s is known at %s as %q, %v", c.want, c.issuer, got, err)
			}
		}
		expect(t, s.ForgetIdentities(ctx, "p1", happened("f", "", people.EventUnbound)), nil)
		_, err := s.PersonByIdentity(ctx, "https://a.example", "ada")
		expect(t, err, people.ErrNotFound)
		if got, err := s.Subject(ctx, "p1", "https://b.example"); err != nil || got != "" {
			t.Errorf("still known as %q, %v", got, err)
		}
		if got, err := s.Subject(ctx, "p2", "https://a.example"); err != nil || got != "bob" {
			t.Errorf("somebody else was forgotten: %q, %v", got, err)
		}
	})
}
