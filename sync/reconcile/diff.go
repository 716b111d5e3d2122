package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/push"
)

// standing plans what is missing of the bookings that should stand. A part
// that has a row is planned, sent, standing, or was removed by somebody: it
// is never planned again from here.
func (w *world) standing(m Movement, bookings []mapping.Booking) error {
	for _, b := range bookings {
		writes, err := w.r.Ledger.Lower(b, 0)
		if err != nil {
			w.except(m, "cannot_be_written", err.Error())
			continue
		}
		for _, write := range writes {
			if w.known(write.Parts) {
				continue
			}
			w.intend(m, b, write)
		}
	}
	return nil
}

func (w *world) known(parts []mapping.Part) bool {
	for _, p := range parts {
		if _, ok := w.parts[p.Key()]; ok {
			return true
		}
	}
	return false
}

// intend makes the intent of one write, and the rows of its parts.
func (w *world) intend(m Movement, b mapping.Booking, write connectors.Write) {
	in := push.Intent{
		Tenant: w.book.Tenant, ID: w.r.NewID(), Book: w.book.ID, Connection: w.book.Ledger,
		State: w.intentState(), Priority: priorityOf(b.Kind), Sort: m.Row.Created.UTC().Format("20060102T150405") + m.Row.ID,
		Write: write, Why: b.Memo, CreatedAt: w.r.Now(), UpdatedAt: w.r.Now(),
	}
	w.result.Intents = append(w.result.Intents, in)
	state := PartPlanned
	if in.State == push.StatePreview {
		state = PartPreview
	}
	for _, p := range write.Parts {
		w.setPart(PartRow{Part: p, Connection: m.Connection, Marker: write.Marker, State: state, Intent: in.ID})
	}
}

func (w *world) intentState() push.State {
	if w.book.Writes {
		return push.StatePlanned
	}
	return push.StatePreview
}

func (w *world) setPart(p PartRow) {
	w.parts[p.Part.Key()] = p
	w.result.Parts = append(w.result.Parts, p)
}

func priorityOf(kind receivables.DocumentKind) push.Priority {
	switch kind {
	case receivables.DocumentReceipt:
		return push.PriorityReceipt
	case receivables.DocumentTransfer:
		return push.PriorityPayout
	}
	return push.PriorityFee
}

// observe compares the documents of a movement's parts with how the ledger
// shows them now. What a person has removed or changed becomes a question; it
// is never written again by itself. why is the question, "" when all stands
// as it was written.
func (w *world) observe(m Movement) (why string) {
	asked := map[string]bool{}
	for _, p := range w.partsOf(m.Row.ID) {
		doc, ok := w.documentOf(p)
		if !ok || p.State == PartAdopted && doc.State == receivables.StateLive {
			continue
		}
		switch {
		case doc.State == receivables.StateLive && p.State != PartLive:
			p.State, p.Document = PartLive, doc.Ref
			w.setPart(p)
		case doc.State != receivables.StateLive && p.State != PartGone:
			p.State, p.Document = PartGone, doc.Ref
			w.setPart(p)
		}
		if !asked[p.Marker] {
			asked[p.Marker] = true
			if text := w.askAbout(p, doc); text != "" {
				why = text
			}
		}
	}
	return why
}

// documentOf is the ledger's document of a part: the one we know by id, else
// the live one that carries its marker, else one that carried it.
func (w *world) documentOf(p PartRow) (LedgerDocument, bool) {
	if p.Document.ID != "" {
		if docs := w.documents[docKey(p.Document)]; len(docs) > 0 {
			return docs[0], true
		}
		return LedgerDocument{}, false
	}
	docs := w.documents[p.Marker]
	if p.Marker == "" || len(docs) == 0 {
		return LedgerDocument{}, false
	}
	for _, d := range docs {
		if d.State == receivables.StateLive {
			return d, true
		}
	}
	return docs[0], true
}

// askAbout asks once about a document of ours that somebody has removed or
// changed, and gives the question.
func (w *world) askAbout(p PartRow, doc LedgerDocument) (text string) {
	subject := "document/" + docKey(doc.Ref)
	total := money.Money{Minor: w.markerTotal(p), Currency: doc.Currency}
	switch {
	case doc.State != receivables.StateLive:
		text = fmt.Sprintf("Somebody has removed our %s %s of %s from the ledger. Shall it be written again?", doc.Kind, doc.Ref.ID, total)
		w.question(subject, DecideRemoved, text,
			Option{Key: "restore", Text: "Write it again"}, Option{Key: "leave", Text: "Leave it out; the payment stays listed in the proof"})
	case p.State == PartLive && p.Marker != "" && abs(doc.Total) != abs(total.Minor):
		text = fmt.Sprintf("Somebody has changed our %s %s: it was %s and is now %s.", doc.Kind, doc.Ref.ID, total, money.Money{Minor: doc.Total, Currency: doc.Currency})
		w.question(subject, DecideChanged, text,
			Option{Key: "restore", Text: "Restore what we wrote"}, Option{Key: "keep", Text: "Keep the change"})
	}
	return text
}

func (w *world) question(subject, kind, text string, options ...Option) {
	if _, asked := w.decisions[subject+"#"+kind]; asked {
		return
	}
	w.asked++
	d := Decision{ID: w.r.NewID(), Subject: subject, Kind: kind, Question: text, Options: options}
	w.decisions[subject+"#"+kind] = d
	w.result.Decisions = append(w.result.Decisions, d)
}

// markerTotal is what the document of a part was written with.
func (w *world) markerTotal(p PartRow) int64 {
	var sum int64
	for _, other := range w.partsOf(p.Part.Movement) {
		if other.Marker == p.Marker {
			sum += other.Part.Amount
		}
	}
	return sum
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// partsOf are the parts of a movement, in key order.
func (w *world) partsOf(movement string) []PartRow {
	var list []PartRow
	for _, p := range w.parts {
		if p.Part.Movement == movement {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b PartRow) int { return strings.Compare(a.Part.Key(), b.Part.Key()) })
	return list
}
