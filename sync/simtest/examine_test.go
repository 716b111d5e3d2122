package simtest_test

import (
	"context"
	"fmt"

	"tieout/books"
	"tieout/sync/push"
	"tieout/sync/schedule"
)

// examine looks at a world at rest: at what it holds and at what is wrong.
func (w *world) examine(ctx context.Context) (canon, []string) {
	p := w.processes[0]
	var wrong []string
	fault := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	runs, err := p.Sync(ctx, schedule.Options{Prove: true})
	if err := w.fine(runs, err); err != nil {
		fault("a sync at rest: %v", err)
		return canon{}, wrong
	}
	r := runs[0].Result
	if n := r.Pushed.Sent + r.Pushed.Found + r.Pushed.Parked + r.Planned.Intents + r.Planned.Decisions; n != 0 {
		fault("a sync at rest sent %d, found %d, parked %d, planned %d, asked %d", r.Pushed.Sent, r.Pushed.Found, r.Pushed.Parked, r.Planned.Intents, r.Planned.Decisions)
	}
	if r.Proof == nil {
		fault("nothing was proven")
	} else {
		for _, l := range r.Proof.Lines {
			if !l.Measured || l.Unexplained != 0 {
				fault("proof %s %s: measured %t, unexplained %d of %d: %s %v", l.Check, l.Currency, l.Measured, l.Unexplained, l.Difference, l.Why, l.Explained)
			}
		}
	}
	b, err := p.book(ctx)
	if err != nil {
		fault("%v", err)
		return canon{}, wrong
	}
	all, err := p.Store.Intents(ctx, books.Tenant, b.ID, []push.State{push.StatePlanned, push.StateSending, push.StateUnknown, push.StateParked}, 100)
	if err != nil {
		fault("%v", err)
	}
	for _, in := range all {
		if in.State != push.StateParked || in.Problem == "" {
			fault("intent %s is %s: %q", in.Write.Key, in.State, in.Problem)
		}
	}
	held, err := heldBack(ctx, p)
	if err != nil {
		fault("%v", err)
	}
	own, err := ownDocuments(ctx, p)
	if err != nil {
		fault("%v", err)
	}
	return w.canon(p.Store.DB()), append(append(wrong, w.dumped(held, own)...), append(w.kept(ctx, p), w.broken...)...)
}

// heldBack is how much of each movement waits for a person.
func heldBack(ctx context.Context, p *process) (map[string]int64, error) {
	rows, err := p.Store.DB().QueryContext(ctx, `select movement, held from movement_state where held <> 0`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	held := map[string]int64{}
	for rows.Next() {
		var id string
		var amount int64
		if err := rows.Scan(&id, &amount); err != nil {
			return nil, err
		}
		held[id] = amount
	}
	return held, rows.Err()
}

// ownDocuments are the ids of the documents that the program counts as its own.
func ownDocuments(ctx context.Context, p *process) ([]string, error) {
	rows, err := p.Store.DB().QueryContext(ctx, `select distinct doc_id from part where state = 'live' order by doc_id`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	return all, rows.Err()
}
