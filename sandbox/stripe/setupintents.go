package stripe

import (
	"encoding/json"
	"slices"
	"strings"
)

// setupIntent saves a way to pay for later.
type setupIntent struct {
	head
	ID                      string                     `json:"id"`
	Object                  string                     `json:"object"`
	Application             null                       `json:"application"`
	AutomaticPaymentMethods *automaticMethods          `json:"automatic_payment_methods"`
	CancellationReason      *string                    `json:"cancellation_reason"`
	ClientSecret            string                     `json:"client_secret"`
	Created                 int64                      `json:"created"`
	Customer                *string                    `json:"customer"`
	Description             *string                    `json:"description"`
	FlowDirections          null                       `json:"flow_directions"`
	LastSetupError          *Error                     `json:"last_setup_error"`
	LatestAttempt           *string                    `json:"latest_attempt"`
	Livemode                bool                       `json:"livemode"`
	Mandate                 *string                    `json:"mandate"`
	Metadata                metadata                   `json:"metadata"`
	NextAction              json.RawMessage            `json:"next_action"`
	OnBehalfOf              null                       `json:"on_behalf_of"`
	PaymentMethod           *string                    `json:"payment_method"`
	ConfigurationDetails    null                       `json:"payment_method_configuration_details"`
	PaymentMethodOptions    map[string]json.RawMessage `json:"payment_method_options"`
	PaymentMethodTypes      []string                   `json:"payment_method_types"`
	SingleUseMandate        null                       `json:"single_use_mandate"`
	Status                  string                     `json:"status"`
	Usage                   string                     `json:"usage"`

	session   *session
	agreement json.RawMessage // mandate_data, if sent
}

func (o *setupIntent) ident() string { return o.ID }
func (o *setupIntent) madeAt() int64 { return o.Created }

func (s *Server) setupRoutes() {
	const fields = "customer description metadata[*] payment_method payment_method_data[**] payment_method_types[] payment_method_options[**] " +
		"payment_method_configuration excluded_payment_method_types[]"
	const confirming = " mandate_data[**] return_url use_stripe_sdk confirmation_token"
	s.op("GET /v1/setup_intents", listParams+" customer payment_method attach_to_self "+rangeParams("created"), (*call).listSetups)
	s.op("POST /v1/setup_intents", fields+confirming+" confirm usage automatic_payment_methods[enabled] automatic_payment_methods[allow_redirects]", (*call).createSetup)
	s.op("GET /v1/setup_intents/{id}", "client_secret", func(c *call) *Error { return get[*setupIntent](c, c.setups, "intent") })
	s.op("POST /v1/setup_intents/{id}", fields, (*call).updateSetup)
	s.op("POST /v1/setup_intents/{id}/confirm", "client_secret payment_method payment_method_data[**] payment_method_options[**]"+confirming, (*call).confirmSetup)
	s.op("GET /v1/setup_attempts", listParams+" setup_intent "+rangeParams("created"), (*call).listAttempts)
	s.op("POST /v1/setup_intents/{id}/cancel", "cancellation_reason", (*call).cancelSetup)
}

func (a *Account) newSetup(now int64) *setupIntent {
	id := a.id("seti")
	o := &setupIntent{
		ID: id, Object: "setup_intent", ClientSecret: id + "_secret_" + a.letters(25), Created: now, Livemode: a.opts.Livemode,
		Metadata: metadata{}, NextAction: json.RawMessage("null"), Status: "requires_payment_method", Usage: "off_session",
	}
	o.offerTypes(methodTypes(a.opts.DefaultCurrency))
	return o
}

func (o *setupIntent) offerTypes(types []string) {
	o.PaymentMethodTypes, o.PaymentMethodOptions = types, map[string]json.RawMessage{}
	for _, t := range types {
		switch t {
		case "card":
			o.PaymentMethodOptions[t] = json.RawMessage(`{"mandate_options":null,"network":null,"request_three_d_secure":"automatic"}`)
		case "us_bank_account", "sepa_debit":
			o.PaymentMethodOptions[t] = typeOptions(t)
		}
	}
}

func setupKeys(o object) []string {
	s := o.(*setupIntent)
	if s.Customer == nil {
		return nil
	}
	return []string{"customer=" + *s.Customer}
}

func (a *Account) addSetup(o *setupIntent) {
	a.register(a.setups, o, setupKeys(o)...)
	a.emit(o.Created, "setup_intent.created", o, nil)
}

