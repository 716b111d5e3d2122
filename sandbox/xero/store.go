package xero

import (
	"slices"
	"strings"
)

// add puts a new record into its table and the indexes.
func (o *Organisation) add(r *record) {
	o.seq++
	r.seq = o.seq
	o.tables[r.kind.name].insert(r)
	o.register(r)
	o.happened(r, "CREATE")
	if o.keeping {
		o.journal = append(o.journal, func() {
			o.ledger.post(r.postings, -1)
			o.unregister(r)
			o.tables[r.kind.name].remove(r)
		})
	}
}

// edit must be called before a record is changed, so that a refused request can
// be taken back.
func (o *Organisation) edit(r *record) {
	if !o.keeping {
		return
	}
	was := *r
	var doc document
	if r.doc != nil {
		doc = *r.doc
	}
	var h holder
	if r.holder != nil {
		h = *r.holder
	}
	var p payment
	if r.pay != nil {
		p = *r.pay
	}
	var a chartEntry
	if r.acct != nil {
		a = *r.acct
	}
	o.journal = append(o.journal, func() {
		o.ledger.post(r.postings, -1)
		o.unregister(r)
		*r = was
		restore(r, doc, h, p, a)
		o.register(r)
		o.ledger.post(r.postings, 1)
		r.moved = false
		o.tables[r.kind.name].touch(r)
	})
}

func restore(r *record, doc document, h holder, p payment, a chartEntry) {
	if r.doc != nil {
		*r.doc = doc
	}
	if r.holder != nil {
		*r.holder = h
	}
	if r.pay != nil {
		*r.pay = p
	}
	if r.acct != nil {
		*r.acct = a
	}
}

// begin starts keeping undo steps; end drops them, or runs them when the write
// is refused.
func (o *Organisation) begin() { o.keeping, o.journal, o.eventMark = true, nil, len(o.events) }

func (o *Organisation) end(keep bool) {
	steps := o.journal
	o.keeping, o.journal = false, nil
	if keep {
		return
	}
	o.events = o.events[:o.eventMark]
	for _, step := range slices.Backward(steps) {
		step()
	}
}

// register enters the record's names and numbers into the indexes.
func (o *Organisation) register(r *record) {
	switch {
	case r.acct != nil:
		if r.acct.code != "" {
			o.accountCodes[r.acct.code] = r
		}
		o.accountNames[strings.ToLower(r.name)] = r
		if r.acct.system != "" {
			o.systemAccts[r.acct.system] = r
		}
	case r.holder != nil:
		if r.status == "ACTIVE" {
			o.contactNames[nameKey(r.name)] = r
		}
		if r.holder.contactNumber != "" {
			o.contactNos[r.holder.contactNumber] = r
		}
	case r.kind.name == "Items":
		o.itemCodes[r.number] = r
	case r.doc != nil:
		if r.number != "" {
			o.numbers[r.numberKey()] = r
		}
		if r.typ == "ACCPAY" {
			o.bills++
		}
		if r.contact != nil && r.contact.holder != nil {
			r.contact.holder.docs = append(r.contact.holder.docs, r)
		}
	}
}

// unregister takes out what register entered.
func (o *Organisation) unregister(r *record) {
	switch {
	case r.acct != nil:
		forget(o.accountCodes, r.acct.code, r)
		forget(o.accountNames, strings.ToLower(r.name), r)
		forget(o.systemAccts, r.acct.system, r)
	case r.holder != nil:
		forget(o.contactNames, nameKey(r.name), r)
		forget(o.contactNos, r.holder.contactNumber, r)
	case r.kind.name == "Items":
		forget(o.itemCodes, r.number, r)
	case r.doc != nil:
		forget(o.numbers, r.numberKey(), r)
		if r.typ == "ACCPAY" {
			o.bills--
		}
		if r.contact != nil {
			dropDoc(r.contact.holder, r)
		}
	}
}

func forget(m map[string]*record, key string, r *record) {
	if m[key] == r {
		delete(m, key)
	}
}

// dropDoc takes a document off its contact's list; the newest is looked at
// first, since that is what a refused write takes back.
func dropDoc(h *holder, r *record) {
	for i, v := range slices.Backward(h.docs) {
		if v == r {
			h.docs = append(h.docs[:i:i], h.docs[i+1:]...)
			return
		}
	}
}

// nameKey makes names comparable: Xero trims and ignores case.
func nameKey(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// numberKey keeps sales numbers apart from those of credit notes and bills.
func (r *record) numberKey() string { return r.typ + " " + strings.ToUpper(r.number) }

// touch stamps the record as changed now.
func (o *Organisation) touch(r *record) {
	r.updated = o.now()
	r.stale = true
	o.tables[r.kind.name].touch(r)
	o.happened(r, "UPDATE")
	if r.doc != nil && r.contact != nil {
		r.contact.stale = true // its Balances follow; its update time does not (Xero docs: contacts)
	}
}

func (o *Organisation) find(kind, id string) *record { return o.tables[kind].byID[strings.ToLower(id)] }
