package stripe

import (
	"encoding/json"
	"fmt"
	"slices"
)

type creditNote struct {
	head
	ID                   string            `json:"id"`
	Object               string            `json:"object"`
	Amount               int64             `json:"amount"`
	AmountShipping       int64             `json:"amount_shipping"`
	Created              int64             `json:"created"`
	Currency             string            `json:"currency"`
	Customer             string            `json:"customer"`
	BalanceTransaction   *string           `json:"customer_balance_transaction"`
	DiscountAmount       int64             `json:"discount_amount"`
	DiscountAmounts      []json.RawMessage `json:"discount_amounts"`
	EffectiveAt          *int64            `json:"effective_at"`
	Invoice              string            `json:"invoice"`
	Lines                list              `json:"lines"`
	Livemode             bool              `json:"livemode"`
	Memo                 *string           `json:"memo"`
	Metadata             metadata          `json:"metadata"`
	Number               string            `json:"number"`
	OutOfBandAmount      *int64            `json:"out_of_band_amount"`
	PDF                  string            `json:"pdf"`
	Reason               *string           `json:"reason"`
	Refund               *string           `json:"refund"`
	ShippingCost         null              `json:"shipping_cost"`
	Status               string            `json:"status"`
	Subtotal             int64             `json:"subtotal"`
	SubtotalExcludingTax int64             `json:"subtotal_excluding_tax"`
	TaxAmounts           []json.RawMessage `json:"tax_amounts"`
	Total                int64             `json:"total"`
	TotalExcludingTax    int64             `json:"total_excluding_tax"`
	Type                 string            `json:"type"`
	VoidedAt             *int64            `json:"voided_at"`

	lines    []*creditLine
	before   int64 // of the amount: what it took off an unpaid invoice
	refunded int64 // of the amount: what Refund gave back
	credited int64 // of the amount: what went to the customer's balance
	outside  int64 // of the amount: given back outside of Stripe
	linked   string
	token    string
}

func (o *creditNote) ident() string { return o.ID }
func (o *creditNote) madeAt() int64 { return o.Created }

type creditLine struct {
	head
	ID                     string            `json:"id"`
	Object                 string            `json:"object"`
	Amount                 int64             `json:"amount"`
	AmountExcludingTax     int64             `json:"amount_excluding_tax"`
	Description            *string           `json:"description"`
	DiscountAmount         int64             `json:"discount_amount"`
	DiscountAmounts        []json.RawMessage `json:"discount_amounts"`
	InvoiceLineItem        string            `json:"invoice_line_item,omitempty"`
	Livemode               bool              `json:"livemode"`
	Quantity               *int64            `json:"quantity"`
	TaxAmounts             []json.RawMessage `json:"tax_amounts"`
	TaxRates               []json.RawMessage `json:"tax_rates"`
	Type                   string            `json:"type"`
	UnitAmount             *int64            `json:"unit_amount"`
	UnitAmountDecimal      *string           `json:"unit_amount_decimal"`
	UnitAmountExcludingTax *string           `json:"unit_amount_excluding_tax"`
}

func (o *creditLine) ident() string { return o.ID }
func (o *creditLine) madeAt() int64 { return 0 }

func (c *call) createCreditNote() *Error {
	o, in, e := c.draftCreditNote()
	if e != nil {
		return e
	}
	if e := c.giveBackFor(o, in); e != nil {
		return e
	}
	c.issue(o, in)
	return c.answer(o)
}

// draftCreditNote reads and checks a credit note without issuing it.
func (c *call) draftCreditNote() (*creditNote, *invoice, *Error) {
	if c.str("invoice") == "" {
		return nil, nil, missingParam("invoice")
	}
	in, e := find[*invoice](c.Account, c.invoices, c.str("invoice"), "invoice")
	if e != nil {
		e.Status = 400
		return nil, nil, e
	}
	if in.Status == "draft" || in.Status == "void" {
		return nil, nil, invalid("", "invoice", "Credit notes can only be created on invoices that are open, paid or uncollectible. This invoice is %s.", in.Status)
	}
	n := len(c.creditNotes.index["invoice="+in.ID]) + 1
	o := &creditNote{
		ID: c.id("cn"), Object: "credit_note", Created: c.now, Currency: in.Currency, Customer: in.Customer, DiscountAmounts: []json.RawMessage{},
		EffectiveAt: new(c.now), Invoice: in.ID, Livemode: in.Livemode, Metadata: metadata{}, Number: fmt.Sprintf("%s-CN-%02d", val(in.Number), n),
		Status: "issued", TaxAmounts: []json.RawMessage{}, token: c.letters(40),
	}
	o.PDF = c.base() + "/credit_notes/" + c.opts.ID + "/" + o.token + "/pdf?s=ap"
	if e := c.fillCreditNote(o); e != nil {
		return nil, nil, e
	}
	if e := c.creditAmounts(o, in); e != nil {
		return nil, nil, e
	}
	o.showLines()
	return o, in, nil
}

