package simtest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors/all"
	"tieout/connectors/quickbooks"
	stripeconnector "tieout/connectors/stripe"
	"tieout/connectors/xero"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/sandbox"
	"tieout/sandbox/control"
)

// begin is a Friday morning, the same day in both companies' zones for the
// eight hours in which things are disturbed.
var begin = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// What the webhooks are signed with. Stripe's secret is made by Stripe.
const (
	verifier = "verifier-of-the-simulator"
	xeroKey  = "key-of-the-simulator"
	own      = "http://tieout.test"
)

// world is one run: a sandbox, a database, and the processes on it.
type world struct {
	*testing.T
	vendor string
	// vendors is the stand-ins' time, and that of everything but the processes.
	vendors *coarse
	box     *sandbox.Embedded
	ready   sandbox.ReadyLedger
	ledger  control.Ledger
	account control.Account
	// database is its address.
	database string
	secrets  map[string][]string
	chaos    *chaos
	teller   *teller
	// upset says that things go wrong in this run.
	upset bool

	mu        sync.Mutex
	processes []*process
	opened    uint64
	story     []string
	// taken are the ids of events that we said we have taken.
	taken map[string]bool
	// excused says that something has happened after which a person may have to
	// connect again: a token's answer was lost, a token revoked, a process killed
	// before it had stored one.
	excused bool
	leases  leases
	notes   notes
	// broken is what was seen to go wrong on the way.
	broken []string
	// late are calls that arrive after their senders have given them up.
	late sync.WaitGroup
	// record, when set, is told of every call and its answer.
	record func(call)
}

// coarse is a clock that may tick in large steps: what happens within one is
// of the same time. It never runs back.
type coarse struct {
	*clock.Adjustable
	mu   sync.Mutex
	tick time.Duration
	last time.Time
}

// Now is the time of the last tick.
func (c *coarse) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Adjustable.Now()
	if c.tick > 0 {
		now = now.Truncate(c.tick)
	}
	if now.After(c.last) {
		c.last = now
	}
	return c.last
}

func (c *coarse) every(tick time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tick = tick
}

// pause lets time pass in the bubble that a test runs in.
func pause(d time.Duration) { <-time.After(d) }

// until waits for an instant of the world's time.
func (w *world) until(at time.Time) {
	if d := at.Sub(w.vendors.Adjustable.Now()); d > 0 {
		pause(d)
	}
}

func (w *world) now() time.Time { return w.vendors.Adjustable.Now() }

// tell notes what happens, to be read when a seed fails.
func (w *world) tell(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.story = append(w.story, w.vendors.Adjustable.Now().Format("02 15:04:05.000 ")+fmt.Sprintf(format, args...))
}

// wrong notes what must not happen, whatever the end is.
func (w *world) wrong(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.tell("WRONG: %s", text)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, text)
}

func (w *world) excuse() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.excused = true
}

// newWorld starts the stand-ins at the beginning of time.
func newWorld(t *testing.T, vendor string, seed uint64) *world {
	t.Helper()
	base := clock.NewAdjustable(clock.System{})
	base.Advance(begin.Sub(base.Now()))
	w := &world{T: t, vendor: vendor, vendors: &coarse{Adjustable: base}, secrets: map[string][]string{}, taken: map[string]bool{}, chaos: calm(), leases: leases{held: map[string]held{}, refused: map[*process]string{}}, notes: notes{sent: map[*process]map[string]bool{}}}
	config := sandbox.Config{Seed: int64(seed) + 1, Invoices: 5, NoHistory: true}
	config.QuickBooks.Off, config.Xero.Off = vendor != "quickbooks", vendor != "xero"
	config.QuickBooks.RedirectURIs, config.Xero.RedirectURIs = []string{own + "/connect/callback"}, []string{own + "/connect/callback"}
	var err error
	if w.box, err = sandbox.Embed(t.Context(), config, w.vendors, sandbox.Outside{Post: posts{w}}); err != nil {
		t.Fatal(err)
	}
	w.ready, w.ledger = w.box.Ready().Ledgers[0], w.box.Ledgers()[0]
	w.account, _ = w.box.Account(w.ready.StripeAccount)
	return w
}

