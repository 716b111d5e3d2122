package reconcile

import (
	"context"
	"fmt"
	"slices"

	"tieout/books"
)

// DecideWriter is the kind of the question about what another writer has left
// in the ledger. Any answer ends it.
const DecideWriter = "other_writer"

// Trace is what another writer of Stripe's money has left in the ledger, and
// what nobody has decided about: nothing is written for what it touches.
type Trace struct {
	// Subject names it for the decision, Text says what it is.
	Subject, Text string
	// Asked says that the question is open already.
	Asked bool
}

// Traces is what other writers touch.
type Traces struct {
	// Touched are the traces by movement.
	Touched map[string]Trace
	// Gone are open questions about traces that are there no more, by id.
	Gone []string
}

// loadTraces reads once in a run what other writers have left.
func (r *Reconciler) loadTraces(ctx context.Context, b books.Book) error {
	if r.traces.Touched != nil {
		return nil
	}
	var err error
	r.traces, err = r.Store.Traces(ctx, b)
	if r.traces.Touched == nil {
		r.traces.Touched = map[string]Trace{}
	}
	if err != nil {
		return fmt.Errorf("reconcile: other writers: %w", err)
	}
	return nil
}

// touched is why nothing is written for a movement that another writer may
// have booked too; "" when none has, when a document of ours or an adopted one
// stands for it already, or when a person has decided.
func (w *world) touched(m Movement, found match) string {
	t, ok := w.r.traces.Touched[m.Row.ID]
	if !ok || len(w.partsOf(m.Row.ID)) > 0 || slices.ContainsFunc(found.allocations, func(a Allocation) bool { return a.Adopted != "" }) {
		return ""
	}
	if !t.Asked {
		w.question(t.Subject, DecideWriter, t.Text+" Shall what it touches be booked all the same?",
			Option{Key: "go_on", Text: "It stands for something else, or I have taken care of it: book what it touches"})
		for id, other := range w.r.traces.Touched {
			if other.Subject == t.Subject {
				other.Asked = true
				w.r.traces.Touched[id] = other
			}
		}
	}
	return t.Text + " Nothing is written for what it touches until somebody has decided."
}