func (o *creditNote) showLines() {
	shown := o.lines[:min(len(o.lines), defaultLimit)]
	o.Lines = list{Object: "list", Data: make([]json.RawMessage, len(shown)), HasMore: len(o.lines) > len(shown), URL: "/v1/credit_notes/" + o.ID + "/lines"}
	for i, l := range shown {
		o.Lines.Data[i] = body(l)
	}
}

func (c *call) fillCreditNote(o *creditNote) (e *Error) {
	o.Memo = opt(c.str("memo"))
	if e := c.oneOf("reason", "duplicate", "fraudulent", "order_change", "product_unsatisfactory"); e != nil {
		return e
	}
	o.Reason = opt(c.str("reason"))
	if c.str("effective_at") != "" {
		at, e := c.integer("effective_at")
		if e != nil {
			return e
		}
		o.EffectiveAt = &at
	}
	o.Metadata, e = c.merge("metadata", o.Metadata)
	return e
}

// creditAmounts reads lines, or one amount, and how it is given back.
func (c *call) creditAmounts(o *creditNote, in *invoice) (e *Error) {
	for name, field := range map[string]*int64{
		"amount": &o.Amount, "refund_amount": &o.refunded, "credit_amount": &o.credited, "out_of_band_amount": &o.outside,
	} {
		if *field, e = c.integer(name); e != nil {
			return e
		}
		if *field < 0 || c.has(name) && name == "amount" && *field == 0 {
			return invalid("parameter_invalid_integer", name, "This value must be greater than or equal to 1.")
		}
	}
	if o.outside > 0 {
		o.OutOfBandAmount = &o.outside
	}
	if e := c.linkedRefund(o, in); e != nil {
		return e
	}
	if e := c.creditLines(o, in); e != nil {
		return e
	}
	if o.Amount == 0 {
		o.Amount = o.refunded + o.credited + o.outside
	}
	if o.Amount == 0 {
		return invalid("parameter_missing", "amount", "You must pass one of `amount`, `lines` or `shipping_cost` when creating a credit note.")
	}
	o.Subtotal, o.SubtotalExcludingTax, o.Total, o.TotalExcludingTax = o.Amount, o.Amount, o.Amount, o.Amount
	return c.creditFits(o, in)
}

// linkedRefund takes a refund that was already made instead of a new one:
// `refund`, or since 2025-03-31.basil `refunds`.
func (c *call) linkedRefund(o *creditNote, in *invoice) *Error {
	id, param := c.str("refund"), "refund"
	names := c.elements("refunds")
	if len(names) > 1 {
		return notModelled("refunds")
	}
	if len(names) == 1 {
		param = names[0] + "[refund]"
		id = c.str(param)
	}
	if id == "" {
		return nil
	}
	r, e := find[*refund](c.Account, c.refunds, id, param)
	if e != nil {
		e.Status = 400
		return e
	}
	if ch, ok := c.byID[r.Charge].(*charge); !ok || !in.has(val(ch.PaymentIntent)) {
		return invalid("", param, "The refund %s is not for a payment of invoice %s.", id, in.ID)
	}
	o.linked, o.refunded = id, r.Amount
	return nil
}

func (o *invoice) has(intent string) bool {
	for _, p := range o.payments {
		if p.intent == intent {
			return true
		}
	}
	return false
}

// creditFits: an unpaid invoice is reduced first, and what is left over must
// be given back in full (Stripe docs: api/credit_notes/create).
func (c *call) creditFits(o *creditNote, in *invoice) *Error {
	if in.Status != "paid" {
		o.before = min(o.Amount, in.AmountRemaining)
	}
	after, given := o.Amount-o.before, o.refunded+o.credited+o.outside
	show := func(n int64) string { return amountText(n, o.Currency) }
	switch {
	case o.before > 0 && after > 0 && !since(c.version, vBasil):
		return invalid("", "amount", "The credit note amount (%s) must be less than or equal to the invoice's amount remaining (%s).", show(o.Amount), show(in.AmountRemaining))
	case given != after:
		return invalid("", "", "The sum of credit amount, refund amount and out of band amount (%s) must equal the credit note amount (%s).", show(given), show(after))
	case after > in.AmountPaid-in.PostPaymentCreditNotes:
		return invalid("", "amount", "The credit note amount (%s) is greater than the invoice's amount that is left to be credited (%s).", show(after), show(in.AmountPaid-in.PostPaymentCreditNotes))
	}
	switch {
	case after == 0:
		o.Type = "pre_payment"
	case o.before == 0:
		o.Type = "post_payment"
	default:
		o.Type = "mixed"
	}
	return nil
}

// giveBackFor makes the refund and the customer's credit of a credit note.
func (c *call) giveBackFor(o *creditNote, in *invoice) *Error {
	if o.refunded > 0 && o.linked == "" {
		ch, e := find[*charge](c.Account, c.charges, val(in.Charge), "refund_amount")
		if e != nil {
			return invalid("", "refund_amount", "The invoice has no charge that could be refunded.")
		}
		r, e := c.giveBack(ch, o.refunded, "", metadata{}, c.now)
		if e != nil {
			return e
		}
		o.linked = r.ID
	}
	o.Refund = opt(o.linked)
	owner, ok := c.byID[o.Customer].(*customer)
	if o.credited > 0 && !ok {
		return invalid("", "credit_amount", "The customer of this invoice has been deleted.")
	}
	if o.credited > 0 {
		t := c.moveBalance(owner, balanceMove{amount: -o.credited, currency: o.Currency, kind: "credit_note", invoice: in.ID, creditNote: o.ID}, c.now)
		o.BalanceTransaction = &t.ID
	}
	return nil
}

