package stripe

import (
	"encoding/json"
	"net/http"
	"strings"
)

type paymentIntent struct {
	head
	ID                            string                     `json:"id"`
	Object                        string                     `json:"object"`
	Amount                        int64                      `json:"amount"`
	AmountCapturable              int64                      `json:"amount_capturable"`
	AmountDetails                 json.RawMessage            `json:"amount_details"`
	AmountReceived                int64                      `json:"amount_received"`
	Application                   null                       `json:"application"`
	ApplicationFeeAmount          null                       `json:"application_fee_amount"`
	AutomaticPaymentMethods       *enabled                   `json:"automatic_payment_methods"`
	CanceledAt                    *int64                     `json:"canceled_at"`
	CancellationReason            *string                    `json:"cancellation_reason"`
	CaptureMethod                 string                     `json:"capture_method"`
	ClientSecret                  string                     `json:"client_secret"`
	ConfirmationMethod            string                     `json:"confirmation_method"`
	Created                       int64                      `json:"created"`
	Currency                      string                     `json:"currency"`
	Customer                      *string                    `json:"customer"`
	Description                   *string                    `json:"description"`
	Invoice                       null                       `json:"invoice"`
	LastPaymentError              *Error                     `json:"last_payment_error"`
	LatestCharge                  *string                    `json:"latest_charge"`
	Livemode                      bool                       `json:"livemode"`
	Metadata                      metadata                   `json:"metadata"`
	NextAction                    null                       `json:"next_action"`
	OnBehalfOf                    null                       `json:"on_behalf_of"`
	PaymentMethod                 *string                    `json:"payment_method"`
	PaymentMethodConfigurationDet null                       `json:"payment_method_configuration_details"`
	PaymentMethodOptions          map[string]json.RawMessage `json:"payment_method_options"`
	PaymentMethodTypes            []string                   `json:"payment_method_types"`
	Processing                    json.RawMessage            `json:"processing"`
	ReceiptEmail                  *string                    `json:"receipt_email"`
	Review                        null                       `json:"review"`
	SetupFutureUsage              null                       `json:"setup_future_usage"`
	Shipping                      null                       `json:"shipping"`
	StatementDescriptor           *string                    `json:"statement_descriptor"`
	StatementDescriptorSuffix     *string                    `json:"statement_descriptor_suffix"`
	Status                        string                     `json:"status"`
	TransferData                  null                       `json:"transfer_data"`
	TransferGroup                 null                       `json:"transfer_group"`

	session *session // the checkout session that made it, if any
	method  Method   // chosen by payment_method, before confirmation
	fails   bool     // the debit of payment_method is going to fail
}

func (o *paymentIntent) ident() string { return o.ID }
func (o *paymentIntent) madeAt() int64 { return o.Created }

func (a *Account) newIntent(now, amount int64, currency string) *paymentIntent {
	id := a.id("pi")
	return &paymentIntent{
		ID: id, Object: "payment_intent", Amount: amount, AmountDetails: json.RawMessage(`{"tip":{}}`), CaptureMethod: "automatic",
		ClientSecret: id + "_secret_" + a.letters(25), ConfirmationMethod: "automatic", Created: now, Currency: currency,
		Livemode: a.opts.Livemode, Metadata: metadata{}, PaymentMethodOptions: map[string]json.RawMessage{},
		PaymentMethodTypes: methodTypes(currency), Status: "requires_payment_method",
	}
}

func (a *Account) addIntent(o *paymentIntent) {
	a.register(a.intents, o, intentKeys(o)...)
	a.emit(o.Created, "payment_intent.created", o, nil)
}

func intentKeys(o object) []string {
	if c := o.(*paymentIntent).Customer; c != nil {
		return []string{"customer=" + *c}
	}
	return nil
}

// testMethod maps the test payment methods of Stripe docs: testing to what the
// stand-in does; ok is false for any other id.
func testMethod(id, currency string) (m Method, fails, ok bool) {
	switch id {
	case "pm_card_visa", "pm_card_mastercard", "pm_card_amex", "pm_card_bypassPending":
		return Card, false, true
	case "pm_card_chargeDeclined", "pm_card_visa_chargeDeclined", "pm_card_chargeCustomerFail":
		return CardDeclined, false, true
	case "pm_usBankAccount_success", "pm_usBankAccount":
		return BankDebit, false, debitType(currency) == "us_bank_account"
	case "pm_usBankAccount_accountClosed", "pm_usBankAccount_insufficientFunds":
		return BankDebit, true, debitType(currency) == "us_bank_account"
	}
	return "", false, false
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
	if m := c.str("capture_method"); m != "" && m != "automatic" && m != "automatic_async" {
		return notModelled("capture_method")
	}
	if on, e := c.boolean("automatic_payment_methods[enabled]", !c.hasGroup("payment_method_types")); e != nil {
		return e
	} else if on {
		o.AutomaticPaymentMethods = &enabled{Enabled: true}
	}
	if e := c.fillIntent(o); e != nil {
		return e
	}
	confirm, e := c.boolean("confirm", false)
	if e != nil {
		return e
	}
	c.addIntent(o)
	if confirm {
		return c.confirm(o)
	}
	return c.answer(o)
}

