package xero

import (
	"fmt"
)

// FinishLoad links what was loaded and adds what a recording lacks: contacts
// that documents name but the list does not hold, a line for documents recorded
// without lines, missing system accounts. The figures of recorded objects are
// not changed. The README lists what is added.
func (o *Organisation) FinishLoad() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writing()
	o.ensureSystemAccounts()
	loaded := o.pendingNested
	o.pendingNested = nil
	for _, r := range loaded {
		if err := o.linkRecord(r); err != nil {
			return err
		}
	}
	for _, r := range loaded {
		if r.doc != nil && r.kind.name != "BankTransactions" {
			o.linkUses(r)
		}
	}
	for _, r := range loaded {
		if r.doc != nil && r.kind.name != "BankTransactions" && !r.isCredit() {
			o.checkUses(r)
		}
		o.repost(r)
	}
	return nil
}

// linkRecord ties a loaded object to its contact and account.
func (o *Organisation) linkRecord(r *record) error {
	f := r.fields()
	switch {
	case r.kind.name == "ManualJournals":
		o.loadedManual(r)
	case r.doc != nil:
		if r.contact == nil {
			o.linkContact(r, f)
		}
		if r.kind.name == "BankTransactions" {
			r.account = o.loadedAccount(f.sub("BankAccount"))
		}
		o.loadedLines(r, f)
	case r.pay != nil:
		return o.linkPayment(r, f)
	case r.batch != nil:
		r.account = o.loadedAccount(f.sub("Account"))
	case r.transfer != nil:
		r.transfer.from, r.transfer.to = o.loadedAccount(f.sub("FromBankAccount")), o.loadedAccount(f.sub("ToBankAccount"))
		r.transfer.fromLeg = o.find("BankTransactions", f.str("FromBankTransactionID"))
		r.transfer.toLeg = o.find("BankTransactions", f.str("ToBankTransactionID"))
	}
	return nil
}

func (o *Organisation) linkPayment(r *record, f object) error {
	r.account = o.loadedAccount(f.sub("Account"))
	r.pay.value = r.pay.bankAmount
	if orElse(r.account.currency, o.baseCode) != o.baseCode {
		r.pay.value = toBase(r.pay.bankAmount, r.rate)
	}
	var t *record
	for _, key := range []string{"Invoice", "CreditNote", "Overpayment", "Prepayment"} {
		if named := f.sub(key); named != nil && t == nil {
			t = o.find(key+"s", named.str(o.kinds[key+"s"].idKey))
		}
	}
	for _, kindName := range []string{"Overpayments", "Prepayments"} {
		if t == nil { // the quirk of refunds, see nestedTarget
			t = o.find(kindName, f.sub("Invoice").str("InvoiceID"))
		}
	}
	if t == nil {
		if r.status == "AUTHORISED" {
			return fmt.Errorf("xero: load: payment %s settles a document that was not loaded", r.id)
		}
		return nil
	}
	r.pay.target = t
	o.paymentIndex[t.id] = append(o.paymentIndex[t.id], r)
	return nil
}

// linkContact finds or adds the contact that a loaded document names.
func (o *Organisation) linkContact(r *record, f object) {
	c := f.sub("Contact")
	if c == nil || !c.has("ContactID") && !c.has("Name") {
		return
	}
	r.contact = o.matchContact(c)
	if r.contact == nil {
		if !c.has("ContactID") {
			c.setStr("ContactID", o.uuid())
		}
		c.setStr("ContactStatus", "ACTIVE")
		c.set("UpdatedDateUTC", msDate(r.updated))
		r.contact = o.readContact(c)
		o.add(r.contact)
	}
	r.contact.holder.docs = append(r.contact.holder.docs, r)
}

// loadedAccount finds the account that a loaded object names.
func (o *Organisation) loadedAccount(f object) *record {
	if a := o.find("Accounts", f.str("AccountID")); a != nil {
		return a
	}
	if a := o.accountCodes[f.str("Code")]; a != nil && f.str("Code") != "" {
		return a
	}
	a := o.systemAccts["HISTORICAL"]
	return a
}

