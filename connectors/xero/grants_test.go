package xero

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"tieout/connectors"
	sandbox "tieout/sandbox/xero"
)

// acting is a client that acts with the rig's token and does not show it, as
// the connections' own clients do.
type acting struct{ token string }

func (a acting) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.Header.Set("Authorization", "Bearer "+a.token)
	return http.DefaultTransport.RoundTrip(out)
}

// TestOneGrantReachesSeveralOrganisations adds an organisation by a second
// consent, gives one up without hurting the other, and ends the grant.
func TestOneGrantReachesSeveralOrganisations(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, organisation())
	first := r.company
	if _, err := r.sandbox.AddOrganisation(sandbox.OrganisationOptions{Name: "Second Street", BaseCurrency: "USD"}); err != nil {
		t.Fatal(err)
	}
	older := r.token.AccessToken
	added := r.signIn(t)
	client := &http.Client{Transport: acting{r.token.AccessToken}}
	all, err := r.vendor.Reached(ctx, client, nil)
	if err != nil || len(all) != 2 {
		t.Fatalf("the grant reaches %v, %v", all, err)
	}
	if !r.vendor.SameGrant(older, r.token.AccessToken) {
		t.Error("two consents of one person are two grants")
	}
	if len(r.vendor.Ungranted(r.token)) != 0 {
		t.Errorf("the consent lacks %q", r.vendor.Ungranted(r.token))
	}
	i := slices.IndexFunc(added, func(c connectors.Company) bool { return c.Name == "Second Street" })
	if i < 0 {
		t.Fatalf("the second consent added %v", added)
	}
	second := added[i]
	for _, c := range []connectors.Company{second, first} {
		r.open(c)
		if p, err := r.session.Profile(ctx); err != nil || p.ExternalID != c.ExternalID {
			t.Errorf("%s: %+v, %v", c.Name, p, err)
		}
	}
	if err := r.vendor.Disconnect(ctx, client, second.ExternalID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.session.Profile(ctx); err != nil {
		t.Errorf("the other organisation: %v", err)
	}
	r.open(second)
	if _, err := r.session.Profile(ctx); connectors.ClassOf(err) != connectors.ClassReconnect {
		t.Errorf("the organisation that was given up: %v", err)
	}
	if err := r.vendor.Disconnect(ctx, client, second.ExternalID); err != nil {
		t.Errorf("given up twice: %v", err)
	}
	if err := r.vendor.Revoke(ctx, http.DefaultClient, r.token.RefreshToken); err != nil {
		t.Fatal(err)
	}
	back := context.WithValue(ctx, oauth2.HTTPClient, http.DefaultClient)
	_, err = r.vendor.OAuth("").TokenSource(back, &oauth2.Token{RefreshToken: r.token.RefreshToken}).Token()
	if err == nil || r.vendor.TokenFailure(err).Class != connectors.ClassReconnect {
		t.Errorf("a refresh after the end: %v", err)
	}
}

func TestRevocationFailures(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]connectors.Class{400: connectors.ClassRequest, 401: connectors.ClassReconnect, 500: connectors.ClassRetry} {
		server := httptest.NewServer(answer(status, nil, `{"error":"invalid_client"}`))
		err := New(Config{ClientID: "a b", ClientSecret: "c:d", IdentityURL: server.URL}).Revoke(context.Background(), server.Client(), "r")
		server.Close()
		if connectors.ClassOf(err) != want {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// TestScopesThatWereNotGiven reads the answer's own list, else the token's.
func TestScopesThatWereNotGiven(t *testing.T) {
	t.Parallel()
	v := New(Config{})
	all := strings.Join(DefaultScopes(), " ")
	jwt := func(claims string) string { return "h." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".s" }
	for _, c := range []struct{ name, scope, access, refresh, want string }{
		{"all", all, "x", "r", ""},
		{"not told", "", "x", "r", ""},
		{"no payments", strings.Replace(all, "accounting.payments ", "", 1), "x", "r", "accounting.payments"},
		{"reading only", strings.Replace(all, "accounting.contacts", "accounting.contacts.read", 1), "x", "r", "accounting.contacts"},
		{"broad ones of an older app", "offline_access accounting.transactions accounting.contacts accounting.settings accounting.reports.read", "x", "r", ""},
		{"no refresh token", all, "x", "", "offline_access"},
		{"by the token", "", jwt(`{"scope":["offline_access","accounting.settings"]}`), "r", "accounting.invoices"},
		{"by a text in the token", "", jwt(`{"scope":"` + all + `"}`), "r", ""},
	} {
		token := (&oauth2.Token{AccessToken: c.access, RefreshToken: c.refresh, Expiry: time.Time{}}).WithExtra(map[string]any{"scope": c.scope})
		missing := v.Ungranted(token)
		if c.want == "" && len(missing) != 0 || c.want != "" && !slices.Contains(missing, c.want) {
			t.Errorf("%s: %q", c.name, missing)
		}
	}
	if v.SameGrant("", "") || v.SameGrant(jwt(`{"xero_userid":"u"}`), jwt(`{"xero_userid":"v"}`)) || !v.SameGrant(jwt(`{"xero_userid":"u"}`), jwt(`{"xero_userid":"u","x":1}`)) {
		t.Error("the person of a grant is not told")
	}
}
