package stripe

import "net/http"

// intentFor makes the payment intent that every invoice with an amount to pay
// has from finalising on.
func (a *Account) intentFor(o *invoice, at int64) {
	if checkAmount(o.AmountRemaining, o.Currency, "amount") != nil {
		return // too small or too large to be charged
	}
	in := a.newIntent(at, o.AmountRemaining, o.Currency)
	in.Customer, in.Invoice, in.Description = &o.Customer, &o.ID, opt("Payment for Invoice")
	in.StatementDescriptor = o.StatementDescriptor
	if types := o.PaymentSettings.PaymentMethodTypes; len(types) > 0 {
		in.offerTypes(types)
	}
	o.PaymentIntent = &in.ID
	a.addIntent(in)
	a.tie(o, in, in.Amount, true, at)
	o.touch()
}

// cancelPayments ends the open payments of an invoice.
func (a *Account) cancelPayments(o *invoice, reason string, at int64) {
	for _, p := range o.payments {
		if p.Status != "open" {
			continue
		}
		p.Status, p.Transitions.CanceledAt = "canceled", new(at)
		p.touch()
		in, ok := a.byID[p.intent].(*paymentIntent)
		if ok && p.IsDefault && in.Status != "succeeded" && in.Status != "canceled" && in.Status != "processing" {
			a.cancelIntentAt(in, reason, at)
		}
	}
}

// settled marks an invoice as paid.
func (a *Account) settled(o *invoice, at int64) {
	before := body(o)
	a.cancelPayments(o, "void_invoice", at)
	o.Status, o.Paid, o.Attempted, o.StatusTransitions.PaidAt, o.NextPaymentAttempt = "paid", true, true, new(at), nil
	o.AutoAdvance = false // recorded answers of paid invoices show it so
	a.refresh(o)
	a.behind(o, false, at)
	a.emit(at, "invoice.updated", o, before)
	a.emit(at, "invoice.paid", o, nil)
	a.emit(at, "invoice.payment_succeeded", o, nil)
}

// hear lets invoices follow their payment intents: billing learns of payments
// by the events that everyone can see.
func (a *Account) hear(at int64, kind string, o object) {
	in, ok := o.(*paymentIntent)
	if !ok {
		return
	}
	switch kind {
	case "payment_intent.succeeded":
		a.intentSettled(in, at)
	case "payment_intent.payment_failed":
		a.intentFailed(in, at)
	}
}

// intentSettled books an intent that has succeeded on its invoices.
func (a *Account) intentSettled(in *paymentIntent, at int64) {
	ch, ok := a.byID[val(in.LatestCharge)].(*charge)
	if !ok {
		return
	}
	for _, x := range a.invoicePayments.index["payment_intent="+in.ID] {
		p := x.(*invoicePayment)
		if o, ok := a.byID[p.Invoice].(*invoice); ok && p.Status == "open" {
			a.credit(o, p, ch, at)
		}
	}
}

// credit books a payment on its invoice; what is too much goes to the
// customer's balance (Stripe docs: invoicing/partial-payments, "Overpayments").
func (a *Account) credit(o *invoice, p *invoicePayment, ch *charge, at int64) {
	p.Status, p.AmountPaid, p.Transitions.PaidAt = "paid", new(ch.Amount), new(at)
	p.touch()
	a.emit(at, "invoice_payment.paid", p, nil)
	before := body(o)
	o.Attempted = true
	if over := ch.Amount - o.AmountRemaining; over > 0 {
		if owner, ok := a.byID[o.Customer].(*customer); ok {
			a.moveBalance(owner, balanceMove{amount: -over, currency: o.Currency, kind: "invoice_overpaid", invoice: o.ID}, at)
		}
	}
	o.AmountPaid += ch.Amount
	o.Charge = &ch.ID
	a.refresh(o)
	if o.AmountRemaining == 0 && o.Status != "void" {
		o.AttemptCount = max(1, o.AttemptCount)
		a.settled(o, at)
		return
	}
	a.emit(at, "invoice.updated", o, before)
}

// intentFailed notes that a payment of the invoice has failed.
func (a *Account) intentFailed(in *paymentIntent, at int64) {
	o, ok := a.byID[val(in.Invoice)].(*invoice)
	if !ok || o.Status != "open" {
		return
	}
	before := body(o)
	o.Attempted, o.Charge = true, in.LatestCharge
	o.AttemptCount = max(1, o.AttemptCount)
	o.touch()
	a.retryLater(o, at)
	if o.CollectionMethod == "charge_automatically" {
		a.behind(o, true, at)
	}
	a.emit(at, "invoice.updated", o, before)
	a.emit(at, "invoice.payment_failed", o, nil)
}

// retryDays are the days between automatic attempts: 3, 5 and 7 (Stripe docs:
// billing/revenue-recovery/smart-retries, "Custom retry schedule").
func retryDays() []int64 { return []int64{3, 5, 7} }

func (a *Account) retryLater(o *invoice, at int64) {
	o.NextPaymentAttempt = nil
	days := retryDays()
	if o.AutoAdvance && o.CollectionMethod == "charge_automatically" && o.retries < len(days) {
		a.scheduleAttempt(o, at+days[o.retries]*day)
	}
}

func (a *Account) scheduleAttempt(o *invoice, at int64) {
	if o.CollectionMethod != "charge_automatically" {
		return
	}
	o.NextPaymentAttempt = &at
	o.touch()
	a.at(at, rankInvoice, func(at int64) {
		if o.Status == "open" && o.AutoAdvance && o.NextPaymentAttempt != nil && *o.NextPaymentAttempt == at {
			a.collect(o, at)
		}
	})
}

