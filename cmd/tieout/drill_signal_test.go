//go:build unix

package main

import (
	"database/sql"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStopsInTheMiddle: SIGTERM ends a process within its bound, also when the
// vendor answers the call that it is in too late, or never. What it worked on is
// free at once, and the next run goes on.
func TestStopsInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args string
		code int
		// which is the call that gets no answer; told says that the vendor acts.
		which func(call) bool
	}{
		"a backfill":               {"sync --full", exitStopped, func(c call) bool { return c.reads() && strings.Contains(c.URL.Path, "query") }},
		"before a document":        {"worker", 0, func(c call) bool { return c.books() && !c.done }},
		"a document that is there": {"worker", 0, func(c call) bool { return c.books() && c.done }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t, "quickbooks", "")
			d.setUp(t)
			d.ask(t, "/economy/act", "{}")
			d.move(t, 2*time.Hour)
			held, end := make(chan struct{}), make(chan struct{})
			d.wire.first(c.which, func() bool { close(held); <-end; return false })
			r := d.start(t, strings.Fields(c.args)...)
			r.reaches(t, held)
			began := time.Now()
			if code := r.stop(t, syscall.SIGTERM); code != c.code {
				t.Errorf("ended with %d, want %d:\n%s", code, c.code, r.words())
			}
			t.Logf("ended after %s", time.Since(began))
			close(end)
			d.wire.set(nil)
			d.rests(t)
			d.once(t)
		})
	}
}

// TestDatabaseTakesNothing makes a running program's PostgreSQL one that may
// only be read, as a standby is: the program says so, is unwell, and goes on by
// itself when it may write again.
func TestDatabaseTakesNothing(t *testing.T) {
	t.Parallel()
	address := server.Database(t)
	d := newDrill(t, "quickbooks", address)
	d.setUp(t)
	d.ask(t, "/economy/act", "{}")
	db, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	readOnly := func(is string) {
		for _, statement := range []string{
			`do $$ begin execute format('alter database %I set default_transaction_read_only = ` + is + `', current_database()); end $$`,
			`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
		} {
			if _, err := db.ExecContext(t.Context(), "set default_transaction_read_only = off; "+statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	serve, base := d.serve(t)
	d.quiet(t)
	readOnly("on")
	d.ask(t, "/economy/act", "{}")
	d.move(t, 2*time.Hour)
	serve.await(t, `the database may only be read`)
	if code := health(t, base); code != http.StatusServiceUnavailable {
		t.Errorf("with a database that takes nothing: %d", code)
	}
	d.steps(t, []step{{args: "sync", code: 1, err: []string{`the database may only be read`}}})
	readOnly("off")
	d.recovers(t, base)
	if code := serve.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("ended with %d:\n%s", code, serve.words())
	}
	d.rests(t)
	d.once(t)
}

// TestSleepsBeyondItsLease stops a worker between its last check and the call,
// as a sleeping machine does. Another one takes over and writes; then the first
// one's call arrives and it wakes up: each part stands once.
func TestSleepsBeyondItsLease(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		vendor   string
		database func(*testing.T) string
	}{
		{"xero", func(*testing.T) string { return "" }},
		{"quickbooks", func(t *testing.T) string { return server.Database(t) }},
	} {
		t.Run(c.vendor, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t, c.vendor, c.database(t))
			d.setUp(t)
			d.ask(t, "/economy/act", "{}")
			held, on := make(chan struct{}), make(chan struct{})
			d.wire.first(call.books, func() bool { close(held); <-on; return true })
			sleeper := d.start(t, "sync")
			sleeper.reaches(t, held)
			if err := sleeper.process.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			d.move(t, 7*time.Minute) // beyond its lease, and beyond Xero's memory of a key
			d.steps(t, []step{{args: "sync"}})
			d.move(t, 7*time.Minute)
			close(on)
			if err := sleeper.process.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			sleeper.wait(t)
			expect(t, "the sleeper", sleeper.words(), []string{`the lease has passed to another worker`})
			d.run(t, "", "sync") // it may have to take a document back
			d.rests(t)
			d.once(t)
		})
	}
}
