package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// mirrorDays is how far apart the dates of issue of one invoice in two systems
// may be: another zone, and a copy that was made the next working day. It must
// stay well below the shortest period of recurring bills.
const mirrorDays = 5

// mirrorInvoices decides for each of the processor's own invoices whether the
// ledger holds it too. Only evidence without a doubt makes it so; a doubt is
// asked; without any it stands only with the processor.
func (w *world) mirrorInvoices() {
	if len(w.billed) == 0 {
		return
	}
	w.candidates = candidatesAmong(w.invoices)
	for _, id := range slices.Sorted(maps.Keys(w.billed)) {
		s := w.billed[id]
		before := w.mirrors[id]
		found := Mirror{State: MirrorOwn}
		if s.counts() {
			found = w.mirrorOf(s)
		}
		found.Connection, found.Invoice = s.Connection, id
		if d, asked := w.decisions[mirrorSubject(id)+"#"+DecideMirror]; asked && d.Answer == "" && found.State != MirrorAsked {
			w.result.Solved = append(w.result.Solved, mirrorSubject(id))
		}
		w.setMirror(found)
		if before == found || before.State == "" && found.State == MirrorOwn {
			continue
		}
		w.result.Mirrors = append(w.result.Mirrors, found)
		// Whether it may carry a payment link depends on it.
		w.wanted = add(w.wanted, before.Ledger, found.Ledger)
	}
}

func mirrorSubject(id string) string { return "invoice/" + id }

// mirrorOf tries the evidence in the order of its strength.
func (w *world) mirrorOf(s Billed) Mirror {
	if m, ok := w.answered(s); ok {
		return m
	}
	if m, ok := w.bookedFor(s); ok {
		return m
	}
	if list := w.markedFor(s); len(list) > 0 {
		if len(list) == 1 && w.same(s, list[0]) && w.free(s, list[0]) {
			return found(list[0], MirrorByMarker, "one of them carries the other's id")
		}
		return w.askMirror(s, list, "The ledger's invoice names the id of this one, but it does not agree with it in every figure.")
	}
	if list := w.numberedAs(s); len(list) > 0 {
		if len(list) == 1 && w.same(s, list[0]) && w.near(s, list[0]) && w.owes(s, list[0]) && w.free(s, list[0]) {
			return found(list[0], MirrorByNumber, "number, customer, amount and date are the same")
		}
		return w.askMirror(s, list, "The ledger has the same invoice number, but not customer, amount and date too.")
	}
	if list := w.alike(s); len(list) > 0 {
		return w.askMirror(s, list, "The ledger has an invoice to the same customer, of the same amount and about the same date.")
	}
	return Mirror{State: MirrorOwn}
}

func found(inv receivables.Invoice, rule Rule, evidence string) Mirror {
	return Mirror{State: MirrorFound, Ledger: inv.ID, Rule: rule, Evidence: evidence}
}

// answered is what a person has said, as long as the invoice that was named
// still counts.
func (w *world) answered(s Billed) (Mirror, bool) {
	d, ok := w.decisions[mirrorSubject(s.Invoice.ID)+"#"+DecideMirror]
	if !ok || d.Answer == "" {
		return Mirror{}, false
	}
	if d.Answer == answerOwn {
		return Mirror{State: MirrorOwn, By: d.By}, true
	}
	for _, o := range d.Options {
		if o.Key != d.Answer || len(o.Invoices) == 0 {
			continue
		}
		id := o.Invoices[0].Target.ID
		if inv, known := w.invoices[id]; known && inv.State != receivables.StateLive {
			return Mirror{}, false
		}
		return Mirror{State: MirrorFound, Ledger: id, Rule: MirrorByPerson, Evidence: "a person has said so", By: d.By}, true
	}
	return Mirror{}, false
}

// answerOwn is the answer that the ledger does not hold the invoice.
const answerOwn = "own"

// bookedFor is the ledger invoice that the payment of this one is booked for:
// planned already, or decided by a person.
func (w *world) bookedFor(s Billed) (Mirror, bool) {
	if s.Movement == "" || !w.planned(w.ofCharge[s.Movement]) {
		return Mirror{}, false
	}
	a := w.ofCharge[s.Movement][0]
	return Mirror{State: MirrorFound, Ledger: a.Invoice, Rule: MirrorByPayment, Evidence: "its payment is booked for that invoice"}, true
}

// candidates are the live invoices of the ledger by what may make one of them
// the same as one of the processor's.
type candidates struct {
	// claims is the processor's id that a ledger invoice carries, byID the
	// other way round.
	claims map[string]string
	byID   map[string][]receivables.Invoice
	// byNumber has the keys of numbers and references, byTotal the amounts.
	byNumber map[string][]receivables.Invoice
	byTotal  map[money.Money][]receivables.Invoice
}

func candidatesAmong(invoices map[string]receivables.Invoice) candidates {
	c := candidates{
		claims: map[string]string{}, byID: map[string][]receivables.Invoice{}, byNumber: map[string][]receivables.Invoice{},
		byTotal: map[money.Money][]receivables.Invoice{},
	}
	for _, inv := range invoices {
		if inv.State != receivables.StateLive {
			continue
		}
		id, reference := mapping.Mirrors(inv)
		if id != "" {
			c.claims[inv.ID], c.byID[id] = id, append(c.byID[id], inv)
		}
		for _, key := range add(nil, mapping.NumberKey(inv.Number), reference) {
			c.byNumber[key] = append(c.byNumber[key], inv)
		}
		c.byTotal[total(inv)] = append(c.byTotal[total(inv)], inv)
	}
	return c
}

