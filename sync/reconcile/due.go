package reconcile

import (
	"context"

	"tieout/books"
	"tieout/mapping"
	"tieout/receivables"
)

// Due is what a customer can be asked for on one invoice.
type Due struct {
	Invoice receivables.Invoice
	// Payable is what the ledger says is open less the payments that it does not
	// show yet, in minor units of the invoice's currency; never below 0.
	Payable int64
	// Allowed is false where the book's settings want no links.
	Allowed bool
	// Booking says that a receipt was sent which the ledger may show in newer's
	// balance already, or not.
	Booking bool
}

// Due says what is payable on invoices. newer are invoices as they were read
// from the ledger just now, in the place of the stored ones. Invoices that are
// not known are left out.
func (r *Reconciler) Due(ctx context.Context, b books.Book, ids []string, newer []receivables.Invoice) ([]Due, error) {
	w, err := r.load(ctx, b, nil, ids)
	if err != nil {
		return nil, err
	}
	moved := map[string]bool{}
	for _, inv := range newer {
		old, ok := w.invoices[inv.ID]
		moved[inv.ID] = ok && old.Balance != inv.Balance
		w.invoices[inv.ID] = inv
	}
	var out []Due
	for _, id := range ids {
		inv, ok := w.invoices[id]
		if !ok {
			continue
		}
		out = append(out, Due{
			Invoice: inv, Payable: max(w.payable(inv), 0), Allowed: b.Settings.Links && w.linkAllowed(inv),
			Booking: moved[id] && w.sent(id),
		})
	}
	return out, nil
}

// sent says whether a receipt for the invoice is with the ledger and was not
// pulled yet.
func (w *world) sent(invoice string) bool {
	for _, a := range w.ofInvoice[invoice] {
		part := mapping.Part{Movement: a.Movement, Purpose: mapping.PurposeReceipt, Target: invoice}
		if p, ok := w.parts[part.Key()]; ok && p.State == PartSent {
			return true
		}
	}
	return false
}