// collect is an automatic attempt with the invoice's or customer's default
// payment method.
func (a *Account) collect(o *invoice, at int64) {
	if o.Attempted {
		o.retries++
	}
	id := a.methodFor(o)
	in, ok := a.byID[val(o.PaymentIntent)].(*paymentIntent)
	if !ok {
		return
	}
	o.AttemptCount++
	if id == "" {
		o.NextPaymentAttempt = nil
		a.intentFailed(in, at)
		return
	}
	// The outcome reaches the invoice through intentSettled and intentFailed.
	if e := a.payIntent(in, id, at); e != nil && e.Type != typeCard {
		a.intentFailed(in, at)
	} else if e == nil {
		a.awaits(o, in, at)
	}
}

// methodFor is what an invoice is charged to: its own method, then its
// customer's (Stripe docs: api/invoices/object, default_payment_method).
func (a *Account) methodFor(o *invoice) string {
	if o.DefaultPaymentMethod != nil {
		return *o.DefaultPaymentMethod
	}
	if owner, ok := a.byID[o.Customer].(*customer); ok {
		return val(owner.InvoiceSettings.DefaultPaymentMethod)
	}
	return ""
}

// payIntent charges a payment method while its owner is not there. Where the
// bank wants its holder, the payment waits for the payer instead of failing
// (Stripe docs: billing/subscriptions/overview, "Payment requires action").
func (a *Account) payIntent(in *paymentIntent, methodID string, at int64) *Error {
	pm, e := a.method(methodID, "payment_method", at)
	if e != nil {
		e.Status = http.StatusBadRequest
		return e
	}
	if e := a.fits(pm, in); e != nil {
		return e
	}
	in.PaymentMethod, in.Status = &pm.ID, "requires_confirmation"
	in.touch()
	if pm.mustAuthenticate(true, in.wants3D) {
		a.askToAuthenticate(in, "", at)
		return nil
	}
	return a.confirmIn(in, confirmation3D{offSession: true}, at)
}

// awaits notes a payment that neither succeeded nor failed at once: a bank
// debit on its way, or a payer who must authenticate.
func (a *Account) awaits(o *invoice, in *paymentIntent, at int64) {
	if o.Status != "open" {
		return
	}
	before := body(o)
	o.Attempted, o.Charge = true, in.LatestCharge
	o.NextPaymentAttempt = nil
	o.touch()
	a.emit(at, "invoice.updated", o, before)
	if in.Status == "requires_action" {
		a.emit(at, "invoice.payment_action_required", o, nil)
	}
}

func (c *call) payInvoice() *Error {
	o, e := c.invoice()
	if e != nil {
		return e
	}
	outside, e := c.boolean("paid_out_of_band", false)
	if e != nil {
		return e
	}
	if o.Status == "draft" {
		c.finalize(o, c.now)
		if o.Status == "paid" { // nothing was due
			return c.answer(o)
		}
	}
	switch {
	case o.Status == "paid":
		return invalid("", "", "Invoice is already paid")
	case o.Status == "void":
		return notOpen()
	case c.paymentUnderWay(o):
		return invalid("", "", "This invoice's payment is already processing.")
	case outside:
		o.PaidOutOfBand, o.AmountPaid = true, o.AmountDue
		c.settled(o, c.now)
		return c.answer(o)
	}
	return c.chargeInvoice(o)
}

func (c *call) chargeInvoice(o *invoice) *Error {
	id := c.str("payment_method")
	if id == "" {
		id = c.methodFor(o)
	}
	if id == "" {
		return invalid("", "", "There is no `default_payment_method` set on this Customer or Invoice. Please set a default payment method or pass one as `payment_method`.")
	}
	in, ok := c.byID[val(o.PaymentIntent)].(*paymentIntent)
	if !ok {
		return invalid("amount_too_small", "", "This invoice's amount cannot be charged.")
	}
	o.AttemptCount = max(1, o.AttemptCount) // "manual payment attempts after the first attempt do not affect the retry schedule"
	if e := c.payIntent(in, id, c.now); e != nil {
		return e
	}
	c.awaits(o, in, c.now)
	if in.Status == "requires_action" {
		return actionRequired(in)
	}
	return c.answer(o)
}

// actionRequired is the answer to a payment whose payer must act (Stripe docs:
// error-codes, invoice_payment_intent_requires_action).
func actionRequired(in *paymentIntent) *Error {
	const code = "invoice_payment_intent_requires_action"
	return &Error{
		Status: http.StatusPaymentRequired, Type: typeCard, Code: code, DocURL: docURL(code), PaymentIntent: body(in),
		Message: "This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice. " +
			"For more details see: https://stripe.com/docs/billing/subscriptions/overview#requires-action",
	}
}

// PayInvoice is a payer who pays an open invoice on its hosted page. A
// declined card is no error: it answers a Payment of status failed.
func (a *Account) PayInvoice(id string, opts PayOptions) (Payment, error) {
	now := a.enter()
	defer a.leave()
	o, e := find[*invoice](a, a.invoices, id, "invoice")
	if e != nil {
		return Payment{}, e
	}
	in, payable := a.byID[val(o.PaymentIntent)].(*paymentIntent)
	if !payable || o.Status != "open" && o.Status != "uncollectible" || a.paymentUnderWay(o) {
		return Payment{}, notOpen()
	}
	if opts.Method == "" {
		opts.Method = Card
	}
	o.AttemptCount = max(1, o.AttemptCount)
	ch, e := a.attempt(in, payer{method: opts.Method, fails: opts.Returned, name: opts.Name, email: opts.Email}, now)
	if e == nil {
		a.awaits(o, in, now)
	}
	return a.payment(ch, e)
}
