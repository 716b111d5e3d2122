package xero

import (
	"context"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"tieout/connectors"
	"tieout/internal/clock"
	"tieout/internal/vendorhttp"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	sandbox "tieout/sandbox/xero"
)

// data names a file of the recorded data and skips the test where there is
// none.
func data(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("TIEOUT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	} else if !filepath.IsAbs(root) {
		root = filepath.Join("..", "..", root)
	}
	path := filepath.Join(append([]string{root, "specs", "xero"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("test data is required: %v", err)
		}
		t.Skipf("no test data: %v", err)
	}
	return path
}

func start() time.Time { return time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC) }

// counted counts the calls to the API.
type counted struct {
	base  http.RoundTripper
	mu    sync.Mutex
	calls []string
	// broken makes writes lose their answer.
	broken bool
}

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.calls = append(c.calls, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api.xro/2.0/"))
	broken := c.broken && r.Method != http.MethodGet
	c.mu.Unlock()
	response, err := c.base.RoundTrip(r)
	if broken && err == nil {
		_ = response.Body.Close()
		return nil, context.DeadlineExceeded
	}
	return response, err
}

func (c *counted) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = nil
}

func (c *counted) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.calls)
}

// rig is a stand-in organisation and a session that has come through consent.
type rig struct {
	clock   *clock.Adjustable
	org     *sandbox.Organisation
	vendor  *Vendor
	session *session
	calls   *counted
	token   *oauth2.Token
	server  *httptest.Server
	sandbox *sandbox.Server
	company connectors.Company
}

func newRig(t *testing.T, options sandbox.OrganisationOptions, fill ...func(*sandbox.Organisation) error) *rig {
	t.Helper()
	now := clock.At(start())
	server := sandbox.New(sandbox.Options{Clock: now, Seed: 7, ClientID: "client", ClientSecret: "secret"})
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	server.SetBaseURL(web.URL)
	org, err := server.AddOrganisation(options)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fill {
		if err := f(org); err != nil {
			t.Fatal(err)
		}
	}
	r := &rig{clock: now, org: org, server: web, sandbox: server}
	r.vendor = New(Config{
		ClientID: "client", ClientSecret: "secret",
		LoginURL: web.URL, IdentityURL: web.URL, APIURL: web.URL + "/",
	})
	r.consent(t)
	return r
}

// consent signs in and opens a session with the one organisation.
func (r *rig) consent(t *testing.T) {
	t.Helper()
	companies := r.signIn(t)
	if len(companies) != 1 {
		t.Fatalf("reached %v", companies)
	}
	r.open(companies[0])
}

// signIn walks through the consent page as a browser does, takes the newest
// organisation on it, and gives those that the consent has added.
func (r *rig) signIn(t *testing.T) []connectors.Company {
	t.Helper()
	const redirect = "http://localhost:8080/callback"
	config := r.vendor.OAuth(redirect)
	page, err := http.Get(config.AuthCodeURL("state-1"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = page.Body.Close() }()
	form := url.Values{"decision": {"allow"}}
	var text strings.Builder
	if _, err := io.Copy(&text, page.Body); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(text.String(), -1) {
		if m[1] == "choice" { // one organisation for each consent: the newest
			form.Set(m[1], html.UnescapeString(m[2]))
		} else if m[1] != "decision" {
			form.Add(m[1], html.UnescapeString(m[2]))
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(page.Request.URL.String(), form)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("consent gave no code: %d %s", answer.StatusCode, answer.Header.Get("Location"))
	}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, http.DefaultClient)
	if r.token, err = config.Exchange(ctx, back.Query().Get("code")); err != nil {
		t.Fatal(err)
	}
	// The token's life is judged by the stand-in's clock, not by oauth2's.
	r.token.Expiry = time.Time{}
	authorised := &http.Client{Transport: &oauth2.Transport{Source: oauth2.StaticTokenSource(r.token)}}
	companies, err := r.vendor.Reached(ctx, authorised, back.Query())
	if err != nil {
		t.Fatal(err)
	}
	return companies
}

func (r *rig) open(company connectors.Company) {
	r.company = company
	config := r.vendor.OAuth("")
	r.calls = &counted{base: http.DefaultTransport}
	r.session = r.vendor.Open(connectors.Access{
		Client: vendorhttp.New(vendorhttp.Options{
			Vendor: name, Connection: company.ExternalID, Base: r.calls, Hosts: r.vendor.Hosts(),
			Tokens: &refreshing{config: config, token: r.token}, Limits: r.vendor.Limits(), Now: r.clock.Now,
			// Waiting moves the stand-in's time on, and nothing else.
			Wait: func(_ context.Context, d time.Duration) error { r.clock.Advance(d); return nil },
		}),
		ExternalID: company.ExternalID, Home: "USD", Zone: time.UTC, Now: r.clock.Now,
	}).(*session)
}

// refreshing renews the token when it is refused.
type refreshing struct {
	config *oauth2.Config
	mu     sync.Mutex
	token  *oauth2.Token
}

func (f *refreshing) Token(context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.token.AccessToken, nil
}

func (f *refreshing) Renew(ctx context.Context, rejected string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.token.AccessToken != rejected {
		return f.token.AccessToken, nil
	}
	next, err := f.config.TokenSource(ctx, &oauth2.Token{RefreshToken: f.token.RefreshToken}).Token()
	if err != nil {
		return "", err
	}
	f.token = next
	return next.AccessToken, nil
}

func (r *rig) create(t *testing.T, kind, body string) map[string]any {
	t.Helper()
	raw, err := r.org.Create(kind, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// pull reads a stream from the cursor to its end.
func pull(t *testing.T, s *session, stream string, from connectors.Cursor) ([]mapping.Record, connectors.Cursor) {
	t.Helper()
	var records []mapping.Record
	for pages := 0; ; pages++ {
		if pages > 200 {
			t.Fatalf("%s does not come to an end", stream)
		}
		page, err := s.Pull(context.Background(), stream, from)
		if err != nil {
			t.Fatalf("%s: %v", stream, err)
		}
		for _, d := range page.Drafts {
			records = append(records, mapping.Accept(d))
		}
		from = page.Cursor
		if !page.More {
			return records, from
		}
	}
}

func accepted(t *testing.T, records []mapping.Record) {
	t.Helper()
	for _, r := range records {
		if r.Rejection != nil {
			t.Errorf("rejected: %s", r.Rejection.Text)
		}
	}
}

func entity[T receivables.Entity](t *testing.T, records []mapping.Record, id string) T {
	t.Helper()
	for _, r := range records {
		if e, ok := r.Entity.(T); ok && r.Ref.ID == id {
			return e
		}
	}
	t.Fatalf("no %T %s among %d records", *new(T), id, len(records))
	return *new(T)
}

func usd() []money.Currency { return []money.Currency{"USD"} }
