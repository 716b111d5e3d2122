package stripe

import (
	"encoding/json"

	"github.com/shopspring/decimal"
)

type refund struct {
	head
	ID                     string          `json:"id"`
	Object                 string          `json:"object"`
	Amount                 int64           `json:"amount"`
	BalanceTransaction     *string         `json:"balance_transaction"`
	Charge                 string          `json:"charge"`
	Created                int64           `json:"created"`
	Currency               string          `json:"currency"`
	Destination            json.RawMessage `json:"destination_details,omitempty"`
	FailureTransaction     *string         `json:"failure_balance_transaction,omitempty"`
	FailureReason          *string         `json:"failure_reason,omitempty"`
	Metadata               metadata        `json:"metadata"`
	PaymentIntent          *string         `json:"payment_intent"`
	Reason                 *string         `json:"reason"`
	ReceiptNumber          null            `json:"receipt_number"`
	SourceTransferReversal null            `json:"source_transfer_reversal"`
	Status                 string          `json:"status"`
	TransferReversal       null            `json:"transfer_reversal"`
}

func (o *refund) ident() string { return o.ID }
func (o *refund) madeAt() int64 { return o.Created }

// refundDestination is where a refund goes; card refunds carry a reference
// that the issuer knows (Stripe docs: api/refunds/object, destination_details).
func (a *Account) refundDestination(ch *charge, status string) json.RawMessage {
	if ch.method == BankDebit {
		kind := map[string]string{"us_bank_account": "us_bank_transfer", "sepa_debit": "eu_bank_transfer", "bacs_debit": "gb_bank_transfer"}[debitType(ch.Currency)]
		if kind == "" {
			kind = "au_bank_transfer"
			return encoded(map[string]any{"type": kind, kind: map[string]any{}})
		}
		return encoded(map[string]any{"type": kind, kind: map[string]any{"reference": nil, "reference_status": nil}})
	}
	card := map[string]any{"reference_status": status, "reference_type": "acquirer_reference_number", "type": "refund"}
	if status == "available" {
		card["reference"] = "7" + digits(ch.ID, 22)
	}
	return encoded(map[string]any{"type": "card", "card": card})
}

// digits is a number of n places made from a text.
func digits(s string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + s[i%len(s)]%10
	}
	return string(b)
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
	case ch.dispute != "" && a.disputeBlocks(ch):
		return nil, invalid("charge_disputed", "", "Charge %s has been charged back; cannot issue a refund.", ch.ID)
	case ch.Status == "succeeded" && !ch.Captured && ch.PaymentIntent != nil && !ch.Refunded:
		return nil, invalid("", "", "This PaymentIntent (%s) does not have a successful charge to refund.", *ch.PaymentIntent)
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
		return nil, invalid("", "amount", "Refund amount (%s%s) is greater than unrefunded amount on charge (%s%s)",
			symbol(ch.Currency), decimal.New(amount, -exp).StringFixed(exp), symbol(ch.Currency), decimal.New(left, -exp).StringFixed(exp))
	}
	r := a.newRefund(ch, amount, reason, m, now)
	before := body(ch)
	a.bookRefund(r, ch, now)
	ch.AmountRefunded += amount
	ch.Refunded = ch.AmountRefunded == ch.Amount
	ch.touch()
	a.register(a.refunds, r, refundKeys(r)...)
	a.emit(now, "charge.refunded", ch, before)
	a.emit(now, "refund.created", r, nil)
	a.later(r, ch, now)
	return r, nil
}

func (a *Account) newRefund(ch *charge, amount int64, reason string, m metadata, now int64) *refund {
	r := &refund{
		ID: a.id("re"), Object: "refund", Amount: amount, Charge: ch.ID, Created: now, Currency: ch.Currency,
		Metadata: m, PaymentIntent: ch.PaymentIntent, Reason: opt(reason), Status: "succeeded",
	}
	if ch.acts.refund == "pending" || ch.method == BankDebit {
		r.Status = "pending"
	}
	r.Destination = a.refundDestination(ch, "pending")
	return r
}

