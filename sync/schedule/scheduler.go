package schedule

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"tieout/books"
	"tieout/connectors"
	"tieout/sync/inbox"
	"tieout/sync/lease"
	"tieout/sync/proof"
	"tieout/sync/pull"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/sweep"
)

const (
	// leaseLife is how long a worker keeps a connection or book without
	// renewing; it bounds how long the work of a dead one waits.
	leaseLife = 5 * time.Minute
	// firstBackoff doubles with every failed run in a row, up to maxBackoff.
	firstBackoff = time.Minute
	maxBackoff   = 6 * time.Hour
	// spread is the share of the interval over which runs are scattered, so
	// that not every connection calls at the full hour.
	spread = 10
	// maxSpread bounds it: a run that somebody has set to six in the morning
	// is not wanted at nine.
	maxSpread = 10 * time.Minute
	// shortest and longest are the pauses that a schedule may have. The longest
	// also stands for one whose next run lies beyond what cron computes.
	shortest = time.Minute
	longest  = 366 * 24 * time.Hour
)

// ErrBusy says that another worker holds the connection or book now.
var ErrBusy = errors.New("another worker is at it")

// Scheduler runs rounds.
type Scheduler struct {
	Store     Store
	Pull      pull.Store
	Reconcile reconcile.Store
	Push      push.Store
	Proof     proof.Store
	// Evidence is what proofs say of their making, and their signature.
	Evidence proof.Evidence
	Inbox    inbox.WorkStore
	Sweeps   sweep.Store
	// Open gives the session of a connection.
	Open func(books.Connection) (connectors.Session, error)
	Now  func() time.Time
	// PayURL is the address of our own pay page for a token; nil where there is
	// none.
	PayURL func(token string) string
	// NewID makes ids; Jitter gives numbers in [0,1).
	NewID  func() string
	Jitter func() float64
	// Holder names this worker in leases.
	Holder string
	// Purpose tags the calls made under a context, for counting and for who comes
	// first: "pull", "backfill", "push", "link", "proof", "profile", "hook",
	// "sweep".
	Purpose func(ctx context.Context, purpose string) context.Context
	// Progress, when set, hears of every page and write.
	Progress func(Event)
	// Calls, when set, is how many calls this process has made for a connection.
	Calls func(connection string) int
}

// Event is a sign of progress.
type Event struct {
	Subject string
	Step    string
	Seen    int
	Written int
	// Ended says that the subject has come to the end of this piece of work.
	Ended bool
}

// Apart gives a scheduler that holds leases for itself, under a name of its
// own: two pieces of work in one process, such as two pages that are asked for
// at the same moment, exclude each other as two workers do.
func (s *Scheduler) Apart(name string) *Scheduler {
	other := *s
	other.Holder += "/" + name
	return &other
}

// hold takes a lease and gives a function that keeps it: every page and every
// write asks again, and gets a lease that still has most of its life.
func (s *Scheduler) hold(ctx context.Context, tenant, name string) (func(context.Context) (lease.Lease, error), func(), error) {
	now := s.Now()
	l, ok, err := s.Store.AcquireLease(ctx, lease.Lease{Tenant: tenant, Name: name, Holder: s.Holder, Until: now.Add(leaseLife)}, now)
	if err != nil {
		return nil, nil, fmt.Errorf("schedule: lease %s: %w", name, err)
	}
	if !ok {
		return nil, nil, fmt.Errorf("schedule: %s: %w", name, ErrBusy)
	}
	keep := func(ctx context.Context) (lease.Lease, error) {
		if now := s.Now(); l.Until.Sub(now) < leaseLife/2 {
			fresh, err := s.Store.RenewLease(ctx, l, now.Add(leaseLife))
			if err != nil {
				return l, fmt.Errorf("schedule: keep %s: %w", name, err)
			}
			l = fresh
		}
		return l, nil
	}
	// A lease that cannot be given back ends by itself.
	release := func() { _ = s.Store.ReleaseLease(context.WithoutCancel(ctx), l) }
	return keep, release, nil
}

// next is when a connection is due after a run at now.
func (s *Scheduler) next(c books.Connection, now time.Time) (time.Time, error) {
	plan, err := ParseSchedule(c.Schedule)
	if err != nil {
		return time.Time{}, err
	}
	due := plan.Next(now)
	if due.IsZero() { // nothing within the years that cron looks ahead
		return now.Add(longest), nil
	}
	scatter := min(between(plan, due)/spread, maxSpread)
	return due.Add(time.Duration(s.Jitter() * float64(scatter))), nil
}

// Ahead says that a connection is due later than any run at now would have
// made it: the clock was ahead when it was run.
func (s *Scheduler) Ahead(c books.Connection, now time.Time) bool {
	plan, err := ParseSchedule(c.Schedule)
	if err != nil {
		return false
	}
	following := plan.Next(now)
	return !following.IsZero() && c.Due.After(following.Add(maxSpread))
}

// ParseSchedule reads a cron expression of five fields, or "@hourly" and the
// like. One that never comes, or that comes more than once a minute, is
// refused.
func ParseSchedule(expression string) (cron.Schedule, error) {
	// The library takes the zone up to a space for granted, and panics without.
	if zoned := strings.HasPrefix(expression, "TZ=") || strings.HasPrefix(expression, "CRON_TZ="); zoned && !strings.Contains(expression, " ") {
		return nil, fmt.Errorf("schedule: %q is not a cron expression: nothing follows the zone", expression)
	}
	plan, err := cron.ParseStandard(expression)
	if err != nil {
		return nil, fmt.Errorf("schedule: %q is not a cron expression: %w", expression, err)
	}
	// Any day serves to try it; cron looks five years ahead from it.
	first := plan.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	if first.IsZero() {
		return nil, fmt.Errorf("schedule: %q names a day that never comes", expression)
	}
	if pause := between(plan, first); pause < shortest {
		return nil, fmt.Errorf("schedule: %q comes every %s; the shortest is %s", expression, pause, shortest)
	}
	return plan, nil
}

// between is the time from one run to the next.
func between(plan cron.Schedule, run time.Time) time.Duration {
	following := plan.Next(run)
	if following.IsZero() {
		return longest
	}
	return following.Sub(run)
}

// Interval is the time between two runs of a schedule, as of now.
func Interval(expression string, now time.Time) time.Duration {
	plan, err := ParseSchedule(expression)
	if err != nil {
		return time.Hour
	}
	first := plan.Next(now)
	if first.IsZero() {
		return longest
	}
	return between(plan, first)
}

// backoff is how long a connection rests after n failures in a row.
func backoff(n int) time.Duration {
	pause := firstBackoff
	for range min(n-1, 16) {
		if pause *= 2; pause >= maxBackoff {
			return maxBackoff
		}
	}
	return pause
}
