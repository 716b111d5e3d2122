package reconcile

import (
	"fmt"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/push"
)

// changedRefs are the documents that somebody has changed and that a person
// wants back as they were: their bodies are needed to take them away first.
func (w *world) changedRefs() []receivables.Ref {
	var refs []receivables.Ref
	for _, p := range w.parts {
		if p.Document.ID != "" && p.Generation == 0 && p.State == PartLive && w.restored(p, DecideChanged) {
			refs = append(refs, p.Document)
		}
	}
	return refs
}

// removeChanged takes away the changed documents of a booking's parts before
// they are written again, and gives the last of the intents; "" where there is
// nothing to take away. In a ledger whose documents cannot be removed, or where
// something stands in the way, it is false: the change stays, and a person is
// told why.
func (w *world) removeChanged(m Movement, b mapping.Booking) (intent string, free bool) {
	done := map[receivables.Ref]bool{}
	for _, part := range b.Parts {
		p, ok := w.parts[part.Key()]
		if !ok || p.State != PartLive || done[p.Document] {
			continue
		}
		done[p.Document] = true
		write, needed, why := w.removal(p, b.Kind)
		if why != "" {
			w.except(m, exceptRestored, why)
			return "", false
		}
		if !needed {
			continue
		}
		intent = w.toLedger(m, push.Intent{
			Write: write, Priority: priorityOf(b.Kind), Before: w.raws[p.Document], Generation: 1, DependsOn: intent, Why: whyRemoved(b),
		})
	}
	return intent, true
}

// whyRemoved says why a document makes way for a booking of the same parts.
func whyRemoved(b mapping.Booking) string {
	if b.Kind == receivables.DocumentIncome {
		return "The debit was returned: its payment is taken off the invoice, which is open again"
	}
	return "Somebody has changed it, and it shall stand as it was"
}

// removal is the write that takes a part's document away; why says what is in
// the way of it.
func (w *world) removal(p PartRow, kind receivables.DocumentKind) (write connectors.Write, needed bool, why string) {
	remover, able := w.r.Ledger.(connectors.Remover)
	if !able {
		return write, false, "The ledger's documents cannot be taken back."
	}
	if doc, ok := w.documentOf(p); ok {
		kind = doc.Kind
		if doc.Date != "" && doc.Date <= w.r.Lock {
			return write, false, fmt.Sprintf("The %s %s is dated %s, and the books are closed until %s.", doc.Kind, doc.Ref.ID, doc.Date.Words(), w.r.Lock.Words())
		}
	}
	write, needed, why, err := remover.LowerRemoval(connectors.Removal{Document: p.Document, Kind: kind, Raw: w.raws[p.Document], Generation: 1})
	if err != nil {
		return write, false, err.Error()
	}
	return write, needed, why
}
