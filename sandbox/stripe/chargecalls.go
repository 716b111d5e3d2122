package stripe

import "strings"

func (s *Server) chargeRoutes() {
	s.op("GET /v1/charges", listParams+" customer payment_intent transfer_group "+rangeParams("created"), (*call).listCharges)
	s.op("POST /v1/charges", "amount currency source customer description capture metadata[*] receipt_email statement_descriptor statement_descriptor_suffix shipping[**] transfer_group", (*call).createCharge)
	s.op("GET /v1/charges/{id}", "", (*call).getCharge)
	s.op("POST /v1/charges/{id}", "description metadata[*] receipt_email customer shipping[**] transfer_group fraud_details[user_report]", (*call).updateCharge)
	s.op("POST /v1/charges/{id}/capture", "amount receipt_email statement_descriptor statement_descriptor_suffix transfer_group", (*call).captureByCharge)
	s.op("GET /v1/charges/{id}/refunds", listParams, (*call).listChargeRefunds)
	s.op("GET /v1/charges/{id}/refunds/{refund}", "", (*call).getChargeRefund)
	s.op("GET /v1/charges/{id}/dispute", "", (*call).getChargeDispute)
	s.op("GET /v1/radar/early_fraud_warnings", listParams+" charge payment_intent "+rangeParams("created"), (*call).listWarnings)
	s.op("GET /v1/radar/early_fraud_warnings/{id}", "", func(c *call) *Error { return get[*earlyWarning](c, c.warnings, "early_fraud_warning") })
}

// authorisedDays is how long an authorisation holds (Stripe docs:
// payments/place-a-hold-on-a-payment-method, 7 days for most cards).
const authorisedDays = 7

// authorise holds the amount until it is captured.
func (a *Account) authorise(o *paymentIntent, ch *charge, now int64) {
	ch.Status, ch.Paid = "succeeded", true
	url := a.base() + "/receipts/" + ch.ID
	ch.ReceiptURL = &url
	o.Status, o.AmountCapturable, o.LastPaymentError = "requires_capture", o.Amount, nil
	o.touch()
	a.register(a.charges, ch, chargeKeys(ch)...)
	a.emit(now, "charge.succeeded", ch, nil)
	a.emit(now, "payment_intent.amount_capturable_updated", o, nil)
	a.at(now+authorisedDays*day, rankSession, func(at int64) {
		if o.Status == "requires_capture" {
			a.cancelIntentAt(o, "automatic", at)
			a.emit(at, "charge.expired", ch, nil)
		}
	})
}

// captureCharge takes all or part of what was authorised; the rest is let go.
func (a *Account) captureCharge(ch *charge, o *paymentIntent, amount, now int64) {
	before := body(ch)
	rest := ch.Amount - amount
	whole := ch.Amount
	ch.Captured, ch.AmountCaptured, ch.decided = true, amount, true
	ch.Amount = amount // the fee and the balance know what was captured only
	bt := a.movementOf(ch, now, a.availableOn(now, a.opts.DelayDays))
	ch.Amount = whole
	ch.BalanceTransaction = &bt.ID
	if rest > 0 {
		ch.AmountRefunded = rest
		a.releaseRefund(ch, rest, now)
	}
	ch.touch()
	a.addMovement(bt)
	a.emit(now, "charge.captured", ch, before)
	if ch.PaymentIntent != nil {
		o.Status, o.AmountCapturable, o.AmountReceived = "succeeded", 0, amount
		o.touch()
		a.emit(now, "payment_intent.succeeded", o, nil)
	}
	a.aftermath(ch, now)
}

// release lets an authorisation go: a refund of all, without any movement.
func (a *Account) release(o *paymentIntent, at int64) {
	ch, ok := a.byID[val(o.LatestCharge)].(*charge)
	if !ok {
		return
	}
	ch.AmountRefunded, ch.Refunded = ch.Amount, true
	a.releaseRefund(ch, ch.Amount, at)
	ch.touch()
	a.emit(at, "charge.refunded", ch, nil)
}

