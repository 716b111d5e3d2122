package xero

import "github.com/shopspring/decimal"

const errStatus = "Invoice not of valid status for modification"

// updateInvoice changes an invoice; members that were not sent stay as they are
// (recorded: POST /Invoices with InvoiceID and Reference kept all lines).
func (o *Organisation) updateInvoice(r *record, f object, opt writeOptions) ([]string, error) {
	return o.updateDocument(r, f, opt)
}

// updateDocument is the common way of changing invoices and credit notes.
func (o *Organisation) updateDocument(r *record, f object, opt writeOptions) ([]string, error) {
	if r.status == "VOIDED" || r.status == "DELETED" {
		return nil, invalid(errStatus)
	}
	if err := o.checkLock("document", r.date); err != nil && r.booked() {
		return nil, err
	}
	status, err := nextStatus(r, f.str("Status"))
	if err != nil {
		return nil, err
	}
	if status == "VOIDED" || status == "DELETED" {
		o.closeDocument(r, status)
		return nil, nil
	}
	if len(r.doc.uses) > 0 || r.status == "PAID" {
		if err := o.checkPaidEdit(r, f); err != nil {
			return nil, err
		}
	}
	next, doc := *r, *r.doc
	next.doc, next.status = &doc, status
	if err := o.changeHeader(&next, f); err != nil {
		return nil, err
	}
	set, err := o.changeLines(r, &next, f, opt)
	if err != nil {
		return nil, err
	}
	if err := o.changeContact(&next, f); err != nil {
		return nil, err
	}
	warnings := sentWarning(&next, &f)
	o.commitDocument(r, &next, f, set)
	return warnings, nil
}

// nextStatus checks a change of status (Xero docs: accounting/invoices, status
// codes). An empty wish, or one that Xero itself computes, changes nothing.
func nextStatus(r *record, wish string) (string, error) {
	open := r.status == "DRAFT" || r.status == "SUBMITTED"
	switch wish {
	case "", r.status:
		return r.status, nil
	case "DRAFT", "SUBMITTED", "DELETED":
		if open {
			return wish, nil
		}
	case "AUTHORISED":
		if open {
			return wish, nil
		}
		if r.status == "PAID" {
			return r.status, nil
		}
	case "VOIDED":
		if open {
			return "", invalid(errStatus)
		}
		if len(r.doc.uses) > 0 || r.child != nil {
			return "", invalid("The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it")
		}
		return wish, nil
	}
	return "", invalid(errStatus)
}

// checkPaidEdit lets only those members change that Xero leaves open once money
// was applied.
func (o *Organisation) checkPaidEdit(r *record, f object) error {
	now := r.fields()
	for _, m := range f {
		if editable(m.key) || computed(m.key) || m.key == "Status" || same(m.key, f, now) {
			continue
		}
		return invalid(errPaidEdit)
	}
	if c := f.sub("Contact"); c != nil && r.doc.credited > 0 && c.str("ContactID") != r.contact.id {
		return invalid(errPaidEdit)
	}
	if !f.has("LineItems") {
		return nil
	}
	sent, old := f.list("LineItems"), now.list("LineItems")
	if len(sent) != len(old) {
		return invalid(errPaidEdit)
	}
	for _, l := range sent {
		if !sameAmounts(l, old) {
			return invalid(errPaidEdit)
		}
	}
	return nil
}

// same compares a member as sent with what stands, whatever its form.
func same(key string, sent, now object) bool {
	a, okA := sent.dec(key)
	b, okB := now.dec(key)
	if okA && okB {
		return a.Equal(b)
	}
	if d, err := sent.dayMember(key); err == nil && d != noDay {
		e, err := now.dayMember(key)
		return err == nil && d == e
	}
	return string(sent.raw(key)) == string(now.raw(key)) || key == "LineAmountTypes" && sent.str(key) == ""
}

// sameAmounts tells whether a sent line leaves the amounts of its present line
// alone.
func sameAmounts(l object, old []object) bool {
	for _, was := range old {
		if l.str("LineItemID") == "" || l.str("LineItemID") != was.str("LineItemID") {
			continue
		}
		for _, k := range []string{"Quantity", "UnitAmount", "LineAmount", "TaxAmount", "TaxType", "DiscountRate", "ItemCode"} {
			if l.has(k) && !same(k, l, was) {
				return false
			}
		}
		return true
	}
	return false
}

