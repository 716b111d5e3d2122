package web

import (
	"encoding/base32"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"tieout/people"
)

// TestFirstRun: the set-up address works once, makes the owner, and signs in.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token, err := r.people.SetUpTicket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := r.browser()
	bad := b.want(b.post("/setup", "token", token, "name", "", "email", "x", "password", "short", "organisation", "O", "zone", "Moon", "home", "EUR"), 422)
	if !strings.Contains(bad.body, "Please fill this in") || !strings.Contains(bad.body, `aria-invalid="true"`) || strings.Contains(bad.body, "short") {
		t.Errorf("a wrong form was answered\n%s", bad.body)
	}
	fields := []string{"token", token, "name", "Ada", "email", "ada@example.com", "password", password, "organisation", "Studio", "zone", "Moon", "home", "EUR"}
	b.want(b.post("/setup", fields...), 422, "not a time zone")
	fields[11] = "Europe/Berlin"
	b.want(b.post("/setup", fields...), 303, "/")
	b.want(b.get("/"), 200, "Studio", "As of <time")
	b.want(r.browser().post("/setup", fields...), 422, "used already or has expired")
	if again, err := r.people.SetUpTicket(t.Context()); again != "" || err != nil {
		t.Errorf("a second set-up: %q %v", again, err)
	}
}

// TestSignIn renews the session's secret, goes on to where somebody wanted to
// go, and ends with the session.
func TestSignIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.setUp()
	b := r.browser()
	b.want(b.get("/settings?x=1"), 303, "/login?next=%2Fsettings%3Fx%3D1")
	b.want(b.post("/login", "email", "ada@example.com", "password", "another wrong sentence"), 422, "not right")
	b.want(b.post("/login", "email", "nobody@example.com", "password", password), 422, "not right")
	b.want(b.post("/login", "email", " ADA@example.com", "password", password, "next", "//evil.example"), 303)
	if at := b.want(b.post("/login", "email", "ada@example.com", "password", password, "next", "/settings?x=1"), 303); at.header.Get("Location") != "/settings?x=1" {
		t.Errorf("goes on to %s", at.header.Get("Location"))
	}
	here, _ := url.Parse(r.server.URL)
	before := b.client.Jar.Cookies(here)[0].Value
	b.post("/login", "email", "ada@example.com", "password", password)
	after := b.client.Jar.Cookies(here)[0].Value
	if before == after {
		t.Error("the session kept its secret over a sign-in")
	}
	old := r.browser()
	old.client.Jar.SetCookies(here, []*http.Cookie{{Name: "tieout", Value: before}})
	old.want(old.get("/"), 303, "/login")
	r.clock.Advance(13 * time.Hour)
	b.want(b.get("/"), 200)
	r.clock.Advance(15 * time.Hour)
	b.want(b.get("/"), 303, "/login")
	b.want(b.post("/login", "email", "ada@example.com", "password", password), 303)
	b.want(b.post("/logout"), 303, "/login")
	b.want(b.get("/"), 303, "/login")
}

// TestLockOut: five wrong passwords from one place close the door there for a
// quarter of an hour, not elsewhere, even to the right one; and it is recorded.
func TestLockOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.setUp()
	r.site.Proxied = true
	b := r.browser()
	try := func(password, from string) answer {
		return b.send(http.MethodPost, "/login", url.Values{"email": {"ada@example.com"}, "password": {password}}, "X-Forwarded-For", "10.0.0.1, "+from)
	}
	for range 5 {
		b.want(try("another wrong sentence", "192.0.2.7"), 422, "not right")
	}
	b.want(try(password, "192.0.2.7"), 429, "Too many failed attempts")
	b.want(try(password, "192.0.2.8"), 303)
	r.clock.Advance(15 * time.Minute)
	b.want(try(password, "192.0.2.7"), 303)
	events, err := r.store.Events(t.Context(), "", people.EventQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	count := map[people.EventKind]int{}
	for _, e := range events {
		count[e.Kind]++
		if e.Kind == people.EventLocked && e.Address != "192.0.2.7" {
			t.Errorf("the lock-out is recorded of %s", e.Address)
		}
	}
	if count[people.EventFailed] != 4 || count[people.EventLocked] != 1 || count[people.EventSignedIn] != 2 {
		t.Errorf("recorded %v", count)
	}
}

