package reconcile

import (
	"slices"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// maxRemovals is how many documents a run takes away by a rule; what is more
// stops for a person.
const maxRemovals = 5

// delayed says whether the movement is a payment that a bank may still send
// back: Stripe calls cards' "charge" and all others "payment" (Stripe docs:
// reports/balance-transaction-types).
func (m Movement) delayed() bool { return m.pays() && m.Row.Type == "payment" }

// wayOfReturn is how the payment that a movement takes back can be booked as
// returned. What is booked already goes on in the way it was begun.
func (w *world) wayOfReturn(m Movement) mapping.Way {
	if m.Charge == nil || m.pays() || m.Refund != nil || w.book.Accounts.Returned == "" {
		return mapping.WayInvoice
	}
	way, known := w.ways[m.Row.ID]
	if !known {
		if way, known = w.wayBegun(m); !known {
			way = w.wayOpen(m)
		}
		w.ways[m.Row.ID] = way
	}
	return way
}

// wayBegun is the way of a return that has parts already.
func (w *world) wayBegun(m Movement) (mapping.Way, bool) {
	way, begun := mapping.WayDishonour, false
	for _, p := range w.partsOf(m.Row.ID) {
		switch p.Part.Purpose {
		case mapping.PurposeReturn:
			begun = true
		case mapping.PurposeReopen:
			way = mapping.WayInvoice
		}
	}
	return way, begun
}

// wayOpen is the way that the receipts leave open: they have to be ours, in an
// open period, not reconciled, and removable. A payment whose receipt was not
// written yet needs none to be taken off.
func (w *world) wayOpen(m Movement) mapping.Way {
	remover, able := w.r.Ledger.(connectors.Remover)
	if !able || slices.ContainsFunc(w.paidBy(m), func(a Allocation) bool { return a.Invoice == "" || a.Adopted != "" }) {
		return mapping.WayInvoice
	}
	receipts := w.receiptsBehind(m)
	for _, p := range receipts {
		doc, ok := w.documentOf(p)
		if !ok || p.State != PartLive || p.Document.Kind != receivables.KindReceipt || doc.State != receivables.StateLive || doc.Reconciled || doc.Date <= w.r.Lock {
			return mapping.WayInvoice
		}
		_, needed, _, err := remover.LowerRemoval(connectors.Removal{Document: p.Document, Kind: doc.Kind, Raw: w.raws[p.Document], Generation: p.Generation})
		if err != nil || !needed {
			return mapping.WayInvoice
		}
	}
	if len(receipts) > 0 && (w.paidOut(m) || w.r.removed+len(receipts) > maxRemovals) {
		return mapping.WayAsk
	}
	w.r.removed += len(receipts)
	return mapping.WayDishonour
}

// receiptsBehind are the parts by which the payment that a movement takes back
// was booked on invoices.
func (w *world) receiptsBehind(m Movement) []PartRow {
	var list []PartRow
	for _, p := range w.partsOf(m.Charge.Movement) {
		if p.Part.Purpose == mapping.PurposeReceipt {
			list = append(list, p)
		}
	}
	return list
}

// paidOut says whether the payment that a movement takes back has left with a
// payout.
func (w *world) paidOut(m Movement) bool {
	return slices.ContainsFunc(w.movements, func(other Movement) bool { return other.Row.ID == m.Charge.Movement && other.Row.Payout != "" })
}

// dishonoured says whether a payment was returned, and its return is booked by
// taking it off its invoices.
func (w *world) dishonoured(m Movement) bool {
	if !m.delayed() {
		return false
	}
	for _, back := range w.movements {
		if back.pays() || back.Charge == nil || back.Charge.Movement != m.Row.ID {
			continue
		}
		c := w.bookingCase(back, match{})
		if c.Dishonours() && mapping.PlanFor(c).Verdict == mapping.Booked && w.outside(back) == "" && w.touched(back, match{}) == "" {
			return true
		}
	}
	return false
}

// receiptRefs are the receipts of payments that movements of the batch take
// back: whether they can be taken off their invoices is for their bodies to say.
func (w *world) receiptRefs() []receivables.Ref {
	var refs []receivables.Ref
	for _, m := range w.movements {
		if m.Charge == nil || m.pays() || m.Refund != nil || w.book.Accounts.Returned == "" {
			continue
		}
		for _, p := range w.receiptsBehind(m) {
			if p.State == PartLive && p.Document.Kind == receivables.KindReceipt {
				refs = append(refs, p.Document)
			}
		}
	}
	return refs
}

// replaceable says whether a part's receipt makes way for received money.
func (w *world) replaceable(p mapping.Part) bool {
	row, ok := w.parts[p.Key()]
	return ok && row.State == PartLive && row.Document.Kind == receivables.KindReceipt
}

// following is the generation after the newest of a booking's parts.
func (w *world) following(b mapping.Booking) int {
	newest := 0
	for _, p := range b.Parts {
		newest = max(newest, w.parts[p.Key()].Generation)
	}
	return newest + 1
}
