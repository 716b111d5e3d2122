package quickbooks

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// missingPayment is a payment that recorded invoices name and no recorded list
// holds.
type missingPayment struct {
	id      string
	applies []application
}

// addMissingPayments makes the payments that the recorded invoices name and
// the recording leaves out, so that the company is a ledger that can be read:
// what is no longer open on an invoice was paid by a document. They are loaded,
// not booked: every recorded balance contains them already.
func (c *Company) addMissingPayments() error {
	missing := c.missingPayments()
	for _, id := range slices.SortedFunc(maps.Keys(missing), compareIDs) {
		raw := c.paymentFor(missing[id])
		if err := c.loadOne(c.kinds["payment"], raw); err != nil {
			return fmt.Errorf("quickbooks: payment %s that invoices name: %w", id, err)
		}
		made := c.find("Payment", id)
		made.dirty = true
		c.joinCustomer(made)
		c.joinPayment(made)
	}
	return nil
}

// missingPayments shares what each invoice leaves unexplained among the
// payments that it names and that are not there.
func (c *Company) missingPayments() map[string]*missingPayment {
	missing := map[string]*missingPayment{}
	for _, inv := range c.shelf("Invoice").byIDs() {
		var ids []string
		for _, l := range inv.txn.links {
			if l.kind == "Payment" && c.find("Payment", l.id) == nil && !slices.Contains(ids, l.id) {
				ids = append(ids, l.id)
			}
		}
		slices.SortFunc(ids, compareIDs)
		for i, share := range shares(unexplained(inv), len(ids)) {
			if share <= 0 {
				continue
			}
			p := missing[ids[i]]
			if p == nil {
				p = &missingPayment{id: ids[i]}
				missing[p.id] = p
			}
			p.applies = append(p.applies, application{inv, share})
		}
	}
	return missing
}

// shares splits a sum among n payments of which nothing but their ids is known:
// equal shares in whole units of the currency, the rest to the first. Whole
// units suit a currency without cents too; a sum below one unit for each is
// split in cents.
func shares(sum amount, n int) []amount {
	if n == 0 || sum <= 0 {
		return nil
	}
	unit := oneUnit
	if sum < unit*amount(n) {
		unit = centStep
	}
	each := sum / amount(n) / unit * unit
	out := make([]amount, n)
	for i := range out {
		out[i] = each
	}
	out[0] = sum - each*amount(n-1)
	return out
}

// paymentFor is the text of a missing payment: the sum of its shares, on the
// day of the latest invoice it settles, deposited to a bank: undeposited funds
// is a recorded figure, or one that is made from recorded payments.
func (c *Company) paymentFor(p *missingPayment) []byte {
	first := p.applies[0].target
	payer, date, updated := first.txn.debtor(), "", int64(0)
	var total amount
	var lines []*document
	for _, a := range p.applies {
		total += a.amt
		date, updated = max(date, a.target.txn.date), max(updated, a.target.updated)
		if a.target.txn.debtor() != payer {
			payer = root(payer)
		}
		lines = append(lines, paymentLine(a.target, "Invoice", a.amt))
	}
	d := &document{}
	if payer != nil {
		d.setRef("CustomerRef", payer.id, payer.name)
	}
	d.set("DepositToAccountRef", refRaw(c.firstAccount("Bank", "", c.home).id, ""))
	d.setAmount("TotalAmt", total)
	d.setAmount("UnappliedAmt", 0)
	d.setBool("ProcessPayment", false)
	d.setStr("domain", "QBO")
	d.setBool("sparse", false)
	d.setStr("Id", p.id)
	d.setStr("SyncToken", "0")
	at := stamp(updated, c.zone)
	d.set("MetaData", []byte(`{"CreateTime":"`+at+`","LastUpdatedTime":"`+at+`"}`))
	d.setStr("TxnDate", orDefault(date, time.Unix(updated, 0).In(c.zone).Format(time.DateOnly)))
	d.setRef("CurrencyRef", first.txn.currency, currencyName(first.txn.currency))
	if c.multi {
		d.set("ExchangeRate", []byte(orDefault(string(first.txn.rate), "1")))
	}
	d.set("Line", joinArray(lines))
	return d.bytes()
}

// settleRest notes what is left unexplained when every named payment is there.
func (c *Company) settleRest() {
	for _, name := range []string{"Invoice", "CreditMemo"} {
		for _, o := range c.shelf(name).byIDs() {
			o.txn.settled = max(unexplained(o), 0)
		}
	}
}

// unexplained is what total, form deposit, balance and the payments at hand
// leave unexplained: documents that the recording does not hold.
func unexplained(o *object) amount {
	if o.txn.void {
		return 0
	}
	rest := o.txn.total - o.txn.open
	if dep, err := splitObject(o.raw).amount("Deposit"); err == nil {
		rest -= dep
	}
	for _, p := range o.txn.appliedBy {
		for _, a := range p.txn.applies {
			if a.target == o {
				rest -= a.amt
			}
		}
	}
	return rest
}
