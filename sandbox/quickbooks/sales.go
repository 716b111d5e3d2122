package quickbooks

import (
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// defaultTermDays is the due date of an invoice without terms (recorded: no
// SalesTermRef, due thirty days after the transaction date).
const defaultTermDays = 30

// buildSales prepares Invoice, CreditMemo, SalesReceipt and RefundReceipt.
func buildSales(ch *change) *Fault {
	d, t, name := ch.doc, ch.txn, ch.kind.name
	if !d.has("Line") || len(d.list("Line")) == 0 {
		return faultMissing("Line")
	}
	if fault := ch.customer(name == "Invoice" || name == "CreditMemo"); fault != nil {
		return fault
	}
	if fault := ch.money(); fault != nil {
		return fault
	}
	if fault := ch.salesLines(); fault != nil {
		return fault
	}
	if name == "Invoice" {
		if fault := ch.formDeposit(); fault != nil {
			return fault
		}
	}
	if name == "SalesReceipt" || name == "RefundReceipt" {
		if fault := ch.depositAccount(name == "RefundReceipt"); fault != nil {
			return fault
		}
	}
	ch.salesDefaults()
	t.number = d.str("DocNumber")
	return nil
}

// customer settles CustomerRef and who owes.
func (ch *change) customer(required bool) *Fault {
	d, c := ch.doc, ch.c
	id, _ := d.ref("CustomerRef")
	if id == "" {
		if required {
			return faultMissing("CustomerRef")
		}
		return nil
	}
	o := c.find("Customer", id)
	if o == nil {
		return faultReference("CustomerRef", "Customers", id)
	}
	if !o.active {
		return faultNotFound()
	}
	ch.txn.customer = o
	if o.party.billWithParent && o.party.parent != nil {
		ch.txn.owner = o.party.parent
	}
	d.setRef("CustomerRef", o.id, o.name)
	return nil
}

// money settles currency and rate: the transaction's currency is the
// customer's; the rate is 1 when it is left out, even for a foreign document
// (recorded behaviour: the day's rate is not filled in).
func (ch *change) money() *Fault {
	d, c, t := ch.doc, ch.c, ch.txn
	cur, _ := d.ref("CurrencyRef")
	own := c.home
	if t.customer != nil {
		own = t.customer.party.currency
	}
	switch {
	case cur == "" && c.multi && ch.kind.name != "Transfer":
		return faultMissing("CurrencyRef")
	case cur == "":
		cur = own
	case cur != c.home && !c.multi:
		return faultBusiness("Multi Currency should be enabled to perform this operation.")
	case t.customer != nil && cur != own:
		return faultBusiness("The currency of the transaction is not the currency of the customer.")
	}
	t.currency = cur
	d.setRef("CurrencyRef", cur, currencyName(cur))
	if raw := d.get("ExchangeRate"); raw != nil && cur != c.home {
		r, err := parseRate(raw)
		if err != nil {
			return faultNumber("ExchangeRate", err)
		}
		t.rate = r
	}
	if c.multi {
		d.set("ExchangeRate", []byte(orDefault(string(t.rate), "1")))
	}
	return nil
}

// salesLines checks and numbers the lines, appends the subtotal and sums up.
func (ch *change) salesLines() *Fault {
	d, t := ch.doc, ch.txn
	var kept []*document
	var sub, discount amount
	next := nextLineID(d.list("Line"))
	for _, line := range d.list("Line") {
		typ := line.str("DetailType")
		if typ == "" {
			return faultMissing("Line.DetailType")
		}
		if typ == "SubTotalLineDetail" {
			continue
		}
		amt, fault := ch.salesLine(line, typ, sub)
		if fault != nil {
			return fault
		}
		if typ == "DiscountLineDetail" {
			discount += amt
		} else {
			sub += amt
		}
		kept = append(kept, line)
		if !line.has("Id") {
			line.setStr("Id", strconv.Itoa(next))
			next++
		}
		line.set("LineNum", []byte(strconv.Itoa(len(kept))))
	}
	if len(kept) == 0 {
		return faultMissing("Line")
	}
	total := &document{}
	total.setAmount("Amount", sub)
	total.setStr("DetailType", "SubTotalLineDetail")
	total.set("SubTotalLineDetail", []byte("{}"))
	d.set("Line", joinArray(append(kept, total)))
	tax, fault := ch.tax()
	if fault != nil {
		return fault
	}
	t.total = (sub - discount + tax).cents()
	if t.total < 0 {
		return faultBusiness("Transaction amount must be 0 or greater.")
	}
	d.setAmount("TotalAmt", t.total)
	if ch.c.multi {
		d.setAmount("HomeTotalAmt", t.rate.home(t.total))
	}
	return nil
}

func nextLineID(lines []*document) int {
	next := 1
	for _, l := range lines {
		if n, err := strconv.Atoi(l.str("Id")); err == nil && n >= next {
			next = n + 1
		}
	}
	return next
}

func (ch *change) salesLine(line *document, typ string, sub amount) (amount, *Fault) {
	switch typ {
	case "DescriptionOnly":
		return 0, nil
	case "DiscountLineDetail":
		return ch.discountLine(line, sub)
	case "SalesItemLineDetail", "GroupLineDetail":
	default:
		return 0, faultEnum("Line.DetailType", typ)
	}
	if !line.has("Amount") {
		return 0, faultMissing("Line.Amount")
	}
	amt, err := line.amount("Amount")
	if err != nil {
		return 0, faultNumber("Line.Amount", err)
	}
	if typ == "SalesItemLineDetail" {
		return amt, ch.itemDetail(line)
	}
	return amt, nil
}

func (ch *change) discountLine(line *document, sub amount) (amount, *Fault) {
	detail := line.sub("DiscountLineDetail")
	if detail.isTrue("PercentBased") && !line.has("Amount") {
		pct, err := decimal.NewFromString(detail.str("DiscountPercent"))
		if err != nil {
			return 0, faultNumber("DiscountPercent", err)
		}
		a, err := amountOf(sub.decimal().Mul(pct).Shift(-2).Round(2))
		if err != nil {
			return 0, faultNumber("DiscountPercent", err)
		}
		line.setAmount("Amount", a)
		return a, nil
	}
	a, err := line.amount("Amount")
	if err != nil {
		return 0, faultNumber("Line.Amount", err)
	}
	return a, nil
}

// itemDetail resolves the item and writes the income account it books to.
func (ch *change) itemDetail(line *document) *Fault {
	c := ch.c
	detail := line.sub("SalesItemLineDetail")
	id, _ := detail.ref("ItemRef")
	if id == "" {
		id = c.settings().defaultItem
	}
	o := c.find("Item", id)
	switch {
	case o == nil && id != "" && detail.has("ItemRef") && id != "SHIPPING_ITEM_ID":
		return faultReference("ItemRef", "Items", id)
	case o != nil && !o.active:
		return faultNotFound()
	case o != nil:
		detail.setRef("ItemRef", o.id, o.name)
		if acct := c.find("Account", o.item.income); acct != nil {
			detail.setRef("ItemAccountRef", acct.id, acct.name)
		}
	}
	detail.setDefault("TaxCodeRef", []byte(`{"value":"NON"}`))
	line.set("SalesItemLineDetail", detail.bytes())
	line.setDefault("CustomExtensions", []byte("[]"))
	return nil
}

// tax is the total the client gives: automated sales tax is not imitated.
func (ch *change) tax() (amount, *Fault) {
	detail := ch.doc.sub("TxnTaxDetail")
	total, err := detail.amount("TotalTax")
	if err != nil {
		return 0, faultNumber("TxnTaxDetail.TotalTax", err)
	}
	if !detail.has("TotalTax") {
		for _, l := range detail.list("TaxLine") {
			a, err := l.amount("Amount")
			if err != nil {
				return 0, faultNumber("TxnTaxDetail.TaxLine.Amount", err)
			}
			total += a
		}
		detail.setAmount("TotalTax", total)
	}
	ch.doc.set("TxnTaxDetail", detail.bytes())
	return total, nil
}

// formDeposit is money taken on the invoice form itself; it lowers the balance
// without a Payment.
func (ch *change) formDeposit() *Fault {
	dep, err := ch.doc.amount("Deposit")
	if err != nil {
		return faultNumber("Deposit", err)
	}
	if dep < 0 || dep > ch.txn.total {
		return faultBusiness("The deposit must be between 0 and the total of the invoice.")
	}
	return nil
}

// depositAccount settles where money of a receipt goes or a refund comes from.
func (ch *change) depositAccount(required bool) *Fault {
	c, d := ch.c, ch.doc
	acct, fault := c.accountRef(d, "DepositToAccountRef", "DepositToAccountRef")
	switch {
	case fault != nil:
		return fault
	case acct == nil && required:
		return faultMissing("DepositToAccountRef")
	case acct == nil:
		acct = c.undeposited()
	}
	if !acct.account.isMoney() {
		return faultBusiness("The account to deposit to must be a bank or other current asset account.")
	}
	if cur := acct.account.currency; cur != c.home && cur != ch.txn.currency {
		return faultBusiness("The currency of the account is neither the home currency nor that of the transaction.")
	}
	d.setRef("DepositToAccountRef", acct.id, acct.name)
	return nil
}

// salesDefaults fills what the vendor fills on create (recorded answers).
func (ch *change) salesDefaults() {
	d, c, t := ch.doc, ch.c, ch.txn
	if !d.has("DocNumber") && ch.old == nil && !c.settings().customNumbers {
		d.setStr("DocNumber", c.nextDocNumber())
	}
	d.setDefault("CustomField", []byte("[]"))
	d.setDefault("ApplyTaxAfterDiscount", []byte("false"))
	d.setDefault("PrintStatus", []byte(`"NeedToPrint"`))
	d.setDefault("EmailStatus", []byte(`"NotSet"`))
	ch.addresses()
	switch ch.kind.name {
	case "Invoice":
		t.sign, t.open = 1, t.total-ch.deposited()
		for _, f := range []string{"AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"} {
			d.setDefault(f, []byte("false"))
		}
		d.setDefault("LinkedTxn", []byte("[]"))
		ch.dueDate()
		d.setAmount("Balance", t.open)
		if c.multi {
			d.setAmount("HomeBalance", t.rate.home(t.open))
		}
	case "CreditMemo":
		t.sign, t.open = -1, t.total
		d.setAmount("RemainingCredit", t.open)
		d.setAmount("Balance", t.open)
	default:
		d.setDefault("Balance", []byte("0"))
	}
}

func (ch *change) deposited() amount {
	dep, err := ch.doc.amount("Deposit")
	if err != nil {
		return 0
	}
	return dep
}

// addresses are copied from the customer and the company.
func (ch *change) addresses() {
	if ch.txn.customer != nil {
		cust := splitObject(ch.txn.customer.raw)
		for _, f := range []string{"BillAddr", "ShipAddr"} {
			if raw := cust.get(f); raw != nil {
				ch.doc.setDefault(f, raw)
			}
		}
	}
	ch.doc.setDefault("FreeFormAddress", []byte("true"))
	if raw := ch.c.settings().address; raw != nil {
		ch.doc.setDefault("ShipFromAddr", raw)
	}
}

// dueDate defaults from the terms of the form, else of the customer.
func (ch *change) dueDate() {
	d, c, t := ch.doc, ch.c, ch.txn
	id, _ := d.ref("SalesTermRef")
	if id == "" && t.customer != nil && ch.old == nil {
		id = t.customer.party.term
	}
	days := defaultTermDays
	if term := c.find("Term", id); term != nil {
		td := splitObject(term.raw)
		d.setRef("SalesTermRef", term.id, term.name)
		if n, err := strconv.Atoi(td.str("DueDays")); err == nil {
			days = n
		}
	}
	if !d.has("DueDate") {
		date, err := time.Parse(time.DateOnly, t.date)
		if err == nil {
			d.setStr("DueDate", date.AddDate(0, 0, days).Format(time.DateOnly))
		}
	}
	t.due = d.str("DueDate")
}

// nextDocNumber gives invoices, credit memos and receipts numbers of one
// sequence, as in the recorded company.
func (c *Company) nextDocNumber() string {
	c.docNo++
	return strconv.FormatInt(c.docNo, 10)
}

// sale books a sales form: the total to receivables or to the money account,
// against income line by line, discounts and tax.
func (p *poster) sale(d *document, sign amount, receivable *object) {
	c, t := p.c, p.t
	money := receivable
	if receivable == nil {
		id, _ := d.ref("DepositToAccountRef")
		money = c.find("Account", id)
		if money == nil {
			money = c.undeposited()
		}
	}
	total := t.total
	if dep, err := d.amount("Deposit"); receivable != nil && err == nil && dep != 0 {
		id, _ := d.ref("DepositToAccountRef")
		to := c.find("Account", id)
		if to == nil {
			to = c.undeposited()
		}
		p.post(to, dep)
		total -= dep
	}
	p.post(money, sign*total)
	if receivable != nil {
		p.party(t.debtor(), sign*total)
	}
	rest := t.total
	for _, line := range d.list("Line") {
		acct, amt := p.saleLine(line)
		p.post(acct, -sign*amt)
		rest -= amt
	}
	if tax, err := d.sub("TxnTaxDetail").amount("TotalTax"); err == nil && tax != 0 {
		p.post(c.taxAccount(), -sign*tax)
		rest -= tax
	}
	// Fractions of a cent of the lines, lost in the rounded total.
	p.post(c.incomeAccount(), -sign*rest)
}

func (p *poster) saleLine(line *document) (*object, amount) {
	amt, err := line.amount("Amount")
	if err != nil {
		return nil, 0
	}
	c := p.c
	switch line.str("DetailType") {
	case "SalesItemLineDetail":
		id, _ := line.sub("SalesItemLineDetail").ref("ItemAccountRef")
		if acct := c.find("Account", id); acct != nil {
			return acct, amt
		}
		itemID, _ := line.sub("SalesItemLineDetail").ref("ItemRef")
		if it := c.find("Item", itemID); it != nil {
			if acct := c.find("Account", it.item.income); acct != nil {
				return acct, amt
			}
		}
		return c.incomeAccount(), amt
	case "GroupLineDetail":
		return c.incomeAccount(), amt
	case "DiscountLineDetail":
		id, _ := line.sub("DiscountLineDetail").ref("DiscountAccountRef")
		if acct := c.find("Account", id); acct != nil {
			return acct, -amt
		}
		return c.discountAccount(), -amt
	}
	return nil, 0
}
