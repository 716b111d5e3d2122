package stripe

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

type paymentLink struct {
	head
	ID                        string            `json:"id"`
	Object                    string            `json:"object"`
	Active                    bool              `json:"active"`
	AfterCompletion           afterCompletion   `json:"after_completion"`
	AllowPromotionCodes       bool              `json:"allow_promotion_codes"`
	Application               null              `json:"application"`
	ApplicationFeeAmount      null              `json:"application_fee_amount"`
	ApplicationFeePercent     null              `json:"application_fee_percent"`
	AutomaticTax              automaticTax      `json:"automatic_tax"`
	BillingAddressCollection  string            `json:"billing_address_collection"`
	ConsentCollection         null              `json:"consent_collection"`
	Currency                  string            `json:"currency"`
	CustomFields              []json.RawMessage `json:"custom_fields"`
	CustomText                customText        `json:"custom_text"`
	CustomerCreation          string            `json:"customer_creation"`
	InactiveMessage           *string           `json:"inactive_message"`
	InvoiceCreation           null              `json:"invoice_creation"`
	Livemode                  bool              `json:"livemode"`
	Metadata                  metadata          `json:"metadata"`
	OnBehalfOf                null              `json:"on_behalf_of"`
	PaymentIntentData         *intentData       `json:"payment_intent_data"`
	PaymentMethodCollection   string            `json:"payment_method_collection"`
	PaymentMethodTypes        []string          `json:"payment_method_types"`
	PhoneNumberCollection     enabled           `json:"phone_number_collection"`
	Restrictions              *restrictions     `json:"restrictions"`
	ShippingAddressCollection null              `json:"shipping_address_collection"`
	ShippingOptions           []json.RawMessage `json:"shipping_options"`
	SubmitType                string            `json:"submit_type"`
	SubscriptionData          null              `json:"subscription_data"`
	TaxIDCollection           enabled           `json:"tax_id_collection"`
	TransferData              null              `json:"transfer_data"`
	URL                       string            `json:"url"`

	created int64 // a payment link has no created of its own
	items   []*item
}

func (o *paymentLink) ident() string { return o.ID }
func (o *paymentLink) madeAt() int64 { return o.created }

type afterCompletion struct {
	HostedConfirmation *confirmation `json:"hosted_confirmation,omitempty"`
	Redirect           *redirect     `json:"redirect,omitempty"`
	Type               string        `json:"type"`
}

type confirmation struct {
	CustomMessage *string `json:"custom_message"`
}

type redirect struct {
	URL string `json:"url"`
}

type restrictions struct {
	CompletedSessions completedSessions `json:"completed_sessions"`
}

type completedSessions struct {
	Count int64 `json:"count"`
	Limit int64 `json:"limit"`
}

// intentData is what a link or session hands on to its payment intent.
type intentData struct {
	CaptureMethod    *string  `json:"capture_method"`
	Description      *string  `json:"description"`
	Metadata         metadata `json:"metadata"`
	SetupFutureUsage *string  `json:"setup_future_usage"`
	Descriptor       *string  `json:"statement_descriptor"`
	DescriptorSuffix *string  `json:"statement_descriptor_suffix"`
	TransferGroup    *string  `json:"transfer_group"`
}

func (c *call) createLink() *Error {
	items, made, e := c.lineItems()
	if e != nil {
		return e
	}
	_, currency := totalOf(items)
	o := &paymentLink{
		ID: c.id("plink"), Object: "payment_link", Active: true, Currency: currency, Livemode: c.opts.Livemode,
		AfterCompletion:          afterCompletion{Type: "hosted_confirmation", HostedConfirmation: &confirmation{}},
		BillingAddressCollection: "auto", CustomFields: []json.RawMessage{}, CustomerCreation: "if_required",
		Metadata: metadata{}, PaymentMethodCollection: "if_required", ShippingOptions: []json.RawMessage{},
		SubmitType: "auto", created: c.now, items: items,
	}
	o.URL = c.base() + "/pay/" + o.ID
	if e := c.fillLink(o); e != nil {
		return e
	}
	if c.has("submit_type") {
		o.SubmitType = c.str("submit_type")
	}
	if o.PhoneNumberCollection.Enabled, e = c.boolean("phone_number_collection[enabled]", false); e != nil {
		return e
	}
	if o.TaxIDCollection.Enabled, e = c.boolean("tax_id_collection[enabled]", false); e != nil {
		return e
	}
	if currency := c.str("currency"); currency != "" && currency != o.Currency {
		return invalid("", "currency", "The prices are in %s, not in %s.", o.Currency, currency)
	}
	c.shelve(made)
	c.register(c.links, o)
	c.emit(c.now, "payment_link.created", o, nil)
	return c.answer(o)
}

