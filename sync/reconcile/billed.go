package reconcile

import (
	"context"
	"maps"
	"slices"

	"tieout/mapping"
	"tieout/receivables"
)

// loadBilled reads the processor's own invoices that the batch is about: those
// that were asked for, those that its charges pay, and those that were found
// to be one of its ledger invoices. The movements that paid them belong to the
// batch too: what they are depends on each other.
func (w *world) loadBilled(ctx context.Context) error {
	q := BilledQuery{IDs: slices.Clone(w.wanted), Ledger: w.wanted}
	have := map[string]bool{}
	for _, m := range w.movements {
		have[m.Row.ID] = true
		if m.Charge != nil {
			q.IDs = add(q.IDs, m.Charge.InvoiceID)
		}
	}
	if len(q.IDs)+len(q.Ledger) == 0 {
		return nil
	}
	found, err := w.r.Store.Billed(ctx, w.book, q)
	if err != nil {
		return err
	}
	var more []string
	for _, s := range found {
		w.billed[s.Invoice.ID] = s
		if !have[s.Movement] {
			more = add(more, s.Movement)
		}
	}
	return w.loadMovements(ctx, more)
}

// payments are the movements and, as if they had just been paid, the
// processor's own invoices: who pays is found out in one way.
func (w *world) payments() []Movement {
	list := slices.Clone(w.movements)
	for _, id := range slices.Sorted(maps.Keys(w.billed)) {
		list = append(list, w.billed[id].payment())
	}
	return list
}

// payment is the invoice as the payment that it asks for.
func (s Billed) payment() Movement {
	c := receivables.Charge{
		PayerID: s.Invoice.CustomerID, Amount: s.Invoice.Total, Currency: s.Invoice.Currency, InvoiceID: s.Invoice.ID,
	}
	if len(s.Invoice.Recipients) > 0 {
		c.Email = s.Invoice.Recipients[0]
	}
	if b := s.Invoice.Billed; b != nil {
		c.Name, c.Metadata = b.PayerName, b.Metadata
	}
	return Movement{Connection: s.Connection, Charge: &c, Payer: s.Payer}
}

// counts says whether the invoice can be a receivable at all.
func (s Billed) counts() bool {
	return s.Invoice.State == receivables.StateLive && s.Invoice.Total > 0
}

// askForMirrors asks for the ledger invoices that may be one of the
// processor's: named by an id on either side, of its number, or of whoever may
// owe it.
func (w *world) askForMirrors(q *InvoiceQuery) {
	for _, id := range slices.Sorted(maps.Keys(w.billed)) {
		s := w.billed[id]
		if !s.counts() {
			continue
		}
		payment := s.payment()
		q.IDs = add(q.IDs, s.Mirror.Ledger, ownInvoice(w.book.ID, payment))
		q.Mirrors = append(q.Mirrors, id)
		if key := mapping.NumberKey(s.Invoice.Number); key != "" {
			q.Numbers = add(q.Numbers, key)
			q.References = add(q.References, key)
		}
		for _, c := range w.payersOf(payment) {
			q.Customers = add(q.Customers, w.family(c)...)
		}
	}
}

// setMirror notes what one of the processor's invoices is.
func (w *world) setMirror(m Mirror) {
	if old, ok := w.mirrors[m.Invoice]; ok && w.mirrored[old.Ledger] == m.Invoice {
		delete(w.mirrored, old.Ledger)
	}
	w.mirrors[m.Invoice] = m
	if m.Ledger == "" || m.State == MirrorOwn {
		return
	}
	// A question takes nothing from one that is known.
	if other, taken := w.mirrored[m.Ledger]; !taken || m.State == MirrorFound || w.mirrors[other].State != MirrorFound {
		w.mirrored[m.Ledger] = m.Invoice
	}
}

// collected says whether the processor collects a ledger invoice by one of its
// own that is still open, or may be: a payment link beside that would ask the
// customer twice.
func (w *world) collected(invoice string) bool {
	id, ok := w.mirrored[invoice]
	if !ok {
		return false
	}
	s, known := w.billed[id]
	return !known || s.Invoice.State == receivables.StateDraft || s.Invoice.State == receivables.StateLive && s.Invoice.Balance > 0
}
