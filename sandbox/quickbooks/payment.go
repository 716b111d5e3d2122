package quickbooks

import "slices"

// linkable maps TxnType of a payment line to the entity it names. A Purchase
// goes by what it was entered as (Intuit docs: payment, LinkedTxn.TxnType).
func linkable(txnType string) string {
	switch txnType {
	case "Invoice", "CreditMemo", "JournalEntry", "Deposit":
		return txnType
	case "Expense", "Check", "CreditCardCredit", "Purchase":
		return "Purchase"
	}
	return ""
}

func buildPayment(ch *change) *Fault {
	d, t := ch.doc, ch.txn
	if fault := ch.customer(true); fault != nil {
		return fault
	}
	if !d.has("TotalAmt") {
		return faultMissing("TotalAmt")
	}
	if fault := ch.money(); fault != nil {
		return fault
	}
	total, err := d.amount("TotalAmt")
	if err != nil || total != total.cents() {
		return faultNumber("TotalAmt", errAmount)
	}
	if total < 0 {
		return faultBusiness("Transaction amount must be 0 or greater.")
	}
	t.total, t.number = total, d.str("PaymentRefNum")
	d.setAmount("TotalAmt", total)
	if fault := ch.paymentLines(); fault != nil {
		return fault
	}
	if fault := ch.paymentAccount(); fault != nil {
		return fault
	}
	if fault := ch.paymentMethod(); fault != nil {
		return fault
	}
	d.setDefault("ProcessPayment", []byte("false"))
	d.setAmount("UnappliedAmt", t.unapplied)
	return nil
}

// paymentMethod: an inactive one may not be used (Intuit docs:
// all-entities/paymentmethod, Active: "may not be used on financial
// transactions"). A payment that has it already may keep it.
func (ch *change) paymentMethod() *Fault {
	id, _ := ch.doc.ref("PaymentMethodRef")
	o := ch.c.find("PaymentMethod", id)
	if o == nil || o.active {
		return nil
	}
	if ch.old != nil && textOf(member(member(ch.old.raw, "PaymentMethodRef"), "value")) == id {
		return nil
	}
	return faultNotFound()
}

// paymentAccount: a payment without money has no account to go to (recorded:
// the zero payment that applies a credit memo carries none).
func (ch *change) paymentAccount() *Fault {
	if ch.txn.total == 0 && !ch.doc.has("DepositToAccountRef") {
		return nil
	}
	if fault := ch.depositAccount(false); fault != nil {
		return fault
	}
	id, _ := ch.doc.ref("DepositToAccountRef")
	ch.doc.set("DepositToAccountRef", refRaw(id, ""))
	return nil
}

// paymentLines reads what the payment settles. Charges are cut to what is open
// on them, the rest of the money stays unapplied: the vendor accepts an
// overpayment (observed: 30 on a balance of 5 leaves 25 unapplied).
func (ch *change) paymentLines() *Fault {
	t := ch.txn
	var lines []*document
	var charges, credits amount
	for _, line := range ch.doc.list("Line") {
		links := line.list("LinkedTxn")
		if len(links) == 0 {
			continue
		}
		target, fault := ch.paymentTarget(links[0])
		if fault != nil {
			return fault
		}
		if settles(t.applies, target) {
			return faultCannotLink("the transaction is linked twice")
		}
		amt, fault := ch.lineAmount(line, target)
		if fault != nil {
			return fault
		}
		if target.txn.sign > 0 {
			charges += amt
		} else {
			credits += amt
		}
		t.applies = append(t.applies, application{target, amt})
		lines = append(lines, paymentLine(target, links[0].str("TxnType"), amt))
	}
	t.unapplied = t.total + credits - charges
	if t.unapplied < 0 {
		return faultBusiness("The amount applied is more than the amount received and the credits used.")
	}
	if credits > charges {
		return faultBusiness("The credits used are more than the amounts they are applied to.")
	}
	ch.doc.set("Line", joinArray(lines))
	return nil
}

func (ch *change) paymentTarget(link *document) (*object, *Fault) {
	c := ch.c
	entity := linkable(link.str("TxnType"))
	if entity == "" {
		return nil, faultEnum("Line.LinkedTxn.TxnType", link.str("TxnType"))
	}
	target := c.find(entity, link.str("TxnId"))
	switch {
	case target == nil:
		return nil, faultNotFound()
	case target.txn.sign == 0 || target.txn.void:
		return nil, faultCannotLink("it has no open amount on accounts receivable")
	case target.txn.currency != ch.txn.currency:
		return nil, faultCannotLink("it is in another currency")
	case !sameFamily(target.txn.debtor(), ch.txn.debtor()):
		return nil, faultCannotLink("it belongs to another customer")
	case target.txn.open <= 0:
		return nil, faultCannotLink("it has no open balance")
	}
	return target, nil
}

// sameFamily: one payment serves a customer and its jobs.
func sameFamily(a, b *object) bool { return root(a) == root(b) }

func root(o *object) *object {
	for o != nil && o.party.parent != nil {
		o = o.party.parent
	}
	return o
}

func (ch *change) lineAmount(line *document, target *object) (amount, *Fault) {
	if !line.has("Amount") {
		return 0, faultMissing("Line.Amount")
	}
	amt, err := line.amount("Amount")
	if err != nil || amt != amt.cents() {
		return 0, faultNumber("Line.Amount", errAmount)
	}
	if amt <= 0 {
		return 0, faultBusiness("The amount applied must be greater than 0.")
	}
	if amt <= target.txn.open {
		return amt, nil
	}
	if target.txn.sign < 0 {
		return 0, faultBusiness("The credit used is more than what remains of it.")
	}
	return target.txn.open, nil
}

