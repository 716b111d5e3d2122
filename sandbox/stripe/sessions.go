package stripe

import (
	"encoding/json"
	"slices"
	"strings"
)

type session struct {
	head
	ID                               string                     `json:"id"`
	Object                           string                     `json:"object"`
	AfterExpiration                  null                       `json:"after_expiration"`
	AllowPromotionCodes              *bool                      `json:"allow_promotion_codes"`
	AmountSubtotal                   *int64                     `json:"amount_subtotal"`
	AmountTotal                      *int64                     `json:"amount_total"`
	AutomaticTax                     sessionTax                 `json:"automatic_tax"`
	BillingAddressCollection         *string                    `json:"billing_address_collection"`
	CancelURL                        *string                    `json:"cancel_url"`
	ClientReferenceID                *string                    `json:"client_reference_id"`
	ClientSecret                     null                       `json:"client_secret"`
	Consent                          null                       `json:"consent"`
	ConsentCollection                null                       `json:"consent_collection"`
	Created                          int64                      `json:"created"`
	Currency                         *string                    `json:"currency"`
	CurrencyConversion               null                       `json:"currency_conversion"`
	CustomFields                     []json.RawMessage          `json:"custom_fields"`
	CustomText                       customText                 `json:"custom_text"`
	Customer                         *string                    `json:"customer"`
	CustomerCreation                 *string                    `json:"customer_creation"`
	CustomerDetails                  *customerDetails           `json:"customer_details"`
	CustomerEmail                    *string                    `json:"customer_email"`
	ExpiresAt                        int64                      `json:"expires_at"`
	Invoice                          null                       `json:"invoice"`
	InvoiceCreation                  *json.RawMessage           `json:"invoice_creation"`
	Livemode                         bool                       `json:"livemode"`
	Locale                           *string                    `json:"locale"`
	Metadata                         metadata                   `json:"metadata"`
	Mode                             string                     `json:"mode"`
	PaymentIntent                    *string                    `json:"payment_intent"`
	PaymentLink                      *string                    `json:"payment_link"`
	PaymentMethodCollection          *string                    `json:"payment_method_collection"`
	PaymentMethodConfigurationDetail null                       `json:"payment_method_configuration_details"`
	PaymentMethodOptions             map[string]json.RawMessage `json:"payment_method_options"`
	PaymentMethodTypes               []string                   `json:"payment_method_types"`
	PaymentStatus                    string                     `json:"payment_status"`
	PhoneNumberCollection            enabled                    `json:"phone_number_collection"`
	RecoveredFrom                    null                       `json:"recovered_from"`
	SetupIntent                      *string                    `json:"setup_intent"`
	ShippingAddressCollection        *shipTo                    `json:"shipping_address_collection"`
	ShippingCost                     null                       `json:"shipping_cost"`
	ShippingDetails                  null                       `json:"shipping_details"`
	ShippingOptions                  []json.RawMessage          `json:"shipping_options"`
	Status                           string                     `json:"status"`
	SubmitType                       *string                    `json:"submit_type"`
	Subscription                     null                       `json:"subscription"`
	SuccessURL                       *string                    `json:"success_url"`
	TotalDetails                     *totalDetails              `json:"total_details"`
	UIMode                           string                     `json:"ui_mode"`
	URL                              *string                    `json:"url"`

	items  []*item
	data   *intentData
	email  string // receipt_email of payment_intent_data
	use    string // setup_future_usage of payment_intent_data
	manual bool   // capture_method of payment_intent_data
}

func (o *session) ident() string { return o.ID }
func (o *session) madeAt() int64 { return o.Created }

type customerDetails struct {
	Address   *address          `json:"address"`
	Email     *string           `json:"email"`
	Name      *string           `json:"name"`
	Phone     *string           `json:"phone"`
	TaxExempt string            `json:"tax_exempt"`
	TaxIDs    []json.RawMessage `json:"tax_ids"`
}

// shipTo are the countries that an address is asked for.
type shipTo struct {
	AllowedCountries []string `json:"allowed_countries"`
}

type totalDetails struct {
	AmountDiscount int64 `json:"amount_discount"`
	AmountShipping int64 `json:"amount_shipping"`
	AmountTax      int64 `json:"amount_tax"`
}

// Life of a session in seconds (Stripe docs: api/checkout/sessions/create,
// expires_at: 30 minutes to 24 hours, 24 hours by default).
const (
	sessionLife    = day
	sessionMinimum = 30 * 60
)

// newSession is an open session over some lines.
func (a *Account) newSession(now int64, items []*item) *session {
	amount, currency := totalOf(items)
	subtotal := amount
	o := a.bareSession(now, "payment")
	o.AmountSubtotal, o.AmountTotal, o.Currency, o.items = &subtotal, &amount, &currency, items
	o.PaymentMethodTypes, o.PaymentMethodCollection, o.TotalDetails = methodTypes(currency), opt("if_required"), &totalDetails{}
	o.InvoiceCreation = raw(`{"enabled":false,"invoice_data":{"account_tax_ids":null,"custom_fields":null,"description":null,"footer":null,"issuer":null,"metadata":null,"rendering_options":null}}`)
	return o
}

