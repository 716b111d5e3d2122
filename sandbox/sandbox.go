// Package sandbox is a whole world to connect to, on one machine: stand-ins
// for QuickBooks Online, Xero and Stripe, each at the root of its own port,
// companies with customers who pay, and a control API on a port of its own.
//
// It imports nothing of the product that talks to it but the clock: a
// stand-in that shares code with its client proves nothing.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"tieout/sandbox/control"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
)

// Clock is the time of the whole sandbox; the control API moves it.
type Clock interface {
	Now() time.Time
	Advance(d time.Duration)
}

// Sandbox is a running one. Close stops it.
type Sandbox struct {
	cfg   Config
	clock *movedClock
	urls  map[string]string // base URL by port

	ports   map[string]net.Listener
	doors   map[string]*door
	servers []*http.Server
	serving sync.WaitGroup
	failed  chan error

	changing sync.Mutex // one reset at a time
	world    atomic.Pointer[world]
}

// Names of the ports.
const (
	portQuickBooks = "quickbooks"
	portXero       = "xero"
	portStripe     = "stripe"
	portControl    = "control"
)

// Start opens the ports, writes the companies and serves. It returns when
// everything can be asked; ctx bounds the writing only, Close ends the rest.
func Start(ctx context.Context, cfg Config, clock Clock) (*Sandbox, error) {
	cfg = cfg.Defaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Sandbox{
		cfg: cfg, clock: &movedClock{Clock: clock}, urls: map[string]string{}, ports: map[string]net.Listener{},
		doors: map[string]*door{}, failed: make(chan error, 4),
	}
	if err := s.listen(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	w, err := newWorld(ctx, cfg, s.clock, s.urls)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.enter(ctx, w)
	s.doors[portControl].open(control.New(s.clock, s))
	s.serve()
	return s, nil
}

// enter makes a world the one that is served.
func (s *Sandbox) enter(ctx context.Context, w *world) {
	old := s.world.Swap(w)
	for _, v := range w.vendors {
		if d := s.doors[v.Name]; d != nil {
			d.open(v.Handler)
		}
	}
	w.run(ctx)
	if old != nil {
		old.stop()
	}
}

// Reset starts the world anew: the configured companies as at the start, no
// tokens, no faults, and the clock back where it would be had nobody moved it.
func (s *Sandbox) Reset(ctx context.Context) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.clock.rewind()
	w, err := newWorld(ctx, s.cfg, s.clock, s.urls)
	if err != nil {
		return err
	}
	s.enter(ctx, w)
	return nil
}

func (s *Sandbox) listen(ctx context.Context) error {
	var listener net.ListenConfig
	for _, port := range []struct {
		name, at string
		off      bool
	}{
		{portQuickBooks, s.cfg.QuickBooks.Listen, s.cfg.QuickBooks.Off},
		{portXero, s.cfg.Xero.Listen, s.cfg.Xero.Off},
		{portStripe, s.cfg.Stripe.Listen, s.cfg.Stripe.Off},
		{portControl, s.cfg.Control.Listen, false},
	} {
		if port.off {
			continue
		}
		l, err := listener.Listen(ctx, "tcp", port.at)
		if err != nil {
			return fmt.Errorf("sandbox: %s: %w", port.name, err)
		}
		s.ports[port.name], s.doors[port.name], s.urls[port.name] = l, &door{}, reached(l.Addr().String())
	}
	return nil
}

// reached is where an address is reached from this machine; a listener on
// every interface is named by the loopback address.
func reached(address string) string {
	host, number, err := net.SplitHostPort(address)
	if err != nil { // a TCP listener's address always splits
		return ""
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, number)
}

// door is a port's handler, which a reset replaces.
type door struct{ behind atomic.Pointer[http.Handler] }

func (d *door) open(h http.Handler) { d.behind.Store(&h) }

// ServeHTTP passes a request on to whoever is behind the door now.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*d.behind.Load()).ServeHTTP(w, r) }

// headerTimeout bounds how long a client may take to send a request's head.
const headerTimeout = 10 * time.Second

func (s *Sandbox) serve() {
	for name, d := range s.doors {
		server := &http.Server{Handler: d, ReadHeaderTimeout: headerTimeout}
		s.servers = append(s.servers, server)
		s.serving.Go(func() {
			if err := server.Serve(s.ports[name]); !errors.Is(err, http.ErrServerClosed) {
				s.failed <- fmt.Errorf("sandbox: serve %s: %w", name, err)
			}
		})
	}
}

// Failed delivers the error of a port that stopped by itself.
func (s *Sandbox) Failed() <-chan error { return s.failed }

// Close stops all ports and waits for them.
func (s *Sandbox) Close() error {
	var all []error
	for _, server := range s.servers {
		all = append(all, server.Close())
	}
	for _, l := range s.ports {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			all = append(all, err)
		}
	}
	s.serving.Wait()
	if w := s.world.Load(); w != nil {
		w.stop()
	}
	if err := errors.Join(all...); err != nil {
		return fmt.Errorf("sandbox: close: %w", err)
	}
	return nil
}

// Ledgers are the companies as the control API needs them.
func (s *Sandbox) Ledgers() []control.Ledger { return s.world.Load().controlled() }

// Account finds a Stripe account by its id.
func (s *Sandbox) Account(id string) (control.Account, bool) {
	a := s.world.Load().stripe.Account(id)
	return a, a != nil
}

// Stripe is the stand-in behind all Stripe accounts.
func (s *Sandbox) Stripe() *stripe.Server { return s.world.Load().stripe }

// Vendors are what is served, as the control API needs it.
func (s *Sandbox) Vendors() []control.Vendor { return s.world.Load().vendors }

// Act lets the payers of every ledger act once, as POST /economy/act does, and
// returns what they did by ledger id.
func (s *Sandbox) Act(ctx context.Context) (map[string]economy.Summary, error) {
	return s.world.Load().act(ctx)
}

// RunPayouts pays out what is available in the Stripe account of every ledger.
func (s *Sandbox) RunPayouts() ([]economy.Payout, error) { return s.world.Load().runPayouts() }

// LoadFolder adds the company recorded in a folder, with an empty Stripe
// account and payers for whatever is open in it.
func (s *Sandbox) LoadFolder(_ context.Context, folder string) (any, error) {
	return s.world.Load().loadFolder(folder)
}

// Open adds an empty company or a Stripe account and returns what Ready says
// of it.
func (s *Sandbox) Open(ctx context.Context, c control.Company) (any, error) {
	return s.world.Load().openCompany(ctx, c)
}

// Dump is the complete state of everything.
func (s *Sandbox) Dump() any { return s.world.Load().dump() }

// Pulse lets what the clock brings about happen now: debits are decided,
// payouts arrive, webhooks that are due go out.
func (s *Sandbox) Pulse() { s.world.Load().pulse() }

// movedClock remembers how far it was moved, to be moved back.
type movedClock struct {
	Clock
	mu    sync.Mutex
	moved time.Duration
}

// Advance moves the clock.
func (c *movedClock) Advance(d time.Duration) {
	c.mu.Lock()
	c.moved += d
	c.mu.Unlock()
	c.Clock.Advance(d)
}

func (c *movedClock) rewind() {
	c.mu.Lock()
	d := c.moved
	c.moved = 0
	c.mu.Unlock()
	c.Clock.Advance(-d)
}
