package quickbooks

import (
	"slices"
	"strings"
)

// voidedNote is what the vendor puts before the private note of a voided
// document; there is no status field.
const voidedNote = "Voided"

// void sets a transaction to zero and keeps it. What payments had applied to
// it becomes unapplied money of theirs.
func (c *Company) void(entity string, body []byte) ([]byte, *Fault) {
	if k := c.kinds[strings.ToLower(entity)]; k != nil && k.void == noVoid {
		return nil, faultUnsupported("Operation void is not supported for " + k.name)
	}
	o, fault := c.leaving(entity, body)
	if fault != nil {
		return nil, fault
	}
	c.withdraw(o)
	t := o.txn
	d := splitObject(o.text(c.zone))
	d.set("Line", voidedLines(o.kind.name, d.list("Line")))
	d.setAmount("TotalAmt", 0)
	for _, f := range []string{"HomeTotalAmt", "Balance", "HomeBalance", "RemainingCredit", "UnappliedAmt", "Deposit"} {
		if d.has(f) {
			d.setAmount(f, 0)
		}
	}
	if d.has("TxnTaxDetail") {
		d.set("TxnTaxDetail", []byte(`{"TotalTax":0}`))
	}
	note := voidedNote
	if old := d.str("PrivateNote"); old != "" {
		note += " - " + old
	}
	d.setStr("PrivateNote", note)
	t.void, t.total, t.open, t.unapplied = true, 0, 0, 0
	t.effect = &effect{}
	o.raw, o.dirty = d.bytes(), true
	c.bump(o)
	c.tell(o, opVoided)
	return c.shown(o), nil
}

// voidedLines: a payment loses its lines, a form keeps them with amounts,
// quantities and prices of 0 (recorded answers).
func voidedLines(kind string, lines []*document) []byte {
	if kind == "Payment" {
		return []byte("[]")
	}
	for _, line := range lines {
		line.setAmount("Amount", 0)
		detail := line.sub("SalesItemLineDetail")
		for _, f := range []string{"UnitPrice", "Qty"} {
			if detail.has(f) {
				detail.setAmount(f, 0)
			}
		}
		if line.has("SalesItemLineDetail") {
			line.set("SalesItemLineDetail", detail.bytes())
		}
	}
	return joinArray(lines)
}

// remove deletes a transaction for good; only change data capture still
// tells of it.
func (c *Company) remove(entity string, body []byte) ([]byte, *Fault) {
	o, fault := c.leaving(entity, body)
	if fault != nil {
		return nil, fault
	}
	if o.txn != nil {
		c.withdraw(o)
	}
	c.shelf(o.kind.name).remove(o, c.now())
	c.tell(o, opDeleted)
	d := &document{}
	d.setStr("domain", "QBO")
	d.setStr("status", "Deleted")
	d.setStr("Id", o.id)
	return d.bytes(), nil
}

// leaving checks what void and delete have in common.
func (c *Company) leaving(entity string, body []byte) (*object, *Fault) {
	k, req, fault := c.request(entity, body)
	if fault != nil {
		return nil, fault
	}
	if !k.txn && !k.removable {
		return nil, faultUnsupported("Operation delete is not supported for " + k.name + "; set Active to false")
	}
	o, fault := c.target(k, req)
	if fault != nil || o.txn == nil {
		return o, fault
	}
	if o.txn.deposit != nil {
		return nil, faultDeposited()
	}
	if o.txn.settled > 0 {
		return nil, faultBusiness("The transaction is settled by others that are not in this company's recording.")
	}
	ch := &change{c: c, kind: k}
	return o, ch.closed(o.txn.date)
}

// withdraw takes a transaction out of the books: payments that settle it are
// released first, then its own effects and links go.
func (c *Company) withdraw(o *object) {
	for _, p := range slices.Clone(o.txn.appliedBy) {
		c.release(p, o, -1)
	}
	c.retract(o)
	before := *o.txn
	o.txn.applies, o.txn.deposited = nil, nil
	c.stirMoved(before.effect)
	c.unlink(o, &before)
	for _, a := range before.applies {
		c.touch(a.target)
	}
}
