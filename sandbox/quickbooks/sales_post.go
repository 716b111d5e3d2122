package quickbooks

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
	for line := range elements(d.get("Line")) {
		acct, amt := p.saleLine(line)
		p.post(acct, -sign*amt)
		rest -= amt
	}
	if tax, err := amountIn(d.get("TxnTaxDetail"), "TotalTax"); err == nil && tax != 0 {
		p.post(c.taxAccount(), -sign*tax)
		rest -= tax
	}
	// Fractions of a cent of the lines, lost in the rounded total.
	p.post(c.incomeAccount(), -sign*rest)
}

func (p *poster) saleLine(line []byte) (*object, amount) {
	amt, err := amountIn(line, "Amount")
	if err != nil {
		return nil, 0
	}
	c := p.c
	switch textOf(member(line, "DetailType")) {
	case "SalesItemLineDetail":
		detail := member(line, "SalesItemLineDetail")
		id := textOf(member(member(detail, "ItemAccountRef"), "value"))
		if acct := c.find("Account", id); acct != nil {
			return acct, amt
		}
		itemID := textOf(member(member(detail, "ItemRef"), "value"))
		if it := c.find("Item", itemID); it != nil {
			if acct := c.find("Account", it.item.income); acct != nil {
				return acct, amt
			}
		}
		return c.incomeAccount(), amt
	case "GroupLineDetail":
		return c.incomeAccount(), amt
	case "DiscountLineDetail":
		id := textOf(member(member(member(line, "DiscountLineDetail"), "DiscountAccountRef"), "value"))
		if acct := c.find("Account", id); acct != nil {
			return acct, -amt
		}
		return c.discountAccount(), -amt
	}
	return nil, 0
}
