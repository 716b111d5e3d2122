package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// outside is the running program with a public https address, as whoever is not
// signed in finds it, behind a proxy that has taken the TLS off.
type outside struct {
	*gate
	metrics string
}

func newOutside(t *testing.T) outside {
	t.Helper()
	m := newMachine(t, nil)
	m.env = append(m.env, "TIEOUT_STRIPE_WEBHOOK_SECRET=whsec_gate", "TIEOUT_XERO_WEBHOOK_KEY=gate", "TIEOUT_QUICKBOOKS_WEBHOOK_VERIFIER=gate", "TIEOUT_PUBLIC_URL=https://books.example")
	process := m.command(t, "serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0")
	out, err := process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Signal(syscall.SIGTERM)
		_ = process.Wait()
	})
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	o := outside{gate: &gate{T: t, nobody: &http.Client{CheckRedirect: stay}}}
	var token string
	for lines := bufio.NewScanner(out); o.metrics == "" && lines.Scan(); {
		line := lines.Text()
		if _, after, ok := strings.Cut(line, "/setup?token="); ok {
			token = after
		}
		if _, after, ok := strings.Cut(line, "are taken at "); ok {
			o.base = strings.TrimSuffix(strings.TrimSpace(after), "/hooks/VENDOR")
		}
		if after, ok := strings.CutPrefix(line, "Metrics are at "); ok {
			o.metrics = strings.TrimSpace(after)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if o.base == "" || o.metrics == "" || token == "" {
		t.Fatal("serve does not say where it is")
	}
	first := o.send(o.nobody, http.MethodPost, "/setup", url.Values{
		"token": {token}, "name": {secretName}, "email": {"ada@example.com"}, "password": {"a long enough sentence"},
		"organisation": {secretName}, "zone": {"UTC"}, "home": {"USD"},
	}, nil)
	if first.code != http.StatusSeeOther {
		t.Fatalf("set-up answered %d: %s", first.code, first.body)
	}
	return o
}

// secretName is what nobody outside may read anywhere.
const secretName = "Quixotic Velvet Ltd"

// open are the addresses that need no log-in.
func open() []string {
	return []string{
		"/p/nobodyknowsthistoken", "/p/pay.css", "/x/nobodyknowsthistoken?invoiceNo=INV-1&currency=USD&amountDue=5.00&shortCode=abc",
		"/hooks/stripe", "/hooks/xero", "/hooks/quickbooks", "/hooks/nobody", "/assets/tieout.css", "/assets/nothing.js", "/healthz", "/metrics", "/login", "/feeds/nobodyknowsthistoken",
	}
}

// TestOpenDoors goes through what stands open to everybody, once an https
// address is public: guarded headers everywhere, no method that is not needed,
// no body without bound, nothing of the installation, and the same words
// whether something exists or not.
func TestOpenDoors(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	for _, path := range open() {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodTrace, http.MethodHead} {
			got := o.send(o.nobody, method, path, url.Values{"name": {"x"}}, map[string]string{"X-Canary": "hush"})
			o.guarded(method+" "+path, got)
			if method != http.MethodGet && method != http.MethodHead && method != http.MethodPost && got.code < http.StatusBadRequest {
				t.Errorf("%s %s answered %d", method, path, got.code)
			}
		}
	}
	o.sameForAll()
	o.boundedBodies()
	o.cookies()
	o.figures()
}

// guarded is what holds of every answer to somebody outside.
func (o outside) guarded(what string, got heard) {
	o.Helper()
	h := got.header
	if !strings.HasPrefix(h.Get("Strict-Transport-Security"), "max-age=") {
		o.Errorf("%s: a browser is not told to keep to https", what)
	}
	if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Frame-Options") != "DENY" {
		o.Errorf("%s is not guarded: %v", what, h)
	}
	if strings.Contains(got.body, "hush") || strings.Contains(got.body, secretName) || strings.Contains(got.body, "ada@") {
		o.Errorf("%s tells what it should not: %.200s", what, got.body)
	}
}

