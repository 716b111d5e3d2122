package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tieout/people"
)

// TestConnectionsPage shows each connection's state with the one action that it
// asks for, and nothing to act with to those who may not.
func TestConnectionsPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/connections"), 200, `href="/connections/3/again"`, "Connect again", "Renew the consent", "Resume", "1,580 read", "1 of 3 lists complete",
		"credit notes: 1,500 of 10,000, 150 a second, less than a minute left", "running now", "Connect another")
	b.want(b.get("/connections/1"), 200, "500,000", "498,800", "every hour", "1,234", "customer 34, invoice 1,200", "not ended", "Try again now", "about 56 calls: 1,344 a day, every hour", `/connect/companies?consent=g1`)
	b.want(b.get("/connections/none"), 404)
	viewer := r.as(b, people.Viewer)
	page := viewer.want(viewer.get("/connections/3"), 200, "connect again").body
	if strings.Contains(page, "<form method=\"post\" action=\"/connections") || strings.Contains(page, "/again") {
		t.Errorf("a viewer gets something to act with:\n%s", page)
	}
}

// TestConnectionChanges: what is asked is done and said, what cannot be is said
// in place.
func TestConnectionChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.post("/connections/1/change", "do", "pause"), 303, "/connections/1")
	b.want(b.get("/connections/1"), 200, "Paused: it is not read")
	b.want(b.post("/connections/1/change", "do", "sync", "back", "/connect/book/1/writes"), 303, "/connect/book/1/writes")
	b.want(b.post("/connections/1/change", "do", "sync", "back", "//evil.example"), 303, "/")
	b.want(b.post("/connections/1/change", "do", "schedule", "schedule", "own", "own", "x"), 422, `role="alert"`)
	b.want(b.get("/connections/1/disconnect"), 200, "Take it back first", `/journal/1/undo?scope=book`, "Leave it as it is")
	b.want(b.post("/connections/1/disconnect"), 422, "what is to become of")
	b.want(b.post("/connections/1/disconnect", "keep", "yes"), 303, "/connections/1")
	b.want(b.get("/connections/1"), 200, "One thing is left to do")
}

// TestConsent: a consent is begun by a link of our own, tied to the browser, and
// answered in it alone, once.
func TestConsent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/connect"), 200, "What is asked for, and why", r.server.URL+"/connect/callback", "TIEOUT_XERO_CLIENT_ID", `/connect/companies?consent=g1`)
	b.want(b.get("/connect/quickbooks/begin", "Sec-Fetch-Site", "cross-site"), 303, "/connect")
	if r.sample.begun != "" {
		t.Error("another site's link has begun a consent")
	}
	got := b.want(b.get("/connect/quickbooks/begin"), 303, "https://vendor.example/consent?redirect="+url.QueryEscape(r.server.URL+"/connect/callback"))
	cookie := got.header.Get("Set-Cookie")
	for _, word := range []string{"tieout_consent=", "Path=/;", "HttpOnly", "SameSite=Lax", "Max-Age=1800"} {
		if !strings.Contains(cookie, word) {
			t.Errorf("the cookie %q has no %s", cookie, word)
		}
	}
	other := r.as(b, people.Accountant)
	other.want(other.get("/connect/callback?code=1"), 422, "not asked for here")
	b.want(b.get("/connect/callback?code=1"), 303, "/connect")
	b.want(b.get("/connect"), 200, "Connected: ")
	b.want(b.get("/connect/callback?code=1"), 422, "not asked for here")
	b.get("/connect/quickbooks/begin")
	b.want(b.get("/connect/callback?several=1"), 303, "/connect/companies?consent=g1")
	b.want(b.get("/connect/companies?consent=g1"), 200, "connected already", "disabled")
	b.want(b.get("/connect/companies?consent=other"), 422, "ended")
	b.want(b.post("/connect/companies", "consent", "g1"), 422, "Choose at least one")
	b.want(b.post("/connect/companies", "consent", "g1", "company", "x1"), 303, "/connect")
	b.want(b.get("/connect/xero/begin"), 422, `role="alert"`)
	// Again: the same connection, and back to it.
	b.want(b.get("/connections/1/again"), 303, "https://vendor.example/")
	b.want(b.get("/connect/callback?code=1"), 303, "/connections/1")
	b.want(b.get("/connections/3/again"), 200, "Give Stripe another key")
}

// TestKeys are never shown again, whatever is wrong with them.
func TestKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	for _, page := range []answer{
		b.want(b.post("/connect/stripe/key", "key", "rk_wrong_hush"), 422, `role="alert"`),
		b.want(b.post("/connect/stripe/key", "key", "rk_wrong_hush", "again", "3"), 422, "Give Stripe another key"),
	} {
		if strings.Contains(page.body, "hush") {
			t.Errorf("the key stands on the page:\n%s", page.body)
		}
	}
	b.want(b.post("/connect/stripe/key", "key", "rk_good"), 303, "/connect")
	b.want(b.get("/connect"), 200, "Connected: Shop. Mind.")
	b.want(b.post("/connect/stripe/key", "key", "rk_good", "again", "3"), 303, "/connections/3")
}