func (c *call) fillLink(o *paymentLink) (e *Error) {
	if o.Active, e = c.boolean("active", o.Active); e != nil {
		return e
	}
	if o.Metadata, e = c.merge("metadata", o.Metadata); e != nil {
		return e
	}
	if o.AllowPromotionCodes, e = c.boolean("allow_promotion_codes", o.AllowPromotionCodes); e != nil {
		return e
	}
	if tax, e := c.boolean("automatic_tax[enabled]", false); e != nil || tax {
		return notModelled("automatic_tax[enabled]")
	}
	if c.has("inactive_message") {
		o.InactiveMessage = opt(c.str("inactive_message"))
	}
	if c.has("billing_address_collection") {
		o.BillingAddressCollection = c.str("billing_address_collection")
	}
	if c.has("customer_creation") {
		o.CustomerCreation = c.str("customer_creation")
	}
	if c.has("payment_method_types") && c.str("payment_method_types") == "" {
		o.PaymentMethodTypes = nil
	} else if c.hasGroup("payment_method_types") {
		o.PaymentMethodTypes = c.array("payment_method_types")
	}
	if o.PaymentIntentData, e = c.intentData(o.PaymentIntentData); e != nil {
		return e
	}
	if e := c.fillCompletion(o); e != nil {
		return e
	}
	return c.fillRestrictions(o)
}

// notModelled refuses a documented value that would change the payment.
func notModelled(param string) *Error {
	return invalid("", param, "The stand-in does not model %s with this value.", param)
}

func (c *call) intentData(d *intentData) (*intentData, *Error) {
	if !c.hasGroup("payment_intent_data") {
		return d, nil
	}
	out := intentData{Metadata: metadata{}}
	if d != nil {
		out = *d
	}
	for name, field := range map[string]**string{
		"description": &out.Description, "statement_descriptor": &out.Descriptor, "statement_descriptor_suffix": &out.DescriptorSuffix,
		"setup_future_usage": &out.SetupFutureUsage, "capture_method": &out.CaptureMethod, "transfer_group": &out.TransferGroup,
	} {
		if c.has("payment_intent_data[" + name + "]") {
			*field = opt(c.str("payment_intent_data[" + name + "]"))
		}
	}
	var e *Error
	out.Metadata, e = c.merge("payment_intent_data[metadata]", out.Metadata)
	return &out, e
}

func (c *call) fillCompletion(o *paymentLink) *Error {
	if !c.hasGroup("after_completion") {
		return nil
	}
	switch kind := c.str("after_completion[type]"); kind {
	case "hosted_confirmation":
		message := c.str("after_completion[hosted_confirmation][custom_message]")
		o.AfterCompletion = afterCompletion{Type: kind, HostedConfirmation: &confirmation{CustomMessage: opt(message)}}
	case "redirect":
		if c.str("after_completion[redirect][url]") == "" {
			return missingParam("after_completion[redirect][url]")
		}
		o.AfterCompletion = afterCompletion{Type: kind, Redirect: &redirect{URL: c.str("after_completion[redirect][url]")}}
	default:
		return invalid("", "after_completion[type]", "Invalid after_completion[type]: must be one of hosted_confirmation or redirect")
	}
	return nil
}

