package stripe

import "cmp"

type customer struct {
	head
	ID              string          `json:"id"`
	Object          string          `json:"object"`
	Address         *address        `json:"address"`
	Balance         int64           `json:"balance"`
	Created         int64           `json:"created"`
	Currency        *string         `json:"currency"`
	DefaultSource   null            `json:"default_source"`
	Delinquent      bool            `json:"delinquent"`
	Description     *string         `json:"description"`
	Discount        null            `json:"discount"`
	Email           *string         `json:"email"`
	InvoicePrefix   string          `json:"invoice_prefix"`
	InvoiceSettings invoiceSettings `json:"invoice_settings"`
	Livemode        bool            `json:"livemode"`
	Metadata        metadata        `json:"metadata"`
	Name            *string         `json:"name"`
	NextInvoice     int64           `json:"next_invoice_sequence"`
	Phone           *string         `json:"phone"`
	Locales         []string        `json:"preferred_locales"`
	Shipping        *customerShip   `json:"shipping"`
	TaxExempt       string          `json:"tax_exempt"`
	TestClock       null            `json:"test_clock"`
}

func (o *customer) ident() string { return o.ID }
func (o *customer) madeAt() int64 { return o.Created }

// customerShip is where a customer's goods go.
type customerShip struct {
	Address address `json:"address"`
	Name    string  `json:"name"`
	Phone   *string `json:"phone"`
}

type invoiceSettings struct {
	CustomFields         []customField     `json:"custom_fields"`
	DefaultPaymentMethod *string           `json:"default_payment_method"`
	Footer               *string           `json:"footer"`
	RenderingOptions     *renderingOptions `json:"rendering_options"`
}

type renderingOptions struct {
	AmountTaxDisplay *string `json:"amount_tax_display"`
}

// deletedCustomer is what stays readable of a deleted customer.
type deletedCustomer struct {
	head
	ID      string `json:"id"`
	Object  string `json:"object"`
	Deleted bool   `json:"deleted"`
	created int64
}

func (o *deletedCustomer) ident() string { return o.ID }
func (o *deletedCustomer) madeAt() int64 { return o.created }

// prefixAlphabet is what invoice prefixes are made of (Stripe docs:
// api/customers/create, invoice_prefix: "3–12 uppercase letters or numbers").
const prefixAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func (a *Account) newPrefix() string {
	b := make([]byte, 8)
	for i := range b {
		b[i] = prefixAlphabet[a.rnd.IntN(len(prefixAlphabet))]
	}
	return string(b)
}

func (a *Account) newCustomer(now int64, name, email string) *customer {
	return &customer{
		ID: "cus_" + a.letters(14), Object: "customer", Created: now, Email: opt(email), Name: opt(name),
		InvoicePrefix: a.newPrefix(), Livemode: a.opts.Livemode, Metadata: metadata{}, NextInvoice: 1, Locales: []string{}, TaxExempt: "none",
	}
}

func (a *Account) addCustomer(c *customer) {
	a.register(a.customers, c)
	a.emit(c.Created, "customer.created", c, nil)
}

func (c *call) fillCustomer(o *customer) *Error {
	for name, field := range map[string]**string{"name": &o.Name, "email": &o.Email, "phone": &o.Phone, "description": &o.Description} {
		if c.has(name) {
			*field = opt(c.str(name))
		}
	}
	o.Address = c.addressIn("address", o.Address)
	if e := c.fillShip(o); e != nil {
		return e
	}
	if c.hasGroup("preferred_locales") {
		o.Locales = c.array("preferred_locales")
	}
	if e := c.oneOf("tax_exempt", "exempt", "none", "reverse"); e != nil {
		return e
	}
	if c.has("tax_exempt") {
		o.TaxExempt = cmp.Or(c.str("tax_exempt"), "none")
	}
	if e := c.fillNumbering(o); e != nil {
		return e
	}
	if e := c.fillInvoiceSettings(o); e != nil {
		return e
	}
	m, e := c.merge("metadata", o.Metadata)
	o.Metadata = m
	return e
}

// addressIn reads an address; sent as an empty string it is unset.
func (c *call) addressIn(group string, old *address) *address {
	if c.has(group) && c.str(group) == "" {
		return nil
	}
	if !c.hasGroup(group) {
		return old
	}
	out := address{}
	if old != nil {
		out = *old
	}
	for name, field := range map[string]**string{
		"city": &out.City, "country": &out.Country, "line1": &out.Line1, "line2": &out.Line2, "postal_code": &out.PostalCode, "state": &out.State,
	} {
		if key := group + "[" + name + "]"; c.has(key) {
			*field = opt(c.str(key))
		}
	}
	return &out
}

func (c *call) fillShip(o *customer) *Error {
	if c.has("shipping") && c.str("shipping") == "" {
		o.Shipping = nil
	}
	if !c.hasGroup("shipping") {
		return nil
	}
	ship := customerShip{}
	if o.Shipping != nil {
		ship = *o.Shipping
	}
	if at := c.addressIn("shipping[address]", &ship.Address); at != nil {
		ship.Address = *at
	}
	if c.has("shipping[name]") {
		ship.Name = c.str("shipping[name]")
	}
	if ship.Name == "" {
		return missingParam("shipping[name]")
	}
	if c.has("shipping[phone]") {
		ship.Phone = opt(c.str("shipping[phone]"))
	}
	o.Shipping = &ship
	return nil
}

