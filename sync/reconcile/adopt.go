package reconcile

import (
	"fmt"
	"slices"

	"tieout/mapping"
	"tieout/receivables"
)

// entered finds a live receipt in the ledger that somebody else has entered
// for this very payment: of the same customers, equal to its gross or net
// amount, dated near it, and standing for no other payment yet.
func (w *world) entered(m Movement, invoices []receivables.Invoice) (receivables.Receipt, bool) {
	return w.foreign(m, func(rc receivables.Receipt) bool { return w.concerns(rc, invoices) })
}

// enteredBy finds such a receipt of one of the customers, whatever it is applied
// to: what they owed may be paid by it in full.
func (w *world) enteredBy(m Movement, customers []string) (receivables.Receipt, bool) {
	return w.foreign(m, func(rc receivables.Receipt) bool { return slices.Contains(customers, rc.CustomerID) })
}

// foreign finds the first receipt of somebody else's with a payment's amount, of
// about its day, that fits.
func (w *world) foreign(m Movement, fits func(receivables.Receipt) bool) (receivables.Receipt, bool) {
	if d, ok := w.adoption(m); ok && d.Answer == adoptOther {
		return receivables.Receipt{}, false
	}
	day := receivables.DateIn(m.Row.Created, w.zone)
	for _, rc := range w.receipts {
		if rc.State != receivables.StateLive || rc.Marker != "" || rc.Currency != m.Charge.Currency || w.adopted[rc.ID] != "" {
			continue
		}
		net := rc.Total
		if m.crosses() {
			net = rc.Settled
		}
		if rc.Total != m.Charge.Amount && net != m.Row.Net {
			continue
		}
		if away := rc.Date.DaysSince(day); away < -adoptionBefore || away > adoptionAfter {
			continue
		}
		if fits(rc) {
			return rc, true
		}
	}
	return receivables.Receipt{}, false
}

// concerns says whether a receipt is for one of the invoices, or is still
// unapplied money of their customers.
func (w *world) concerns(rc receivables.Receipt, invoices []receivables.Invoice) bool {
	for _, inv := range invoices {
		for _, a := range rc.Allocations {
			if a.Target.Kind == receivables.KindInvoice && a.Target.ID == inv.ID {
				return true
			}
		}
		if rc.Unapplied > 0 && w.sameFamily(rc.CustomerID, inv.CustomerID) {
			return true
		}
	}
	return false
}

// adopt lets a receipt that stands in our clearing account with the gross
// amount stand for the payment. Anywhere else it is a person's decision, and
// until then nothing is written for the payment.
func (w *world) adopt(m Movement, rc receivables.Receipt, evidence string) match {
	found := w.adoptOrAsk(m, rc, evidence)
	found.entered = &rc
	return found
}

func (w *world) adoptOrAsk(m Movement, rc receivables.Receipt, evidence string) match {
	clearing := w.book.Accounts.Clearing[m.Row.Currency]
	if m.crosses() && rc.Settled != m.Row.Amount {
		clearing = "" // it is worth something else there
	}
	if rc.AccountID != clearing || clearing == "" || rc.Total != m.Charge.Amount || rc.Unapplied != 0 {
		why := fmt.Sprintf("The ledger has %s already, booked outside the clearing account.", w.receiptNamed(rc))
		return w.askAdoption(m, rc, evidence, why)
	}
	return w.standsFor(m, rc, RuleExact, evidence+"; the ledger's own receipt is adopted", "")
}

// The answers about a receipt that somebody has booked outside of the clearing
// account.
const (
	adoptSame  = "same"
	adoptMove  = "move"
	adoptOther = "other"
)

// adoption is what was asked about a receipt for the movement.
func (w *world) adoption(m Movement) (Decision, bool) {
	d, ok := w.decisions[movementSubject(m)+"#"+DecideAdopt]
	return d, ok
}

// askAdoption asks whether a receipt outside of the clearing account is this
// payment, and does what was answered.
func (w *world) askAdoption(m Movement, rc receivables.Receipt, evidence, why string) match {
	d, _ := w.adoption(m)
	switch d.Answer {
	case adoptSame:
		return w.standsFor(m, rc, RulePerson, fmt.Sprintf("%s has said that %s is this payment", d.By, w.receiptNamed(rc)), d.By)
	case adoptMove:
		return match{
			rest: m.Charge.Amount, allocations: w.reserve(m, rc, evidence),
			why: fmt.Sprintf("%s moves %s to the clearing account; it is adopted once it stands there.", d.By, w.receiptNamed(rc)),
		}
	}
	return match{rest: m.Charge.Amount, why: why, allocations: w.reserve(m, rc, evidence), decision: w.ask(m, DecideAdopt, why+" Is it this payment?", []Option{
		{Key: adoptSame, Text: "It is this payment: leave the whole payout outside clearing"},
		{Key: adoptMove, Text: "It is this payment: I move that receipt to the clearing account"},
		{Key: adoptOther, Text: "It is another payment: book this one too"},
	})}
}

// outside is why nothing is written for a movement: its receipt stands outside
// of the clearing account, or that of another payment of its payout does.
func (w *world) outside(m Movement) string {
	if d, ok := w.adoption(m); ok && d.Answer == adoptSame {
		return fmt.Sprintf("Its receipt stands outside the clearing account (%s): neither receipt nor fee is written.", d.By)
	}
	if m.Payout != nil && w.outsiders[m.Payout.ID] {
		return "A payment of this payout stands outside the clearing account: its transfer is not written."
	}
	return ""
}

// standsFor lets a receipt of the ledger's own stand for the payment.
func (w *world) standsFor(m Movement, rc receivables.Receipt, rule Rule, evidence, by string) match {
	w.adopted[rc.ID] = m.Row.ID
	result := match{why: fmt.Sprintf("What somebody entered stands for it: %s.", w.receiptNamed(rc))}
	shares := sharesOf(m, rc)
	for _, a := range rc.Allocations {
		if a.Target.Kind != receivables.KindInvoice || a.Amount == 0 {
			continue
		}
		result.allocations = append(result.allocations, Allocation{
			Connection: m.Connection, Movement: m.Row.ID, Charge: m.Charge.ID, Invoice: a.Target.ID, Customer: rc.CustomerID,
			Amount: a.Amount, Currency: rc.Currency, Rule: rule, Evidence: evidence, Adopted: rc.ID, By: by,
		})
		part := mapping.Part{Movement: m.Row.ID, Purpose: mapping.PurposeReceipt, Target: a.Target.ID, Amount: shares[a.Target.ID]}
		w.setPart(PartRow{Part: part, Connection: m.Connection, State: PartAdopted, Document: receivables.Ref{Kind: receivables.KindReceipt, ID: rc.ID}})
	}
	return result
}

// reserve keeps what the payment may pay on the receipt's invoices from being
// asked for again until the question is answered.
func (w *world) reserve(m Movement, rc receivables.Receipt, evidence string) []Allocation {
	var held []Allocation
	left := m.Charge.Amount
	for _, a := range rc.Allocations {
		inv, ok := w.invoices[a.Target.ID]
		if a.Target.Kind != receivables.KindInvoice || !ok {
			continue
		}
		amount := min(w.payable(inv), left)
		if amount <= 0 {
			continue
		}
		left -= amount
		held = append(held, Allocation{
			Connection: m.Connection, Movement: m.Row.ID, Charge: m.Charge.ID, Invoice: inv.ID, Customer: inv.CustomerID,
			Amount: amount, Currency: inv.Currency, Rule: RuleAsked, Evidence: evidence,
		})
	}
	return held
}
