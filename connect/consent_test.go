package connect_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
)

// TestConsentWorksOnce: an answer makes the connection, the same answer again
// makes nothing and asks the vendor nothing.
func TestConsentWorksOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	answer := r.consent("allow")
	made, err := r.service.Answer(r.ctx, answer)
	r.must(err)
	if len(made) != 1 || made[0].ExternalID != "42" || made[0].State != books.ConnectionActive || made[0].Schedule != "@hourly" {
		t.Fatalf("made %+v", made)
	}
	g := r.grant(made[0].GrantID)
	if g.Access == "" || g.Refresh == "" || !g.Expires.Equal(r.clock.Now().Add(30*time.Minute)) || g.Dead || g.Key {
		t.Errorf("grant until %s, dead %v", g.Expires, g.Dead)
	}
	if _, err := r.oauth.Check(g.Access); err != nil {
		t.Errorf("the stored token is not the vendor's: %v", err)
	}
	r.spent()
	if _, err := r.service.Answer(r.ctx, answer); !errors.Is(err, connect.ErrNoConsent) || r.spent() != 0 {
		t.Errorf("the same answer again: %v", err)
	}
	// A second consent renews the connection under its row.
	again, err := r.service.Answer(r.ctx, r.consent("allow"))
	r.must(err)
	if len(again) != 1 || again[0].ID != made[0].ID || again[0].GrantID == made[0].GrantID {
		t.Errorf("connected again: %+v", again)
	}
}

// TestConsentThatDoesNotCount lists the answers that make nothing.
func TestConsentThatDoesNotCount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	late := r.consent("allow")
	r.clock.Advance(31 * time.Minute)
	declined := r.consent("deny")
	forged := r.consent("allow")
	forged.Set("state", "guessed")
	unnamed := r.consent("allow")
	unnamed.Del("state")
	for _, c := range []struct {
		name  string
		query url.Values
		want  error
		calls int
	}{
		{"too late", late, connect.ErrNoConsent, 0},
		{"declined", declined, connect.ErrDeclined, 0},
		{"declined, again", declined, connect.ErrNoConsent, 0},
		{"a state that was not given out", forged, connect.ErrNoConsent, 0},
		{"no state", unnamed, connect.ErrNoConsent, 0},
		{"nothing", nil, connect.ErrNoConsent, 0},
	} {
		if _, err := r.service.Answer(r.ctx, c.query); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if n := r.spent(); n != c.calls {
			t.Errorf("%s: %d calls of the token endpoint, want %d", c.name, n, c.calls)
		}
	}
	if all, err := r.store.Connections(r.ctx, books.Tenant); err != nil || len(all) != 0 {
		t.Errorf("connections %+v, %v", all, err)
	}
	// The vendor refuses a code that has run out; that is its failure, and
	// nothing is stored.
	old := r.consent("allow")
	r.clock.Advance(6 * time.Minute)
	if _, err := r.service.Answer(r.ctx, old); connectors.ClassOf(err) != connectors.ClassReconnect {
		t.Errorf("a code that has run out: %v", err)
	}
	if all, err := r.store.Connections(r.ctx, books.Tenant); err != nil || len(all) != 0 {
		t.Errorf("connections %+v, %v", all, err)
	}
}

func TestBeginRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.service.Begin(r.ctx, "nobody", back); !errors.Is(err, connect.ErrNoVendor) {
		t.Errorf("an unknown vendor: %v", err)
	}
	if _, err := r.service.WithKey(r.ctx, "craig", "sk"); !errors.Is(err, connect.ErrNotOffered) {
		t.Errorf("a key for a vendor of consents: %v", err)
	}
}
