package xero

import (
	"strings"

	"github.com/shopspring/decimal"
)

// createPayment applies money to one invoice or pays out one credit (Xero docs:
// accounting/payments).
func (o *Organisation) createPayment(f object, _ writeOptions) (*record, []string, error) {
	target, err := o.paymentTarget(f)
	if err != nil {
		return nil, nil, err
	}
	from := f.sub("Account")
	if from == nil && f.has("Code") {
		from = object{{"Code", f.raw("Code")}}
	}
	account, err := o.paymentAccount(from, false)
	if err != nil {
		return nil, nil, err
	}
	amount, ok := f.dec("Amount")
	if !ok || toCents(amount) <= 0 {
		return nil, nil, invalid("The payment amount must be greater than zero.")
	}
	r := &record{
		kind: o.kinds["Payments"], id: o.uuid(), typ: paymentType(target), status: "AUTHORISED", due: noDay,
		account: account, contact: target.contact, currency: target.currency, rate: target.rate,
		reference: f.str("Reference"), reconciled: f.flag("IsReconciled"),
		pay: &payment{amount: toCents(amount), target: target},
	}
	if r.date, err = f.dayMember("Date"); err != nil {
		return nil, nil, invalid("The Date is not a valid date.")
	}
	if r.date == noDay {
		r.date = o.today()
	}
	if err := o.checkPayment(r, f); err != nil {
		return nil, nil, err
	}
	var warnings []string
	if r.date < target.date {
		warnings = []string{"The payment date is prior to the invoice date."}
	}
	r.setRaw(newPaymentFields(r, f))
	o.enterPayment(r)
	return r, warnings, nil
}

// enterPayment puts a checked payment into the books; payment and document get
// the same update time (recorded: both 1777032244663).
func (o *Organisation) enterPayment(r *record) {
	r.updated = o.now()
	r.stale = true
	u := &use{id: r.id, payment: r, amount: r.pay.amount, value: r.pay.value, date: r.date}
	r.pay.use = u
	o.add(r)
	o.paymentIndex[r.pay.target.id] = append(o.paymentIndex[r.pay.target.id], r)
	o.repost(r)
	o.addUse(r.pay.target, u)
}

func (o *Organisation) paymentTarget(f object) (*record, error) {
	var r *record
	for _, key := range []string{"Invoice", "CreditNote", "Overpayment", "Prepayment"} {
		t := f.sub(key)
		if t == nil && f.has(key+"Number") { // beside the payment, as Xero-OpenAPI has it too
			t = object{{key + "Number", f.raw(key + "Number")}}
		}
		if t == nil {
			continue
		}
		k := o.kinds[key+"s"]
		r = o.find(k.name, t.str(k.idKey))
		switch {
		case r == nil && key == "Invoice" && t.str(k.idKey) == "":
			r = o.numbers["ACCREC "+strings.ToUpper(t.str("InvoiceNumber"))]
		case r == nil && key == "CreditNote" && t.str(k.idKey) == "":
			r = o.numbers["ACCRECCREDIT "+strings.ToUpper(t.str("CreditNoteNumber"))]
		}
		if r == nil {
			return nil, invalid("%s could not be found", key)
		}
		return r, nil
	}
	return nil, invalid("You must specify an Invoice, CreditNote, Overpayment or Prepayment to pay.")
}

// checkPayment applies the rules of amount, status, dates and currencies.
func (o *Organisation) checkPayment(r *record, f object) error {
	t := r.pay.target
	var problems []string
	if t.status != "AUTHORISED" {
		problems = append(problems, "Payments can only be made against Authorised documents")
	}
	if t.booked() && r.pay.amount > t.doc.open() {
		problems = append(problems, "Payment amount exceeds the amount outstanding on this document")
	}
	if problems != nil {
		return &ValidationError{Messages: problems}
	}
	if err := o.checkLock("payment", r.date); err != nil {
		return err
	}
	return o.convertPayment(r, f)
}

// convertPayment works out bank amount and base value. The account is in the
// document's currency, or in base currency with a rate; Xero's documents show
// no other pair.
func (o *Organisation) convertPayment(r *record, f object) error {
	p := r.pay
	one := decimal.New(1, 0)
	bankCode := orElse(r.account.currency, o.baseCode)
	sentBank, hasBank := f.dec("BankAmount")
	if sent, ok := f.dec("CurrencyRate"); ok && sent.IsPositive() && r.currency != o.baseCode {
		r.rate = sent.Round(6)
	}
	switch {
	case r.currency == o.baseCode && bankCode == o.baseCode:
		r.rate = one
		p.bankAmount, p.value = p.amount, p.amount
	case bankCode == r.currency:
		p.bankAmount = p.amount
		p.value = toBase(p.amount, r.rate)
	case bankCode == o.baseCode:
		p.bankAmount = toBase(p.amount, r.rate)
		if hasBank && sentBank.IsPositive() {
			p.bankAmount = toCents(sentBank)
			r.rate = p.amount.decimal().DivRound(p.bankAmount.decimal(), 6)
		}
		p.value = p.bankAmount
	default:
		return invalid("Payments can only be made from an account in the currency of the document or in the base currency.")
	}
	if hasBank && toCents(sentBank) != p.bankAmount {
		return invalid("The BankAmount does not match the payment amount.")
	}
	return nil
}

