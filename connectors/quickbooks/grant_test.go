package quickbooks_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/internal/vendorhttp"
	sandbox "tieout/sandbox/quickbooks"
)

var _ connectors.Revoker = (*quickbooks.Vendor)(nil)

// headed adds a header to every request, as whoever refreshes does.
type headed http.Header

// RoundTrip sends the request with the header.
func (h headed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	maps.Copy(r.Header, h)
	return http.DefaultTransport.RoundTrip(r) //nolint:wrapcheck // passed through
}

// TestConsentEndsForGood asks for the hard limit of five years and takes the
// earlier of both ends.
func TestConsentEndsForGood(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: headed(b.vendor.TokenHeader())})
	refresh := b.tokens.token.RefreshToken
	for _, step := range []struct {
		advance, least, most time.Duration
	}{
		{0, 100 * 24 * time.Hour, 101 * 24 * time.Hour},
		{90 * 24 * time.Hour, 100 * 24 * time.Hour, 101 * 24 * time.Hour},
	} {
		b.clock.Advance(step.advance)
		token, err := b.tokens.config.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
		if err != nil {
			t.Fatal(err)
		}
		refresh = token.RefreshToken
		if token.Extra("x_refresh_token_hard_expires_in") == nil {
			t.Error("the hard limit was asked for and is not told")
		}
		if life := b.vendor.RefreshLife(token); life < step.least || life > step.most {
			t.Errorf("life %v", life)
		}
	}
	near := (&oauth2.Token{}).WithExtra(map[string]any{"x_refresh_token_expires_in": "8726400", "x_refresh_token_hard_expires_in": float64(3600)})
	if life := b.vendor.RefreshLife(near); life != time.Hour {
		t.Errorf("life %v an hour before the end", life)
	}
}

// TestRevoke ends the grant: neither of its tokens works afterwards, and doing
// it again is no error.
func TestRevoke(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	for range 2 {
		if err := b.vendor.Revoke(t.Context(), http.DefaultClient, b.tokens.token.RefreshToken); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.session.Profile(t.Context()); connectors.ClassOf(err) != connectors.ClassReconnect {
		t.Errorf("a call with the access token: %v", err)
	}
	_, err := b.tokens.config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: b.tokens.token.RefreshToken}).Token()
	if f := b.vendor.TokenFailure(err); err == nil || f.Class != connectors.ClassReconnect {
		t.Errorf("a refresh: %v, %v", err, f)
	}
}

// TestRevokeAnswers are those of Intuit's endpoint.
func TestRevokeAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		body   string
		want   connectors.Class
	}{
		{200, ``, ""},
		{200, `{"statuscode":"200"}`, ""},
		{400, `{"error":"invalid_grant"}`, ""},
		{401, `{"error":"invalid_client"}`, connectors.ClassPermanent},
		{400, `{"error":"invalid_request"}`, connectors.ClassPermanent},
		{503, `<html>x</html>`, connectors.ClassRetry},
	} {
		h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, secret, _ := r.BasicAuth()
			body, _ := io.ReadAll(r.Body)
			if id != "client" || secret != "hush" || string(body) != `{"token":"r-1"}` || r.Header.Get("Content-Type") != "application/json" {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.body)
		}))
		v := quickbooks.New(quickbooks.Config{ClientID: "client", ClientSecret: "hush", Revoke: h.URL + "/revoke"})
		err := v.Revoke(t.Context(), h.Client(), "r-1")
		if test.want == "" != (err == nil) || err != nil && connectors.ClassOf(err) != test.want {
			t.Errorf("%d %s: %v, want %q", test.status, test.body, err, test.want)
		}
		h.Close()
	}
}

// TestSeveralCompanies connects two companies by a grant each: the token of one
// does not open the other.
func TestSeveralCompanies(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	other, err := b.server.AddCompany(sandbox.CompanyOptions{Name: "Other & Co"})
	if err != nil {
		t.Fatal(err)
	}
	second := &bench{t: t, clock: b.clock, server: b.server, company: other, vendor: b.vendor}
	second.open()
	for _, test := range []struct {
		name   string
		tokens *grant
		realm  string
		want   connectors.Class
	}{
		{"the first by its own", b.tokens, b.company.RealmID(), ""},
		{"the second by its own", second.tokens, other.RealmID(), ""},
		{"the second by the first's", b.tokens, other.RealmID(), connectors.ClassReconnect},
		{"one that there is not", second.tokens, "4620816365", connectors.ClassReconnect},
	} {
		client := vendorhttp.New(vendorhttp.Options{Vendor: quickbooks.Name, Hosts: b.vendor.Hosts(), Tokens: test.tokens, Now: b.clock.Now})
		_, err := b.vendor.Open(connectors.Access{Client: client, ExternalID: test.realm, Now: b.clock.Now}).Profile(t.Context())
		f, _ := connectors.AsFailure(err)
		if test.want == "" != (err == nil) || f != nil && (f.Class != test.want || f.Code != "3100") {
			t.Errorf("%s: %+v", test.name, f)
		}
	}
}

// TestRecordedTokenAnswers reads what Intuit's own SDKs hold of its token
// endpoint.
func TestRecordedTokenAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file   string
		status int
		life   time.Duration
		class  connectors.Class
	}{
		{"dotnet_success_token_response.json", 200, 180 * 24 * time.Hour, ""},
		{"js_tokenResponse.json", 200, 101 * 24 * time.Hour, ""},
		{"dotnet_failure_token_response.json", 400, 0, connectors.ClassRetry},
		{"js_errorResponse.json", 400, 0, connectors.ClassReconnect},
	} {
		body, err := os.ReadFile(recorded(t, "oauth", test.file))
		if err != nil {
			t.Fatal(err)
		}
		var quoted struct {
			Body string `json:"body"` // the answer, within what an SDK noted of it
		}
		if err := json.Unmarshal(body, &quoted); err != nil {
			t.Fatal(err)
		}
		body = []byte(orText(quoted.Body, string(body)))
		h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(test.status)
			_, _ = w.Write(body)
		}))
		v := quickbooks.New(quickbooks.Config{ClientID: "client", ClientSecret: "hush", Token: h.URL})
		token, err := v.OAuth("").TokenSource(t.Context(), &oauth2.Token{RefreshToken: "r"}).Token()
		switch {
		case test.class == "" && err != nil, test.class != "" && err == nil:
			t.Errorf("%s: %v", test.file, err)
		case err == nil && (v.RefreshLife(token) != test.life || token.RefreshToken == ""):
			t.Errorf("%s: life %v", test.file, v.RefreshLife(token))
		case err != nil && v.TokenFailure(err).Class != test.class:
			t.Errorf("%s: %v", test.file, v.TokenFailure(err))
		}
		h.Close()
	}
}
