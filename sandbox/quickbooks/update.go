package quickbooks

// moneyFields move money; a sparse update that names none of them leaves
// totals, links and postings of a document untouched, recorded ones included.
var moneyFields = []string{
	"Line", "TxnTaxDetail", "TotalAmt", "CustomerRef", "CurrencyRef", "ExchangeRate", "DepositToAccountRef", "AccountRef",
	"Deposit", "DiscountRate", "DiscountAmt", "ARAccountRef", "CashBack", "FromAccountRef", "ToAccountRef", "Amount",
	"PaymentType", "Credit", "EntityRef", "GlobalTaxCalculation",
}

func (c *Company) update(entity string, body []byte) ([]byte, *Fault) {
	k, req, fault := c.request(entity, body)
	if fault != nil {
		return nil, fault
	}
	old, fault := c.target(k, req)
	if fault != nil {
		return nil, fault
	}
	ch := &change{c: c, kind: k, old: old, req: req, doc: merged(k, old, req, c)}
	if k.txn {
		return ch.updateTxn()
	}
	if fault := ch.prepare(); fault != nil {
		return nil, fault
	}
	ch.replace()
	return c.shown(old), nil
}

// merged is the document after the request: sparse keeps the rest, a full
// update clears every omitted writable property (Intuit docs: full and sparse
// update); values sent for read-only properties are ignored.
func merged(k *kind, old *object, req *document, c *Company) *document {
	before := splitObject(old.text(c.zone))
	sparse := req.isTrue("sparse")
	doc := &document{}
	for _, f := range before.fields {
		if sparse || keptOnFullUpdate(k, f.name) {
			doc.fields = append(doc.fields, f)
		}
	}
	for _, f := range req.fields {
		if contains(k.readOnly, f.name) || f.name == "Id" || f.name == "SyncToken" {
			continue
		}
		if string(f.raw) == "null" && (f.name == "CurrencyRef" || f.name == "Active") {
			continue // they cannot be unset
		}
		if k.name == "Preferences" && sparse {
			f.raw = mergedObject(doc.get(f.name), f.raw)
		}
		doc.set(f.name, f.raw)
	}
	doc.dropNulls()
	return doc
}

// mergedObject merges one level deeper: preferences come in sections.
func mergedObject(old, in []byte) []byte {
	if len(old) == 0 || old[0] != '{' || len(in) == 0 || in[0] != '{' {
		return in
	}
	d := splitObject(old)
	for _, f := range splitObject(in).fields {
		d.set(f.name, f.raw)
	}
	return d.bytes()
}

// keptOnFullUpdate are read-only properties, and those that cannot be unset.
func keptOnFullUpdate(k *kind, name string) bool {
	switch name {
	case "Id", "SyncToken", "domain", "sparse", "MetaData", "CurrencyRef", "DocNumber", "Active":
		return true
	}
	return contains(k.readOnly, name)
}

func (ch *change) updateTxn() ([]byte, *Fault) {
	c, old := ch.c, ch.old
	if old.txn.deposit != nil {
		return nil, faultDeposited()
	}
	if fault := ch.closed(old.txn.date, ch.doc.str("TxnDate")); fault != nil {
		return nil, fault
	}
	if ch.kind.name == "Payment" && ch.changesTotalSparsely() {
		return nil, faultMissing("TotalAmt")
	}
	if ch.req.isTrue("sparse") && !ch.movesMoney() {
		return ch.updateSoft()
	}
	before := old.txn
	c.retract(old)
	if fault := ch.prepareAgain(before); fault != nil {
		c.restore(old)
		return nil, fault
	}
	ch.carryOver(before)
	ch.replace()
	c.stirMoved(before.effect)
	c.unlink(old, before)
	c.apply(old)
	c.touchChanged(before.applies, old.txn.applies)
	c.settleExcess(old)
	return c.shown(old), nil
}

// prepareAgain runs the rules of the kind on the changed document. A document
// that payments settle stays with its customer and currency.
func (ch *change) prepareAgain(before *txn) *Fault {
	if fault := ch.prepare(); fault != nil {
		return fault
	}
	t := ch.txn
	if before.settled > t.open {
		return faultBusiness("The transaction is settled by others that are not in this company's recording.")
	}
	if len(before.appliedBy)+int(before.settled) > 0 && (t.customer != before.customer || t.currency != before.currency) {
		return faultBusiness("The customer or currency of a transaction that is linked to payments cannot be changed.")
	}
	if len(before.appliedBy) > 0 && t.sign != before.sign && t.sign != 0 {
		return faultBusiness("A debit that payments settle cannot become a credit, nor the other way round.")
	}
	return nil
}

// changesTotalSparsely reports what the API refuses: TotalAmt of a Payment
// needs a full update (observed on the sandbox: "Required param missing").
func (ch *change) changesTotalSparsely() bool {
	if !ch.req.isTrue("sparse") || !ch.req.has("TotalAmt") {
		return false
	}
	sent, err := ch.req.amount("TotalAmt")
	return err != nil || sent != ch.old.txn.total
}

func (ch *change) movesMoney() bool {
	for _, f := range ch.req.fields {
		if contains(moneyFields, f.name) {
			return true
		}
	}
	return false
}

// updateSoft keeps the typed state but for dates and number.
func (ch *change) updateSoft() ([]byte, *Fault) {
	keep := *ch.old.txn
	if fault := ch.dates(); fault != nil {
		return nil, fault
	}
	if fault := ch.mails(); fault != nil {
		return nil, fault
	}
	switch ch.kind.name {
	case "Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt", "Estimate", "JournalEntry":
		if fault := ch.uniqueNumber(); fault != nil {
			return nil, fault
		}
	}
	keep.date, keep.due, keep.number = ch.txn.date, ch.txn.due, ch.doc.str("DocNumber")
	if ch.kind.name == "Payment" {
		keep.number = ch.doc.str("PaymentRefNum")
	}
	ch.txn = &keep
	ch.replace()
	return ch.c.shown(ch.old), nil
}

// carryOver keeps what others hold on this transaction: payments that settle
// it and its links.
func (ch *change) carryOver(before *txn) {
	t := ch.txn
	t.appliedBy, t.links, t.settled = before.appliedBy, before.links, before.settled
	t.open -= t.settled
	for _, p := range before.appliedBy {
		for _, a := range p.txn.applies {
			if a.target == ch.old {
				t.open -= a.amt
			}
		}
	}
}

// replace writes the prepared state over the old object, one version up.
func (ch *change) replace() {
	o := ch.old
	s := ch.c.shelf(ch.kind.name)
	s.dropNumber(o)
	s.dropName(o)
	ch.doc.setBool("sparse", false)
	ch.assign(o)
	s.addNumber(o)
	s.addName(o)
	ch.c.touch(o)
}

// touchChanged bumps the targets whose applied amount is not what it was.
func (c *Company) touchChanged(before, after []application) {
	net := map[*object]amount{}
	var order []*object
	note := func(list []application, sign amount) {
		for _, a := range list {
			if _, seen := net[a.target]; !seen {
				order = append(order, a.target)
			}
			net[a.target] += sign * a.amt
		}
	}
	note(before, -1)
	note(after, 1)
	for _, target := range order {
		if net[target] != 0 {
			c.touch(target)
		}
	}
}