// paymentLine is a line as it is stored, with the vendor's read-only extras.
func paymentLine(target *object, txnType string, amt amount) *document {
	out := &document{}
	out.setAmount("Amount", amt)
	out.set("LinkedTxn", linksRaw([]txnLink{{id: target.id, kind: txnType}}))
	extras := append([]byte(`{"any":[`), nameValueEx("txnId", target.id)...)
	extras = append(append(extras, ','), nameValueEx("txnOpenBalance", target.txn.open.decimal().StringFixed(2))...)
	if target.txn.number != "" {
		extras = append(append(extras, ','), nameValueEx("txnReferenceNumber", target.txn.number)...)
	}
	out.set("LineEx", append(extras, ']', '}'))
	return out
}

// nameValueEx is one row of the Java serialiser's making (recorded answers).
func nameValueEx(name, value string) []byte {
	out := make([]byte, 0, 260)
	out = append(out, `{"name":"{http://schema.intuit.com/finance/v3}NameValue","declaredType":"com.intuit.schema.finance.v3.NameValue",`...)
	out = append(out, `"scope":"javax.xml.bind.JAXBElement$GlobalScope","value":{"Name":`...)
	out = append(out, quote(name)...)
	out = append(out, `,"Value":`...)
	out = append(out, quote(value)...)
	return append(out, `},"nil":false,"globalScope":true,"typeSubstituted":false}`...)
}

// payment books money against receivables: each settled document at its own
// rate, the rest at the payment's; the difference is exchange gain or loss.
func (p *poster) payment(d *document) {
	c, t := p.c, p.t
	id, _ := d.ref("DepositToAccountRef")
	money := c.find("Account", id)
	if money == nil && t.total != 0 {
		money = c.undeposited()
	}
	p.post(money, t.total)
	ar := c.receivable(t.currency, d)
	rest := -t.total
	for _, a := range t.applies {
		move := -a.amt * amount(a.target.txn.sign)
		p.postAt(ar, move, a.target.txn.rate)
		p.party(a.target.txn.debtor(), move)
		rest -= move
	}
	p.post(ar, rest)
	p.party(t.debtor(), rest)
}

// release takes amt of what payment pays of target back, or all of it when amt
// is negative, as happens when the target is voided, deleted or made smaller.
func (c *Company) release(payment, target *object, amt amount) {
	c.retract(payment)
	before := *payment.txn
	t := payment.txn
	var kept []application
	for _, a := range t.applies {
		if a.target == target {
			if amt < 0 || amt >= a.amt {
				continue
			}
			a.amt -= amt
		}
		kept = append(kept, a)
	}
	t.applies = c.balanced(kept, t.total)
	c.rewriteLines(payment)
	t.effect = nil
	c.stirMoved(before.effect)
	c.unlink(payment, &before)
	c.apply(payment)
	c.touch(payment)
	for _, a := range before.applies {
		if a.target != target {
			c.touchIfChanged(a, t.applies)
		}
	}
}

// balanced trims credits that have nothing left to be applied to, and charges
// that nothing pays any more.
func (c *Company) balanced(list []application, total amount) []application {
	var charges, credits amount
	for _, a := range list {
		if a.target.txn.sign > 0 {
			charges += a.amt
		} else {
			credits += a.amt
		}
	}
	list = trim(list, -1, credits-charges)
	if credits > charges {
		credits = charges
	}
	return trim(list, 1, charges-credits-total)
}

// trim takes the excess off the last applications of one sign.
func trim(list []application, sign int8, excess amount) []application {
	var out []application
	for _, a := range slices.Backward(list) {

		if excess > 0 && a.target.txn.sign == sign {
			cut := min(excess, a.amt)
			a.amt -= cut
			excess -= cut
		}
		if a.amt > 0 {
			out = append([]application{a}, out...)
		}
	}
	return out
}

func (c *Company) touchIfChanged(before application, after []application) {
	for _, a := range after {
		if a.target == before.target && a.amt == before.amt {
			return
		}
	}
	c.touch(before.target)
}

// rewriteLines brings the text of a payment in line with what it settles.
func (c *Company) rewriteLines(payment *object) {
	t := payment.txn
	d := splitObject(payment.text(c.zone))
	var lines []*document
	var net amount
	for _, line := range d.list("Line") {
		links := line.list("LinkedTxn")
		if len(links) == 0 {
			continue
		}
		for _, a := range t.applies {
			if a.target.id == links[0].str("TxnId") && a.target.kind.name == linkable(links[0].str("TxnType")) {
				line.setAmount("Amount", a.amt)
				lines = append(lines, line)
				net += a.amt * amount(a.target.txn.sign)
			}
		}
	}
	t.unapplied = t.total - net
	d.set("Line", joinArray(lines))
	payment.raw, payment.dirty = d.bytes(), true
}

// settleExcess shrinks payments, the newest first, after an update made a
// document smaller than what was applied to it.
func (c *Company) settleExcess(o *object) {
	for o.txn.open < 0 && len(o.txn.appliedBy) > 0 {
		last := o.txn.appliedBy[len(o.txn.appliedBy)-1]
		c.release(last, o, -o.txn.open)
	}
}
