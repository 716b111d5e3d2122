package oauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
	"tieout/sandbox/oauth"
)

const back = "http://localhost:9999/cb"

type bench struct {
	t     *testing.T
	clock *clock.Adjustable
	srv   *oauth.Server
	http  *httptest.Server
}

func newBench(t *testing.T, change func(*oauth.Options)) *bench {
	t.Helper()
	c := clock.At(time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC))
	opt := oauth.Options{
		Clock: c, Seed: 7, ClientID: "app", ClientSecret: "s3cret&+",
		CodeLife: 5 * time.Minute, AccessLife: 30 * time.Minute, RefreshLife: 60 * 24 * time.Hour, Grace: 30 * time.Minute,
		Choices: func() []oauth.Choice { return []oauth.Choice{{ID: "a", Name: "A & co"}, {ID: "b", Name: "B"}} },
	}
	if change != nil {
		change(&opt)
	}
	b := &bench{t: t, clock: c, srv: oauth.NewServer(opt)}
	mux := http.NewServeMux()
	mux.HandleFunc("/authorize", b.srv.Authorize)
	mux.HandleFunc("/token", b.srv.Token)
	mux.HandleFunc("/revoke", b.srv.Revoke)
	b.http = httptest.NewServer(mux)
	t.Cleanup(b.http.Close)
	return b
}

func (b *bench) client() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (b *bench) query(change url.Values) url.Values {
	q := url.Values{"client_id": {"app"}, "redirect_uri": {back}, "response_type": {"code"}, "scope": {"x y"}, "state": {"st"}}
	maps.Copy(q, change)
	return q
}

// consent opens the page and submits its own hidden fields, as a browser does.
func (b *bench) consent(change url.Values, decision url.Values) (status int, location *url.URL, body string) {
	b.t.Helper()
	page := b.http.URL + "/authorize?" + b.query(change).Encode()
	resp, err := b.client().Get(page)
	if err != nil {
		b.t.Fatal(err)
	}
	raw, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		form := decision
		for _, m := range regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(string(raw), -1) {
			form.Add(m[1], strings.ReplaceAll(m[2], "&#43;", "+"))
		}
		resp, err = b.client().PostForm(b.http.URL+"/authorize", form)
		if err != nil {
			b.t.Fatal(err)
		}
		resp.Body.Close()
	}
	loc, _ := resp.Location()
	return resp.StatusCode, loc, string(raw)
}

func (b *bench) allow(change url.Values, choices ...string) string {
	b.t.Helper()
	status, loc, body := b.consent(change, url.Values{"decision": {"allow"}, "choice": choices})
	if status != http.StatusFound || loc.Query().Get("code") == "" || loc.Query().Get("state") != "st" {
		b.t.Fatalf("consent: status %d location %v page %s", status, loc, body)
	}
	return loc.Query().Get("code")
}

func (b *bench) token(basic bool, secret string, form url.Values) (int, map[string]any) {
	b.t.Helper()
	if !basic {
		form.Set("client_id", "app")
		form.Set("client_secret", secret)
	}
	req, _ := http.NewRequest(http.MethodPost, b.http.URL+"/token", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		req.SetBasicAuth("app", url.QueryEscape(secret))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	var m map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&m); err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, m
}

func (b *bench) exchange(code string) map[string]any {
	b.t.Helper()
	status, m := b.token(true, "s3cret&+", codeForm(code))
	if status != http.StatusOK {
		b.t.Fatalf("exchange: %d %v", status, m)
	}
	return m
}

func codeForm(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}}
}

func refreshForm(m map[string]any) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {m["refresh_token"].(string)}}
}

