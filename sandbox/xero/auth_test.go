package xero_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tieout/sandbox/xero"
)

func TestSignInTokensAndKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	tok := r.consent(allScopes, r.org.ID())
	want(t, tok, "expires_in", 1800, "token_type", "Bearer", "scope", allScopes)
	claims := verify(t, r, tok["id_token"].(string))
	want(t, claims, "iss", r.url, "aud", "app")
	access := verify(t, r, tok["access_token"].(string))
	r.token = tok["access_token"].(string)
	conns := connections(t, r, "?authEventId="+access["authentication_event_id"].(string))
	if len(conns) != 1 || conns[0]["tenantId"] != r.org.ID() || conns[0]["tenantType"] != "ORGANISATION" {
		t.Fatalf("connections %v", conns)
	}
	if _, err := time.Parse("2006-01-02T15:04:05.0000000", conns[0]["createdDateUtc"].(string)); err != nil {
		t.Error(err)
	}
	if n := len(connections(t, r, "?authEventId=other")); n != 0 {
		t.Errorf("%d connections of another event", n)
	}
}

// verify checks a token's signature against the published keys.
func verify(t *testing.T, r *rig, token string) map[string]any {
	t.Helper()
	disc := r.get("/identity/.well-known/openid-configuration").ok().body
	jwks := r.get(strings.TrimPrefix(disc["jwks_uri"].(string), r.url)).ok().rows("keys")
	n, _ := base64.RawURLEncoding.DecodeString(jwks[0]["n"].(string))
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
	p := strings.Split(token, ".")
	sig, _ := base64.RawURLEncoding.DecodeString(p[2])
	sum := sha256.Sum256([]byte(p[0] + "." + p[1]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig); err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(p[1])
	m := map[string]any{}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func connections(t *testing.T, r *rig, query string) []map[string]any {
	t.Helper()
	p := r.get("/connections" + query).ok()
	var out []map[string]any
	if err := json.Unmarshal(p.raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTenantDecides(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, xero.OrganisationOptions{Name: "One"}, xero.OrganisationOptions{Name: "Two"}, xero.OrganisationOptions{Name: "Three"})
	orgs := r.srv.Organisations()
	r.token = r.consent(allScopes, orgs[0].ID(), orgs[1].ID())["access_token"].(string)
	two := r.get("Organisation", "xero-tenant-id", orgs[1].ID()).ok().first("Organisations")
	want(t, two, "Name", "Two", "OrganisationID", orgs[1].ID())
	for _, tenant := range []string{orgs[2].ID(), "nobody", ""} {
		p := r.get("Organisation", "xero-tenant-id", tenant)
		if p.status != 403 || p.body["detail"] != "AuthenticationUnsuccessful" {
			t.Errorf("tenant %q: %d %s", tenant, p.status, p.raw)
		}
	}
	conn := connections(t, r, "")
	if p := r.call("DELETE", "/connections/"+conn[0]["id"].(string), ""); p.status != 204 {
		t.Errorf("delete connection: %d", p.status)
	}
	if p := r.get("Organisation"); p.status != 403 {
		t.Errorf("after disconnecting: %d", p.status)
	}
}

func TestRefusedTokensAndScopes(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	tok := r.consent("offline_access accounting.invoices.read", r.org.ID())
	r.token = tok["access_token"].(string)
	r.get("Invoices").ok()
	p := r.call("PUT", "Invoices", "{}")
	if p.status != 401 || p.header.Get("WWW-Authenticate") != "insufficent_scope" {
		t.Errorf("write with a read scope: %d %v", p.status, p.header)
	}
	if p := r.get("Contacts"); p.status != 401 {
		t.Errorf("other scope: %d", p.status)
	}
	if p := r.get("Invoices", "Authorization", "Bearer nonsense"); p.status != 401 || p.body["Title"] != "Unauthorized" {
		t.Errorf("bad token: %d %s", p.status, p.raw)
	}
	r.clock.Advance(30 * time.Minute)
	if p := r.get("Invoices"); p.status != 401 || !strings.HasPrefix(p.body["Detail"].(string), "TokenExpired: token expired at 05/20/2026 09:30:00") {
		t.Errorf("expired: %d %s", p.status, p.raw)
	}
	if e := r.authorize("accounting.transactions", r.org.ID()).Get("error"); e != "invalid_scope" {
		t.Errorf("broad scope: %q", e)
	}
	r.token = r.tokens(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tok["refresh_token"].(string)}})["access_token"].(string)
	r.get("Invoices").ok()
}

func TestRevocationDisconnects(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	tok := r.consent(allScopes, r.org.ID())
	r.token = tok["access_token"].(string)
	form := url.Values{"token": {tok["refresh_token"].(string)}, "client_id": {"app"}, "client_secret": {"secret"}}
	resp, err := http.PostForm(r.url+"/connect/revocation", form)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 200 || len(b) != 0 {
		t.Errorf("revocation: %d %q", resp.StatusCode, b)
	}
	if p := r.get("Organisation"); p.status != 401 {
		t.Errorf("after revocation: %d", p.status)
	}
	if m := r.tokens(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tok["refresh_token"].(string)}}); m["error"] != "invalid_grant" {
		t.Errorf("refresh: %v", m)
	}
	other := r.consent(allScopes, r.org.ID())
	r.token = other["access_token"].(string)
	r.org.Disconnect()
	if p := r.get("Organisation"); p.status != 403 {
		t.Errorf("disconnected inside Xero: %d", p.status)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *xero.Options) { o.Limits, o.DayLimit = true, 100 }).connect()
	first := r.get("Organisation").ok()
	for h, v := range map[string]string{"X-MinLimit-Remaining": "59", "X-DayLimit-Remaining": "99", "X-AppMinLimit-Remaining": "9999"} {
		if got := first.header.Get(h); got != v {
			t.Errorf("%s = %s, want %s", h, got, v)
		}
	}
	for range 59 {
		r.get("Organisation").ok()
	}
	p := r.get("Organisation")
	if p.status != 429 || p.header.Get("X-Rate-Limit-Problem") != "minute" || p.header.Get("Retry-After") != "60" {
		t.Errorf("%d %v", p.status, p.header)
	}
	r.clock.Advance(time.Minute)
	for range 39 {
		r.get("Organisation").ok()
	}
	if p := r.get("Organisation"); p.status != 429 || p.header.Get("X-Rate-Limit-Problem") != "day" {
		t.Errorf("%d %v", p.status, p.header)
	}
}

func TestLimitsOffLeavesTheHeadersFull(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	for range 70 {
		r.get("Organisation").ok()
	}
	if got := r.get("Organisation").ok().header.Get("X-MinLimit-Remaining"); got != "60" {
		t.Errorf("remaining %s", got)
	}
}
