package reconcile

import (
	"fmt"
	"slices"

	"tieout/mapping"
	"tieout/receivables"
)

// reconcile computes the result of the batch.
func (w *world) reconcile() error {
	w.mirrorInvoices()
	for _, m := range w.movements {
		w.movement(m)
	}
	return w.linkInvoices()
}

// movement decides about one movement: what it pays, what has to stand in the
// ledger for it, and what is missing there.
func (w *world) movement(m Movement) {
	if !w.ours(m) {
		w.context(m)
		return
	}
	found := w.allocated(m)
	c := w.bookingCase(m, found)
	plan := mapping.PlanFor(c)
	out := w.carryOut(m, &found, plan)
	if plan.Verdict == mapping.Exception {
		found.decision = nil
	}
	if chosen := w.choose(m, plan, c.Matches); chosen != nil {
		found.decision = chosen
	}
	w.settle(m, found, &out)
	w.relink(m)
	w.apply(m)
	w.reverseTwins(m)
	if why := w.stuck[m.Row.ID]; why != "" && found.decision == nil {
		out.State, out.Why = MovementException, why
	}
	w.result.Outcomes = append(w.result.Outcomes, out)
	w.result.Allocations = append(w.result.Allocations, found.allocations...)
}

// carryOut plans what a verdict calls for, and says what becomes of the
// movement.
func (w *world) carryOut(m Movement, found *match, plan mapping.Plan) Outcome {
	out := Outcome{Connection: m.Connection, Movement: m.Row.ID, State: MovementSettled, Held: m.held(found.rest), Why: plan.Why}
	switch plan.Verdict {
	case mapping.Exception:
		out.State, out.Held = MovementException, m.Row.Amount
		w.except(m, plan.Kind, plan.Why)
	case mapping.Nothing:
		out.State = MovementEmpty
	case mapping.Waiting:
		out.State = MovementWaiting
		if succeeded(m) && found.rest > 0 {
			out.State, out.Why = MovementHeld, found.why
		}
	case mapping.Booked:
		if why := w.outside(m); why != "" {
			out.State, out.Held, out.Why = MovementHeld, m.Row.Amount, why
			return out
		}
		if why := w.touched(m, *found); why != "" {
			out.State, out.Held, out.Why = MovementHeld, m.Row.Amount, why
			return out
		}
		switch {
		case m.pays() && m.Charge.Status == receivables.ChargeFailed && len(found.allocations) == 0:
			// Only the fee of a failed debit is booked; the amount cancels out.
			out.State, out.Why = MovementEmpty, fmt.Sprintf("The debit %s failed: only Stripe's fee for it is booked.", m.Charge.ID)
		case m.pays() && plan.Why == "":
			out.Why = found.why
		}
		if found.rest > 0 || plan.Held != 0 {
			out.State, out.Held = MovementHeld, m.held(found.rest)+plan.Held
		}
		open, question := w.approved(m, plan.Bookings)
		if question != nil {
			out.State, out.Why, found.decision = MovementHeld, question.Text(), question
		}
		w.standing(m, open)
		if (out.State == MovementSettled || out.State == MovementEmpty) && w.feeLater(plan) {
			out.State = MovementFeeLater
		}
		if plan.Sale != nil && !w.sold(m) {
			out.State = MovementSaleLater
		}
	}
	return out
}

// settle closes the questions that no longer arise, and opens those that do.
func (w *world) settle(m Movement, found match, out *Outcome) {
	if w.outdated(m, found.decision) || m.State == MovementException && out.State != MovementException {
		w.result.Solved = append(w.result.Solved, movementSubject(m))
		if found.decision != nil {
			found.decision.ID = w.r.NewID() // all that was open about it is closed, and this one asked anew
		}
	}
	if found.decision != nil {
		w.result.Decisions = append(w.result.Decisions, *found.decision)
	}
	if found.join != nil {
		w.result.Joins = append(w.result.Joins, *found.join)
		w.byPayer[found.join.Payer] = []string{found.join.Customer}
	}
	// What a person took away or changed waits for a person.
	if why := w.observe(m); why != "" && (out.State == MovementSettled || out.State == MovementEmpty) {
		out.State, out.Why = MovementHeld, why
	}
}

