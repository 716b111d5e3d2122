package xero

import "strings"

// createCreditNote enters a credit note (Xero docs: accounting/creditnotes).
func (o *Organisation) createCreditNote(f object, opt writeOptions) (*record, []string, error) {
	typ := f.str("Type")
	if typ != "ACCRECCREDIT" && typ != "ACCPAYCREDIT" {
		return nil, nil, invalid("Type must be ACCRECCREDIT or ACCPAYCREDIT.")
	}
	r := o.newDocument("CreditNotes", typ)
	r.status = orElse(f.str("Status"), "DRAFT")
	if r.status != "DRAFT" && r.status != "SUBMITTED" && r.status != "AUTHORISED" {
		return nil, nil, invalid("Credit note not of valid status for creation")
	}
	if err := o.documentHeader(r, f, "Exclusive"); err != nil {
		return nil, nil, err
	}
	if err := o.checkLock("document", r.date); err != nil {
		return nil, nil, err
	}
	set, err := o.documentLines(r, f, nil, opt)
	if err != nil {
		return nil, nil, err
	}
	r.number = f.str("CreditNoteNumber")
	if typ == "ACCRECCREDIT" {
		if r.number == "" {
			r.number = o.freeNumber(typ, "CN-")
		} else if o.numbers[r.numberKey()] != nil {
			return nil, nil, invalid("Credit note number must be unique.")
		}
	}
	if r.contact, err = o.documentContact(f); err != nil {
		return nil, nil, err
	}
	r.takeLines(set)
	r.setRaw(newCreditFields(r, f, set.json))
	o.finishDocument(r)
	return r, nil, nil
}

// newCreditFields lays out a credit note, an overpayment or a prepayment.
func newCreditFields(r *record, f object, lines []byte) object {
	out := make(object, 0, 32)
	out.setStr(r.kind.idKey, r.id)
	if r.kind.name == "CreditNotes" && r.number != "" {
		out.setStr("CreditNoteNumber", r.number)
	}
	out.setStr("ID", r.id)
	out.setStr("Type", r.typ)
	out.setStr("Reference", r.reference)
	out.set("RemainingCredit", []byte("0.00"))
	out.set("Allocations", []byte("[]"))
	out.set("Payments", []byte("[]"))
	out.set("CurrencyRate", rateJSON(r.rate))
	out.setBool("HasAttachments", false)
	out.setBool("HasErrors", false)
	out.set("Contact", contactStub(r.contact))
	out.setDay("Date", r.date)
	out.setDay("DueDate", r.due)
	out.setStr("Status", r.status)
	out.setStr("LineAmountTypes", r.doc.lineTypes)
	out.set("LineItems", lines)
	for _, k := range []string{"SubTotal", "TotalTax", "Total"} {
		out.set(k, []byte("0.00"))
	}
	out.setUpdated(r.updated, true)
	out.setStr("CurrencyCode", r.currency)
	for _, m := range f {
		if !computed(m.key) && !has(out, m.key) && string(m.val) != "null" {
			out.set(m.key, m.val)
		}
	}
	return out
}

func (o *Organisation) updateCreditNote(r *record, f object, opt writeOptions) ([]string, error) {
	return o.updateDocument(r, f, opt)
}

func (o *Organisation) matchCreditNote(f object) *record {
	if id := f.str("CreditNoteID"); id != "" {
		return o.find("CreditNotes", id)
	}
	if n := f.str("CreditNoteNumber"); n != "" {
		return o.numbers["ACCRECCREDIT "+strings.ToUpper(n)]
	}
	return nil
}

// renderCredit writes the computed members of a credit.
func renderCredit(r *record) {
	f := split(r.raw)
	open := r.doc.open()
	if r.status == "VOIDED" || r.status == "DELETED" {
		open = 0
	}
	f.set("RemainingCredit", open.json())
	f.setStr("Reference", r.reference)
	r.nested(&f, "Allocations", nestedAllocation)
	r.nested(&f, "Payments", nestedPayment)
	r.setMoney(&f)
	if r.status == "PAID" && r.kind.name == "CreditNotes" && r.doc.fullyPaid != noDay {
		f.set("FullyPaidOnDate", msDate(r.doc.fullyPaid.ms()))
	} else {
		f.drop("FullyPaidOnDate")
	}
	r.setRaw(f)
}

// nestedAllocation is an allocation inside its credit.
func nestedAllocation(u *use) []byte {
	if u.invoice == nil {
		return nil
	}
	var f, inv object
	f.setStr("AllocationID", u.id)
	f.set("Amount", u.amount.json())
	f.setDay("Date", u.date)
	inv.setStr("InvoiceID", u.invoice.id)
	inv.setStr("InvoiceNumber", u.invoice.number)
	f.set("Invoice", inv.bytes())
	f.setBool("IsDeleted", false)
	return f.bytes()
}

// allocate applies a credit to an invoice of the same contact. Its date is the
// later of the two documents' (Xero docs: accounting/creditnotes, allocations).
func (o *Organisation) allocate(credit *record, f object) (*use, error) {
	amount, ok := f.dec("Amount")
	if !ok || toCents(amount) <= 0 {
		return nil, invalid("The allocation amount must be greater than zero.")
	}
	inv := f.sub("Invoice")
	invoice := o.find("Invoices", inv.str("InvoiceID"))
	if invoice == nil && inv.str("InvoiceID") == "" {
		invoice = o.numbers["ACCREC "+strings.ToUpper(inv.str("InvoiceNumber"))]
	}
	if err := checkAllocation(credit, invoice, toCents(amount)); err != nil {
		return nil, err
	}
	date := max(credit.date, invoice.date)
	if err := o.checkLock("document", date); err != nil {
		return nil, err
	}
	u := &use{
		id: o.uuid(), credit: credit, invoice: invoice, amount: toCents(amount),
		value: toBase(toCents(amount), credit.rate), date: date,
	}
	o.addUse(credit, u)
	o.addUse(invoice, u)
	return u, nil
}

func checkAllocation(credit, invoice *record, amount cents) error {
	switch {
	case invoice == nil:
		return invalid("Invoice could not be found")
	case credit.status != "AUTHORISED":
		return invalid("Allocations can only be made from Authorised documents")
	case invoice.status == "PAID":
		return invalid("The invoice you are trying to allocate to has already been paid off")
	case invoice.status != "AUTHORISED" || invoice.receivable() != credit.receivable():
		return invalid("Allocations can only be made against Authorised documents")
	case invoice.contact != credit.contact:
		return invalid("The credit and the invoice must belong to the same contact.")
	case invoice.currency != credit.currency:
		return invalid("The credit and the invoice must have the same currency.")
	case amount > credit.doc.open():
		return invalid("The amount allocated exceeds the remaining credit on this document")
	case amount > invoice.doc.open():
		return invalid("The amount allocated exceeds the amount outstanding on the invoice")
	}
	return nil
}

// deallocate frees both ends of an allocation.
func (o *Organisation) deallocate(credit *record, id string) (*use, error) {
	for _, u := range credit.doc.uses {
		if u.invoice == nil || !strings.EqualFold(u.id, id) {
			continue
		}
		if err := o.checkLock("document", u.date); err != nil {
			return nil, err
		}
		o.dropUse(credit, u)
		o.dropUse(u.invoice, u)
		return u, nil
	}
	return nil, notFound()
}
