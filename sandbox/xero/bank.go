package xero

import (
	"strings"
)

// createBank enters spend or receive money, an overpayment or a prepayment
// (Xero docs: accounting/banktransactions).
func (o *Organisation) createBank(f object, opt writeOptions) (*record, []string, error) {
	typ := f.str("Type")
	direction, extra, _ := strings.Cut(typ, "-")
	if direction != "SPEND" && direction != "RECEIVE" || extra != "" && extra != "OVERPAYMENT" && extra != "PREPAYMENT" {
		return nil, nil, invalid("Type '%s' is not valid for a bank transaction.", typ)
	}
	if s := f.str("Status"); s != "" && s != "AUTHORISED" {
		return nil, nil, invalid("Bank transactions can only be created as AUTHORISED.")
	}
	account, err := o.paymentAccount(f.sub("BankAccount"), true)
	if err != nil {
		return nil, nil, err
	}
	r := o.newDocument("BankTransactions", typ)
	r.status, r.account, r.currency, r.reconciled = "AUTHORISED", account, account.currency, f.flag("IsReconciled")
	if c := f.str("CurrencyCode"); extra == "OVERPAYMENT" && c != "" && c != account.currency {
		return nil, nil, invalid("An overpayment in another currency than its bank account is not supported.")
	}
	if err := o.checkBank(r, f, extra); err != nil {
		return nil, nil, err
	}
	set, err := o.bankLines(r, f, extra, nil, opt)
	if err != nil {
		return nil, nil, err
	}
	if r.contact, err = o.documentContact(f); err != nil {
		return nil, nil, err
	}
	r.takeLines(set)
	r.updated = o.now()
	if extra != "" {
		r.child = o.openCredit(r, f, set, strings.ToUpper(extra[:1])+strings.ToLower(extra[1:])+"s")
	}
	r.setRaw(newBankFields(r, f, set))
	r.stale = true
	o.add(r)
	o.repost(r)
	return r, nil, nil
}

// checkBank reads the header and applies the date rules.
func (o *Organisation) checkBank(r *record, f object, extra string) error {
	if err := o.documentHeader(r, f, "Inclusive"); err != nil {
		return err
	}
	if extra == "OVERPAYMENT" && !f.has("LineAmountTypes") {
		r.doc.lineTypes = "NoTax"
	}
	return o.checkLock("document", r.date)
}

// bankLines prices the lines. An overpayment has exactly one, which Xero codes
// to Accounts Receivable or Payable by itself.
func (o *Organisation) bankLines(r *record, f object, extra string, old []object, opt writeOptions) (*lineSet, error) {
	sent := f.list("LineItems")
	if len(sent) == 0 {
		return nil, invalid("One or more line items must be specified")
	}
	rules := lineRules{sales: r.typ[0] == 'R', approved: true, types: r.doc.lineTypes, unitdp4: opt.unitdp4, accounts: codable}
	if extra == "OVERPAYMENT" {
		if len(sent) != 1 {
			return nil, invalid("An overpayment must have exactly one line item.")
		}
		rules.fixedAcct = o.systemAccts["DEBTORS"]
		if r.typ[0] == 'S' {
			rules.fixedAcct = o.systemAccts["CREDITORS"]
		}
	}
	set, err := o.priceLines(sent, old, rules)
	if err != nil {
		return nil, err
	}
	if set.total() <= 0 {
		return nil, invalid("The document total must be greater than zero.")
	}
	return set, nil
}

// openCredit makes the overpayment or prepayment that a bank transaction
// stands for.
func (o *Organisation) openCredit(bank *record, f object, set *lineSet, kindName string) *record {
	c := o.newDocument(kindName, bank.typ)
	c.status, c.date, c.contact, c.currency, c.rate = "AUTHORISED", bank.date, bank.contact, bank.currency, bank.rate
	c.reference = f.str("Reference")
	c.doc.lineTypes = bank.doc.lineTypes
	c.takeLines(set)
	c.setRaw(newCreditFields(c, object{}, set.json))
	o.finishDocument(c)
	return c
}

