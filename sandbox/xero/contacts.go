package xero

import (
	"fmt"
	"slices"
	"strings"
)

func (o *Organisation) createContact(f object, _ writeOptions) (*record, []string, error) {
	r := &record{kind: o.kinds["Contacts"], id: o.uuid(), status: "ACTIVE", date: noDay, due: noDay, holder: &holder{}}
	if err := o.checkContact(r, f); err != nil {
		return nil, nil, err
	}
	r.name = strings.TrimSpace(f.str("Name"))
	r.holder.take(f)
	r.updated = o.now()
	r.setRaw(newContactFields(r, f))
	o.add(r)
	return r, nil, nil
}

func (h *holder) take(f object) {
	h.email, h.contactNumber, h.accountNumber = f.str("EmailAddress"), f.str("ContactNumber"), f.str("AccountNumber")
}

// checkContact applies the rules for names and numbers (Xero docs:
// accounting/contacts: name unique among active contacts).
func (o *Organisation) checkContact(r *record, f object) error {
	name := strings.TrimSpace(f.str("Name"))
	if name == "" {
		return invalid("The Contact Name must be specified.")
	}
	for key, limit := range map[string]int{"Name": 255, "EmailAddress": 255, "ContactNumber": 50, "AccountNumber": 50} {
		if len(f.str(key)) > limit {
			return invalid("The %s field is longer than %d characters.", key, limit)
		}
	}
	if other := o.contactNames[nameKey(name)]; other != nil && other != r {
		return invalid("The contact name %s is already assigned to another contact. The contact name must be unique across all active contacts.", name)
	}
	if n := f.str("ContactNumber"); n != "" && o.contactNos[n] != nil && o.contactNos[n] != r {
		return invalid("The Contact Number %s is already assigned to another contact.", n)
	}
	return nil
}

func newContactFields(r *record, f object) object {
	out := make(object, 0, 24)
	out.setStr("ContactID", r.id)
	out.setStr("ContactStatus", r.status)
	out.setStr("Name", r.name)
	out.setStr("EmailAddress", r.holder.email)
	out.setStr("BankAccountDetails", "")
	out.set("Addresses", []byte(`[{"AddressType":"STREET","City":"","Region":"","PostalCode":"","Country":""},{"AddressType":"POBOX","City":"","Region":"","PostalCode":"","Country":""}]`))
	out.set("Phones", []byte(`[{"PhoneType":"DEFAULT","PhoneNumber":"","PhoneAreaCode":"","PhoneCountryCode":""},{"PhoneType":"DDI","PhoneNumber":"","PhoneAreaCode":"","PhoneCountryCode":""},{"PhoneType":"FAX","PhoneNumber":"","PhoneAreaCode":"","PhoneCountryCode":""},{"PhoneType":"MOBILE","PhoneNumber":"","PhoneAreaCode":"","PhoneCountryCode":""}]`))
	out.setUpdated(r.updated, false)
	out.set("ContactGroups", []byte("[]"))
	out.setBool("IsSupplier", false)
	out.setBool("IsCustomer", false)
	out.set("SalesTrackingCategories", []byte("[]"))
	out.set("PurchasesTrackingCategories", []byte("[]"))
	out.set("ContactPersons", []byte("[]"))
	out.setBool("HasAttachments", false)
	out.setBool("HasValidationErrors", false)
	return out.overlayContact(f)
}

// overlayContact lays sent members over a contact. Addresses and phones are
// changed by their type; the types that were not sent stay.
func (o object) overlayContact(f object) object {
	out := o.overlay(f, contactComputed()...)
	for list, key := range map[string]string{"Addresses": "AddressType", "Phones": "PhoneType"} {
		if f.has(list) {
			out.set(list, byType(o.list(list), f.list(list), key))
		}
	}
	return out
}

