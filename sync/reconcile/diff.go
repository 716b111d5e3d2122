package reconcile

import (
	"errors"
	"fmt"
	"slices"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/push"
)

// standing plans what is missing of the bookings that should stand. A part
// that has a row is planned, sent, standing, or was removed by somebody: it is
// planned again only when a person has asked for it. Where a booking is missing
// in part, the rest gets a document of its own.
func (w *world) standing(m Movement, bookings []mapping.Booking) {
	for _, b := range bookings {
		w.missing(m, b, 0, func(p mapping.Part) bool { return w.absent(m, p) })
		w.missing(m, b, 1, w.restorable)
		if b.Kind == receivables.DocumentIncome {
			w.missing(m, b, w.following(b), w.replaceable)
		}
		for _, generation := range w.generations(b) {
			w.missing(m, b, generation, func(p mapping.Part) bool {
				row := w.parts[p.Key()]
				return row.State == PartAgain && row.Generation == generation && w.room(m, p)
			})
		}
	}
}

// generations are those in which a person has asked for parts of a booking
// again.
func (w *world) generations(b mapping.Booking) []int {
	var list []int
	for _, p := range b.Parts {
		if row := w.parts[p.Key()]; row.State == PartAgain && !slices.Contains(list, row.Generation) {
			list = append(list, row.Generation)
		}
	}
	slices.Sort(list)
	return list
}

// missing plans the parts of a booking that are wanted, in a generation.
func (w *world) missing(m Movement, b mapping.Booking, generation int, wanted func(mapping.Part) bool) {
	b, some := b.Only(wanted)
	if !some {
		return
	}
	writes, err := w.lower(b, generation)
	switch {
	case errors.Is(err, connectors.ErrSalesTax):
		w.except(m, exceptSalesTax, fmt.Sprintf("The sales of %s are not booked: %s", b.Date.Words(), connectors.ErrSalesTax))
		return
	case errors.Is(err, connectors.ErrRate):
		w.except(m, exceptRate, err.Error())
		return
	case err != nil:
		w.except(m, exceptWritten, err.Error())
		return
	}
	first, free := w.removeChanged(m, b)
	if !free {
		return
	}
	for _, write := range writes {
		w.intend(m, b, write, generation)
		last := &w.result.Intents[len(w.result.Intents)-1]
		last.DependsOn = first
		if b.Credit != nil {
			first = last.ID // what ties the credit names what was written before it
		}
	}
}

// lower turns a booking into writes. A credit for a sale is made of the lines
// of its invoice.
func (w *world) lower(b mapping.Booking, generation int) ([]connectors.Write, error) {
	bodies := map[string][]byte{}
	for _, l := range b.Lines {
		if b.Kind == receivables.DocumentCredit && l.Account == "" && l.Invoice != "" {
			bodies[l.Invoice] = w.raws[receivables.Ref{Kind: receivables.KindInvoice, ID: l.Invoice}]
		}
	}
	crediter, ok := w.r.Ledger.(connectors.SaleCrediter)
	if len(bodies) > 0 && ok {
		return crediter.LowerSaleCredit(b, bodies, generation)
	}
	return w.r.Ledger.Lower(b, generation)
}

// absent says whether a part has no row, and no other part of the movement has
// taken its place: money that has gone out once goes out once.
func (w *world) absent(m Movement, p mapping.Part) bool {
	if _, ok := w.parts[p.Key()]; ok {
		return false
	}
	return w.room(m, p)
}

// room says whether the parts that stand leave room for one more.
func (w *world) room(m Movement, p mapping.Part) bool {
	if p.Purpose.Clearing() == 0 || p.Movement != m.Row.ID {
		return true
	}
	room := limit(m, p.Purpose)
	for _, other := range w.partsOf(p.Movement) {
		if other.Part.Purpose == p.Purpose && other.stands() {
			room -= abs(other.Part.Amount)
		}
	}
	return abs(p.Amount) <= room
}

// limit is the most that the parts of one purpose may add up to.
func limit(m Movement, p mapping.Purpose) int64 {
	if p == mapping.PurposeFee {
		return abs(m.Row.Fee)
	}
	return abs(m.Row.Amount)
}

// restorable says whether a person has asked for the part's document, which
// somebody removed or changed, to be written again. It is done once.
func (w *world) restorable(p mapping.Part) bool {
	row, ok := w.parts[p.Key()]
	return ok && row.Generation == 0 && (row.State == PartGone && w.restored(row, DecideRemoved) || row.State == PartLive && w.restored(row, DecideChanged))
}

// restored says whether the answer about a part's document is to restore it.
func (w *world) restored(p PartRow, kind string) bool {
	return w.decisions["document/"+docKey(p.Document)+"#"+kind].Answer == answerRestore
}

// intend makes the intent of one write, and the rows of its parts.
func (w *world) intend(m Movement, b mapping.Booking, write connectors.Write, generation int) {
	if own, whole := b.Only(func(p mapping.Part) bool { return slices.Contains(write.Parts, p) }); whole {
		b = own
	}
	id := w.toLedger(m, push.Intent{Write: write, Booking: &b, Priority: priorityOf(b.Kind), Why: why(b), Generation: generation})
	for _, p := range write.Parts {
		w.setPart(PartRow{Part: p, Connection: m.Connection, Marker: write.Marker, State: w.partState(), Intent: id, Generation: generation})
	}
}

