package oidc_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tieout/people"
	"tieout/people/oidc"
	"tieout/people/oidc/oidctest"
)

var start = time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)

const redirect = "https://books.example.com/login/sso/back"

func provider(t *testing.T, issuer string, now func() time.Time) *oidc.Provider {
	t.Helper()
	p, err := oidc.New(oidc.Config{Issuer: issuer, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, Redirect: redirect}, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// visit follows the address to the issuer and gives the query that the browser
// is sent back with.
func visit(t *testing.T, address string) url.Values {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	back := got.Header.Get("Location")
	if !strings.HasPrefix(back, redirect+"?") {
		t.Fatalf("sent back to %s", back)
	}
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// TestSignIn goes there and back, with either kind of signature, also after the
// issuer has changed its keys.
func TestSignIn(t *testing.T) {
	t.Parallel()
	now := start
	issuer := oidctest.New(t, func() time.Time { return now })
	p := provider(t, issuer.URL, func() time.Time { return now })
	for _, alg := range []string{"ES256", "RS256", "ES256"} {
		issuer.Alg = alg
		address, kept, err := p.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		query := visit(t, address)
		who, err := p.Finish(t.Context(), kept, query)
		want := people.Identity{Issuer: issuer.URL, Subject: "subject-1", Email: "ann@example.com", Name: "Ann", Verified: true}
		if err != nil || who != want {
			t.Errorf("%s: %+v, %v", alg, who, err)
		}
		if _, err := p.Finish(t.Context(), kept, query); !errors.Is(err, people.ErrRefused) {
			t.Errorf("a code counts twice: %v", err)
		}
		issuer.Rotate()
	}
}

// TestWrongStatements: whatever an issuer or somebody in between says wrongly
// lets nobody in.
func TestWrongStatements(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		alg    string
		claims map[string]any
		query  func(url.Values)
		kept   func(string) string
		after  time.Duration
	}{
		"nonce":       {claims: map[string]any{"nonce": "another"}},
		"no nonce":    {claims: map[string]any{"nonce": nil}},
		"audience":    {claims: map[string]any{"aud": "another"}},
		"two readers": {claims: map[string]any{"aud": []string{oidctest.ClientID, "another"}}},
		"party":       {claims: map[string]any{"azp": "another"}},
		"issuer":      {claims: map[string]any{"iss": "https://accounts.example.com"}},
		"expired":     {claims: map[string]any{"exp": start.Add(-time.Second).Unix()}},
		"not signed":  {alg: "none"},
		"by secret":   {alg: "HS256"},
		"no subject":  {claims: map[string]any{"sub": nil}},
		"state":       {query: func(q url.Values) { q.Set("state", "another") }},
		"no state":    {query: func(q url.Values) { q.Del("state") }},
		"code":        {query: func(q url.Values) { q.Set("code", "another") }},
		"mixed up":    {query: func(q url.Values) { q.Set("iss", "https://accounts.example.com") }},
		"declined":    {query: func(q url.Values) { q.Set("error", "access_denied") }},
		"no session":  {kept: func(string) string { return "" }},
		"empty":       {kept: func(string) string { return "{}" }, query: func(q url.Values) { q.Del("state") }},
		"other proof": {kept: func(s string) string { return strings.Replace(s, `"Verifier":"`, `"Verifier":"x`, 1) }},
		"too late":    {after: 16 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := start
			issuer := oidctest.New(t, func() time.Time { return now })
			p := provider(t, issuer.URL, func() time.Time { return now })
			address, kept, err := p.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			query := visit(t, address)
			issuer.Claims = c.claims
			if c.alg != "" {
				issuer.Alg = c.alg
			}
			if c.query != nil {
				c.query(query)
			}
			if c.kept != nil {
				kept = c.kept(kept)
			}
			now = now.Add(c.after)
			if who, err := p.Finish(t.Context(), kept, query); !errors.Is(err, people.ErrRefused) {
				t.Errorf("let in %+v, %v", who, err)
			}
		})
	}
}

// TestConfiguration: an address in clear is taken of this machine alone, an
// issuer that names another one is refused, and one that is away is asked again.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	for _, c := range []oidc.Config{
		{Issuer: "http://login.example.com", ClientID: "x", Redirect: redirect},
		{Issuer: "https://login.example.com", Redirect: redirect},
		{Issuer: "https://u@login.example.com", ClientID: "x", Redirect: redirect},
		{Issuer: "https://login.example.com?x=1", ClientID: "x", Redirect: redirect},
		{Issuer: "https://login.example.com", ClientID: "x", Redirect: "http://books.example.com/back"},
		{Issuer: "login", ClientID: "x", Redirect: redirect},
	} {
		if _, err := oidc.New(c, nil, time.Now); !errors.Is(err, oidc.ErrConfig) {
			t.Errorf("%+v is taken: %v", c, err)
		}
	}
	issuer := oidctest.New(t, func() time.Time { return start })
	other := provider(t, strings.Replace(issuer.URL, "127.0.0.1", "localhost", 1), func() time.Time { return start })
	for range 2 {
		if _, _, err := other.Begin(t.Context()); err == nil || errors.Is(err, people.ErrRefused) {
			t.Errorf("an issuer under another name: %v", err)
		}
	}
}