// issue registers a credit note and shows it on its invoice.
func (c *call) issue(o *creditNote, in *invoice) {
	for _, l := range o.lines {
		c.byID[l.ID] = l
	}
	c.byToken[o.token] = o
	c.register(c.creditNotes, o, "invoice="+in.ID, "customer="+in.Customer)
	before := body(in)
	in.PrePaymentCreditNotes += o.before
	in.PostPaymentCreditNotes += o.Amount - o.before
	c.refresh(in)
	c.emit(c.now, "credit_note.created", o, nil)
	c.resizeIntent(in)
	if in.Status != "paid" && in.AmountRemaining == 0 {
		c.settled(in, c.now)
		return
	}
	c.emit(c.now, "invoice.updated", in, before)
}

// resizeIntent lets the invoice's open payment ask for what remains.
func (a *Account) resizeIntent(o *invoice) {
	in, ok := a.byID[val(o.PaymentIntent)].(*paymentIntent)
	if !ok || in.Status == "succeeded" || in.Status == "canceled" || in.Status == "processing" || o.AmountRemaining == 0 {
		return
	}
	in.Amount = o.AmountRemaining
	in.touch()
	for _, p := range o.payments {
		if p.IsDefault && p.Status == "open" {
			p.AmountRequested = in.Amount
			p.touch()
		}
	}
}

// voidCreditNote gives an unpaid invoice its amount back (Stripe docs:
// invoicing/dashboard/credit-notes, "Void a credit note").
func (c *call) voidCreditNote() *Error {
	o, e := find[*creditNote](c.Account, c.creditNotes, c.req.PathValue("id"), "id")
	if e != nil {
		return e
	}
	in, known := c.byID[o.Invoice].(*invoice)
	switch {
	case o.Status == "void":
		return invalid("", "", "This credit note has already been voided.")
	case !known || o.Type != "pre_payment" || in.Status != "open":
		return invalid("", "", "You can only void credit notes of open invoices.")
	}
	before, was := body(o), body(in)
	o.Status, o.VoidedAt = "void", new(c.now)
	o.touch()
	in.PrePaymentCreditNotes -= o.before
	c.refresh(in)
	c.resizeIntent(in)
	c.emit(c.now, "credit_note.voided", o, nil)
	c.emit(c.now, "credit_note.updated", o, before)
	c.emit(c.now, "invoice.updated", in, was)
	return c.answer(o)
}

func (c *call) updateCreditNote() *Error {
	o, e := find[*creditNote](c.Account, c.creditNotes, c.req.PathValue("id"), "id")
	if e != nil {
		return e
	}
	m, e := c.merge("metadata", o.Metadata)
	if e != nil {
		return e
	}
	before := body(o)
	o.Metadata = m
	if c.has("memo") {
		o.Memo = opt(c.str("memo"))
	}
	o.touch()
	c.emit(c.now, "credit_note.updated", o, before)
	return c.answer(o)
}

func (c *call) getCreditNote() *Error { return get[*creditNote](c, c.creditNotes, "id") }

func (c *call) listCreditNotes() *Error {
	key, keep := c.pick([]string{"invoice", "customer"},
		filter{"invoice", func(o object) string { return o.(*creditNote).Invoice }},
		filter{"customer", func(o object) string { return o.(*creditNote).Customer }})
	return c.answerList(c.creditNotes, "/v1/credit_notes", key, keep)
}

// previewCreditNote computes a credit note without issuing it.
func (c *call) previewCreditNote() *Error {
	o, _, e := c.draftCreditNote()
	if e != nil {
		return e
	}
	return c.answer(o)
}

func (c *call) previewCreditLines() *Error {
	o, _, e := c.draftCreditNote()
	if e != nil {
		return e
	}
	return c.answerCreditLines(o, "/v1/credit_notes/preview/lines")
}

func (c *call) creditNoteLines() *Error {
	o, e := find[*creditNote](c.Account, c.creditNotes, c.req.PathValue("id"), "credit_note")
	if e != nil {
		return e
	}
	return c.answerCreditLines(o, "/v1/credit_notes/"+o.ID+"/lines")
}

func (c *call) answerCreditLines(o *creditNote, url string) *Error {
	s := newShelf("credit_note_line_item")
	for _, l := range slices.Backward(o.lines) { // a page is shown from the end of the shelf
		s.items = append(s.items, l)
		l.pos = len(s.items) - 1
	}
	q := query{from: 0, to: forever, limit: defaultLimit}
	if e := c.paging(s, &q); e != nil {
		return e
	}
	out, more := s.page(q)
	return c.answerPage(out, more, url)
}
