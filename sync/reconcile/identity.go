package reconcile

import (
	"slices"

	"tieout/mapping"
)

// payersOf are the ledger customers that a movement's payer may be. More than
// one is an open question; none is an unknown payer.
func (w *world) payersOf(m Movement) []string {
	ids, _ := w.identify(m)
	return ids
}

// identify finds the payer and says by what evidence: a stored join, the
// ledger's id in metadata, the e-mail address, the name. Customers of one family
// who share the address count as one: the parent stands for them. Customers of
// whom a person has said that they are somebody else are never found.
func (w *world) identify(m Movement) (customers []string, evidence string) {
	if ids := w.byPayer[payerOf(m)]; len(ids) > 0 && payerOf(m) != "" {
		return ids, "the Stripe customer " + payerOf(m) + " is joined to it"
	}
	for _, id := range namedCustomers(m) {
		if _, ok := w.customers[id]; ok && len(w.notApart(m, []string{id})) > 0 {
			return []string{id}, "the payment's metadata names the ledger's customer"
		}
	}
	if ids := w.notApart(m, w.byEmail[emailOf(m)]); len(ids) > 0 && emailOf(m) != "" {
		if one, ok := w.oneFamily(ids); ok {
			return []string{one}, "the payer's e-mail address is the customer's"
		}
		return ids, "several customers have the payer's e-mail address"
	}
	key := mapping.NameKey(nameOf(m))
	if ids := w.notApart(m, w.byName[key]); key != "" && len(ids) == 1 {
		return ids, "the payer's name is the customer's, and no other's"
	} else if key != "" && len(ids) > 1 {
		return ids, "several customers have the payer's name"
	}
	return nil, ""
}

// notApart leaves out the customers that a person has taken the payer apart
// from.
func (w *world) notApart(m Movement, ids []string) []string {
	p := payerOf(m)
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return p != "" && slices.Contains(w.customers[id].Apart, p) })
}

// namedCustomers are the ledger customers that the metadata of a payment or of
// its payer names under our own key. Other programs' keys are not read: their
// numbers are not the ledger's, even where they look alike.
func namedCustomers(m Movement) []string {
	places := metadataOf(m)
	if m.Payer != nil {
		places = append(places, m.Payer.Metadata)
	}
	var ids []string
	for _, place := range places {
		ids = add(ids, place[metaCustomer])
	}
	return ids
}

// oneFamily says whether all customers are one and its sub-customers, and
// gives the one above them.
func (w *world) oneFamily(ids []string) (string, bool) {
	root := w.root(ids[0])
	for _, id := range ids[1:] {
		if w.root(id) != root {
			return "", false
		}
	}
	if len(ids) == 1 {
		return ids[0], true
	}
	return root, true
}

// maxParents bounds the climb from a sub-customer: ledgers allow five levels.
const maxParents = 8

func (w *world) root(id string) string {
	for range maxParents {
		c, ok := w.customers[id]
		if !ok || c.ParentID == "" {
			return id
		}
		id = c.ParentID
	}
	return id
}

// family is a customer with all below it, in id order.
func (w *world) family(id string) []string {
	ids := []string{id}
	for other := range w.customers {
		if other != id && w.under(other, id) {
			ids = append(ids, other)
		}
	}
	slices.Sort(ids[1:])
	return ids
}

func (w *world) under(id, ancestor string) bool {
	for range maxParents {
		c, ok := w.customers[id]
		if !ok || c.ParentID == "" {
			return false
		}
		if id = c.ParentID; id == ancestor {
			return true
		}
	}
	return false
}

// sameFamily says whether two customers are one, or one above the other.
func (w *world) sameFamily(a, b string) bool { return w.root(a) == w.root(b) }
