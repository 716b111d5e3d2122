package stripe

import "encoding/json"

type invoice struct {
	head
	ID                     string             `json:"id"`
	Object                 string             `json:"object"`
	AccountCountry         string             `json:"account_country"`
	AccountName            *string            `json:"account_name"`
	AccountTaxIDs          null               `json:"account_tax_ids"`
	AmountDue              int64              `json:"amount_due"`
	AmountPaid             int64              `json:"amount_paid"`
	AmountRemaining        int64              `json:"amount_remaining"`
	AmountShipping         int64              `json:"amount_shipping"`
	Application            null               `json:"application"`
	ApplicationFeeAmount   null               `json:"application_fee_amount"`
	AttemptCount           int64              `json:"attempt_count"`
	Attempted              bool               `json:"attempted"`
	AutoAdvance            bool               `json:"auto_advance"`
	AutomaticTax           sessionTax         `json:"automatic_tax"`
	BillingReason          string             `json:"billing_reason"`
	Charge                 *string            `json:"charge"`
	CollectionMethod       string             `json:"collection_method"`
	Created                int64              `json:"created"`
	Currency               string             `json:"currency"`
	CustomFields           []customField      `json:"custom_fields"`
	Customer               string             `json:"customer"`
	CustomerAddress        *address           `json:"customer_address"`
	CustomerEmail          *string            `json:"customer_email"`
	CustomerName           *string            `json:"customer_name"`
	CustomerPhone          *string            `json:"customer_phone"`
	CustomerShipping       *customerShip      `json:"customer_shipping"`
	CustomerTaxExempt      string             `json:"customer_tax_exempt"`
	CustomerTaxIDs         []json.RawMessage  `json:"customer_tax_ids"`
	DefaultPaymentMethod   *string            `json:"default_payment_method"`
	DefaultSource          null               `json:"default_source"`
	DefaultTaxRates        []json.RawMessage  `json:"default_tax_rates"`
	Description            *string            `json:"description"`
	Discount               null               `json:"discount"`
	Discounts              []string           `json:"discounts"`
	DueDate                *int64             `json:"due_date"`
	EffectiveAt            *int64             `json:"effective_at"`
	EndingBalance          *int64             `json:"ending_balance"`
	Footer                 *string            `json:"footer"`
	FromInvoice            null               `json:"from_invoice"`
	HostedInvoiceURL       *string            `json:"hosted_invoice_url"`
	InvoicePDF             *string            `json:"invoice_pdf"`
	Issuer                 json.RawMessage    `json:"issuer"`
	LastFinalizationError  null               `json:"last_finalization_error"`
	LatestRevision         null               `json:"latest_revision"`
	Lines                  list               `json:"lines"`
	Livemode               bool               `json:"livemode"`
	Metadata               metadata           `json:"metadata"`
	NextPaymentAttempt     *int64             `json:"next_payment_attempt"`
	Number                 *string            `json:"number"`
	OnBehalfOf             null               `json:"on_behalf_of"`
	Paid                   bool               `json:"paid"`
	PaidOutOfBand          bool               `json:"paid_out_of_band"`
	PaymentIntent          *string            `json:"payment_intent"`
	PaymentSettings        paymentSettings    `json:"payment_settings"`
	PeriodEnd              int64              `json:"period_end"`
	PeriodStart            int64              `json:"period_start"`
	PostPaymentCreditNotes int64              `json:"post_payment_credit_notes_amount"`
	PrePaymentCreditNotes  int64              `json:"pre_payment_credit_notes_amount"`
	Quote                  null               `json:"quote"`
	ReceiptNumber          *string            `json:"receipt_number"`
	Rendering              *invoiceRendering  `json:"rendering"`
	ShippingCost           null               `json:"shipping_cost"`
	ShippingDetails        null               `json:"shipping_details"`
	StartingBalance        int64              `json:"starting_balance"`
	StatementDescriptor    *string            `json:"statement_descriptor"`
	Status                 string             `json:"status"`
	StatusTransitions      invoiceTransitions `json:"status_transitions"`
	Subscription           null               `json:"subscription"`
	SubscriptionDetails    null               `json:"subscription_details"`
	Subtotal               int64              `json:"subtotal"`
	SubtotalExcludingTax   int64              `json:"subtotal_excluding_tax"`
	Tax                    null               `json:"tax"`
	TestClock              null               `json:"test_clock"`
	Total                  int64              `json:"total"`
	TotalDiscountAmounts   []json.RawMessage  `json:"total_discount_amounts"`
	TotalExcludingTax      int64              `json:"total_excluding_tax"`
	TotalTaxAmounts        []json.RawMessage  `json:"total_tax_amounts"`
	TransferData           null               `json:"transfer_data"`
	WebhooksDeliveredAt    *int64             `json:"webhooks_delivered_at"`

	lines        []*invoiceLine // in the order shown
	payments     []*invoicePayment
	daysUntilDue int64
	token        string // the secret part of the hosted page's URL
	retries      int    // automatic attempts that failed
	finalAmount  int64  // total plus what the customer's balance added or took when finalised
}

