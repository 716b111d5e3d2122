package quickbooks

import (
	"strconv"
	"strings"
	"time"
)

// defaultTermDays is the due date of an invoice without terms (recorded: no
// SalesTermRef, due thirty days after the transaction date).
const defaultTermDays = 30

// buildSales prepares Invoice, CreditMemo, SalesReceipt and RefundReceipt.
func buildSales(ch *change) *Fault {
	d, t, name := ch.doc, ch.txn, ch.kind.name
	if !hasObject(d.get("Line")) {
		return faultMissing("Line")
	}
	if fault := ch.customer(name == "Invoice" || name == "CreditMemo" || name == "Estimate"); fault != nil {
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
	if fault := ch.mails(); fault != nil {
		return fault
	}
	if fault := ch.uniqueNumber(); fault != nil {
		return fault
	}
	ch.salesDefaults()
	t.number = d.str("DocNumber")
	return nil
}

// mails checks the addresses of a form; one that is to be sent needs one
// (Intuit docs: invoice, EmailStatus).
func (ch *change) mails() *Fault {
	for _, f := range []string{"BillEmail", "BillEmailCc", "BillEmailBcc"} {
		if a := textOf(member(ch.doc.get(f), "Address")); a != "" && !isEmail(a) {
			return faultEmail(f+".Address", a)
		}
	}
	switch status := ch.doc.str("EmailStatus"); status {
	case "", "NotSet", "EmailSent":
	case "NeedToSend":
		if ch.doc.sub("BillEmail").str("Address") == "" {
			return faultMissing("BillEmail.Address")
		}
	default:
		return faultEnum("EmailStatus", status)
	}
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
// customer's, also when none is named (intuit/quickbooks-online-mcp-server
// issue 75; the entity pages call it required in such companies); the rate is 1 when it is left out, even for a foreign document
// (recorded behaviour: the day's rate is not filled in).
func (ch *change) money() *Fault {
	d, c, t := ch.doc, ch.c, ch.txn
	cur, _ := d.ref("CurrencyRef")
	own := c.home
	if t.customer != nil {
		own = t.customer.party.currency
	}
	switch {
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
	ch.number()
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
	case "Estimate":
		d.drop("Balance")
		d.setDefault("TxnStatus", []byte(`"Pending"`))
	default:
		d.setDefault("Balance", []byte("0"))
	}
}

// number gives a form its DocNumber: the client's, or the next of the sequence
// where the company does not number by hand ("AUTO_GENERATE" asks for it all
// the same: Finance.xsd, DocNumber).
func (ch *change) number() {
	d, c := ch.doc, ch.c
	auto := d.str("DocNumber") == "AUTO_GENERATE" || d.isTrue("AutoDocNumber")
	d.drop("AutoDocNumber")
	if auto || !d.has("DocNumber") && ch.old == nil && !c.settings().customNumbers {
		d.setStr("DocNumber", c.nextDocNumber())
	}
}

// uniqueNumber refuses a DocNumber that another document of the kind has,
// unless the client allows it (Intuit docs: invoice, DocNumber, and
// include=allowduplicatedocnum).
func (ch *change) uniqueNumber() *Fault {
	if ch.c.duplicates || !ch.req.has("DocNumber") {
		return nil
	}
	number := ch.req.str("DocNumber")
	for _, o := range ch.c.shelf(ch.kind.name).byNumber[strings.ToLower(number)] {
		if o != ch.old && (ch.old == nil || ch.old.txn.number != number) {
			return faultDuplicateNumber(number, spaced(ch.kind.name), o.id)
		}
	}
	return nil
}

// spaced is how the fault names a kind: "Journal Entry".
func spaced(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
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
		// Customers are long and mostly have neither: one walk looks for both.
		bill, ship := addressesIn(ch.txn.customer.raw)
		if bill != nil {
			ch.doc.setDefault("BillAddr", bill)
		}
		if ship != nil {
			ch.doc.setDefault("ShipAddr", ship)
		}
	}
	ch.doc.setDefault("FreeFormAddress", []byte("true"))
	if raw := ch.c.settings().address; raw != nil {
		ch.doc.setDefault("ShipFromAddr", raw)
	}
}

func addressesIn(customer []byte) (bill, ship []byte) {
	for name, value := range members(customer) {
		if value[0] != '{' {
			continue
		}
		switch string(name) {
		case "BillAddr":
			bill = value
		case "ShipAddr":
			ship = value
		}
	}
	return bill, ship
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
		d.setRef("SalesTermRef", term.id, term.name)
		if n, err := strconv.Atoi(textOf(member(term.raw, "DueDays"))); err == nil {
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
	for {
		c.docNo++
		number := strconv.FormatInt(c.docNo, 10)
		if !c.numberTaken(number) {
			return number
		}
	}
}

func (c *Company) numberTaken(number string) bool {
	for _, name := range []string{"Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt", "Estimate"} {
		if len(c.shelf(name).byNumber[number]) > 0 {
			return true
		}
	}
	return false
}