// sameForAll: an answer must not tell which tokens, addresses or companies
// there are.
func (o outside) sameForAll() {
	o.Helper()
	for _, family := range []struct {
		pattern string
		with    []string
	}{
		{"/p/%s", []string{"nobodyknowsthistoken", strings.Repeat("A", 43), "x", url.PathEscape(probe), strings.Repeat("9", 400)}},
		{"/x/%s", []string{"nobodyknowsthistoken", strings.Repeat("A", 43), "x", url.PathEscape(probe)}},
	} {
		want := heard{}
		for i, token := range family.with {
			got := o.send(o.nobody, http.MethodGet, fmt.Sprintf(family.pattern, token), nil, nil)
			got.body = strings.ReplaceAll(got.body, token, "TOKEN")
			if i == 0 {
				want = got
			}
			if got.code != want.code || got.body != want.body || got.code < http.StatusBadRequest {
				o.Errorf(family.pattern+" answers %d, another token %d", token, got.code, want.code)
			}
		}
	}
	for path, bodies := range map[string][]string{
		"/hooks/stripe":     {`{"id":"evt_1","account":"acct_1"}`, `{`, ``},
		"/hooks/quickbooks": {`{"eventNotifications":[{"realmId":"1"}]}`, `[`, ``},
		"/hooks/xero":       {`{"events":[{"tenantId":"1"}]}`, `{`, ``},
	} {
		for _, body := range bodies {
			r, err := http.NewRequestWithContext(o.Context(), http.MethodPost, o.base+path, strings.NewReader(body))
			if err != nil {
				o.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			answer, err := o.nobody.Do(r)
			if err != nil {
				o.Fatal(err)
			}
			said, _ := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode < 400 || answer.StatusCode >= 500 || len(said) > 0 {
				o.Errorf("%s, unsigned, answered %d %q", path, answer.StatusCode, said)
			}
		}
	}
	var words []string
	for _, email := range []string{"ada@example.com", "nobody@example.com", strings.Repeat("x", 300)} {
		got := o.send(o.nobody, http.MethodPost, "/login", url.Values{"email": {email}, "password": {"wrong"}}, nil)
		words = append(words, fmt.Sprint(got.code, strings.ReplaceAll(got.body, email, "")))
	}
	if words[0] != words[1] {
		o.Error("a log-in tells whether an address is known")
	}
}

func (o outside) boundedBodies() {
	o.Helper()
	o.refusesLong("amount", open())
}

// cookies: the session's cookie is the site's own and travels by TLS alone, and
// the one that a browser brings to a log-in is not the one that it leaves with.
func (o outside) cookies() {
	o.Helper()
	const brought = "brought-by-somebody-else-0123456789abcdefghij"
	got := o.send(o.nobody, http.MethodPost, "/login", url.Values{"email": {"ada@example.com"}, "password": {"a long enough sentence"}}, map[string]string{"Cookie": "__Host-tieout=" + brought})
	if got.code != http.StatusSeeOther {
		o.Fatalf("the log-in answered %d", got.code)
	}
	found := slices.IndexFunc((&http.Response{Header: got.header}).Cookies(), func(c *http.Cookie) bool { return c.Name == "__Host-tieout" })
	if found < 0 {
		o.Fatalf("no cookie of the site's own: %v", got.header.Values("Set-Cookie"))
	}
	c := (&http.Response{Header: got.header}).Cookies()[found]
	if !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.Value == brought || len(c.Value) < 32 {
		o.Errorf("the cookie is %s", c)
	}
	for value, want := range map[string]int{brought: http.StatusSeeOther, c.Value: http.StatusOK} {
		if got := o.send(o.nobody, http.MethodGet, "/account", nil, map[string]string{"Cookie": "__Host-tieout=" + value}); got.code != want {
			o.Errorf("with the cookie %q /account answers %d, want %d", value, got.code, want)
		}
	}
}

// figures: they stand on an address of their own and name nobody.
func (o outside) figures() {
	o.Helper()
	if got := o.send(o.nobody, http.MethodGet, "/metrics", nil, nil); strings.Contains(got.body, "tieout_") {
		o.Error("the figures stand among the pages")
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodTrace} {
		r, err := http.NewRequestWithContext(o.Context(), method, o.metrics, nil)
		if err != nil {
			o.Fatal(err)
		}
		answer, err := o.nobody.Do(r)
		if err != nil {
			o.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusMethodNotAllowed {
			o.Errorf("%s /metrics answered %d", method, answer.StatusCode)
		}
	}
	answer, err := o.nobody.Get(o.metrics)
	if err != nil {
		o.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(text), "tieout_") {
		o.Fatalf("figures: %d, %v", answer.StatusCode, err)
	}
	if strings.Contains(string(text), secretName) || strings.Contains(string(text), "ada@") {
		o.Error("the figures name somebody")
	}
}
