package stripe

import "strings"

func lower(s string) string { return strings.ToLower(s) }

// invoiceFields are the parameters that create and update have in common.
const invoiceFields = "auto_advance collection_method custom_fields[][name] custom_fields[][value] days_until_due default_payment_method description " +
	"due_date effective_at footer metadata[*] number payment_settings[default_mandate] payment_settings[payment_method_types][] " +
	"payment_settings[payment_method_options][**] rendering[amount_tax_display] rendering[pdf][page_size] statement_descriptor " +
	"automatic_tax[enabled] automatic_tax[liability][type] issuer[type] discounts default_tax_rates"

// fillInvoice reads the parameters of create and update.
func (c *call) fillInvoice(o *invoice) (e *Error) {
	for name, field := range map[string]**string{
		"description": &o.Description, "footer": &o.Footer, "statement_descriptor": &o.StatementDescriptor, "number": &o.Number,
	} {
		if c.has(name) {
			*field = opt(c.str(name))
		}
	}
	if o.AutoAdvance, e = c.boolean("auto_advance", o.AutoAdvance); e != nil {
		return e
	}
	if tax, e := c.boolean("automatic_tax[enabled]", false); e != nil || tax {
		return notModelled("automatic_tax[enabled]")
	}
	for _, name := range []string{"automatic_tax[liability][type]", "issuer[type]"} {
		if v := c.str(name); v != "" && v != "self" {
			return notModelled(name)
		}
	}
	if e := c.oneOf("collection_method", "charge_automatically", "send_invoice"); e != nil {
		return e
	}
	if c.has("collection_method") {
		o.CollectionMethod = c.str("collection_method")
	}
	if e := c.fillDates(o); e != nil {
		return e
	}
	if e := c.fillSettings(o); e != nil {
		return e
	}
	o.Metadata, e = c.merge("metadata", o.Metadata)
	return e
}

func (c *call) fillDates(o *invoice) (e *Error) {
	if c.has("days_until_due") {
		if o.daysUntilDue, e = c.integer("days_until_due"); e != nil {
			return e
		}
		if o.daysUntilDue < 0 {
			return invalid("parameter_invalid_integer", "days_until_due", "This value must be greater than or equal to 0.")
		}
		o.DueDate = nil
	}
	for name, field := range map[string]**int64{"due_date": &o.DueDate, "effective_at": &o.EffectiveAt} {
		if !c.has(name) {
			continue
		}
		*field = nil
		if c.str(name) != "" {
			at, e := c.integer(name)
			if e != nil {
				return e
			}
			*field = &at
		}
	}
	if c.has("due_date") && o.DueDate != nil && *o.DueDate < o.Created {
		return invalid("", "due_date", "The `due_date` must be in the future.")
	}
	return nil
}

func (c *call) fillSettings(o *invoice) *Error {
	if c.has("default_payment_method") {
		id := c.str("default_payment_method")
		if id != "" {
			if e := c.checkAttached(id, o.Customer, "default_payment_method"); e != nil {
				return e
			}
		}
		o.DefaultPaymentMethod = opt(id)
	}
	if c.hasGroup("payment_settings[payment_method_types]") {
		o.PaymentSettings.PaymentMethodTypes = c.array("payment_settings[payment_method_types]")
	} else if c.has("payment_settings[payment_method_types]") {
		o.PaymentSettings.PaymentMethodTypes = nil
	}
	if c.has("payment_settings[default_mandate]") {
		o.PaymentSettings.DefaultMandate = opt(c.str("payment_settings[default_mandate]"))
	}
	if c.hasGroup("rendering") {
		r := &invoiceRendering{AmountTaxDisplay: opt(c.str("rendering[amount_tax_display]"))}
		if size := c.str("rendering[pdf][page_size]"); size != "" {
			r.PDF = &renderingPage{PageSize: size}
		}
		o.Rendering = r
	}
	if c.has("custom_fields") {
		o.CustomFields = nil
	}
	return c.fillCustomFields("custom_fields", &o.CustomFields)
}

// fillCustomFields: at most four (Stripe docs: api/invoices/create, custom_fields).
func (c *call) fillCustomFields(name string, fields *[]customField) *Error {
	names := c.elements(name)
	if len(names) == 0 {
		return nil
	}
	const maxFields = 4
	if len(names) > maxFields {
		return invalid("", name, "You can only specify up to %d custom fields.", maxFields)
	}
	*fields = nil
	for _, n := range names {
		*fields = append(*fields, customField{Name: c.str(n + "[name]"), Value: c.str(n + "[value]")})
	}
	return nil
}

// checkTerms: a due date belongs to invoices that are sent, and those need
// one (Stripe docs: api/invoices/create, days_until_due and due_date).
func checkTerms(o *invoice, sent bool) *Error {
	switch {
	case o.CollectionMethod == "charge_automatically" && (sent && (o.DueDate != nil || o.daysUntilDue > 0)):
		return invalid("", "days_until_due", "You can only specify `days_until_due` or `due_date` if the invoice's collection method is 'send_invoice'.")
	case o.CollectionMethod == "charge_automatically":
		o.DueDate, o.daysUntilDue = nil, 0
	case o.DueDate == nil && o.daysUntilDue == 0 && !sent && o.Status == "draft":
		return invalid("", "days_until_due", "If the collection method is 'send_invoice', you must specify either `days_until_due` or `due_date`.")
	}
	return nil
}
