package quickbooks

import "slices"

// effect is what a transaction does to the books: postings to accounts and
// moves of customers' balances. It is kept so that it can be taken back
// exactly, whatever has changed since.
type effect struct {
	posts   []post
	parties []partyMove
}

// post is a debit (positive) or credit of an account: in the account's own
// currency, and in home currency.
type post struct {
	account   *object
	amt, home amount
}

type partyMove struct {
	customer *object
	amt      amount
}

// poster collects the postings of one transaction.
type poster struct {
	c *Company
	t *txn
	e effect
}

// post debits an account with an amount in the transaction's currency. An
// account of another currency than the document's can only be a home account:
// it moves by the home amount.
func (p *poster) post(acct *object, amt amount) { p.postAt(acct, amt, p.t.rate) }

func (p *poster) postAt(acct *object, amt amount, r rate) {
	if acct == nil || amt == 0 {
		return
	}
	home := r.home(amt)
	own := amt
	if acct.account.currency != p.t.currency {
		own = home
	}
	p.e.posts = append(p.e.posts, post{acct, own, home})
}

func (p *poster) party(customer *object, amt amount) {
	if customer != nil && amt != 0 {
		p.e.parties = append(p.e.parties, partyMove{customer, amt})
	}
}

// finish books what conversion left over as exchange gain or loss, as the
// vendor does by itself when rates differ (known; see README).
func (p *poster) finish() *effect {
	var rest amount
	for _, x := range p.e.posts {
		rest += x.home
	}
	if rest != 0 && p.c.multi {
		p.e.posts = append(p.e.posts, post{p.c.exchangeAccount(), -rest, -rest})
	}
	return &p.e
}

// effectOf is the effect in force; that of a loaded document is derived from
// its text the first time it is needed.
func (c *Company) effectOf(o *object) *effect {
	if o.txn.effect == nil {
		o.txn.effect = c.newEffect(o, splitObject(o.raw))
	}
	return o.txn.effect
}

func (c *Company) newEffect(o *object, d *document) *effect {
	p := &poster{c: c, t: o.txn}
	if o.txn.void {
		return &p.e
	}
	switch o.kind.name {
	case "Invoice":
		p.sale(d, 1, c.receivable(o.txn.currency, d))
	case "CreditMemo":
		p.sale(d, -1, c.receivable(o.txn.currency, d))
	case "SalesReceipt":
		p.sale(d, 1, nil)
	case "RefundReceipt":
		p.sale(d, -1, nil)
	case "Payment":
		p.payment(d)
	case "Purchase":
		p.purchase(d)
	case "Transfer":
		p.transfer(d)
	case "Deposit":
		p.deposit(d)
	case "JournalEntry":
		p.journal(d)
	}
	return p.finish()
}

// apply lets the effects of a transaction loose: postings, customers, and what
// its lines settle.
func (c *Company) apply(o *object) {
	if o.txn == nil {
		return
	}
	c.move(o, 1)
	c.stirMoved(o.txn.effect)
	c.link(o)
}

func (c *Company) move(o *object, sign amount) {
	e := c.effectOf(o)
	for _, p := range e.posts {
		p.account.account.balance += sign * p.amt
		p.account.account.home += sign * p.home
		p.account.dirty = true
		for up := p.account; up != nil; up = up.account.parent {
			up.account.withSubs += sign * p.amt
			up.dirty = true
		}
	}
	for _, m := range e.parties {
		m.customer.party.balance += sign * m.amt
		m.customer.dirty = true
		for up := m.customer; up != nil; up = up.party.parent {
			up.party.withJobs += sign * m.amt
			up.dirty = true
		}
	}
	for _, a := range o.txn.applies {
		a.target.txn.open -= sign * a.amt
		a.target.dirty = true
	}
}

// stirMoved gives the accounts and customers of an effect the present time.
func (c *Company) stirMoved(e *effect) {
	for _, p := range e.posts {
		if p.account.account.carriesBalance() {
			c.stir(p.account)
		}
	}
	for _, m := range e.parties {
		for up := m.customer; up != nil; up = up.party.parent {
			c.stir(up)
		}
	}
}

// retract takes the effects back without a trace in times, versions or links,
// so that a refused update leaves nothing behind.
func (c *Company) retract(o *object) { c.move(o, -1) }

// restore undoes retract.
func (c *Company) restore(o *object) { c.move(o, 1) }

// link makes the objects that a transaction settles or holds point back at it.
func (c *Company) link(o *object) {
	for _, a := range o.txn.applies {
		t := a.target.txn
		if !containsObject(t.appliedBy, o) {
			t.appliedBy = append(t.appliedBy, o)
			t.links = addPaymentLink(t.links, o.id)
		}
		a.target.dirty = true
	}
	for _, held := range o.txn.deposited {
		held.txn.deposit = o
		held.txn.links = append(dropLink(held.txn.links, o.id, "Deposit"), txnLink{id: o.id, kind: "Deposit"})
		held.dirty = true
	}
}

// unlink removes the pointers of what o settled or held before and does no
// longer.
func (c *Company) unlink(o *object, before *txn) {
	for _, a := range before.applies {
		if settles(o.txn.applies, a.target) {
			continue
		}
		t := a.target.txn
		t.appliedBy = dropObject(t.appliedBy, o)
		t.links = dropLink(t.links, o.id, "Payment")
		a.target.dirty = true
	}
	for _, held := range before.deposited {
		if containsObject(o.txn.deposited, held) {
			continue
		}
		held.txn.deposit = nil
		held.txn.links = dropLink(held.txn.links, o.id, "Deposit")
		held.dirty = true
	}
}

func settles(list []application, target *object) bool {
	for _, a := range list {
		if a.target == target {
			return true
		}
	}
	return false
}

func containsObject(list []*object, o *object) bool {
	return slices.Contains(list, o)
}

func dropObject(list []*object, o *object) []*object {
	out := make([]*object, 0, len(list))
	for _, x := range list {
		if x != o {
			out = append(out, x)
		}
	}
	return out
}