// releaseRefund is how Stripe shows the part of an authorisation that was
// never captured: a refund that moves no money (Stripe docs:
// payments/place-a-hold-on-a-payment-method).
func (a *Account) releaseRefund(ch *charge, amount, now int64) {
	r := a.newRefund(ch, amount, "", nil, now)
	a.register(a.refunds, r, refundKeys(r)...)
}

func (c *call) getCharge() *Error { return get[*charge](c, c.charges, "id") }

func (c *call) listCharges() *Error {
	key, keep := c.pick([]string{"payment_intent", "customer"},
		filter{"payment_intent", func(o object) string { return val(o.(*charge).PaymentIntent) }},
		filter{"customer", func(o object) string { return val(o.(*charge).Customer) }},
		filter{"transfer_group", func(o object) string { return val(o.(*charge).TransferGroup) }})
	return c.answerList(c.charges, "/v1/charges", key, keep)
}

func (c *call) charge() (*charge, *Error) {
	return find[*charge](c.Account, c.charges, c.req.PathValue("id"), "id")
}

func (c *call) updateCharge() *Error {
	o, e := c.charge()
	if e != nil {
		return e
	}
	m, e := c.merge("metadata", o.Metadata)
	if e != nil {
		return e
	}
	if id := c.str("customer"); id != "" {
		if _, e := find[*customer](c.Account, c.customers, id, "customer"); e != nil {
			e.Status = 400
			return e
		}
		if o.Customer != nil && *o.Customer != id {
			return invalid("", "customer", "The customer of this charge cannot be changed.")
		}
		if o.Customer == nil {
			o.Customer = &id
			c.charges.link("customer="+id, o)
		}
	}
	before := body(o)
	o.Metadata, o.Shipping = m, c.shipping(o.Shipping)
	for name, field := range map[string]**string{"description": &o.Description, "receipt_email": &o.ReceiptEmail, "transfer_group": &o.TransferGroup} {
		if c.has(name) {
			*field = opt(c.str(name))
		}
	}
	if r := c.str("fraud_details[user_report]"); r != "" {
		o.FraudDetails = encoded(map[string]string{"user_report": r})
	}
	o.touch()
	c.emit(c.now, "charge.updated", o, before)
	return c.answer(o)
}

// createCharge is the older way to pay: a charge without an intent, by a token
// or a customer's default (Stripe docs: payments/charges-api).
func (c *call) createCharge() *Error {
	for _, name := range []string{"amount", "currency"} {
		if !c.has(name) {
			return missingParam(name)
		}
	}
	amount, e := c.integer("amount")
	if e != nil {
		return e
	}
	currency := strings.ToLower(c.str("currency"))
	if e := checkAmount(amount, currency, "amount"); e != nil {
		return e
	}
	source := c.str("source")
	if source == "" {
		return invalid("parameter_missing", "source", "Must provide source or customer.")
	}
	pm, e := c.method(source, "source", c.now)
	switch {
	case e != nil && e.Code == "resource_missing":
		return invalid("resource_missing", "source", "No such token: '%s'", source)
	case e != nil:
		return e
	}
	captured, e := c.boolean("capture", true)
	if e != nil {
		return e
	}
	o := c.newIntent(c.now, amount, currency) // carries the fields; never shelved
	if !captured {
		o.CaptureMethod = "manual"
	}
	for name, field := range map[string]**string{
		"description": &o.Description, "receipt_email": &o.ReceiptEmail, "statement_descriptor": &o.StatementDescriptor,
		"statement_descriptor_suffix": &o.StatementDescriptorSuffix, "transfer_group": &o.TransferGroup, "customer": &o.Customer,
	} {
		*field = opt(c.str(name))
	}
	o.Shipping = c.shipping(nil)
	if o.Metadata, e = c.merge("metadata", o.Metadata); e != nil {
		return e
	}
	return c.chargeAlone(o, pm)
}