func byType(old, sent []object, key string) []byte {
	out := slices.Clone(old)
	for _, s := range sent {
		i := slices.IndexFunc(out, func(was object) bool { return was.str(key) == s.str(key) })
		if i < 0 {
			out = append(out, s)
			continue
		}
		out[i] = out[i].overlay(s, "ValidationErrors")
	}
	return array(rows(out))
}

func contactComputed() []string {
	return []string{
		"ContactID", "ContactStatus", "Name", "UpdatedDateUTC", "IsSupplier", "IsCustomer", "Balances", "HasValidationErrors", "ValidationErrors",
		"ContactGroups", "MergedToContactID", "HasAttachments", "Attachments", "StatusAttributeString",
	}
}

// fullContact is a contact as single reads and write answers show it: the
// answer to a write has neither balances nor files (recorded: createContact,
// getContact).
func fullContact(o *Organisation, r *record, written bool) object {
	f := append(object(nil), r.fields()...)
	f.set("ContactGroups", o.groupsOf(r))
	f.overdue(r, o.today())
	if written {
		f.drop("Balances", "HasAttachments")
	} else {
		f.set("Attachments", o.files(r))
	}
	return f
}

// overdue completes the balances, which change with the day alone.
func (o *object) overdue(r *record, today day) {
	b := o.sub("Balances")
	if b == nil || r.holder == nil || !r.holder.computed {
		return
	}
	var sums [2]cents
	for _, d := range r.holder.docs {
		if d.kind.name != "Invoices" || !d.booked() || d.due == noDay || d.due >= today {
			continue
		}
		side := 0
		if !d.receivable() {
			side = 1
		}
		sums[side] += d.doc.open()
	}
	for i, name := range []string{"AccountsReceivable", "AccountsPayable"} {
		side := b.sub(name)
		side.set("Overdue", sums[i].json())
		b.set(name, side.bytes())
	}
	o.set("Balances", b.bytes())
}

// MergeContacts makes the survivor take over all documents of the loser, which
// is archived and names the survivor from then on, as the user does in Xero;
// there is no call for it.
func (o *Organisation) MergeContacts(loserID, survivorID string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writing()
	defer o.publish()
	loser, survivor := o.find("Contacts", loserID), o.find("Contacts", survivorID)
	if loser == nil || survivor == nil || loser == survivor {
		return fmt.Errorf("xero: merge contacts %s into %s: two different contacts are needed", loserID, survivorID)
	}
	for _, d := range slices.Clone(loser.holder.docs) {
		o.unregister(d)
		d.contact = survivor
		o.register(d)
		d.stale = true
		for _, u := range d.doc.uses {
			if u.payment != nil {
				u.payment.contact, u.payment.stale = survivor, true
			}
		}
	}
	f := loser.fields()
	f.setStr("MergedToContactID", survivor.id)
	o.unregister(loser)
	loser.status = "ARCHIVED"
	loser.setRaw(f)
	o.register(loser)
	o.touch(loser)
	survivor.stale = true
	return nil
}

// updateContact changes a contact; ContactStatus ARCHIVED archives it.
func (o *Organisation) updateContact(r *record, f object, _ writeOptions) ([]string, error) {
	status := orElse(f.str("ContactStatus"), r.status)
	if status != "ACTIVE" && status != "ARCHIVED" && status != r.status {
		return nil, invalid("ContactStatus '%s' cannot be set.", status)
	}
	merged := r.fields().overlayContact(f)
	if f.has("Name") {
		merged.setStr("Name", strings.TrimSpace(f.str("Name")))
	}
	if err := o.checkContact(r, merged); err != nil && status == "ACTIVE" {
		return nil, err
	}
	renamed := merged.str("Name") != r.name
	o.edit(r)
	o.unregister(r)
	r.name, r.status = merged.str("Name"), status
	r.holder.take(merged)
	r.setRaw(merged)
	o.register(r)
	o.touch(r)
	if renamed {
		for _, d := range r.holder.docs {
			d.stale = true // nested names follow; update times do not
			for _, u := range d.doc.uses {
				if u.payment != nil {
					u.payment.stale = true
				}
			}
		}
	}
	return nil, nil
}

