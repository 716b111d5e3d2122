package stripe

import (
	"maps"
	"slices"
	"strings"
)

// fillIntent sets what create, update and confirm have in common.
func (c *call) fillIntent(o *paymentIntent) (e *Error) {
	for name, field := range map[string]**string{
		"description": &o.Description, "receipt_email": &o.ReceiptEmail, "statement_descriptor": &o.StatementDescriptor,
		"statement_descriptor_suffix": &o.StatementDescriptorSuffix, "transfer_group": &o.TransferGroup,
	} {
		if c.has(name) {
			*field = opt(c.str(name))
		}
	}
	o.Shipping = c.shipping(o.Shipping)
	if id := c.str("customer"); id != "" {
		if _, e := find[*customer](c.Account, c.customers, id, "customer"); e != nil {
			e.Status = 400
			return e
		}
		o.Customer = &id
	}
	if e := c.fillUse(o); e != nil {
		return e
	}
	if c.hasGroup("payment_method_types") {
		types := c.array("payment_method_types")
		if e := c.checkTypes(types, o.Currency); e != nil {
			return e
		}
		o.offerTypes(types)
	}
	c.fillOptions(o)
	if e := c.choose(o); e != nil {
		return e
	}
	o.Metadata, e = c.merge("metadata", o.Metadata)
	return e
}

func (c *call) fillUse(o *paymentIntent) *Error {
	switch use := c.str("setup_future_usage"); use {
	case "":
		if c.has("setup_future_usage") {
			o.SetupFutureUsage = nil
		}
	case "on_session", "off_session":
		o.SetupFutureUsage = &use
	default:
		return invalid("", "setup_future_usage", "Invalid setup_future_usage: must be one of off_session or on_session")
	}
	switch m := c.str("capture_method"); m {
	case "":
	case "automatic", "automatic_async", "manual":
		o.CaptureMethod = m
	default:
		return invalid("", "capture_method", "Invalid capture_method: must be one of automatic, automatic_async, or manual")
	}
	return nil
}

// fillOptions keeps the options of the types that are offered.
func (c *call) fillOptions(o *paymentIntent) {
	const threeD = "payment_method_options[card][request_three_d_secure]"
	if v := c.str(threeD); v != "" {
		o.wants3D = v == "any" || v == "challenge"
		shown := map[string]any{"installments": nil, "mandate_options": nil, "network": nil, "request_three_d_secure": v}
		options := maps.Clone(o.PaymentMethodOptions)
		options["card"] = encoded(shown)
		o.PaymentMethodOptions = options
	}
}

// checkTypes refuses method types that the stand-in does not have, or that do
// not take the currency.
func (c *call) checkTypes(types []string, currency string) *Error {
	for _, t := range types {
		switch t {
		case "card", "link":
		case "us_bank_account", "sepa_debit", "bacs_debit", "au_becs_debit":
			if want := debitCurrency(t); want != currency {
				return invalid("", "payment_method_types", "The currency provided (%s) is invalid for one of the payment method types (%s). Payments with %s support the following currencies: %s.", currency, t, t, want)
			}
		default:
			return invalid("payment_intent_invalid_parameter", "payment_method_types", "The payment method type \"%s\" is invalid. Please ensure the provided type is activated in "+
				"your dashboard (https://dashboard.stripe.com/account/payments/settings) and your account is enabled for any preview features that you are trying to use.", t)
		}
	}
	return nil
}

// debitCurrency is the one currency of a bank debit.
func debitCurrency(kind string) string {
	return map[string]string{"us_bank_account": "usd", "sepa_debit": "eur", "bacs_debit": "gbp", "au_becs_debit": "aud"}[kind]
}

// choose takes the payment method of the request, if one was sent.
func (c *call) choose(o *paymentIntent) *Error {
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
	if e := c.fits(pm, o); e != nil {
		return e
	}
	o.PaymentMethod, o.Status = &pm.ID, "requires_confirmation"
	return nil
}

// fits refuses a method that the intent cannot take.
func (a *Account) fits(pm *paymentMethod, o *paymentIntent) *Error {
	switch {
	case !slices.Contains(o.PaymentMethodTypes, pm.Type):
		return invalid("", "payment_method", "The PaymentMethod provided (%s) is not allowed for this PaymentIntent. Please attach a PaymentMethod with one of the following types: %s.",
			pm.Type, strings.Join(o.PaymentMethodTypes, ", "))
	case pm.Customer != nil && o.Customer == nil:
		return invalid("", "payment_method", "The payment method `%s` cannot be used without its customer: it belongs to the Customer %s. Please include the Customer in the `customer` parameter on the PaymentIntent.", pm.ID, *pm.Customer)
	case pm.Customer != nil && *pm.Customer != val(o.Customer):
		return invalid("", "payment_method", "The customer does not have a payment method with the ID %s. The payment method must be attached to the customer.", pm.ID)
	case pm.used && pm.Customer == nil:
		return methodUsed()
	}
	return nil
}
