package quickbooks

import (
	"fmt"
	"slices"
)

// Merge joins two customers or vendors as a user does in QuickBooks: the loser's
// id disappears and its transactions move to the winner (Intuit docs:
// customer, merge). There is no operation of the API for it.
func (c *Company) Merge(entity, winner, loser string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing()
	k, fault := c.kindOf(entity)
	if fault != nil {
		return fault
	}
	into, from := c.find(k.name, winner), c.find(k.name, loser)
	switch {
	case k.name != "Customer":
		return fmt.Errorf("quickbooks: merge %s: only customers can be merged here", k.name)
	case into == nil || from == nil || into == from:
		return fmt.Errorf("quickbooks: merge %s %s into %s: %w", k.name, loser, winner, faultNotFound())
	case into.party.currency != from.party.currency:
		return fmt.Errorf("quickbooks: merge %s %s into %s: %w", k.name, loser, winner, faultBusiness("Customers of different currencies cannot be merged."))
	case isBelow(into, from):
		return fmt.Errorf("quickbooks: merge %s %s into %s: %w", k.name, loser, winner, faultBusiness("A customer cannot be merged into its own job."))
	}
	c.moveDocuments(from, into)
	c.moveJobs(from, into)
	c.shelf(k.name).remove(from, c.now())
	c.bump(into)
	c.tell(into, opMerged)
	return nil
}

// isBelow reports that o is a job of top, at any depth.
func isBelow(o, top *object) bool {
	for up := o.party.parent; up != nil; up = up.party.parent {
		if up == top {
			return true
		}
	}
	return false
}

// moveDocuments gives a customer's transactions and their effects to another.
func (c *Company) moveDocuments(from, into *object) {
	for _, name := range entityNames {
		for _, o := range c.shelf(name).byIDs() {
			if o.txn == nil || o.txn.customer != from && o.txn.owner != from {
				continue
			}
			c.retract(o)
			c.effectOf(o).move(from, into)
			if o.txn.customer == from {
				o.txn.customer = into
			}
			if o.txn.owner == from {
				o.txn.owner = into
			}
			c.restore(o)
			o.raw = renamed(o.text(c.zone), from.id, into)
			c.touch(o)
		}
	}
	// What a recording left open without a document goes along.
	into.party.balance += from.party.balance
	into.party.withJobs += from.party.balance
	from.party.withJobs -= from.party.balance
	from.party.balance = 0
}

// move redirects the effect's moves of a customer's balance.
func (e *effect) move(from, into *object) {
	e.parties = slices.Clone(e.parties)
	for i := range e.parties {
		if e.parties[i].customer == from {
			e.parties[i].customer = into
		}
	}
}

// renamed replaces the references to a customer in a document.
func renamed(text []byte, id string, into *object) []byte {
	d := splitObject(text)
	if was, _ := d.ref("CustomerRef"); was == id {
		d.setRef("CustomerRef", into.id, into.name)
	}
	if entity := d.sub("EntityRef"); entity.str("value") == id && equalFold(entity.str("type"), "Customer") {
		entity.setStr("value", into.id)
		entity.setStr("name", into.name)
		d.set("EntityRef", entity.bytes())
	}
	return d.bytes()
}

// moveJobs hangs the loser's jobs below the winner.
func (c *Company) moveJobs(from, into *object) {
	for _, o := range c.shelf("Customer").byIDs() {
		if o.party.parent != from {
			continue
		}
		o.party.parent = into
		from.party.withJobs -= o.party.withJobs
		for up := into; up != nil; up = up.party.parent {
			up.party.withJobs += o.party.withJobs
		}
		d := splitObject(o.text(c.zone))
		d.setRef("ParentRef", into.id, into.name)
		d.setStr("FullyQualifiedName", into.name+":"+o.name)
		o.raw = d.bytes()
		c.touch(o)
	}
}
