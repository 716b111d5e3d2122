package reconcile

import (
	"context"
	"fmt"
	"maps"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
)

// loadEarlier reads which of the batch's movements, and of those that they take
// back, are not the book's though they were made since its cut-over. Only a book
// that begins with a payout has such.
func (w *world) loadEarlier(ctx context.Context) error {
	if w.book.From == nil {
		return nil
	}
	var ids []string
	for _, m := range w.movements {
		ids = add(ids, m.Row.ID)
		ids = add(ids, m.origins()...)
	}
	if w.r.Earlier == nil {
		var err error
		w.earlier, err = w.r.Store.Earlier(ctx, w.book, ids)
		return err
	}
	w.earlier = map[string]books.Cause{}
	for _, id := range ids {
		if cause, ok := w.r.Earlier[id]; ok {
			w.earlier[id] = cause
		}
	}
	return nil
}

// before says whether a movement is not the book's, because it was made before
// the cut-over or is earlier than the payout that the book begins with.
func (w *world) before(movement string, created time.Time) bool {
	return w.book.CutOver != nil && (created.Before(*w.book.CutOver) || w.earlier[movement] != "")
}

// ours says whether a movement is the book's to account for.
func (w *world) ours(m Movement) bool { return !w.before(m.Row.ID, m.Row.Created) }

// earlierCharge says whether the charge behind a movement is not the book's.
func (w *world) earlierCharge(m Movement) bool {
	return m.Charge != nil && w.before(m.Charge.Movement, m.Charge.Created)
}

// whyEarlier says why a movement is not the book's, without its full stop.
func (w *world) whyEarlier(m Movement) string {
	switch w.earlier[m.Row.ID] {
	case books.CausePaidOut:
		return fmt.Sprintf("It is earlier than payout %s, with which the book begins", w.book.From.Payout)
	case books.CauseReceipt:
		return "Its receipt stood in the ledger when the book began"
	}
	return "It lies before the cut-over"
}

// Entered is a payment for which a receipt stands in the ledger that is not
// ours.
type Entered struct {
	Connection string
	Movement   string
	Net        money.Money
	// Charge is Stripe's name of the payment, Receipt the ledger's of the receipt.
	Charge, Receipt string
	Date            receivables.Date
}

// Entered gives those of the payments for which somebody has entered a receipt
// already, as a pass over a book that begins with a payout would find them. Each
// receipt stands for one payment. Nothing is written.
func (r *Reconciler) Entered(ctx context.Context, b books.Book, payments []string) ([]Entered, error) {
	var out []Entered
	taken := map[string]string{}
	for len(payments) > 0 {
		n := min(len(payments), batch)
		w, err := r.load(ctx, b, payments[:n], nil)
		if err != nil {
			return nil, err
		}
		maps.Copy(w.adopted, taken)
		for _, m := range w.movements {
			if one, ok := w.enteredFor(m); ok && w.ours(m) {
				out = append(out, one)
			}
		}
		payments, taken = payments[n:], w.adopted
	}
	return out, nil
}

// enteredFor is the receipt that a match finds to stand for a payment, or that
// an earlier pass has found.
func (w *world) enteredFor(m Movement) (Entered, bool) {
	if !m.pays() {
		return Entered{}, false
	}
	found := w.allocated(m)
	var id, name string
	for _, a := range found.allocations {
		if a.Adopted != "" {
			id, name = a.Adopted, "the receipt "+a.Adopted
		}
	}
	if found.entered != nil {
		id, name = found.entered.ID, w.receiptNamed(*found.entered)
	}
	if id == "" {
		return Entered{}, false
	}
	w.adopted[id] = m.Row.ID
	return Entered{
		Connection: m.Connection, Movement: m.Row.ID, Charge: m.Charge.ID, Net: money.Money{Minor: m.Row.Net, Currency: m.Row.Currency},
		Receipt: name, Date: receivables.DateIn(m.Row.Created, w.zone),
	}, true
}
