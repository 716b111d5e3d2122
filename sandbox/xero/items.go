package xero

// createItem adds a price-list item (Xero docs: accounting/items). Tracked
// inventory is not imitated.
func (o *Organisation) createItem(f object, _ writeOptions) (*record, []string, error) {
	r := &record{kind: o.kinds["Items"], id: o.uuid(), date: noDay, due: noDay, updated: o.now()}
	if err := o.checkItem(r, f); err != nil {
		return nil, nil, err
	}
	r.number, r.name = f.str("Code"), orElse(f.str("Name"), f.str("Code"))
	var out object
	out.setStr("ItemID", r.id)
	out.setStr("Code", r.number)
	out.setStr("Name", r.name)
	out.setUpdated(r.updated, false)
	out.set("PurchaseDetails", []byte("{}"))
	out.set("SalesDetails", []byte("{}"))
	out.setBool("IsTrackedAsInventory", false)
	out.setBool("IsSold", !f.has("IsSold") || f.flag("IsSold"))
	out.setBool("IsPurchased", !f.has("IsPurchased") || f.flag("IsPurchased"))
	r.setRaw(out.overlay(f, itemComputed()...))
	o.add(r)
	return r, nil, nil
}

func itemComputed() []string {
	return []string{
		"ItemID", "Code", "Name", "UpdatedDateUTC", "IsTrackedAsInventory", "QuantityOnHand", "TotalCostPool", "IsSold", "IsPurchased",
		"ValidationErrors", "StatusAttributeString",
	}
}

func (o *Organisation) checkItem(r *record, f object) error {
	code := f.str("Code")
	switch other := o.itemCodes[code]; {
	case code == "":
		return invalid("Price List Item Code must be supplied")
	case len(code) > 30:
		return invalid("The Code field is longer than 30 characters.")
	case len(f.str("Name")) > 50:
		return invalid("The Name field is longer than 50 characters.")
	case other != nil && other != r:
		return invalid("Price List Item with Code '%s' already exists", code)
	}
	for _, side := range []string{"SalesDetails", "PurchaseDetails"} {
		d := f.sub(side)
		if a := d.str("AccountCode"); a != "" && o.accountCodes[a] == nil {
			return invalid("Account code '%s' is not a valid code for this document.", a)
		}
	}
	return nil
}

func (o *Organisation) updateItem(r *record, f object, _ writeOptions) ([]string, error) {
	merged := r.fields().overlay(f, "ItemID", "UpdatedDateUTC", "ValidationErrors", "StatusAttributeString")
	if err := o.checkItem(r, merged); err != nil {
		return nil, err
	}
	o.edit(r)
	o.unregister(r)
	r.number, r.name = merged.str("Code"), merged.str("Name")
	r.setRaw(merged)
	o.register(r)
	o.touch(r)
	return nil, nil
}

func (o *Organisation) matchItem(f object) *record {
	if id := f.str("ItemID"); id != "" {
		return o.find("Items", id)
	}
	return o.itemCodes[f.str("Code")]
}

// itemLine fills what a line with an ItemCode leaves open: description, price,
// account and tax type of the item's sales or purchase side.
func (o *Organisation) itemLine(l object, sales bool) (object, error) {
	code := l.str("ItemCode")
	if code == "" || len(o.itemCodes) == 0 {
		return l, nil
	}
	item := o.itemCodes[code]
	if item == nil {
		return nil, invalid("Item code '%s' is not valid", code)
	}
	f := item.fields()
	detail, text := f.sub("SalesDetails"), f.str("Description")
	if !sales {
		detail, text = f.sub("PurchaseDetails"), orElse(f.str("PurchaseDescription"), text)
	}
	out := append(object(nil), l...)
	if !out.has("Description") {
		out.setStr("Description", orElse(text, item.name))
	}
	if !out.has("UnitAmount") && !out.has("LineAmount") && detail.has("UnitPrice") {
		out.set("UnitAmount", detail.raw("UnitPrice"))
	}
	if !out.has("AccountCode") && !out.has("AccountID") && detail.has("AccountCode") {
		out.set("AccountCode", detail.raw("AccountCode"))
	}
	if !out.has("TaxType") && detail.has("TaxType") {
		out.set("TaxType", detail.raw("TaxType"))
	}
	var stub object
	stub.setStr("ItemID", item.id)
	stub.setStr("Name", item.name)
	stub.setStr("Code", item.number)
	out.set("Item", stub.bytes())
	return out, nil
}

func renderUpdated(r *record) {
	f := split(r.raw)
	f.setUpdated(r.updated, false)
	r.setRaw(f)
}
