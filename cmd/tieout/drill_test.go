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
	"sync/atomic"
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
	m.clock, m.off = movable(filepath.Join(m.dir, "clock")), map[movable]time.Duration{}
	m.env = append(m.env, clockFile+"="+string(m.clock))
	m.shift(t, m.clock, now.Truncate(24*time.Hour).Add(12*time.Hour).Sub(now))
}

// shift moves a clock by d, also while processes run by it.
func (m *machine) shift(t *testing.T, c movable, d time.Duration) {
	t.Helper()
	m.off[c] += d
	// Written beside and renamed: nobody reads half a number.
	fresh := string(c) + ".new"
	if err := os.WriteFile(fresh, []byte(m.off[c].String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, string(c)); err != nil {
		t.Fatal(err)
	}
}

// move lets time pass, for the program and for the vendors.
func (d *drill) move(t *testing.T, by time.Duration) {
	t.Helper()
	d.shift(t, d.clock, by)
	d.shift(t, d.vendors, by)
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

// writes says whether the call changes something at a vendor.
func (c call) writes() bool {
	return c.Method != http.MethodGet && !strings.Contains(c.URL.Path, "token")
}

// reads says whether the call reads.
func (c call) reads() bool { return c.Method == http.MethodGet }

// books says whether the call writes a document into the ledger.
func (c call) books() bool {
	return c.writes() && (strings.HasPrefix(c.URL.Path, "/v3/") || strings.HasPrefix(c.URL.Path, "/api.xro/"))
}

// pass says whether the call goes on.
func (w *wire) pass(c call) bool {
	w.mu.Lock()
	gate := w.gate
	w.mu.Unlock()
	return gate == nil || gate(c)
}

// first meets the first gate of a kind; later ones let pass.
func (w *wire) first(kind func(call) bool, meet func() bool) {
	var met atomic.Bool
	w.set(func(c call) bool { return !kind(c) || met.Swap(true) || meet() })
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
	wire *wire
	// vendors is their clock: clock, that of the program, may jump alone.
	vendors movable
	vendor  string
	company string
}

// newDrill starts the vendors with four open invoices each. The program's
// database is a SQLite file, or at the address.
func newDrill(t *testing.T, vendor, database string) *drill {
	t.Helper()
	m := newMachine(t, map[string]string{"sandbox.json": `{"seed": 11, "invoices": 4, "no_history": true}`})
	m.clocked(t)
	d := &drill{machine: m, vendors: m.clock, world: startWorld(t, m), wire: &wire{}, vendor: vendor}
	m.clock += "-ours"
	m.shift(t, m.clock, m.off[d.vendors])
	m.env = append(m.env, clockFile+"="+string(m.clock))
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
	d.company = d.machine.ready(t, d.world, d.vendor, "on") // the world has a field of this name
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

// once sees that each charge has its fee in the ledger once. A receipt that
// stood twice would leave an invoice overpaid, and the proof open.
func (d *drill) once(t *testing.T) {
	t.Helper()
	kind := map[string]string{"quickbooks": "Purchase", "xero": "BankTransactions"}[d.vendor]
	var all []struct{ Status string }
	if err := json.Unmarshal(d.ask(t, "/"+d.vendor+"/"+d.company+"/"+kind, ""), &all); err != nil {
		t.Fatal(err)
	}
	fees := 0
	for _, one := range all {
		if one.Status == "" || one.Status == "AUTHORISED" { // QuickBooks deletes what is gone, Xero marks it
			fees++
		}
	}
	_, stripe := d.dump(t)
	if charges := len(stripe["charges"].([]any)); fees != charges || fees == 0 {
		t.Errorf("%d fees stand for %d charges", fees, charges)
	}
}

// dump is the state of the book's ledger and of its Stripe account.
func (d *drill) dump(t *testing.T) (ledger, stripe map[string]any) {
	t.Helper()
	var all struct{ QuickBooks, Xero, Stripe map[string]map[string]any }
	if err := json.Unmarshal(d.ask(t, "/dump", ""), &all); err != nil {
		t.Fatal(err)
	}
	for _, l := range d.world.ready.Ledgers {
		if l.ID == d.company {
			stripe = all.Stripe[l.Stripe]
		}
	}
	if d.vendor == "xero" {
		return all.Xero[d.company], stripe
	}
	return all.QuickBooks[d.company], stripe
}

// stands is what stands at the vendors, without what chance and the moment give:
// ids, versions, addresses, our own marks.
func (d *drill) stands(t *testing.T) string {
	t.Helper()
	ledger, stripe := d.dump(t)
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