func (o *invoice) ident() string { return o.ID }
func (o *invoice) madeAt() int64 { return o.Created }

type customField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type paymentSettings struct {
	DefaultMandate       *string         `json:"default_mandate"`
	PaymentMethodOptions json.RawMessage `json:"payment_method_options"`
	PaymentMethodTypes   []string        `json:"payment_method_types"`
}

type invoiceRendering struct {
	AmountTaxDisplay *string        `json:"amount_tax_display"`
	PDF              *renderingPage `json:"pdf"`
}

type renderingPage struct {
	PageSize string `json:"page_size"`
}

type invoiceTransitions struct {
	FinalizedAt     *int64 `json:"finalized_at"`
	UncollectibleAt *int64 `json:"marked_uncollectible_at"`
	PaidAt          *int64 `json:"paid_at"`
	VoidedAt        *int64 `json:"voided_at"`
}

func (a *Account) newInvoice(now int64, c *customer, currency string) *invoice {
	o := &invoice{
		ID: a.id("in"), Object: "invoice", AccountCountry: a.opts.Country, AccountName: opt(a.opts.Name),
		BillingReason: "manual", CollectionMethod: "charge_automatically", Created: now, Currency: currency,
		Customer: c.ID, CustomerTaxIDs: []json.RawMessage{}, DefaultTaxRates: []json.RawMessage{}, Discounts: []string{},
		Issuer: json.RawMessage(`{"type":"self"}`), Livemode: a.opts.Livemode, Metadata: metadata{}, PeriodEnd: now, PeriodStart: now,
		Status: "draft", TotalDiscountAmounts: []json.RawMessage{}, TotalTaxAmounts: []json.RawMessage{}, WebhooksDeliveredAt: new(now),
	}
	a.mirror(o, c)
	a.refresh(o)
	return o
}

// mirror copies what a draft shows of its customer.
func (a *Account) mirror(o *invoice, c *customer) {
	o.CustomerAddress, o.CustomerEmail, o.CustomerName, o.CustomerPhone = c.Address, c.Email, c.Name, c.Phone
	o.CustomerShipping, o.CustomerTaxExempt, o.StartingBalance = c.Shipping, c.TaxExempt, c.Balance
}

// refresh recomputes the sums of an invoice from its lines and payments.
func (a *Account) refresh(o *invoice) {
	o.Subtotal = 0
	for _, l := range o.lines {
		o.Subtotal += l.Amount
	}
	o.SubtotalExcludingTax, o.Total, o.TotalExcludingTax = o.Subtotal, o.Subtotal, o.Subtotal
	if o.Status == "draft" {
		due, _, _ := a.balanceApplied(o)
		o.finalAmount = due
	}
	o.AmountDue = max(0, o.finalAmount-o.PrePaymentCreditNotes)
	o.AmountRemaining = max(0, o.AmountDue-o.AmountPaid)
	if o.PaidOutOfBand {
		o.AmountRemaining = 0
	}
	shown := o.lines[:min(len(o.lines), defaultLimit)]
	o.Lines = list{Object: "list", Data: make([]json.RawMessage, len(shown)), HasMore: len(o.lines) > len(shown), URL: "/v1/invoices/" + o.ID + "/lines"}
	for i, l := range shown {
		l.touch()
		o.Lines.Data[i] = body(l)
	}
	o.touch()
}

// invoiceKeys are the sub-lists of an invoice.
func invoiceKeys(o *invoice) []string { return []string{"customer=" + o.Customer} }

func (c *call) invoice() (*invoice, *Error) {
	return find[*invoice](c.Account, c.invoices, c.req.PathValue("id"), "invoice")
}

func (c *call) createInvoice() *Error {
	owner, e := c.payingCustomer("customer")
	if e != nil {
		return e
	}
	pending, e := c.pendingToInclude(owner)
	if e != nil {
		return e
	}
	o := c.newInvoice(c.now, owner, c.invoiceCurrency(owner, pending))
	if e := c.fillInvoice(o); e != nil {
		return e
	}
	if e := checkTerms(o, c.has("due_date") || c.has("days_until_due")); e != nil {
		return e
	}
	for _, it := range pending {
		if it.Currency == o.Currency {
			c.putOn(o, it)
		}
	}
	c.refresh(o)
	c.register(c.invoices, o, invoiceKeys(o)...)
	c.emit(c.now, "invoice.created", o, nil)
	c.scheduleFinalization(o, c.now)
	return c.answer(o)
}

