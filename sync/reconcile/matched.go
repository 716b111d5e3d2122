package reconcile

import (
	"context"

	"tieout/receivables"
)

// loadMatched reads invoices that were matched before and that no search finds
// any more: a document still to be written needs the invoice's rate.
func (w *world) loadMatched(ctx context.Context) error {
	var q InvoiceQuery
	for _, m := range w.movements {
		if m.State == MovementSettled {
			continue
		}
		for _, a := range w.paidBy(m) {
			if _, known := w.invoices[a.Invoice]; !known {
				q.IDs = add(q.IDs, a.Invoice)
			}
		}
	}
	if len(q.IDs) == 0 {
		return nil
	}
	found, err := w.r.Store.Invoices(ctx, w.book, q)
	for _, inv := range found {
		w.matched[inv.ID] = inv
	}
	return err
}

// paidInvoice is an invoice that a payment was matched to; its zero value when
// the ledger does not hold it any more.
func (w *world) paidInvoice(id string) receivables.Invoice {
	if inv, ok := w.invoices[id]; ok {
		return inv
	}
	return w.matched[id]
}
