package quickbooks

import "strconv"

// buildPurchase prepares an expense: cash, check or credit card.
func buildPurchase(ch *change) *Fault {
	d, t := ch.doc, ch.txn
	switch d.str("PaymentType") {
	case "Cash", "Check", "CreditCard":
	case "":
		return faultMissing("PaymentType")
	default:
		return faultEnum("PaymentType", d.str("PaymentType"))
	}
	acct, fault := ch.c.accountRef(d, "AccountRef", "AccountRef")
	switch {
	case fault != nil:
		return fault
	case acct == nil:
		return faultMissing("AccountRef")
	}
	if fault := payableFrom(acct.account, d); fault != nil {
		return fault
	}
	d.setRef("AccountRef", acct.id, acct.name)
	if fault := ch.payee(); fault != nil {
		return fault
	}
	if fault := ch.money(); fault != nil {
		return fault
	}
	if cur := acct.account.currency; cur != ch.c.home && cur != t.currency {
		return faultBusiness("The currency of the account is not that of the transaction.")
	}
	d.setDefault("Credit", []byte("false"))
	if fault := ch.expenseLines(); fault != nil {
		return fault
	}
	t.number = d.str("DocNumber")
	return nil
}

// payableFrom: Check needs a bank account, CreditCard a credit card account;
// Credit is for credit cards (Intuit docs: purchase).
func payableFrom(a *account, d *document) *Fault {
	typ := d.str("PaymentType")
	switch {
	case typ == "Check" && a.typ != "Bank":
		return faultBusiness("A check must be drawn on a bank account.")
	case typ == "CreditCard" && a.typ != "Credit Card":
		return faultBusiness("The account must be a credit card account.")
	case typ == "Cash" && !a.isMoney():
		return faultBusiness("The account must be a bank or other current asset account.")
	case d.isTrue("Credit") && typ != "CreditCard":
		return faultBusiness("Only a credit card purchase can be a credit.")
	}
	return nil
}

// payee resolves EntityRef; a customer there stands on receivable lines.
func (ch *change) payee() *Fault {
	d, c := ch.doc, ch.c
	ref := d.sub("EntityRef")
	id, typ := ref.str("value"), ref.str("type")
	if id == "" {
		return nil
	}
	o, fault := c.entity(id, orDefault(typ, "Vendor"), "EntityRef")
	if fault != nil {
		return fault
	}
	if o.kind.name == "Customer" {
		ch.txn.customer = o
	}
	ref.setStr("name", o.name)
	ref.setStr("type", o.kind.name)
	d.set("EntityRef", ref.bytes())
	return nil
}

// entity finds a customer, vendor or employee by type and id.
func (c *Company) entity(id, typ, element string) (*object, *Fault) {
	for _, name := range nameKinds {
		if !equalFold(name, typ) {
			continue
		}
		o := c.find(name, id)
		if o == nil {
			return nil, faultReference(element, "Names", id)
		}
		if !o.active {
			return nil, faultNotFound()
		}
		return o, nil
	}
	return nil, faultEnum(element+".type", typ)
}

func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i]|0x20 != b[i]|0x20 {
			return false
		}
	}
	return true
}

func (ch *change) expenseLines() *Fault {
	d, t := ch.doc, ch.txn
	lines := d.list("Line")
	if len(lines) == 0 {
		return faultMissing("Line")
	}
	if fault := ch.includeTax(lines, false); fault != nil {
		return fault
	}
	next := nextLineID(lines)
	var total, receivable amount
	for _, line := range lines {
		amt, err := line.amount("Amount")
		if err != nil {
			return faultNumber("Line.Amount", err)
		}
		if !line.has("Amount") {
			return faultMissing("Line.Amount")
		}
		onReceivable, fault := ch.expenseLine(line)
		if fault != nil {
			return fault
		}
		if onReceivable {
			receivable += amt
		}
		total += amt
		if !line.has("Id") {
			line.setStr("Id", strconv.Itoa(next))
			next++
		}
	}
	tax, fault := ch.tax(lines, false, 0)
	if fault != nil {
		return fault
	}
	if tax == 0 && !ch.req.has("TxnTaxDetail") {
		d.drop("TxnTaxDetail") // recorded purchases without tax have none
	}
	d.set("Line", joinArray(lines))
	t.total = (total + tax).cents()
	if t.total < 0 {
		return faultBusiness("Transaction amount must be 0 or greater.")
	}
	d.setAmount("TotalAmt", t.total)
	if d.isTrue("Credit") {
		receivable = -receivable
	}
	return ch.openOnReceivable(receivable)
}