func (c *call) createSetup() *Error {
	o := c.newSetup(c.now)
	on, e := c.boolean("automatic_payment_methods[enabled]", !c.hasGroup("payment_method_types"))
	if e != nil {
		return e
	}
	if on {
		redirects := c.str("automatic_payment_methods[allow_redirects]")
		if redirects == "" {
			redirects = "always"
		}
		o.AutomaticPaymentMethods = &automaticMethods{AllowRedirects: redirects, Enabled: true}
	}
	switch use := c.str("usage"); use {
	case "":
	case "on_session", "off_session":
		o.Usage = use
	default:
		return invalid("", "usage", "Invalid usage: must be one of off_session or on_session")
	}
	if e := c.fillSetup(o); e != nil {
		return e
	}
	confirm, e := c.boolean("confirm", false)
	if e != nil {
		return e
	}
	c.addSetup(o)
	if confirm {
		return c.setUp(o)
	}
	return c.answer(o)
}

func (c *call) fillSetup(o *setupIntent) (e *Error) {
	if id := c.str("customer"); id != "" {
		if _, e := find[*customer](c.Account, c.customers, id, "customer"); e != nil {
			e.Status = 400
			return e
		}
		o.Customer = &id
	}
	if c.has("description") {
		o.Description = opt(c.str("description"))
	}
	if c.hasGroup("payment_method_types") {
		types := c.array("payment_method_types")
		for _, t := range types {
			if t != "card" && t != "link" && debitCurrency(t) == "" {
				return invalid("", "payment_method_types", "The payment method type \"%s\" is invalid for a SetupIntent of this account.", t)
			}
		}
		o.offerTypes(types)
	}
	if m := c.mandateData(); m != nil {
		o.agreement = m
	}
	if e := c.chooseForSetup(o); e != nil {
		return e
	}
	o.Metadata, e = c.merge("metadata", o.Metadata)
	return e
}

func (c *call) chooseForSetup(o *setupIntent) *Error {
	var pm *paymentMethod
	var e *Error
	switch id := c.str("payment_method"); {
	case id != "":
		if pm, e = c.method(id, "payment_method", c.now); e != nil {
			e.Status = 400
			return e
		}
	case c.hasGroup("payment_method_data"):
		if pm, e = c.methodFrom("payment_method_data"); e != nil {
			return e
		}
		c.addMethod(pm)
	default:
		return nil
	}
	switch {
	case !slices.Contains(o.PaymentMethodTypes, pm.Type):
		return invalid("", "payment_method", "The PaymentMethod provided (%s) is not allowed for this SetupIntent. Please attach a PaymentMethod with one of the following types: %s.",
			pm.Type, strings.Join(o.PaymentMethodTypes, ", "))
	case pm.Customer != nil && *pm.Customer != val(o.Customer):
		return invalid("", "payment_method", "The payment method %s is attached to another customer than the one of this SetupIntent.", pm.ID)
	}
	o.PaymentMethod, o.Status = &pm.ID, "requires_confirmation"
	return nil
}

func (c *call) setup() (*setupIntent, *Error) {
	return find[*setupIntent](c.Account, c.setups, c.req.PathValue("id"), "intent")
}

func (c *call) updateSetup() *Error {
	o, e := c.setup()
	if e != nil {
		return e
	}
	changed := *o
	if e := c.fillSetup(&changed); e != nil {
		return e
	}
	if o.Customer == nil && changed.Customer != nil {
		c.setups.link("customer="+*changed.Customer, o)
	}
	*o = changed
	o.touch()
	return c.answer(o)
}

func (c *call) confirmSetup() *Error {
	o, e := c.setup()
	if e != nil {
		return e
	}
	if o.Status == "succeeded" || o.Status == "canceled" {
		return setupUnexpected(o, "confirm")
	}
	if e := c.fillSetup(o); e != nil {
		return e
	}
	return c.setUp(o)
}

func setupUnexpected(o *setupIntent, step string) *Error {
	e := invalid("setup_intent_unexpected_state", "", "You cannot %s this SetupIntent because it has a status of %s.", step, o.Status)
	if step == "cancel" && o.Status == "canceled" {
		e.Message = "You cannot cancel this SetupIntent because it is already canceled."
	}
	e.SetupIntent = body(o)
	return e
}

