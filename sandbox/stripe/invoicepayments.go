package stripe

import "net/http"

// invoicePayment ties a payment intent to an invoice. Versions since
// 2025-03-31.basil show it (Stripe docs: api/invoice-payment).
type invoicePayment struct {
	head
	ID              string             `json:"id"`
	Object          string             `json:"object"`
	AmountPaid      *int64             `json:"amount_paid"`
	AmountRequested int64              `json:"amount_requested"`
	Created         int64              `json:"created"`
	Currency        string             `json:"currency"`
	Invoice         string             `json:"invoice"`
	IsDefault       bool               `json:"is_default"`
	Livemode        bool               `json:"livemode"`
	Payment         associatedPayment  `json:"payment"`
	Status          string             `json:"status"`
	Transitions     paymentTransitions `json:"status_transitions"`

	intent string
}

func (o *invoicePayment) ident() string { return o.ID }
func (o *invoicePayment) madeAt() int64 { return o.Created }

type associatedPayment struct {
	PaymentIntent string `json:"payment_intent"`
	Type          string `json:"type"`
}

type paymentTransitions struct {
	CanceledAt *int64 `json:"canceled_at"`
	PaidAt     *int64 `json:"paid_at"`
}

// tie makes a payment intent one of the invoice's payments.
func (a *Account) tie(o *invoice, in *paymentIntent, amount int64, isDefault bool, at int64) *invoicePayment {
	p := &invoicePayment{
		ID: a.id("inpay"), Object: "invoice_payment", AmountRequested: amount, Created: at, Currency: o.Currency, Invoice: o.ID,
		IsDefault: isDefault, Livemode: o.Livemode, Payment: associatedPayment{in.ID, "payment_intent"}, Status: "open", intent: in.ID,
	}
	o.payments = append(o.payments, p)
	a.register(a.invoicePayments, p, "invoice="+o.ID, "payment_intent="+in.ID)
	return p
}

// attachPayment adds a payment intent to an open invoice.
func (c *call) attachPayment() *Error {
	o, e := c.invoice()
	if e != nil {
		return e
	}
	if c.has("payment_record") {
		return notModelled("payment_record")
	}
	id := c.str("payment_intent")
	if id == "" {
		return missingParam("payment_intent")
	}
	in, e := find[*paymentIntent](c.Account, c.intents, id, "payment_intent")
	switch {
	case e != nil:
		e.Status = http.StatusBadRequest
		return e
	case o.Status != "open" && o.Status != "uncollectible":
		return notOpen()
	case in.Currency != o.Currency:
		return invalid("", "payment_intent", "The PaymentIntent's currency (%s) does not match the invoice's currency (%s).", in.Currency, o.Currency)
	case val(in.Customer) != o.Customer:
		return invalid("", "payment_intent", "The PaymentIntent's customer does not match the invoice's customer.")
	case in.Status == "canceled":
		return invalid("", "payment_intent", "A canceled PaymentIntent cannot be attached to an invoice.")
	case len(c.invoicePayments.index["payment_intent="+in.ID]) > 0:
		return invalid("", "payment_intent", "The PaymentIntent %s is already attached to an invoice.", in.ID)
	}
	before := body(o)
	p := c.tie(o, in, in.Amount, false, c.now)
	if ch, ok := c.byID[val(in.LatestCharge)].(*charge); ok && in.Status == "succeeded" {
		c.credit(o, p, ch, c.now)
		return c.answer(o)
	}
	o.touch()
	c.emit(c.now, "invoice.updated", o, before)
	return c.answer(o)
}

func (c *call) getInvoicePayment() *Error {
	return get[*invoicePayment](c, c.invoicePayments, "invoice_payment")
}

func (c *call) listInvoicePayments() *Error {
	if t := c.str("payment[type]"); t != "" && c.str("payment[payment_intent]") == "" && c.str("payment[payment_record]") == "" {
		return missingParam("payment[" + t + "]")
	}
	if c.has("payment[payment_record]") {
		return c.answer(list{Object: "list", URL: "/v1/invoice_payments"})
	}
	if in := c.str("payment[payment_intent]"); in != "" {
		c.values["payment_intent"] = in
	}
	key, keep := c.pick([]string{"invoice", "payment_intent"},
		filter{"invoice", func(o object) string { return o.(*invoicePayment).Invoice }},
		filter{"payment_intent", func(o object) string { return o.(*invoicePayment).intent }},
		filter{"status", func(o object) string { return o.(*invoicePayment).Status }})
	return c.answerList(c.invoicePayments, "/v1/invoice_payments", key, keep)
}
