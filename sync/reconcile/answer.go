package reconcile

import (
	"fmt"

	"tieout/receivables"
)

// AnswerNone is the answer that a payment pays none of the invoices.
const AnswerNone = "none"

// answerRestore is the answer that what somebody took away shall stand again.
const answerRestore = "restore"

// answerKeep is the answer that what somebody has changed stays so.
const answerKeep = "keep"

// chosen is what a person has said that a payment pays. An answer that no
// longer fits (its invoice has been paid otherwise, voided, moved) is set
// aside, and the rules ask anew.
func (w *world) chosen(m Movement) (match, bool) {
	for _, kind := range []string{DecideMatch, DecidePayer} {
		d, asked := w.decisions[movementSubject(m)+"#"+kind]
		if !asked || d.Answer == "" {
			continue
		}
		if d.Answer == AnswerNone {
			return match{rest: m.Charge.Amount, why: fmt.Sprintf("%s has said that it pays none of the open invoices.", d.By)}, true
		}
		if invoices := w.stillOwed(m, d); len(invoices) > 0 {
			return w.bySomebody(m, d, invoices), true
		}
		w.result.Overtaken = append(w.result.Overtaken, d.ID)
		delete(w.decisions, movementSubject(m)+"#"+kind)
	}
	return match{}, false
}

// stillOwed are the invoices of an answer; none unless each of them can still
// be paid.
func (w *world) stillOwed(m Movement, d Decision) []receivables.Invoice {
	var invoices []receivables.Invoice
	for _, o := range d.Options {
		if o.Key != d.Answer {
			continue
		}
		for _, a := range o.Invoices {
			inv, known := w.invoices[a.Target.ID]
			if !known || inv.Currency != m.Charge.Currency || w.payable(inv) < a.Amount {
				return nil
			}
			invoices = append(invoices, inv)
		}
	}
	return invoices
}

// bySomebody allocates as a person has decided, and remembers whose customer
// the payer is: the next payment needs no question.
func (w *world) bySomebody(m Movement, d Decision, invoices []receivables.Invoice) match {
	found := w.allocate(m, invoices, RulePerson, fmt.Sprintf("%s has said that it pays %s", d.By, numbers(invoices)))
	for i := range found.allocations {
		found.allocations[i].By = d.By
	}
	customer := invoices[0].CustomerID
	for _, inv := range invoices {
		if inv.CustomerID != customer {
			return found
		}
	}
	if p := payerOf(m); p != "" && len(w.byPayer[p]) == 0 {
		found.join = &Join{By: d.By, Connection: m.Connection, Payer: p, Customer: customer, Evidence: fmt.Sprintf("%s has said that %s paid %s", d.By, nameOf(m), numbers(invoices))}
	}
	return found
}

// Answerable says whether an answer to a kind of decision is acted on. Any
// other would be solved where it arose, in the ledger or with the processor,
// and close by itself.
func Answerable(kind string) bool {
	switch kind {
	case DecideMatch, DecidePayer, DecideMirror, DecideOverpaid, DecideAdopt, DecideBooking, DecideRemoved, DecideChanged, DecideLinkRemoved, DecideClosed, DecideWriter:
		return true
	}
	return false
}