// payingCustomer is the customer named by a parameter that must be there.
func (c *call) payingCustomer(param string) (*customer, *Error) {
	id := c.str(param)
	if id == "" {
		return nil, missingParam(param)
	}
	o, e := find[*customer](c.Account, c.customers, id, param)
	if e != nil {
		e.Status = 400
	}
	return o, e
}

func (c *call) invoiceCurrency(owner *customer, pending []*invoiceItem) string {
	switch {
	case c.str("currency") != "":
		return lower(c.str("currency"))
	case len(pending) > 0:
		return pending[0].Currency
	case owner.Currency != nil:
		return *owner.Currency
	}
	return c.opts.DefaultCurrency
}

// pendingToInclude are the customer's pending items, when asked for: they are
// left out by default since 2022-08-01 (Stripe docs: api/invoices/create,
// pending_invoice_items_behavior).
func (c *call) pendingToInclude(owner *customer) ([]*invoiceItem, *Error) {
	const how = "pending_invoice_items_behavior"
	if e := c.oneOf(how, "exclude", "include"); e != nil || c.str(how) == "" || c.str(how) == "exclude" {
		return nil, e
	}
	items := c.pendingItems(owner.ID)
	if currency := lower(c.str("currency")); currency != "" {
		kept := items[:0]
		for _, it := range items {
			if it.Currency == currency {
				kept = append(kept, it)
			}
		}
		items = kept
	}
	return items, nil
}

func (c *call) updateInvoice() *Error {
	o, e := c.invoice()
	if e != nil {
		return e
	}
	if e := c.checkEditable(o); e != nil {
		return e
	}
	changed := *o
	if e := c.fillInvoice(&changed); e != nil {
		return e
	}
	if e := checkTerms(&changed, c.has("due_date") || c.has("days_until_due")); e != nil {
		return e
	}
	before := body(o)
	started := changed.AutoAdvance && !o.AutoAdvance
	*o = changed
	if o.Status == "draft" && started {
		c.scheduleFinalization(o, c.now)
	} else if o.Status == "open" && started {
		c.scheduleAttempt(o, c.now+finalizeAfter)
	}
	if !o.AutoAdvance {
		o.NextPaymentAttempt = nil
	}
	c.refresh(o)
	c.emit(c.now, "invoice.updated", o, before)
	return c.answer(o)
}

// checkEditable: "Once an invoice is finalized, monetary values, as well as
// collection_method, become uneditable" (Stripe docs: api/invoices/update).
func (c *call) checkEditable(o *invoice) *Error {
	if o.Status == "draft" {
		return nil
	}
	for _, name := range []string{"collection_method", "days_until_due", "due_date", "number", "effective_at"} {
		if c.has(name) {
			return invalid("invoice_not_editable", name, "Finalized invoices can't be updated in this way")
		}
	}
	return nil
}

func (c *call) getInvoice() *Error { return get[*invoice](c, c.invoices, "invoice") }

func (c *call) listInvoices() *Error {
	if e := c.oneOf("status", "draft", "open", "paid", "uncollectible", "void"); e != nil {
		return e
	}
	if e := c.oneOf("collection_method", "charge_automatically", "send_invoice"); e != nil {
		return e
	}
	from, to, e := c.window("due_date")
	if e != nil {
		return e
	}
	key, keep := c.pick([]string{"customer"},
		filter{"customer", func(o object) string { return o.(*invoice).Customer }},
		filter{"status", func(o object) string { return o.(*invoice).Status }},
		filter{"subscription", func(object) string { return "" }},
		filter{"collection_method", func(o object) string { return o.(*invoice).CollectionMethod }})
	dated := c.has("due_date") || c.hasGroup("due_date")
	return c.answerList(c.invoices, "/v1/invoices", key, func(o object) bool {
		if due := o.(*invoice).DueDate; dated && (due == nil || *due < from || *due > to) {
			return false
		}
		return keep == nil || keep(o)
	})
}

// deleteInvoice: only drafts can be deleted; items that were pending before
// wait for another invoice again (see README, Unknown).
func (c *call) deleteInvoice() *Error {
	o, e := c.invoice()
	if e != nil {
		return e
	}
	if o.Status != "draft" {
		return invalid("", "", "You can only delete draft invoices")
	}
	for _, l := range o.lines {
		it, ok := c.byID[l.InvoiceItem].(*invoiceItem)
		switch {
		case !ok:
		case it.wasPending:
			it.Invoice, it.line = nil, nil
			it.touch()
			c.invoiceItems.unlink("invoice="+o.ID, it)
		default:
			c.forget(c.invoiceItems, it, itemKeys(it)...)
		}
		delete(c.byID, l.ID)
	}
	c.emit(c.now, "invoice.deleted", o, nil)
	return c.answer(c.forget(c.invoices, o, invoiceKeys(o)...))
}
