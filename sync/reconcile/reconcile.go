package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/push"
)

// batch is how many marks or movements one transaction covers: enough to
// share the look-ups, small enough to hold in memory.
const batch = 500

// maxRounds bounds a run: marks that keep coming back are worked on by the
// next one.
const maxRounds = 10_000

// Reconciler works on one book.
type Reconciler struct {
	Store Store
	// Ledger and Processor lower what is planned; neither is called over the
	// network here.
	Ledger    connectors.Ledger
	Processor func(connection string) (connectors.Processor, error)
	// Home is the ledger's home currency; "" when it is not known.
	Home money.Currency
	// Lock is the last closed day of the ledger.
	Lock receivables.Date
	Now  func() time.Time
	// NewID makes ids for intents and decisions.
	NewID func() string
	// PayURL is the address of our own pay page for a token; nil where there is
	// none, and links are the processor's.
	PayURL func(token string) string
	// Hold gives the book's lease, renewed when needed.
	Hold func(context.Context) (lease.Lease, error)
	// Dry computes the plan of the whole book without writing it.
	Dry bool
	// Earlier, when set, takes the place of the movements that the store keeps
	// as earlier than the book: for a book that is only proposed.
	Earlier map[string]books.Cause

	// removed counts the documents that a rule has taken away in a run.
	removed int
	// Restored says that the book's rows came out of a backup, and may lack what
	// was written since.
	Restored bool

	// forgotten are our receipts in the ledger that no part knows; nil before
	// they were read.
	forgotten []receivables.Receipt
	// traces are what other writers have left, read once in a run.
	traces Traces
}

// Summary counts what a run planned.
type Summary struct {
	Movements int
	Intents   int
	Decisions int
	// Planned are the intents of a dry run.
	Planned []push.Intent
}

// Run works on the book's marks until none is left. A book without a
// confirmed cut-over keeps its marks: nothing is desired yet.
func (r *Reconciler) Run(ctx context.Context, b books.Book) (Summary, error) {
	var sum Summary
	if b.CutOver == nil {
		return sum, nil
	}
	if r.Dry {
		err := r.wholeBook(ctx, b, &sum)
		return sum, err
	}
	recheck := false
	parked, err := r.parked(ctx, b)
	if err != nil {
		return sum, err
	}
	for range maxRounds {
		marks, err := r.Store.Marks(ctx, b, batch)
		if err != nil {
			return sum, fmt.Errorf("reconcile: marks: %w", err)
		}
		if len(marks) == 0 {
			break
		}
		if err := r.retryFor(ctx, b, parked, marks); err != nil {
			return sum, err
		}
		if !recheck && news(marks) {
			// Before the invoices themselves: no link is made for one that
			// the processor collects.
			recheck = true
			if err := r.walkBilled(ctx, b, &sum); err != nil {
				return sum, err
			}
		}
		if err := r.marked(ctx, b, marks, &sum); err != nil {
			return sum, err
		}
	}
	if recheck || sum.Intents > 0 {
		if err := r.recheckHeld(ctx, b, &sum); err != nil {
			return sum, err
		}
	}
	if err := r.sumSales(ctx, b, &sum); err != nil {
		return sum, err
	}
	return sum, r.shareFees(ctx, b, &sum)
}

