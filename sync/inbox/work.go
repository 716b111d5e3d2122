package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/pull"
)

const (
	// maxEvents is how many events one targeted pull covers.
	maxEvents = 100
	// maxTries is how often an object is tried before it is left to the pulls
	// that do not depend on webhooks.
	maxTries = 6
	// firstPause doubles with each try.
	firstPause = 5 * time.Second
)

// Worker pulls what the events of one connection name.
type Worker struct {
	Store   WorkStore
	Session connectors.Session
	Puller  *pull.Puller
	Now     func() time.Time
}

// Result counts what a run did.
type Result struct {
	// Events were settled, of which Echoes told nothing new.
	Events, Echoes int
	// Changed is what came into the model.
	Changed map[receivables.Kind]int
}

// Add takes in what another run did.
func (r *Result) Add(other Result) {
	r.Events += other.Events
	r.Echoes += other.Echoes
	for kind, n := range other.Changed {
		r.Changed[kind] += n
	}
}

// Run makes one targeted pull for the events that wait, all together. A failure
// of the vendor delays them and is given back. One that a single object of
// theirs may have caused is found by reading each alone, and noted with the
// event.
func (w *Worker) Run(ctx context.Context, hold func(context.Context) (lease.Lease, error)) (Result, error) {
	result := Result{Changed: map[receivables.Kind]int{}}
	rows, err := w.Store.NewEvents(ctx, w.Puller.Tenant, w.Puller.Connection, w.Now(), maxEvents)
	if err != nil {
		return result, fmt.Errorf("inbox: events of %s: %w", w.Puller.Connection, err)
	}
	if len(rows) == 0 {
		return result, nil
	}
	err = w.read(ctx, hold, rows, &result)
	if err == nil || !single(err) {
		return result, err
	}
	wanted := refs(rows)
	if len(wanted) == 1 {
		return result, nil // it was alone, and is noted
	}
	for _, ref := range wanted {
		own := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Event.Ref != ref })
		if err := w.read(ctx, hold, own, &result); err != nil && !single(err) {
			return result, err
		}
	}
	return result, nil
}

// single says whether a failure may be that of one object, so that reading the
// others alone helps.
func single(err error) bool {
	f, ok := connectors.AsFailure(err)
	if !ok {
		return false
	}
	switch f.Class {
	case connectors.ClassRetry, connectors.ClassLater, connectors.ClassReconnect:
		return false
	}
	return true
}

// read pulls what rows name and settles them.
func (w *Worker) read(ctx context.Context, hold func(context.Context) (lease.Lease, error), rows []Row, result *Result) error {
	l, err := hold(ctx)
	if err != nil {
		return err
	}
	drafts, err := w.fetch(ctx, rows)
	if err != nil {
		return w.failed(ctx, hold, rows, err)
	}
	saved, err := w.Puller.Keep(ctx, l, drafts)
	if err != nil {
		return err
	}
	changed := map[receivables.Ref]bool{}
	for _, ref := range saved.Objects {
		changed[ref] = true
	}
	for i := range rows {
		rows[i].State, rows[i].Why, rows[i].Changed = StateDone, "", changed[rows[i].Event.Ref]
		if !rows[i].Changed {
			result.Echoes++
		}
	}
	result.Events += len(rows)
	for kind, n := range saved.Changed {
		result.Changed[kind] += n
	}
	return w.settle(ctx, l, rows)
}

func (w *Worker) settle(ctx context.Context, l lease.Lease, rows []Row) error {
	if err := w.Store.SettleEvents(ctx, l, rows); err != nil {
		return fmt.Errorf("inbox: settle events of %s: %w", w.Puller.Connection, err)
	}
	return nil
}

// fetch reads the objects. One that an event calls deleted, and that the vendor
// does not know any more, is.
func (w *Worker) fetch(ctx context.Context, rows []Row) ([]mapping.Draft, error) {
	var drafts []mapping.Draft
	var err error
	if named, ok := w.Session.(connectors.NamedFetcher); ok {
		drafts, err = named.FetchNamed(ctx, events(rows))
	} else {
		drafts, err = w.Session.Fetch(ctx, refs(rows))
	}
	if err != nil {
		return nil, fmt.Errorf("inbox: read what webhooks name of %s: %w", w.Puller.Connection, err)
	}
	gone := map[receivables.Ref]bool{}
	for _, r := range rows {
		gone[r.Event.Ref] = gone[r.Event.Ref] || r.Event.Deleted
	}
	for i, d := range drafts {
		if d.Problem != "" && gone[receivables.Ref{Kind: d.Kind, ID: d.ID}] {
			drafts[i] = mapping.Draft{Kind: d.Kind, ID: d.ID, Order: d.Order, Deleted: true}
		}
	}
	return drafts, nil
}

// failed delays rows after a failure that may pass; other rows stay as they
// are, for whoever reads each alone.
func (w *Worker) failed(ctx context.Context, hold func(context.Context) (lease.Lease, error), rows []Row, err error) error {
	f, ok := connectors.AsFailure(err)
	if ctx.Err() != nil || !ok || f.Class == connectors.ClassReconnect {
		return err
	}
	if single(err) {
		if len(refs(rows)) > 1 {
			return err
		}
		return errors.Join(err, w.giveUp(ctx, hold, rows, err))
	}
	now := w.Now()
	for i := range rows {
		r := &rows[i]
		r.Tries, r.Why = r.Tries+1, f.Error()
		r.NotBefore = now.Add(firstPause << min(r.Tries, maxTries))
		if f.At.After(r.NotBefore) {
			r.NotBefore = f.At
		}
		if r.Tries >= maxTries {
			r.State = StateIgnored
		}
	}
	l, held := hold(ctx)
	if held != nil {
		return errors.Join(err, held)
	}
	return errors.Join(err, w.settle(ctx, l, rows))
}

// giveUp leaves rows to the pulls that do not depend on webhooks.
func (w *Worker) giveUp(ctx context.Context, hold func(context.Context) (lease.Lease, error), rows []Row, err error) error {
	l, held := hold(ctx)
	if held != nil {
		return held
	}
	for i := range rows {
		rows[i].State, rows[i].Why = StateIgnored, err.Error()
		if f, ok := connectors.AsFailure(err); ok {
			rows[i].Why = f.Error()
		}
	}
	return w.settle(ctx, l, rows)
}