// paymentType names the payment after what it settles.
func paymentType(t *record) string {
	side := "AP"
	if t.receivable() {
		side = "AR"
	}
	switch t.kind.name {
	case "CreditNotes":
		return side + "CREDITPAYMENT"
	case "Overpayments":
		return side + "OVERPAYMENTPAYMENT"
	case "Prepayments":
		return side + "PREPAYMENTPAYMENT"
	}
	return t.typ + "PAYMENT"
}

func newPaymentFields(r *record, f object) object {
	out := make(object, 0, 16)
	out.setStr("PaymentID", r.id)
	out.set("Date", msDate(r.date.ms()))
	out.set("BankAmount", r.pay.bankAmount.json())
	out.set("Amount", r.pay.amount.json())
	out.setStr("Reference", r.reference)
	out.set("CurrencyRate", rateJSON(r.rate))
	out.setStr("PaymentType", r.typ)
	out.setStr("Status", r.status)
	out.setUpdated(r.updated, true)
	out.setBool("HasAccount", true)
	out.setBool("IsReconciled", r.reconciled)
	out.set("Account", accountStub(r.account))
	return out.overlay(f, "PaymentID", "Date", "BankAmount", "Amount", "Reference", "CurrencyRate", "PaymentType", "Status", "UpdatedDateUTC",
		"UpdatedDateUTCString", "HasAccount", "IsReconciled", "Account", "Invoice", "CreditNote", "Overpayment", "Prepayment", "Warnings", "ValidationErrors", "HasValidationErrors",
		"InvoiceNumber", "CreditNoteNumber", "Code", "BatchPaymentID", "BatchPayment", "StatusAttributeString")
}

// renderPayment writes a payment as lists show it.
func renderPayment(r *record) {
	f := split(r.raw)
	f.drop("HasValidationErrors")
	f.setStr("Status", r.status)
	f.setBool("IsReconciled", r.reconciled)
	f.setUpdated(r.updated, true)
	if r.batched != nil {
		f.setStr("BatchPaymentID", r.batched.id)
		f.set("BatchPayment", nestedBatch(r.batched))
	}
	if r.pay.target != nil {
		name, val := nestedTarget(r)
		f.set(name, val)
	}
	f.setBool("HasValidationErrors", false)
	r.setRaw(f)
}

// nestedTarget is the settled document inside a payment of a list. For a refund
// of an over- or prepayment its id stands in Invoice.InvoiceID and there is no
// element of its own (calcinai/xero-php issue 889, confirmed by Xero's support).
func nestedTarget(r *record) (string, []byte) {
	t := r.pay.target
	name, idKey := "Invoice", "InvoiceID"
	var f object
	if t.kind.name == "CreditNotes" {
		name, idKey = "CreditNote", "CreditNoteID"
	} else {
		f.setStr("Type", t.typ)
	}
	f.setStr(idKey, t.id)
	if t.number != "" {
		f.setStr(name+"Number", t.number)
	}
	for _, k := range []string{"Payments", "CreditNotes", "Prepayments", "Overpayments"} {
		f.set(k, []byte("[]"))
	}
	f.setBool("IsDiscounted", false)
	f.set("InvoiceAddresses", []byte("[]"))
	f.setBool("HasErrors", false)
	f.set("InvoicePaymentServices", []byte("[]"))
	if t.contact != nil {
		f.set("Contact", contactStub(t.contact))
	}
	f.set("LineItems", []byte("[]"))
	f.setStr("CurrencyCode", t.currency)
	return name, f.bytes()
}

// fullPayment is a payment as single reads and write answers show it: with the
// whole document it settles.
func fullPayment(_ *Organisation, r *record, written bool) object {
	f := append(object(nil), r.fields()...)
	if written && r.reference == "" {
		f.drop("Reference") // recorded: createPayment
	}
	t := r.pay.target
	if t == nil || t.isCredit() {
		return f
	}
	inv := append(object(nil), t.fields()...)
	inv.drop("AmountCredited", "CreditNotes", "HasAttachments", "InvoiceAddresses")
	if written {
		inv.drop("Payments")
	} else {
		inv.set("Payments", paymentsByBatch(inv.list("Payments")))
	}
	f.set("Invoice", inv.bytes())
	return f
}

// paymentsByBatch shows the payments of the invoice inside a payment the way a
// recorded answer did: a batched one under the id of its batch.
func paymentsByBatch(list []object) []byte {
	var out [][]byte
	for _, p := range list {
		if p.has("BatchPaymentID") {
			p.set("PaymentID", p.raw("BatchPaymentID"))
		}
		out = append(out, p.bytes())
	}
	return array(out)
}

// updatePayment deletes a payment: the only change there is.
func (o *Organisation) updatePayment(r *record, f object, _ writeOptions) ([]string, error) {
	for _, m := range f {
		if m.key != "Status" && m.key != "PaymentID" {
			return nil, invalid("Only Status accepted for updates.")
		}
	}
	if f.str("Status") != "DELETED" {
		return nil, invalid("Only Status accepted for updates.")
	}
	if r.status == "DELETED" {
		return nil, invalid("Payment has already been deleted.")
	}
	if r.batched != nil {
		return nil, invalid("Payments that are part of a batch payment cannot be deleted individually.")
	}
	if err := o.checkLock("payment", r.date); err != nil {
		return nil, err
	}
	o.deletePayment(r)
	return nil, nil
}

// deletePayment takes a payment out of the books and opens its document again.
func (o *Organisation) deletePayment(r *record) {
	o.edit(r)
	r.status = "DELETED"
	o.touch(r)
	o.repost(r)
	if r.pay.use != nil {
		o.dropUse(r.pay.target, r.pay.use)
	}
}