func (c *call) setUp(o *setupIntent) *Error {
	if o.PaymentMethod == nil {
		e := invalid("setup_intent_unexpected_state", "", "You cannot confirm this SetupIntent because it's missing a payment method. "+
			"Update the SetupIntent with a payment method and then confirm it again.")
		e.SetupIntent = body(o)
		return e
	}
	pm, e := c.method(*o.PaymentMethod, "payment_method", c.now)
	if e != nil {
		return e
	}
	if pm.asksAtSetup() {
		c.askAtSetup(o, c.str("return_url"), c.now)
		return c.answer(o)
	}
	if e := c.saved(o, pm, c.now); e != nil {
		return e
	}
	return c.answer(o)
}

// asksAtSetup tells whether the bank wants the holder when the card is saved.
func (o *paymentMethod) asksAtSetup() bool {
	return o.acts.auth == authAlways || o.acts.auth == authUnlessSet
}

func (a *Account) askAtSetup(o *setupIntent, returnURL string, now int64) {
	o.Status, o.NextAction = "requires_action", a.nextAction(o.ID, o.ClientSecret, returnURL)
	o.touch()
	a.emit(now, "setup_intent.requires_action", o, nil)
}

// saved ends a set-up: the method is the customer's from now on, or refused.
func (a *Account) saved(o *setupIntent, pm *paymentMethod, now int64) *Error {
	o.NextAction = json.RawMessage("null")
	fail := func(e *Error) *Error {
		e.PaymentMethod = body(pm)
		a.tried(o, pm, e, now)
		last := *e
		o.Status, o.PaymentMethod, o.LastSetupError = "requires_payment_method", nil, &last
		o.touch()
		a.emit(now, "setup_intent.setup_failed", o, nil)
		e.SetupIntent = body(o)
		return e
	}
	if pm.acts.early {
		return fail(pm.acts.cardError())
	}
	if o.Customer != nil {
		if e := a.attach(pm, *o.Customer, now); e != nil {
			return e
		}
	}
	pm.set = o.Usage == "off_session"
	if pm.isDebit() {
		how := o.agreement
		if how == nil {
			how = acceptance("online", "", "", now)
		}
		pm.mandate = a.newMandate(pm, how, nil, now).ID
		o.Mandate = &pm.mandate
	}
	a.tried(o, pm, nil, now)
	o.Status, o.LastSetupError = "succeeded", nil
	o.touch()
	pm.touch()
	a.emit(now, "setup_intent.succeeded", o, nil)
	return nil
}

// setUpAnswered is the payer's answer to the bank's question at a set-up.
func (a *Account) setUpAnswered(o *setupIntent, yes bool, now int64) *Error {
	if o.Status != "requires_action" {
		return setupUnexpected(o, "authenticate")
	}
	pm, e := a.method(val(o.PaymentMethod), "payment_method", now)
	if e != nil {
		return e
	}
	if yes {
		if e := a.saved(o, pm, now); e != nil {
			return e
		}
		if o.session != nil {
			a.completeSession(o.session, now)
		}
		return nil
	}
	o.Status, o.PaymentMethod, o.NextAction = "requires_payment_method", nil, json.RawMessage("null")
	o.LastSetupError = &Error{
		Type: typeInvalidRequest, Code: "setup_intent_authentication_failure", DocURL: docURL("setup_intent_authentication_failure"),
		Message:       "The latest attempt to set up the payment method has failed because authentication failed.",
		PaymentMethod: body(pm),
	}
	a.tried(o, pm, o.LastSetupError, now)
	o.touch()
	a.emit(now, "setup_intent.setup_failed", o, nil)
	return nil
}

func (c *call) cancelSetup() *Error {
	o, e := c.setup()
	if e != nil {
		return e
	}
	if o.Status == "succeeded" || o.Status == "canceled" {
		return setupUnexpected(o, "cancel")
	}
	reason := c.str("cancellation_reason")
	if !slices.Contains([]string{"", "abandoned", "requested_by_customer", "duplicate"}, reason) {
		return invalid("", "cancellation_reason", "Invalid cancellation_reason: must be one of abandoned, requested_by_customer, or duplicate")
	}
	o.Status, o.CancellationReason, o.NextAction = "canceled", opt(reason), json.RawMessage("null")
	o.touch()
	c.emit(c.now, "setup_intent.canceled", o, nil)
	return c.answer(o)
}

func (c *call) listSetups() *Error {
	key, keep := c.pick([]string{"customer"},
		filter{"payment_method", func(o object) string { return val(o.(*setupIntent).PaymentMethod) }})
	return c.answerList(c.setups, "/v1/setup_intents", key, keep)
}
