package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tieout/demo"
	"tieout/internal/app"
	"tieout/internal/clock"
)

type demoCommand struct {
	Once     bool     `help:"Play the story once and end, instead of living on."`
	JSON     bool     `name:"json" help:"Print the summary as JSON (with --once)."`
	Data     []string `type:"existingdir" placeholder:"DIR" help:"Folder of a recorded company; may be given several times. Default: a generated economy."`
	Seed     int64    `default:"1" help:"Seed of the generated economy."`
	Invoices int      `default:"300" help:"Open invoices of each generated ledger."`
	Listen   string   `default:"127.0.0.1:8080" help:"Where the pages are shown."`

	DumpBefore string `type:"path" placeholder:"FILE" help:"Write the sandbox's complete state to FILE right after the first full pull."`
	Dump       string `type:"path" placeholder:"FILE" help:"Write it to FILE when the story has been played."`
}

// Run plays the demo. With --db it works in a schema of its own, which is
// removed at the end.
func (d *demoCommand) Run(ctx context.Context, g *Global, c console) error {
	if d.Invoices < 1 {
		return usagef("--invoices %d: at least 1", d.Invoices)
	}
	if g.DB != "" && !isPostgres(g.DB) {
		return usagef("--db %s: the demo takes a postgres:// address; without --db it uses SQLite in a temporary folder", g.DB)
	}
	o := demo.Options{
		Data: d.Data, Seed: d.Seed, Invoices: d.Invoices, Database: g.DB,
		Clock: clock.NewAdjustable(c.clock), Random: rand.Reader, Progress: c.progress(),
	}
	if !d.JSON {
		o.Say = c.say
	}
	running, err := demo.Start(ctx, o)
	if err != nil {
		return err
	}
	defer running.Close()
	if err := running.SetUp(ctx); err != nil {
		return err
	}
	if err := dump(ctx, running, d.DumpBefore); err != nil {
		return err
	}
	summary, err := running.Play(ctx)
	if err != nil {
		return err
	}
	if err := dump(ctx, running, d.Dump); err != nil {
		return err
	}
	if d.JSON {
		if err := c.json(summary); err != nil {
			return fmt.Errorf("print the summary: %w", err)
		}
	} else {
		c.summary(summary)
	}
	if d.Once {
		return tied(summary)
	}
	return d.live(ctx, c, running)
}

// live keeps the demo running until it is stopped: an hour of the sandbox's
// time passes every few seconds, customers go on paying, and the pages
// show what comes of it.
func (d *demoCommand) live(ctx context.Context, c console, running *demo.Demo) error {
	screen := app.Screen{Log: c.trouble}
	pages, enter, err := running.Pages(ctx, screen)
	if err != nil {
		return err
	}
	programs, err := running.App.Programs(screen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", programs)
	mux.Handle("/feeds/", programs)
	mux.Handle("/", pages)
	server := &http.Server{Addr: d.Listen, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	server.RegisterOnShutdown(pages.Close)
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	c.say("\nOpen http://%s%s in a browser; stop with Ctrl-C.", d.Listen, enter)
	c.say("An hour passes every five seconds.")
	line := &progress{console: c}
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			c.note("\nStopped. Everything that the demo made is removed.")
			return server.Shutdown(stop)
		case err := <-failed:
			return fmt.Errorf("pages: %w (choose another address with --listen)", err)
		case <-tick.C:
			if err := running.Hour(ctx); err != nil && ctx.Err() == nil {
				c.note("tieout: %v", err)
			}
			if err := d.tell(ctx, running, line); err != nil && ctx.Err() == nil {
				c.note("tieout: %v", err)
			}
		}
	}
}

func dump(ctx context.Context, running *demo.Demo, file string) error {
	if file == "" {
		return nil
	}
	return running.Dump(ctx, file)
}

// tell writes over one line with how every book stands.
func (d *demoCommand) tell(ctx context.Context, running *demo.Demo, line *progress) error {
	if !line.console.terminal() {
		return nil
	}
	status, err := running.App.Status(ctx)
	if err != nil {
		return err
	}
	parts := []string{status.At.Format("2 Jan 15:04 UTC")}
	for _, b := range status.Books {
		parts = append(parts, fmt.Sprintf("%d payments, %s", b.Matched, b.Agrees()))
	}
	line.draw(strings.Join(parts, " | "))
	return nil
}

func tied(s demo.Summary) error {
	for _, l := range s.Proof {
		if l.Open() {
			return errUnexplained
		}
	}
	return nil
}

// summary prints the outcome of the demo for a person.
func (c console) summary(s demo.Summary) {
	c.say("")
	for _, b := range s.Books {
		c.say("%s: %d payment links written, %d visible to customers; %d payments matched, %d suggested, %d held; %s written",
			b.Name, b.Links.Written, b.Links.Visible, b.Payments.Matched, b.Payments.Suggested, b.Payments.Held, documents(b.Documents))
	}
	c.say("")
	rows := []string{"BOOK\tPROOF\tCUR\tLEDGER\tSTRIPE\tTIEOUT\tDIFFERENCE\tEXPLAINED\tUNEXPLAINED"}
	for _, l := range s.Proof {
		rows = append(rows, strings.Join([]string{l.Book, l.Check, l.Currency, dash(l.Ledger), dash(l.Stripe), dash(l.Tieout), l.Difference, l.ExplainedSum, verdict(l)}, "\t"))
	}
	c.table(rows...)
	c.say("\nA second sync right after wrote %d documents.", s.SecondSync.Written)
}

func verdict(l app.ProofLine) string {
	if !l.Measured {
		return "not measured: " + l.Why
	}
	return l.Unexplained
}

func dash(figure *string) string {
	if figure == nil {
		return "-"
	}
	return *figure
}

func documents(byPurpose map[string]int) string {
	var parts []string
	for _, purpose := range []string{"receipt", "fee", "payout"} {
		parts = append(parts, fmt.Sprintf("%d %ss", byPurpose[purpose], purpose))
	}
	return strings.Join(parts, ", ")
}