func (c *call) chargeAlone(o *paymentIntent, pm *paymentMethod) *Error {
	ch := c.newCharge(o, payer{method: Card, pm: pm}, c.now)
	ch.PaymentIntent = nil
	if pm.acts.decline != "" || pm.acts.auth == authAlways {
		e := pm.acts.cardError()
		if pm.acts.decline == "" {
			e = pm.unauthenticated("authentication_required")
		}
		ch.Status, ch.FailureCode, ch.FailureMessage, e.Charge = "failed", &e.Code, &e.Message, ch.ID
		c.register(c.charges, ch, chargeKeys(ch)...)
		c.emit(c.now, "charge.failed", ch, nil)
		return e
	}
	if o.CaptureMethod == "manual" {
		ch.Status, ch.Paid = "succeeded", true
		c.register(c.charges, ch, chargeKeys(ch)...)
		c.emit(c.now, "charge.succeeded", ch, nil)
		return c.answer(ch)
	}
	ch.Status, ch.Paid, ch.Captured, ch.AmountCaptured, ch.decided = "succeeded", true, true, ch.Amount, true
	bt := c.movementOf(ch, c.now, c.availableOn(c.now, c.opts.DelayDays))
	ch.BalanceTransaction = &bt.ID
	c.register(c.charges, ch, chargeKeys(ch)...)
	c.addMovement(bt)
	c.emit(c.now, "charge.succeeded", ch, nil)
	c.aftermath(ch, c.now)
	return c.answer(ch)
}

func (c *call) captureByCharge() *Error {
	ch, e := c.charge()
	switch {
	case e != nil:
		return e
	case ch.Captured:
		return invalid("charge_already_captured", "", "Charge %s has already been captured.", ch.ID)
	case ch.Status != "succeeded" || ch.Refunded:
		return invalid("", "", "Charge %s cannot be captured.", ch.ID)
	}
	amount := ch.Amount
	if c.has("amount") {
		if amount, e = c.integer("amount"); e != nil {
			return e
		}
		if amount < 1 || amount > ch.Amount {
			return invalid("amount_too_large", "amount", "You cannot capture a charge for an amount larger than it has.")
		}
	}
	o, ok := c.byID[val(ch.PaymentIntent)].(*paymentIntent)
	if !ok {
		o = c.newIntent(c.now, ch.Amount, ch.Currency)
	}
	c.captureCharge(ch, o, amount, c.now)
	return c.answer(ch)
}

// earlyWarning is what an issuer reports before any dispute.
type earlyWarning struct {
	head
	ID            string  `json:"id"`
	Object        string  `json:"object"`
	Actionable    bool    `json:"actionable"`
	Charge        string  `json:"charge"`
	Created       int64   `json:"created"`
	FraudType     string  `json:"fraud_type"`
	Livemode      bool    `json:"livemode"`
	PaymentIntent *string `json:"payment_intent,omitempty"`
}

func (o *earlyWarning) ident() string { return o.ID }
func (o *earlyWarning) madeAt() int64 { return o.Created }

func (a *Account) warn(ch *charge, now int64) {
	o := &earlyWarning{
		ID: a.id("issfr"), Object: "radar.early_fraud_warning", Actionable: true, Charge: ch.ID, Created: now, FraudType: "made_with_stolen_card",
		Livemode: a.opts.Livemode, PaymentIntent: ch.PaymentIntent,
	}
	a.register(a.warnings, o, "charge="+ch.ID)
	a.emit(now, "radar.early_fraud_warning.created", o, nil)
}

func (c *call) listWarnings() *Error {
	key, keep := c.pick([]string{"charge"},
		filter{"payment_intent", func(o object) string { return val(o.(*earlyWarning).PaymentIntent) }})
	return c.answerList(c.warnings, "/v1/radar/early_fraud_warnings", key, keep)
}
