package local_test

import (
	"context"
	"os"
	"testing"

	"tieout/store"
	"tieout/store/storetest"
	"tieout/sync/dispatch"
	"tieout/sync/dispatch/dispatchtest"
	"tieout/sync/dispatch/local"
)

var engines = storetest.New()

func TestMain(m *testing.M) {
	code := m.Run()
	engines.Stop()
	os.Exit(code)
}

// TestSuite dispatches inside each process: nothing that one hears reaches the
// others, who look for themselves.
func TestSuite(t *testing.T) {
	t.Parallel()
	start := func(ctx context.Context, t *testing.T, pool *dispatch.Pool, hints bool) func() {
		t.Helper()
		d := local.New(pool.Round, func(err error) { t.Error(err) })
		pool.Ended = d.Hint
		if !hints {
			pool.Ended = func() {}
		}
		ended := make(chan struct{})
		go func() { defer close(ended); d.Run(ctx); pool.Wait() }()
		t.Cleanup(func() { <-ended })
		if !hints {
			return func() {}
		}
		return d.Hint
	}
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": engines.SQLite, "postgres": engines.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dispatchtest.Suite(t, func(t *testing.T) (*store.Store, dispatchtest.Start) { return open(t), start })
		})
	}
}