// expenseLine reports whether the line stands on receivables.
func (ch *change) expenseLine(line *document) (bool, *Fault) {
	typ := line.str("DetailType")
	switch typ {
	case "AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail":
	case "":
		return false, faultMissing("Line.DetailType")
	default:
		return false, faultEnum("Line.DetailType", typ)
	}
	detail := line.sub(typ)
	detail.setDefault("BillableStatus", []byte(`"NotBillable"`))
	if ch.c.settings().american {
		detail.setDefault("TaxCodeRef", []byte(`{"value":"NON"}`))
	}
	line.setDefault("CustomExtensions", []byte("[]"))
	if typ == "ItemBasedExpenseLineDetail" {
		id, _ := detail.ref("ItemRef")
		if it := ch.c.find("Item", id); it == nil {
			return false, faultReference("ItemRef", "Items", id)
		}
		line.set(typ, detail.bytes())
		return false, nil
	}
	acct, fault := ch.c.accountRef(detail, "AccountRef", "AccountRef")
	if fault != nil {
		return false, fault
	}
	if acct == nil {
		return false, faultMissing("Line.AccountBasedExpenseLineDetail.AccountRef")
	}
	detail.setRef("AccountRef", acct.id, acct.name)
	line.set(typ, detail.bytes())
	return acct.account.typ == "Accounts Receivable", nil
}

// openOnReceivable makes a debit or credit on accounts receivable an open item
// of its customer, which a payment can settle.
func (ch *change) openOnReceivable(amt amount) *Fault {
	t := ch.txn
	if amt == 0 {
		return nil
	}
	if t.customer == nil {
		return faultBusiness("When you use Accounts Receivable, you must choose a customer in the Name field.")
	}
	if t.customer.party.currency != t.currency {
		return faultBusiness("The currency of the transaction is not the currency of the customer.")
	}
	t.sign, t.open = 1, amt
	if amt < 0 {
		t.sign, t.open = -1, -amt
	}
	return nil
}

// purchase books the money out against its lines; tax on it is input tax.
func (p *poster) purchase(d *document) {
	c, sign := p.c, amount(1)
	if d.isTrue("Credit") {
		sign = -1
	}
	id, _ := d.ref("AccountRef")
	p.post(c.find("Account", id), -sign*p.t.total)
	rest := p.t.total
	for _, line := range d.list("Line") {
		amt, err := line.amount("Amount")
		if err != nil {
			continue
		}
		acct := p.expenseAccount(line)
		p.post(acct, sign*amt)
		rest -= amt
		if acct.account.typ == "Accounts Receivable" {
			p.party(p.t.customer, sign*amt)
		}
	}
	if tax, err := d.sub("TxnTaxDetail").amount("TotalTax"); err == nil && tax != 0 {
		p.post(c.taxAccount(), sign*tax)
		rest -= tax
	}
	p.post(c.expenseAccount(), sign*rest)
}

func (p *poster) expenseAccount(line *document) *object {
	c := p.c
	id, _ := line.sub("AccountBasedExpenseLineDetail").ref("AccountRef")
	if itemID, _ := line.sub("ItemBasedExpenseLineDetail").ref("ItemRef"); itemID != "" {
		if it := c.find("Item", itemID); it != nil {
			id = orDefault(it.item.asset, it.item.expense)
		}
	}
	if acct := c.find("Account", id); acct != nil {
		return acct
	}
	return c.expenseAccount()
}
