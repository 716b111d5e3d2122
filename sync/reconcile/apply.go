package reconcile

import (
	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/push"
)

// applicable are the credits that were written for a movement and stand, and
// that are to be used up: a discount on its invoice, and the credit for a sale
// whose money went back as an open debit.
func (w *world) applicable(m Movement) []PartRow {
	var list []PartRow
	for _, p := range w.partsOf(m.Row.ID) {
		if (p.Part.Purpose == mapping.PurposeDiscount || p.Part.Purpose == mapping.PurposeCredit) && p.Document.Kind == receivables.KindCredit && p.stands() {
			if _, done := w.parts[application(p).Key()]; !done {
				list = append(list, p)
			}
		}
	}
	return list
}

// application is the part that says that a credit has been applied.
func application(p PartRow) mapping.Part {
	return mapping.Part{Movement: p.Part.Movement, Purpose: mapping.PurposeApply, Target: p.Part.Target, Amount: p.Part.Amount}
}

// apply plans that credits are applied to what they are for, once they are
// approved. It is done once: a person may apply them otherwise after that.
func (w *world) apply(m Movement) {
	writer, able := w.r.Ledger.(connectors.CreditWriter)
	if !able {
		return
	}
	for _, p := range w.applicable(m) {
		target := w.usedUpBy(m, p)
		credit, open := w.openCredit(p)
		if target == "" || !open {
			continue
		}
		write, err := writer.LowerAllocation(connectors.CreditAllocation{
			Credit: credit, InvoiceID: target, Amount: p.Part.Amount, Date: receivables.DateIn(w.r.Now(), w.zone),
		})
		if err != nil {
			w.except(m, exceptApplied, err.Error())
			continue
		}
		id := w.toLedger(m, push.Intent{Write: write, Priority: push.PriorityPayout, Why: "The credit is for this document"})
		w.setPart(PartRow{Part: application(p), Connection: m.Connection, State: w.partState(), Intent: id})
	}
}

// usedUpBy is what a credit is to be applied to: its invoice, or the document
// by which the money went back, once it stands; "" where there is none.
func (w *world) usedUpBy(m Movement, p PartRow) string {
	if p.Part.Purpose == mapping.PurposeDiscount {
		return p.Part.Target
	}
	for _, other := range w.partsOf(m.Row.ID) {
		back := other.Part.Purpose == mapping.PurposeRefund && other.Part.Target == p.Part.Target
		if back && other.State == PartLive && other.Document.Kind == receivables.KindDocument {
			return other.Document.ID
		}
	}
	return ""
}

// openCredit is the credit of a part as the ledger has it, if it is approved
// and nobody has used it.
func (w *world) openCredit(p PartRow) (receivables.Credit, bool) {
	for _, c := range w.credits {
		if c.ID == p.Document.ID {
			return c, c.State == receivables.StateLive && c.Remaining >= p.Part.Amount
		}
	}
	return receivables.Credit{}, false
}
