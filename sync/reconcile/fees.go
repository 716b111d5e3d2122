package reconcile

import (
	"context"
	"maps"
	"slices"

	"tieout/books"
	"tieout/mapping"
	"tieout/receivables"
)

// feeGrace is how many days after the end of a month its fees may still come
// in by a payout of their own, where fees are booked by payout. What no payout
// has taken out by then goes on the month's document: manual payouts do not say
// what they consist of.
const feeGrace = 10

// feeLater says whether a fee of the plan waits for a document that is shared.
func (w *world) feeLater(plan mapping.Plan) bool {
	return slices.ContainsFunc(plan.Fees, func(f mapping.FeeItem) bool {
		_, known := w.parts[f.Part.Key()]
		return !known
	})
}

// shareFees books the fees that wait for a document of many, for every group
// that is complete: a payout that has been paid, a month that is over.
func (r *Reconciler) shareFees(ctx context.Context, b books.Book, sum *Summary) error {
	if b.Settings.FeeMode == mapping.FeePerMovement {
		return nil
	}
	waiting, err := r.Store.Later(ctx, b, MovementFeeLater)
	if err != nil || len(waiting) == 0 {
		return err
	}
	w := &world{r: r, book: b, zone: b.Location(), parts: map[string]PartRow{}, decisions: map[string]Decision{}}
	groups := map[string][]Movement{}
	for _, m := range waiting {
		if source, _, complete := w.feeGroup(m); complete {
			key := source + " " + string(m.Row.Currency) + " " + m.Connection
			groups[key] = append(groups[key], m)
		}
	}
	var booked []string
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		booked = append(booked, w.feeDocument(groups[key])...)
	}
	if err := r.save(ctx, b, w, nil, sum); err != nil {
		return err
	}
	for chunk := range slices.Chunk(booked, batch) {
		// What is left of them: a debit that has failed has no amount to book.
		if err := r.work(ctx, b, chunk, nil, nil, sum); err != nil {
			return err
		}
	}
	return nil
}

// feeGroup names the document that a movement's fee goes on, by its source and
// day, and says whether all that shares it is known.
func (w *world) feeGroup(m Movement) (source string, day receivables.Date, complete bool) {
	today := receivables.DateIn(w.r.Now(), w.zone)
	created := receivables.DateIn(m.Row.Created, w.zone)
	last := created.MonthEnd()
	if w.book.Settings.FeeMode == mapping.FeePerMonth {
		return string(last[:7]), last, today > last
	}
	if m.Payout != nil {
		return m.Payout.ID, m.Payout.Arrival, m.Payout.Status == "paid"
	}
	return string(last[:7]), last, today > last.AddDays(feeGrace)
}

// feeDocument plans the document of one group, and gives the movements that
// wait for no other.
func (w *world) feeDocument(members []Movement) (booked []string) {
	source, day, _ := w.feeGroup(members[0])
	group := mapping.FeeGroup{
		Book: w.book.ID, Currency: members[0].Row.Currency, Source: source, Date: day, Accounts: w.book.Accounts, Lock: w.r.Lock,
	}
	for _, m := range members {
		if item, whole := mapping.SharedFee(m.Row, w.book.Accounts); whole {
			group.Items = append(group.Items, item)
		}
	}
	plan := mapping.FeeDocument(group)
	w.result.Solved = append(w.result.Solved, movementSubject(members[0]))
	if plan.Verdict == mapping.Exception {
		w.except(members[0], plan.Kind, plan.Why)
	}
	if plan.Verdict == mapping.Nothing {
		w.cancel(members, group.Items)
	}
	w.standing(members[0], plan.Bookings)
	for _, m := range members {
		if _, planned := w.parts[mapping.Part{Movement: m.Row.ID, Purpose: mapping.PurposeFee}.Key()]; planned {
			booked = append(booked, m.Row.ID)
		}
	}
	return booked
}

// cancel ends the waiting of fees that take each other back.
func (w *world) cancel(members []Movement, items []mapping.FeeItem) {
	connections := map[string]string{}
	for _, m := range members {
		connections[m.Row.ID] = m.Connection
	}
	for _, item := range items {
		w.setPart(PartRow{Part: item.Part, Connection: connections[item.Part.Movement], State: PartCancelled})
	}
}
