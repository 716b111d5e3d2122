package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"tieout/connectors"
	"tieout/internal/app"
	"tieout/sync/dispatch/local"
	"tieout/sync/schedule"
	"tieout/web"
)

type serveCommand struct {
	Node
	Metrics metricsFlag `embed:""`
	SignOn  signOnFlag  `embed:"" group:"sign-on"`
	Listen  string      `default:"127.0.0.1:8080" env:"TIEOUT_LISTEN" help:"Address of the pages."`
	Proxied bool        `env:"TIEOUT_PROXIED" help:"A proxy stands before it that adds the caller's address to X-Forwarded-For."`
}

// Run serves the pages and keeps everything in sync until it is asked
// to stop.
func (s *serveCommand) Run(ctx context.Context, g *Global, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("serve: %w (choose another address with --listen)", err)
	}
	screen := app.Screen{URL: g.Public, Proxied: s.Proxied, Log: c.trouble}
	if screen.SignOn, err = s.SignOn.provider(g.Public); err != nil {
		return errors.Join(err, listener.Close())
	}
	pages, err := a.Pages(screen)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	programs, err := a.Programs(screen)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	n, err := s.node(ctx, g, a, c)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/hooks/", a.Hooks(n.arrived, func(vendor string, why error) {
		c.note("tieout: a webhook of %s was not taken: %s", vendor, connectors.Logged(why))
	}))
	if g.Public != "" {
		payments, err := a.PayPages(func(why error) { c.note("tieout: pay page: %s", connectors.Logged(why)) })
		if err != nil {
			return err
		}
		mux.Handle("/p/", payments)
		mux.Handle("/x/", payments)
	}
	mux.Handle("/api/", programs)
	mux.Handle("/feeds/", programs)
	mux.Handle("/", pages)
	server := bounded(web.Guard(g.Public, mux))
	server.RegisterOnShutdown(pages.Close)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	if err := welcome(ctx, a, c, g.Public, listener.Addr().String()); err != nil {
		return err
	}
	if taken := strings.Join(slices.Sorted(maps.Keys(g.hookSecrets())), ", "); taken != "" {
		c.note("Webhooks of %s are taken at http://%s/hooks/VENDOR", taken, listener.Addr())
	}
	metrics, err := s.Metrics.serve(a, c)
	if err != nil {
		return err
	}
	defer metrics()
	// When the pages cannot be served, the work ends too.
	ctx, stopWork := context.WithCancel(ctx)
	defer stopWork()
	working := n.work(ctx, a)
	select {
	case err = <-failed:
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		err = server.Shutdown(stop)
	}
	stopWork()
	<-working
	return err
}

// welcome says where the pages are, and on an empty installation the address at
// which the first person sets it up.
func welcome(ctx context.Context, a *app.App, c console, base, listening string) error {
	base = strings.TrimSuffix(base, "/")
	if base == "" {
		base = "http://" + listening
	}
	token, err := a.People.SetUpTicket(ctx)
	if err != nil {
		return err
	}
	if token != "" {
		c.note("Nobody can sign in yet. Set up here, once, within seven days:\n%s/setup?token=%s", base, token)
	}
	c.note("The pages are at %s", base)
	return nil
}

// trouble says what went wrong in a page, under the reference that its reader
// was given.
func (c console) trouble(reference string, err error) {
	c.note("tieout: page %s: %s", reference, connectors.Logged(err))
}

// stopTime bounds how long a stop waits for pages that are being served.
const stopTime = 5 * time.Second

// What a request may take: whoever sends slowly, or much, must not keep others
// out. Vendors send a webhook within a second.
const (
	headerTime = 5 * time.Second
	readTime   = 10 * time.Second
	writeTime  = 30 * time.Second
	idleTime   = 2 * time.Minute
	maxHeader  = 64 << 10
)

// bounded is a server that gives no caller more than its share.
func bounded(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
	}
}

type workerCommand struct {
	Node
	Metrics metricsFlag `embed:""`
}

// Run keeps everything in sync until it is asked to stop.
func (w *workerCommand) Run(ctx context.Context, g *Global, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	if w.Workers == 0 {
		return usagef("--workers 0: a worker without workers has nothing to do")
	}
	n, err := w.node(ctx, g, a, c)
	if err != nil {
		return err
	}
	metrics, err := w.Metrics.serve(a, c)
	if err != nil {
		return err
	}
	defer metrics()
	c.note("Working. Stop with Ctrl-C.")
	<-n.work(ctx, a)
	return nil
}

// hooks dispatches what webhooks ask for.
func hooks(a *app.App, c console) *local.Dispatcher {
	return local.New(func(ctx context.Context) error {
		runs, err := a.Hooked(ctx)
		c.troubles(ctx, runs)
		return err
	}, func(err error) { c.note("tieout: webhooks: %s", connectors.Logged(err)) })
}

// troubles tells what went wrong in runs that nobody watches.
func (c console) troubles(ctx context.Context, runs []app.BookRun) {
	for _, r := range runs {
		if errors.Is(r.Err, schedule.ErrBusy) || ctx.Err() != nil {
			continue // another process is at it: that is how it should be
		}
		if r.Err != nil {
			c.note("tieout: book %s: %s", r.Book.Name, connectors.Logged(r.Err))
		}
		for id, problem := range r.Result.Problems {
			c.note("tieout: book %s: connection %s: %s", r.Book.Name, id, connectors.Logged(problem))
		}
	}
}
