package stripe

import (
	"encoding/json"
	"net/url"
)

// automaticMethods is how an intent takes what the account's settings offer.
type automaticMethods struct {
	AllowRedirects string `json:"allow_redirects"`
	Enabled        bool   `json:"enabled"`
}

// confirmation3D is how an intent is confirmed where its payer may have to
// authenticate.
type confirmation3D struct {
	offSession   bool // the payer is not there
	failOnAction bool // error_on_requires_action
	returnURL    string
}

// confirmIn pays an intent with its payment method, or asks the payer to
// authenticate first.
func (a *Account) confirmIn(o *paymentIntent, how confirmation3D, now int64) *Error {
	pm, e := a.method(val(o.PaymentMethod), "payment_method", now)
	if e != nil {
		return e
	}
	if a.mandateEnded(pm) {
		return invalid("payment_intent_mandate_invalid", "payment_method", "The provided mandate is invalid for this PaymentIntent: it is no longer active.")
	}
	if pm.mustAuthenticate(how.offSession, o.wants3D) {
		switch {
		case how.offSession:
			return a.decline(o, a.newCharge(o, payer{method: Card, pm: pm}, now), pm.unauthenticated("authentication_required"), now)
		case how.failOnAction:
			e := pm.unauthenticated("authentication_not_handled")
			e.Message = "This payment required an authentication action to complete, but `error_on_requires_action` was set. When you're ready, you can upgrade your " +
				"integration to handle actions at https://stripe.com/docs/payments/payment-intents/upgrade-to-handle-actions."
			return a.decline(o, a.newCharge(o, payer{method: Card, pm: pm}, now), e, now)
		}
		a.askToAuthenticate(o, how.returnURL, now)
		return nil
	}
	_, e = a.attempt(o, payer{method: pm.pays(), pm: pm}, now)
	return e
}

// mustAuthenticate tells whether the card's bank wants its holder.
func (o *paymentMethod) mustAuthenticate(offSession, wanted bool) bool {
	switch o.acts.auth {
	case authAlways:
		return true
	case authUnlessSet:
		return !offSession || !o.set
	case authOnSession:
		return !offSession
	case authWhenWanted:
		return wanted && !offSession
	}
	return false
}

// unauthenticated is the refusal of a payment whose payer is not there
// (Stripe docs: error-codes, authentication_required).
func (o *paymentMethod) unauthenticated(decline string) *Error {
	return &Error{
		Status: 402, Type: typeCard, Code: "authentication_required", DeclineCode: decline, DocURL: docURL("authentication_required"),
		Message: declineMessage("", "authentication_required"), PaymentMethod: body(o),
	}
}

// askToAuthenticate sends the payer to a page of the bank.
func (a *Account) askToAuthenticate(o *paymentIntent, returnURL string, now int64) {
	o.Status, o.NextAction = "requires_action", a.nextAction(o.ID, o.ClientSecret, returnURL)
	o.touch()
	a.emit(now, "payment_intent.requires_action", o, nil)
}

// nextAction is redirect_to_url where a return_url was given, and otherwise
// the form that Stripe.js handles (Stripe docs: api/payment_intents/object,
// next_action).
func (a *Account) nextAction(id, secret, returnURL string) json.RawMessage {
	page := a.base() + "/3d_secure_2/hosted?source=" + id
	if returnURL != "" {
		return encoded(map[string]any{"type": "redirect_to_url", "redirect_to_url": map[string]any{
			"return_url": returnURL, "url": page + "&client_secret=" + url.QueryEscape(secret) + "&return_url=" + url.QueryEscape(returnURL),
		}})
	}
	return encoded(map[string]any{"type": "use_stripe_sdk", "use_stripe_sdk": map[string]any{
		"type": "three_d_secure_redirect", "stripe_js": page, "source": "src_" + id[3:],
	}})
}

// Authenticate is a payer who answers the bank's question for a payment or
// set-up that waits for it: yes, or no.
func (a *Account) Authenticate(id string, yes bool) error {
	now := a.enter()
	defer a.leave()
	if e := a.authenticated(id, yes, now); e != nil && e.Type != typeCard {
		return e
	}
	return nil
}

func (a *Account) authenticated(id string, yes bool, now int64) *Error {
	if o, ok := a.byID[id].(*setupIntent); ok {
		return a.setUpAnswered(o, yes, now)
	}
	o, e := find[*paymentIntent](a, a.intents, id, "intent")
	switch {
	case e != nil:
		return e
	case o.Status != "requires_action":
		return unexpected(o, "authenticate")
	}
	pm, e := a.method(val(o.PaymentMethod), "payment_method", now)
	if e != nil {
		return e
	}
	o.NextAction = json.RawMessage("null")
	if !yes {
		a.refuse(o, &Error{
			Status: 402, Type: typeInvalidRequest, Code: "payment_intent_authentication_failure", DocURL: docURL("payment_intent_authentication_failure"),
			Message: "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.",
		}, pm, now)
		return nil
	}
	_, e = a.attempt(o, payer{method: Card, pm: pm, authenticated: true}, now)
	if e == nil && o.session != nil {
		a.completeSession(o.session, now)
	}
	return e
}

// refuse puts an intent back after a failure that made no charge.
func (a *Account) refuse(o *paymentIntent, e *Error, pm *paymentMethod, now int64) {
	last := *e
	last.PaymentMethod, last.PaymentIntent = body(pm), nil
	o.Status, o.PaymentMethod, o.LastPaymentError = "requires_payment_method", nil, &last
	o.touch()
	a.emit(now, "payment_intent.payment_failed", o, nil)
}

// actionURL is the page on which a payer must authenticate, "" when Stripe.js
// is to show it.
func actionURL(next json.RawMessage) string {
	var action struct {
		Redirect struct {
			URL string `json:"url"`
		} `json:"redirect_to_url"`
	}
	if json.Unmarshal(next, &action) != nil {
		return ""
	}
	return action.Redirect.URL
}
