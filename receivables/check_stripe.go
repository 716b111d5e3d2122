package receivables

import (
	"time"

	"tieout/money"
)

// Check wants an id.
func (p Payer) Check() error { return required(p.Ref()) }

// Check wants amounts that are not negative and no more refunded than paid.
func (c Charge) Check() error {
	if err := required(c.Ref(), "currency", string(c.Currency), "status", string(c.Status), "created", stated(c.Created)); err != nil {
		return err
	}
	text := func(minor int64) string { return money.Money{Minor: minor, Currency: c.Currency}.String() }
	if c.Amount < 0 {
		return brokenf(c.Ref(), "amount", "%s is negative", text(c.Amount))
	}
	if c.Refunded < 0 || c.Refunded > c.Amount {
		return brokenf(c.Ref(), "refunded", "%s is not between zero and the amount %s", text(c.Refunded), text(c.Amount))
	}
	return nil
}

// Check wants a currency as soon as there is an amount: a session that only
// saves a payment method has neither.
func (c Checkout) Check() error {
	if err := required(c.Ref(), "status", c.Status); err != nil {
		return err
	}
	if c.Amount != 0 && c.Currency == "" {
		return absent(c.Ref(), "currency")
	}
	return nil
}

// Check wants an amount that is not negative.
func (r Refund) Check() error {
	if err := required(r.Ref(), "currency", string(r.Currency), "created", stated(r.Created)); err != nil {
		return err
	}
	if r.Amount < 0 {
		return brokenf(r.Ref(), "amount", "%s is negative", money.Money{Minor: r.Amount, Currency: r.Currency})
	}
	return nil
}

// Check wants an amount that is not negative and a charge.
func (d Dispute) Check() error {
	if err := required(d.Ref(), "charge_id", d.ChargeID, "currency", string(d.Currency), "status", d.Status); err != nil {
		return err
	}
	if d.Amount < 0 {
		return brokenf(d.Ref(), "amount", "%s is negative", money.Money{Minor: d.Amount, Currency: d.Currency})
	}
	return nil
}

// Check wants a status, a currency and an arrival date. The amount of a payout
// may be negative: then Stripe takes it from the bank.
func (p Payout) Check() error {
	return required(p.Ref(), "currency", string(p.Currency), "status", p.Status, "arrival", string(p.Arrival))
}

// Check holds the balance transaction to Net = Amount - Fee and, where Stripe
// itemises the fee, to Fee = sum of its parts of the same currency.
func (b BalanceTransaction) Check() error {
	if err := required(b.Ref(), "type", b.Type, "currency", string(b.Currency), "created", stated(b.Created)); err != nil {
		return err
	}
	text := func(minor int64) string { return money.Money{Minor: minor, Currency: b.Currency}.String() }
	if sum, err := money.AddMinor(b.Net, b.Fee); err != nil || sum != b.Amount {
		return brokenf(b.Ref(), "net", "%s is not amount %s less fee %s", text(b.Net), text(b.Amount), text(b.Fee))
	}
	if len(b.Fees) == 0 {
		return nil
	}
	var parts int64
	for _, f := range b.Fees {
		if f.Currency != b.Currency {
			return brokenf(b.Ref(), "fees", "a part of the fee is in %s, the transaction in %s", f.Currency, b.Currency)
		}
		var err error
		if parts, err = money.AddMinor(parts, f.Amount); err != nil {
			return brokenf(b.Ref(), "fees", "%v", err)
		}
	}
	if parts != b.Fee {
		return brokenf(b.Ref(), "fees", "the parts add up to %s, the fee is %s", text(parts), text(b.Fee))
	}
	return nil
}

// stated is "" for an instant that nobody has stated.
func stated(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.String()
}