// walkBilled looks at the processor's own invoices that are open: one that
// stood only with the processor may have come into the ledger since.
func (r *Reconciler) walkBilled(ctx context.Context, b books.Book, sum *Summary) error {
	for after := ""; ; {
		ids, err := r.Store.BilledIDs(ctx, b, after, batch)
		if err != nil {
			return fmt.Errorf("reconcile: the processor's invoices: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		if err := r.work(ctx, b, nil, ids, nil, sum); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// recheckHeld looks at held movements until that plans nothing more: an
// amount that fitted two invoices fits one when the other has been paid.
func (r *Reconciler) recheckHeld(ctx context.Context, b books.Book, sum *Summary) error {
	for range maxRounds {
		before := sum.Intents
		if err := r.walkMovements(ctx, b, []MovementState{MovementHeld}, sum); err != nil {
			return err
		}
		if sum.Intents == before {
			return nil
		}
	}
	return nil
}

// news says whether held movements and the processor's own invoices should be
// looked at again: a new invoice or customer may be what they were waiting for.
func news(marks []Mark) bool {
	return slices.ContainsFunc(marks, func(m Mark) bool {
		switch m.Ref.Kind {
		case receivables.KindInvoice, receivables.KindCustomer, receivables.KindReceipt, receivables.KindCredit, receivables.KindPayer, receivables.KindAccount:
			return true
		}
		return false
	})
}

// marked works on one batch of marks.
func (r *Reconciler) marked(ctx context.Context, b books.Book, marks []Mark, sum *Summary) error {
	var invoices []string
	whole := false
	for _, m := range marks {
		switch m.Ref.Kind {
		case MarkBook:
			whole = true
		case receivables.KindInvoice:
			invoices = append(invoices, m.Ref.ID)
		}
	}
	if whole {
		if err := r.wholeBook(ctx, b, sum); err != nil {
			return err
		}
	}
	movements, err := r.Store.Touched(ctx, b, marks)
	if err != nil {
		return fmt.Errorf("reconcile: touched: %w", err)
	}
	return r.work(ctx, b, movements, invoices, marks, sum)
}

// wholeBook looks at every movement and every open invoice.
func (r *Reconciler) wholeBook(ctx context.Context, b books.Book, sum *Summary) error {
	all := []MovementState{MovementNew, MovementContext, MovementWaiting, MovementHeld, MovementException, MovementSettled, MovementEmpty, MovementFeeLater, MovementSaleLater}
	if err := r.walkBilled(ctx, b, sum); err != nil {
		return err
	}
	if err := r.walkMovements(ctx, b, all, sum); err != nil {
		return err
	}
	if !b.Settings.Links {
		return nil // an invoice by itself asks for nothing but its link
	}
	for after := ""; ; {
		ids, err := r.Store.InvoiceIDs(ctx, b, after, batch)
		if err != nil {
			return fmt.Errorf("reconcile: invoices: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		if err := r.work(ctx, b, nil, ids, nil, sum); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

func (r *Reconciler) walkMovements(ctx context.Context, b books.Book, states []MovementState, sum *Summary) error {
	for after := ""; ; {
		ids, err := r.Store.OpenMovements(ctx, b, states, after, batch)
		if err != nil {
			return fmt.Errorf("reconcile: movements: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		if err := r.work(ctx, b, ids, nil, nil, sum); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// work reconciles movements and invoices and writes the result in one
// transaction, together with the end of the marks that asked for it.
func (r *Reconciler) work(ctx context.Context, b books.Book, movements, invoices []string, marks []Mark, sum *Summary) error {
	if err := r.loadTraces(ctx, b); err != nil {
		return err
	}
	if err := r.loadForgotten(ctx, b); err != nil {
		return err
	}
	w, err := r.load(ctx, b, movements, invoices)
	if err != nil {
		return err
	}
	if err := w.reconcile(); err != nil {
		return err
	}
	return r.save(ctx, b, w, marks, sum)
}

// save counts what was planned and writes it, unless the run is dry.
func (r *Reconciler) save(ctx context.Context, b books.Book, w *world, marks []Mark, sum *Summary) error {
	w.result.At, w.result.Done = r.Now(), marks
	w.result.Overtaken, r.traces.Gone = append(w.result.Overtaken, r.traces.Gone...), nil
	sum.Movements += len(w.movements)
	sum.Intents += len(w.result.Intents)
	sum.Decisions += w.asked
	if r.Dry {
		sum.Planned = append(sum.Planned, w.result.Intents...)
		return nil
	}
	if len(marks) == 0 && w.result.Empty() {
		return nil
	}
	l, err := r.Hold(ctx)
	if err != nil {
		return err
	}
	if err := r.Store.Save(ctx, l, b, w.result); err != nil {
		return fmt.Errorf("reconcile: save: %w", err)
	}
	return nil
}
