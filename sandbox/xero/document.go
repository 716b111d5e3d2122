package xero

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// newDocument makes an empty record with money of its own.
func (o *Organisation) newDocument(kindName, typ string) *record {
	return &record{
		kind: o.kinds[kindName], id: o.uuid(), typ: typ, date: noDay, due: noDay,
		doc: &document{fullyPaid: noDay},
	}
}

// documentHeader reads what all documents share: date, currency, rate, kind of
// line amounts.
func (o *Organisation) documentHeader(r *record, f object, defaultTypes string) error {
	var err error
	if r.date, err = f.dayMember("Date"); err != nil {
		return invalid("The Date is not a valid date.")
	}
	if r.date == noDay {
		r.date = o.today()
	}
	if r.due, err = f.dayMember("DueDate"); err != nil {
		return invalid("The DueDate is not a valid date.")
	}
	if r.doc.lineTypes, err = lineTypes(f.str("LineAmountTypes"), defaultTypes); err != nil {
		return err
	}
	r.reference = f.str("Reference")
	if len(r.reference) > 255 {
		return invalid("The Reference field is longer than 255 characters.")
	}
	if r.currency == "" {
		r.currency = orElse(f.str("CurrencyCode"), o.baseCode)
	}
	return o.setRate(r, f)
}

func lineTypes(sent, fallback string) (string, error) {
	switch strings.ToUpper(sent) {
	case "":
		return fallback, nil
	case "EXCLUSIVE":
		return "Exclusive", nil
	case "INCLUSIVE":
		return "Inclusive", nil
	case "NOTAX":
		return "NoTax", nil
	}
	return "", invalid("LineAmountTypes '%s' is not valid.", sent)
}

// setRate checks the currency and fixes CurrencyRate: 1 in base currency, as
// sent, or the sandbox's day rate.
func (o *Organisation) setRate(r *record, f object) error {
	one := decimal.New(1, 0)
	if !o.hasCurrency(r.currency) {
		return invalid("Organisation is not subscribed to currency %s", r.currency)
	}
	if r.currency == o.baseCode {
		r.rate = one
		return nil
	}
	if sent, ok := f.dec("CurrencyRate"); ok && sent.IsPositive() {
		r.rate = sent.Round(6)
		return nil
	}
	if r.rate.IsPositive() {
		return nil
	}
	rate, ok := o.dayRate(r.currency)
	if !ok {
		return invalid("A CurrencyRate is needed for currency %s", r.currency)
	}
	r.rate = rate
	return nil
}

// stub is a contact as lists nest it.
func contactStub(c *record) []byte {
	var f object
	f.setStr("ContactID", c.id)
	f.setStr("Name", c.name)
	for _, k := range []string{"Addresses", "Phones", "ContactGroups", "ContactPersons"} {
		f.set(k, []byte("[]"))
	}
	f.setBool("HasValidationErrors", false)
	return f.bytes()
}

func accountStub(a *record) []byte {
	var f object
	f.setStr("AccountID", a.id)
	f.setStr("Code", a.acct.code)
	f.setStr("Name", a.name)
	return f.bytes()
}

// takeLines puts computed lines on a document.
func (r *record) takeLines(set *lineSet) {
	r.doc.subTotal, r.doc.tax, r.doc.total = set.subTotal, set.tax, set.total()
	r.doc.shares, r.fine = set.shares, set.fine
}

// settle follows the open amount: PAID when nothing is left, AUTHORISED again
// when a use is taken back (Xero docs: accounting/invoices, status codes).
func (r *record) settle() {
	d := r.doc
	switch {
	case r.status == "AUTHORISED" && d.open() == 0:
		r.status = "PAID"
		d.fullyPaid = r.date
		for _, u := range d.uses {
			d.fullyPaid = max(d.fullyPaid, u.date)
		}
	case r.status == "PAID" && d.open() != 0:
		r.status, d.fullyPaid = "AUTHORISED", noDay
	}
}

// addUse applies money to a document.
func (o *Organisation) addUse(r *record, u *use) {
	o.edit(r)
	r.doc.uses = append(slices.Clip(r.doc.uses), u)
	if u.payment != nil {
		r.doc.paid += u.amount
	} else {
		r.doc.credited += u.amount
	}
	r.settle()
	o.touch(r)
	o.repost(r)
}

