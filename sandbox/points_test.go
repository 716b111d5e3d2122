package sandbox_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
	"tieout/sandbox"
)

// The points of the checklist of what stand-ins get wrong that are about
// sign-in and hosts, each over HTTP, as a client without our code meets them.

func TestPoint01SignedIdentity(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	for _, c := range []struct {
		app   sandbox.App
		scope string
		id    string
		aud   any
	}{{s.ready.Xero, xeroScope, s.ids("xero")[0], "app"}, {s.ready.QuickBooks, intuitScope, s.ids("quickbooks")[0], []any{"app"}}} {
		to, _ := s.authorise(c.app, c.scope, url.Values{"nonce": {"n-1"}}, c.id)
		tok := s.exchange(c.app, to.Get("code")).body
		claims := s.claims(c.app, tok["id_token"])
		want, _ := json.Marshal(c.aud)
		if got, _ := json.Marshal(claims["aud"]); string(got) != string(want) || claims["nonce"] != "n-1" {
			t.Errorf("claims %v", claims)
		}
		if again := s.claims(c.app, s.refresh(c.app, tok["refresh_token"]).body["id_token"]); again["sub"] != claims["sub"] || again["nonce"] != nil {
			t.Errorf("after a refresh %v", again)
		}
		found := s.get(c.app.Discovery, "").body
		who := s.get(found["userinfo_endpoint"].(string), tok["access_token"].(string))
		if who.status != http.StatusOK || who.body["sub"] != claims["sub"] || who.body["email"] == nil {
			t.Errorf("userinfo %d %s", who.status, who.raw)
		}
		if none := s.get(found["userinfo_endpoint"].(string), "nonsense"); none.status != http.StatusUnauthorized {
			t.Errorf("userinfo without a token: %d", none.status)
		}
	}
	for _, name := range []string{"/.well-known/openid_configuration", "/.well-known/openid_sandbox_configuration", "/.well-known/openid_sandbox_configuration/"} {
		if got := s.get(s.ready.QuickBooks.URL+name, ""); got.body["issuer"] != "https://oauth.platform.intuit.com/op/v1" {
			t.Errorf("%s: %s", name, got.raw)
		}
	}
}

func TestPoint02CodesWorkOnce(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	for app, scope := range map[*sandbox.App]string{&s.ready.Xero: xeroScope, &s.ready.QuickBooks: intuitScope} {
		to, _ := s.authorise(*app, scope, nil, s.choice(app))
		if got := s.exchange(*app, to.Get("code")); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.raw)
		}
		s.wantError(s.exchange(*app, to.Get("code")), 400, "invalid_grant")
		late, _ := s.authorise(*app, scope, nil, s.choice(app))
		s.clock.Advance(10 * time.Minute)
		s.wantError(s.exchange(*app, late.Get("code")), 400, "invalid_grant")
	}
}

func TestPoint03WrongSecretAndForeignRedirect(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	for app, status := range map[*sandbox.App]int{&s.ready.Xero: 400, &s.ready.QuickBooks: 401} {
		wrong := *app
		wrong.ClientSecret = "wrong"
		s.wantError(s.exchange(wrong, "x"), status, "invalid_client")
		s.wantError(s.refresh(wrong, "x"), status, "invalid_client")
		for name, change := range map[string]url.Values{
			"foreign redirect": {"redirect_uri": {"http://evil.example/cb"}},
			"longer redirect":  {"redirect_uri": {callback + "/x"}},
			"unknown client":   {"client_id": {"other"}},
		} {
			_, got := s.authorise(*app, "openid", change, s.choice(app))
			if got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
				t.Errorf("%s: %d to %q", name, got.status, got.header.Get("Location"))
			}
		}
	}
}

