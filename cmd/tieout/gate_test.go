package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tieout/web"
)

// gate is the running program with somebody signed in.
type gate struct {
	*testing.T
	base string
	// owner is signed in and has every permission, nobody is not.
	owner, nobody *http.Client
}

// newGate starts `tieout serve` on an empty installation and sets it up.
func newGate(t *testing.T) *gate {
	t.Helper()
	m := newMachine(t, nil)
	m.env = append(m.env, "TIEOUT_STRIPE_WEBHOOK_SECRET=whsec_gate", "TIEOUT_XERO_WEBHOOK_KEY=gate", "TIEOUT_QUICKBOOKS_WEBHOOK_VERIFIER=gate")
	process := m.command(t, "serve", "--listen", "127.0.0.1:0")
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
	g := &gate{T: t}
	var token string
	for lines := bufio.NewScanner(out); g.base == "" && lines.Scan(); {
		if _, after, ok := strings.Cut(lines.Text(), "/setup?token="); ok {
			token = after
		}
		if after, ok := strings.CutPrefix(lines.Text(), "The pages are at "); ok {
			g.base = strings.TrimSpace(after)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if g.base == "" || token == "" {
		t.Fatal("serve does not say where its pages are")
	}
	g.setUp(token)
	return g
}

// setUp makes the first person, who is signed in from then on.
func (g *gate) setUp(token string) {
	g.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		g.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	g.owner, g.nobody = &http.Client{Jar: jar, CheckRedirect: stay}, &http.Client{CheckRedirect: stay}
	first := g.send(g.owner, http.MethodPost, "/setup", url.Values{
		"token": {token}, "name": {probe}, "email": {"ada@example.com"}, "password": {"a long enough sentence"},
		"organisation": {probe}, "zone": {"UTC"}, "home": {"USD"},
	}, nil)
	if first.code != http.StatusSeeOther {
		g.Fatalf("set-up answered %d: %s", first.code, first.body)
	}
}

// probe is what a page must never show as it came, and no spreadsheet or
// database may take for more than a text.
const probe = `=1+1'"><script>alert(1)</script>{{7*7}}`

// heard is an answer.
type heard struct {
	code   int
	header http.Header
	body   string
}

func (g *gate) send(c *http.Client, method, path string, form url.Values, header map[string]string) heard {
	g.Helper()
	r, err := http.NewRequestWithContext(g.Context(), method, g.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		g.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := c.Do(r)
	if err != nil {
		g.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	const enough = 1 << 20
	body, err := io.ReadAll(io.LimitReader(answer.Body, enough))
	if err != nil {
		g.Fatalf("%s %s: %v", method, path, err)
	}
	got := heard{answer.StatusCode, answer.Header, string(body)}
	g.sound(method+" "+path, got)
	return got
}

// formula is the probe at the beginning of a cell, as a spreadsheet reads it.
var formula = regexp.MustCompile(`(?m)(^|,)"?=1\+1`)

// runs says whether something in an answer would be run by whoever opens it. A
// table is a file to keep, whose cells are texts; markup means nothing in it.
func (h heard) runs() bool {
	table := strings.HasPrefix(h.header.Get("Content-Type"), "text/csv") && strings.HasPrefix(h.header.Get("Content-Disposition"), "attachment") &&
		h.header.Get("X-Content-Type-Options") == "nosniff"
	if table {
		return formula.MatchString(h.body)
	}
	return strings.Contains(h.body, "<script>alert") || strings.Contains(h.body, `=1+1'"><script>alert(1)</script>49`)
}

var inner = regexp.MustCompile(`(?i)goroutine \d|runtime error|SQLSTATE|sqlite|pq: |syntax error|\.go:\d+|root:x:0`)

// sound is what holds of every answer: it is guarded, sets no careless cookie,
// leads nowhere else, fails in no way of its own and shows nothing of its
// inside.
func (g *gate) sound(what string, got heard) {
	g.Helper()
	if got.code >= 500 {
		g.Errorf("%s answered %d: %.200s", what, got.code, got.body)
	}
	if found := inner.FindString(got.body); found != "" {
		g.Errorf("%s shows its inside: %q", what, found)
	}
	if got.header.Get("X-Injected") != "" || got.runs() {
		g.Errorf("%s lets something in", what)
	}
	if to := got.header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsRune(to, '\\')) {
		g.Errorf("%s leads to %q", what, to)
	}
	for _, c := range (&http.Response{Header: got.header}).Cookies() {
		if !c.HttpOnly || c.SameSite == http.SameSiteDefaultMode || c.SameSite == http.SameSiteNoneMode || c.Path != "/" {
			g.Errorf("%s sets the cookie %s", what, c)
		}
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "o",
	} {
		if !strings.Contains(got.header.Get(name), want) && got.code != http.StatusBadRequest {
			g.Errorf("%s: %s is %q", what, name, got.header.Get(name))
		}
	}
	if kept := got.header.Get("Cache-Control"); !strings.Contains(kept, "no-store") && !strings.Contains(what, "/assets/") && !strings.HasSuffix(what, ".css") {
		g.Errorf("%s may be kept: %q", what, kept)
	}
	if got.header.Get("Server") != "" || got.header.Get("X-Powered-By") != "" || got.header.Get("Access-Control-Allow-Origin") != "" {
		g.Errorf("%s says too much: %v", what, got.header)
	}
}

// doors are all addresses of the running program: the table of pages, and what
// stands outside of it.
func doors() []web.Route {
	return append(web.Routes(), web.Route{Method: http.MethodGet, Pattern: "/healthz"}, web.Route{Method: http.MethodPost, Pattern: "/hooks/stripe"},
		web.Route{Method: http.MethodPost, Pattern: "/hooks/xero"}, web.Route{Method: http.MethodPost, Pattern: "/hooks/quickbooks"})
}

// with is a pattern with a text in its wildcards.
func with(pattern, text string) string {
	pattern = strings.ReplaceAll(pattern, "{$}", "")
	return regexp.MustCompile(`\{[^}]*\}`).ReplaceAllLiteralString(pattern, url.PathEscape(text))
}

// leaves says that a route ends the session or never ends itself.
func leaves(pattern string) bool {
	return slices.Contains([]string{"/logout", "/account/everywhere", "/events"}, pattern)
}

// TestSecurityGate goes through every address of the running program with what
// attackers and the vendors' reviewers send (Intuit's security requirements;
// OWASP ASVS 5.0, chapters V1 to V4).
func TestSecurityGate(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	if len(doors()) < 30 {
		t.Fatalf("only %d addresses", len(doors()))
	}
	for _, d := range doors() {
		g.methods(d)
		g.forged(d)
		if d.Method == http.MethodGet {
			g.injected(d)
		} else {
			g.posted(d)
		}
	}
	g.programs()
	g.outsized()
	if got := g.send(g.owner, http.MethodGet, "/settings", nil, nil); got.code != http.StatusOK {
		g.Errorf("the owner is no longer signed in: %d", got.code)
	}
}

// methods asks in every way but the one that there is.
func (g *gate) methods(d web.Route) {
	g.Helper()
	path := with(d.Pattern, "1")
	for _, method := range []string{http.MethodTrace, "TRACK", http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "PROPFIND"} {
		for _, c := range []*http.Client{g.nobody, g.owner} {
			got := g.send(c, method, path, nil, map[string]string{"X-Canary": "hush"})
			if got.code != http.StatusMethodNotAllowed && got.code != http.StatusNotFound && got.code != http.StatusForbidden || strings.Contains(got.body, "hush") {
				g.Errorf("%s %s answered %d", method, path, got.code)
			}
		}
	}
}

// forged sends what another site would make a browser send.
func (g *gate) forged(d web.Route) {
	g.Helper()
	if d.Method != http.MethodPost || strings.HasPrefix(d.Pattern, "/hooks/") || leaves(d.Pattern) {
		return
	}
	for _, header := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "", "Origin": "https://evil.example"}, {"Sec-Fetch-Site": "", "Origin": "null"},
	} {
		if got := g.send(g.owner, d.Method, with(d.Pattern, "1"), url.Values{"name": {"Eve"}}, header); got.code != http.StatusForbidden {
			g.Errorf("%s from another site (%v) answered %d", d.Pattern, header, got.code)
		}
	}
}

// strange are texts that mean something to what stands behind a page.
func strange() []string {
	return []string{
		probe, `' or '1'='1`, `1; drop table tenant; --`, `") or 1=1 --`, "%0d%0aX-Injected: 1", "\r\nX-Injected: 1", "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd",
		"\x00", "%00", "\xff\xfe", strings.Repeat("9", 400), `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`, "${jndi:ldap://x}", "-1", "NaN", "\u202e",
	}
}

// injected puts strange texts into every place of an address.
func (g *gate) injected(d web.Route) {
	g.Helper()
	if leaves(d.Pattern) {
		return
	}
	for _, text := range strange() {
		query := url.Values{}
		for _, name := range []string{"q", "next", "token", "sort", "after", "before", "from", "to", "kind", "book", "state", "currency", "year", "month", "known", "customer", "page", "limit", "as_of"} {
			query.Set(name, text)
		}
		for _, c := range []*http.Client{g.owner, g.nobody} {
			g.send(c, d.Method, with(d.Pattern, text)+"?"+query.Encode(), nil, map[string]string{
				"X-Forwarded-Host": "evil.example", "Accept-Language": strings.Map(printable, text),
			})
		}
	}
	for _, to := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "/%09/evil.example", "javascript:alert(1)"} {
		g.send(g.owner, d.Method, with(d.Pattern, "1")+"?"+url.Values{"next": {to}, "return": {to}, "url": {to}, "redirect": {to}}.Encode(), nil, nil)
	}
}