func (c *call) fillIntent(o *paymentIntent) (e *Error) {
	for name, field := range map[string]**string{
		"description": &o.Description, "receipt_email": &o.ReceiptEmail, "statement_descriptor": &o.StatementDescriptor,
		"statement_descriptor_suffix": &o.StatementDescriptorSuffix,
	} {
		if c.has(name) {
			*field = opt(c.str(name))
		}
	}
	if id := c.str("customer"); id != "" {
		if _, e := find[*customer](c.Account, c.customers, id, "customer"); e != nil {
			e.Status = 400
			return e
		}
		o.Customer = &id
	}
	if c.hasGroup("payment_method_types") {
		o.PaymentMethodTypes = c.array("payment_method_types")
	}
	if e := c.choose(o); e != nil {
		return e
	}
	o.Metadata, e = c.merge("metadata", o.Metadata)
	return e
}

// choose takes the payment_method of the request, if one was sent.
func (c *call) choose(o *paymentIntent) *Error {
	id := c.str("payment_method")
	if id == "" {
		return nil
	}
	m, fails, ok := testMethod(id, o.Currency)
	if !ok {
		e := missing("PaymentMethod", id, "payment_method")
		e.Status = 400
		return e
	}
	o.PaymentMethod, o.method, o.fails, o.Status = &id, m, fails, "requires_confirmation"
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
	if e := c.choose(o); e != nil {
		return e
	}
	o.touch()
	return c.confirm(o)
}

// unexpected is Stripe's refusal of a step that the state does not allow.
func unexpected(o *paymentIntent, step string) *Error {
	return invalid("payment_intent_unexpected_state", "", "You cannot %s this PaymentIntent because it has a status of %s.", step, o.Status)
}

func (c *call) confirm(o *paymentIntent) *Error {
	if o.Status != "requires_confirmation" && o.Status != "requires_payment_method" {
		return unexpected(o, "confirm")
	}
	if o.method == "" {
		return invalid("payment_intent_unexpected_state", "", "You cannot confirm this PaymentIntent because it's missing a payment method. "+
			"You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.")
	}
	if _, e := c.attempt(o, payer{method: o.method, fails: o.fails}, c.now); e != nil {
		return e
	}
	return c.answer(o)
}

func (c *call) updateIntent() *Error {
	o, e := c.intent()
	if e != nil {
		return e
	}
	changed := *o
	if e := c.fillIntent(&changed); e != nil {
		return e
	}
	if c.has("amount") {
		if o.Status == "succeeded" || o.Status == "canceled" || o.Status == "processing" {
			return unexpected(o, "update the amount of")
		}
		if changed.Amount, e = c.integer("amount"); e != nil {
			return e
		}
		if e := checkAmount(changed.Amount, changed.Currency, "amount"); e != nil {
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

func (c *call) cancelIntent() *Error {
	o, e := c.intent()
	if e != nil {
		return e
	}
	switch {
	case o.Status != "requires_confirmation" && o.Status != "requires_payment_method":
		return unexpected(o, "cancel")
	case o.session != nil:
		// Stripe docs: api/payment_intents/cancel. A session's intent is ended
		// by expiring the session.
		return invalid("payment_intent_unexpected_state", "", "You cannot cancel this PaymentIntent because it was created by a Checkout Session. Expire the Checkout Session instead.")
	}
	o.Status, o.CanceledAt, o.CancellationReason = "canceled", &c.now, opt(c.str("cancellation_reason"))
	at := c.now
	o.CanceledAt = &at
	o.touch()
	c.emit(c.now, "payment_intent.canceled", o, nil)
	return c.answer(o)
}

func (c *call) getIntent() *Error { return get[*paymentIntent](c, c.intents, "intent") }

func (c *call) listIntents() *Error {
	key, keep := c.pick([]string{"customer"})
	return c.answerList(c.intents, "/v1/payment_intents", key, keep)
}

// declined is the 402 of a refused card, with the intent inside.
func declined(o *paymentIntent, ch *charge) *Error {
	return &Error{
		Status: http.StatusPaymentRequired, Type: typeCard, Code: "card_declined", DeclineCode: "generic_decline",
		DocURL: docURL("card_declined"), Message: "Your card was declined.", Charge: ch.ID, PaymentIntent: body(o),
	}
}
