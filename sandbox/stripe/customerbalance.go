package stripe

// customerBalance is a movement of a customer's balance: negative amounts are
// credit for the customer (Stripe docs: api/customer_balance_transactions).
type customerBalance struct {
	head
	ID            string   `json:"id"`
	Object        string   `json:"object"`
	Amount        int64    `json:"amount"`
	Created       int64    `json:"created"`
	CreditNote    *string  `json:"credit_note"`
	Currency      string   `json:"currency"`
	Customer      string   `json:"customer"`
	Description   *string  `json:"description"`
	EndingBalance int64    `json:"ending_balance"`
	Invoice       *string  `json:"invoice"`
	Livemode      bool     `json:"livemode"`
	Metadata      metadata `json:"metadata"`
	Type          string   `json:"type"`
}

func (o *customerBalance) ident() string { return o.ID }
func (o *customerBalance) madeAt() int64 { return o.Created }

// balanceMove is what moves a balance.
type balanceMove struct {
	amount              int64
	currency, kind      string
	invoice, creditNote string
	description         *string
	metadata            metadata
	silent              bool // the customer's own event says it
}

// moveBalance books a movement and shows it on the customer and its drafts.
func (a *Account) moveBalance(owner *customer, m balanceMove, at int64) *customerBalance {
	before := body(owner)
	owner.Balance += m.amount
	if owner.Currency == nil {
		owner.Currency = opt(m.currency)
	}
	owner.touch()
	if m.metadata == nil {
		m.metadata = metadata{}
	}
	t := &customerBalance{
		ID: a.id("cbtxn"), Object: "customer_balance_transaction", Amount: m.amount, Created: at, CreditNote: opt(m.creditNote),
		Currency: m.currency, Customer: owner.ID, Description: m.description, EndingBalance: owner.Balance, Invoice: opt(m.invoice),
		Livemode: owner.Livemode, Metadata: m.metadata, Type: m.kind,
	}
	a.register(a.customerBalances, t, "customer="+owner.ID)
	a.showOnDrafts(owner)
	if !m.silent {
		a.emit(at, "customer.updated", owner, before)
	}
	return t
}

// showOnDrafts lets a customer's drafts follow the customer.
func (a *Account) showOnDrafts(owner *customer) {
	for _, o := range a.invoices.index["customer="+owner.ID] {
		if in := o.(*invoice); in.Status == "draft" {
			a.mirror(in, owner)
			a.refresh(in)
		}
	}
}

func (c *call) balanceOwner() (*customer, *Error) {
	return find[*customer](c.Account, c.customers, c.req.PathValue("customer"), "customer")
}

func (c *call) createBalance() *Error {
	owner, e := c.balanceOwner()
	if e != nil {
		return e
	}
	for _, name := range []string{"amount", "currency"} {
		if !c.has(name) {
			return missingParam(name)
		}
	}
	amount, e := c.integer("amount")
	if e != nil {
		return e
	}
	currency := lower(c.str("currency"))
	if _, ok := exponent(currency); !ok {
		return invalid("", "currency", "Invalid currency: %s", currency)
	}
	if owner.Currency != nil && *owner.Currency != currency {
		return invalid("", "currency", "You cannot combine currencies on a single customer. This customer has had a subscription, coupon, or invoice item with currency %s.", *owner.Currency)
	}
	m, e := c.merge("metadata", metadata{})
	if e != nil {
		return e
	}
	return c.answer(c.moveBalance(owner, balanceMove{
		amount: amount, currency: currency, kind: "adjustment", description: opt(c.str("description")), metadata: m,
	}, c.now))
}

func (c *call) balanceOf() (*customerBalance, *Error) {
	owner, e := c.balanceOwner()
	if e != nil {
		return nil, e
	}
	t, e := find[*customerBalance](c.Account, c.customerBalances, c.req.PathValue("id"), "transaction")
	if e == nil && t.Customer != owner.ID {
		e = missing("customer_balance_transaction", t.ID, "transaction")
	}
	return t, e
}

func (c *call) getBalanceMove() *Error {
	t, e := c.balanceOf()
	if e != nil {
		return e
	}
	return c.answer(t)
}

func (c *call) updateBalanceMove() *Error {
	t, e := c.balanceOf()
	if e != nil {
		return e
	}
	m, e := c.merge("metadata", t.Metadata)
	if e != nil {
		return e
	}
	t.Metadata = m
	if c.has("description") {
		t.Description = opt(c.str("description"))
	}
	t.touch()
	return c.answer(t)
}

func (c *call) listBalanceMoves() *Error {
	owner, e := c.balanceOwner()
	if e != nil {
		return e
	}
	return c.answerList(c.customerBalances, "/v1/customers/"+owner.ID+"/balance_transactions", "customer="+owner.ID, nil)
}
