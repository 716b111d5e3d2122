package undo

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// counter plans a document that does the opposite of one that has to stay,
// dated the first open day. problem says why there can be none.
func (p *Planner) counter(b books.Book, w written, why string) (intents []push.Intent, rows []reconcile.PartRow, problem string) {
	if w.intent.Booking == nil {
		return nil, nil, fmt.Sprintf("It stays, because %s. What it was made of is not known any more: reverse it in the ledger by hand.", why)
	}
	booking, problem := opposite(b, w)
	if problem != "" {
		return nil, nil, fmt.Sprintf("It stays, because %s. %s", why, problem)
	}
	booking.Date = p.openDay(b)
	booking.By = p.By
	booking.Memo = fmt.Sprintf("Takes back %s of %s", w.intent.Booking.Memo, w.doc.Date)
	writes, err := p.Ledger.Lower(booking, w.counters)
	if err != nil {
		return nil, nil, fmt.Sprintf("It stays, because %s; and it cannot be reversed: %s", why, err)
	}
	for _, write := range writes {
		in := p.intent(b, b.Ledger, write, push.EffectNone,
			fmt.Sprintf("taken back: %s. The document stays, because %s; this one does the opposite", w.intent.Why, why))
		in.Booking, in.Generation = &booking, w.counters
		intents = append(intents, in)
		for _, part := range write.Parts {
			rows = append(rows, reconcile.PartRow{Part: part, Connection: w.parts[0].Connection, Marker: write.Marker, State: reconcile.PartPlanned, Intent: in.ID, Generation: w.counters})
		}
	}
	return intents, rows, ""
}

// openDay is the first day that is not closed: today, or the day after the
// lock.
func (p *Planner) openDay(b books.Book) receivables.Date {
	today := receivables.DateIn(p.Now(), b.Location())
	if p.Lock != "" && today <= p.Lock {
		return p.Lock.AddDays(1)
	}
	return today
}

// opposite is the booking that does the opposite. Money between accounts flows
// back; a receipt is owed again, where the ledger lets receivables be posted
// to. Whatever else there is, a person reverses in the ledger.
func opposite(b books.Book, w written) (mapping.Booking, string) {
	booking := *w.intent.Booking
	w.parts = slices.DeleteFunc(inOrder(w.parts, booking.Parts), func(row reconcile.PartRow) bool { return changes(row.Part) == 1 })
	switch booking.Kind {
	case receivables.DocumentExpense, receivables.DocumentTransfer, receivables.DocumentDeposit:
		booking.Parts = negated(w.parts, -1)
		booking.Lines = slices.Clone(booking.Lines)
		for i := range booking.Lines {
			booking.Lines[i].Amount, booking.Lines[i].Tax = -booking.Lines[i].Amount, -booking.Lines[i].Tax
		}
		if booking.Credit != nil {
			return booking, "It has paid a credit back: decide in the ledger what becomes of that."
		}
		return booking, ""
	case receivables.DocumentIncome:
		booking.Kind, booking.From, booking.To, booking.Parts = receivables.DocumentExpense, booking.To, booking.From, negated(w.parts, 1)
		return booking, ""
	case receivables.DocumentReceipt:
		receivable, direct := b.Accounts.Receivable[booking.Currency]
		if !direct {
			return booking, "Enter in the ledger that the customer owes it again: receivables cannot be posted to directly."
		}
		return owedAgain(booking, w, receivable)
	}
	return booking, fmt.Sprintf("Reverse this %s in the ledger by hand.", booking.Kind)
}

// owedAgain takes a receipt back by a debit on the customer's receivables, one
// line for each part, in the receipt's own currency.
func owedAgain(booking mapping.Booking, w written, receivable string) (mapping.Booking, string) {
	was := booking.Lines
	if booking.Settlement != "" && len(was) != len(w.parts) {
		return booking, "It was settled in another currency: enter in the ledger that the customer owes it again."
	}
	booking.Kind, booking.From, booking.To, booking.Parts, booking.Lines = receivables.DocumentExpense, booking.To, "", negated(w.parts, 1), nil
	booking.Contact = booking.CustomerID
	for i, row := range w.parts {
		line := mapping.BookingLine{Account: receivable, Amount: row.Part.Amount, CustomerID: booking.CustomerID, Invoice: row.Part.Target}
		if booking.Settlement != "" {
			line.Amount, line.Invoice = was[i].Amount, was[i].Invoice
		}
		booking.Lines = append(booking.Lines, line)
	}
	return booking, ""
}

// negated are the parts of a counter-document. They take from the clearing
// account what the others have given it.
func negated(rows []reconcile.PartRow, sign int64) []mapping.Part {
	parts := make([]mapping.Part, len(rows))
	for i, row := range rows {
		parts[i] = mapping.Part{
			Movement: row.Part.Movement, Purpose: reconcile.PurposeUndo, Target: countered(row.Part), Amount: sign * row.Part.Amount,
		}
	}
	return parts
}

// countered names the part that a part takes back.
func countered(p mapping.Part) string { return string(p.Purpose) + ":" + p.Target }

// inOrder are the rows of parts in the order that a booking has them, beside
// its lines.
func inOrder(rows []reconcile.PartRow, parts []mapping.Part) []reconcile.PartRow {
	place := map[string]int{}
	for i, p := range parts {
		place[p.Key()] = i
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b reconcile.PartRow) int { return cmp.Compare(place[a.Part.Key()], place[b.Part.Key()]) })
	return rows
}

// counterKey names a part by what its counter-part says of it.
func counterKey(p mapping.Part) string { return p.Movement + "\n" + countered(p) }

// countering is what is known of a part's counter-documents.
type countering struct {
	// stands says that there is one, made how many there were before.
	stands bool
	made   int
}

// counters are the counter-documents of parts, by counterKey.
func (p *Planner) counters(ctx context.Context, b books.Book) (map[string]countering, error) {
	states := append(standing(), reconcile.PartPlanned, reconcile.PartPreview, reconcile.PartUndone, reconcile.PartGone)
	rows, err := p.Store.UndoParts(ctx, b, Selection{States: states, Purpose: reconcile.PurposeUndo})
	if err != nil {
		return nil, fmt.Errorf("undo: counter-documents: %w", err)
	}
	found := map[string]countering{}
	for _, row := range rows {
		gone := row.State == reconcile.PartUndone || row.State == reconcile.PartGone
		found[row.Part.Movement+"\n"+row.Part.Target] = countering{stands: !gone, made: row.Generation + 1}
	}
	return found, nil
}
