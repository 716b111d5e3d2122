package mapping

import "tieout/receivables"

func (a *acceptance) charge(d ChargeDraft) receivables.Charge {
	c := d.Charge
	c.Currency = a.currency("currency", d.Currency)
	c.Amount = a.required("amount", d.Amount, c.Currency)
	c.Refunded = a.optional("refunded", d.Refunded, c.Currency)
	return c
}

func (a *acceptance) checkout(d CheckoutDraft) receivables.Checkout {
	c := d.Checkout
	c.Currency = ""
	if d.Currency != "" || d.Amount != "" {
		c.Currency = a.currency("currency", d.Currency)
		c.Amount = a.optional("amount", d.Amount, c.Currency)
	}
	return c
}

func (a *acceptance) refund(d RefundDraft) receivables.Refund {
	r := d.Refund
	r.Currency = a.currency("currency", d.Currency)
	r.Amount = a.required("amount", d.Amount, r.Currency)
	return r
}

func (a *acceptance) dispute(d DisputeDraft) receivables.Dispute {
	e := d.Dispute
	e.Currency = a.currency("currency", d.Currency)
	e.Amount = a.required("amount", d.Amount, e.Currency)
	return e
}

func (a *acceptance) payout(d PayoutDraft) receivables.Payout {
	p := d.Payout
	p.Currency = a.currency("currency", d.Currency)
	p.Amount = a.required("amount", d.Amount, p.Currency)
	p.Arrival = a.date("arrival", d.Arrival)
	return p
}

func (a *acceptance) movement(d MovementDraft) receivables.BalanceTransaction {
	b := d.BalanceTransaction
	b.Currency = a.currency("currency", d.Currency)
	b.Amount = a.required("amount", d.Amount, b.Currency)
	b.Fee = a.required("fee", d.Fee, b.Currency)
	b.Net = a.required("net", d.Net, b.Currency)
	b.Fees = nil
	for _, f := range d.Fees {
		currency := a.currency("fee currency", f.Currency)
		b.Fees = append(b.Fees, receivables.FeeDetail{
			Type: f.Type, Description: f.Description, Currency: currency,
			Amount: a.required("fee detail", f.Amount, currency),
		})
	}
	return b
}