func (c *call) fillNumbering(o *customer) (e *Error) {
	if p := c.str("invoice_prefix"); p != "" {
		const shortest, longest = 3, 12
		if len(p) < shortest || len(p) > longest {
			return invalid("", "invoice_prefix", "Invoice prefix must be between %d and %d characters long.", shortest, longest)
		}
		o.InvoicePrefix = p
	}
	if c.has("next_invoice_sequence") {
		if o.NextInvoice, e = c.integer("next_invoice_sequence"); e != nil {
			return e
		}
	}
	return nil
}

func (c *call) fillInvoiceSettings(o *customer) *Error {
	const group = "invoice_settings"
	if c.has(group + "[footer]") {
		o.InvoiceSettings.Footer = opt(c.str(group + "[footer]"))
	}
	if c.has(group + "[rendering_options][amount_tax_display]") {
		o.InvoiceSettings.RenderingOptions = &renderingOptions{opt(c.str(group + "[rendering_options][amount_tax_display]"))}
	}
	if c.has(group + "[custom_fields]") {
		o.InvoiceSettings.CustomFields = nil
	}
	if e := c.fillCustomFields(group+"[custom_fields]", &o.InvoiceSettings.CustomFields); e != nil {
		return e
	}
	if name := group + "[default_payment_method]"; c.has(name) {
		if id := c.str(name); id != "" && id != c.str("payment_method") {
			if e := c.checkAttached(id, o.ID, name); e != nil {
				return e
			}
		}
		o.InvoiceSettings.DefaultPaymentMethod = opt(c.str(name))
	}
	return nil
}

// checkAttached refuses a payment method that is not the customer's.
func (c *call) checkAttached(id, customer, param string) *Error {
	if pm, ok := c.byID[id].(*paymentMethod); ok && val(pm.Customer) == customer {
		return nil
	}
	e := invalid("resource_missing", param, "The customer does not have a payment method with the ID %s. The payment method must be attached to the customer.", id)
	if _, ok := c.byID[id].(*paymentMethod); !ok {
		e.Message = "No such PaymentMethod: '" + id + "'"
	}
	return e
}

func (c *call) createCustomer() *Error {
	o := c.newCustomer(c.now, "", "")
	if e := c.fillCustomer(o); e != nil {
		return e
	}
	if e := c.firstMethod(o); e != nil {
		return e
	}
	c.addCustomer(o)
	if c.has("balance") {
		amount, e := c.integer("balance")
		if e != nil {
			return e
		}
		if amount != 0 {
			c.moveBalance(o, balanceMove{amount: amount, currency: c.opts.DefaultCurrency, kind: "initial", silent: true}, c.now)
		}
	}
	return c.answer(o)
}

// firstMethod attaches the payment_method that a new customer comes with, and
// makes it the default where the settings name it by the same id.
func (c *call) firstMethod(o *customer) *Error {
	id := c.str("payment_method")
	if id == "" {
		return nil
	}
	pm, e := c.method(id, "payment_method", c.now)
	if e != nil {
		e.Status = 400
		return e
	}
	if e := c.attach(pm, o.ID, c.now); e != nil {
		return e
	}
	if val(o.InvoiceSettings.DefaultPaymentMethod) == id {
		o.InvoiceSettings.DefaultPaymentMethod = &pm.ID
	}
	return nil
}

func (c *call) listCustomers() *Error {
	_, keep := c.pick(nil, filter{"email", func(o object) string { return val(o.(*customer).Email) }})
	return c.answerList(c.customers, "/v1/customers", "", keep)
}

func (c *call) getCustomer() *Error {
	if gone, ok := c.byID[c.req.PathValue("id")].(*deletedCustomer); ok {
		return c.answer(gone)
	}
	return get[*customer](c, c.customers, "id")
}

func (c *call) updateCustomer() *Error {
	o, e := find[*customer](c.Account, c.customers, c.req.PathValue("id"), "id")
	if e != nil {
		return e
	}
	changed := *o
	if e := c.fillCustomer(&changed); e != nil {
		return e
	}
	before := body(o)
	*o = changed
	o.touch()
	if c.has("balance") {
		target, e := c.integer("balance")
		if e != nil {
			return e
		}
		if move := target - o.Balance; move != 0 {
			currency := c.opts.DefaultCurrency
			if o.Currency != nil {
				currency = *o.Currency
			}
			c.moveBalance(o, balanceMove{amount: move, currency: currency, kind: "adjustment", silent: true}, c.now)
		}
	}
	c.showOnDrafts(o)
	c.emit(c.now, "customer.updated", o, before)
	return c.answer(o)
}

// deleteCustomer keeps the customer readable; its payment methods go with it
// (Stripe docs: api/customers/delete).
func (c *call) deleteCustomer() *Error {
	o, e := find[*customer](c.Account, c.customers, c.req.PathValue("id"), "id")
	if e != nil {
		return e
	}
	for _, pm := range append([]object(nil), c.methods.index["customer="+o.ID]...) {
		c.detach(pm.(*paymentMethod), c.now)
	}
	c.emit(c.now, "customer.deleted", o, nil)
	c.customers.remove(o)
	gone := &deletedCustomer{ID: o.ID, Object: "customer", Deleted: true, created: o.Created}
	c.byID[o.ID] = gone
	return c.answer(gone)
}
