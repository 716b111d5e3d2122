package reconcile

import (
	"context"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// loadForgotten reads the live receipts of a restored book that carry a marker of ours
// and that no part knows: they were written after the backup. It does so once in a
// run.
func (r *Reconciler) loadForgotten(ctx context.Context, b books.Book) error {
	if !r.Restored || r.forgotten != nil {
		return nil
	}
	found, err := r.Store.Unclaimed(ctx, b)
	if err != nil {
		return fmt.Errorf("reconcile: receipts of before the restore: %w", err)
	}
	r.forgotten = append([]receivables.Receipt{}, found...)
	return nil
}

// receiptsFor finds the receipts that were written for a movement and forgotten: the
// marker is the digest of exactly this movement's parts, so that nothing has to
// be guessed. A ledger that pays each invoice with a receipt of its own has
// several.
func (w *world) receiptsFor(m Movement) []receivables.Receipt {
	var found []receivables.Receipt
	if !m.pays() || len(w.r.forgotten) == 0 {
		return nil
	}
	for _, rc := range w.r.forgotten {
		if rc.Currency == m.Charge.Currency && w.marks(m, rc) {
			found = append(found, rc)
		}
	}
	return found
}

func (w *world) marks(m Movement, rc receivables.Receipt) bool {
	var all []mapping.Part
	for _, a := range rc.Allocations {
		if a.Target.Kind != receivables.KindInvoice {
			continue
		}
		part := mapping.Part{Movement: m.Row.ID, Purpose: mapping.PurposeReceipt, Target: a.Target.ID}
		if !slices.Contains(all, part) {
			all = append(all, part)
		}
	}
	return len(all) > 0 && connectors.Marker(w.book.ID, all) == rc.Marker
}

// remember matches a movement to what its forgotten receipts pay. The receipts
// are planned like any other, and found at the ledger instead of being written.
func (w *world) remember(m Movement) (match, bool) {
	receipts := w.receiptsFor(m)
	if len(receipts) == 0 {
		return match{}, false
	}
	result := match{rest: m.Charge.Amount, why: "It was matched before the database was restored: the ledger holds the receipt that was written for it."}
	var owners []receivables.Invoice
	for _, rc := range receipts {
		for _, a := range rc.Allocations {
			inv, ok := w.invoices[a.Target.ID]
			if amount := min(a.Amount, result.rest); ok && a.Target.Kind == receivables.KindInvoice && amount > 0 {
				owners = append(owners, inv)
				result.rest -= amount
				result.allocations = append(result.allocations, Allocation{
					Connection: m.Connection, Movement: m.Row.ID, Charge: m.Charge.ID, Invoice: inv.ID, Customer: inv.CustomerID,
					Amount: amount, Currency: inv.Currency, Rule: RuleWritten, Evidence: "the ledger holds our receipt " + rc.ID + " for it",
				})
			}
		}
	}
	result.owner = ownerOf(owners)
	return result, len(result.allocations) > 0
}