func newBankFields(r *record, f object, set *lineSet) object {
	out := make(object, 0, 28)
	out.setStr("BankTransactionID", r.id)
	out.set("BankAccount", accountStub(r.account))
	out.setStr("Type", r.typ)
	out.setStr("Reference", r.reference)
	out.setBool("IsReconciled", r.reconciled)
	out.set("CurrencyRate", rateJSON(r.rate))
	out.setBool("HasAttachments", false)
	out.set("Contact", contactStub(r.contact))
	if r.child != nil {
		out.setStr(r.child.kind.idKey, r.child.id)
	}
	out.setDay("Date", r.date)
	out.setStr("Status", r.status)
	out.setStr("LineAmountTypes", r.doc.lineTypes)
	out.set("LineItems", set.json)
	for _, k := range []string{"SubTotal", "TotalTax", "Total"} {
		out.set(k, []byte("0.00"))
	}
	out.setUpdated(r.updated, false)
	out.setStr("CurrencyCode", r.currency)
	for _, m := range f {
		if !computed(m.key) && !has(out, m.key) && string(m.val) != "null" {
			out.set(m.key, m.val)
		}
	}
	return out
}

func renderBank(r *record) {
	f := split(r.raw)
	f.setStr("Reference", r.reference)
	f.setBool("IsReconciled", r.reconciled)
	r.setMoney(&f)
	r.setRaw(f)
}

// updateBank changes or deletes spend and receive money. Overpayments,
// prepayments and the legs of transfers cannot be changed by the API.
func (o *Organisation) updateBank(r *record, f object, opt writeOptions) ([]string, error) {
	if r.typ != "SPEND" && r.typ != "RECEIVE" {
		return nil, invalid("Bank transactions of type %s cannot be modified.", r.typ)
	}
	if r.status != "AUTHORISED" {
		return nil, invalid("Bank transaction not of valid status for modification")
	}
	if err := o.checkLock("document", r.date); err != nil {
		return nil, err
	}
	switch f.str("Status") {
	case "", "AUTHORISED":
		return nil, o.changeBank(r, f, opt)
	case "DELETED":
		o.closeDocument(r, "DELETED")
		return nil, nil
	}
	return nil, invalid("Bank transaction not of valid status for modification")
}

func (o *Organisation) changeBank(r *record, f object, opt writeOptions) error {
	next, doc := *r, *r.doc
	next.doc = &doc
	if t := f.str("Type"); t != "" && t != r.typ {
		return invalid("The type of a bank transaction cannot be changed.")
	}
	if b := f.sub("BankAccount"); b != nil {
		a, err := o.paymentAccount(b, true)
		if err != nil {
			return err
		}
		if a.currency != r.currency {
			return invalid("The bank account must have the currency of the transaction.")
		}
		next.account = a
	}
	head := f
	head.drop("CurrencyCode", "InvoiceNumber")
	if err := o.changeHeader(&next, head); err != nil {
		return err
	}
	var set *lineSet
	if f.has("LineItems") || next.doc.lineTypes != r.doc.lineTypes {
		old := r.fields().list("LineItems")
		src := f
		if !f.has("LineItems") {
			src = r.fields()
		}
		var err error
		if set, err = o.bankLines(&next, src, "", old, opt); err != nil {
			return err
		}
		next.takeLines(set)
	}
	if err := o.changeContact(&next, f); err != nil {
		return err
	}
	if f.has("IsReconciled") {
		next.reconciled = f.flag("IsReconciled")
	}
	change := append(object(nil), head...)
	change.drop("BankAccount", "Type", "BankTransactionID", "OverpaymentID", "PrepaymentID")
	o.commitDocument(r, &next, change, set)
	fields := r.fields()
	fields.set("BankAccount", accountStub(r.account))
	r.setRaw(fields)
	return nil
}
