package xero

// createTransfer moves money between two bank accounts of one currency (Xero
// docs: accounting/banktransfers). It shows as two bank transactions.
func (o *Organisation) createTransfer(f object, _ writeOptions) (*record, []string, error) {
	from, err := o.paymentAccount(f.sub("FromBankAccount"), true)
	if err != nil {
		return nil, nil, err
	}
	to, err := o.paymentAccount(f.sub("ToBankAccount"), true)
	if err != nil {
		return nil, nil, err
	}
	amount := f.centsOf("Amount")
	date, errDay := f.dayMember("Date")
	switch {
	case errDay != nil:
		return nil, nil, invalid("The Date is not a valid date.")
	case from == to:
		return nil, nil, invalid("The from and to bank accounts must be different.")
	case from.currency != to.currency:
		return nil, nil, invalid("Bank transfers between accounts of different currencies are not supported.")
	case amount <= 0:
		return nil, nil, invalid("The amount must be greater than zero.")
	}
	if date == noDay {
		date = o.today()
	}
	if err := o.checkLock("document", date); err != nil {
		return nil, nil, err
	}
	r := &record{
		kind: o.kinds["BankTransfers"], id: o.uuid(), status: "AUTHORISED", date: date, due: noDay, reference: f.str("Reference"),
		currency: from.currency, updated: o.now(), transfer: &transfer{from: from, to: to, amount: amount, created: o.now()},
	}
	if err := o.setRate(r, object{}); err != nil {
		return nil, nil, err
	}
	r.transfer.fromLeg = o.addLeg(r, "SPEND-TRANSFER", from, f.flag("FromIsReconciled"))
	r.transfer.toLeg = o.addLeg(r, "RECEIVE-TRANSFER", to, f.flag("ToIsReconciled"))
	r.setRaw(newTransferFields(r, f))
	o.add(r)
	return r, nil, nil
}

// addLeg makes one of the two bank transactions of a transfer.
func (o *Organisation) addLeg(t *record, typ string, account *record, reconciled bool) *record {
	r := o.newDocument("BankTransactions", typ)
	r.status, r.account, r.currency, r.rate, r.date = "AUTHORISED", account, t.currency, t.rate, t.date
	r.reference, r.reconciled, r.updated = t.reference, reconciled, t.updated
	r.doc.subTotal, r.doc.total, r.doc.lineTypes = t.transfer.amount, t.transfer.amount, "NoTax"
	var f object
	f.setStr("BankTransactionID", r.id)
	f.set("BankAccount", accountStub(account))
	f.setStr("Type", typ)
	f.setStr("Reference", r.reference)
	f.setBool("IsReconciled", reconciled)
	f.setBool("HasAttachments", false)
	f.setDay("Date", r.date)
	f.setStr("Status", r.status)
	f.setStr("LineAmountTypes", "NoTax")
	f.set("LineItems", []byte("[]"))
	f.set("SubTotal", r.doc.total.json())
	f.set("TotalTax", []byte("0.00"))
	f.set("Total", r.doc.total.json())
	f.setUpdated(r.updated, false)
	f.setStr("CurrencyCode", r.currency)
	r.setRaw(f)
	o.add(r)
	o.repost(r)
	return r
}

func newTransferFields(r *record, f object) object {
	t := r.transfer
	out := make(object, 0, 16)
	out.setStr("BankTransferID", r.id)
	out.set("CreatedDateUTC", msDate(t.created))
	out.setDay("Date", r.date)
	out.setStr("Status", r.status)
	out.set("FromBankAccount", accountStub(t.from))
	out.set("ToBankAccount", accountStub(t.to))
	out.set("Amount", t.amount.json())
	out.setStr("FromBankTransactionID", t.fromLeg.id)
	out.setStr("ToBankTransactionID", t.toLeg.id)
	out.setBool("FromIsReconciled", t.fromLeg.reconciled)
	out.setBool("ToIsReconciled", t.toLeg.reconciled)
	out.setStr("Reference", r.reference)
	out.set("CurrencyRate", rateJSON(r.rate))
	out.setBool("HasAttachments", false)
	return out.overlay(f, "BankTransferID", "CreatedDateUTC", "Date", "DateString", "Status", "FromBankAccount", "ToBankAccount", "Amount",
		"FromBankTransactionID", "ToBankTransactionID", "FromIsReconciled", "ToIsReconciled", "Reference", "CurrencyRate", "HasAttachments", "ValidationErrors")
}

func renderTransfer(r *record) {
	f := split(r.raw)
	f.setStr("Status", r.status)
	if t := r.transfer; t != nil && t.fromLeg != nil && t.toLeg != nil { // a loaded one may be without
		f.setBool("FromIsReconciled", t.fromLeg.reconciled)
		f.setBool("ToIsReconciled", t.toLeg.reconciled)
	}
	r.setRaw(f)
}

// updateTransfer deletes a transfer with both its legs (possible since July
// 2026, Xero-OpenAPI 16.1.0).
func (o *Organisation) updateTransfer(r *record, f object, _ writeOptions) ([]string, error) {
	if f.str("Status") != "DELETED" {
		return nil, invalid("Only Status accepted for updates.")
	}
	if r.status == "DELETED" {
		return nil, invalid("Bank transfer has already been deleted.")
	}
	if err := o.checkLock("document", r.date); err != nil {
		return nil, err
	}
	o.edit(r)
	r.status = "DELETED"
	o.touch(r)
	for _, leg := range []*record{r.transfer.fromLeg, r.transfer.toLeg} {
		if leg != nil {
			o.closeDocument(leg, "DELETED")
		}
	}
	return nil, nil
}
