package schedule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/sync/lease"
	"tieout/sync/proof"
	"tieout/sync/pull"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

type holder = func(context.Context) (lease.Lease, error)

// maxRounds bounds how often a book is pulled, planned and written before it
// is left to the next run.
const maxRounds = 20

// BookResult is what one run over a book did.
type BookResult struct {
	Pulled  map[string]pull.Result
	Planned reconcile.Summary
	Pushed  push.Result
	// Problems are connections that could not be pulled, by id. Nothing is
	// written to them, and nothing is proven without them.
	Problems map[string]error
	Proof    *proof.Proof
}

// Options of a run.
type Options struct {
	// Full pulls everything again; Dry plans without writing; Prove measures
	// at the end.
	Full, Dry, Prove bool
	// Scheduled leaves connections alone that rest after a failure or wait
	// for a person; a run that somebody asked for tries them.
	Scheduled bool
}

// Book brings one book to rest: it pulls its connections, plans what is
// missing, writes it, and pulls again until nothing is left to do; then it
// proves.
func (s *Scheduler) Book(ctx context.Context, b books.Book, connections map[string]books.Connection, o Options) (BookResult, error) {
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
	if o.Scheduled {
		for _, id := range w.order {
			if why := resting(w.connections[id], s.Now()); why != nil {
				result.Problems[id] = why
			}
		}
	}
	if err := s.pullAll(ctx, w, o.Full, &result); err != nil {
		return result, err
	}
	if err := s.settle(ctx, w, o.Dry, &result); err != nil {
		return result, err
	}
	if !o.Prove || o.Dry || b.CutOver == nil {
		return result, nil
	}
	measured, err := s.prove(ctx, w, &result)
	result.Proof = &measured
	return result, err
}

// settle plans and writes until a pass finds nothing more to write. A book
// with a side that was never read to its end is left alone: payments would be
// held for customers that are only not there yet. Nor is anything planned on a
// ledger that could not be read just now: what a person has entered there
// meanwhile must not be entered again, nor asked about.
func (s *Scheduler) settle(ctx context.Context, w *work, dry bool, result *BookResult) error {
	if !w.read() {
		return nil
	}
	for range maxRounds {
		if result.Problems[w.book.Ledger] != nil {
			return nil
		}
		planned, err := w.reconciler(s, dry).Run(ctx, w.book)
		if errors.Is(err, reconcile.ErrSettings) {
			return fmt.Errorf("schedule: book %s: %w", w.book.ID, err)
		}
		if err != nil {
			return err
		}
		result.Planned.Movements += planned.Movements
		result.Planned.Intents += planned.Intents
		result.Planned.Decisions += planned.Decisions
		result.Planned.Planned = append(result.Planned.Planned, planned.Planned...)
		if dry {
			return nil
		}
		sent, err := s.pushAll(ctx, w, result)
		if err != nil {
			return err
		}
		if sent == 0 {
			return s.rested(ctx, w, result)
		}
		if err := s.pullAll(ctx, w, false, result); err != nil {
			return err
		}
	}
	return nil
}

// rested ends the caution about a restored book, once all of it was read and
// nothing is left to write or to wait for.
func (s *Scheduler) rested(ctx context.Context, w *work, result *BookResult) error {
	if !w.restored || len(result.Problems)+len(result.Pushed.Resting) > 0 || result.Pushed.Later != nil {
		return nil
	}
	l, err := w.keep(ctx)
	if err != nil {
		return err
	}
	w.restored = false
	return s.Store.Rested(ctx, l, w.book.ID)
}

// pushAll sends what is planned and may be sent now. A reading error of a
// vendor or a lost consent is the intent's matter; only a lost lease or a
// broken store ends the run.
func (s *Scheduler) pushAll(ctx context.Context, w *work, result *BookResult) (int, error) {
	p := &push.Pusher{Store: s.Push, Tenant: w.book.Tenant, Book: w.book.ID, Writer: w.writer, Now: s.Now, Jitter: s.Jitter, Purpose: s.Purpose, Recheck: w.restored}
	// What could not be pulled, or has failed in an earlier round, rests.
	round := push.Result{Resting: map[string]error{}}
	maps.Copy(round.Resting, result.Problems)
	maps.Copy(round.Resting, result.Pushed.Resting)
	for {
		more, err := p.Step(ctx, w.keep, &round)
		if err != nil {
			return 0, fmt.Errorf("schedule: push %s: %w", w.book.ID, err)
		}
		if !more {
			break
		}
		if s.Progress != nil {
			s.Progress(Event{Subject: "book " + w.book.Name, Step: "write", Written: round.Sent})
		}
	}
	if s.Progress != nil && round.Sent > 0 {
		s.Progress(Event{Subject: "book " + w.book.Name, Ended: true})
	}
	if result.Pushed.Resting == nil {
		result.Pushed.Resting = map[string]error{}
	}
	for id, why := range round.Resting {
		if result.Problems[id] == nil {
			result.Pushed.Resting[id] = why
		}
	}
	result.Pushed.Later = round.Later
	result.Pushed.Sent += round.Sent
	result.Pushed.Found += round.Found
	result.Pushed.Parked += round.Parked
	result.Pushed.Reconnect = append(result.Pushed.Reconnect, round.Reconnect...)
	return round.Sent + round.Found + len(round.Stale), nil
}

