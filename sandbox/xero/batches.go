package xero

import (
	"slices"

	"github.com/shopspring/decimal"
)

// batch is what only batch payments have.
type batch struct {
	payments []*record
	total    cents
}

// createBatch pays several invoices at once (Xero docs:
// accounting/batchpayments): invoices only, sales and bills not mixed, in base
// currency.
func (o *Organisation) createBatch(f object, _ writeOptions) (*record, []string, error) {
	account, err := o.paymentAccount(f.sub("Account"), false)
	if err != nil {
		return nil, nil, err
	}
	date, err := f.dayMember("Date")
	if err != nil {
		return nil, nil, invalid("The Date is not a valid date.")
	}
	if date == noDay {
		date = o.today()
	}
	if orElse(account.currency, o.baseCode) != o.baseCode {
		return nil, nil, invalid("Batch payments can only be made from an account in the base currency.")
	}
	if err := checkBatchTexts(f); err != nil {
		return nil, nil, err
	}
	r := &record{
		kind: o.kinds["BatchPayments"], id: o.uuid(), status: "AUTHORISED", date: date, due: noDay, account: account,
		reference: f.str("Reference"), currency: o.baseCode, rate: decimal.New(1, 0), batch: &batch{},
	}
	sent := f.list("Payments")
	if len(sent) == 0 {
		return nil, nil, invalid("A batch payment needs at least one payment.")
	}
	for _, p := range sent {
		if err := o.batchItem(r, p); err != nil {
			return nil, nil, err
		}
	}
	r.updated = o.now()
	r.setRaw(newBatchFields(r, f))
	r.stale = true
	o.add(r)
	for _, p := range r.batch.payments {
		o.enterPayment(p)
	}
	return r, nil, nil
}

// checkBatchTexts applies the lengths of Xero-OpenAPI's BatchPayment. For
// Reference the docs say 12 in New Zealand; the wider limit is kept.
func checkBatchTexts(f object) error {
	for key, limit := range map[string]int{"Reference": 255, "Particulars": 12, "Code": 12, "Narrative": 18, "Details": 18} {
		if len(f.str(key)) > limit {
			return invalid("The %s field is longer than %d characters.", key, limit)
		}
	}
	return nil
}

// batchItem checks one payment of a batch.
func (o *Organisation) batchItem(b *record, f object) error {
	if !f.has("Invoice") {
		return invalid("Batch payments can only be made against invoices.")
	}
	target, err := o.paymentTarget(object{{"Invoice", f.raw("Invoice")}})
	if err != nil {
		return err
	}
	typ := map[string]string{"ACCREC": "RECBATCH", "ACCPAY": "PAYBATCH"}[target.typ]
	switch {
	case b.typ != "" && b.typ != typ:
		return invalid("A batch payment cannot hold both sales invoices and bills.")
	case target.currency != o.baseCode:
		return invalid("Batch payments can only be made in the base currency.")
	case slices.ContainsFunc(b.batch.payments, func(p *record) bool { return p.pay.target == target }):
		return invalid("The same invoice cannot be in a batch payment twice.")
	}
	b.typ = typ
	amount, ok := f.dec("Amount")
	if !ok || toCents(amount) <= 0 {
		return invalid("The payment amount must be greater than zero.")
	}
	p := &record{
		kind: o.kinds["Payments"], id: o.uuid(), typ: paymentType(target), status: "AUTHORISED", date: b.date, due: noDay,
		account: b.account, contact: target.contact, currency: target.currency, rate: target.rate, reference: f.str("Reference"),
		batched: b, pay: &payment{amount: toCents(amount), target: target},
	}
	if err := o.checkPayment(p, object{}); err != nil {
		return err
	}
	p.setRaw(newPaymentFields(p, object{}))
	b.batch.payments = append(b.batch.payments, p)
	b.batch.total += p.pay.amount
	return nil
}

func newBatchFields(r *record, f object) object {
	var out, account object
	account.setStr("AccountID", r.account.id)
	account.setStr("CurrencyCode", r.currency)
	out.set("Account", account.bytes())
	for _, key := range []string{"Reference", "Particulars", "Code", "Details", "Narrative"} {
		if s := f.str(key); s != "" {
			out.setStr(key, s)
		}
	}
	out.setStr("BatchPaymentID", r.id)
	out.setDay("Date", r.date)
	out.set("Payments", []byte("[]"))
	out.setStr("Type", r.typ)
	out.setStr("Status", r.status)
	out.set("TotalAmount", r.batch.total.json())
	out.setUpdated(r.updated, false)
	out.setBool("IsReconciled", false)
	return out
}

func renderBatch(r *record) {
	f := split(r.raw)
	f.setStr("Status", r.status)
	f.setUpdated(r.updated, false)
	var list [][]byte
	for _, p := range r.batch.payments {
		if p.pay.target == nil {
			continue // recorded as deleted, with a document that was not loaded
		}
		var e, inv object
		inv.setStr("InvoiceID", p.pay.target.id)
		inv.setStr("CurrencyCode", p.pay.target.currency)
		for _, k := range []string{"Payments", "CreditNotes", "Prepayments", "Overpayments"} {
			inv.set(k, []byte("[]"))
		}
		inv.setBool("HasErrors", false)
		inv.setBool("IsDiscounted", false)
		inv.set("LineItems", []byte("[]"))
		e.set("Invoice", inv.bytes())
		e.setStr("PaymentID", p.id)
		if p.reference != "" {
			e.setStr("Reference", p.reference)
		}
		e.set("Amount", p.pay.amount.json())
		e.set("BankAmount", p.pay.bankAmount.json())
		list = append(list, e.bytes())
	}
	f.set("Payments", array(list))
	r.setRaw(f)
}

// nestedBatch is a batch inside its payments (recorded: GET /Payments).
func nestedBatch(b *record) []byte {
	var f object
	f.set("Account", object{{"AccountID", quote(b.account.id)}}.bytes())
	f.setStr("BatchPaymentID", b.id)
	f.setDay("Date", b.date)
	f.setStr("Type", b.typ)
	f.setStr("Status", b.status)
	f.set("TotalAmount", b.batch.total.json())
	f.setUpdated(b.updated, false)
	f.setBool("IsReconciled", b.reconciled)
	return f.bytes()
}

// updateBatch deletes a batch with all its payments: the only change there is.
func (o *Organisation) updateBatch(r *record, f object, _ writeOptions) ([]string, error) {
	for _, m := range f {
		if m.key != "Status" && m.key != "BatchPaymentID" {
			return nil, invalid("Only Status accepted for updates.")
		}
	}
	switch {
	case f.str("Status") != "DELETED":
		return nil, invalid("Only Status accepted for updates.")
	case r.status == "DELETED":
		return nil, invalid("Batch payment has already been deleted.")
	}
	if err := o.checkLock("payment", r.date); err != nil {
		return nil, err
	}
	o.edit(r)
	r.status = "DELETED"
	o.touch(r)
	for _, p := range r.batch.payments {
		if p.status != "DELETED" {
			o.deletePayment(p)
		}
	}
	return nil, nil
}
