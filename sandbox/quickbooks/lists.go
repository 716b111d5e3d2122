package quickbooks

import "strings"

// buildTree prepares Class and Department: a name below a parent.
func buildTree(ch *change) *Fault {
	d, c := ch.doc, ch.c
	name := d.str("Name")
	if name == "" {
		return faultMissing("Name")
	}
	if strings.Contains(name, ":") {
		return faultBusiness("Names must not contain a colon.")
	}
	full := name
	if id, _ := d.ref("ParentRef"); id != "" {
		parent := c.find(ch.kind.name, id)
		if parent == nil || parent == ch.old {
			return faultReference("ParentRef", ch.kind.name, id)
		}
		full = parent.name + ":" + name
	}
	d.setBool("Sub"+ch.kind.name, full != name)
	return ch.finishNamed("Name", full)
}

// buildCompanyCurrency prepares a currency that a company deals in.
func buildCompanyCurrency(ch *change) *Fault {
	d := ch.doc
	code := d.str("Code")
	if code == "" {
		return faultMissing("Code")
	}
	if fault := ch.c.needsCurrencies(code); fault != nil {
		return fault
	}
	if _, known := worth(code); !known && currencyName(code) == code {
		return faultReference("Code", "Currency", code)
	}
	d.setDefault("Name", quote(currencyName(code)))
	return ch.finishNamed("Name", "")
}

// buildTaxAgency prepares who taxes are owed to.
func buildTaxAgency(ch *change) *Fault {
	if !ch.doc.has("DisplayName") {
		return faultMissing("DisplayName")
	}
	ch.doc.setDefault("TaxTrackedOnPurchases", []byte("true"))
	ch.doc.setDefault("TaxTrackedOnSales", []byte("true"))
	return ch.finishNamed("DisplayName", "")
}