func TestConsentAndCode(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *oauth.Options) {
		o.OnGrant = func(g *oauth.Grant) url.Values { return url.Values{"realmId": g.Subjects} }
		o.TokenExtra = func(oauth.Issue) map[string]any { return map[string]any{"extra": 1, "token_type": nil} }
	})
	_, loc, page := b.consent(nil, url.Values{"decision": {"allow"}, "choice": {"b"}})
	if !strings.Contains(page, "A &amp; co") || strings.Contains(page, "<script") {
		t.Errorf("page: %s", page)
	}
	if loc.Query().Get("realmId") != "b" {
		t.Errorf("location %v", loc)
	}
	code := loc.Query().Get("code")
	m := b.exchange(code)
	if m["expires_in"] != 1800.0 || m["extra"] != 1.0 || m["token_type"] != nil {
		t.Errorf("answer %v", m)
	}
	g, err := b.srv.Check(m["access_token"].(string))
	if err != nil || len(g.Subjects) != 1 || g.Subjects[0] != "b" || len(g.Scopes) != 2 {
		t.Fatalf("check: %v %v", g, err)
	}
	if status, again := b.token(true, "s3cret&+", codeForm(code)); status != 400 || again["error"] != "invalid_grant" {
		t.Errorf("second use of the code: %d %v", status, again)
	}
	if _, err := b.srv.Check(m["access_token"].(string)); err != nil {
		t.Errorf("after a replayed code: %v", err)
	}
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		opt       func(*oauth.Options)
		query     url.Values
		decision  string
		choices   []string
		status    int
		wantError string
	}{
		{"foreign redirect", nil, url.Values{"redirect_uri": {"https://evil.example/cb"}}, "allow", nil, 400, ""},
		{"loopback look-alike", nil, url.Values{"redirect_uri": {"http://localhost@evil.example/"}}, "allow", nil, 400, ""},
		{"not exactly listed", func(o *oauth.Options) { o.RedirectURIs = []string{back + "/x"} }, nil, "allow", nil, 400, ""},
		{"unknown client", nil, url.Values{"client_id": {"other"}}, "allow", nil, 400, ""},
		{"denied", nil, nil, "deny", nil, 302, "access_denied"},
		{"no scope", nil, url.Values{"scope": {""}}, "allow", nil, 302, "invalid_scope"},
		{"refused scope", func(o *oauth.Options) { o.ScopeError = func([]string) string { return "invalid_scope" } }, nil, "allow", nil, 302, "invalid_scope"},
		{"plain challenge", nil, url.Values{"code_challenge": {"abc"}}, "allow", nil, 302, "invalid_request"},
		{"short challenge", nil, url.Values{"code_challenge": {"abc"}, "code_challenge_method": {"S256"}}, "allow", nil, 302, "invalid_request"},
		{"no page", nil, url.Values{"prompt": {"none"}}, "allow", nil, 302, "login_required"},
		{"unknown prompt", nil, url.Values{"prompt": {"dance"}}, "allow", nil, 302, "invalid_request"},
		{"twice", nil, url.Values{"state": {"st", "st"}}, "allow", nil, 400, ""},
		{"token flow", nil, url.Values{"response_type": {"token"}}, "allow", nil, 302, "unsupported_response_type"},
		{"nothing chosen", nil, nil, "allow", nil, 400, ""},
		{"not on offer", nil, nil, "allow", []string{"z"}, 400, ""},
		{"two of one", func(o *oauth.Options) { o.Single = true }, nil, "allow", []string{"a", "b"}, 400, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.opt)
			status, loc, _ := b.consent(c.query, url.Values{"decision": {c.decision}, "choice": c.choices})
			if status != c.status {
				t.Fatalf("status %d, want %d", status, c.status)
			}
			if (loc != nil) != (status == 302) {
				t.Fatalf("location %v", loc)
			}
			if loc != nil && (loc.Query().Get("error") != c.wantError || loc.Query().Get("state") != "st") {
				t.Errorf("location %v", loc)
			}
			if n := len(b.srv.Grants()); n != 0 {
				t.Errorf("%d grants", n)
			}
		})
	}
}

func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	if status, m := b.token(true, "wrong", codeForm("x")); status != 401 || m["error"] != "invalid_client" {
		t.Errorf("basic: %d %v", status, m)
	}
	if status, m := b.token(false, "wrong", codeForm("x")); status != 401 || m["error"] != "invalid_client" {
		t.Errorf("post: %d %v", status, m)
	}
	if status, m := b.token(false, "s3cret&+", codeForm(b.allow(nil, "a"))); status != 200 {
		t.Errorf("client_secret_post: %d %v", status, m)
	}
	if status, m := b.token(true, "s3cret&+", url.Values{"grant_type": {"password"}}); status != 400 || m["error"] != "unsupported_grant_type" {
		t.Errorf("grant type: %d %v", status, m)
	}
}

func TestRefreshRotatesWithGrace(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	first := b.exchange(b.allow(nil, "a", "b"))
	b.clock.Advance(31 * time.Minute)
	if _, err := b.srv.Check(first["access_token"].(string)); !errors.Is(err, oauth.ErrExpired) {
		t.Errorf("after its life: %v", err)
	}
	_, second := b.token(true, "s3cret&+", refreshForm(first))
	if second["refresh_token"] == first["refresh_token"] {
		t.Fatal("not rotated")
	}
	b.clock.Advance(29 * time.Minute)
	if status, m := b.token(true, "s3cret&+", refreshForm(first)); status != 200 {
		t.Errorf("within grace: %d %v", status, m)
	}
	b.clock.Advance(2 * time.Minute)
	if status, m := b.token(true, "s3cret&+", refreshForm(first)); status != 400 || m["error"] != "invalid_grant" {
		t.Errorf("after grace: %d %v", status, m)
	}
	b.clock.Advance(61 * 24 * time.Hour)
	if status, m := b.token(true, "s3cret&+", refreshForm(second)); status != 400 {
		t.Errorf("unused for too long: %d %v", status, m)
	}
}

func TestNoGraceDiesAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *oauth.Options) { o.Grace = 0 })
	first := b.exchange(b.allow(nil, "a"))
	b.token(true, "s3cret&+", refreshForm(first))
	if status, m := b.token(true, "s3cret&+", refreshForm(first)); status != 400 || m["error"] != "invalid_grant" {
		t.Errorf("%d %v", status, m)
	}
}

