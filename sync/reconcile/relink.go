package reconcile

import (
	"fmt"
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
		if doc, ok := w.documentOf(p); goes && ok && p.stands() && doc.State == receivables.StateLive && doc.Ref.Kind == receivables.KindDocument {
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
	row, ok := w.parts[mapping.Part{Movement: m.Row.ID, Purpose: mapping.PurposeRelink, Target: p.Part.Target}.Key()]
	// What an undo has applied as before stays so, until the part is asked for again.
	return ok && (row.State != PartUndone || row.Generation >= p.Generation)
}

// relink plans that receipts pay what went back out of them, each receipt in
// one write. It is done once: a person may apply them otherwise after that.
func (w *world) relink(m Movement) {
	relinker, able := w.r.Ledger.(connectors.Relinker)
	if !able {
		return
	}
	receipts, back := w.backOf(m)
	for i, receipt := range receipts {
		if doc, ok := w.documentOf(receipt); ok && doc.Date <= w.r.Lock {
			w.except(m, exceptRelinked, fmt.Sprintf("The receipt %s of %s lies in the closed period up to %s and stays on its invoice: the customer owes %s instead",
				receipt.Document.ID, doc.Date.Words(), w.r.Lock.Words(), back[i][0].Document.ID))
			continue
		}
		write, needed, why, err := relinker.LowerRelink(connectors.Relink{
			ReceiptID: receipt.Document.ID, Raw: w.raws[receipt.Document], Want: w.appliedWithout(m, receipt, back[i]),
		})
		switch {
		case err != nil:
			w.except(m, exceptRelinked, err.Error())
		case why != "":
			w.except(m, exceptRelinked, why)
		case needed:
			w.relinkIntent(m, back[i], receipt, write)
		}
	}
}

// backOf are the receipts that a movement takes from and that have yet to be
// applied anew, with the parts by which it does.
func (w *world) backOf(m Movement) (receipts []PartRow, back [][]PartRow) {
	at := map[receivables.Ref]int{}
	for _, p := range w.relinked(m) {
		receipt, ok := w.receiptOf(m, p)
		if !ok || p.State != PartLive || w.relinkPlanned(m, p) || w.raws[receipt.Document] == nil {
			continue
		}
		i, known := at[receipt.Document]
		if !known {
			i = len(receipts)
			at[receipt.Document] = i
			receipts, back = append(receipts, receipt), append(back, nil)
		}
		back[i] = append(back[i], p)
	}
	return receipts, back
}

func (w *world) relinkIntent(m Movement, back []PartRow, receipt PartRow, write connectors.Write) {
	id := w.toLedger(m, push.Intent{
		Write: write, Priority: push.PriorityPayout, Before: w.raws[receipt.Document],
		Why: "The receipt's money has gone back: it pays the document that says so",
	})
	for _, p := range back {
		part := mapping.Part{Movement: m.Row.ID, Purpose: mapping.PurposeRelink, Target: p.Part.Target, Amount: w.applied(m, p.Part)}
		w.setPart(PartRow{Part: part, Connection: m.Connection, State: w.partState(), Intent: id, Generation: p.Generation})
	}
}

// appliedWithout is what a receipt is to be applied to: what its parts pay,
// less what went back before and now, and the documents that say so.
func (w *world) appliedWithout(m Movement, receipt PartRow, now []PartRow) []receivables.Allocation {
	amounts := map[receivables.Ref]int64{}
	for _, p := range w.parts {
		switch {
		case p.Part.Movement == m.Charge.Movement && p.Part.Purpose == mapping.PurposeReceipt && p.Document == receipt.Document && p.Part.Target != "":
			amounts[receivables.Ref{Kind: receivables.KindInvoice, ID: p.Part.Target}] += w.applied(m, p.Part)
		case p.Part.Purpose == mapping.PurposeRelink && p.Document == receipt.Document && p.Part.Movement != m.Row.ID && p.State != PartUndone:
			w.moveAmount(amounts, p.Part)
		}
	}
	for _, p := range now {
		back := p.Part
		back.Amount = w.applied(m, back)
		w.moveAmount(amounts, back)
	}
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
