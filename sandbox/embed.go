package sandbox

import (
	"context"
	"net/http"

	"tieout/sandbox/control"
	"tieout/sandbox/delivery"
)

// Embedded is a sandbox inside another program: no ports, and nothing that
// happens by itself. Whoever embeds it brings the requests, moves the clock,
// and says when what waits is to happen, so that one run is like another.
type Embedded struct {
	*Sandbox
	control http.Handler
}

// hosts are the names under which an embedded sandbox is asked.
func hosts() map[string]string {
	urls := map[string]string{}
	for _, port := range []string{portQuickBooks, portXero, portStripe, portControl} {
		urls[port] = "http://" + port + ".sandbox"
	}
	return urls
}

// Outside is what an embedded sandbox gets from its program.
type Outside struct {
	// Post carries the webhooks, which are sent by Step alone.
	Post delivery.Doer
}

// Embed writes the companies and waits for requests. Listen addresses are not
// used.
func Embed(ctx context.Context, cfg Config, clock Clock, out Outside) (*Embedded, error) {
	cfg = cfg.Defaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Sandbox{cfg: cfg, clock: &movedClock{Clock: clock}, urls: hosts()}
	w, err := newWorld(ctx, cfg, s.clock, s.urls)
	if err != nil {
		return nil, err
	}
	s.world.Store(w)
	e := &Embedded{Sandbox: s, control: control.New(s.clock, s)}
	for _, q := range w.queues() {
		q.Through(out.Post)
	}
	return e, nil
}

// ServeHTTP answers as the vendor whose host the request names.
func (e *Embedded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host == portControl+".sandbox" {
		e.control.ServeHTTP(w, r)
		return
	}
	for _, v := range e.Vendors() {
		if r.Host == v.Name+".sandbox" {
			v.Handler.ServeHTTP(w, r)
			return
		}
	}
	http.Error(w, "no such host", http.StatusMisdirectedRequest)
}

// Step lets happen what is due: debits are decided, payouts arrive, webhooks
// go out, vendor by vendor. It returns how many posts were sent.
func (e *Embedded) Step(ctx context.Context) int {
	w, sent := e.world.Load(), 0
	w.stripe.Settle()
	for _, v := range w.vendors {
		if v.Deliveries != nil {
			sent += v.Deliveries.Deliver(ctx)
		}
	}
	return sent
}