// posted puts strange texts into every field.
func (g *gate) posted(d web.Route) {
	g.Helper()
	if leaves(d.Pattern) || strings.HasPrefix(d.Pattern, "/hooks/") {
		return
	}
	for _, text := range strange() {
		form := url.Values{}
		for _, name := range []string{
			"token", "name", "email", "code", "organisation", "zone", "home", "next", "role", "person", "theme", "appearance", "id", "reason", "confirm", "digest", "from", "to", "tenant", "query", "shared", "scopes", "days",
		} {
			form.Set(name, text)
		}
		g.send(g.nobody, d.Method, with(d.Pattern, text), form, nil)
		if d.Pattern != "/login" { // too many wrong passwords lock a person out: see the tests of people
			g.send(g.owner, d.Method, with(d.Pattern, text), form, nil)
		}
	}
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}

// refusesLong fails where an address takes a form of three megabytes.
func (g *gate) refusesLong(field string, paths []string) {
	g.Helper()
	long := field + "=" + strings.Repeat("a", 3<<20)
	for _, path := range paths {
		r, err := http.NewRequestWithContext(g.Context(), http.MethodPost, g.base+path, strings.NewReader(long))
		if err != nil {
			g.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := g.nobody.Do(r)
		if err != nil {
			continue // cut off in the middle
		}
		_ = answer.Body.Close()
		if answer.StatusCode < 400 || answer.StatusCode >= 500 {
			g.Errorf("%s with three megabytes answered %d", path, answer.StatusCode)
		}
	}
}

// outsized sends more than anybody needs.
func (g *gate) outsized() {
	g.Helper()
	g.refusesLong("name", []string{"/login", "/setup", "/hooks/stripe"})
	r, err := http.NewRequestWithContext(g.Context(), http.MethodGet, g.base+"/login", nil)
	if err != nil {
		g.Fatal(err)
	}
	r.Header.Set("X-Long", strings.Repeat("a", 3<<20))
	if answer, err := g.nobody.Do(r); err == nil {
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			g.Errorf("a header of three megabytes: %d", answer.StatusCode)
		}
	}
}
