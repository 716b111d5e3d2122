package reconcile

import (
	"context"
	"maps"
	"slices"

	"tieout/books"
	"tieout/mapping"
	"tieout/receivables"
)

// sold says whether a movement stands on the document of a day's sales, or
// will: it pays no invoice any more, whatever comes to light later.
func (w *world) sold(m Movement) bool {
	p, ok := w.parts[mapping.Part{Movement: m.Row.ID, Purpose: mapping.PurposeSale}.Key()]
	return ok && p.stands()
}

// sumSales books the sales without an invoice of every day that is over, in
// one document for each day, currency and account at the processor.
func (r *Reconciler) sumSales(ctx context.Context, b books.Book, sum *Summary) error {
	if !b.Settings.Sales.On() {
		return nil
	}
	waiting, err := r.Store.Later(ctx, b, MovementSaleLater)
	if err != nil || len(waiting) == 0 {
		return err
	}
	w := &world{r: r, book: b, zone: b.Location(), parts: map[string]PartRow{}, decisions: map[string]Decision{}}
	days := map[string][]Movement{}
	for _, m := range waiting {
		if day := receivables.DateIn(m.Row.Created, w.zone); day < receivables.DateIn(r.Now(), w.zone) {
			key := string(day) + " " + string(m.Row.Currency) + " " + m.Connection
			days[key] = append(days[key], m)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(days)) {
		w.salesDocument(days[key])
	}
	return r.save(ctx, b, w, nil, sum)
}

// salesDocument plans the document of one day.
func (w *world) salesDocument(members []Movement) {
	day := receivables.DateIn(members[0].Row.Created, w.zone)
	group := mapping.SalesGroup{
		Book: w.book.ID, Currency: members[0].Row.Currency, Day: day, Rule: w.book.Settings.Sales.Rule(), Accounts: w.book.Accounts, Lock: w.r.Lock,
	}
	for _, m := range members {
		group.Parts = append(group.Parts, mapping.Part{Movement: m.Row.ID, Purpose: mapping.PurposeSale, Amount: -m.Row.Amount})
	}
	plan := mapping.SalesDocument(group)
	w.result.Solved = append(w.result.Solved, movementSubject(members[0]))
	if plan.Verdict == mapping.Exception {
		w.except(members[0], plan.Kind, plan.Why)
	}
	w.standing(members[0], plan.Bookings)
	for _, m := range members {
		if w.sold(m) {
			w.result.Outcomes = append(w.result.Outcomes, Outcome{
				Connection: m.Connection, Movement: m.Row.ID, State: MovementSettled, Matched: true,
				Why: "It is a sale without an invoice, booked with those of " + day.Words() + ".",
			})
		}
	}
}