// allocated is what the movement's charge pays: what is planned already, or
// what the rules find now. A charge that failed before it succeeded pays nothing.
func (w *world) allocated(m Movement) match {
	if !m.pays() {
		return match{}
	}
	existing := w.ofCharge[m.Row.ID]
	if w.sold(m) {
		return match{sale: true, why: "It is a sale without an invoice, booked with those of its day."}
	}
	failed := m.Charge.Status == receivables.ChargeFailed && m.Charge.Succeeded == nil && !w.begun(existing)
	if failed {
		w.forget(m)
		return match{}
	}
	kept, less := w.fitting(existing)
	if !w.planned(kept) {
		w.forget(m)
		found := w.restDecided(m, w.matchCharge(m))
		for _, a := range found.allocations {
			w.ofInvoice[a.Invoice] = append(w.ofInvoice[a.Invoice], a)
		}
		w.ofCharge[m.Row.ID] = found.allocations
		return found
	}
	again := match{allocations: kept, rest: m.Charge.Amount, why: capital(kept[0].Evidence) + "."}
	for _, a := range kept {
		again.rest -= a.Amount
	}
	if d, ok := w.decisions[movementSubject(m)+"#"+DecideOverpaid]; ok && again.rest > 0 {
		again.decision, again.why = &d, d.Text()
	} else if less && again.rest > 0 {
		w.askAboutRest(m, &again, kept[0].Evidence)
	}
	again = w.restDecided(m, again)
	w.ofCharge[m.Row.ID] = again.allocations
	return again
}

// fitting lowers what a payment was to pay to what its invoices still take:
// one may have been made smaller, or paid otherwise, since a person has named
// it. What is planned, or stands, is left alone.
func (w *world) fitting(existing []Allocation) (kept []Allocation, less bool) {
	for _, a := range existing {
		inv, known := w.invoices[a.Invoice]
		if room := w.payable(inv) + a.Amount; known && !w.receiptPlanned(a) && a.Adopted == "" && a.Rule != RuleAsked && (room < a.Amount || inv.State != receivables.StateLive) {
			less = true
			a.Amount = max(room, 0)
			if inv.State != receivables.StateLive {
				a.Amount = 0
			}
		}
		if a.Amount > 0 {
			kept = append(kept, a)
		}
	}
	if less {
		w.replaceAllocations(existing, kept)
	}
	return kept, less
}

// replaceAllocations puts what a payment pays now in the place of what it was
// to pay.
func (w *world) replaceAllocations(old, kept []Allocation) {
	for _, a := range old {
		w.ofInvoice[a.Invoice] = slices.DeleteFunc(w.ofInvoice[a.Invoice], func(o Allocation) bool { return o.Movement == a.Movement })
	}
	for _, a := range kept {
		w.ofInvoice[a.Invoice] = append(w.ofInvoice[a.Invoice], a)
	}
}

// planned says whether anything has been planned on the strength of the
// allocations, or a person has made them. Until then the ledger may still
// change what they should be: a debit takes days to settle, and somebody may
// enter it meanwhile.
func (w *world) planned(allocations []Allocation) bool {
	return w.begun(allocations) || slices.ContainsFunc(allocations, func(a Allocation) bool { return a.Rule == RulePerson })
}

// begun says whether a receipt has been planned for one of the allocations.
func (w *world) begun(allocations []Allocation) bool {
	return slices.ContainsFunc(allocations, w.receiptPlanned)
}

func (w *world) receiptPlanned(a Allocation) bool {
	_, ok := w.parts[mapping.Part{Movement: a.Movement, Purpose: mapping.PurposeReceipt, Target: a.Invoice}.Key()]
	return ok
}

// outdated says whether a question about the movement is open that is not
// the one to be asked now.
func (w *world) outdated(m Movement, now *Decision) bool {
	subject := movementSubject(m)
	for _, d := range w.decisions {
		if d.Subject == subject && d.Answer == "" && (now == nil || d.Kind != now.Kind) {
			return true
		}
	}
	return false
}

// forget takes back what a payment was thought to pay.
func (w *world) forget(m Movement) {
	for _, a := range w.ofCharge[m.Row.ID] {
		rest := w.ofInvoice[a.Invoice][:0]
		for _, other := range w.ofInvoice[a.Invoice] {
			if other.Movement != m.Row.ID {
				rest = append(rest, other)
			}
		}
		w.ofInvoice[a.Invoice] = rest
		w.wanted = add(w.wanted, a.Invoice)
	}
	delete(w.ofCharge, m.Row.ID)
}

// context shows what an older movement was for, and plans nothing.
func (w *world) context(m Movement) {
	why := w.whyEarlier(m)
	if m.Charge == nil {
		why += "; Stripe calls it " + m.Row.Category
	} else if named, _ := w.named(m); len(named) > 0 {
		why += "; it names " + numbers(named)
	} else if payers, _ := w.identify(m); len(payers) == 1 {
		why += "; the payer is " + w.customers[payers[0]].Name
	}
	why += "."
	w.result.Outcomes = append(w.result.Outcomes, Outcome{Connection: m.Connection, Movement: m.Row.ID, State: MovementContext, Why: why})
}

func succeeded(m Movement) bool {
	return m.Charge != nil && m.Charge.Status == receivables.ChargeSucceeded
}