// config is an installation's on this world; through and transport are those
// of the process.
func (w *world) config(p *process) app.Config {
	r := w.box.Ready()
	return app.Config{
		Database: w.database, Key: secret.Key{1}, Clock: p, Random: p.random, Transport: p, Through: p.through, Schedule: "@hourly", HookSecrets: w.secrets,
		Vendors: all.Config{
			QuickBooks: quickbooks.Config{
				ClientID: r.QuickBooks.ClientID, ClientSecret: r.QuickBooks.ClientSecret, API: r.QuickBooks.URL, App: r.QuickBooks.URL, Sandbox: true,
				Authorize: r.QuickBooks.Authorize, Token: r.QuickBooks.Token,
			},
			Xero: xero.Config{
				ClientID: r.Xero.ClientID, ClientSecret: r.Xero.ClientSecret, LoginURL: r.Xero.URL, IdentityURL: r.Xero.URL, APIURL: r.Xero.URL, AppURL: r.Xero.URL,
			},
			Stripe: stripeconnector.Config{BaseURL: r.Stripe.URL},
		},
	}
}

// process is one program on the database. It dies when its time has come:
// what it had not committed is lost, and nothing of it reaches anybody.
type process struct {
	*app.App
	w      *world
	name   string
	random *rand.ChaCha8
	hooks  http.Handler

	mu   sync.Mutex
	dead bool
	skew time.Duration
	// renewing says that a token was asked for and is not stored yet.
	renewing bool
	// sleeps says that the process sleeps before it writes next.
	sleeps bool
}

// errDead is what a dead process gets to hear.
var errDead = errors.New("the process is dead")

// open starts a process.
func (w *world) open(ctx context.Context, name string) (*process, error) {
	w.mu.Lock()
	w.opened++
	seed := [32]byte{byte(w.opened), byte(w.opened >> 8), 7}
	w.mu.Unlock()
	p := &process{w: w, name: name, random: rand.NewChaCha8(seed)}
	a, err := app.Open(ctx, w.config(p))
	if err != nil {
		return nil, err
	}
	p.App = a
	p.hooks = a.Hooks(func() {}, func(vendor string, why error) { w.tell("%s does not take a delivery of %s: %v", name, vendor, why) })
	w.mu.Lock()
	w.processes = append(w.processes, p)
	w.mu.Unlock()
	return p, nil
}

// Now is the process's own clock.
func (p *process) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.w.vendors.Adjustable.Now().Add(p.skew)
}

func (p *process) jump(to time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.skew = to
}

func (p *process) die(where string) error {
	p.mu.Lock()
	was := p.dead
	p.dead = true
	p.mu.Unlock()
	if !was {
		p.w.tell("%s dies %s", p.name, where)
		p.missed()
	}
	return errDead
}

// asks notes that a token is asked for, and stored that it is safe.
func (p *process) asks() { p.setRenewing(true) }

func (p *process) stored() { p.setRenewing(false) }

func (p *process) setRenewing(to bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.renewing = to
}

func (p *process) sleepNext() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sleeps = true
}

// wakes says, once, whether the process was to sleep.
func (p *process) wakes() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	slept := p.sleeps
	p.sleeps = false
	return slept
}

// missed notes that the process was held up or ended. A token that it had asked
// for and not stored may be lost by that.
func (p *process) missed() {
	p.mu.Lock()
	renewing := p.renewing
	p.mu.Unlock()
	if renewing {
		p.w.excuse()
	}
}

func (p *process) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// close gives back what the process held of this test's program.
func (p *process) close() {
	p.mu.Lock()
	p.dead = true
	p.mu.Unlock()
	_ = p.Close()
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	for i, other := range p.w.processes {
		if other == p {
			p.w.processes = append(p.w.processes[:i], p.w.processes[i+1:]...)
			return
		}
	}
}

// book is the one book as it stands.
func (p *process) book(ctx context.Context) (books.Book, error) {
	all, err := p.Store.Books(ctx, books.Tenant)
	if err != nil || len(all) != 1 {
		return books.Book{}, fmt.Errorf("%d books: %w", len(all), err)
	}
	return all[0], nil
}

func (w *world) file() string { return filepath.Join(w.TempDir(), "tieout.db") }
