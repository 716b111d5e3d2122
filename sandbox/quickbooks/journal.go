package quickbooks

import "strconv"

// buildJournal prepares a journal entry: debits equal credits, at most one
// line on receivables or payables, and that line names its customer or vendor.
func buildJournal(ch *change) *Fault {
	d := ch.doc
	lines := d.list("Line")
	if len(lines) == 0 {
		return faultMissing("Line")
	}
	if fault := ch.money(); fault != nil {
		return fault
	}
	var sum, receivable amount
	control := 0
	for i, line := range lines {
		amt, acct, fault := ch.journalLine(line, i)
		if fault != nil {
			return fault
		}
		sum += amt
		switch acct.account.typ {
		case "Accounts Receivable":
			receivable += amt
			control++
		case "Accounts Payable":
			control++
		}
	}
	if sum != 0 {
		return faultBusiness("The total of the debits must equal the total of the credits.")
	}
	if control > 1 {
		return faultBusiness("A journal entry can have only one line on accounts receivable or accounts payable.")
	}
	d.set("Line", joinArray(lines))
	// TotalAmt of a journal entry is 0 in the recorded answers.
	d.setAmount("TotalAmt", 0)
	d.setDefault("Adjustment", []byte("false"))
	d.setDefault("TxnTaxDetail", []byte("{}"))
	ch.txn.number = d.str("DocNumber")
	if fault := ch.uniqueNumber(); fault != nil {
		return fault
	}
	return ch.openOnReceivable(receivable)
}

// journalLine is the signed amount (debit positive) and the account of a line.
func (ch *change) journalLine(line *document, n int) (amount, *object, *Fault) {
	const typ = "JournalEntryLineDetail"
	switch line.str("DetailType") {
	case typ:
	case "":
		return 0, nil, faultMissing("Line.DetailType")
	default:
		return 0, nil, faultEnum("Line.DetailType", line.str("DetailType"))
	}
	amt, err := line.amount("Amount")
	if err != nil || amt != amt.cents() || amt < 0 {
		return 0, nil, faultNumber("Line.Amount", errAmount)
	}
	detail := line.sub(typ)
	switch detail.str("PostingType") {
	case "Debit":
	case "Credit":
		amt = -amt
	case "":
		return 0, nil, faultMissing("PostingType")
	default:
		return 0, nil, faultEnum("PostingType", detail.str("PostingType"))
	}
	acct, fault := ch.c.accountRef(detail, "AccountRef", "AccountRef")
	if fault != nil {
		return 0, nil, fault
	}
	if acct == nil {
		return 0, nil, faultMissing("AccountRef")
	}
	if cur := acct.account.currency; cur != ch.c.home && cur != ch.txn.currency {
		return 0, nil, faultBusiness("The currency of an account is not that of the journal entry.")
	}
	if fault := ch.journalEntity(detail, acct); fault != nil {
		return 0, nil, fault
	}
	detail.setRef("AccountRef", acct.id, acct.name)
	line.set(typ, detail.bytes())
	line.setDefault("Id", quote(strconv.Itoa(n)))
	line.setDefault("CustomExtensions", []byte("[]"))
	return amt, acct, nil
}

func (ch *change) journalEntity(detail *document, acct *object) *Fault {
	entity := detail.sub("Entity")
	id, label := entity.ref("EntityRef")
	want := map[string]string{"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}[acct.account.typ]
	if id == "" {
		if want != "" {
			return faultBusiness("When you use " + acct.account.typ + ", you must choose a " + want + " in the Name field.")
		}
		return nil
	}
	o, fault := ch.c.entity(id, entity.str("Type"), "Entity.EntityRef")
	if fault != nil {
		return fault
	}
	if want != "" && o.kind.name != want {
		return faultBusiness("When you use " + acct.account.typ + ", you must choose a " + want + " in the Name field.")
	}
	if acct.account.typ == "Accounts Receivable" {
		if acct.account.currency != o.party.currency {
			return faultBusiness("The currency of the account is not the currency of the customer.")
		}
		ch.txn.customer = o
	}
	entity.setRef("EntityRef", id, orDefault(label, o.name))
	detail.set("Entity", entity.bytes())
	return nil
}

func (p *poster) journal(d *document) {
	for _, line := range d.list("Line") {
		amt, err := line.amount("Amount")
		if err != nil {
			continue
		}
		detail := line.sub("JournalEntryLineDetail")
		if detail.str("PostingType") == "Credit" {
			amt = -amt
		}
		id, _ := detail.ref("AccountRef")
		acct := p.c.find("Account", id)
		p.post(acct, amt)
		if acct != nil && acct.account.typ == "Accounts Receivable" {
			p.party(p.t.customer, amt)
		}
	}
}
