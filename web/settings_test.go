package web

import (
	"regexp"
	"strings"
	"testing"

	"tieout/people"
)

// TestSettingsPages are divided by what a role may do there.
func TestSettingsPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/settings"), 200, `<a href="/settings" aria-current="page">Organisation`, `<a href="/settings/people">People`, `href="/settings" data-key="g s" aria-current="page"`)
	accountant := r.as(b, people.Accountant)
	accountant.want(accountant.get("/settings"), 403)
	page := accountant.want(accountant.get("/settings/booking/1"), 200, `href="/settings/booking" data-key="g s" aria-current="page"`)
	if strings.Contains(page.body, `href="/settings/people"`) {
		t.Error("an accountant is shown the way to what only owners may do")
	}
	viewer := r.as(b, people.Viewer)
	if page := viewer.want(viewer.get("/"), 200); strings.Contains(page.body, "/settings") {
		t.Error("a viewer is shown the way to the settings")
	}
}

// TestBookingRules shows what a change would do, and saves just what was shown.
func TestBookingRules(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	if at := b.want(b.get("/settings/booking"), 303); at.header.Get("Location") != "/settings/booking/1" {
		t.Errorf("the rules are at %s", at.header.Get("Location"))
	}
	if page := b.want(b.get("/settings/booking/1"), 200, "Change a rule to see"); strings.Contains(page.body, "Save these rules") {
		t.Error("there is nothing to save yet")
	}
	b.want(b.get("/settings/booking/1?fees=payout&filed=2026-01-31"), 200, "Save these rules", `name="digest" value="d1"`, `type="hidden" name="fees" value="payout"`, "As it would be", "stays the same")
	b.want(b.get("/settings/booking/1?filed=x"), 422, "This cannot be saved", "x: not a day", `aria-invalid="true"`)
	if part := b.want(b.get("/settings/booking/1?fees=payout", fragmentHeader, "effect"), 200); !strings.HasPrefix(part.body, `<section id="effect"`) {
		t.Errorf("the effect alone is\n%s", part.body)
	}
	b.want(b.post("/settings/booking/1", "fees", "payout", "digest", "d0"), 409, "Something has changed since")
	b.want(b.post("/settings/booking/1", "fees", "payout", "digest", "second"), 409, "A second person has to approve", "Save these rules")
	b.want(b.post("/settings/booking/1", "fees", "payout", "digest", "d1"), 303, "/settings/booking/1")
	if want := "/settings/booking/1?fees=payout Ada <ada@example.com>"; r.sample.answered != want {
		t.Errorf("saved %q, want %q", r.sample.answered, want)
	}
	b.want(b.get("/settings/booking/9"), 404)
	b.want(b.post("/settings/booking/9", "digest", "d1"), 404)
	r.sample.empty = true
	b.want(b.get("/settings/booking"), 200, "No book yet")
}

// TestHooksPage: an address is checked, its secret shown once, and what was sent
// can be sent again.
func TestHooksPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	page := b.want(b.get("/settings/webhooks"), 200, "switched off", "3 attempts failed in a row", "given up", "waits until <time", "waits until it is switched on", "invoice.paid", "All events", "Older deliveries")
	if strings.Contains(page.body, "whsec_") {
		t.Error("a secret is shown again")
	}
	b.want(b.post("/settings/webhooks", "url", "https://hooks.example/in", "event", "proof.differs"), 200, "whsec_once", "not shown again", "Send a test")
	for _, wrong := range []string{"", "hooks.example", "ftp://hooks.example", "https://", "https://me:secret@hooks.example", "https://hooks.example/#x", "javascript:alert(1)", "https://%zz", "//hooks.example", " "} {
		page := b.want(b.post("/settings/webhooks", "url", wrong, "event", "proof.differs"), 422, "no address to send to", `value="proof.differs" checked`)
		if strings.Contains(page.body, "whsec_") {
			t.Errorf("%q has got a secret", wrong)
		}
	}
	b.want(b.post("/settings/webhooks", "url", "https://hooks.example/in", "event", "moon.rises"), 422, "There is no event &#34;moon.rises&#34;")
	b.want(b.post("/settings/webhooks/test", "hook", "h1"), 200, "The test was not taken")
	b.want(b.post("/settings/webhooks/test", "hook", "h9"), 404)
	older := regexp.MustCompile(`/settings/webhooks\?hook=&amp;before=([^"]*)"`).FindStringSubmatch(page.body)
	b.want(b.get("/settings/webhooks?before="+older[1]), 200, "No delivery before these", "Later deliveries")
	b.want(b.post("/settings/webhooks/replay", "id", "h1"), 303)
	b.want(b.get("/settings/webhooks"), 200, "2 deliveries begin anew")
	b.want(b.post("/settings/webhooks/remove", "hook", "h9"), 404)
	b.want(b.post("/settings/webhooks/remove", "hook", "h1"), 303)
	r.sample.empty = true
	b.want(b.get("/settings/webhooks"), 200, "Nothing is sent yet", "No delivery yet")
}

// TestControlPage: a wrong number of years changes nothing, and a second person
// is shown the form as it was filled in.
func TestControlPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/settings/control"), 200, `name="four_eyes" value="on" checked`, `value="10"`, "stands", "over since", "TIEOUT_SMTP_ADDRESS", "not set")
	for _, wrong := range []string{"", "0", "-1", "101", "1.5", "ten", "1e2", "10 years", "99999999999999999999", "<b>"} {
		b.want(b.post("/settings/control", "four_eyes", "on", "years", wrong), 422, "whole number of years, from 1 to 100")
	}
	if r.sample.answered != "" {
		t.Error("a wrong number of years was saved")
	}
	b.want(b.post("/settings/control", "years", "7"), 409, "A second person has to approve this first")
	if want := "/settings/control?years=7"; r.sample.answered != want {
		t.Fatalf("the second person is shown %s, want %s", r.sample.answered, want)
	}
	if page := b.want(b.get(r.sample.answered), 200, `value="7"`); strings.Contains(page.body, `value="on" checked`) {
		t.Error("the form does not stand as it was filled in")
	}
	b.want(b.post("/settings/control", "four_eyes", "on", "years", "7"), 303)
	if r.sample.answered != "Ada <ada@example.com>" {
		t.Errorf("saved by %q", r.sample.answered)
	}
}

// TestLearnedRules can be looked at and forgotten.
func TestLearnedRules(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/settings/learned"), 200, "Learned from confirmed bank lines", `href="/customers/1/1"`, "Forget")
	b.want(b.post("/settings/learned/forget", "book", "1", "id", "gone"), 404)
	b.want(b.post("/settings/learned/forget", "book", "1", "id", "h1"), 303)
	r.sample.empty = true
	b.want(b.get("/settings/learned"), 200, "Nothing was learned yet")
}
