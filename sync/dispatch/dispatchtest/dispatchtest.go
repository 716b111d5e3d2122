// Package dispatchtest is the suite that every way of dispatching passes, on the
// rows of a real database: what is due is run once, whatever becomes of hints,
// workers and clocks. It is for tests only.
package dispatchtest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/internal/clock"
	"tieout/store"
	"tieout/sync/dispatch"
	"tieout/sync/lease"
)

// Start runs a pool's rounds until ctx ends, and gives what tells all processes
// of the cluster that there may be work. With hints off, nothing that it tells
// arrives. It must end with the test.
type Start func(ctx context.Context, t *testing.T, pool *dispatch.Pool, hints bool) (hint func())

// begin is the time of the clock at first.
var begin = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)

const (
	// patience bounds a test that has gone wrong.
	patience = 60 * time.Second
	// stocked is how many connections there are.
	stocked = 20
	// workers are those of a process.
	workers = 3
)

// world is a database with connections that are due every hour, and processes
// that run them.
type world struct {
	*testing.T
	store *store.Store
	clock *clock.Adjustable
	start Start

	mu      sync.Mutex
	ran     map[string]int
	running map[string]bool
	inHand  int
	changed chan struct{}
}

func newWorld(t *testing.T, s *store.Store, start Start) *world {
	t.Helper()
	w := &world{
		T: t, store: s, clock: clock.At(begin), start: start, ran: map[string]int{}, running: map[string]bool{}, changed: make(chan struct{}, 1),
	}
	for i := range stocked {
		_, err := s.SaveConnection(t.Context(), books.Connection{
			Tenant: books.Tenant, ID: fmt.Sprintf("c-%02d", i), Vendor: "xero", ExternalID: fmt.Sprintf("o-%02d", i), State: books.ConnectionActive,
			Schedule: "@hourly", Due: begin, CreatedAt: begin, Profile: connectors.Profile{Name: "One"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// process is one program that works.
type process struct {
	w    *world
	name string
	// stop ends it in good order; kill does not.
	stop, kill context.CancelFunc
	// dead processes give nothing back.
	dead chan struct{}
	// stuck processes take work and never end it.
	stuck bool
	hint  func()
}

// process starts one. With hints off, it hears of nothing.
func (w *world) process(name string, hints, stuck bool) *process {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	w.Cleanup(cancel)
	p := &process{w: w, name: name, dead: make(chan struct{}), stuck: stuck, stop: cancel}
	p.kill = sync.OnceFunc(func() { close(p.dead); cancel() })
	pool := &dispatch.Pool{Workers: workers, Run: p.run, Claim: func(ctx context.Context, limit int) ([]dispatch.Task, error) {
		now := w.clock.Now()
		return w.store.ClaimDue(ctx, books.Tenant, name, now, now.Add(dispatch.ClaimLife), limit)
	}}
	p.hint = w.start(ctx, w.T, pool, hints)
	w.Cleanup(func() { cancel(); pool.Wait() })
	return p
}

func (p *process) run(ctx context.Context, task dispatch.Task) {
	if p.stuck {
		p.w.tell()
		<-p.dead
		return
	}
	p.w.busy(1)
	defer p.w.busy(-1)
	if err := p.w.work(context.WithoutCancel(ctx), p.name, task.ID); err != nil {
		p.w.Error(err)
	}
	select {
	case <-p.dead:
	default:
		if err := p.w.store.ReleaseClaims(context.WithoutCancel(ctx), task.Tenant, p.name, task.Connections, time.Time{}); err != nil {
			p.w.Error(err)
		}
	}
}

// work runs one connection as the engine does: under its lease, when it is due,
// and then it is due in an hour.
func (w *world) work(ctx context.Context, holder, id string) error {
	now := w.clock.Now()
	l, ok, err := w.store.AcquireLease(ctx, lease.Lease{
		Tenant: books.Tenant, Name: "connection/" + id, Holder: holder + "/" + id, Until: now.Add(5 * time.Minute),
	}, now)
	if err != nil || !ok {
		return err
	}
	defer func() { _ = w.store.ReleaseLease(ctx, l) }()
	c, err := w.store.Connection(ctx, books.Tenant, id)
	if err != nil || c.Due.After(now) {
		return err
	}
	w.mu.Lock()
	if w.running[id] {
		w.Errorf("%s runs twice at the same time", id)
	}
	w.running[id] = true
	w.mu.Unlock()
	c.Due = now.Add(time.Hour)
	err = w.store.SaveSchedule(ctx, l, c)
	w.mu.Lock()
	w.running[id] = false
	w.ran[id]++
	w.mu.Unlock()
	w.tell()
	return err
}

func (w *world) tell() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// busy counts the work in hand.
func (w *world) busy(more int) {
	w.mu.Lock()
	w.inHand += more
	w.mu.Unlock()
	w.tell()
}

// await waits until every connection has run so many times, and nothing is in
// hand any more: the clock is moved by hours then, further than a claim lasts.
func (w *world) await(times int) {
	w.Helper()
	w.until(fmt.Sprintf("every connection has run %d times", times), func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for i := range stocked {
			if w.ran[fmt.Sprintf("c-%02d", i)] < times {
				return false
			}
		}
		return w.inHand == 0
	})
	w.exactly(times)
}

// exactly wants every connection to have run so many times.
func (w *world) exactly(times int) {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, n := range w.ran {
		if n != times {
			w.Errorf("%s has run %d times, want %d", id, n, times)
		}
	}
}

// until waits for something that happens.
func (w *world) until(what string, happened func() bool) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	for !happened() {
		select {
		case <-ctx.Done():
			w.Fatalf("it never came to this: %s", what)
		case <-w.changed:
		}
	}
}