// refundWait is how long a test refund stays in its first state. Stripe says
// only "some time later".
const refundWait = 5

// later lets the clock decide a refund: pending ones succeed, those of the
// test card for failures fail after all (Stripe docs: testing, "Refunds"). A
// refund of a bank debit takes days (Stripe docs: refunds).
func (a *Account) later(r *refund, ch *charge, now int64) {
	wait := int64(refundWait)
	if ch.method == BankDebit {
		wait = int64(a.opts.DebitDays) * day
	}
	switch {
	case ch.acts.refund == "fails":
		a.at(now+wait, rankDebit, func(at int64) { a.failRefund(r, "expired_or_canceled_card", at) })
	case r.Status == "pending":
		a.at(now+wait, rankDebit, func(at int64) { a.settleRefund(r, ch, at) })
	}
}

func (a *Account) settleRefund(r *refund, ch *charge, at int64) {
	if r.Status != "pending" {
		return
	}
	before := body(r)
	r.Status, r.Destination = "succeeded", a.refundDestination(ch, "available")
	r.touch()
	a.refundUpdated(r, before, at)
}

// refundUpdated tells of a refund in the two ways that Stripe does.
func (a *Account) refundUpdated(r *refund, before []byte, at int64) {
	a.emit(at, "charge.refund.updated", r, before)
	a.emit(at, "refund.updated", r, before)
}

// failRefund brings the amount back: the charge counts it as not refunded.
func (a *Account) failRefund(r *refund, reason string, at int64) {
	ch, ok := a.byID[r.Charge].(*charge)
	if !ok || r.Status == "failed" || r.Status == "canceled" {
		return
	}
	was, before := body(ch), body(r)
	r.Status, r.FailureReason = "failed", &reason
	if bt, ok := a.byID[val(r.BalanceTransaction)].(*balanceTransaction); ok {
		back := a.newMovement("refund_failure", "refund_failure", at, max(at, bt.AvailableOn), bt.Currency, -bt.Amount)
		back.Source, back.ExchangeRate, back.Description = &r.ID, bt.ExchangeRate, opt("REFUND FAILURE")
		r.FailureTransaction = &back.ID
		a.addMovement(back)
	}
	r.touch()
	ch.AmountRefunded -= r.Amount
	ch.Refunded = false
	ch.touch()
	a.refundUpdated(r, before, at)
	a.emit(at, "refund.failed", r, nil)
	a.emit(at, "charge.updated", ch, was)
}

// FailRefund lets a refund fail now, as a bank does that sends it back.
func (a *Account) FailRefund(id string) error {
	now := a.enter()
	defer a.leave()
	r, e := find[*refund](a, a.refunds, id, "id")
	if e != nil {
		return e
	}
	a.failRefund(r, "lost_or_stolen_card", now)
	return nil
}

// bookRefund takes the amount out of the balance, at the charge's own rate and
// not before the charge's money is available. The charge's fee stays.
func (a *Account) bookRefund(r *refund, ch *charge, now int64) {
	kind := "refund"
	if ch.method == BankDebit {
		kind = "payment_refund"
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
		if id = val(o.LatestCharge); id == "" {
			return invalid("", "payment_intent", "This PaymentIntent (%s) does not have a successful charge to refund.", intent)
		}
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
	c.refundUpdated(o, before, c.now)
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

func (c *call) getChargeRefund() *Error {
	id := c.req.PathValue("refund")
	r, e := find[*refund](c.Account, c.refunds, id, "refund")
	if e != nil || r.Charge != c.req.PathValue("id") {
		return missing(c.refunds.kind, id, "refund")
	}
	return c.answer(r)
}

// cancelRefund is for refunds that wait for the payer's bank details, which
// the stand-in has none of (Stripe docs: api/refunds/cancel).
func (c *call) cancelRefund() *Error {
	r, e := find[*refund](c.Account, c.refunds, c.req.PathValue("id"), "id")
	if e != nil {
		return e
	}
	return invalid("", "", "Refund %s cannot be canceled: only refunds with the status requires_action can be, and its status is %s.", r.ID, r.Status)
}