// loadedLines reads the accounts of a document's lines, or gives a document
// recorded without lines one that carries SubTotal and TotalTax.
func (o *Organisation) loadedLines(r *record, f object) {
	lines := f.list("LineItems")
	if len(lines) == 0 && r.doc.total != 0 {
		f.set("LineItems", array([][]byte{o.standInLine(r)}))
		r.setRaw(f)
		lines = f.list("LineItems")
	}
	rest := r.doc.subTotal
	for _, l := range lines {
		a := o.accountCodes[l.str("AccountCode")]
		if l.has("AccountID") && o.find("Accounts", l.str("AccountID")) != nil {
			a = o.find("Accounts", l.str("AccountID"))
		}
		if a == nil {
			continue
		}
		net := l.centsOf("LineAmount")
		if r.doc.lineTypes == "Inclusive" {
			net -= l.centsOf("TaxAmount")
		}
		rest -= net
		r.doc.shares = append(r.doc.shares, share{a, net})
		if d, ok := l.dec("UnitAmount"); ok && !d.Equal(d.Round(2)) {
			r.fine = true
		}
	}
	if rest != 0 {
		r.doc.shares = append(r.doc.shares, share{o.systemAccts["ROUNDING"], rest})
	}
}

// standInLine is the one line of a document recorded without lines.
func (o *Organisation) standInLine(r *record) []byte {
	code, tax := "200", o.taxRates[1].code
	if !r.receivable() {
		code, tax = "429", o.taxRates[2].code
	}
	if o.accountCodes[code] == nil {
		code = o.systemAccts["HISTORICAL"].acct.code
	}
	if r.doc.tax == 0 {
		tax = "NONE"
	}
	amount := r.doc.subTotal
	if r.doc.lineTypes == "Inclusive" {
		amount = r.doc.total
	}
	var l object
	l.setStr("Description", "As recorded")
	l.set("UnitAmount", amount.json())
	l.setStr("TaxType", tax)
	l.set("TaxAmount", r.doc.tax.json())
	l.set("LineAmount", amount.json())
	l.setStr("AccountCode", code)
	l.set("Tracking", []byte("[]"))
	l.set("Quantity", []byte("1.0000"))
	l.setStr("LineItemID", o.uuid())
	l.setStr("AccountID", o.accountCodes[code].id)
	return l.bytes()
}

// linkUses turns the nested payments and credits of a loaded document into
// uses. Where the counterpart was not loaded, the element stays as recorded.
func (o *Organisation) linkUses(r *record) {
	f := r.fields()
	for _, p := range f.list("Payments") {
		u := &use{id: p.str("PaymentID"), amount: p.centsOf("Amount"), date: r.date}
		if d, err := p.dayMember("Date"); err == nil && d != noDay {
			u.date = d
		}
		if pay := o.find("Payments", u.id); pay != nil && pay.status == "AUTHORISED" && pay.pay.target == r {
			u.payment, u.value, u.date = pay, pay.pay.value, pay.date
			pay.pay.use = u
		} else {
			u.loaded, u.loadedName, u.value = p.bytes(), "Payments", toBase(u.amount, r.rate)
		}
		r.doc.uses = append(r.doc.uses, u)
	}
	if r.isCredit() {
		o.linkAllocations(r, f)
		return
	}
	for _, name := range []string{"CreditNotes", "Prepayments", "Overpayments"} {
		for _, c := range f.list(name) {
			if o.find(name, c.str(o.kinds[name].idKey)) != nil {
				continue // its own Allocations say it
			}
			u := &use{id: c.str("ID"), amount: c.centsOf("AppliedAmount"), date: r.date, loaded: c.bytes(), loadedName: name}
			if d, err := c.dayMember("Date"); err == nil && d != noDay {
				u.date = d
			}
			u.value = toBase(u.amount, r.rate)
			r.doc.uses = append(r.doc.uses, u)
		}
	}
}

func (o *Organisation) linkAllocations(r *record, f object) {
	for _, a := range f.list("Allocations") {
		u := &use{id: orElse(a.str("AllocationID"), o.uuid()), credit: r, amount: a.centsOf("Amount"), date: r.date, value: toBase(a.centsOf("Amount"), r.rate)}
		if d, err := a.dayMember("Date"); err == nil && d != noDay {
			u.date = d
		}
		u.invoice = o.find("Invoices", a.sub("Invoice").str("InvoiceID"))
		if u.invoice == nil {
			u.loaded, u.loadedName = a.bytes(), "Allocations"
		} else {
			u.invoice.doc.uses = append(u.invoice.doc.uses, u)
		}
		r.doc.uses = append(r.doc.uses, u)
	}
}

// checkUses keeps the recorded amounts where the nested elements do not add up
// to them: the rest stands as one use without a counterpart.
func (o *Organisation) checkUses(r *record) {
	if !r.booked() {
		return
	}
	var sum cents
	for _, u := range r.doc.uses {
		sum += u.amount
	}
	rest := r.doc.paid + r.doc.credited - sum
	if rest == 0 {
		return
	}
	r.doc.uses = append(r.doc.uses, &use{
		id: r.id, amount: rest, value: toBase(rest, r.rate), date: r.date, loaded: []byte("null"), loadedName: "none",
	})
}
