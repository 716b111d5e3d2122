package inbox

import (
	"context"
	"fmt"
	"time"
)

const (
	// saveTime bounds one transaction, so that an answer comes well within the
	// three seconds that Intuit waits (Intuit docs: webhooks best practices) and
	// the five of Xero (Xero docs: webhooks/configuring-your-server).
	saveTime = 2 * time.Second
	// maxParcels is how many deliveries one transaction stores.
	maxParcels = 64
)

// parcel is a delivery that waits to be stored.
type parcel struct {
	rows []Row
	// turn tells it to store all that wait, done that it is stored.
	turn chan struct{}
	done chan error
}

// keep stores rows. Deliveries that come while others are being stored wait,
// and go together in the next transaction: the first of them stores all. No
// goroutine of ours is needed for it.
func (r *Receiver) keep(ctx context.Context, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	p := &parcel{rows: rows, turn: make(chan struct{}, 1), done: make(chan error, 1)}
	r.mu.Lock()
	r.waiting = append(r.waiting, p)
	if !r.saving {
		r.saving = true
		p.turn <- struct{}{}
	}
	r.mu.Unlock()
	// Both come within bounded time, whatever becomes of the caller: whoever has
	// the turn has to use it.
	select {
	case err := <-p.done:
		return err
	case <-p.turn:
		r.saveWaiting(ctx)
		return <-p.done
	}
}

// saveWaiting stores the parcels that wait, up to a limit, and passes the turn
// on.
func (r *Receiver) saveWaiting(ctx context.Context) {
	r.mu.Lock()
	n := min(len(r.waiting), maxParcels)
	batch := r.waiting[:n:n]
	r.waiting = r.waiting[n:]
	r.mu.Unlock()
	ctx, cancel := saving(ctx)
	defer cancel()
	r.saveParcels(ctx, batch)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) > 0 {
		r.waiting[0].turn <- struct{}{}
		return
	}
	r.saving, r.waiting = false, nil
}

// saveParcels stores a batch, or each alone when together they fail.
func (r *Receiver) saveParcels(ctx context.Context, batch []*parcel) {
	var all []Row
	for _, p := range batch {
		all = append(all, p.rows...)
	}
	err := r.save(ctx, all)
	for _, p := range batch {
		alone := err
		if err != nil && len(batch) > 1 {
			alone = r.save(ctx, p.rows)
		}
		p.done <- alone
	}
}

// save finds whom the events are about and stores them.
func (r *Receiver) save(ctx context.Context, rows []Row) error {
	targets := map[company][]Target{}
	for vendor, ids := range companies(rows) {
		found, err := r.Store.Targets(ctx, vendor, ids)
		if err != nil {
			return fmt.Errorf("inbox: whom the events are about: %w", err)
		}
		for _, t := range found {
			at := company{vendor, t.ExternalID}
			targets[at] = append(targets[at], t)
		}
	}
	for vendor := range nameless(rows) {
		found, err := r.Store.Targets(ctx, vendor, nil)
		if err != nil {
			return fmt.Errorf("inbox: whom the events are about: %w", err)
		}
		targets[company{vendor, ""}] = found
	}
	var out []Row
	for _, row := range rows {
		out = append(out, route(row, targets[company{row.Vendor, row.Event.ExternalID}])...)
	}
	if err := r.Store.SaveEvents(ctx, out); err != nil {
		return fmt.Errorf("inbox: store events: %w", err)
	}
	return nil
}
