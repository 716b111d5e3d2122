package stripe

import (
	"encoding/json"
	"slices"
	"strings"
)

func (s *Server) intentRoutes() {
	const how = " payment_method payment_method_data[**] payment_method_options[**] payment_method_types[] setup_future_usage shipping[**]" +
		" receipt_email radar_options[session] amount_details[**] excluded_payment_method_types[]"
	const fields = how + " description metadata[*] customer statement_descriptor statement_descriptor_suffix transfer_group payment_method_configuration capture_method"
	const confirming = " off_session return_url mandate mandate_data[**] error_on_requires_action use_stripe_sdk confirmation_token"
	s.op("GET /v1/payment_intents", listParams+" customer "+rangeParams("created"), (*call).listIntents)
	s.op("POST /v1/payment_intents", fields+confirming+" amount currency confirm confirmation_method "+
		"automatic_payment_methods[enabled] automatic_payment_methods[allow_redirects]", (*call).createIntent)
	s.op("GET /v1/payment_intents/{id}", "client_secret", (*call).getIntent)
	s.op("POST /v1/payment_intents/{id}", fields+" amount currency", (*call).updateIntent)
	s.op("POST /v1/payment_intents/{id}/confirm", how+confirming+" capture_method client_secret", (*call).confirmIntent)
	s.op("POST /v1/payment_intents/{id}/capture", "amount_to_capture final_capture metadata[*] statement_descriptor statement_descriptor_suffix", (*call).captureIntent)
	s.op("POST /v1/payment_intents/{id}/cancel", "cancellation_reason", (*call).cancelIntent)
}

func (c *call) createIntent() *Error {
	for _, name := range []string{"amount", "currency"} {
		if !c.has(name) {
			return missingParam(name)
		}
	}
	amount, e := c.integer("amount")
	if e != nil {
		return e
	}
	o := c.newIntent(c.now, amount, strings.ToLower(c.str("currency")))
	if e := checkAmount(amount, o.Currency, "amount"); e != nil {
		return e
	}
	if e := c.automatic(o); e != nil {
		return e
	}
	if m := c.str("confirmation_method"); m != "" {
		if m != "automatic" && m != "manual" {
			return invalid("", "confirmation_method", "Invalid confirmation_method: must be one of automatic or manual")
		}
		o.ConfirmationMethod = m
	}
	if e := c.fillIntent(o); e != nil {
		return e
	}
	confirm, e := c.boolean("confirm", false)
	if e != nil {
		return e
	}
	if !confirm && c.has("off_session") {
		return invalid("", "off_session", "The parameter `off_session` cannot be passed when creating a PaymentIntent unless `confirm` is set to true.")
	}
	c.addIntent(o)
	if confirm {
		return c.confirm(o)
	}
	return c.answer(o)
}

// automatic reads automatic_payment_methods, which is on by default since
// 2023-08-16 (Stripe docs: upgrades, 2023-08-16).
func (c *call) automatic(o *paymentIntent) *Error {
	on, e := c.boolean("automatic_payment_methods[enabled]", !c.hasGroup("payment_method_types"))
	if e != nil {
		return e
	}
	if on && c.hasGroup("payment_method_types") {
		return invalid("", "", "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.")
	}
	redirects := c.str("automatic_payment_methods[allow_redirects]")
	switch redirects {
	case "":
		redirects = "always"
	case "always", "never":
	default:
		return invalid("", "automatic_payment_methods[allow_redirects]", "Invalid automatic_payment_methods[allow_redirects]: must be one of always or never")
	}
	if on {
		o.AutomaticPaymentMethods = &automaticMethods{AllowRedirects: redirects, Enabled: true}
	}
	return nil
}

func (c *call) intent() (*paymentIntent, *Error) {
	return find[*paymentIntent](c.Account, c.intents, c.req.PathValue("id"), "intent")
}

func (c *call) confirmIntent() *Error {
	o, e := c.intent()
	if e != nil {
		return e
	}
	if !slices.Contains([]string{"requires_confirmation", "requires_payment_method", "requires_action"}, o.Status) {
		return unexpected(o, "confirm")
	}
	changed := *o
	if e := c.fillIntent(&changed); e != nil {
		return e
	}
	*o = changed
	o.touch()
	return c.confirm(o)
}

// unexpected is Stripe's refusal of a step that the state does not allow.
func unexpected(o *paymentIntent, step string) *Error {
	e := invalid("payment_intent_unexpected_state", "", "You cannot %s this PaymentIntent because it has a status of %s.", step, o.Status)
	switch step {
	case "cancel":
		e.Message += " Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing."
	case "capture":
		e.Message = "This PaymentIntent could not be captured because it has a status of " + o.Status + ". Only a PaymentIntent with one of the following statuses may be captured: requires_capture."
	case "confirm":
		if o.Status == "succeeded" {
			e.Message = "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed."
		}
	}
	e.PaymentIntent = body(o)
	return e
}