// TestSecondFactor: once it is on, a password alone opens nothing, and a code
// opens once.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.post("/account/second"), 303)
	page := b.want(b.get("/account"), 200, `<svg class="qr"`)
	secret := regexp.MustCompile(`<span class="copy">([A-Z2-7]+)</span>`).FindStringSubmatch(page.body)[1]
	if raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err != nil || len(raw) != 20 {
		t.Fatalf("the secret is %q", secret)
	}
	now := func() string {
		code, err := totp.GenerateCode(secret, r.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	b.want(b.post("/account/second/confirm", "code", "000000"), 422, "not the code")
	b.want(b.post("/account/second/confirm", "code", now()), 303)
	fresh := r.browser()
	fresh.want(fresh.get("/login/code"), 303, "/login")
	fresh.want(fresh.post("/login", "email", "ada@example.com", "password", password, "next", "/settings"), 303, "/login/code")
	fresh.want(fresh.get("/"), 303, "/login")
	fresh.want(fresh.post("/login/code", "code", now()), 422, "not right") // taken when it was confirmed
	r.clock.Advance(time.Minute)
	code := now()
	fresh.want(fresh.post("/login/code", "code", code[:3]+" "+code[3:]), 303, "/settings")
	fresh.want(fresh.get("/"), 200)
	other := r.browser()
	other.want(other.post("/login", "email", "ada@example.com", "password", password), 303, "/login/code")
	other.want(other.post("/login/code", "code", code), 422, "not right")
	b.want(b.post("/account/second/remove", "old", "another wrong sentence"), 422, "not the present password")
	b.want(b.post("/account/second/remove", "old", password), 303)
	other.want(other.post("/login", "email", "ada@example.com", "password", password), 303, "/")
}

// TestPasswords: a new one ends the other sessions; a reset works once and signs
// nobody in.
func TestPasswords(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, other := r.setUp(), r.browser()
	other.want(other.post("/login", "email", "ada@example.com", "password", password), 303)
	const next = "another long enough sentence"
	b.want(b.post("/account/password", "old", "another wrong sentence", "password", next), 422, "not the present password")
	b.want(b.post("/account/password", "old", password, "password", "short"), 422, "at least 12 characters")
	b.want(b.post("/account/password", "old", password, "password", next), 303)
	b.want(b.get("/"), 200)
	other.want(other.get("/"), 303, "/login")
	token, err := r.people.ResetTicket(t.Context(), "ADA@example.com", "cli", "")
	if err != nil {
		t.Fatal(err)
	}
	other.want(other.get("/reset?token="+token), 200, "New password")
	other.want(other.post("/reset", "token", token, "password", password), 303, "/login")
	other.want(other.post("/reset", "token", token, "password", next), 422, "used already")
	other.want(other.get("/"), 303, "/login")
	b.want(b.get("/"), 303, "/login")
	b.want(b.post("/login", "email", "ada@example.com", "password", next), 422)
	b.want(b.post("/login", "email", "ada@example.com", "password", password), 303)
	b.want(b.post("/account/everywhere"), 303)
	b.want(b.get("/"), 303, "/login")
}

// TestInvitations: an address makes exactly the invited person a member, and an
// organisation keeps its owner.
func TestInvitations(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner := r.setUp()
	viewer := r.as(owner, people.Viewer)
	viewer.want(viewer.get("/settings"), 403, "You are a viewer of Studio")
	viewer.want(viewer.get("/"), 200)
	owner.want(owner.post("/settings/invite", "email", "viewer@example.com", "role", "owner"), 422, "here already")
	owner.want(owner.post("/settings/invite", "email", "x@example.com", "role", "king"), 422, "no such role")
	page := owner.want(owner.post("/settings/invite", "email", "x@example.com", "role", "owner"), 200)
	token := regexp.MustCompile(`/join\?token=([A-Za-z0-9_-]+)`).FindStringSubmatch(page.body)[1]
	viewer.want(viewer.post("/join", "token", token), 422, "This invitation is for x@example.com")
	hash := regexp.MustCompile(`name="ticket" value="([0-9a-f]+)"`).FindStringSubmatch(owner.get("/settings/people").body)[1]
	if hash == token {
		t.Error("the page shows the secret of an invitation")
	}
	owner.want(owner.post("/settings/withdraw", "ticket", hash), 303)
	r.browser().want(r.browser().get("/join?token="+token), 422, "used already or has expired")
	owner.want(owner.post("/settings/role", "person", r.id("ada@example.com"), "role", "viewer"), 422, "keeps at least one owner")
	owner.want(owner.post("/settings/role", "person", r.id("viewer@example.com"), "remove", "yes"), 303)
	viewer.want(viewer.get("/"), 403, "You belong to no organisation")
	owner.want(owner.post("/settings/organisation", "organisation", "Atelier", "zone", "UTC", "home", "XXZ"), 422, "not an ISO 4217 currency")
	owner.want(owner.post("/settings/organisation", "organisation", "Atelier", "zone", "UTC", "home", "USD"), 303)
	owner.want(owner.get("/"), 200, "Atelier", "The organisation is changed.")
}

func (r *rig) id(email string) string {
	r.Helper()
	p, err := r.people.Accounts.PersonByEmail(r.Context(), email)
	if err != nil {
		r.Fatal(err)
	}
	return p.ID
}
