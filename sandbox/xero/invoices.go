package xero

import (
	"fmt"
	"net/url"
	"strings"
)

const errPaidEdit = "This document cannot be edited as it has a payment or credit note allocated to it"

// createInvoice enters an invoice or a bill (Xero docs: accounting/invoices).
func (o *Organisation) createInvoice(f object, opt writeOptions) (*record, []string, error) {
	typ := f.str("Type")
	if typ != "ACCREC" && typ != "ACCPAY" {
		return nil, nil, invalid("Type must be ACCREC or ACCPAY.")
	}
	r := o.newDocument("Invoices", typ)
	r.status = orElse(f.str("Status"), "DRAFT")
	if r.status != "DRAFT" && r.status != "SUBMITTED" && r.status != "AUTHORISED" {
		return nil, nil, invalid("Invoice not of valid status for creation")
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
	if err := o.numberInvoice(r, f.str("InvoiceNumber")); err != nil {
		return nil, nil, err
	}
	if err := checkURL(f); err != nil {
		return nil, nil, err
	}
	if r.contact, err = o.documentContact(f); err != nil {
		return nil, nil, err
	}
	if r.due == noDay && r.status == "AUTHORISED" {
		if r.due = termsDate(r); r.due == noDay {
			return nil, nil, invalid("The document DueDate cannot be empty.")
		}
	}
	r.takeLines(set)
	warnings := sentWarning(r, &f)
	r.updated = o.now()
	r.settle()
	r.setRaw(o.newInvoiceFields(r, f, set))
	o.finishDocument(r)
	r.stale = r.status == "PAID" // an invoice of nothing: the rest is written already
	return r, warnings, nil
}

// finishDocument enters a new document.
func (o *Organisation) finishDocument(r *record) {
	r.updated = o.now()
	r.settle()
	r.stale = true
	if r.contact != nil {
		r.contact.stale = true
	}
	o.add(r)
	o.repost(r)
}

// documentLines prices the lines that came with a document.
func (o *Organisation) documentLines(r *record, f object, old []object, opt writeOptions) (*lineSet, error) {
	sent := f.list("LineItems")
	if len(sent) == 0 && r.status != "DRAFT" {
		return nil, invalid("One or more line items must be specified")
	}
	set, err := o.priceLines(sent, old, lineRules{
		sales: r.receivable(), approved: r.status == "AUTHORISED" || r.status == "PAID",
		types: r.doc.lineTypes, unitdp4: opt.unitdp4, accounts: codable,
	})
	if err != nil {
		return nil, err
	}
	if set.total() < 0 {
		return nil, invalid("The document total cannot be negative.")
	}
	return set, nil
}

// numberInvoice gives or checks the number. Sales numbers are unique, bills'
// are not.
func (o *Organisation) numberInvoice(r *record, sent string) error {
	if len(sent) > 255 {
		return invalid("The InvoiceNumber field is longer than 255 characters.")
	}
	if r.typ == "ACCPAY" {
		r.number = sent
		return nil
	}
	if sent == "" {
		sent = o.freeNumber(r.typ, "INV-")
	}
	was := r.number
	r.number = sent
	if other := o.numbers[r.numberKey()]; other != nil && other != r {
		r.number = was
		return invalid("Invoice # must be unique.")
	}
	return nil
}

// freeNumber is the next number of the sequence that nobody has taken.
func (o *Organisation) freeNumber(typ, prefix string) string {
	if was := o.nextNumber[typ]; o.keeping {
		o.journal = append(o.journal, func() { o.nextNumber[typ] = was })
	}
	for {
		o.nextNumber[typ]++
		n := fmt.Sprintf("%s%04d", prefix, o.nextNumber[typ])
		if o.numbers[typ+" "+n] == nil {
			return n
		}
	}
}

// checkURL applies the rules for Url: absolute, and without the word "xero".
func checkURL(f object) error {
	s := f.str("Url")
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() || u.Host == "" || strings.Contains(strings.ToLower(s), "xero") {
		return invalid("The Url must be an absolute address and must not contain 'xero'.")
	}
	return nil
}

// sentWarning drops SentToContact from an unapproved invoice with a warning.
func sentWarning(r *record, f *object) []string {
	if f.flag("SentToContact") && (r.status == "DRAFT" || r.status == "SUBMITTED") {
		f.drop("SentToContact")
		return []string{"Only approved documents can be marked as sent to contact."}
	}
	return nil
}

// computed are members a client may send back but never sets.
func computed(key string) bool {
	switch key {
	case "Payments", "CreditNotes", "Prepayments", "Overpayments", "Allocations", "AmountDue", "AmountPaid", "AmountCredited",
		"SubTotal", "TotalTax", "Total", "TotalDiscount", "RemainingCredit", "AppliedAmount", "UpdatedDateUTC", "UpdatedDateUTCString",
		"FullyPaidOnDate", "HasErrors", "Attachments", "IsDeleted",
		"SentToEmailAddress", "InvoiceAddresses", "InvoicePaymentServices", "ValidationErrors", "Warnings", "StatusAttributeString", "HasAttachments", "IsDiscounted",
		"DateString", "DueDateString":
		return true
	}
	return false
}

// newInvoiceFields lays out a new invoice as Xero's answers do; members nobody
// here knows come at the end.
func (o *Organisation) newInvoiceFields(r *record, f object, set *lineSet) object {
	out := make(object, 0, 40)
	out.setStr("Type", r.typ)
	out.setStr("InvoiceID", r.id)
	out.setStr("InvoiceNumber", r.number)
	out.setStr("Reference", r.reference)
	for _, k := range []string{"Payments", "CreditNotes", "Prepayments", "Overpayments"} {
		out.set(k, []byte("[]"))
	}
	out.set("AmountDue", r.doc.open().json())
	out.set("AmountPaid", []byte("0.00"))
	out.set("AmountCredited", []byte("0.00"))
	out.setBool("SentToContact", f.flag("SentToContact"))
	out.set("CurrencyRate", rateJSON(r.rate))
	out.setBool("IsDiscounted", set.discount != 0)
	if set.discount != 0 {
		out.set("TotalDiscount", set.discount.json())
	}
	out.setBool("HasAttachments", false)
	out.set("InvoiceAddresses", []byte("[]"))
	out.setBool("HasErrors", false)
	out.set("InvoicePaymentServices", []byte("[]"))
	out.set("Contact", contactStub(r.contact))
	out.setDay("Date", r.date)
	out.setDay("DueDate", r.due)
	if t := o.defaultTheme(); t != "" && r.typ == "ACCREC" && !f.has("BrandingThemeID") {
		out.setStr("BrandingThemeID", t)
	}
	out.setStr("Status", r.status)
	out.setStr("LineAmountTypes", r.doc.lineTypes)
	out.set("LineItems", set.json)
	out.set("SubTotal", r.doc.subTotal.json())
	out.set("TotalTax", r.doc.tax.json())
	out.set("Total", r.doc.total.json())
	out.setUpdated(r.updated, true)
	out.setStr("CurrencyCode", r.currency)
	for _, m := range f {
		if !computed(m.key) && !has(out, m.key) && string(m.val) != "null" {
			out.keep(m)
		}
	}
	return out
}

// keep stores a member as it was sent; a date in the form of answers.
func (o *object) keep(m member) {
	switch m.key {
	case "ExpectedPaymentDate", "PlannedPaymentDate":
		if d, err := (object{m}).dayMember(m.key); err == nil {
			o.setDay(m.key, d)
		}
	default:
		o.set(m.key, m.val)
	}
}

func has(o object, key string) bool {
	for _, m := range o {
		if m.key == key {
			return true
		}
	}
	return false
}

// renderInvoice writes the computed members of an invoice.
func renderInvoice(r *record) {
	f := split(r.raw)
	due, paid, credited := r.doc.open(), r.doc.paid, r.doc.credited
	if r.status == "VOIDED" || r.status == "DELETED" {
		due, paid, credited = 0, 0, 0
	}
	f.setStr("InvoiceNumber", r.number)
	f.setStr("Reference", r.reference)
	r.nested(&f, "Payments", nestedPayment)
	for _, name := range []string{"CreditNotes", "Prepayments", "Overpayments"} {
		r.nested(&f, name, func(u *use) []byte { return nestedCredit(u, name) })
	}
	f.set("AmountDue", due.json())
	f.set("AmountPaid", paid.json())
	f.set("AmountCredited", credited.json())
	r.setMoney(&f)
	if r.status == "PAID" && r.doc.fullyPaid != noDay {
		f.set("FullyPaidOnDate", msDate(r.doc.fullyPaid.ms()))
	} else {
		f.drop("FullyPaidOnDate")
	}
	r.setRaw(f)
}

// nestedCredit is a credit inside the invoice it was allocated to.
func nestedCredit(u *use, name string) []byte {
	if u.credit == nil || u.credit.kind.name != name {
		return nil
	}
	c := u.credit
	var f object
	f.setStr(c.kind.idKey, c.id)
	if name == "CreditNotes" {
		f.setStr("CreditNoteNumber", c.number)
	}
	f.setStr("ID", c.id)
	f.setBool("HasErrors", false)
	f.set("AppliedAmount", u.amount.json())
	f.setDay("Date", u.date)
	f.set("LineItems", []byte("[]"))
	f.set("Total", c.doc.total.json())
	return f.bytes()
}

func (o *Organisation) matchInvoice(f object) *record {
	if id := f.str("InvoiceID"); id != "" {
		return o.find("Invoices", id)
	}
	if n := f.str("InvoiceNumber"); n != "" && f.str("Type") != "ACCPAY" {
		return o.numbers["ACCREC "+strings.ToUpper(n)]
	}
	return nil
}