func TestPoint04XeroTokenLives(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	app, tenant := s.ready.Xero, s.ids("xero")[0]
	first := s.connect(app, xeroScope, tenant)
	if first["expires_in"].(float64) != 1800 || first["token_type"] != "Bearer" || first["scope"] != xeroScope {
		t.Errorf("token %v", first)
	}
	s.clock.Advance(1800 * time.Second)
	if got := s.get(app.API+"/Organisation", first["access_token"].(string), "xero-tenant-id", tenant); got.status != http.StatusUnauthorized {
		t.Errorf("expired: %d", got.status)
	}
	second := s.refresh(app, first["refresh_token"])
	if second.status != http.StatusOK || second.body["refresh_token"] == first["refresh_token"] {
		t.Fatalf("refresh: %d %s", second.status, second.raw)
	}
	s.clock.Advance(29 * time.Minute)
	if got := s.refresh(app, first["refresh_token"]); got.status != http.StatusOK {
		t.Errorf("used 29 minutes ago: %d %s", got.status, got.raw)
	}
	s.clock.Advance(time.Minute)
	s.wantError(s.refresh(app, first["refresh_token"]), 400, "invalid_grant")
	s.clock.Advance(59 * 24 * time.Hour)
	third := s.refresh(app, second.body["refresh_token"])
	if third.status != http.StatusOK {
		t.Fatalf("unused for 59 days: %d %s", third.status, third.raw)
	}
	s.clock.Advance(60 * 24 * time.Hour)
	s.wantError(s.refresh(app, third.body["refresh_token"]), 400, "invalid_grant")
	if got := s.connect(app, "accounting.invoices", tenant); got["refresh_token"] != nil || got["id_token"] != nil {
		t.Errorf("without offline_access and openid: %v", got)
	}
}

func TestPoint05IntuitTokenLives(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	app, realm := s.ready.QuickBooks, s.ids("quickbooks")[0]
	tok := s.connect(app, intuitScope, realm)
	if tok["expires_in"].(float64) != 3600 || tok["x_refresh_token_expires_in"].(float64) != 8726400 || tok["token_type"] != "bearer" {
		t.Errorf("token %v", tok)
	}
	if _, has := tok["scope"]; has {
		t.Error("Intuit's answer names no scope")
	}
	refresh := tok["refresh_token"]
	const year = 365 * 24 * time.Hour
	for days := 0; days < 5*365-90; days += 90 { // rolling
		s.clock.Advance(90 * 24 * time.Hour)
		got := s.refresh(app, refresh)
		if got.status != http.StatusOK {
			t.Fatalf("after %d days: %d %s", days+90, got.status, got.raw)
		}
		refresh = got.body["refresh_token"]
	}
	got := s.token(app, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh.(string)}}, func(r *http.Request) {
		r.Header.Set("x-include-refresh-token-hard-expires-in", "true")
	})
	left := testNow.Add(5 * year).Sub(s.clock.Now()).Seconds()
	if got.body["x_refresh_token_hard_expires_in"].(float64) != left || got.body["x_refresh_token_expires_in"].(float64) != left {
		t.Errorf("%s, want %f left", got.raw, left)
	}
	s.clock.Advance(time.Duration(left) * time.Second)
	over := s.refresh(app, got.body["refresh_token"])
	s.wantError(over, 400, "invalid_grant")
	if over.body["error_description"] != "Token invalid" {
		t.Errorf("%s", over.raw)
	}
}

func TestPoint06ClientByBasicAndByBody(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	for app, scope := range map[*sandbox.App]string{&s.ready.Xero: xeroScope, &s.ready.QuickBooks: intuitScope} {
		tok := s.connect(*app, scope, s.choice(app)) // by Basic
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tok["refresh_token"].(string)}, "client_id": {app.ClientID}, "client_secret": {app.ClientSecret}}
		got := s.send(http.MethodPost, app.Token, "", formType, form.Encode(), nil)
		if got.status != http.StatusOK || got.header.Get("Cache-Control") == "" {
			t.Errorf("by body: %d %s", got.status, got.raw)
		}
		methods, _ := s.get(app.Discovery, "").body["token_endpoint_auth_methods_supported"].([]any)
		if !slices.Contains(methods, any("client_secret_basic")) || !slices.Contains(methods, any("client_secret_post")) {
			t.Errorf("methods %v", methods)
		}
	}
}

