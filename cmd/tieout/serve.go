package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/sync/dispatch/local"
	"tieout/sync/schedule"
)

type serveCommand struct {
	Listen string `default:"127.0.0.1:8080" env:"TIEOUT_LISTEN" help:"Address of the status page and of the consent answers."`
}

// Run serves the status page and keeps everything in sync until it is asked
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
	pages, err := a.Pages()
	if err != nil {
		return err
	}
	server := &http.Server{Handler: pages, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	c.note("The status page is at http://%s", listener.Addr())
	working := work(ctx, a, c)
	select {
	case err = <-failed:
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		err = server.Shutdown(stop)
	}
	<-working
	return err
}

// stopTime bounds how long a stop waits for pages that are being served.
const stopTime = 5 * time.Second

type workerCommand struct{}

// Run keeps everything in sync until it is asked to stop.
func (*workerCommand) Run(ctx context.Context, g *Global, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	c.note("Working. Stop with Ctrl-C.")
	<-work(ctx, a, c)
	return nil
}

// work dispatches due work until ctx ends; the channel closes when the last
// step has ended.
func work(ctx context.Context, a *app.App, c console) <-chan struct{} {
	done := make(chan struct{})
	d := local.New(func(ctx context.Context) error {
		runs, err := a.Due(ctx, clock.System{}.Now())
		for _, r := range runs {
			if errors.Is(r.Err, schedule.ErrBusy) || ctx.Err() != nil {
				continue // another process is at it: that is how it should be
			}
			if r.Err != nil {
				c.note("tieout: book %s: %v", r.Book.Name, r.Err)
			}
			for id, problem := range r.Result.Problems {
				c.note("tieout: book %s: connection %s: %v", r.Book.Name, id, problem)
			}
		}
		return err
	}, func(err error) { c.note("tieout: %v", err) })
	go func() {
		defer close(done)
		d.Run(ctx)
	}()
	return done
}