// pullAll pulls every connection of the book. One that fails is noted and not
// tried again in this run; the others go on.
func (s *Scheduler) pullAll(ctx context.Context, w *work, full bool, result *BookResult) error {
	for _, id := range w.order {
		if result.Problems[id] != nil {
			continue
		}
		c, got, err := s.pullConnection(ctx, w.connections[id], full)
		if err != nil && (errors.Is(err, ErrBusy) || ctx.Err() != nil || errors.Is(err, lease.ErrLost)) {
			return err
		}
		w.connections[id] = c
		if err != nil {
			result.Problems[id] = err
		}
		merge(result.Pulled, id, got)
	}
	return nil
}

func merge(all map[string]pull.Result, id string, got pull.Result) {
	if got.Seen == nil { // it failed before the first page
		return
	}
	sum, ok := all[id]
	if !ok {
		all[id] = got
		return
	}
	for k, n := range got.Seen {
		sum.Seen[k] += n
	}
	for k, n := range got.Changed {
		sum.Changed[k] += n
	}
	sum.Rejected += got.Rejected
	all[id] = sum
}

func (s *Scheduler) prove(ctx context.Context, w *work, result *BookResult) (proof.Proof, error) {
	p := &proof.Prover{
		Store: s.Proof, Ledger: w.ledger, Processors: w.processors, Now: s.Now, NewID: s.NewID,
		Interval: w.interval(s.Now()), Evidence: s.Evidence,
		Repull: func(ctx context.Context) error {
			if err := s.pullAll(ctx, w, false, result); err != nil {
				return err
			}
			return s.settle(ctx, w, false, result)
		},
	}
	var measured proof.Proof
	var err error
	if len(result.Problems) == 0 {
		measured, err = p.Prove(s.Purpose(ctx, "proof"), w.book)
	}
	if err != nil && (ctx.Err() != nil || !unread(err)) {
		return measured, err
	}
	if err != nil || len(result.Problems) > 0 {
		measured, err = p.NotMeasured(w.book, w.connections[w.book.Ledger].Profile.Home, unreadable(w, result.Problems, err))
		if err != nil {
			return measured, err
		}
	}
	l, err := w.keep(ctx)
	if err != nil {
		return measured, err
	}
	if measured, err = s.Evidence.Signer.Sign(ctx, measured); err != nil {
		return measured, err
	}
	return measured, s.Proof.SaveProof(ctx, l, measured)
}

// work is one book opened.
type work struct {
	book        books.Book
	connections map[string]books.Connection
	order       []string
	ledger      connectors.Ledger
	processors  map[string]connectors.Processor
	keep        holder
	// restored says that every write is looked for before it is sent.
	restored bool
}

func (s *Scheduler) openBook(ctx context.Context, b books.Book, connections map[string]books.Connection, keep holder) (*work, error) {
	w := &work{book: b, connections: maps.Clone(connections), order: append([]string{b.Ledger}, b.Sources...), processors: map[string]connectors.Processor{}, keep: keep}
	for _, id := range w.order {
		c, ok := connections[id]
		if !ok {
			return nil, fmt.Errorf("schedule: book %s: its connection %s does not exist", b.ID, id)
		}
		session, err := s.Open(c)
		if err != nil {
			return nil, err
		}
		if id == b.Ledger {
			ledger, ok := session.(connectors.Ledger)
			if !ok {
				return nil, fmt.Errorf("schedule: book %s: %s is no ledger", b.ID, c.Vendor)
			}
			w.ledger = ledger
			continue
		}
		processor, ok := session.(connectors.Processor)
		if !ok {
			return nil, fmt.Errorf("schedule: book %s: %s takes no payments", b.ID, c.Vendor)
		}
		w.processors[id] = processor
	}
	var err error
	if w.restored, err = s.Store.Restored(ctx, b.Tenant, b.ID); err != nil {
		return nil, fmt.Errorf("schedule: book %s: %w", b.ID, err)
	}
	return w, nil
}

// read says whether every connection has been read to its end at least once.
func (w *work) read() bool {
	for _, id := range w.order {
		if w.connections[id].Fresh == nil {
			return false
		}
	}
	return true
}

func (w *work) reconciler(s *Scheduler, dry bool) *reconcile.Reconciler {
	return &reconcile.Reconciler{
		Store: s.Reconcile, Ledger: w.ledger, Processor: w.processor, Home: w.connections[w.book.Ledger].Profile.Home, Lock: w.book.Settings.Lock(w.connections[w.book.Ledger].Profile.Lock),
		Now: s.Now, NewID: s.NewID, PayURL: s.PayURL, Hold: w.keep, Dry: dry, Restored: w.restored,
	}
}

func (w *work) processor(connection string) (connectors.Processor, error) {
	p, ok := w.processors[connection]
	if !ok {
		return nil, fmt.Errorf("schedule: connection %s takes no payments for this book", connection)
	}
	return p, nil
}

func (w *work) writer(connection string) (connectors.Writer, error) {
	if connection == w.book.Ledger {
		return w.ledger, nil
	}
	return w.processor(connection)
}

// interval is the longest time between two runs of the book's connections.
func (w *work) interval(now time.Time) time.Duration {
	var all []time.Duration
	for _, c := range w.connections {
		all = append(all, Interval(c.Schedule, now))
	}
	return slices.Max(append(all, time.Minute))
}