// TestBookSetUp goes through the steps, each with what may be wrong.
func TestBookSetUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.post("/connect/book"), 422, "Choose one ledger")
	b.want(b.post("/connect/book", "ledger", "2", "source", "3"), 422, `role="alert"`)
	b.want(b.post("/connect/book", "ledger", "1", "source", "3"), 303, "/connect/book/1/accounts")
	b.want(b.get("/connect/book/2/accounts"), 200, "The first reading is under way")
	b.want(b.get("/connect/book/9/accounts"), 404)
	b.want(b.get("/connect/book/1/accounts"), 200, `name="use:clearing-USD"`, `value="new" selected`, "Only you can say", "Choose…", `name="use:method" value="9"`, "3 payouts, the last of 19 Nov 2026. Its payouts wait until it is chosen.", "Payouts to Visa …4242 (USD)", "its payouts wait for a person")
	b.want(b.post("/connect/book/1/accounts", "use:clearing-USD", "8"), 422, `role="alert"`)
	b.want(b.post("/connect/book/1/accounts", "use:clearing-USD", "new"), 303, "/connect/book/1/cutover")
	b.want(b.get("/connect/book/1/cutover?day=2026-11-01"), 200, "0.05", "missing", "compare again", `name="counter:USD" required`, `<option value="7">`)
	b.want(b.post("/connect/book/1/cutover", "day", "2026-11-01", "digest", "d1", "counter:USD", ""), 422, "does not hold what Stripe held")
	b.want(b.post("/connect/book/1/cutover", "day", "2026-11-01", "digest", "d1", "counter:USD", "7"), 303, "/connect/book/1/writes")
	b.want(b.get("/connect/book/1/cutover?payout=po_1"), 200, "What begins with payout po_1", "3 movements since then", "1 payment since then", `<option value="po_1" selected>`, `name="payout" value="po_1"`)
	b.want(b.post("/connect/book/1/cutover", "payout", "po_1", "digest", "d1"), 303, "/connect/book/1/writes")
	r.sample.cutOver = nil
	b.want(b.get("/connect/book/1/cutover?day=never"), 422, "That is not a day")
	b.want(b.get("/connect/book/1/cutover"), 200, "And 2 more traces", `name="digest" value="d1"`, "taken as Stripe says")
	b.want(b.post("/connect/book/1/cutover", "day", "2026-11-20", "digest", "old"), 422, "Something has changed since this was shown")
	b.want(b.get("/connect/book/1/writes"), 200, "Accounts and first day come first")
	b.want(b.post("/connect/book/1/cutover", "day", "2026-11-20", "digest", "d1"), 303, "/connect/book/1/writes")
	r.sample.busy = true
	b.want(b.get("/connect/book/1/writes", fragmentHeader, "first"), 200, "Being worked out")
	r.sample.busy = false
	b.want(b.get("/connect/book/1/writes"), 200, "1,201 writes, nothing has been written yet", "The first 1 of 1,201")
	b.want(b.post("/connect/book/1/writes", "on", "yes", "digest", "old"), 422, "Something has changed")
	b.want(b.post("/connect/book/1/writes", "on", "yes", "digest", "four"), 422, "A second person has to approve")
	b.want(b.post("/connect/book/1/writes", "on", "yes", "digest", "d2"), 303, "/")
	b.want(b.get("/connect/book/1/writes"), 200, "Writing is switched on")
	b.want(b.post("/connect/book/1/writes", "on", "no"), 303, "/connect/book/1/writes")
}

// TestReading says how far a reading is, and no more than is known.
func TestReading(t *testing.T) {
	t.Parallel()
	l := List{Seen: 600, Total: 12_600, Began: start, Moved: start.Add(10 * time.Second)}
	if l.PerSecond() != 60 || l.Left() != "about 3 min" || l.Share() != 47 {
		t.Errorf("%d a second, %q left, %d per mille", l.PerSecond(), l.Left(), l.Share())
	}
	for _, unknown := range []List{{Seen: 5}, {Seen: 5, Total: 9, Began: start, Moved: start}, {Seen: 9, Total: 5, Began: start, Moved: start.Add(time.Second)}} {
		if unknown.Left() != "" {
			t.Errorf("%+v: %q", unknown, unknown.Left())
		}
	}
	if got := (List{Done: true}).Share(); got != 1000 {
		t.Errorf("a list that was read is %d", got)
	}
}

// TestBrokenInTheHeader: a connection that waits is one click from every page.
func TestBrokenInTheHeader(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	r.sample.broken = []BrokenConnection{{ID: "3", Name: evil}}
	b.want(b.get("/clients"), http.StatusOK, "connect again")
	viewer := r.as(b, people.Viewer)
	for _, path := range []string{"/", "/receivables", "/proof/1", "/decisions"} {
		b.want(b.get(path), http.StatusOK, `href="/connections/3/again"`)
		if got := viewer.want(viewer.get(path), http.StatusOK, "connect again"); strings.Contains(got.body, "/connections/3/again\">connect again") {
			t.Errorf("%s offers a viewer what it refuses", path)
		}
	}
}