// toLedger completes an intent that follows from a movement and plans it; it
// gives its id.
func (w *world) toLedger(m Movement, in push.Intent) string {
	in.Tenant, in.ID, in.Book, in.Connection = w.book.Tenant, w.r.NewID(), w.book.ID, w.book.Ledger
	in.State, in.Sort, in.CreatedAt, in.UpdatedAt = w.intentState(), sortKey(m), w.r.Now(), w.r.Now()
	w.result.Intents = append(w.result.Intents, in)
	return in.ID
}

// partState is that of a part whose intent has just been planned.
func (w *world) partState() PartState {
	if w.intentState() == push.StatePreview {
		return PartPreview
	}
	return PartPlanned
}

// sortKey puts older movements first.
func sortKey(m Movement) string { return m.Row.Created.UTC().Format("20060102T150405") + m.Row.ID }

// why is a booking's memo, with the person who has decided it.
func why(b mapping.Booking) string {
	if b.By == "" {
		return b.Memo
	}
	return b.Memo + " (by " + b.By + ")"
}

func (w *world) intentState() push.State {
	if w.book.Writes {
		return push.StatePlanned
	}
	return push.StatePreview
}

func (w *world) setPart(p PartRow) {
	w.keepPart(p)
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
		if p.State == PartUndone || p.Part.Purpose == PurposeUndo {
			why = "A person has had its document taken back; it is not written again until somebody asks for it (on the server: tieout redo)."
		}
		if p.State == PartUndone {
			continue
		}
		doc, ok := w.documentOf(p)
		if !ok || p.State == PartAdopted && doc.State == receivables.StateLive {
			continue
		}
		if p.Generation > 0 && !p.written() {
			continue // what stands there is its predecessor
		}
		if doc.State == receivables.StateDraft || doc.State != receivables.StateLive && !p.written() {
			continue // a person has yet to approve it, or its successor is on its way
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
			if text := w.askAbout(m, p, doc); text != "" {
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
func (w *world) askAbout(m Movement, p PartRow, doc LedgerDocument) (text string) {
	subject := "document/" + docKey(doc.Ref)
	restore := Option{Key: answerRestore, Text: "Write it again"}
	now, currency := worth(m, p, doc)
	total := money.Money{Minor: w.markerTotal(p), Currency: currency}
	var before, after string
	if p.State == PartLive && p.Marker != "" && doc.State == receivables.StateLive {
		if before, after = w.moved(m, p, doc); abs(now) != abs(total.Minor) {
			before, after = total.String(), money.Money{Minor: now, Currency: currency}.String()
		}
	}
	switch {
	case doc.State != receivables.StateLive:
		text = fmt.Sprintf("Somebody has removed %s over %s from the ledger. Shall it be written again?", w.documentNamed(doc), total)
		options := []Option{{Key: "leave", Text: "Leave it out; the payment stays listed in the proof"}}
		if p.Generation == 0 { // never a fight: what goes a second time stays away
			options = append([]Option{restore}, options...)
		}
		w.question(subject, DecideRemoved, text, options...)
	case before != "":
		text = fmt.Sprintf("Somebody has changed %s: it was %s and is now %s.", w.documentNamed(doc), before, after)
		options := []Option{{Key: answerKeep, Text: "Keep the change"}}
		if p.Generation == 0 {
			options = append([]Option{{Key: answerRestore, Text: "Restore what we wrote"}}, options...)
		}
		w.question(subject, DecideChanged, text, options...)
	default:
		// Somebody has put it back: there is nothing left to ask.
		if d, asked := w.decisions[subject+"#"+DecideChanged]; asked && d.Answer == "" && p.State == PartLive {
			w.result.Solved = append(w.result.Solved, subject)
		}
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
	if total, shared := w.totals[p.Marker]; shared {
		return total
	}
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

// keepPart holds a part where it is found by its movement and by its target.
func (w *world) keepPart(p PartRow) {
	key := p.Part.Key()
	if _, known := w.parts[key]; !known {
		if w.partKeys == nil {
			w.partKeys, w.targetKeys = map[string][]string{}, map[string][]string{}
		}
		w.partKeys[p.Part.Movement] = append(w.partKeys[p.Part.Movement], key)
		if p.Part.Target != "" {
			w.targetKeys[p.Part.Target] = append(w.targetKeys[p.Part.Target], key)
		}
	}
	w.parts[key] = p
}

// partsOf are the parts of a movement, partsFor those for a target, both in
// key order.
func (w *world) partsOf(movement string) []PartRow { return w.partRows(w.partKeys[movement]) }

func (w *world) partsFor(target string) []PartRow { return w.partRows(w.targetKeys[target]) }

func (w *world) partRows(keys []string) []PartRow {
	if len(keys) == 0 {
		return nil
	}
	slices.Sort(keys)
	list := make([]PartRow, len(keys))
	for i, key := range keys {
		list[i] = w.parts[key]
	}
	return list
}
