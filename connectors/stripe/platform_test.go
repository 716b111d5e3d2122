package stripe

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"tieout/connectors"
	standin "tieout/sandbox/stripe"
)

// TestPlatform: the consent of an account to the operator's platform names the
// account; calls are made with the platform's key, in the account's name.
func TestPlatform(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const back = "http://127.0.0.1:9/back"
	platform, err := b.server.AddAccount(standin.AccountOptions{
		SecretKey: "sk_test_platform0000", Name: "Operator", ClientID: "ca_1", RedirectURIs: []string{back},
	})
	b.must(err)
	b.vendor.config.ClientID, b.vendor.config.PlatformKey, b.vendor.config.ConnectURL = "ca_1", platform.SecretKey(), b.vendor.config.BaseURL
	b.payDirect(3, 500)

	config := b.vendor.OAuth(back)
	address := config.AuthCodeURL("state")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := client.PostForm(address, url.Values{"decision": {"allow"}, "account": {b.account.ID()}})
	b.must(err)
	b.must(page.Body.Close())
	location, err := page.Location()
	b.must(err)
	if location.Query().Get("state") != "state" || location.Query().Get("scope") != "read_write" {
		t.Fatalf("sent back to %s", location)
	}
	token, err := config.Exchange(t.Context(), location.Query().Get("code"))
	b.must(err)
	reached, err := b.vendor.Reached(t.Context(), config.Client(t.Context(), token), nil)
	b.must(err)
	if len(reached) != 1 || reached[0].ExternalID != b.account.ID() {
		t.Fatalf("reached %+v, want %s", reached, b.account.ID())
	}
	if _, err = config.Exchange(t.Context(), location.Query().Get("code")); b.vendor.TokenFailure(err).Class != connectors.ClassReconnect {
		t.Errorf("the same code again: %v", err)
	}

	s := b.vendor.Open(connectors.Access{
		Client:     &http.Client{Transport: bearer(b.vendor.PlatformKey())},
		ExternalID: b.account.ID(), OnBehalf: true, Now: b.clock.Now,
	})
	profile, err := s.Profile(t.Context())
	b.must(err)
	if profile.ExternalID != b.account.ID() || profile.Name != "Pear Tree Joinery" {
		t.Errorf("profile %+v", profile)
	}
	got, err := s.Pull(t.Context(), "charges", nil)
	b.must(err)
	if len(got.Drafts) != 3 {
		t.Errorf("%d charges of the connected account, want 3", len(got.Drafts))
	}
	b.server.Disconnect(platform.ID(), b.account.ID())
	if _, err := s.Pull(t.Context(), "charges", nil); connectors.ClassOf(err) != connectors.ClassReconnect {
		t.Errorf("after the account has left: %v", err)
	}
}

// bearer authorises calls as the connection's client does.
type bearer string

// RoundTrip adds the key.
func (k bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.Header.Set("Authorization", "Bearer "+string(k))
	return http.DefaultTransport.RoundTrip(out)
}

// TestPlatformRefused: only a refused grant asks for consent again.
func TestPlatformRefused(t *testing.T) {
	t.Parallel()
	v := New(Config{ClientID: "ca_1", PlatformKey: "sk_test_platform0000"})
	for body, want := range map[string]connectors.Class{
		`{"error":"invalid_grant","error_description":"Authorization code expired: ac_1"}`:              connectors.ClassReconnect,
		`{"error":"invalid_client","error_description":"Invalid API Key provided: sk_test_abc1234567"}`: connectors.ClassPermanent,
		`{"error":"invalid_request","error_description":"No grant type specified"}`:                     connectors.ClassPermanent,
	} {
		config := v.OAuth("")
		ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: refusing(body)})
		_, err := config.Exchange(ctx, "ac_1")
		if f := v.TokenFailure(err); f.Class != want || strings.Contains(f.Error(), "abc1234567") {
			t.Errorf("%s: %v (%s), want %s", body, f, f.Class, want)
		}
	}
	if u, err := url.Parse(v.OAuth("http://localhost/cb").AuthCodeURL("s")); err != nil || u.Host != "connect.stripe.com" ||
		u.Query().Get("client_id") != "ca_1" || u.Query().Get("response_type") != "code" {
		t.Errorf("consent at %v (%v)", u, err)
	}
	if _, err := v.Reached(t.Context(), &http.Client{}, nil); err == nil {
		t.Error("an account was read out of no token")
	}
}

type refusing string

// RoundTrip answers with status 400.
func (body refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusBadRequest, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(string(body))),
	}, nil
}
