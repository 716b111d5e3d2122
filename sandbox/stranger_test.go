package sandbox_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tieout/internal/clock"
	"tieout/sandbox"
	"tieout/sandbox/control"
)

const callback = "http://127.0.0.1:9499/callback"

// stranger is a client that knows the ready line and nothing else.
type stranger struct {
	t     *testing.T
	box   *sandbox.Sandbox
	clock *clock.Adjustable
	ready sandbox.Ready
}

// newStranger stands before a sandbox with empty companies, two of them in
// Xero.
func newStranger(t *testing.T) *stranger {
	t.Helper()
	s := &stranger{t: t, clock: clock.At(testNow)}
	app := sandbox.Vendor{ClientID: "app", ClientSecret: "s&cret+", RedirectURIs: []string{callback}, Invoices: sandbox.None}
	box, err := sandbox.Start(t.Context(), sandbox.Config{QuickBooks: app, Xero: app, Seed: 3}, s.clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := box.Open(t.Context(), control.Company{Vendor: "xero", Name: "Second Ltd", Country: "AU", Currency: "AUD"}); err != nil {
		t.Fatal(err)
	}
	s.box, s.ready = box, box.Ready()
	return s
}

type reply struct {
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

func (s *stranger) send(method, at, token, contentType, body string, change func(*http.Request)) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if change != nil {
		change(req)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	out := reply{status: res.StatusCode, header: res.Header, raw: raw}
	_ = json.Unmarshal(raw, &out.body) // not every answer is an object
	return out
}

func (s *stranger) get(at, token string, headers ...string) reply {
	return s.send(http.MethodGet, at, token, "", "", func(r *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
	})
}

// authorise fills in the consent page as a browser without scripts does, and
// returns where it leads.
func (s *stranger) authorise(app sandbox.App, scope string, change url.Values, choices ...string) (url.Values, reply) {
	s.t.Helper()
	q := url.Values{"response_type": {"code"}, "client_id": {app.ClientID}, "redirect_uri": {callback}, "scope": {scope}, "state": {"st&1"}}
	maps.Copy(q, change)
	page := s.get(app.Authorize+"?"+q.Encode(), "")
	if page.status != http.StatusOK {
		return location(page), page
	}
	if strings.Contains(string(page.raw), "<script") {
		s.t.Error("the consent page has a script")
	}
	form := url.Values{"decision": {"allow"}, "choice": choices}
	for _, m := range regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(string(page.raw), -1) {
		form.Add(m[1], strings.NewReplacer("&#43;", "+", "&amp;", "&").Replace(m[2]))
	}
	done := s.send(http.MethodPost, app.Authorize, "", formType, form.Encode(), nil)
	return location(done), done
}

func location(r reply) url.Values {
	to, err := url.Parse(r.header.Get("Location"))
	if err != nil {
		return nil
	}
	return to.Query()
}

const formType = "application/x-www-form-urlencoded"

// token asks the token endpoint, with the client in a Basic header.
func (s *stranger) token(app sandbox.App, form url.Values, change func(*http.Request)) reply {
	s.t.Helper()
	return s.send(http.MethodPost, app.Token, "", formType, form.Encode(), func(r *http.Request) {
		r.SetBasicAuth(url.QueryEscape(app.ClientID), url.QueryEscape(app.ClientSecret))
		if change != nil {
			change(r)
		}
	})
}

func (s *stranger) exchange(app sandbox.App, code string) reply {
	return s.token(app, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}, nil)
}

func (s *stranger) refresh(app sandbox.App, token any) reply {
	text, _ := token.(string)
	return s.token(app, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {text}}, nil)
}

// connect consents and exchanges.
func (s *stranger) connect(app sandbox.App, scope string, choices ...string) map[string]any {
	s.t.Helper()
	to, _ := s.authorise(app, scope, nil, choices...)
	got := s.exchange(app, to.Get("code"))
	if got.status != http.StatusOK || to.Get("state") != "st&1" {
		s.t.Fatalf("connect: %v, then %d %s", to, got.status, got.raw)
	}
	return got.body
}

func (s *stranger) wantError(r reply, status int, code string) {
	s.t.Helper()
	if r.status != status || r.body["error"] != code {
		s.t.Errorf("%d %s, want %d %s", r.status, r.raw, status, code)
	}
}

const (
	xeroScope   = "openid profile email offline_access accounting.invoices accounting.settings"
	intuitScope = "com.intuit.quickbooks.accounting openid profile email"
)

func (s *stranger) ids(vendor string) (ids []string) {
	for _, l := range s.ready.Ledgers {
		if l.Vendor == vendor {
			ids = append(ids, l.ID)
		}
	}
	return ids
}

// claims checks an id_token's signature against the keys that the discovery
// document names, and its issuer.
func (s *stranger) claims(app sandbox.App, token any) map[string]any {
	s.t.Helper()
	found := s.get(app.Discovery, "").body
	keys := s.get(found["jwks_uri"].(string), "").body["keys"].([]any)
	text, _ := token.(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		s.t.Fatalf("no id_token: %q", text)
	}
	var head struct{ Alg, Kid string }
	var claims map[string]any
	for i, into := range []any{&head, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(raw, into) != nil {
			s.t.Fatalf("part %d of %q", i, text)
		}
	}
	key := keys[0].(map[string]any)
	n, err := base64.RawURLEncoding.DecodeString(key["n"].(string))
	if err != nil || head.Alg != "RS256" || head.Kid != key["kid"] || key["kty"] != "RSA" {
		s.t.Fatalf("head %+v, key %v", head, key)
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		s.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}, crypto.SHA256, sum[:], sig); err != nil {
		s.t.Error(err)
	}
	if claims["iss"] != found["issuer"] || claims["sub"] == "" || claims["exp"].(float64) <= claims["iat"].(float64) {
		s.t.Errorf("claims %v, issuer %v", claims, found["issuer"])
	}
	return claims
}

// choice is a company of the app's vendor.
func (s *stranger) choice(app *sandbox.App) string {
	if app == &s.ready.Xero {
		return s.ids("xero")[0]
	}
	return s.ids("quickbooks")[0]
}
