package faults_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tieout/sandbox/faults"
)

// vendor counts what it did, and has words of its own.
type vendor struct {
	writes  atomic.Int64
	revoked atomic.Bool
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if v.revoked.Load() {
		http.Error(w, "revoked", http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodPost {
		v.writes.Add(1)
	}
	_, _ = fmt.Fprintf(w, "writes=%d", v.writes.Load())
}

func (v *vendor) RenderFault(w http.ResponseWriter, _ *http.Request, status int, code string) {
	http.Error(w, "own words "+code, status)
}

func (v *vendor) RevokeOf(*http.Request) bool {
	v.revoked.Store(true)
	return true
}

type rig struct {
	t      *testing.T
	vendor *vendor
	*faults.Injector
	url    string
	waited time.Duration
}

func newRig(t *testing.T, rules ...faults.Rule) *rig {
	t.Helper()
	r := &rig{t: t, vendor: &vendor{}}
	r.Injector = faults.New(r.vendor, faults.Options{Seed: 7, Wait: func(_ context.Context, d time.Duration) { r.waited += d }})
	for _, rule := range rules {
		if _, err := r.Add(rule); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(r.Injector)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// ask returns status and body, or "cut" when there was no whole answer.
func (r *rig) ask(method, path string) string {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(""))
	if err != nil {
		r.t.Fatal(err)
	}
	// A transport of its own: a cut connection must not be retried in silence.
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return "cut"
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Sprintf("%d %s cut", res.StatusCode, body)
	}
	return fmt.Sprintf("%d %s", res.StatusCode, strings.TrimSpace(string(body)))
}

func (r *rig) expect(method, path, want string) {
	r.t.Helper()
	if got := r.ask(method, path); got != want {
		r.t.Errorf("%s %s: %q, want %q", method, path, got, want)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule         faults.Rule
		first        string
		after        string // of a read that follows
		writes       int64
		waitedMillis int64
	}{
		{faults.Rule{Kind: faults.Latency, Millis: 1500}, "200 writes=1", "200 writes=1", 1, 1500},
		{faults.Rule{Kind: faults.Slow, Millis: 700}, "200 writes=1", "200 writes=1", 1, 700},
		{faults.Rule{Kind: faults.Status, Status: 503, Code: "x"}, "503 own words x", "200 writes=0", 0, 0},
		{faults.Rule{Kind: faults.Cut}, "cut", "200 writes=0", 0, 0},
		{faults.Rule{Kind: faults.Truncate}, "200 writ cut", "200 writes=1", 1, 0},
		{faults.Rule{Kind: faults.Commit, Millis: 50}, "cut", "200 writes=1", 1, 50},
		{faults.Rule{Kind: faults.Revoke}, "401 revoked", "401 revoked", 0, 0},
	} {
		t.Run(c.rule.Kind, func(t *testing.T) {
			t.Parallel()
			c.rule.Times = 1
			r := newRig(t, c.rule)
			r.expect("POST", "/a", c.first)
			r.expect("GET", "/a", c.after)
			if n := r.vendor.writes.Load(); n != c.writes {
				t.Errorf("%d writes, want %d", n, c.writes)
			}
			if r.waited != time.Duration(c.waitedMillis)*time.Millisecond {
				t.Errorf("waited %s", r.waited)
			}
			if left := r.Rules(); len(left) != 0 {
				t.Errorf("rules left: %+v", left)
			}
		})
	}
}

func TestMatching(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule  faults.Rule
		asked string
		want  bool
	}{
		{faults.Rule{}, "GET /v3/company/1/invoice", true},
		{faults.Rule{Method: "post"}, "GET /v3", false},
		{faults.Rule{Method: "post"}, "POST /v3", true},
		{faults.Rule{Path: "/v3/*/invoice"}, "POST /v3/company/1/invoice", true},
		{faults.Rule{Path: "/v3/*/invoice"}, "POST /v3/company/1/invoice/7", false},
		{faults.Rule{Path: "/v3/*/invoice*"}, "GET /v3/company/1/invoice/7?x=1", true},
		{faults.Rule{Path: "*?query=*from Invoice*"}, "GET /v3/1/query?query=select+*+from+Invoice", true},
		{faults.Rule{Path: "*?query=*from Invoice*"}, "GET /v3/1/query?query=select%20*%20from%20Payment", false},
		{faults.Rule{Path: "/v3"}, "GET /v3/", false},
	} {
		c.rule.Kind, c.rule.Status = faults.Status, 500
		r := newRig(t, c.rule)
		method, path, _ := strings.Cut(c.asked, " ")
		if got := strings.HasPrefix(r.ask(method, path), "500"); got != c.want {
			t.Errorf("%+v on %s: struck %t", c.rule, c.asked, got)
		}
	}
}

func TestSkipTimesAndRemoval(t *testing.T) {
	t.Parallel()
	r := newRig(t, faults.Rule{Kind: faults.Status, Status: 429, Skip: 1, Times: 2})
	for _, want := range []string{"200 writes=0", "429 own words", "429 own words", "200 writes=0"} {
		r.expect("GET", "/", want)
	}
	added, err := r.Add(faults.Rule{Kind: faults.Cut})
	if err != nil {
		t.Fatal(err)
	}
	r.expect("GET", "/", "cut")
	if rules := r.Rules(); len(rules) != 1 || rules[0].Struck != 1 || rules[0].ID != added.ID {
		t.Errorf("rules %+v", rules)
	}
	if r.Remove(added.ID) != 1 || r.Remove("") != 0 {
		t.Error("one rule was there to remove")
	}
	r.expect("GET", "/", "200 writes=0")
}

func TestChanceIsSeeded(t *testing.T) {
	t.Parallel()
	run := func() (out string) {
		r := newRig(t, faults.Rule{Kind: faults.Status, Status: 500, Percent: 50})
		for range 40 {
			out += r.ask("GET", "/")[:1]
		}
		return out
	}
	one, two := run(), run()
	if one != two || !strings.Contains(one, "2") || !strings.Contains(one, "5") {
		t.Errorf("%s and %s", one, two)
	}
}

func TestStaleReadsAreBehind(t *testing.T) {
	t.Parallel()
	r := newRig(t, faults.Rule{Kind: faults.Stale, Writes: 1})
	for _, step := range []struct{ method, want string }{
		{"GET", "200 writes=0"},
		{"POST", "200 writes=1"},
		{"GET", "200 writes=0"},
		{"GET", "200 writes=0"},
		{"POST", "200 writes=2"},
		{"GET", "200 writes=1"},
	} {
		r.expect(step.method, "/list", step.want)
	}
	r.expect("GET", "/never-asked", "200 writes=2")
	r.Remove("")
	r.expect("GET", "/list", "200 writes=2")
}

func TestBadRules(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, bad := range []faults.Rule{
		{Kind: "explode"},
		{Kind: faults.Status},
		{Kind: faults.Status, Status: 200},
		{Kind: faults.Cut, Times: -1},
		{Kind: faults.Cut, Percent: 101},
	} {
		if _, err := r.Add(bad); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	plain := faults.New(http.NotFoundHandler(), faults.Options{})
	if _, err := plain.Add(faults.Rule{Kind: faults.Revoke}); err == nil {
		t.Error("a vendor without tokens has none to revoke")
	}
}
