package quickbooks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	"tieout/connectors/quickbooks"
	"tieout/internal/clock"
	"tieout/internal/vendorhttp"
	"tieout/mapping"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

var start = time.Date(2026, 3, 2, 18, 30, 0, 0, time.UTC)

// bench is a company in the stand-in and a session with it over HTTP.
type bench struct {
	t       *testing.T
	clock   *clock.Adjustable
	server  *sandbox.Server
	company *sandbox.Company
	vendor  *quickbooks.Vendor
	session *quickbooks.Session
	home    connectors.Profile
	tokens  *grant

	mu    sync.Mutex
	calls []vendorhttp.Call
	// lose makes the connection break after the vendor has answered.
	lose bool
}

// RoundTrip sends, and loses the answer when it is told to.
func (b *bench) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil && b.lose {
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		return nil, errors.New("connection reset by peer")
	}
	return answer, err
}

func newBench(t *testing.T, o sandbox.CompanyOptions) *bench {
	t.Helper()
	b := &bench{t: t, clock: clock.At(start)}
	b.server = sandbox.New(sandbox.Options{Clock: b.clock, Seed: 11, ClientID: "client", ClientSecret: "hush"})
	h := httptest.NewServer(b.server)
	t.Cleanup(h.Close)
	b.server.SetBaseURL(h.URL)
	o.Name = orText(o.Name, "Bench & Co")
	var err error
	if b.company, err = b.server.AddCompany(o); err != nil {
		t.Fatal(err)
	}
	b.vendor = quickbooks.New(quickbooks.Config{
		ClientID: "client", ClientSecret: "hush", API: h.URL, Sandbox: true,
		Authorize: h.URL + "/connect/oauth2", Token: h.URL + "/oauth2/v1/tokens/bearer",
	})
	return b
}

func orText(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// open goes through consent, token and profile, as connecting does.
func (b *bench) open() *bench {
	b.t.Helper()
	config := b.vendor.OAuth("http://localhost:9/cb")
	callback := b.consent(config.AuthCodeURL("st"))
	token, err := config.Exchange(context.Background(), callback.Get("code"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.tokens = &grant{now: b.clock.Now, config: config, token: token, taken: b.clock.Now()}
	client := vendorhttp.New(vendorhttp.Options{
		Vendor: quickbooks.Name, Connection: "c1", Base: b, Hosts: b.vendor.Hosts(),
		Tokens: b.tokens, Now: b.clock.Now, OnCall: b.count,
		Wait:   func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Limits: vendorhttp.Limits{RequestID: b.vendor.Limits().RequestID},
	})
	reached, err := b.vendor.Reached(context.Background(), client, callback)
	if err != nil || len(reached) != 1 || reached[0].ExternalID != b.company.RealmID() {
		b.t.Fatalf("reached %v, %v", reached, err)
	}
	access := connectors.Access{Client: client, ExternalID: reached[0].ExternalID, Now: b.clock.Now}
	if b.home, err = b.vendor.Open(access).Profile(context.Background()); err != nil {
		b.t.Fatal(err)
	}
	access.Home = b.home.Home
	b.session = b.vendor.Open(access).(*quickbooks.Session)
	return b
}

// grant refreshes the access token before it expires, by the bench's clock.
type grant struct {
	mu     sync.Mutex
	now    func() time.Time
	config *oauth2.Config
	token  *oauth2.Token
	taken  time.Time
}

// Token is the access token, a new one when the old is 50 minutes old.
func (g *grant) Token(ctx context.Context) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now().Sub(g.taken) < 50*time.Minute {
		return g.token.AccessToken, nil
	}
	fresh, err := g.config.TokenSource(ctx, &oauth2.Token{RefreshToken: g.token.RefreshToken}).Token()
	if err != nil {
		return "", quickbooks.New(quickbooks.Config{}).TokenFailure(err)
	}
	g.token, g.taken = fresh, g.now()
	return g.token.AccessToken, nil
}

// Renew has nothing better than the token that was refused.
func (g *grant) Renew(context.Context, string) (string, error) { return g.token.AccessToken, nil }

func (b *bench) count(c vendorhttp.Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, c)
}

// spent is how many calls were made since it was last asked.
func (b *bench) spent() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.calls)
	b.calls = nil
	return n
}

