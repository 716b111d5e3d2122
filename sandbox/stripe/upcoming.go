package stripe

// previewFields are the parameters of both previews of an invoice.
func previewFields() string {
	return "customer currency invoice_items[][amount] invoice_items[][currency] invoice_items[][description] invoice_items[][discountable] " +
		"invoice_items[][invoiceitem] invoice_items[][metadata][*] invoice_items[][period][start] invoice_items[][period][end] invoice_items[][price] " +
		"invoice_items[][quantity] invoice_items[][unit_amount] invoice_items[][unit_amount_decimal] automatic_tax[enabled] preview_mode" + priceDataParams("invoice_items[]")
}

// previewInvoice is an invoice over a customer's pending items that is not
// kept: `upcoming` until 2025-03-31.basil, `create_preview` since (Stripe
// docs: api/invoices/upcoming, api/invoices/create_preview).
func (c *call) previewInvoice() (*invoice, *Error) {
	owner, e := c.payingCustomer("customer")
	if e != nil {
		return nil, e
	}
	replaced := map[string]string{}
	for _, name := range c.elements("invoice_items") {
		if id := c.str(name + "[invoiceitem]"); id != "" {
			replaced[id] = name
		}
	}
	o := c.newInvoice(c.now, owner, c.invoiceCurrency(owner, c.pendingItems(owner.ID)))
	o.BillingReason = "upcoming"
	for _, it := range c.pendingItems(owner.ID) {
		shown := *it
		shown.head = head{}
		if name := replaced[it.ID]; name != "" {
			if e := c.fillItem(&shown, name); e != nil {
				return nil, e
			}
		}
		if shown.Currency == o.Currency {
			o.lines = append(o.lines, c.lineOf(&shown, ""))
		}
	}
	for _, name := range c.elements("invoice_items") {
		if c.str(name+"[invoiceitem]") != "" {
			continue
		}
		it, e := c.itemFrom(name, owner, nil)
		if e != nil {
			return nil, e
		}
		o.lines = append(o.lines, c.lineOf(it, ""))
	}
	if len(o.lines) == 0 {
		e := invalid("invoice_upcoming_none", "", "No upcoming invoices for customer: %s", owner.ID)
		e.Status = 404
		return nil, e
	}
	for _, l := range o.lines {
		l.Invoice = &o.ID
	}
	c.refresh(o)
	return o, nil
}

// upcomingInvoice has no id, because it is not kept.
func (c *call) upcomingInvoice() *Error {
	o, e := c.previewInvoice()
	if e != nil {
		return e
	}
	for _, l := range o.lines {
		l.Invoice = nil
	}
	o.Lines.URL = "/v1/invoices/upcoming/lines?customer=" + o.Customer
	v, ok := decode(body(o))
	shown, isObject := v.(node)
	if !ok || !isObject {
		return c.answer(o)
	}
	delete(shown, "id")
	return c.answer(shown)
}

func (c *call) upcomingLines() *Error {
	o, e := c.previewInvoice()
	if e != nil {
		return e
	}
	return c.pageLines(o.lines, "/v1/invoices/upcoming/lines?customer="+o.Customer)
}

// createPreview has an id of its own that nothing can be found under.
func (c *call) createPreview() *Error {
	o, e := c.previewInvoice()
	if e != nil {
		return e
	}
	o.ID = "upcoming_" + o.ID
	c.refresh(o)
	return c.answer(o)
}