func TestPoint07RealmAndTenant(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	realm := s.ids("quickbooks")[0]
	to, _ := s.authorise(s.ready.QuickBooks, intuitScope, nil, realm)
	tok := s.exchange(s.ready.QuickBooks, to.Get("code"))
	if to.Get("realmId") != realm || tok.body["realmId"] != nil || tok.body["realm_id"] != nil {
		t.Errorf("redirect %v, token %s", to, tok.raw)
	}
	tenant := s.ids("xero")[0]
	access := s.connect(s.ready.Xero, xeroScope, tenant)["access_token"].(string)
	var conns []map[string]string
	if err := json.Unmarshal(s.get(s.ready.Xero.URL+"/connections", access).raw, &conns); err != nil || len(conns) != 1 {
		t.Fatalf("%v %v", conns, err)
	}
	c := conns[0]
	if c["tenantId"] != tenant || c["tenantType"] != "ORGANISATION" || c["tenantName"] == "" || c["authEventId"] == "" {
		t.Errorf("connection %v", c)
	}
	for _, name := range []string{"createdDateUtc", "updatedDateUtc"} {
		if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$`).MatchString(c[name]) {
			t.Errorf("%s %q", name, c[name])
		}
	}
	if got := s.get(s.ready.Xero.URL+"/connections?authEventId=00000000-0000-0000-0000-000000000000", access); strings.TrimSpace(string(got.raw)) != "[]" {
		t.Errorf("another event: %s", got.raw)
	}
}

func TestPoint08TenantDecides(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	both := s.ids("xero")
	access := s.connect(s.ready.Xero, xeroScope, both...)["access_token"].(string)
	for _, tenant := range both {
		if got := s.get(s.ready.Xero.API+"/Organisation", access, "xero-tenant-id", tenant); got.status != http.StatusOK || !strings.Contains(string(got.raw), tenant) {
			t.Errorf("%s: %d %.200s", tenant, got.status, got.raw)
		}
	}
	if got := s.get(s.ready.Xero.API+"/Organisation", access, "xero-tenant-id", "00000000-0000-4000-8000-000000000000"); got.status != http.StatusForbidden {
		t.Errorf("foreign tenant: %d", got.status)
	}
	var conns []map[string]string
	if err := json.Unmarshal(s.get(s.ready.Xero.URL+"/Connections", access).raw, &conns); err != nil || len(conns) != 2 {
		t.Fatalf("%v %v", conns, err)
	}
	if got := s.send(http.MethodDelete, s.ready.Xero.URL+"/connections/"+conns[0]["id"], access, "", "", nil); got.status != http.StatusNoContent || len(got.raw) != 0 {
		t.Errorf("delete: %d %s", got.status, got.raw)
	}
	if got := s.get(s.ready.Xero.API+"/Organisation", access, "xero-tenant-id", conns[0]["tenantId"]); got.status != http.StatusForbidden {
		t.Errorf("disconnected: %d", got.status)
	}
	if got := s.send(http.MethodDelete, s.ready.Xero.URL+"/connections/"+conns[0]["id"], access, "", "", nil); got.status != http.StatusNotFound {
		t.Errorf("delete again: %d", got.status)
	}
}

func TestPoint09GranularScopes(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	for _, c := range []struct {
		app   *sandbox.App
		scope string
		want  string
	}{
		{&s.ready.Xero, "accounting.transactions offline_access", "invalid_scope"},
		{&s.ready.Xero, "accounting.reports.read", "invalid_scope"},
		{&s.ready.Xero, "accounting.everything", "invalid_scope"},
		{&s.ready.Xero, "accounting.invoices accounting.payments accounting.contacts.read", ""},
		{&s.ready.QuickBooks, "com.intuit.quickbooks.everything", "invalid_scope"},
	} {
		to, got := s.authorise(*c.app, c.scope, nil, s.choice(c.app))
		if to.Get("error") != c.want || to.Get("state") != "st&1" || (c.want == "") != (to.Get("code") != "") {
			t.Errorf("%s: %d %v", c.scope, got.status, to)
		}
	}
}

func TestPoint10RevocationKillsTheRefreshToken(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	for app, scope := range map[*sandbox.App]string{&s.ready.Xero: xeroScope, &s.ready.QuickBooks: intuitScope} {
		basic := func(r *http.Request) {
			r.SetBasicAuth(url.QueryEscape(app.ClientID), url.QueryEscape(app.ClientSecret))
		}
		for _, asJSON := range []bool{false, true} {
			tok := s.connect(*app, scope, s.choice(app))
			token := tok["refresh_token"].(string)
			kind, body := formType, url.Values{"token": {token}, "token_type_hint": {"refresh_token"}}.Encode()
			if asJSON {
				kind, body = "application/json", `{"token":"`+token+`"}`
			}
			if got := s.send(http.MethodPost, app.Revoke, "", kind, body, basic); got.status != http.StatusOK || len(got.raw) != 0 {
				t.Errorf("revoke: %d %s", got.status, got.raw)
			}
			s.wantError(s.refresh(*app, token), 400, "invalid_grant")
		}
		if got := s.send(http.MethodPost, app.Revoke, "", formType, "token=x", nil); got.body["error"] != "invalid_client" {
			t.Errorf("a stranger revokes: %d %s", got.status, got.raw)
		}
	}
}

func TestPoint11EachVendorAtItsOwnRoot(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	at := map[string]bool{s.ready.QuickBooks.URL: true, s.ready.Xero.URL: true, s.ready.Stripe.URL: true, s.ready.Control.URL: true}
	if len(at) != 4 {
		t.Fatalf("ports %v", at)
	}
	if got := s.get(s.ready.Stripe.URL+"/v1/balance", s.ready.Stripe.SecretKey); got.status != http.StatusOK || got.body["object"] != "balance" {
		t.Errorf("stripe: %d %s", got.status, got.raw)
	}
	realm := s.ids("quickbooks")[0]
	access := s.connect(s.ready.QuickBooks, intuitScope, realm)["access_token"].(string)
	if got := s.get(s.ready.QuickBooks.URL+"/v3/company/"+realm+"/companyinfo/"+realm, access); got.status != http.StatusOK || got.body["CompanyInfo"] == nil {
		t.Errorf("quickbooks: %d %s", got.status, got.raw)
	}
	access = s.connect(s.ready.Xero, xeroScope, s.ids("xero")[0])["access_token"].(string)
	if got := s.get(s.ready.Xero.URL+"/api.xro/2.0/Organisation", access, "xero-tenant-id", s.ids("xero")[0]); got.status != http.StatusOK {
		t.Errorf("xero: %d %s", got.status, got.raw)
	}
}

func TestPKCEAndMachines(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	app := s.ready.Xero
	verifier := strings.Repeat("0123456789", 5)
	sum := sha256.Sum256([]byte(verifier))
	to, _ := s.authorise(app, xeroScope, url.Values{"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}, s.ids("xero")[0])
	s.wantError(s.exchange(app, to.Get("code")), 400, "invalid_grant")
	form := url.Values{"grant_type": {"authorization_code"}, "code": {to.Get("code")}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	if got := s.token(app, form, nil); got.status != http.StatusOK {
		t.Errorf("with the verifier: %d %s", got.status, got.raw)
	}
	own := s.token(app, url.Values{"grant_type": {"client_credentials"}, "scope": {"accounting.settings"}}, nil)
	if own.status != http.StatusOK || own.body["refresh_token"] != nil {
		t.Fatalf("custom connection: %d %s", own.status, own.raw)
	}
	if got := s.get(app.API+"/Organisation", own.body["access_token"].(string), "xero-tenant-id", s.ids("xero")[0]); got.status != http.StatusOK {
		t.Errorf("custom connection reads: %d %s", got.status, got.raw)
	}
	if got := s.get(s.ready.Xero.URL+"/connections", s.token(app, url.Values{"grant_type": {"client_credentials"}, "scope": {"app.connections"}}, nil).body["access_token"].(string)); got.status != http.StatusOK || !strings.Contains(string(got.raw), s.ids("xero")[0]) {
		t.Errorf("connections without a user: %d %s", got.status, got.raw)
	}
	s.wantError(s.token(s.ready.QuickBooks, url.Values{"grant_type": {"client_credentials"}, "scope": {"openid"}}, nil), 400, "unsupported_grant_type")
}

func TestPublicApplication(t *testing.T) {
	t.Parallel()
	s := &stranger{t: t, clock: clock.At(testNow)}
	box, err := sandbox.Start(t.Context(), sandbox.Config{QuickBooks: sandbox.Vendor{Off: true}, Xero: sandbox.Vendor{ClientID: "app", Public: true, Invoices: sandbox.None}}, s.clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	s.box, s.ready = box, box.Ready()
	app := s.ready.Xero
	if to, _ := s.authorise(app, xeroScope, nil, s.ids("xero")...); to.Get("error") != "invalid_request" {
		t.Errorf("without PKCE: %v", to)
	}
	verifier := strings.Repeat("abcdefghij", 5)
	sum := sha256.Sum256([]byte(verifier))
	to, _ := s.authorise(app, xeroScope, url.Values{"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}, s.ids("xero")...)
	form := url.Values{"grant_type": {"authorization_code"}, "code": {to.Get("code")}, "redirect_uri": {callback}, "code_verifier": {verifier}, "client_id": {"app"}}
	got := s.send(http.MethodPost, app.Token, "", formType, form.Encode(), nil)
	if got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.raw)
	}
	again := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.body["refresh_token"].(string)}, "client_id": {"app"}}
	if got := s.send(http.MethodPost, app.Token, "", formType, again.Encode(), nil); got.status != http.StatusOK {
		t.Errorf("refresh: %d %s", got.status, got.raw)
	}
	own := s.send(http.MethodPost, app.Token, "", formType, url.Values{"grant_type": {"client_credentials"}, "scope": {"accounting.settings"}, "client_id": {"app"}}.Encode(), nil)
	s.wantError(own, 400, "unauthorized_client")
}
