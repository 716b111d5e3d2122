package stripe

import "github.com/shopspring/decimal"

type refund struct {
	head
	ID                     string             `json:"id"`
	Object                 string             `json:"object"`
	Amount                 int64              `json:"amount"`
	BalanceTransaction     *string            `json:"balance_transaction"`
	Charge                 string             `json:"charge"`
	Created                int64              `json:"created"`
	Currency               string             `json:"currency"`
	Destination            *refundDestination `json:"destination_details,omitempty"`
	Metadata               metadata           `json:"metadata"`
	PaymentIntent          *string            `json:"payment_intent"`
	Reason                 *string            `json:"reason"`
	ReceiptNumber          null               `json:"receipt_number"`
	SourceTransferReversal null               `json:"source_transfer_reversal"`
	Status                 string             `json:"status"`
	TransferReversal       null               `json:"transfer_reversal"`
}

func (o *refund) ident() string { return o.ID }
func (o *refund) madeAt() int64 { return o.Created }

type refundDestination struct {
	Type string `json:"type"`
}

// Refund gives part or, with amount 0, all that is left of a charge back and
// answers the refund's id.
func (a *Account) Refund(chargeID string, amount int64, reason string) (string, error) {
	now := a.enter()
	defer a.leave()
	ch, e := find[*charge](a, a.charges, chargeID, "charge")
	if e != nil {
		return "", e
	}
	r, e := a.giveBack(ch, amount, reason, nil, now)
	if e != nil {
		return "", e
	}
	return r.ID, nil
}

func (a *Account) giveBack(ch *charge, amount int64, reason string, m metadata, now int64) (*refund, *Error) {
	left := ch.Amount - ch.AmountRefunded
	switch {
	case ch.Status != "succeeded":
		return nil, invalid("", "charge", "Charge %s has not succeeded and cannot be refunded; its status is %s.", ch.ID, ch.Status)
	case left == 0:
		return nil, invalid("charge_already_refunded", "", "Charge %s has already been refunded.", ch.ID)
	case amount == 0:
		amount = left
	case amount < 0:
		return nil, invalid("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	}
	if amount > left {
		exp, _ := exponent(ch.Currency)
		return nil, invalid("", "amount", "Refund amount (%s) is greater than unrefunded amount on charge (%s)",
			decimal.New(amount, -exp).StringFixed(exp), decimal.New(left, -exp).StringFixed(exp))
	}
	r := &refund{
		ID: a.id("re"), Object: "refund", Amount: amount, Charge: ch.ID, Created: now, Currency: ch.Currency,
		Metadata: m, PaymentIntent: ch.PaymentIntent, Reason: opt(reason), Status: "succeeded",
		Destination: &refundDestination{Type: "card"},
	}
	a.bookRefund(r, ch, now)
	ch.AmountRefunded += amount
	ch.Refunded = ch.AmountRefunded == ch.Amount
	ch.touch()
	a.register(a.refunds, r, refundKeys(r)...)
	a.emit(now, "charge.refunded", ch, nil)
	a.emit(now, "refund.created", r, nil)
	return r, nil
}

// bookRefund takes the amount out of the balance, at the charge's own rate and
// not before the charge's money is available. The charge's fee stays.
func (a *Account) bookRefund(r *refund, ch *charge, now int64) {
	kind := "refund"
	if ch.method == BankDebit {
		kind = "payment_refund"
		r.Destination = &refundDestination{Type: debitType(ch.Currency)}
	}
	currency, amount, rate := a.settlement(r.Currency, r.Amount)
	availableOn := now
	if bt, ok := a.byID[val(ch.BalanceTransaction)].(*balanceTransaction); ok {
		availableOn = max(now, bt.AvailableOn)
	}
	bt := a.newMovement(kind, "refund", now, availableOn, currency, -amount)
	bt.Source, bt.ExchangeRate = &r.ID, rate
	bt.Description = opt("REFUND FOR CHARGE")
	if ch.Description != nil {
		bt.Description = opt("REFUND FOR CHARGE (" + *ch.Description + ")")
	}
	r.BalanceTransaction = &bt.ID
	a.addMovement(bt)
}

func refundKeys(o object) []string {
	r := o.(*refund)
	keys := []string{"charge=" + r.Charge}
	if r.PaymentIntent != nil {
		keys = append(keys, "payment_intent="+*r.PaymentIntent)
	}
	return keys
}

func (c *call) createRefund() *Error {
	id := c.str("charge")
	if intent := c.str("payment_intent"); intent != "" {
		o, e := find[*paymentIntent](c.Account, c.intents, intent, "payment_intent")
		if e != nil {
			return e
		}
		id = val(o.LatestCharge)
	}
	if id == "" {
		return invalid("parameter_missing", "charge", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	ch, e := find[*charge](c.Account, c.charges, id, "charge")
	if e != nil {
		return e
	}
	amount, e := c.integer("amount")
	if e != nil {
		return e
	}
	if c.has("amount") && amount < 1 {
		return invalid("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	}
	switch c.str("reason") {
	case "", "duplicate", "fraudulent", "requested_by_customer":
	default:
		return invalid("", "reason", "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer")
	}
	m, e := c.merge("metadata", metadata{})
	if e != nil {
		return e
	}
	r, e := c.giveBack(ch, amount, c.str("reason"), m, c.now)
	if e != nil {
		return e
	}
	return c.answer(r)
}

func (c *call) getRefund() *Error { return get[*refund](c, c.refunds, "id") }

func (c *call) updateRefund() *Error {
	o, e := find[*refund](c.Account, c.refunds, c.req.PathValue("id"), "id")
	if e != nil {
		return e
	}
	m, e := c.merge("metadata", o.Metadata)
	if e != nil {
		return e
	}
	before := body(o)
	o.Metadata = m
	o.touch()
	c.emit(c.now, "refund.updated", o, before)
	return c.answer(o)
}

func (c *call) listRefunds() *Error {
	key, keep := c.pick([]string{"charge", "payment_intent"},
		filter{"charge", func(o object) string { return o.(*refund).Charge }},
		filter{"payment_intent", func(o object) string { return val(o.(*refund).PaymentIntent) }})
	return c.answerList(c.refunds, "/v1/refunds", key, keep)
}

func (c *call) listChargeRefunds() *Error {
	id := c.req.PathValue("id")
	if _, e := find[*charge](c.Account, c.charges, id, "charge"); e != nil {
		return e
	}
	return c.answerList(c.refunds, "/v1/charges/"+id+"/refunds", "charge="+id, nil)
}

// Nobody disputes a charge here yet: the list is there, and empty.
func (c *call) listDisputes() *Error {
	return c.answerList(c.disputes, "/v1/disputes", "", nil)
}

func (c *call) getDispute() *Error { return missing("dispute", c.req.PathValue("id"), "dispute") }
