package stripe

// methodRoutes are the operations on payment methods, set-ups and mandates.
func (s *Server) methodRoutes() {
	const shape = "type billing_details[**] card[**] us_bank_account[**] sepa_debit[**] bacs_debit[**] au_becs_debit[**] metadata[*] allow_redisplay radar_options[session]"
	s.op("POST /v1/payment_methods", shape+" customer payment_method", (*call).createMethod)
	s.op("GET /v1/payment_methods", listParams+" customer type", (*call).listMethods)
	s.op("GET /v1/payment_methods/{id}", "", (*call).getMethod)
	s.op("POST /v1/payment_methods/{id}", "billing_details[**] card[**] us_bank_account[**] metadata[*] allow_redisplay", (*call).updateMethod)
	s.op("POST /v1/payment_methods/{id}/attach", "customer", (*call).attachMethod)
	s.op("POST /v1/payment_methods/{id}/detach", "", (*call).detachMethod)
	s.op("GET /v1/customers/{customer}/payment_methods", listParams+" type allow_redisplay", (*call).listCustomerMethods)
	s.op("GET /v1/customers/{customer}/payment_methods/{id}", "", (*call).getCustomerMethod)
	s.op("GET /v1/mandates/{id}", "", func(c *call) *Error { return get[*mandate](c, c.mandates, "mandate") })
}

func (c *call) createMethod() *Error {
	if id := c.str("payment_method"); id != "" {
		return c.cloneMethod(id)
	}
	o, e := c.methodFrom("")
	if e != nil {
		return e
	}
	c.addMethod(o)
	return c.answer(o)
}

// cloneMethod copies a platform's method to the connected account of the
// request (Stripe docs: connect, "Clone payment methods across accounts").
func (c *call) cloneMethod(id string) *Error {
	o, e := c.method(id, "payment_method", c.now)
	if e != nil {
		return e
	}
	clone := *o
	clone.head, clone.ID, clone.Created, clone.Customer, clone.used = head{}, c.id("pm"), c.now, nil, false
	c.addMethod(&clone)
	return c.answer(&clone)
}

func (c *call) getMethod() *Error {
	o, e := c.method(c.req.PathValue("id"), "payment_method", c.now)
	if e != nil {
		return e
	}
	return c.answer(o)
}

func (c *call) updateMethod() *Error {
	o, e := c.method(c.req.PathValue("id"), "payment_method", c.now)
	if e != nil {
		return e
	}
	changed := *o
	c.fillBilling(&changed, "billing_details")
	if changed.Metadata, e = c.merge("metadata", o.Metadata); e != nil {
		return e
	}
	if o.Card != nil && c.hasGroup("card") {
		card := *o.Card
		for name, field := range map[string]*int64{"card[exp_month]": &card.ExpMonth, "card[exp_year]": &card.ExpYear} {
			if !c.has(name) {
				continue
			}
			if *field, e = c.integer(name); e != nil {
				return e
			}
		}
		if e := expiry(card.ExpMonth, card.ExpYear, c.now); e != nil {
			return e
		}
		changed.Card = &card
	}
	before := body(o)
	*o = changed
	o.touch()
	c.emit(c.now, "payment_method.updated", o, before)
	return c.answer(o)
}

func (c *call) attachMethod() *Error {
	id := c.str("customer")
	if id == "" {
		return missingParam("customer")
	}
	if _, e := find[*customer](c.Account, c.customers, id, "customer"); e != nil {
		e.Status = 400
		return e
	}
	o, e := c.method(c.req.PathValue("id"), "payment_method", c.now)
	if e != nil {
		return e
	}
	if e := c.attach(o, id, c.now); e != nil {
		return e
	}
	return c.answer(o)
}

// attach ties a method to a customer, or refuses it.
func (a *Account) attach(o *paymentMethod, customer string, now int64) *Error {
	switch {
	case val(o.Customer) == customer:
		return nil
	case o.Customer != nil:
		return invalid("", "", "The payment method you provided has already been attached to a customer.")
	case o.used:
		return methodUsed()
	case o.acts.early:
		e := o.acts.cardError()
		e.PaymentMethod = body(o)
		return e
	}
	o.Customer = &customer
	if o.Card != nil {
		checks := o.Card.Checks
		checks.CVC = opt(orPass(o.acts.cvc))
		card := *o.Card
		card.Checks = checks
		o.Card = &card
	}
	o.touch()
	a.methods.link("customer="+customer, o)
	a.emit(now, "payment_method.attached", o, nil)
	return nil
}

func orPass(check string) string {
	if check == "" {
		return "pass"
	}
	return check
}

// methodUsed is the refusal of a method that cannot be used a second time.
func methodUsed() *Error {
	return invalid("", "", "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected "+
		"account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, "+
		"you must attach it to a Customer first.")
}

func (c *call) detachMethod() *Error {
	o, e := c.method(c.req.PathValue("id"), "payment_method", c.now)
	if e != nil {
		return e
	}
	if o.Customer == nil {
		return invalid("", "", "The payment method you provided is not attached to a customer so detachment is impossible.")
	}
	c.detach(o, c.now)
	return c.answer(o)
}

func (a *Account) detach(o *paymentMethod, now int64) {
	before := body(o)
	a.methods.unlink("customer="+val(o.Customer), o)
	o.Customer, o.used = nil, true
	o.touch()
	a.emit(now, "payment_method.detached", o, before)
}

func methodType(o object) string { return o.(*paymentMethod).Type }

// listMethods lists a customer's methods; without a customer Stripe lists only
// those of Treasury, which there are none of.
func (c *call) listMethods() *Error {
	id := c.str("customer")
	if id == "" {
		return c.answerList(c.methods, "/v1/payment_methods", "customer=", nil)
	}
	if _, e := find[*customer](c.Account, c.customers, id, "customer"); e != nil {
		e.Status = 400
		return e
	}
	key, keep := c.pick([]string{"customer"}, filter{"type", methodType})
	return c.answerList(c.methods, "/v1/payment_methods", key, keep)
}

func (c *call) listCustomerMethods() *Error {
	id := c.req.PathValue("customer")
	if _, e := find[*customer](c.Account, c.customers, id, "customer"); e != nil {
		return e
	}
	_, keep := c.pick(nil, filter{"type", methodType})
	return c.answerList(c.methods, "/v1/customers/"+id+"/payment_methods", "customer="+id, keep)
}

func (c *call) getCustomerMethod() *Error {
	id := c.req.PathValue("id")
	o, ok := c.byID[id].(*paymentMethod)
	if !ok || val(o.Customer) != c.req.PathValue("customer") {
		return missing(c.methods.kind, id, "payment_method")
	}
	return c.answer(o)
}
