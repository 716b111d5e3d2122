package pushtest_test

import (
	"context"
	"time"

	"tieout/connectors"
	"tieout/sync/lease"
	"tieout/sync/push"
)

// mortal is the database of a process that can die: what it had not committed
// by then is lost.
type mortal struct {
	push.Store
	wire *wire
}

func (m mortal) BeginIntent(ctx context.Context, l lease.Lease, in push.Intent, at time.Time) error {
	if m.wire.isDead() {
		return errDead
	}
	return m.Store.BeginIntent(ctx, l, in, at)
}

func (m mortal) FinishIntent(ctx context.Context, l lease.Lease, o push.Outcome) error {
	if m.wire.isDead() {
		return errDead
	}
	return m.Store.FinishIntent(ctx, l, o)
}

func (w *wire) isDead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead
}

// rounds bounds how often a process looks into the outbox before the test
// gives up: at most a day goes by between two.
const rounds = 60

// settle works on the outbox, process after process, until nothing waits.
// between is called once, after the round in which the fault came.
func (b *bench) settle(between func()) []push.Intent {
	b.Helper()
	for range rounds {
		err := b.round()
		if b.wire.isDead() {
			b.wire.revive()
			b.holders++
			b.clock.Advance(leased)
		} else if err != nil {
			b.Fatal(err)
		}
		if between != nil && b.wire.hasStruck() {
			between()
			between = nil
		}
		next, waiting := time.Time{}, false
		all := b.intents()
		for _, in := range all {
			if in.State == push.StateDone || in.State == push.StateParked || in.State == push.StateDropped {
				continue
			}
			if waiting = true; in.NotBefore != nil && in.NotBefore.After(next) {
				next = *in.NotBefore
			}
		}
		if !waiting {
			return all
		}
		if d := next.Sub(b.clock.Now()); d > 0 {
			b.clock.Advance(d)
		}
	}
	b.Fatalf("it does not come to rest: %+v", b.intents())
	return nil
}

// round is one run over the outbox by one process.
func (b *bench) round() error {
	p := &push.Pusher{
		Store: mortal{b.store, b.wire}, Tenant: b.tenant, Book: bookID, Now: b.clock.Now, Jitter: func() float64 { return 0.5 },
		Writer: func(string) (connectors.Writer, error) { return b.writer(), nil },
	}
	var result push.Result
	for {
		more, err := p.Step(b.Context(), b.hold, &result)
		if err != nil || !more {
			return err
		}
	}
}

func (w *wire) revive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = false
}

func (w *wire) hasStruck() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.struck
}

// arm lets the fault come at the call with the number, 0 for none.
func (w *wire) arm(at int, f fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed, w.at, w.fault = true, at, f
}

func (w *wire) disarm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = false
}