// renderContact writes the computed members: customer and supplier flags and
// the balances.
func renderContact(r *record) {
	f := split(r.raw)
	f.setStr("Name", r.name)
	f.setStr("ContactStatus", r.status)
	f.setUpdated(r.updated, false)
	customer, supplier := f.flag("IsCustomer"), f.flag("IsSupplier")
	var receivable, payable cents
	for _, d := range r.holder.docs {
		if d.kind.name == "BankTransactions" || !d.booked() {
			continue
		}
		customer = customer || d.typ == "ACCREC"
		supplier = supplier || d.typ == "ACCPAY"
		if d.receivable() {
			receivable += d.sign() * d.doc.open()
		} else {
			payable -= d.sign() * d.doc.open()
		}
	}
	f.setBool("IsSupplier", supplier)
	f.setBool("IsCustomer", customer)
	if f.has("Balances") || receivable != 0 || payable != 0 {
		r.holder.computed = true
		f.set("Balances", []byte(`{"AccountsReceivable":{"Outstanding":`+receivable.String()+`,"Overdue":0.00},"AccountsPayable":{"Outstanding":`+payable.String()+`,"Overdue":0.00}}`))
	}
	r.setRaw(f)
}

// documentContact finds the contact a document names, or makes it: by
// ContactID, ContactNumber, then Name. Members beside the id overwrite the
// contact (Xero docs: accounting/invoices, contact).
func (o *Organisation) documentContact(f object) (*record, error) {
	c := f.sub("Contact")
	if c == nil {
		return nil, invalid("A Contact must be specified for this type of transaction")
	}
	r := o.matchContact(c)
	if r == nil {
		if c.has("ContactID") || !c.has("Name") {
			return nil, invalid("A Contact must be specified for this type of transaction")
		}
		r, _, err := o.createContact(c, writeOptions{})
		return r, err
	}
	if r.status != "ACTIVE" {
		return nil, invalid("The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes.")
	}
	if overwrites(r, c) {
		if _, err := o.updateContact(r, c, writeOptions{}); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// overwrites tells whether a nested contact changes more than it names.
func overwrites(r *record, c object) bool {
	if len(c) <= 1 {
		return false
	}
	now := r.fields()
	for _, m := range c {
		switch m.key {
		case "Name":
			if nameKey(c.str("Name")) != nameKey(r.name) {
				return true
			}
		case "FirstName", "LastName", "EmailAddress", "ContactNumber", "AccountNumber", "Phones", "Addresses", "ContactPersons":
			if c.has(m.key) && string(m.val) != string(now.raw(m.key)) {
				return true
			}
		}
	}
	return false
}

func (o *Organisation) matchContact(f object) *record {
	if id := f.str("ContactID"); id != "" {
		return o.find("Contacts", id)
	}
	if n := f.str("ContactNumber"); n != "" && o.contactNos[n] != nil {
		return o.contactNos[n]
	}
	return o.contactNames[nameKey(f.str("Name"))]
}

// termsDate is the due date that the contact's sales or bill terms give; noDay
// without terms (Xero docs: accounting/contacts, payment terms).
func termsDate(r *record) day {
	side := "Sales"
	if !r.receivable() {
		side = "Bills"
	}
	terms := r.contact.fields().sub("PaymentTerms").sub(side)
	n, ok := terms.dec("Day")
	if !ok {
		return noDay
	}
	days := int(n.IntPart())
	t := r.date.time()
	switch terms.str("Type") {
	case "DAYSAFTERBILLDATE":
		return r.date + day(days)
	case "DAYSAFTERBILLMONTH":
		return dayOf(t.AddDate(0, 1, -t.Day())) + day(days)
	case "OFCURRENTMONTH":
		return dayOf(t.AddDate(0, 0, days-t.Day()))
	case "OFFOLLOWINGMONTH":
		return dayOf(t.AddDate(0, 1, days-t.Day()))
	}
	return noDay
}