// bareSession is an open session without anything to pay.
func (a *Account) bareSession(now int64, kind string) *session {
	mode := "test_"
	if a.opts.Livemode {
		mode = "live_"
	}
	o := &session{
		ID: "cs_" + mode + "a1" + a.letters(56), Object: "checkout.session", Created: now, CustomFields: []json.RawMessage{},
		ExpiresAt: now + sessionLife, Livemode: a.opts.Livemode, Metadata: metadata{}, Mode: kind,
		PaymentMethodOptions: map[string]json.RawMessage{"card": json.RawMessage(`{"request_three_d_secure":"automatic"}`)}, PaymentStatus: "unpaid",
		ShippingOptions: []json.RawMessage{}, Status: "open", UIMode: "hosted",
	}
	url := a.base() + "/c/pay/" + o.ID
	o.URL = &url
	return o
}

// setupSession is an open session that saves a way to pay.
func (c *call) setupSession() (*session, *Error) {
	if c.hasGroup("line_items") {
		return nil, invalid("", "line_items", "You cannot pass `line_items` in `setup` mode.")
	}
	o := c.bareSession(c.now, "setup")
	o.PaymentStatus, o.PaymentMethodTypes = "no_payment_required", []string{"card"}
	if currency := strings.ToLower(c.str("currency")); currency != "" {
		if _, ok := exponent(currency); !ok {
			return nil, invalid("", "currency", "Invalid currency: %s.", currency)
		}
		o.Currency, o.PaymentMethodTypes = &currency, methodTypes(currency)
	} else if !c.hasGroup("payment_method_types") {
		return nil, invalid("parameter_missing", "currency", "You must provide `currency` or `payment_method_types` when using `setup` mode.")
	}
	return o, nil
}

// sessionSetup makes the set-up intent of a session in setup mode.
func (c *call) sessionSetup(o *session) *Error {
	si := c.newSetup(c.now)
	si.session, si.Customer = o, o.Customer
	si.offerTypes(o.PaymentMethodTypes)
	si.Description = opt(c.str("setup_intent_data[description]"))
	var e *Error
	if si.Metadata, e = c.merge("setup_intent_data[metadata]", si.Metadata); e != nil {
		return e
	}
	o.SetupIntent = &si.ID
	c.addSetup(si)
	return nil
}

// methodTypes are the ways to pay that the account's settings offer.
func methodTypes(currency string) []string {
	if d := debitType(currency); d != "" {
		return []string{"card", d}
	}
	return []string{"card"}
}

// addSession opens the session; the clock will expire it.
func (a *Account) addSession(o *session) {
	keys := []string{}
	if o.PaymentLink != nil {
		keys = append(keys, "payment_link="+*o.PaymentLink)
	}
	if o.Customer != nil {
		keys = append(keys, "customer="+*o.Customer)
	}
	a.register(a.sessions, o, keys...)
	a.at(o.ExpiresAt, rankSession, func(at int64) {
		if o.Status == "open" {
			a.expire(o, at)
		}
	})
}

func (a *Account) expire(o *session, at int64) {
	o.Status, o.URL = "expired", nil
	o.touch()
	a.emit(at, "checkout.session.expired", o, nil)
}

func (c *call) createSession() *Error {
	switch mode := c.str("mode"); {
	case !c.has("mode"):
		return missingParam("mode")
	case mode == "subscription":
		return notModelled("mode")
	case mode != "payment" && mode != "setup":
		return invalid("", "mode", "Invalid mode: must be one of payment, setup, or subscription")
	case !c.has("success_url"):
		return missingParam("success_url")
	case c.has("ui_mode") && c.str("ui_mode") != "hosted" && c.str("ui_mode") != "hosted_page":
		return notModelled("ui_mode")
	}
	o, made, e := c.sessionOf(c.str("mode"))
	if e != nil {
		return e
	}
	if e := c.fillSession(o); e != nil {
		return e
	}
	c.shelve(made)
	if o.Mode == "setup" {
		if e := c.sessionSetup(o); e != nil {
			return e
		}
	}
	c.addSession(o)
	return c.answer(o)
}

func (c *call) sessionOf(mode string) (*session, []object, *Error) {
	if mode == "setup" {
		o, e := c.setupSession()
		return o, nil, e
	}
	items, made, e := c.lineItems()
	if e != nil {
		return nil, nil, e
	}
	return c.newSession(c.now, items), made, nil
}

