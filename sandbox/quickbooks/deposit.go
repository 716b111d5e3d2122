package quickbooks

import "strconv"

// buildDeposit prepares a deposit: linked payments leave Undeposited Funds,
// direct lines come from any account and may be negative (fees).
func buildDeposit(ch *change) *Fault {
	d := ch.doc
	if !d.has("DepositToAccountRef") {
		return faultMissing("DepositToAccountRef")
	}
	if len(d.list("Line")) == 0 {
		return faultMissing("Line")
	}
	if fault := ch.money(); fault != nil {
		return fault
	}
	if fault := ch.depositAccount(true); fault != nil {
		return fault
	}
	total, fault := ch.depositLines()
	if fault != nil {
		return fault
	}
	back, fault := ch.cashBack()
	if fault != nil {
		return fault
	}
	ch.txn.total = (total - back).cents()
	if ch.txn.total < 0 {
		return faultBusiness("The total of a deposit must not be negative.")
	}
	d.setAmount("TotalAmt", ch.txn.total)
	if ch.c.multi {
		d.setAmount("HomeTotalAmt", ch.txn.rate.home(ch.txn.total))
	}
	d.setDefault("TxnTaxDetail", []byte("{}"))
	return nil
}

func (ch *change) depositLines() (amount, *Fault) {
	lines := ch.doc.list("Line")
	next := nextLineID(lines)
	var total, receivable amount
	number := 0
	for _, line := range lines {
		amt, err := line.amount("Amount")
		if err != nil {
			return 0, faultNumber("Line.Amount", err)
		}
		if !line.has("Amount") {
			return 0, faultMissing("Line.Amount")
		}
		total += amt
		if links := line.list("LinkedTxn"); len(links) > 0 {
			if fault := ch.hold(links[0], amt); fault != nil {
				return 0, fault
			}
			continue
		}
		onReceivable, fault := ch.depositLine(line)
		if fault != nil {
			return 0, fault
		}
		if onReceivable {
			receivable -= amt
		}
		if !line.has("Id") {
			line.setStr("Id", strconv.Itoa(next))
			next++
		}
		number++
		line.set("LineNum", []byte(strconv.Itoa(number)))
		line.setDefault("CustomExtensions", []byte("[]"))
	}
	ch.doc.set("Line", joinArray(lines))
	return total, ch.openOnReceivable(receivable)
}

// hold takes a payment or receipt out of Undeposited Funds.
func (ch *change) hold(link *document, amt amount) *Fault {
	c := ch.c
	typ := link.str("TxnType")
	switch typ {
	case "Payment", "SalesReceipt", "RefundReceipt":
	default:
		return faultEnum("Line.LinkedTxn.TxnType", typ)
	}
	o := c.find(typ, link.str("TxnId"))
	if o == nil {
		return faultNotFound()
	}
	id, _ := splitObject(o.raw).ref("DepositToAccountRef")
	acct := c.find("Account", id)
	worth := o.txn.total
	if typ == "RefundReceipt" {
		worth = -worth
	}
	switch {
	case o.txn.void || acct == nil || acct.account.subType != "UndepositedFunds":
		return faultCannotLink("it is not in Undeposited Funds")
	case o.txn.deposit != nil && o.txn.deposit != ch.old:
		return faultCannotLink("it has been deposited already")
	case containsObject(ch.txn.deposited, o):
		return faultCannotLink("it is linked twice")
	case o.txn.currency != ch.txn.currency:
		return faultCannotLink("it is in another currency")
	case amt != worth:
		return faultBusiness("The amount of a linked line must be the amount of the linked transaction.")
	}
	ch.txn.deposited = append(ch.txn.deposited, o)
	return nil
}

func (ch *change) depositLine(line *document) (bool, *Fault) {
	typ := line.str("DetailType")
	if typ == "" {
		return false, faultMissing("Line.DetailType")
	}
	if typ != "DepositLineDetail" {
		return false, faultEnum("Line.DetailType", typ)
	}
	detail := line.sub(typ)
	acct, fault := ch.c.accountRef(detail, "AccountRef", "AccountRef")
	if fault != nil {
		return false, fault
	}
	if acct == nil {
		return false, faultMissing("Line.DepositLineDetail.AccountRef")
	}
	detail.setRef("AccountRef", acct.id, acct.name)
	line.set(typ, detail.bytes())
	if acct.account.typ != "Accounts Receivable" {
		return false, nil
	}
	entity := detail.sub("Entity")
	o, fault := ch.c.entity(entity.str("value"), orDefault(entity.str("type"), "Customer"), "Entity")
	if fault != nil || o.kind.name != "Customer" {
		return false, faultBusiness("When you use Accounts Receivable, you must choose a customer in the Name field.")
	}
	if ch.txn.customer != nil && ch.txn.customer != o {
		return false, faultBusiness("Only one customer can stand on the receivable lines of a deposit.")
	}
	ch.txn.customer = o
	return true, nil
}

func (ch *change) cashBack() (amount, *Fault) {
	back := ch.doc.sub("CashBack")
	amt, err := back.amount("Amount")
	if err != nil {
		return 0, faultNumber("CashBack.Amount", err)
	}
	acct, fault := ch.c.accountRef(back, "AccountRef", "CashBack.AccountRef")
	switch {
	case fault != nil:
		return 0, fault
	case amt != 0 && acct == nil:
		return 0, faultMissing("CashBack.AccountRef")
	case acct != nil:
		back.setRef("AccountRef", acct.id, acct.name)
		ch.doc.set("CashBack", back.bytes())
	}
	return amt, nil
}

func (p *poster) deposit(d *document) {
	c, t := p.c, p.t
	id, _ := d.ref("DepositToAccountRef")
	p.post(c.find("Account", id), t.total)
	back := d.sub("CashBack")
	backID, _ := back.ref("AccountRef")
	if amt, err := back.amount("Amount"); err == nil {
		p.post(c.find("Account", backID), amt)
	}
	for _, line := range d.list("Line") {
		amt, err := line.amount("Amount")
		if err != nil {
			continue
		}
		acct := c.undeposited()
		if len(line.list("LinkedTxn")) == 0 {
			acctID, _ := line.sub("DepositLineDetail").ref("AccountRef")
			acct = c.find("Account", acctID)
		}
		p.post(acct, -amt)
		if acct != nil && acct.account.typ == "Accounts Receivable" {
			p.party(t.customer, -amt)
		}
	}
}
