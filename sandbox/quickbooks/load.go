package quickbooks

import (
	"fmt"
	"strconv"
	"time"
)

// Load puts recorded objects in as they are: ids, versions, balances and
// unknown properties kept, no bookkeeping done. The recorded balances contain
// it already. Entities may come in any order; FinishLoad joins them.
func (c *Company) Load(entity string, bodies [][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing()
	k, fault := c.kindOf(entity)
	if fault != nil {
		return fmt.Errorf("quickbooks: load %s: %w", entity, fault)
	}
	for i, body := range bodies {
		if err := c.loadOne(k, body); err != nil {
			return fmt.Errorf("quickbooks: load %s %d of %d: %w", k.name, i+1, len(bodies), err)
		}
	}
	c.prefs = nil
	return nil
}

func (c *Company) loadOne(k *kind, body []byte) error {
	d, err := parseDocument(body)
	if err != nil {
		return err
	}
	id := d.str("Id")
	if id == "" {
		return fmt.Errorf("no Id")
	}
	if c.find(k.name, id) != nil || k.single && c.single(k.name) != nil {
		return fmt.Errorf("id %s is there already", id)
	}
	o := &object{kind: k, id: id, active: d.str("Active") != "false"}
	if token := d.str("SyncToken"); token != "" {
		if o.token, err = strconv.ParseInt(token, 10, 64); err != nil {
			return fmt.Errorf("id %s: SyncToken: %w", id, err)
		}
	}
	meta := d.sub("MetaData")
	o.created = c.recordedTime(meta.str("CreateTime"), c.now())
	o.updated = c.recordedTime(meta.str("LastUpdatedTime"), o.created)
	if err := c.loadState(o, d); err != nil {
		return fmt.Errorf("id %s: %w", id, err)
	}
	// Compact and own the bytes: the caller may reuse its buffer.
	o.raw = append([]byte(nil), d.bytes()...)
	c.seenID(k.idSpace, id)
	c.shelf(k.name).add(o)
	return nil
}

func (c *Company) recordedTime(text string, def int64) int64 {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.Unix()
	}
	return def
}

// loadState fills the typed part from the recorded text.
func (c *Company) loadState(o *object, d *document) error {
	var err error
	number := func(field string) amount {
		a, e := d.amount(field)
		if e != nil && err == nil {
			err = fmt.Errorf("%s: %w", field, e)
		}
		return a
	}
	currency, _ := d.ref("CurrencyRef")
	switch o.kind.name {
	case "Customer":
		o.name = d.str("DisplayName")
		o.party = &party{
			currency: orDefault(currency, c.home), billWithParent: d.isTrue("BillWithParent"),
			balance: number("Balance"), withJobs: number("BalanceWithJobs"),
		}
		o.party.term, _ = d.ref("SalesTermRef")
	case "Vendor", "Employee":
		o.name = d.str("DisplayName")
	case "Account":
		o.name = orDefault(d.str("FullyQualifiedName"), d.str("Name"))
		o.account = &account{
			typ: d.str("AccountType"), subType: d.str("AccountSubType"), currency: orDefault(currency, c.home),
			balance: number("CurrentBalance"), withSubs: number("CurrentBalanceWithSubAccounts"), home: number("CurrentBalance"),
		}
	case "Class", "Department":
		o.name = orDefault(d.str("FullyQualifiedName"), d.str("Name"))
	case "TaxAgency":
		o.name = d.str("DisplayName")
	case "TaxCode", "TaxRate", "CompanyCurrency":
		o.name = d.str("Name")
	case "Item":
		o.name, o.item = orDefault(d.str("FullyQualifiedName"), d.str("Name")), readItem(d)
	case "Term", "PaymentMethod":
		o.name = d.str("Name")
	default:
		if o.kind.txn {
			return c.loadTxn(o, d, orDefault(currency, c.home))
		}
	}
	return err
}

func (c *Company) loadTxn(o *object, d *document, currency string) error {
	t := &txn{
		date: d.str("TxnDate"), due: d.str("DueDate"), number: d.str(o.kind.numberField()), currency: currency,
		links: readLinks(d.list("LinkedTxn")),
	}
	o.txn = t
	if raw := d.get("ExchangeRate"); raw != nil {
		r, err := parseRate(raw)
		if err != nil {
			return err
		}
		t.rate = r
	}
	field := "TotalAmt"
	if o.kind.name == "Transfer" {
		field = "Amount"
	}
	var err error
	if t.total, err = d.amount(field); err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	switch o.kind.name {
	case "Invoice":
		t.sign = 1
		t.open, err = d.amount("Balance")
	case "CreditMemo":
		t.sign = -1
		t.open, err = d.amount("RemainingCredit")
	case "Payment":
		t.unapplied, err = d.amount("UnappliedAmt")
	}
	if err != nil {
		return err
	}
	t.void = t.total == 0 && len(d.str("PrivateNote")) >= len(voidedNote) && d.str("PrivateNote")[:len(voidedNote)] == voidedNote
	if n, err := strconv.ParseInt(d.str("DocNumber"), 10, 64); err == nil && n > c.docNo && n < 1<<40 && numbered(o.kind.name) {
		c.docNo = n
	}
	return nil
}

// numbered kinds share the automatic number sequence.
func numbered(kind string) bool {
	switch kind {
	case "Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt", "Estimate":
		return true
	}
	return false
}
