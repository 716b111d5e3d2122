package mapping

import (
	"tieout/money"
	"tieout/receivables"
)

func (a *acceptance) customer(d CustomerDraft) receivables.Customer {
	c := d.Customer
	a.knownOrNone("currency", c.Currency)
	c.Balance = a.ownBalance(d.Balance, c.Currency)
	return c
}

func (a *acceptance) account(d AccountDraft) receivables.Account {
	account := d.Account
	a.knownOrNone("currency", account.Currency)
	account.Balance = a.ownBalance(d.Balance, account.Currency)
	return account
}

// ownBalance reads the ledger's own figure for a customer or account, which
// means nothing without a currency.
func (a *acceptance) ownBalance(text string, c money.Currency) *int64 {
	if text != "" {
		a.currency("currency", string(c))
	}
	return a.stated("balance", text, c)
}

func (a *acceptance) knownOrNone(field string, c money.Currency) {
	if c != "" {
		a.currency(field, string(c))
	}
}

func (a *acceptance) invoice(d InvoiceDraft) receivables.Invoice {
	i := d.Invoice
	i.Currency = a.currency("currency", d.Currency)
	i.Issued = a.date("issued", d.Issued)
	i.Due = a.date("due", d.Due)
	i.Total = a.statedIfLive("total", d.Total, i.Currency, i.State)
	i.Tax = a.optional("tax", d.Tax, i.Currency)
	i.Balance = a.statedIfLive("balance", d.Balance, i.Currency, i.State)
	i.Deposit = a.optional("deposit", d.Deposit, i.Currency)
	i.Paid = a.stated("paid", d.Paid, i.Currency)
	i.Credited = a.stated("credited", d.Credited, i.Currency)
	if i.State == receivables.StateLive {
		i.HomeBalance = a.home("home_balance", d.HomeBalance, d.Home, i.Balance, i.Currency)
	}
	if i.Billed != nil {
		billed := *i.Billed
		billed.WrittenOff = a.optional("written_off", d.WrittenOff, i.Currency)
		i.Billed = &billed
	}
	return i
}

func (a *acceptance) credit(d CreditDraft) receivables.Credit {
	c := d.Credit
	c.Currency = a.currency("currency", d.Currency)
	c.Issued = a.date("issued", d.Issued)
	c.Total = a.statedIfLive("total", d.Total, c.Currency, c.State)
	c.Remaining = a.statedIfLive("remaining", d.Remaining, c.Currency, c.State)
	if c.State == receivables.StateLive {
		c.HomeRemaining = a.home("home_remaining", d.HomeRemaining, d.Home, c.Remaining, c.Currency)
	}
	c.Allocations = a.allocations(d.Allocations, c.Currency)
	return c
}

func (a *acceptance) receipt(d ReceiptDraft) receivables.Receipt {
	r := d.Receipt
	r.Currency = a.currency("currency", d.Currency)
	r.Date = a.date("date", d.Date)
	r.Total = a.statedIfLive("total", d.Total, r.Currency, r.State)
	r.Unapplied = a.optional("unapplied", d.Unapplied, r.Currency)
	if r.State == receivables.StateLive {
		r.HomeUnapplied = a.home("home_unapplied", d.HomeUnapplied, d.Home, r.Unapplied, r.Currency)
	}
	r.Settled = a.settled("settled", d.Settled, d.SettledIn, r.Currency)
	r.Allocations = a.allocations(d.Allocations, r.Currency)
	return r
}

func (a *acceptance) document(d DocumentDraft) receivables.Document {
	doc := d.Document
	doc.Currency = a.currency("currency", d.Currency)
	doc.Date = a.date("date", d.Date)
	doc.Total = a.optional("total", d.Total, doc.Currency)
	doc.Postings = nil
	for _, p := range d.Postings {
		doc.Postings = append(doc.Postings, receivables.Posting{
			AccountID: p.AccountID, CustomerID: p.CustomerID,
			Amount:  a.required("posting", p.Amount, doc.Currency),
			Settled: a.settled("posting", p.Settled, p.SettledIn, doc.Currency),
		})
	}
	return doc
}

// settled reads an amount in the currency of an account, which is stated where
// that is another one than the document's.
func (a *acceptance) settled(field, text, in string, c money.Currency) int64 {
	if text == "" || in == "" || in == string(c) {
		return 0
	}
	return a.amount(field, text, a.currency(field, in))
}

// statedIfLive reads an amount that a live document must state and that a
// draft, voided or deleted one may leave out.
func (a *acceptance) statedIfLive(field, text string, c money.Currency, s receivables.State) int64 {
	if s == receivables.StateLive {
		return a.required(field, text, c)
	}
	return a.optional(field, text, c)
}
