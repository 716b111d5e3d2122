package xero

// rowParts gives the bytes of one row, to be written one after another. The
// cached JSON is sent as it is, or around its lines.
func rowParts(r *record, q *query) [][]byte {
	raw := r.json()
	switch {
	case q.summary:
		return [][]byte{summarised(r).bytes(), nil}
	case r.holder != nil && (r.holder.computed || q.page == 0 && r.status == "ARCHIVED"):
		f := append(object(nil), r.fields()...)
		f.overdue(r, q.today)
		if q.page == 0 {
			f.drop("MergedToContactID") // paged and single reads only name the survivor
		}
		return [][]byte{f.bytes(), nil}
	case !r.kind.lines || r.lines[1] == 0:
		return [][]byte{raw, nil}
	case q.page == 0:
		return [][]byte{raw[:r.lines[0]], []byte("[]"), raw[r.lines[1]:], nil}
	case r.fine && !q.unitdp4:
		return [][]byte{cutPrices(r.fields()).bytes(), nil}
	}
	return [][]byte{raw, nil}
}

// summarised is a row of summaryOnly=true (Xero docs: accounting/invoices and
// contacts).
func summarised(r *record) object {
	f := append(object(nil), r.fields()...)
	if r.holder == nil {
		f.drop("Payments", "HasAttachments", "LineItems", "CISDeduction")
		return f
	}
	f.drop("Addresses", "Phones", "ContactPersons", "Balances", "PaymentTerms", "SalesTrackingCategories", "PurchasesTrackingCategories", "BatchPayments", "Discount")
	return f
}

// cutPrices shows UnitAmount at two decimals, as every call without unitdp=4
// does.
func cutPrices(f object) object {
	var lines [][]byte
	for _, l := range f.list("LineItems") {
		if d, ok := l.dec("UnitAmount"); ok {
			l.set("UnitAmount", []byte(d.StringFixed(2)))
		}
		lines = append(lines, l.bytes())
	}
	out := append(object(nil), f...)
	out.set("LineItems", array(lines))
	return out
}
