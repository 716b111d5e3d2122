package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/inbox"
	"tieout/sync/pull"
)

// ledgerPause is how long the events of a ledger wait after it was pulled, so
// that many edits lead to one look at it, and the echoes of our own writes to
// none that anybody waits for (a payment by Stripe does not wait).
const ledgerPause = 30 * time.Second

// Hooked does for a book what webhooks ask for: it pulls what they name and, if
// that was not known, pulls the ledger as every run does before it plans: what
// a person has entered there meanwhile must not be entered again. Then it plans
// and writes, until nothing is left to do. Nothing is proven. hooked are the
// connections with events to take.
func (s *Scheduler) Hooked(ctx context.Context, b books.Book, connections map[string]books.Connection, hooked []string) (BookResult, error) {
	result := BookResult{Pulled: map[string]pull.Result{}, Problems: map[string]error{}}
	keep, release, err := s.hold(ctx, b.Tenant, "book/"+b.ID)
	if err != nil {
		return result, err
	}
	defer release()
	w, err := s.openBook(ctx, b, connections, keep)
	if err != nil {
		return result, err
	}
	changed := 0
	for _, id := range w.order {
		if !slices.Contains(hooked, id) {
			continue
		}
		got, err := s.TakeEvents(ctx, w.connections[id])
		if err != nil && (errors.Is(err, ErrBusy) || ctx.Err() != nil) {
			return result, err
		}
		if err != nil {
			result.Problems[id] = err
		}
		changed += len(got.Changed)
	}
	if changed == 0 || !w.read() || b.CutOver == nil {
		return result, nil
	}
	w.order = []string{b.Ledger}
	err = s.pullAll(ctx, w, false, &result)
	if err == nil && result.Problems[b.Ledger] == nil {
		err = s.settle(ctx, w, false, &result)
	}
	if err != nil {
		// The events are read, and nobody will tell of them again: what they call
		// for is left to the next ordinary run, which comes at once.
		err = errors.Join(err, s.soon(context.WithoutCancel(ctx), w.keep, w.connections[b.Ledger]))
	}
	return result, err
}

// soon makes a connection due.
func (s *Scheduler) soon(ctx context.Context, keep holder, c books.Connection) error {
	l, err := keep(ctx)
	if err != nil {
		return err
	}
	c.Due = s.Now()
	if err := s.Store.SaveSchedule(ctx, l, c); err != nil {
		return fmt.Errorf("schedule: have %s run soon: %w", c.ID, err)
	}
	return nil
}

// TakeEvents pulls what the events of a connection name, under its lease.
func (s *Scheduler) TakeEvents(ctx context.Context, c books.Connection) (inbox.Result, error) {
	keep, release, err := s.hold(ctx, c.Tenant, "connection/"+c.ID)
	if err != nil {
		return inbox.Result{}, err
	}
	defer release()
	if c, err = s.profiled(ctx, c, keep); err != nil {
		return inbox.Result{}, err
	}
	session, err := s.Open(c)
	if err != nil {
		return inbox.Result{}, err
	}
	w := &inbox.Worker{
		Store: s.Inbox, Session: session, Now: s.Now,
		Puller: &pull.Puller{Store: s.Pull, Session: session, Tenant: c.Tenant, Connection: c.ID, Now: s.Now},
	}
	got := inbox.Result{Changed: map[receivables.Kind]int{}}
	for range maxRounds {
		var one inbox.Result
		one, err = w.Run(s.Purpose(ctx, "hook"), keep)
		got.Add(one)
		if err != nil || one.Events == 0 {
			break
		}
	}
	if err == nil && got.Changed[receivables.KindPayout] > 0 {
		c, err = s.showDestinations(ctx, c, keep, got.Changed)
	}
	if connectors.ClassOf(err) != connectors.ClassReconnect {
		return got, err
	}
	c.State, c.Why = books.ConnectionReconnect, said(err)
	l, lost := keep(context.WithoutCancel(ctx))
	if lost != nil {
		return got, lost
	}
	if saved := s.Store.SaveSchedule(context.WithoutCancel(ctx), l, c); saved != nil {
		return got, fmt.Errorf("schedule: note that %s waits for a person: %w", c.ID, saved)
	}
	return got, err
}

// Takes says whether events of a connection are to be taken now, the first of
// which came in at first: not while it rests, and those of a ledger not right
// after it was pulled, unless they have waited for as long themselves.
func (s *Scheduler) Takes(c books.Connection, role connectors.Role, first time.Time) bool {
	now := s.Now()
	if resting(c, now) != nil {
		return false
	}
	return role != connectors.RoleLedger || c.Fresh == nil || now.Sub(*c.Fresh) >= ledgerPause || now.Sub(first) >= ledgerPause
}
