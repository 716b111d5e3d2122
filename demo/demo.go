// Package demo is the guided main job: it starts the sandbox and an
// installation together, connects them through the real consent pages,
// backfills, puts links on the invoices, lets simulated customers pay,
// reconciles, writes back and proves. It takes no short cut: everything goes
// over HTTP, as it would with the real vendors.
package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"

	"tieout/books"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sandbox"
	"tieout/store"
	"tieout/sync/schedule"
)

// Options say what the demo runs on.
type Options struct {
	// Data are folders of recorded companies; with none, an economy is
	// generated from Seed with Invoices open invoices a ledger.
	Data     []string
	Seed     int64
	Invoices int
	// NoHistory leaves the years before out of a generated economy.
	NoHistory bool
	// Database is a postgres:// address; "" is SQLite in a temporary folder.
	Database string
	// Own is the address of a database that is the demo's alone, used as it is;
	// "" makes a place in Database.
	Own   string
	Clock *clock.Adjustable
	// Wall is the time of the people who look at pages; nil is this machine's.
	Wall   clock.Clock
	Random io.Reader
	// Through stands between the store and its database; nil is nothing.
	Through store.Through
	// PublicURL is where payers reach the installation; "" where they do not.
	PublicURL string
	// Transport carries every call of the installation to a vendor; nil is
	// Go's own.
	Transport http.RoundTripper
	// Say tells a person what is going on; nil says nothing.
	Say func(format string, args ...any)
	// Progress hears of every page and write; may be nil.
	Progress func(schedule.Event)
}

// Demo is a sandbox with an installation on top.
type Demo struct {
	Sandbox *sandbox.Sandbox
	App     *app.App
	Ready   sandbox.Ready
	options Options
	config  app.Config
	clean   []func()
	pulled  []Connected
	linked  map[string]LinkSummary
}

// Connected is a connection right after its first full pull.
type Connected struct {
	Connection books.Connection
	Summary    ConnectionSummary
}

// Start starts the sandbox and opens the installation. Close ends both.
func Start(ctx context.Context, o Options) (*Demo, error) {
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	if o.Wall == nil {
		o.Wall = clock.System{}
	}
	d := &Demo{options: o}
	if err := d.start(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Demo) start(ctx context.Context) error {
	o := d.options
	d.options.Say("Starting stand-ins for QuickBooks Online, Xero and Stripe ...")
	box, err := sandbox.Start(ctx, sandbox.Config{Seed: o.Seed, Invoices: o.Invoices, NoHistory: o.NoHistory, Data: o.Data}, o.Clock)
	if err != nil {
		return fmt.Errorf("demo: sandbox: %w", err)
	}
	d.Sandbox, d.Ready = box, box.Ready()
	d.clean = append(d.clean, func() { _ = box.Close() })
	database := o.Own
	if database == "" {
		place, clean, err := scratch(ctx, o.Database, o.Random)
		if err != nil {
			return err
		}
		d.clean, database = append(d.clean, clean), place
	}
	var key secret.Key
	if _, err := io.ReadFull(o.Random, key[:]); err != nil {
		return fmt.Errorf("demo: key: %w", err)
	}
	d.config = app.Config{
		Database: database, Key: key, Vendors: vendors(d.Ready), Clock: o.Clock, Wall: o.Wall, Random: o.Random,
		PublicURL: o.PublicURL, Transport: o.Transport, Through: o.Through, Unlimited: true, Schedule: "@hourly", Progress: o.Progress,
	}
	if d.App, err = app.Open(ctx, d.config); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	d.clean = append(d.clean, func() { _ = d.App.Close() })
	return nil
}

// Close ends the demo and removes what it made, in reverse order.
func (d *Demo) Close() {
	for _, clean := range slices.Backward(d.clean) {
		clean()
	}
	d.clean = nil
}

// SetUp connects every company of the sandbox with its Stripe account, pulls
// everything, and makes the books. The cut-over is the last local midnight:
// the sandbox's past lies before it.
func (d *Demo) SetUp(ctx context.Context) error {
	for _, l := range d.Ready.Ledgers {
		d.options.Say("Connecting %s (%s) and its Stripe account ...", l.Name, l.Vendor)
		ledger, stripe, err := d.connect(ctx, l)
		if err != nil {
			return err
		}
		for _, c := range []books.Connection{ledger, stripe} {
			if err := d.backfill(ctx, c); err != nil {
				return err
			}
		}
		if err := d.openBook(ctx, ledger, stripe); err != nil {
			return err
		}
	}
	return nil
}

func (d *Demo) backfill(ctx context.Context, c books.Connection) error {
	result, err := d.App.Scheduler.PullConnection(ctx, c, false)
	if err != nil {
		return fmt.Errorf("demo: pull %s: %w", c.Profile.Name, err)
	}
	summary, err := d.connectionSummary(ctx, c, result)
	if err != nil {
		return err
	}
	d.pulled = append(d.pulled, Connected{Connection: c, Summary: summary})
	d.options.Say("  pulled %s", counts(summary.Pulled))
	return nil
}

// openBook does what a person does in the set-up: choose accounts, confirm
// the opening figures, look at the preview, and switch the writing on.
func (d *Demo) openBook(ctx context.Context, ledger, stripe books.Connection) error {
	b, err := d.App.Connect.NewBook(ctx, ledger, []books.Connection{stripe}, true)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	currencies, err := d.App.Currencies(ctx, b)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	plan, err := d.App.Connect.Choose(ctx, b, currencies)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if plan, err = d.App.Connect.Create(ctx, b, plan); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	b.Accounts = d.chooseBanks(ledger, plan.Accounts)
	if b, err = d.App.Connect.SaveBook(ctx, b); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	day := receivables.DateIn(d.options.Clock.Now(), b.Location())
	at, openings, err := d.App.Connect.CutOver(ctx, b, day)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if b, err = d.App.Connect.Confirm(ctx, b, at, openings); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	d.options.Say("  the books are ours from %s on", day)
	return nil
}

// chooseBanks answers what the detection leaves to a person: which of the
// ledger's bank accounts Stripe pays into.
func (d *Demo) chooseBanks(ledger books.Connection, chosen mapping.Accounts) mapping.Accounts {
	if chosen.Banks == nil {
		chosen.Banks = map[string]string{}
	}
	for _, l := range d.Ready.Ledgers {
		if l.Vendor != ledger.Vendor || l.ID != ledger.ExternalID {
			continue
		}
		for _, m := range l.Money {
			if m.Bank == "" {
				continue
			}
			chosen.Banks["*"+m.Currency] = m.Bank
			if m.Destination != "" {
				chosen.Banks[m.Destination] = m.Bank
			}
		}
	}
	return chosen
}