func (c *call) fillSession(o *session) (e *Error) {
	for name, field := range map[string]**string{
		"success_url": &o.SuccessURL, "cancel_url": &o.CancelURL, "client_reference_id": &o.ClientReferenceID, "locale": &o.Locale,
		"customer_email": &o.CustomerEmail, "customer_creation": &o.CustomerCreation, "submit_type": &o.SubmitType,
		"billing_address_collection": &o.BillingAddressCollection,
	} {
		if c.has(name) {
			*field = opt(c.str(name))
		}
	}
	if e := c.fillPage(o); e != nil {
		return e
	}
	if id := c.str("customer"); id != "" {
		if o.CustomerEmail != nil {
			return invalid("", "", "You may only specify one of these parameters: customer, customer_email.")
		}
		if _, e := find[*customer](c.Account, c.customers, id, "customer"); e != nil {
			e.Status = 400
			return e
		}
		o.Customer = &id
	} else if o.CustomerCreation == nil && o.Mode == "payment" {
		o.CustomerCreation = opt("if_required")
	}
	if c.has("allow_promotion_codes") {
		allow, e := c.boolean("allow_promotion_codes", false)
		if e != nil {
			return e
		}
		o.AllowPromotionCodes = &allow
	}
	if currency := c.str("currency"); currency != "" && strings.ToLower(currency) != val(o.Currency) {
		return invalid("", "currency", "The prices are in %s, not in %s.", val(o.Currency), currency)
	}
	if c.hasGroup("payment_method_types") {
		o.PaymentMethodTypes = c.array("payment_method_types")
		if o.Mode == "payment" {
			if e := c.checkTypes(o.PaymentMethodTypes, val(o.Currency)); e != nil {
				return e
			}
		}
	}
	if o.Metadata, e = c.merge("metadata", o.Metadata); e != nil {
		return e
	}
	o.email, o.use = c.str("payment_intent_data[receipt_email]"), c.str("payment_intent_data[setup_future_usage]")
	o.manual = c.str("payment_intent_data[capture_method]") == "manual"
	if o.data, e = c.intentData(nil); e != nil {
		return e
	}
	return c.fillExpiry(o)
}

// fillPage reads what the page shows and asks for besides the payment. The
// session tells of it; the page here asks for none of it.
func (c *call) fillPage(o *session) (e *Error) {
	if tax, e := c.boolean("automatic_tax[enabled]", false); e != nil || tax {
		return notModelled("automatic_tax[enabled]")
	}
	if o.PhoneNumberCollection.Enabled, e = c.boolean("phone_number_collection[enabled]", false); e != nil {
		return e
	}
	if c.hasGroup("shipping_address_collection") {
		o.ShippingAddressCollection = &shipTo{AllowedCountries: c.array("shipping_address_collection[allowed_countries]")}
	}
	for name, at := range map[string]**textAt{
		"after_submit": &o.CustomText.AfterSubmit, "shipping_address": &o.CustomText.ShippingAddress,
		"submit": &o.CustomText.Submit, "terms_of_service_acceptance": &o.CustomText.Terms,
	} {
		if text := c.str("custom_text[" + name + "][message]"); text != "" {
			*at = &textAt{Message: text}
		}
	}
	return nil
}

func (c *call) fillExpiry(o *session) *Error {
	if !c.has("expires_at") {
		return nil
	}
	at, e := c.integer("expires_at")
	if e != nil {
		return e
	}
	switch life := at - c.now; {
	case life < sessionMinimum:
		return invalid("", "expires_at", "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.")
	case life > sessionLife:
		return invalid("", "expires_at", "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.")
	}
	o.ExpiresAt = at
	return nil
}

func (c *call) getSession() *Error { return get[*session](c, c.sessions, "session") }

func (c *call) sessionItems() *Error {
	o, e := find[*session](c.Account, c.sessions, c.req.PathValue("id"), "session")
	if e != nil {
		return e
	}
	return c.answerItems(o.items, "/v1/checkout/sessions/"+o.ID+"/line_items")
}

func (c *call) listSessions() *Error {
	key, keep := c.pick([]string{"payment_link", "payment_intent", "customer"},
		filter{"payment_link", func(o object) string { return val(o.(*session).PaymentLink) }},
		filter{"payment_intent", func(o object) string { return val(o.(*session).PaymentIntent) }},
		filter{"customer", func(o object) string { return val(o.(*session).Customer) }},
		filter{"status", func(o object) string { return o.(*session).Status }},
		filter{"customer_details[email]", func(o object) string {
			if d := o.(*session).CustomerDetails; d != nil {
				return val(d.Email)
			}
			return ""
		}})
	return c.answerList(c.sessions, "/v1/checkout/sessions", key, keep)
}

func (c *call) expireSession() *Error {
	o, e := find[*session](c.Account, c.sessions, c.req.PathValue("id"), "session")
	if e != nil {
		return e
	}
	if o.Status != "open" {
		return invalid("", "session", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `%s`.", o.Status)
	}
	c.expire(o, c.now)
	return c.answer(o)
}

// allows tells whether the session offers a way to pay.
func (o *session) allows(m Method) bool {
	want := ""
	switch m {
	case Card, CardDeclined:
		want = "card"
	case BankDebit:
		want = debitType(val(o.Currency))
	}
	return want != "" && slices.Contains(o.PaymentMethodTypes, want)
}

// updateSession changes the metadata, which newer versions allow.
func (c *call) updateSession() *Error {
	o, e := find[*session](c.Account, c.sessions, c.req.PathValue("id"), "session")
	if e != nil {
		return e
	}
	m, e := c.merge("metadata", o.Metadata)
	if e != nil {
		return e
	}
	o.Metadata = m
	o.touch()
	return c.answer(o)
}
