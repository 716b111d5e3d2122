package river

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"tieout/internal/testdb"
	"tieout/store"
	"tieout/sync/dispatch"
	"tieout/sync/dispatch/dispatchtest"
	"tieout/sync/dispatch/local"
)

var postgres = testdb.Postgres{Fill: func(ctx context.Context, address string) error {
	s, err := store.Open(ctx, address, store.Options{})
	if err != nil {
		return err
	}
	_, err = s.Migrate(ctx)
	return errors.Join(err, s.Close(), Migrate(ctx, address), Migrate(ctx, address))
}}

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

// lookEvery is shorter than in the program, so that tests need not wait.
const lookEvery = 2 * time.Second

// starting gives how processes on one database start. spoil may break River
// before each.
func starting(address string, spoil func(ctx context.Context, d *Dispatcher)) dispatchtest.Start {
	return func(ctx context.Context, t *testing.T, pool *dispatch.Pool, hints bool) func() {
		t.Helper()
		failed := func(err error) {
			if ctx.Err() == nil {
				t.Error(err)
			}
		}
		look := local.New(pool.Round, failed).Every(lookEvery)
		pool.Ended = look.Hint
		ended := make(chan struct{}, 2)
		work := func() {
			go func() { look.Run(ctx); pool.Wait(); ended <- struct{}{} }()
			t.Cleanup(func() { <-ended })
		}
		if !hints {
			pool.Ended = func() {}
			work()
			return func() {}
		}
		d, err := New(ctx, address, Options{Failed: failed, Take: map[string]func() bool{
			TopicDue: func() bool { full := pool.Full(); look.Hint(); return !full },
		}})
		if err != nil {
			t.Fatal(err)
		}
		if spoil != nil {
			spoil(ctx, d)
		}
		pool.More = func() { d.Hint(TopicDue) }
		work()
		go func() { d.Run(ctx); ended <- struct{}{} }()
		t.Cleanup(func() { <-ended })
		return func() { d.Hint(TopicDue) }
	}
}

func opened(t *testing.T) (*store.Store, string) {
	t.Helper()
	address := postgres.Database(t)
	s, err := store.Open(t.Context(), address, store.Options{Connections: 6})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, address
}

func TestSuite(t *testing.T) {
	t.Parallel()
	dispatchtest.Suite(t, func(t *testing.T) (*store.Store, dispatchtest.Start) {
		s, address := opened(t)
		return s, starting(address, nil)
	})
}

// TestDeadLeader has the process that leads die without saying so, and its
// place be taken by nobody: the others go on.
func TestDeadLeader(t *testing.T) {
	t.Parallel()
	dispatchtest.Suite(t, func(t *testing.T) (*store.Store, dispatchtest.Start) {
		s, address := opened(t)
		return s, starting(address, func(ctx context.Context, d *Dispatcher) {
			_, err := d.pool.Exec(ctx, `insert into river.river_leader (name, leader_id, elected_at, expires_at)
				values ('default', 'dead', now(), now() + interval '1 day') on conflict do nothing`)
			if err != nil {
				t.Error(err)
			}
		})
	}, dispatchtest.Several)
}

// TestNewerVersion has hints come that this version does not know, of a topic
// and of a kind: nothing breaks.
func TestNewerVersion(t *testing.T) {
	t.Parallel()
	dispatchtest.Suite(t, func(t *testing.T) (*store.Store, dispatchtest.Start) {
		s, address := opened(t)
		return s, starting(address, func(ctx context.Context, d *Dispatcher) {
			if _, err := d.client.Insert(ctx, hint{"something new"}, inserted()); err != nil {
				t.Error(err)
			}
		})
	}, dispatchtest.Several)
}

// TestHintIsTold sends a hint from a process that works at nothing, to one that
// has a worker free and not to one that has none.
func TestHintIsTold(t *testing.T) {
	t.Parallel()
	_, address := opened(t)
	ctx, cancel := context.WithCancel(t.Context())
	told, full := make(chan struct{}, 100), atomic.Int64{}
	failed := func(err error) {
		if ctx.Err() == nil {
			t.Error(err)
		}
	}
	ended := make(chan struct{}, 3)
	start := func(take map[string]func() bool) *Dispatcher {
		d, err := New(ctx, address, Options{Failed: failed, Take: take})
		if err != nil {
			t.Fatal(err)
		}
		go func() { d.Run(ctx); ended <- struct{}{} }()
		return d
	}
	start(map[string]func() bool{TopicHooks: func() bool { full.Add(1); return false }})
	start(map[string]func() bool{TopicHooks: func() bool { told <- struct{}{}; return true }})
	sender := start(nil)
	patience := time.After(30 * time.Second)
	for range 5 {
		sender.Hint(TopicHooks)
		select {
		case <-told:
		case <-patience:
			t.Fatalf("no hint was told; %d were passed on", full.Load())
		}
	}
	cancel()
	for range 3 {
		<-ended
	}
}
