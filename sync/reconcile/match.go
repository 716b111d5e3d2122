package reconcile

import (
	"cmp"
	"fmt"
	"strings"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// match is what a charge was found to pay. Rest is what no invoice takes.
type match struct {
	allocations []Allocation
	rest        int64
	decision    *Decision
	why         string
	join        *Join
	// owner is the customer whose invoices the payment is for, also where
	// nothing is payable on them any more; "" when they are of several.
	owner string
	// sale says that nothing speaks for an invoice: the payment may be a sale
	// without one.
	sale bool
	// own is the number of the processor's own invoice that the charge pays
	// and the ledger does not hold.
	own string
	// entered is the receipt of somebody else's that was found to stand for the
	// payment, or to stand for it perhaps.
	entered *receivables.Receipt
}

// matchCharge tries the rules in their order; the first that applies decides.
// Only a rule with evidence and no ambiguity allocates by itself.
func (w *world) matchCharge(m Movement) match {
	if again, ok := w.remember(m); ok {
		return again
	}
	if id := ownInvoice(w.book.ID, m); id != "" {
		if inv, ok := w.invoices[id]; ok {
			return w.allocate(m, []receivables.Invoice{inv}, RuleMetadata, "the payment carries the invoice's id")
		}
	}
	if shares := ownShares(w.book.ID, m); len(shares) > 0 {
		if said, ok := w.matchShares(m, shares); ok {
			return said
		}
	}
	if m.Checkout != nil {
		if l, ok := w.linkByID[m.Checkout.Link]; ok && m.Checkout.Link != "" {
			if inv, known := w.invoices[l.Invoice]; known {
				return w.allocate(m, []receivables.Invoice{inv}, RuleLink, "it was paid by the invoice's payment link")
			}
		}
	}
	if m.Charge.InvoiceID != "" {
		return w.matchBilled(m)
	}
	if said, ok := w.chosen(m); ok {
		return said
	}
	if named, plain := w.named(m); len(named) > 0 {
		if plain {
			return w.allocate(m, named, RuleNumber, "the payment names "+numbers(named))
		}
		return w.suggest(m, named, "The payment names "+numbers(named)+", but it is not clear how much each of them takes.")
	}
	return w.matchByCustomer(m)
}

// named are the invoices whose numbers the payment carries. It is plain what
// they take when there is one, or when the amount is at least all that is
// payable on them, and when none belongs to anybody but the payer.
func (w *world) named(m Movement) ([]receivables.Invoice, bool) {
	var found []receivables.Invoice
	plain := true
	var payable int64
	payers, _ := w.identify(m)
	for _, key := range numberKeys(m) {
		ids := w.byNumber[key]
		for _, id := range ids {
			inv := w.invoices[id]
			if inv.State != receivables.StateLive || inv.Currency != m.Charge.Currency || contains(found, id) {
				continue
			}
			plain = plain && len(ids) == 1 && w.mayPay(payers, inv.CustomerID)
			found = append(found, inv)
			payable += max(w.payable(inv), 0)
		}
	}
	return found, plain && (len(found) == 1 || m.Charge.Amount >= payable)
}

// mayPay says whether the payer may be the invoice's customer: nobody knows
// better, or they are of one family.
func (w *world) mayPay(payers []string, customer string) bool {
	if len(payers) == 0 {
		return true
	}
	for _, p := range payers {
		if w.sameFamily(p, customer) {
			return true
		}
	}
	return false
}

func (w *world) matchByCustomer(m Movement) match {
	payers, evidence := w.identify(m)
	switch len(payers) {
	case 0:
		return w.unknownPayer(m)
	case 1:
	default:
		return w.suggest(m, w.openInvoices(payers, m.Charge.Currency), "Who paid is not clear: "+evidence+".")
	}
	open := w.openInvoices(w.relatives(payers[0]), m.Charge.Currency)
	found, rule, why := w.combine(m, payers[0], open)
	if found == nil {
		if receipt, ok := w.enteredBy(m, w.relatives(payers[0])); ok {
			return w.adopt(m, receipt, evidence)
		}
		return w.suggest(m, open, cmp.Or(why, "No single invoice, and no one combination of the customer's open invoices, has exactly this amount."))
	}
	result := w.allocate(m, found, rule, fmt.Sprintf("%s, and the amount is exactly that of %s (%s)", evidence, numbers(found), inside(why)))
	if p := payerOf(m); p != "" && len(w.byPayer[p]) == 0 {
		result.join = &Join{Connection: m.Connection, Payer: p, Customer: payers[0], Evidence: evidence}
	}
	return result
}

// allocate gives the invoices what is payable on them, in order, and holds
// the rest. Before that it looks for a receipt that somebody has entered for
// this very payment.
func (w *world) allocate(m Movement, invoices []receivables.Invoice, rule Rule, evidence string) match {
	if receipt, ok := w.entered(m, invoices); ok {
		return w.adopt(m, receipt, evidence)
	}
	result := match{rest: m.Charge.Amount, why: capital(evidence) + ".", owner: ownerOf(invoices)}
	for _, inv := range invoices {
		if inv.Currency != m.Charge.Currency || inv.State != receivables.StateLive {
			continue
		}
		amount := min(w.payable(inv), result.rest)
		if amount <= 0 {
			continue
		}
		result.allocations = append(result.allocations, Allocation{
			Connection: m.Connection, Movement: m.Row.ID, Charge: m.Charge.ID, Invoice: inv.ID, Customer: inv.CustomerID,
			Amount: amount, Currency: inv.Currency, Rule: rule, Evidence: evidence,
		})
		result.rest -= amount
	}
	if result.rest > 0 {
		w.askAboutRest(m, &result, evidence)
	}
	return result
}

// askAboutRest asks what becomes of what a payment brought above what is
// payable on its invoices.
func (w *world) askAboutRest(m Movement, found *match, evidence string) {
	found.why = fmt.Sprintf("%s, but only %s of %s is payable there.", capital(evidence),
		money.Money{Minor: m.Charge.Amount - found.rest, Currency: m.Charge.Currency}, money.Money{Minor: m.Charge.Amount, Currency: m.Charge.Currency})
	found.decision = w.askOverpaid(m, found.why)
}

func (w *world) askOverpaid(m Movement, why string) *Decision {
	return w.ask(m, DecideOverpaid, why+" What becomes of the rest?", []Option{
		{Key: overpaidRefund, Text: "I refund the rest in Stripe; until then it is the customer's credit"},
		{Key: overpaidCredit, Text: "Keep the rest as the customer's credit"},
	})
}

// ownerOf is the one customer of all invoices.
func ownerOf(invoices []receivables.Invoice) string {
	owner := ""
	for _, inv := range invoices {
		if owner != "" && inv.CustomerID != owner {
			return ""
		}
		owner = inv.CustomerID
	}
	return owner
}

// payable is what a customer can still be asked for on an invoice: the
// ledger's balance less what our matched charges have paid whose receipt the
// ledger does not show yet.
func (w *world) payable(inv receivables.Invoice) int64 {
	if inv.State != receivables.StateLive {
		return 0
	}
	left := inv.Balance
	for _, a := range w.ofInvoice[inv.ID] {
		switch {
		case a.Adopted != "":
		case w.shown(a):
			left -= w.shortened(a)
		default:
			left -= a.Amount
		}
	}
	return left - w.discounted(inv.ID)
}

// discounted is what has been granted on an invoice for paying early and is
// not applied to it yet: nobody is asked for it.
func (w *world) discounted(invoice string) int64 {
	var sum int64
	for _, p := range w.partsFor(invoice) {
		if p.Part.Purpose != mapping.PurposeDiscount || !p.stands() {
			continue
		}
		applied := w.parts[mapping.Part{Movement: p.Part.Movement, Purpose: mapping.PurposeApply, Target: invoice}.Key()]
		if applied.State != PartLive {
			sum += p.Part.Amount
		}
	}
	return sum
}

// shown says whether the ledger has shown the receipt of an allocation.
func (w *world) shown(a Allocation) bool {
	part := mapping.Part{Movement: a.Movement, Purpose: mapping.PurposeReceipt, Target: a.Invoice}
	p, ok := w.parts[part.Key()]
	return ok && (p.State == PartLive || p.State == PartAdopted)
}

// shortened is what somebody has taken off our receipt of an allocation: the
// customer has paid it all the same and must not be asked for it again.
func (w *world) shortened(a Allocation) int64 {
	part := mapping.Part{Movement: a.Movement, Purpose: mapping.PurposeReceipt, Target: a.Invoice}
	p := w.parts[part.Key()]
	doc, ok := w.documentOf(p)
	if !ok || p.State != PartLive {
		return 0
	}
	off := max(w.written(a, p, doc)-doc.Total, 0)
	if d := w.decisions["document/"+docKey(doc.Ref)+"#"+DecideChanged]; d.Answer != answerKeep && doc.Currency == a.Currency {
		off = max(off, doc.takenOff(a.Invoice, a.Amount))
	}
	return min(off, a.Amount)
}

func (w *world) openInvoices(customers []string, currency money.Currency) []receivables.Invoice {
	var open []receivables.Invoice
	for _, c := range customers {
		for _, id := range w.openOf[c] {
			if inv := w.invoices[id]; inv.Currency == currency && w.payable(inv) > 0 {
				open = append(open, inv)
			}
		}
	}
	sortInvoices(open)
	return open
}

func numberKeys(m Movement) []string {
	var keys []string
	for _, text := range namingTexts(m) {
		keys = add(keys, mapping.NumberKeys(text)...)
	}
	return keys
}

func contains(list []receivables.Invoice, id string) bool {
	for _, inv := range list {
		if inv.ID == id {
			return true
		}
	}
	return false
}

// numbers names invoices the way people do.
func numbers(list []receivables.Invoice) string {
	names := make([]string, len(list))
	for i, inv := range list {
		names[i] = inv.Number
		if inv.Number == "" {
			names[i] = "the invoice with id " + inv.ID
		}
	}
	return strings.Join(names, ", ")
}

func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
