package app_test

import (
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/web"
)

const days = 24 * time.Hour

// consentOf is the status line of the connection under test.
func (r *rig) consentOf() web.ConnectionStatus {
	r.Helper()
	status := must1[web.Status](r.T)(r.Status(r.Context()))
	for _, c := range status.Connections {
		if c.ID == r.ledger.ID {
			return c
		}
	}
	r.Fatal("the connection is not shown")
	return web.ConnectionStatus{}
}

// TestConsentThatEndsForGood uses Intuit's consent for nearly five years: it is
// told a month before its end, and a new consent begins five new years.
func TestConsentThatEndsForGood(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	const life = 5 * 365 * days
	end := r.clock.Now().Add(life)
	first := r.consentOf()
	if first.ConsentEnds == nil || !first.ConsentEnds.Equal(end) || first.Notice != "" {
		t.Fatalf("on the first day it ends on %v: %q", first.ConsentEnds, first.Notice)
	}
	for range (life - 60*days) / (90 * days) {
		r.clock.Advance(90 * days)
		r.use()
		if c := r.consentOf(); !c.ConsentEnds.Equal(end) || c.Notice != "" {
			t.Fatalf("%s: it ends on %v: %q", r.clock.Now(), c.ConsentEnds, c.Notice)
		}
	}
	r.clock.Advance(end.Sub(r.clock.Now()) - 30*days)
	r.use()
	c := r.consentOf()
	want := []string{"ends for good on 19 Nov 2031", "tieout connect quickbooks --again " + r.ledger.ID}
	for _, words := range want {
		if !strings.Contains(c.Notice, words) {
			t.Errorf("a month before: %q lacks %q", c.Notice, words)
		}
	}
	if notices := must1[map[string]string](t)(r.ConsentNotices(t.Context())); len(notices) != 1 || notices[r.ledger.ID] != c.Notice {
		t.Errorf("notices: %v", notices)
	}
	again := must1[[]books.Connection](t)(r.Connect.AnswerAgain(t.Context(), r.consent(), r.ledger))
	if len(again) != 1 || again[0].ID != r.ledger.ID {
		t.Fatalf("connected again: %v", again)
	}
	if c := r.consentOf(); !c.ConsentEnds.Equal(r.clock.Now().Add(life)) || c.Notice != "" {
		t.Errorf("after the new consent it ends on %v: %q", c.ConsentEnds, c.Notice)
	}
}

// TestConsentThatIsNotUsed is told of half way through Xero's sixty days, and
// goes away with a use.
func TestConsentThatIsNotUsed(t *testing.T) {
	t.Parallel()
	r := newRig(t, "xero")
	if c := r.consentOf(); c.ConsentEnds != nil || c.Notice != "" || !c.ConsentUnused.Equal(r.clock.Now().Add(60*days)) {
		t.Fatalf("on the first day: %+v", c)
	}
	r.clock.Advance(29 * days)
	if c := r.consentOf(); c.Notice != "" {
		t.Errorf("too early: %q", c.Notice)
	}
	r.clock.Advance(2 * days)
	for _, words := range []string{"ends on 19 Jan 2027", "tieout sync", "tieout connect xero --again " + r.ledger.ID} {
		if c := r.consentOf(); !strings.Contains(c.Notice, words) {
			t.Errorf("after a month: %q lacks %q", c.Notice, words)
		}
	}
	r.use()
	if c := r.consentOf(); c.Notice != "" || !c.ConsentUnused.Equal(r.clock.Now().Add(60*days)) {
		t.Errorf("after a use: %+v", c)
	}
	r.clock.Advance(61 * days)
	if c := r.consentOf(); !strings.Contains(c.Notice, "has ended") {
		t.Errorf("after the end: %q", c.Notice)
	}
}

// use makes one call with the consent.
func (r *rig) use() {
	r.Helper()
	session, err := r.Session(r.ledger)
	if err == nil {
		_, err = session.Profile(r.Context())
	}
	if err != nil {
		r.Fatal(err)
	}
}
