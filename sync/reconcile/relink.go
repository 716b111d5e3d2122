package reconcile

import (
	"slices"
	"strings"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/push"
)

// relinked are the parts of a movement by which money of a receipt went back,
// once their documents stand: the receipt pays them from then on, and no longer
// the invoice. It is so for a debit that was returned, for a refund that the
// customer owes again, and for credit that is paid back.
func (w *world) relinked(m Movement) []PartRow {
	if m.Charge == nil || m.pays() {
		return nil
	}
	again := w.decided(m).Choice == mapping.ChoiceOwesAgain
	var parts []PartRow
	for _, p := range w.partsOf(m.Row.ID) {
		goes := p.Part.Purpose == mapping.PurposeReturn || p.Part.Purpose == mapping.PurposeRefund && (again || p.Part.Target == "")
		if goes && p.State == PartLive && p.Document.Kind == receivables.KindDocument {
			parts = append(parts, p)
		}
	}
	return parts
}

// receiptOf is the part of the charge that paid what a part takes back.
func (w *world) receiptOf(m Movement, p PartRow) (PartRow, bool) {
	part := mapping.Part{Movement: m.Charge.Movement, Purpose: mapping.PurposeReceipt, Target: p.Part.Target}
	row, ok := w.parts[part.Key()]
	return row, ok && row.State == PartLive && row.Document.Kind == receivables.KindReceipt
}

// relinkRefs are the receipts whose bodies are needed to apply them anew.
func (w *world) relinkRefs() []receivables.Ref {
	if _, able := w.r.Ledger.(connectors.Relinker); !able {
		return nil
	}
	var refs []receivables.Ref
	for _, m := range w.movements {
		for _, p := range w.relinked(m) {
			if row, ok := w.receiptOf(m, p); ok && !w.relinkPlanned(m, p) {
				refs = append(refs, row.Document)
			}
		}
	}
	return refs
}

func (w *world) relinkPlanned(m Movement, p PartRow) bool {
	_, ok := w.parts[mapping.Part{Movement: m.Row.ID, Purpose: mapping.PurposeRelink, Target: p.Part.Target}.Key()]
	return ok
}

// relink plans that receipts pay what went back out of them. It is done once: a
// person may apply them otherwise after that.
func (w *world) relink(m Movement) {
	relinker, able := w.r.Ledger.(connectors.Relinker)
	if !able {
		return
	}
	for _, p := range w.relinked(m) {
		receipt, ok := w.receiptOf(m, p)
		if !ok || w.relinkPlanned(m, p) || w.raws[receipt.Document] == nil {
			continue
		}
		write, needed, why, err := relinker.LowerRelink(connectors.Relink{
			ReceiptID: receipt.Document.ID, Raw: w.raws[receipt.Document], Want: w.appliedWithout(m, receipt, p),
		})
		switch {
		case err != nil:
			w.except(m, exceptRelinked, err.Error())
		case why != "":
			w.except(m, exceptRelinked, why)
		case needed:
			w.relinkIntent(m, p, receipt, write)
		}
	}
}

func (w *world) relinkIntent(m Movement, p, receipt PartRow, write connectors.Write) {
	id := w.toLedger(m, push.Intent{
		Write: write, Priority: push.PriorityPayout, Before: w.raws[receipt.Document],
		Why: "The receipt's money has gone back: it pays the document that says so",
	})
	part := mapping.Part{Movement: m.Row.ID, Purpose: mapping.PurposeRelink, Target: p.Part.Target, Amount: w.applied(m, p.Part)}
	w.setPart(PartRow{Part: part, Connection: m.Connection, State: w.partState(), Intent: id})
}

// appliedWithout is what a receipt is to be applied to: what its parts pay,
// less what went back before and now, and the documents that say so.
func (w *world) appliedWithout(m Movement, receipt, now PartRow) []receivables.Allocation {
	amounts := map[receivables.Ref]int64{}
	for _, p := range w.parts {
		switch {
		case p.Part.Movement == m.Charge.Movement && p.Part.Purpose == mapping.PurposeReceipt && p.Document == receipt.Document && p.Part.Target != "":
			amounts[receivables.Ref{Kind: receivables.KindInvoice, ID: p.Part.Target}] += w.applied(m, p.Part)
		case p.Part.Purpose == mapping.PurposeRelink && p.Document == receipt.Document && p.Part.Movement != m.Row.ID:
			w.moveAmount(amounts, p.Part)
		}
	}
	back := now.Part
	back.Amount = w.applied(m, back)
	w.moveAmount(amounts, back)
	var want []receivables.Allocation
	for ref, amount := range amounts {
		if amount > 0 {
			want = append(want, receivables.Allocation{Target: ref, Amount: amount})
		}
	}
	slices.SortFunc(want, func(a, b receivables.Allocation) int {
		return strings.Compare(docKey(a.Target), docKey(b.Target))
	})
	return want
}

// moveAmount takes what went back with a part off its invoice, and puts it on
// the document by which it went.
func (w *world) moveAmount(amounts map[receivables.Ref]int64, back mapping.Part) {
	if back.Target != "" {
		amounts[receivables.Ref{Kind: receivables.KindInvoice, ID: back.Target}] -= back.Amount
	}
	for _, p := range w.partsOf(back.Movement) {
		if p.Part.Target == back.Target && (p.Part.Purpose == mapping.PurposeReturn || p.Part.Purpose == mapping.PurposeRefund) {
			amounts[p.Document] += back.Amount
		}
	}
}
