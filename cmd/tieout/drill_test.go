package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tieout/internal/clock"
)

// clockFile names a file with how far the program's clock is off: a test moves
// the clock of processes that run with it. No process may move the machine's.
const clockFile = "CLOCK_FILE"

// movable is the machine's clock, off by what a file says at each look.
type movable string

// Now is the time by this clock.
func (m movable) Now() time.Time {
	now := clock.System{}.Now()
	if m == "" {
		return now
	}
	text, err := os.ReadFile(string(m))
	if err != nil {
		return now
	}
	off, err := time.ParseDuration(string(text))
	if err != nil {
		return now
	}
	return now.Add(off)
}

// clocked gives the machine's processes a clock that moves by hand, at
// midday: no test is to run into another day by chance.
func (m *machine) clocked(t *testing.T) {
	t.Helper()
	now := clock.System{}.Now()
	m.clock = movable(filepath.Join(m.dir, "clock"))
	m.env = append(m.env, clockFile+"="+string(m.clock))
	m.move(t, now.Truncate(24*time.Hour).Add(12*time.Hour).Sub(now))
}

// move moves the clock by d, also while processes run.
func (m *machine) move(t *testing.T, d time.Duration) {
	t.Helper()
	m.off += d
	// Written beside and renamed: nobody reads half a number.
	fresh := string(m.clock) + ".new"
	if err := os.WriteFile(fresh, []byte(m.off.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, string(m.clock)); err != nil {
		t.Fatal(err)
	}
}

// wire stands between the program and the vendors. Every call passes a gate
// before the vendor gets it, and another before the program gets the answer.
type wire struct {
	mu   sync.Mutex
	gate func(call) bool
}

// call is one of the program's.
type call struct {
	*http.Request
	// done says that the vendor has answered already.
	done bool
}

// pass says whether the call goes on. The gates are passed one at a time.
func (w *wire) pass(c call) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gate == nil || w.gate(c)
}

// set changes what happens at the gates.
func (w *wire) set(gate func(call) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gate = gate
}

// to is the wire's end for one vendor. What the vendor has got it does, also
// when the caller is not there any more.
func (w *wire) to(t *testing.T, vendor string) string {
	t.Helper()
	at, err := url.Parse(vendor)
	if err != nil {
		t.Fatal(err)
	}
	direct := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !w.pass(call{Request: r}) {
			panic(http.ErrAbortHandler)
		}
		on := r.Clone(t.Context())
		on.URL.Scheme, on.URL.Host, on.Host, on.RequestURI, on.Body = at.Scheme, at.Host, at.Host, "", io.NopCloser(bytes.NewReader(body))
		answer, err := direct.Do(on)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		said, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || !w.pass(call{r, true}) {
			panic(http.ErrAbortHandler)
		}
		maps.Copy(out.Header(), answer.Header)
		out.WriteHeader(answer.StatusCode)
		_, _ = out.Write(said)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// drill is a book whose every process is its own, whose calls to the vendors
// pass a wire, and whose clock is moved by hand, for the vendors too.
type drill struct {
	*machine
	*world
	wire    *wire
	vendor  string
	company string
}

// newDrill starts the vendors with four open invoices each. The program's
// database is a SQLite file, or at the address.
func newDrill(t *testing.T, vendor, database string) *drill {
	t.Helper()
	m := newMachine(t, map[string]string{"sandbox.json": `{"seed": 11, "invoices": 4, "no_history": true}`})
	m.clocked(t)
	d := &drill{machine: m, world: startWorld(t, m), wire: &wire{}, vendor: vendor}
	r := d.world.ready
	m.env = append(m.env, "TIEOUT_QUICKBOOKS_URL="+d.wire.to(t, r.QuickBooks.URL), "TIEOUT_XERO_URL="+d.wire.to(t, r.Xero.URL),
		"TIEOUT_STRIPE_URL="+d.wire.to(t, r.Stripe.URL))
	if database != "" {
		m.env = append(m.env, "DATABASE_URL="+database)
	}
	return d
}

// setUp makes a book that writes, with links. Nothing has been written yet.
func (d *drill) setUp(t *testing.T) {
	t.Helper()
	d.company = d.machine.ready(t, d.world, d.vendor, "on")
}

// rests sees that everything is written, and proven to the cent.
func (d *drill) rests(t *testing.T) {
	t.Helper()
	d.steps(t, []step{
		{args: "sync", out: []string{`Everything agrees to the cent`}},
		{args: "sync", out: []string{`Nothing had to be written`, `Everything agrees to the cent`}},
		{args: "journal --verify", out: []string{`each as it was written`}},
	})
}

// stands is what stands at the vendors, without what chance and the moment give:
// ids, versions, addresses, our own marks.
func (d *drill) stands(t *testing.T) string {
	t.Helper()
	var all struct{ QuickBooks, Xero, Stripe map[string]map[string]any }
	if err := json.Unmarshal(d.ask(t, "/dump", ""), &all); err != nil {
		t.Fatal(err)
	}
	ledger, stripe := all.QuickBooks[d.company], map[string]any{}
	if d.vendor == "xero" {
		ledger = all.Xero[d.company]
	}
	for _, l := range d.world.ready.Ledgers {
		if l.ID == d.company {
			stripe = all.Stripe[l.Stripe]
		}
	}
	var live []any
	for _, link := range stripe["payment_links"].([]any) {
		if link.(map[string]any)["active"] == true {
			live = append(live, link)
		}
	}
	text, err := json.MarshalIndent(plain(map[string]any{
		"documents": ledger["entities"], "objects": ledger["objects"], "accounts": ledger["ledger"], "balances": ledger["balances"],
		"links": live, "charges": stripe["charges"], "stripe": stripe["balance"],
	}), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	byChance = regexp.MustCompile(`https?://\S+|TIE-[0-9A-Z]+|\b[a-z]+_(test_)?[0-9A-Za-z]{14,}|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[a-z2-7]{26}\b|/Date\(\d+\+0000\)/`)
	unlike   = regexp.MustCompile(`^(Id|id|SyncToken|MetaData|value|TxnId|UpdatedDateUTC(String)?|created|updated|tieout_(book|invoice|key))$|ID$`)
)

// plain leaves out what differs between two worlds in which the same happened;
// lists have no order.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			if !unlike.MatchString(key) {
				out[key] = plain(value)
			}
		}
		return out
	case []any:
		texts := make([]string, len(v))
		for i := range v {
			text, _ := json.Marshal(plain(v[i])) // it was JSON
			texts[i] = string(text)
		}
		slices.Sort(texts)
		return texts
	case string:
		return byChance.ReplaceAllString(v, "*")
	}
	return v
}

// without gives the lines of a text that another one lacks.
func without(text, other string) string {
	count := map[string]int{}
	for line := range strings.Lines(other) {
		count[line]++
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		if count[line]--; count[line] < 0 {
			out.WriteString(line)
		}
	}
	return out.String()
}
