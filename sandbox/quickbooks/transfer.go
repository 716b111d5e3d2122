package quickbooks

// buildTransfer prepares a transfer between two balance-sheet accounts. Both
// are in one currency, or one of them in home currency; anything else needs a
// journal (Intuit docs: manage multiple currencies).
func buildTransfer(ch *change) *Fault {
	d, t, c := ch.doc, ch.txn, ch.c
	var ends [2]*object
	for i, f := range []string{"FromAccountRef", "ToAccountRef"} {
		acct, fault := c.accountRef(d, f, f)
		switch {
		case fault != nil:
			return fault
		case acct == nil:
			return faultMissing(f)
		case !transferable(acct.account):
			return faultBusiness("Transfers are between balance sheet accounts other than receivables and payables.")
		}
		d.setRef(f, acct.id, acct.name)
		ends[i] = acct
	}
	from, to := ends[0].account.currency, ends[1].account.currency
	if ends[0] == ends[1] {
		return faultBusiness("You cannot transfer from and to the same account.")
	}
	if from != to && from != c.home && to != c.home {
		return faultBusiness("Transfers between two foreign currencies must be entered as a journal entry.")
	}
	if !d.has("CurrencyRef") {
		cur := from
		if cur == c.home {
			cur = to
		}
		d.setRef("CurrencyRef", cur, currencyName(cur))
	}
	if fault := ch.money(); fault != nil {
		return fault
	}
	if t.currency != from && t.currency != to {
		return faultBusiness("The currency of the transfer is that of neither account.")
	}
	if t.currency == c.home && (from != c.home || to != c.home) {
		return faultBusiness("The amount of a transfer that touches a foreign account is in that account's currency.")
	}
	if !d.has("Amount") {
		return faultMissing("Amount")
	}
	amt, err := d.amount("Amount")
	if err != nil || amt != amt.cents() {
		return faultNumber("Amount", errAmount)
	}
	if amt <= 0 {
		return faultBusiness("Transaction amount must be greater than 0.")
	}
	t.total = amt
	d.setAmount("Amount", amt)
	return nil
}

func transferable(a *account) bool {
	switch classification(a.typ) {
	case "Asset", "Liability", "Equity":
		return a.typ != "Accounts Receivable" && a.typ != "Accounts Payable"
	}
	return false
}

func (p *poster) transfer(d *document) {
	from, _ := d.ref("FromAccountRef")
	to, _ := d.ref("ToAccountRef")
	p.post(p.c.find("Account", to), p.t.total)
	p.post(p.c.find("Account", from), -p.t.total)
}