// dropUse takes money off a document again.
func (o *Organisation) dropUse(r *record, u *use) {
	o.edit(r)
	kept := make([]*use, 0, len(r.doc.uses))
	for _, x := range r.doc.uses {
		if x != u {
			kept = append(kept, x)
		}
	}
	r.doc.uses = kept
	if u.payment != nil {
		r.doc.paid -= u.amount
	} else {
		r.doc.credited -= u.amount
	}
	r.settle()
	o.touch(r)
	o.repost(r)
}

// closeDocument voids or deletes: the amounts due, paid and credited become 0,
// the total stays (recorded answers of a demo company, April 2026).
func (o *Organisation) closeDocument(r *record, status string) {
	o.edit(r)
	r.status = status
	o.touch(r)
	o.repost(r)
}

// fullDocument is a document as single reads and write answers show it: the
// contact in full, and empty figures left out as the recorded answers do.
func fullDocument(o *Organisation, r *record, written bool) object {
	f := append(object(nil), r.fields()...)
	if r.contact != nil {
		c := r.contact.fields()
		c.drop("Balances", "HasAttachments")
		c.set("ContactGroups", o.groupsOf(r.contact))
		f.set("Contact", c.bytes())
	}
	if r.kind.name == "Invoices" && r.doc.credited == 0 {
		f.drop("AmountCredited")
	}
	for _, k := range []string{"Payments", "CreditNotes"} {
		if string(f.raw(k)) == "[]" && r.kind.name == "Invoices" {
			f.drop(k)
		}
	}
	f.drop("InvoiceAddresses")
	f.set("LineItems", checkedLines(f.list("LineItems")))
	if f.flag("SentToContact") && r.contact != nil {
		f.setStr("SentToEmailAddress", r.contact.holder.email) // recorded: updateInvoice
	}
	if written {
		f.drop("HasAttachments")
	} else if attaches(r.kind) {
		f.set("Attachments", o.files(r))
	}
	return f
}

// checkedLines are lines as single reads and write answers show them, each
// with the errors it has not (recorded: getInvoice, createInvoice).
func checkedLines(lines []object) []byte {
	out := make([][]byte, 0, len(lines))
	for _, l := range lines {
		l.set("ValidationErrors", []byte("[]"))
		out = append(out, l.bytes())
	}
	return array(out)
}

// setMoney writes a document's computed totals.
func (r *record) setMoney(f *object) {
	f.setStr("Status", r.status)
	f.set("SubTotal", r.doc.subTotal.json())
	f.set("TotalTax", r.doc.tax.json())
	f.set("Total", r.doc.total.json())
	f.setUpdated(r.updated, r.kind.twin)
	if r.contact != nil {
		f.set("Contact", contactStub(r.contact))
	}
}

// nested writes the uses of a document as the arrays that Xero nests in it.
func (r *record) nested(f *object, name string, of func(*use) []byte) {
	var out [][]byte
	for _, u := range r.doc.uses {
		if u.loaded != nil && u.loadedName == name {
			out = append(out, u.loaded)
		} else if b := of(u); u.loaded == nil && b != nil {
			out = append(out, b)
		}
	}
	f.set(name, array(out))
}

// nestedPayment is a payment inside its document.
func nestedPayment(u *use) []byte {
	if u.payment == nil {
		return nil
	}
	var f object
	f.setStr("PaymentID", u.payment.id)
	if u.payment.batched != nil {
		f.setStr("BatchPaymentID", u.payment.batched.id)
	}
	f.set("Date", msDate(u.date.ms()))
	f.set("Amount", u.amount.json())
	f.setStr("Reference", u.payment.reference)
	f.set("CurrencyRate", rateJSON(u.payment.rate))
	f.setBool("HasAccount", true)
	f.setBool("HasValidationErrors", false)
	return f.bytes()
}

// editable are the members that Xero lets change once money was applied or the
// document is paid (Xero docs: accounting/invoices, editing).
func editable(key string) bool {
	switch key {
	case "InvoiceID", "CreditNoteID", "Reference", "DueDate", "DueDateString", "InvoiceNumber", "BrandingThemeID", "Contact", "Url",
		"LineItems", "SentToContact", "ExpectedPaymentDate", "PlannedPaymentDate", "UpdatedDateUTC", "UpdatedDateUTCString":
		return true
	}
	return false
}