func (c *call) fillRestrictions(o *paymentLink) *Error {
	const name = "restrictions[completed_sessions][limit]"
	if c.has("restrictions") && c.str("restrictions") == "" {
		o.Restrictions = nil
	}
	if !c.has(name) {
		return nil
	}
	limit, e := c.integer(name)
	if e != nil {
		return e
	}
	if limit < 1 {
		return invalid("parameter_invalid_integer", name, "This value must be greater than or equal to 1.")
	}
	o.Restrictions = &restrictions{completedSessions{Count: c.completedOf(o.ID), Limit: limit}}
	return nil
}

// completedOf counts the link's completed sessions.
func (a *Account) completedOf(link string) (n int64) {
	for _, s := range a.sessions.index["payment_link="+link] {
		if s.(*session).Status == "complete" {
			n++
		}
	}
	return n
}

func (c *call) updateLink() *Error {
	o, e := c.link(c.req.PathValue("id"))
	if e != nil {
		return e
	}
	changed := *o
	if e := c.fillLink(&changed); e != nil {
		return e
	}
	items, e := c.changedQuantities(o)
	if e != nil {
		return e
	}
	before := body(o)
	*o = changed
	o.items = items
	o.touch()
	c.emit(c.now, "payment_link.updated", o, before)
	return c.answer(o)
}

// changedQuantities: of the lines of a link only the quantity can change
// (Stripe docs: api/payment_links/update, line_items).
func (c *call) changedQuantities(o *paymentLink) ([]*item, *Error) {
	items := append([]*item(nil), o.items...)
	for _, name := range c.elements("line_items") {
		i := slices.IndexFunc(items, func(it *item) bool { return it.ID == c.str(name+"[id]") })
		if i < 0 {
			e := missing("item", c.str(name+"[id]"), name+"[id]")
			e.Status = http.StatusBadRequest
			return nil, e
		}
		quantity, e := c.integer(name + "[quantity]")
		if e != nil {
			return nil, e
		}
		if quantity < 1 {
			return nil, missingParam(name + "[quantity]")
		}
		fresh := c.newItem(items[i].Price, val(items[i].Description), quantity)
		fresh.ID = items[i].ID
		items[i] = fresh
	}
	amount, currency := totalOf(items)
	return items, checkAmount(amount, currency, "line_items")
}

func (a *Account) link(id string) (*paymentLink, *Error) {
	return find[*paymentLink](a, a.links, id, "payment_link")
}

func (c *call) getLink() *Error { return get[*paymentLink](c, c.links, "payment_link") }

func (c *call) listLinks() *Error {
	if e := c.booleans("active"); e != nil {
		return e
	}
	_, keep := c.pick(nil, filter{"active", func(o object) string { return strconv.FormatBool(o.(*paymentLink).Active) }})
	return c.answerList(c.links, "/v1/payment_links", "", keep)
}

func (c *call) linkItems() *Error {
	o, e := c.link(c.req.PathValue("id"))
	if e != nil {
		return e
	}
	return c.answerItems(o.items, "/v1/payment_links/"+o.ID+"/line_items")
}

// completedOnce counts one more completed session and switches the link off at
// its limit (Stripe docs: payment-links/customize, "Limit the number of
// payments").
func (a *Account) completedOnce(link string, now int64) {
	o, e := a.link(link)
	if e != nil || o.Restrictions == nil {
		return
	}
	before := body(o)
	r := *o.Restrictions
	r.CompletedSessions.Count++
	o.Restrictions = &r
	if r.CompletedSessions.Count >= r.CompletedSessions.Limit {
		o.Active = false
	}
	o.touch()
	a.emit(now, "payment_link.updated", o, before)
}

// inactiveLink is what a payer meets at a link that is switched off.
func inactiveLink(o *paymentLink) *Error {
	message := val(o.InactiveMessage)
	if message == "" {
		message = "This link is no longer active."
	}
	return &Error{Status: http.StatusBadRequest, Type: typeInvalidRequest, Code: "payment_link_inactive", Message: message}
}
