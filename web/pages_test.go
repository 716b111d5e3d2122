package web

import (
	"bufio"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// TestHostileNames: what a customer or vendor calls itself is text, wherever it
// stands, on every page.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.post("/account/profile", "name", evil, "theme", "dark"), 303)
	b.want(b.post("/settings/organisation", "organisation", evil, "zone", "UTC", "home", "USD"), 303)
	for _, route := range Routes() {
		if route.Method != http.MethodGet || route.Pattern == "/events" {
			continue
		}
		got := b.get(filled(route.Pattern) + "?q=" + "%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
		if strings.HasPrefix(got.header.Get("Content-Type"), "text/csv") {
			if !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
				t.Errorf("%s is a file that a browser would show", route.Pattern)
			}
			continue
		}
		if strings.Contains(got.body, "<script>") || strings.Contains(got.body, "<img") {
			t.Errorf("%s: a name got into the page as markup:\n%s", route.Pattern, got.body)
		}
		if strings.Contains(got.body, " style=") || strings.Contains(got.body, "<style") || strings.Contains(got.body, " onclick") {
			t.Errorf("%s has style or script of its own, which the policy refuses", route.Pattern)
		}
		if strings.Contains(got.body, "ZgotmplZ") || strings.Contains(got.body, "&lt;no value") || strings.Contains(got.body, "%!") {
			t.Errorf("%s has a hole:\n%s", route.Pattern, got.body)
		}
	}
	if page := b.get("/").body; !strings.Contains(page, "&lt;script&gt;") || !strings.Contains(page, `data-theme="dark"`) {
		t.Errorf("the page is\n%s", page)
	}
}

// TestFigures: amounts are read by people and by programs, and a loss or a debt
// shows in more than a colour.
func TestFigures(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/"), 200, `<data class="amount" value="154.05">154.05</data>`, `<data class="amount" value="1234567">1,234,567</data>`,
		"\u22120.01", `class="overdue"`, "12 invoices<", "1 invoice<", "9 comparisons, 1 open", "being matched")
}

// TestEmptyInstallation says what to do next.
func TestEmptyInstallation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	r.sample.empty = true
	b.want(b.get("/"), 200, "Nothing is connected yet", `href="/connect"`, "No customer owes anything", "No payment yet today")
}

// TestInsideIsNotShown: what went wrong inside is logged under a reference, and
// not shown.
func TestInsideIsNotShown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	var logged string
	r.site.Log = func(reference string, err error) { logged = reference + " " + err.Error() }
	r.sample.err = errors.New("dial postgres://user:hush@host")
	page := b.want(b.get("/"), 500, "Something went wrong")
	if strings.Contains(page.body, "hush") || !strings.Contains(logged, "hush") || !strings.Contains(page.body, strings.Fields(logged)[0]) {
		t.Errorf("logged %q, shown\n%s", logged, page.body)
	}
	if health := b.get("/healthz"); health.code != 503 || strings.Contains(health.body, "hush") {
		t.Errorf("healthz: %d %s", health.code, health.body)
	}
}

// TestFragments: the script gets the one element that it asks for, and whole
// pages where there is none of that name.
func TestFragments(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	part := b.want(b.get("/", fragmentHeader, "ageing"), 200)
	if !strings.HasPrefix(part.body, `<section id="ageing"`) || part.header.Get(fragmentHeader) != "ageing" || strings.Contains(part.body, "<nav") {
		t.Errorf("the fragment is\n%s", part.body)
	}
	b.want(b.get("/", fragmentHeader, "freshness"), 200, `<p class="fresh"`)
	// What stands around a page needs nothing of the page, whose own reading may
	// take long, or may be what has changed the freshness.
	b.want(b.get("/journal/1/undo?scope=document&id=1", fragmentHeader, "freshness"), 200, `<p class="fresh"`)
	if whole := b.want(b.get("/", fragmentHeader, "moon"), 200, "<nav"); whole.header.Get(fragmentHeader) != "" {
		t.Error("a whole page calls itself a fragment")
	}
	nobody := r.browser()
	nobody.want(nobody.get("/", fragmentHeader, "ageing"), 401)
}

// TestLargeForm: a form that is larger than any page takes is not taken for an
// empty one.
func TestLargeForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.post("/account/profile", "name", strings.Repeat("x", maxForm)), 413, "That was too much")
	b.want(b.get("/account"), 200)
}

// TestLive: a page hears the present versions first, then each change, and at
// last that the server goes away.
func TestLive(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.server.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	if kind := got.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("the stream is %q", kind)
	}
	lines := bufio.NewScanner(got.Body)
	next := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		return "end"
	}
	if first := next(); first != `{"connections":"c0","books":"b0"}` {
		t.Errorf("first %s", first)
	}
	r.sample.change(Versions{Connections: "c1", Books: "b0"})
	for at := next(); at != `{"connections":"c1","books":"b0"}`; at = next() {
		if at != `{"connections":"c0","books":"b0"}` {
			t.Fatalf("then %s", at)
		}
	}
	r.site.Close()
	if end := next(); end != "end" {
		t.Errorf("after the end: %s", end)
	}
	nobody := r.browser()
	nobody.want(nobody.get("/events"), 401)
}