func TestPKCEAndCodeExpiry(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	verifier := strings.Repeat("verifier-", 5)
	sum := sha256.Sum256([]byte(verifier))
	ask := url.Values{"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	code := b.allow(ask, "a")
	if status, _ := b.token(true, "s3cret&+", codeForm(code)); status != 400 {
		t.Errorf("without verifier: %d", status)
	}
	form := codeForm(code)
	form.Set("code_verifier", verifier)
	if status, m := b.token(true, "s3cret&+", form); status != 200 {
		t.Errorf("with verifier: %d %v", status, m)
	}
	late := b.allow(nil, "a")
	b.clock.Advance(5 * time.Minute)
	if status, _ := b.token(true, "s3cret&+", codeForm(late)); status != 400 {
		t.Errorf("late: %d", status)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	m := b.exchange(b.allow(nil, "a"))
	body := `{"token":"` + m["refresh_token"].(string) + `"}`
	req, _ := http.NewRequest(http.MethodPost, b.http.URL+"/revoke", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth("app", url.QueryEscape("s3cret&+"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("revoke: %v %v", resp, err)
	}
	resp.Body.Close()
	if status, _ := b.token(true, "s3cret&+", refreshForm(m)); status != 400 || len(b.srv.Grants()) != 0 {
		t.Errorf("refresh after revoke: %d", status)
	}
	other := b.exchange(b.allow(nil, "a"))
	if !b.srv.RevokeGrant(b.srv.Grants()[0].ID) {
		t.Error("RevokeGrant found nothing")
	}
	if _, err := b.srv.Check(other["access_token"].(string)); !errors.Is(err, oauth.ErrUnknown) {
		t.Errorf("check: %v", err)
	}
}

func TestSameSeedSameTokens(t *testing.T) {
	t.Parallel()
	run := func() any {
		b := newBench(t, nil)
		return b.exchange(b.allow(nil, "a"))["refresh_token"]
	}
	if a, b := run(), run(); a != b {
		t.Errorf("%v != %v", a, b)
	}
}

func TestMachineHasNoRefreshToken(t *testing.T) {
	t.Parallel()
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"x"}}
	if status, m := newBench(t, nil).token(true, "s3cret&+", form); status != 400 || m["error"] != "unsupported_grant_type" {
		t.Errorf("without machines: %d %v", status, m)
	}
	b := newBench(t, func(o *oauth.Options) {
		o.BadClientStatus = 400
		o.Machine = func(scopes []string) ([]string, string) {
			if len(scopes) == 0 {
				return nil, "invalid_scope"
			}
			return []string{"a"}, ""
		}
	})
	status, m := b.token(true, "s3cret&+", form)
	if _, has := m["refresh_token"]; status != 200 || has {
		t.Fatalf("%d %v", status, m)
	}
	if g, err := b.srv.Check(m["access_token"].(string)); err != nil || g.Subjects[0] != "a" {
		t.Errorf("%v %v", g, err)
	}
	if status, m := b.token(true, "s3cret&+", url.Values{"grant_type": {"client_credentials"}}); status != 400 || m["error"] != "invalid_scope" {
		t.Errorf("no scope: %d %v", status, m)
	}
	if status, m := b.token(true, "wrong", form); status != 400 || m["error"] != "invalid_client" {
		t.Errorf("wrong secret: %d %v", status, m)
	}
}

func TestHardEndOfAGrant(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *oauth.Options) { o.GrantLife = 90 * 24 * time.Hour })
	first := b.exchange(b.allow(nil, "a"))
	b.clock.Advance(59 * 24 * time.Hour)
	_, second := b.token(true, "s3cret&+", refreshForm(first))
	b.clock.Advance(31 * 24 * time.Hour)
	if status, m := b.token(true, "s3cret&+", refreshForm(second)); status != 400 || m["error"] != "invalid_grant" {
		t.Errorf("after the hard end: %d %v", status, m)
	}
}

func TestNonceComesOnce(t *testing.T) {
	t.Parallel()
	var seen []string
	b := newBench(t, func(o *oauth.Options) {
		o.TokenExtra = func(i oauth.Issue) map[string]any {
			seen = append(seen, i.Nonce)
			return nil
		}
	})
	first := b.exchange(b.allow(url.Values{"nonce": {"n"}}, "a"))
	b.token(true, "s3cret&+", refreshForm(first))
	if len(seen) != 2 || seen[0] != "n" || seen[1] != "" {
		t.Errorf("nonces %q", seen)
	}
}

func TestBearerIsReadWithoutRegardToCase(t *testing.T) {
	t.Parallel()
	for header, token := range map[string]string{"Bearer a.b": "a.b", "bearer a.b": "a.b", "BEARER  a.b": "a.b", "Basic a.b": "", "Bearera.b": "", "": ""} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", header)
		if got, ok := oauth.Bearer(r); ok != (token != "") || ok && got != token {
			t.Errorf("%q: %q %v", header, got, ok)
		}
	}
}
