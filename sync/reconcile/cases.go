package reconcile

import (
	"context"

	"tieout/books"
	"tieout/mapping"
)

// Cases are what the bookings of movements depend on, as a pass under the
// book's settings sees them now. They show what other settings would do: nothing
// is planned, asked or written. Movements before the cut-over have none.
func (r *Reconciler) Cases(ctx context.Context, b books.Book, movements []string) ([]mapping.Case, error) {
	if b.CutOver == nil {
		return nil, nil
	}
	w, err := r.load(ctx, b, movements, nil)
	if err != nil {
		return nil, err
	}
	var out []mapping.Case
	for _, m := range w.movements {
		if w.ours(m) {
			out = append(out, w.bookingCase(m, w.allocated(m)))
		}
	}
	return out, nil
}
