package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"tieout/people"
	"tieout/people/oidc"
	"tieout/people/oidc/oidctest"
)

// atIssuer is a site whose people may sign in at an issuer too.
func atIssuer(t *testing.T) (*rig, *oidctest.Issuer) {
	t.Helper()
	r := newRig(t)
	issuer := oidctest.New(t, r.clock.Now)
	var err error
	r.site.SignOn, err = oidc.New(oidc.Config{
		Issuer: issuer.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, Redirect: r.server.URL + "/login/sso/back", Name: "Work",
	}, nil, r.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	return r, issuer
}

// there goes to the issuer and gives the path that it sends the browser back to.
func (b *browser) there(path string) string {
	b.Helper()
	got, err := b.client.Get(b.want(b.get(path), 303).header.Get("Location"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	back, err := url.Parse(got.Header.Get("Location"))
	if err != nil || back.Path != "/login/sso/back" {
		b.Fatalf("sent back to %v, %v", back, err)
	}
	return back.RequestURI()
}

// TestSingleSignOn: whoever is here signs in at the issuer and goes on to where
// he or she wanted to go, in the browser that began it, once. A second factor
// still counts; nobody else comes in.
func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	r, issuer := atIssuer(t)
	owner := r.setUp()
	issuer.Claims = map[string]any{"email": "Ada@Example.com"}
	b := r.browser()
	b.want(b.get("/login?next=%2Fsettings"), 200, `href="/login/sso?next=%2fsettings"`, "Sign in with Work")
	back := b.there("/login/sso?next=%2Fsettings")
	other := r.browser()
	other.want(other.get(back), 422, "not begun in this browser")
	b.want(b.get(back), 303, "/settings")
	b.want(b.get("/account"), 200, "ada@example.com")
	b.want(b.get(back), 422, "not begun in this browser")
	stranger := r.browser()
	for _, email := range []string{"eve@example.com", "ad\u0131@example.com", "\u212Aim@example.com"} {
		issuer.Claims = map[string]any{"email": email, "sub": "eve"}
		stranger.want(stranger.get(stranger.there("/login/sso")), 422, "Nobody here has the e-mail address")
	}
	stranger.want(stranger.get("/"), 303, "/login")
	issuer.Claims = map[string]any{"email": "ada@example.com"}
	if away := b.want(b.get(b.there("/login/sso?next=//evil.example")), 303).header.Get("Location"); away != "/" {
		t.Errorf("goes on to %s", away)
	}
	key := secondOf(owner)
	b = r.browser()
	b.want(b.get(b.there("/login/sso")), 303, "/login/code")
	b.want(b.get("/account"), 303, "/login")
	r.clock.Advance(31e9)
	code, err := totp.GenerateCode(key, r.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	b.want(b.post("/login/code", "code", code), 303, "/")
	events, err := r.people.Gate.Events(t.Context(), "", people.EventQuery{Limit: 99})
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, e := range events {
		said += string(e.Kind) + " " + e.Detail + "\n"
	}
	for _, want := range []string{"signed in at " + issuer.URL, "sign-in failed nobody here, at " + issuer.URL} {
		if !strings.Contains(said, want) {
			t.Errorf("not recorded: %s in\n%s", want, said)
		}
	}
}

// secondOf switches on a person's second factor and gives its secret.
func secondOf(b *browser) string {
	b.Helper()
	b.want(b.post("/account/second"), 303)
	page := b.want(b.get("/account"), 200).body
	key := regexp.MustCompile(`[A-Z2-7]{32}`).FindString(page)
	code, err := totp.GenerateCode(key, b.clock.Now())
	if err != nil {
		b.Fatal(err)
	}
	b.want(b.post("/account/second/confirm", "code", code), 303)
	return key
}

// TestInvitedSignOn: an invitation is taken up at the issuer without a password,
// by its own address only; who has none comes in there only.
func TestInvitedSignOn(t *testing.T) {
	t.Parallel()
	r, issuer := atIssuer(t)
	owner := r.setUp()
	page := owner.want(owner.post("/settings/invite", "email", "ann@example.com", "role", "viewer"), 200, "/join?token=")
	token := regexp.MustCompile(`/join\?token=([A-Za-z0-9_-]+)`).FindStringSubmatch(page.body)[1]
	b := r.browser()
	b.want(b.get("/join?token="+token), 200, "Join with Work", "/login/sso?token="+token)
	issuer.Claims = map[string]any{"email": nil}
	b.want(b.get(b.there("/login/sso?token="+token)), 422, "does not say which")
	issuer.Claims = map[string]any{"email": "eve@example.com"}
	b.want(b.get(b.there("/login/sso?token="+token)), 422, "invitation is for ann@example.com")
	issuer.Claims = map[string]any{"email": "ann@example.com", "email_verified": false}
	b.want(b.get(b.there("/login/sso?token="+token)), 422, "has not verified")
	issuer.Claims = map[string]any{"email": "ann@example.com"}
	b.want(b.get(b.there("/login/sso?token="+token)), 303, "/")
	b.want(b.get("/"), 200, "Studio")
	b.want(b.get("/settings"), http.StatusForbidden)
	again := r.browser()
	again.want(again.post("/login", "email", "ann@example.com", "password", ""), 422)
	again.want(again.get(again.there("/login/sso")), 303, "/")
	if members, err := r.store.Members(t.Context(), "main"); err != nil || len(members) != 2 || members[0].Role != people.Viewer && members[1].Role != people.Viewer {
		t.Errorf("members %+v, %v", members, err)
	}
}

// TestKnownBySubject: who has signed in at an issuer is known there by the
// subject from then on. The address may change; whoever gets the old one is
// somebody else (OpenID Connect Core 1.0, section 5.7).
func TestKnownBySubject(t *testing.T) {
	t.Parallel()
	r, issuer := atIssuer(t)
	r.setUp()
	b, other := r.browser(), r.browser()
	issuer.Claims = map[string]any{"email": "ada@example.com"}
	b.want(b.get(b.there("/login/sso")), 303, "/")
	issuer.Claims = map[string]any{"email": "ada@example.com", "sub": "subject-2"}
	other.want(other.get(other.there("/login/sso")), 422, "not the one that you have signed in with before")
	other.want(other.get("/"), 303, "/login")
	for _, claims := range []map[string]any{{"email": "ada@new.example"}, {"email": "ada@new.example", "email_verified": false}, {"email": nil}} {
		issuer.Claims = claims
		b = r.browser()
		b.want(b.get(b.there("/login/sso")), 303, "/")
		b.want(b.get("/account"), 200, "ada@example.com")
	}
	if err := r.people.ForgetIdentities(t.Context(), "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	issuer.Claims = map[string]any{"email": "ada@example.com", "sub": "subject-2"}
	other.want(other.get(other.there("/login/sso")), 303, "/")
	issuer.Claims = map[string]any{"email": "ada@example.com"}
	b = r.browser()
	b.want(b.get(b.there("/login/sso")), 422, "not the one that you have signed in with before")
}

// TestBoundAfterTheCode: an account at the issuer becomes a person's only once
// the second factor was right, so that whoever got the address keeps nobody out.
func TestBoundAfterTheCode(t *testing.T) {
	t.Parallel()
	r, issuer := atIssuer(t)
	key := secondOf(r.setUp())
	issuer.Claims = map[string]any{"email": "ada@example.com", "sub": "thief"}
	thief := r.browser()
	thief.want(thief.get(thief.there("/login/sso")), 303, "/login/code")
	thief.want(thief.post("/login/code", "code", "000000"), 422)
	issuer.Claims = map[string]any{"email": "ada@example.com"}
	b := r.browser()
	b.want(b.get(b.there("/login/sso")), 303, "/login/code")
	r.clock.Advance(31e9)
	code, err := totp.GenerateCode(key, r.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	b.want(b.post("/login/code", "code", code), 303, "/")
	issuer.Claims = map[string]any{"email": "ada@example.com", "sub": "thief"}
	thief.want(thief.get(thief.there("/login/sso")), 422, "not the one that you have signed in with before")
}