// markedFor are the invoices that carry this one's id, or whose id it carries
// in our own metadata.
func (w *world) markedFor(s Billed) []receivables.Invoice {
	list := slices.Clone(w.candidates.byID[s.Invoice.ID])
	own, ok := w.invoices[ownInvoice(w.book.ID, s.payment())]
	if ok && own.State == receivables.StateLive && !contains(list, own.ID) {
		list = append(list, own)
	}
	sortInvoices(list)
	return list
}

// numberedAs are the invoices with this one's number, as their own or as their
// reference.
func (w *world) numberedAs(s Billed) []receivables.Invoice {
	list := slices.Clone(w.candidates.byNumber[mapping.NumberKey(s.Invoice.Number)])
	sortInvoices(list)
	return list
}

// alike are the invoices of whoever owes this one that have its amount and
// date, and are known to be no other.
func (w *world) alike(s Billed) []receivables.Invoice {
	var list []receivables.Invoice
	for _, inv := range w.candidates.byTotal[total(s.Invoice)] {
		if w.candidates.claims[inv.ID] == "" && w.near(s, inv) && w.owes(s, inv) && w.free(s, inv) {
			list = append(list, inv)
		}
	}
	sortInvoices(list)
	return list
}

func (w *world) same(s Billed, inv receivables.Invoice) bool {
	return inv.Total == s.Invoice.Total && inv.Currency == s.Invoice.Currency
}

func (w *world) near(s Billed, inv receivables.Invoice) bool {
	days := inv.Issued.DaysSince(s.Invoice.Issued)
	return days >= -mirrorDays && days <= mirrorDays
}

// owes says whether the invoice is to somebody whom the payer is known to be.
func (w *world) owes(s Billed, inv receivables.Invoice) bool {
	payers := w.payersOf(s.payment())
	return len(payers) > 0 && w.mayPay(payers, inv.CustomerID)
}

// free says whether the ledger's invoice is not already known to be another of
// the processor's.
func (w *world) free(s Billed, inv receivables.Invoice) bool {
	other, taken := w.mirrored[inv.ID]
	return !taken || other == s.Invoice.ID || w.mirrors[other].State == MirrorAsked
}

// askMirror asks whether the ledger holds the invoice already. Until somebody
// says so it is counted as the processor's own: never dropped.
func (w *world) askMirror(s Billed, list []receivables.Invoice, why string) Mirror {
	if d, asked := w.decisions[mirrorSubject(s.Invoice.ID)+"#"+DecideMirror]; asked && d.Answer != "" {
		return Mirror{State: MirrorOwn} // the answer has been overtaken: what it named no longer counts
	}
	var options []Option
	for _, inv := range list[:min(len(list), maxOptions)] {
		options = append(options, Option{
			Key: "invoice/" + inv.ID, Text: fmt.Sprintf("It is %s of %s over %s", numbers([]receivables.Invoice{inv}), inv.Issued.Words(), total(inv)),
			Invoices: []receivables.Allocation{{Target: inv.Ref(), Amount: inv.Total}},
		})
	}
	options = append(options, Option{Key: answerOwn, Text: "It stands only in Stripe"})
	w.question(mirrorSubject(s.Invoice.ID), DecideMirror, fmt.Sprintf("%s Is Stripe's invoice %s of %s over %s the same as one of the ledger's?",
		why, numbers([]receivables.Invoice{s.Invoice}), s.Invoice.Issued.Words(), total(s.Invoice)), options...)
	return Mirror{State: MirrorAsked, Ledger: list[0].ID, Rule: MirrorAlike, Evidence: why}
}

func total(inv receivables.Invoice) money.Money {
	return money.Money{Minor: inv.Total, Currency: inv.Currency}
}

// matchBilled is what a charge pays that belongs to one of the processor's own
// invoices: the ledger's invoice that is the same, and nothing else. Amount and
// customer say nothing here: they are those of the processor's invoice.
func (w *world) matchBilled(m Movement) match {
	s, known := w.billed[m.Charge.InvoiceID]
	if !known {
		return match{rest: m.Charge.Amount, why: fmt.Sprintf("It pays Stripe's invoice %s, which has not been pulled yet.", m.Charge.InvoiceID)}
	}
	name := numbers([]receivables.Invoice{s.Invoice})
	mirror := w.mirrors[s.Invoice.ID]
	switch mirror.State {
	case MirrorFound:
		if inv, ok := w.invoices[mirror.Ledger]; ok {
			return w.allocate(m, []receivables.Invoice{inv}, RuleMirror, fmt.Sprintf("it pays Stripe's invoice %s, which the ledger holds as %s", name, numbers([]receivables.Invoice{inv})))
		}
		return match{rest: m.Charge.Amount, why: fmt.Sprintf("It pays Stripe's invoice %s; the ledger's invoice %s that is the same has not been pulled.", name, mirror.Ledger)}
	case MirrorAsked:
		return match{rest: m.Charge.Amount, why: fmt.Sprintf("It pays Stripe's invoice %s, and whether the ledger holds that too is asked.", name)}
	}
	return match{rest: m.Charge.Amount, own: name, why: fmt.Sprintf("It pays Stripe's invoice %s, which the ledger does not hold.", name)}
}
