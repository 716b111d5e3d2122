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
	"time"

	"tieout/sandbox/control"
	"tieout/sandbox/economy"
	"tieout/sandbox/quickbooks"
	"tieout/sandbox/stripe"
	"tieout/sandbox/xero"
)

// Clock is the time of the whole sandbox; the control API moves it.
type Clock interface {
	Now() time.Time
	Advance(d time.Duration)
}

// Sandbox is a running one. Close stops it.
type Sandbox struct {
	cfg   Config
	clock Clock
	stage *economy.Stage

	quickbooks *quickbooks.Server
	xero       *xero.Server
	stripe     *stripe.Server

	ports   map[string]net.Listener
	servers []*http.Server
	serving sync.WaitGroup
	failed  chan error

	mu      sync.Mutex // guards what follows and lets one company in at a time
	ledgers []ledger
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
	s := &Sandbox{cfg: cfg, clock: clock, stage: economy.NewStage(clock), ports: map[string]net.Listener{}, failed: make(chan error, 4)}
	s.vendors()
	if err := s.listen(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.seed(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.serve(control.New(clock, s))
	return s, nil
}

// vendors makes the three stand-ins, still empty.
func (s *Sandbox) vendors() {
	limits := s.cfg.Limits == limitsVendor
	s.quickbooks = quickbooks.New(quickbooks.Options{
		Clock: s.stage, Seed: s.cfg.Seed, ClientID: s.cfg.QuickBooks.ClientID, ClientSecret: s.cfg.QuickBooks.ClientSecret,
		RedirectURIs: s.cfg.QuickBooks.RedirectURIs, Limits: limits,
	})
	s.xero = xero.New(xero.Options{
		Clock: s.stage, Seed: s.cfg.Seed, ClientID: s.cfg.Xero.ClientID, ClientSecret: s.cfg.Xero.ClientSecret,
		RedirectURIs: s.cfg.Xero.RedirectURIs, Limits: limits,
	})
	s.stripe = stripe.New(stripe.Options{Clock: s.stage, Seed: s.cfg.Seed, Limits: limits})
}

func (s *Sandbox) listen(ctx context.Context) error {
	var listener net.ListenConfig
	for _, port := range []struct {
		name, at string
		tell     func(string)
	}{
		{portQuickBooks, s.cfg.QuickBooks.Listen, s.quickbooks.SetBaseURL},
		{portXero, s.cfg.Xero.Listen, s.xero.SetBaseURL},
		{portStripe, s.cfg.Stripe.Listen, s.stripe.SetBaseURL},
		{portControl, s.cfg.Control.Listen, func(string) {}},
	} {
		l, err := listener.Listen(ctx, "tcp", port.at)
		if err != nil {
			return fmt.Errorf("sandbox: %s: %w", port.name, err)
		}
		s.ports[port.name] = l
		port.tell(s.url(port.name))
	}
	return nil
}

// url is where a port is reached from this machine; a listener on every
// interface is named by the loopback address.
func (s *Sandbox) url(port string) string {
	host, number, err := net.SplitHostPort(s.ports[port].Addr().String())
	if err != nil { // a TCP listener's address always splits
		return ""
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, number)
}

// headerTimeout bounds how long a client may take to send a request's head.
const headerTimeout = 10 * time.Second

func (s *Sandbox) serve(api http.Handler) {
	for name, handler := range map[string]http.Handler{
		portQuickBooks: s.quickbooks, portXero: s.xero, portStripe: s.stripe, portControl: api,
	} {
		server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
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
	if err := errors.Join(all...); err != nil {
		return fmt.Errorf("sandbox: close: %w", err)
	}
	return nil
}