// changeHeader applies dates, currency, number, reference and Url.
func (o *Organisation) changeHeader(next *record, f object) error {
	was := next.date
	if c := f.str("CurrencyCode"); c != "" && c != next.currency {
		next.currency, next.rate = c, decimal.Decimal{}
	}
	keepDue, keepRef := next.due, next.reference
	head := f
	if !f.has("Date") {
		head = head.overlay(object{{"Date", msDate(was.ms())}})
	}
	if err := o.documentHeader(next, head, next.doc.lineTypes); err != nil {
		return err
	}
	if !f.has("DueDate") {
		next.due = keepDue
	}
	if !has(f, "Reference") {
		next.reference = keepRef
	}
	if err := o.checkLock("document", next.date); err != nil {
		return err
	}
	if err := checkURL(f); err != nil {
		return err
	}
	if !f.has("InvoiceNumber") || f.str("InvoiceNumber") == next.number {
		return nil
	}
	if other := o.numbers[(&record{typ: next.typ, number: f.str("InvoiceNumber")}).numberKey()]; other != nil && other.id != next.id && next.typ == "ACCREC" {
		return invalid("Invoice # must be unique.")
	}
	next.number = f.str("InvoiceNumber")
	return nil
}

// changeLines prices the lines anew where the request gives a reason to; nil
// means they stay.
func (o *Organisation) changeLines(r, next *record, f object, opt writeOptions) (*lineSet, error) {
	old := r.fields().list("LineItems")
	typesChanged := next.doc.lineTypes != r.doc.lineTypes
	if f.has("LineItems") {
		return o.pricedChange(next, f, old, opt)
	}
	if !typesChanged && (next.status == r.status || r.booked()) {
		return nil, nil
	}
	lines := make([][]byte, 0, len(old))
	for _, l := range old {
		if typesChanged {
			l.drop("TaxAmount")
		}
		lines = append(lines, l.bytes())
	}
	if typesChanged {
		old = nil // else the old tax amounts would come back
	}
	return o.pricedChange(next, object{{"LineItems", array(lines)}}, old, writeOptions{unitdp4: true})
}

func (o *Organisation) pricedChange(next *record, f object, old []object, opt writeOptions) (*lineSet, error) {
	set, err := o.documentLines(next, f, old, opt)
	if err != nil {
		return nil, err
	}
	next.takeLines(set)
	if next.doc.open() < 0 {
		return nil, invalid(errPaidEdit)
	}
	return set, nil
}

func (o *Organisation) changeContact(next *record, f object) error {
	if !f.has("Contact") {
		return nil
	}
	c, err := o.documentContact(f)
	if err != nil {
		return err
	}
	next.contact = c
	return nil
}

// quiet tells whether a change makes no journal: on a partly paid document it
// leaves UpdatedDateUTC alone, so that If-Modified-Since misses it (Xero docs:
// requests-and-responses).
func quiet(f object) bool {
	for _, m := range f {
		switch m.key {
		case "InvoiceID", "CreditNoteID", "Type", "DueDate", "DueDateString", "SentToContact", "ExpectedPaymentDate", "PlannedPaymentDate":
		default:
			return false
		}
	}
	return true
}

// commitDocument puts the checked change in place.
func (o *Organisation) commitDocument(r, next *record, f object, set *lineSet) {
	fields := r.fields()
	for _, m := range f {
		if !computed(m.key) && m.key != "Status" && m.key != "LineItems" && m.key != "Contact" && m.key != "Date" && m.key != "DueDate" {
			if string(m.val) == "null" {
				continue // Xero ignores null
			}
			fields.keep(m)
		}
	}
	fields.setStr("CurrencyCode", next.currency)
	if f.has("CurrencyRate") || f.has("CurrencyCode") {
		fields.set("CurrencyRate", rateJSON(next.rate))
	}
	fields.setStr("LineAmountTypes", next.doc.lineTypes)
	if f.has("Date") {
		fields.setDay("Date", next.date)
	}
	if f.has("DueDate") {
		fields.setDay("DueDate", next.due)
	}
	if set != nil {
		fields.set("LineItems", set.json)
	}
	o.edit(r)
	o.unregister(r)
	doc := r.doc
	*doc = *next.doc
	next.doc = doc
	moved := r.moved
	*r = *next
	r.moved = moved
	r.setRaw(fields)
	r.stale = true
	o.register(r)
	r.settle()
	if len(r.doc.uses) > 0 && set == nil && quiet(f) {
		return
	}
	o.touch(r)
	o.repost(r)
}