var hidden = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"`)

// consent submits the consent page's form as a browser without scripts does.
func (b *bench) consent(address string) url.Values {
	b.t.Helper()
	shown, err := http.Get(address)
	if err != nil {
		b.t.Fatal(err)
	}
	text, _ := io.ReadAll(shown.Body)
	_ = shown.Body.Close()
	form := url.Values{"decision": {"allow"}, "choice": {b.company.RealmID()}}
	for _, m := range hidden.FindAllStringSubmatch(string(text), -1) {
		form.Set(m[1], m[2])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(address, form)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = answer.Body.Close()
	location, err := answer.Location()
	if err != nil {
		b.t.Fatal(err)
	}
	return location.Query()
}

// make creates an object as the bookkeeper does and gives its id.
func (b *bench) make(entity, format string, args ...any) string {
	b.t.Helper()
	raw, err := b.company.Create(entity, fmt.Appendf(nil, format, args...))
	if err != nil {
		b.t.Fatalf("create %s: %v", entity, err)
	}
	return idOf(b.t, raw)
}

func idOf(t *testing.T, raw []byte) string {
	t.Helper()
	var o struct{ Id string } //nolint:revive // Intuit's name
	if err := json.Unmarshal(raw, &o); err != nil || o.Id == "" {
		t.Fatalf("no id in %s", raw)
	}
	return o.Id
}

// drain pulls a stream to its end.
func (b *bench) drain(stream string, cursor connectors.Cursor) ([]mapping.Draft, connectors.Cursor) {
	b.t.Helper()
	var all []mapping.Draft
	for range 1000 {
		p, err := b.session.Pull(context.Background(), stream, cursor)
		if err != nil {
			b.t.Fatalf("pull %s: %v", stream, err)
		}
		all, cursor = append(all, p.Drafts...), p.Cursor
		if !p.More {
			return all, cursor
		}
	}
	b.t.Fatalf("pull %s does not end", stream)
	return nil, nil
}

func (b *bench) send(w connectors.Write) connectors.Answer {
	b.t.Helper()
	a, err := b.session.Send(context.Background(), w)
	if err != nil {
		b.t.Fatalf("send %s: %v", w.Op, err)
	}
	return a
}

// field reads one property of an object in the company.
func (b *bench) field(entity, id, name string) string {
	b.t.Helper()
	raw, err := b.company.Read(entity, id)
	if err != nil {
		b.t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var o map[string]any
	if err := decoder.Decode(&o); err != nil {
		b.t.Fatal(err)
	}
	return fmt.Sprint(o[name])
}

// accountNamed is the id of the first account of a type.
func (b *bench) account(kind receivables.AccountType) string {
	b.t.Helper()
	for _, d := range b.accounts() {
		if d.Type == kind {
			return d.ID
		}
	}
	b.t.Fatalf("the company has no %s account", kind)
	return ""
}

func (b *bench) accounts() []receivables.Account {
	b.t.Helper()
	drafts, _ := b.drain("accounts", nil)
	var out []receivables.Account
	for _, d := range drafts {
		out = append(out, accept(b.t, d).Entity.(receivables.Account))
	}
	return out
}

func accept(t *testing.T, d mapping.Draft) mapping.Record {
	t.Helper()
	r := mapping.Accept(d)
	if r.Rejection != nil {
		t.Fatalf("rejected: %s\n%s", r.Rejection.Text, d.Raw)
	}
	return r
}

// recorded is the folder of recorded answers; the test is skipped without it.
func recorded(t *testing.T, parts ...string) string {
	t.Helper()
	root := orText(os.Getenv("TIEOUT_TEST_DATA"), filepath.Join("..", "shared"))
	if !filepath.IsAbs(root) {
		root = filepath.Join("..", "..", root) // relative to the repository's root
	}
	path := filepath.Join(append([]string{root, "specs", "quickbooks"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("recorded data is required: %v", err)
		}
		t.Skipf("no recorded data: %v", err)
	}
	return path
}
