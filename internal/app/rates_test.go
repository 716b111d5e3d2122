package app_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/vendorhttp"
)

// timeline lets workers wait on the sandbox's clock: it moves when all of them
// wait, to the instant of the one that is up first.
type timeline struct {
	clock   *clock.Adjustable
	mu      sync.Mutex
	working int
	asleep  []sleeper
}

type sleeper struct {
	until time.Time
	wake  chan struct{}
}

func (l *timeline) wait(ctx context.Context, d time.Duration) error {
	s := sleeper{l.clock.Now().Add(d), make(chan struct{})}
	l.mu.Lock()
	l.asleep = append(l.asleep, s)
	l.mu.Unlock()
	l.rest()
	<-s.wake
	return ctx.Err()
}

// rest says that a worker waits, or has ended.
func (l *timeline) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.working--; l.working > 0 || len(l.asleep) == 0 {
		return
	}
	slices.SortStableFunc(l.asleep, func(a, b sleeper) int { return a.until.Compare(b.until) })
	first := l.asleep[0]
	l.asleep, l.working = l.asleep[1:], 1
	if d := first.until.Sub(l.clock.Now()); d > 0 {
		l.clock.Advance(d)
	}
	close(first.wake)
}

// calls notes when each call to a host came, and which were refused.
type callLog struct {
	mu      sync.Mutex
	at      []time.Time
	refused []string
}

func (c *callLog) fault(now func() time.Time) func(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
	return func(r *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
		at := now()
		got, err := answer()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.at = append(c.at, at)
		if err == nil && got.StatusCode == http.StatusTooManyRequests {
			c.refused = append(c.refused, at.Format(time.TimeOnly)+" "+got.Header.Get("X-Rate-Limit-Problem"))
		}
		return got, err
	}
}

// TestBackfillKeepsTheVendorsRate has four processes read all of a company at
// the same time, and a fifth fetch what a webhook has told of, from a vendor
// that refuses what is too much: nothing is refused, at least 95 % of what the
// vendor allows is used, and what the webhook wants never waits long.
func TestBackfillKeepsTheVendorsRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		vendor  string
		minutes int
		// perMinute is what the vendor allows.
		perMinute int
	}{{"xero", 10, 60}, {"quickbooks", 3, 500}, {"stripe", 1, 25 * 60}} {
		t.Run(c.vendor, func(t *testing.T) {
			t.Parallel()
			ledger := c.vendor
			if ledger == "stripe" {
				ledger = "xero"
			}
			r := newRigOn(t, ledger, "vendor")
			// What connecting has called is past.
			r.clock.Advance(2 * time.Minute)
			seen, line := &callLog{}, &timeline{clock: r.clock}
			r.wire.set(seen.fault(r.clock.Now))
			r.config.Wait = line.wait
			begin := r.clock.Now()
			end := begin.Add(time.Duration(c.minutes) * time.Minute)
			var work sync.WaitGroup
			var longest time.Duration
			line.working = 5
			for range 4 {
				a := r.open()
				work.Go(func() { defer line.rest(); r.read(a, c.vendor, end) })
			}
			hooks := r.open()
			work.Go(func() { defer line.rest(); longest = r.fetch(hooks, c.vendor, line, end) })
			work.Wait()
			if len(seen.refused) > 0 {
				t.Errorf("%d calls were refused, the first at %s", len(seen.refused), seen.refused[0])
			}
			if used := float64(len(seen.at)) / float64(c.minutes*c.perMinute); used < 0.95 || used > 1.001 {
				t.Errorf("%d calls are %.1f %% of what is allowed in %d minutes", len(seen.at), used*100, c.minutes)
			}
			if longest > 2*time.Second {
				t.Errorf("what a webhook has told of waited %s", longest)
			}
		})
	}
}

// read reads the first page of a stream again and again, as a backfill does.
func (r *rig) read(a *app.App, vendor string, end time.Time) {
	connection := r.ledger
	if vendor == "stripe" {
		connection = r.stripe
	}
	session, err := a.Session(connection)
	if err != nil {
		r.Error(err)
		return
	}
	ctx := vendorhttp.WithPurpose(r.Context(), "backfill")
	stream := session.Streams()[len(session.Streams())-1].Name
	for r.clock.Now().Before(end) {
		if _, err := session.Pull(ctx, stream, nil); err != nil {
			r.Errorf("at %s: %v", r.clock.Now().Format(time.TimeOnly), err)
			return
		}
	}
}

// fetch asks every twenty seconds for who the connection is, as urgently as a
// webhook's fetch, and gives the longest time that it took.
func (r *rig) fetch(a *app.App, vendor string, line *timeline, end time.Time) time.Duration {
	connection := r.ledger
	if vendor == "stripe" {
		connection = r.stripe
	}
	session, err := a.Session(connection)
	if err != nil {
		r.Error(err)
		return 0
	}
	ctx := vendorhttp.WithPurpose(r.Context(), "hook")
	var longest time.Duration
	for r.clock.Now().Before(end.Add(-20 * time.Second)) {
		_ = line.wait(ctx, 20*time.Second)
		began := r.clock.Now()
		if _, err := session.Profile(ctx); err != nil {
			r.Errorf("at %s: %v", r.clock.Now().Format(time.TimeOnly), err)
			return longest
		}
		longest = max(longest, r.clock.Now().Sub(began))
	}
	return longest
}

// TestStatusShowsWhatIsLeft reads a company and looks at what is left for it.
func TestStatusShowsWhatIsLeft(t *testing.T) {
	t.Parallel()
	r := newRigOn(t, "xero", "vendor")
	if _, err := r.Scheduler.PullConnection(r.Context(), r.row(r.ledger.ID), true); err != nil {
		t.Fatal(err)
	}
	status, err := r.Status(r.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range status.Connections {
		if c.Vendor != "xero" {
			continue
		}
		names := []string{}
		for _, rate := range c.Rates {
			names = append(names, rate.Name)
			// The sandbox's organisation has more left of its day than its tier
			// promises: that counts as nothing used.
			if rate.Used == 0 && rate.Name == "minute" || rate.Used+rate.Remaining != rate.Limit {
				t.Errorf("used of the %s: %+v", rate.Name, rate)
			}
		}
		if !slices.Equal(names, []string{"minute", "day"}) {
			t.Errorf("rates of %v are shown", names)
		}
	}
	all, err := r.Allowances(r.Context())
	if err != nil || !slices.ContainsFunc(all, func(a app.Allowance) bool {
		return a.Connection == r.ledger.ID && a.Window == "minute" && a.Limit == 60 && a.Used > 0
	}) {
		t.Errorf("allowances %+v, %v", all, err)
	}
}
