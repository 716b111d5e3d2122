package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"syscall"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/internal/clock"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/dispatch"
	"tieout/sync/schedule"
)

// scaleBegin is the time at which a simulated hour begins.
var scaleBegin = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)

// idle is a vendor that answers at once that nothing has changed: what is left
// is what the scheduling of a pass costs.
type idle struct{}

func (idle) Profile(context.Context) (connectors.Profile, error) {
	return connectors.Profile{Name: "Idle", ReadAt: scaleBegin}, nil
}

func (idle) Streams() []connectors.Stream { return []connectors.Stream{{Name: "changes"}} }

func (idle) Pull(_ context.Context, _ string, cursor connectors.Cursor) (connectors.Page, error) {
	return connectors.Page{Cursor: cursor}, nil
}

func (idle) Fetch(context.Context, []receivables.Ref) ([]mapping.Draft, error) { return nil, nil }

// fleet is a database with many connections, each due once an hour, evenly over
// the hour.
type fleet struct {
	testing.TB
	store     *store.Store
	clock     *clock.Adjustable
	scheduler *schedule.Scheduler
	ran       int
}

func newFleet(t testing.TB, n int) *fleet {
	t.Helper()
	s, err := store.Open(t.Context(), postgres.Database(t), store.Options{Connections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	statements := []string{
		`insert into tenant (id) values ('` + books.Tenant + `') on conflict do nothing`,
		`insert into connection (tenant, id, vendor, external_id, grant_id, state, why, profile, schedule, due, failures, fresh, created_at)
			select '` + books.Tenant + `', 'c-' || i, 'xero', 'o-' || i, '', 'active', '', cast('{"name": "Idle", "read_at": "2026-05-04T09:00:00Z"}' as jsonb), '@hourly',
				cast('2026-05-04T09:00:00Z' as timestamptz) + i * interval '1 hour' / ` + strconv.Itoa(n) + `, 0,
				cast('2026-05-04T08:00:00Z' as timestamptz), cast('2026-05-04T08:00:00Z' as timestamptz)
			from generate_series(1, ` + strconv.Itoa(n) + `) i`,
		`analyze`,
	}
	for _, statement := range statements {
		if _, err := s.DB().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	f := &fleet{TB: t, store: s, clock: clock.At(scaleBegin)}
	chance, ids := rand.New(rand.NewPCG(1, 2)), 0
	f.scheduler = &schedule.Scheduler{
		Store: s, Pull: s, Reconcile: s, Push: s, Proof: s, Inbox: s, Sweeps: s, Now: f.clock.Now, Holder: "bench",
		Open:   func(books.Connection) (connectors.Session, error) { return idle{}, nil },
		NewID:  func() string { ids++; return strconv.Itoa(ids) },
		Jitter: chance.Float64, Purpose: func(ctx context.Context, _ string) context.Context { return ctx },
	}
	return f
}

// hour plays an hour with a look at every pause: what is due is claimed and run
// as a process does.
func (f *fleet) hour(pause time.Duration) {
	ctx := f.Context()
	for range time.Hour / pause {
		f.clock.Advance(pause)
		now := f.clock.Now()
		for {
			tasks, err := f.store.ClaimDue(ctx, books.Tenant, "bench", now, now.Add(dispatch.ClaimLife), 16)
			if err != nil {
				f.Fatal(err)
			}
			for _, t := range tasks {
				f.run(ctx, t)
			}
			if len(tasks) < 16 {
				break
			}
		}
	}
}

func (f *fleet) run(ctx context.Context, t dispatch.Task) {
	c, err := f.store.Connection(ctx, t.Tenant, t.ID)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := f.scheduler.PullConnection(ctx, c, false); err != nil {
		f.Fatal(err)
	}
	if err := f.store.ReleaseClaims(ctx, t.Tenant, "bench", t.Connections, time.Time{}); err != nil {
		f.Fatal(err)
	}
	f.ran++
}

// work is what the database has done so far.
type databaseWork struct{ transactions, read, written int64 }

func (f *fleet) work() (w databaseWork) {
	const ask = `select xact_commit, tup_fetched, tup_inserted + tup_updated from pg_stat_database where datname = current_database()`
	if _, err := f.store.DB().ExecContext(f.Context(), `select pg_stat_clear_snapshot()`); err != nil {
		f.Fatal(err)
	}
	if err := f.store.DB().QueryRowContext(f.Context(), ask).Scan(&w.transactions, &w.read, &w.written); err != nil {
		f.Fatal(err)
	}
	return w
}

// size is what a table takes on disk, with its indexes, in bytes.
func (f *fleet) size(table string) float64 {
	var n int64
	if err := f.store.DB().QueryRowContext(f.Context(), `select pg_total_relation_size(cast($1 as regclass))`, table).Scan(&n); err != nil {
		f.Fatal(err)
	}
	return float64(n)
}

func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkSchedulingHour plays an hour of so many connections that sync hourly,
// with vendors that answer at once and have nothing new. One process works, one
// pass after the other.
func BenchmarkSchedulingHour(b *testing.B) {
	for _, n := range []int{1000, 5000, 10_000, 20_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			f := newFleet(b, n)
			before, processor := f.work(), processorTime()
			for b.Loop() {
				f.hour(time.Second)
			}
			processor = processorTime() - processor
			after, hours := f.work(), float64(b.N)
			if f.ran < n*9/10*b.N {
				b.Fatalf("%d passes of %d connections", f.ran, n)
			}
			passes := float64(f.ran)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(b.Elapsed().Seconds()/hours, "s/hour")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/passes, "ms/pass")
			b.ReportMetric(processor.Seconds()/hours, "client-cpu-s/hour")
			b.ReportMetric(float64(after.transactions-before.transactions)/passes, "tx/pass")
			b.ReportMetric(float64(after.read-before.read)/passes, "rows-read/pass")
			b.ReportMetric(float64(after.written-before.written)/passes, "rows-written/pass")
			b.ReportMetric(f.size("run")/passes, "run-bytes/pass")
			b.ReportMetric((f.size("connection")+f.size("lease")+f.size("stream"))/float64(n), "state-bytes/connection")
		})
	}
}

// BenchmarkLook is one look at so many connections of which none is due, and of
// which 16 are.
func BenchmarkLook(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000, 1_000_000} {
		f := newFleet(b, n)
		for _, due := range []int{0, 16} {
			b.Run(fmt.Sprintf("%d/%d due", n, due), func(b *testing.B) {
				now := scaleBegin.Add(time.Duration(due) * time.Hour / time.Duration(n))
				for b.Loop() {
					tasks, err := f.store.ClaimDue(b.Context(), books.Tenant, "bench", now, now.Add(time.Hour), 16)
					if err != nil || len(tasks) != due {
						b.Fatalf("%d tasks, %v", len(tasks), err)
					}
					b.StopTimer()
					for _, t := range tasks {
						if err := f.store.ReleaseClaims(b.Context(), t.Tenant, "bench", t.Connections, time.Time{}); err != nil {
							b.Fatal(err)
						}
					}
					b.StartTimer()
				}
			})
		}
	}
}

// TestSchedulingSmall is a small run of both.
func TestSchedulingSmall(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 20)
	f.hour(time.Minute)
	if f.ran != 20 {
		t.Errorf("%d passes of 20 connections", f.ran)
	}
	due, err := f.store.DueConnections(t.Context(), books.Tenant, f.clock.Now(), 100)
	if err != nil || len(due) != 0 {
		t.Errorf("%d are due still, %v", len(due), err)
	}
}