func (c *call) confirm(o *paymentIntent) *Error {
	if o.PaymentMethod == nil {
		e := invalid("payment_intent_unexpected_state", "", "You cannot confirm this PaymentIntent because it's missing a payment method. "+
			"You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.")
		e.PaymentIntent = body(o)
		return e
	}
	how, e := c.confirmation()
	if e != nil {
		return e
	}
	if m := c.mandateData(); m != nil {
		o.mandate = m
	}
	if id := c.str("mandate"); id != "" {
		m, e := find[*mandate](c.Account, c.mandates, id, "mandate")
		if e != nil {
			e.Status = 400
			return e
		}
		if m.Status != "active" {
			return invalid("payment_intent_mandate_invalid", "mandate", "The provided mandate is invalid for this PaymentIntent.")
		}
	}
	if e := c.confirmIn(o, how, c.now); e != nil {
		return e
	}
	return c.answer(o)
}

func (c *call) confirmation() (how confirmation3D, e *Error) {
	how.returnURL = c.str("return_url")
	switch s := c.str("off_session"); s {
	case "one_off", "recurring":
		how.offSession = true
	default:
		if how.offSession, e = c.boolean("off_session", false); e != nil {
			return how, e
		}
	}
	how.failOnAction, e = c.boolean("error_on_requires_action", false)
	return how, e
}

func (c *call) updateIntent() *Error {
	o, e := c.intent()
	if e != nil {
		return e
	}
	if c.tooManyUpdates(o) {
		return rateLimited("resource-specific")
	}
	changed := *o
	if e := c.fillIntent(&changed); e != nil {
		return e
	}
	if c.has("amount") || c.has("currency") {
		if e := c.changeAmount(o, &changed); e != nil {
			return e
		}
	}
	if o.Customer == nil && changed.Customer != nil {
		c.intents.link("customer="+*changed.Customer, o)
	}
	*o = changed
	o.touch()
	return c.answer(o)
}

func (c *call) changeAmount(o, changed *paymentIntent) (e *Error) {
	switch o.Status {
	case "succeeded", "canceled", "processing", "requires_capture":
		e := invalid("payment_intent_unexpected_state", "amount", "This PaymentIntent's amount could not be updated because it has a status of %s. You may only update the "+
			"amount of a PaymentIntent with one of the following statuses: requires_payment_method, requires_confirmation, requires_action.", o.Status)
		e.PaymentIntent = body(o)
		return e
	}
	if c.has("amount") {
		if changed.Amount, e = c.integer("amount"); e != nil {
			return e
		}
	}
	if currency := strings.ToLower(c.str("currency")); currency != "" && currency != o.Currency {
		changed.Currency = currency
		changed.offerTypes(methodTypes(currency))
	}
	return checkAmount(changed.Amount, changed.Currency, "amount")
}

func (c *call) cancelIntent() *Error {
	o, e := c.intent()
	if e != nil {
		return e
	}
	reason := c.str("cancellation_reason")
	if !slices.Contains([]string{"", "duplicate", "fraudulent", "requested_by_customer", "abandoned"}, reason) {
		return invalid("", "cancellation_reason", "Invalid cancellation_reason: must be one of duplicate, fraudulent, requested_by_customer, or abandoned")
	}
	switch {
	case o.Status == "succeeded", o.Status == "canceled", o.Status == "processing":
		return unexpected(o, "cancel")
	case o.session != nil && o.Status != "requires_capture":
		// Stripe docs: api/payment_intents/cancel. A session's intent is ended
		// by expiring the session.
		return invalid("payment_intent_unexpected_state", "", "You cannot cancel this PaymentIntent because it was created by a Checkout Session. Expire the Checkout Session instead.")
	}
	c.cancelIntentAt(o, reason, c.now)
	return c.answer(o)
}

// cancelIntentAt ends an intent; what was authorised is let go.
func (a *Account) cancelIntentAt(o *paymentIntent, reason string, at int64) {
	if o.Status == "requires_capture" {
		a.release(o, at)
	}
	o.Status, o.CanceledAt, o.CancellationReason, o.AmountCapturable = "canceled", &at, opt(reason), 0
	o.NextAction = json.RawMessage("null")
	o.touch()
	a.emit(at, "payment_intent.canceled", o, nil)
}

func (c *call) captureIntent() *Error {
	o, e := c.intent()
	if e != nil {
		return e
	}
	if o.Status != "requires_capture" {
		return unexpected(o, "capture")
	}
	amount := o.AmountCapturable
	if c.has("amount_to_capture") {
		if amount, e = c.integer("amount_to_capture"); e != nil {
			return e
		}
		if amount < 1 || amount > o.AmountCapturable {
			return invalid("amount_too_large", "amount_to_capture", "The amount_to_capture (%d) must be less than or equal to the authorized amount (%d).", amount, o.AmountCapturable)
		}
	}
	if o.Metadata, e = c.merge("metadata", o.Metadata); e != nil {
		return e
	}
	ch, e := find[*charge](c.Account, c.charges, val(o.LatestCharge), "charge")
	if e != nil {
		return e
	}
	c.captureCharge(ch, o, amount, c.now)
	return c.answer(o)
}

func (c *call) getIntent() *Error { return get[*paymentIntent](c, c.intents, "intent") }

func (c *call) listIntents() *Error {
	key, keep := c.pick([]string{"customer"})
	return c.answerList(c.intents, "/v1/payment_intents", key, keep)
}
