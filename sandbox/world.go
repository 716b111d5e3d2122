package sandbox

import (
	"context"
	"net/http"
	"sync"
	"time"

	"tieout/sandbox/control"
	"tieout/sandbox/delivery"
	"tieout/sandbox/economy"
	"tieout/sandbox/faults"
	"tieout/sandbox/quickbooks"
	"tieout/sandbox/stripe"
	"tieout/sandbox/xero"
)

// world is all that a reset throws away: the stand-ins and their companies.
type world struct {
	cfg   Config
	clock Clock
	stage *economy.Stage
	urls  map[string]string

	quickbooks *quickbooks.Server
	xero       *xero.Server
	stripe     *stripe.Server
	vendors    []control.Vendor // those that are served

	mu      sync.Mutex // guards what follows and lets one company in at a time
	ledgers []ledger
	// schedules of accounts whose payouts begin when their past is written.
	schedules []func() error

	end     context.CancelFunc
	running sync.WaitGroup
}

// noStripe stands for Stripe's address where it is not served.
const noStripe = "http://stripe.invalid"

// newWorld makes the stand-ins and writes the companies; nothing is served.
func newWorld(ctx context.Context, cfg Config, clock Clock, urls map[string]string) (*world, error) {
	w := &world{cfg: cfg, clock: clock, stage: economy.NewStage(clock), urls: urls}
	w.quickbooks = quickbooks.New(quickbooks.Options{
		Clock: w.stage, Seed: cfg.QuickBooks.Seed, ClientID: cfg.QuickBooks.ClientID, ClientSecret: cfg.QuickBooks.ClientSecret,
		RedirectURIs: cfg.QuickBooks.RedirectURIs, Limits: cfg.QuickBooks.Limits == limitsVendor,
		Webhook: quickbooks.Webhook{URL: cfg.QuickBooks.Webhook.URL, Verifier: cfg.QuickBooks.Webhook.Verifier},
	})
	w.xero = xero.New(xero.Options{
		Clock: w.stage, Seed: cfg.Xero.Seed, ClientID: cfg.Xero.ClientID, ClientSecret: cfg.Xero.ClientSecret,
		RedirectURIs: cfg.Xero.RedirectURIs, Limits: cfg.Xero.Limits == limitsVendor, BulkConnections: true,
		Tier: cfg.Xero.Tier, PaymentServices: cfg.Xero.PaymentServices,
		Webhook: xero.Webhook{URL: cfg.Xero.Webhook.URL, Key: cfg.Xero.Webhook.Key},
	})
	w.stripe = stripe.New(stripe.Options{Clock: w.stage, Seed: cfg.Stripe.Seed, Limits: cfg.Stripe.Limits == limitsVendor})
	w.quickbooks.SetBaseURL(urls[portQuickBooks])
	w.xero.SetBaseURL(urls[portXero])
	w.stripe.SetBaseURL(w.stripeURL())
	w.quiet(true)
	defer w.quiet(false)
	if err := w.seed(ctx); err != nil {
		return nil, err
	}
	w.vendors = w.served()
	return w, nil
}

func (w *world) stripeURL() string {
	if w.cfg.Stripe.Off {
		return noStripe
	}
	return w.urls[portStripe]
}

// queues are those of all stand-ins, served or not.
func (w *world) queues() []*delivery.Queue {
	return []*delivery.Queue{w.quickbooks.Deliveries(), w.xero.Deliveries(), w.stripe.Deliveries()}
}

// quiet mutes the webhooks while the past is written.
func (w *world) quiet(on bool) {
	for _, q := range w.queues() {
		q.Mute(on)
	}
}

// standIn is what the frame asks of every vendor.
type standIn interface {
	http.Handler
	Deliveries() *delivery.Queue
}

// served describes the vendors that have a port.
func (w *world) served() []control.Vendor {
	var out []control.Vendor
	for _, v := range []struct {
		name   string
		server standIn
		cfg    Vendor
		more   control.Vendor
	}{
		{portQuickBooks, w.quickbooks, w.cfg.QuickBooks, control.Vendor{
			RevokeAll: w.quickbooks.RevokeGrants, SetWebhook: func(url, key string) { w.quickbooks.SetWebhook(quickbooks.Webhook{URL: url, Verifier: key}) },
		}},
		{portXero, w.xero, w.cfg.Xero, control.Vendor{
			RevokeAll: w.xero.RevokeGrants, SetWebhook: func(url, key string) { w.xero.SetWebhook(xero.Webhook{URL: url, Key: key}) },
			IntentToReceive: w.intentToReceive,
		}},
		{portStripe, w.stripe, Vendor{Off: w.cfg.Stripe.Off, Limits: w.cfg.Stripe.Limits}, control.Vendor{}},
	} {
		if v.cfg.Off {
			continue
		}
		injector := faults.New(v.server, faults.Options{Seed: w.cfg.Seed})
		c := v.more
		c.Name, c.Handler, c.Faults, c.Deliveries = v.name, injector, injector, v.server.Deliveries()
		c.Limits = v.cfg.Limits == limitsVendor
		if l, ok := v.server.(interface{ SetLimits(on bool) }); ok {
			c.SetLimits = l.SetLimits
		}
		out = append(out, c)
	}
	return out
}

func (w *world) intentToReceive(ctx context.Context) (any, error) { return w.xero.IntentToReceive(ctx) }

// How often by the wall clock the queues look at the clock, and how often what
// only time brings about is made to happen.
const (
	deliverEvery = 50 * time.Millisecond
	pulseEvery   = 500 * time.Millisecond
)

// run starts what happens by itself, until stop: ctx ends earlier, with the
// start or the reset.
func (w *world) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w.end = cancel
	for _, v := range w.vendors {
		if v.Deliveries != nil {
			w.running.Go(func() { v.Deliveries.Run(ctx, deliverEvery) })
		}
	}
	w.running.Go(func() {
		tick := time.NewTicker(pulseEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				w.stripe.Settle()
			}
		}
	})
}

func (w *world) stop() {
	if w.end != nil {
		w.end()
	}
	w.running.Wait()
}

func (w *world) pulse() {
	w.stripe.Settle()
	for _, v := range w.vendors {
		if v.Deliveries != nil {
			v.Deliveries.Wake()
		}
	}
}
