package stripe

import (
	"fmt"
	"slices"
)

// finalizeAfter is how long a draft with auto_advance waits (Stripe docs:
// invoicing/integration/automatic-advancement-collection, "approximately one
// hour").
const finalizeAfter = 60 * 60

// balanceApplied is what an invoice's total becomes with the customer's
// balance: the amount due, the balance afterwards and what its movement is
// called (Stripe docs: api/invoices/object, amount_due).
func (a *Account) balanceApplied(o *invoice) (due, ending int64, kind string) {
	switch due = o.Total + o.StartingBalance; {
	case due < 0:
		return 0, due, "applied_to_invoice"
	case due > 0 && due < minimumOf(o.Currency) && o.CollectionMethod == "charge_automatically":
		return 0, due, "invoice_too_small"
	}
	return due, 0, "applied_to_invoice"
}

// scheduleFinalization lets the clock finalise a draft with auto_advance, and
// collect or send it.
func (a *Account) scheduleFinalization(o *invoice, now int64) {
	if !o.AutoAdvance || o.Status != "draft" {
		return
	}
	at := now + finalizeAfter
	if o.CollectionMethod == "charge_automatically" {
		o.NextPaymentAttempt = &at
		o.touch()
	}
	a.at(at, rankInvoice, func(at int64) {
		if o.Status != "draft" || !o.AutoAdvance || a.byID[o.ID] != object(o) {
			return
		}
		a.finalize(o, at)
		switch {
		case o.Status != "open":
		case o.CollectionMethod == "send_invoice":
			a.emit(at, "invoice.sent", o, nil)
		default:
			a.collect(o, at)
		}
	})
}

// finalize turns a draft into an open invoice, or a paid one when nothing is due.
func (a *Account) finalize(o *invoice, at int64) {
	before := body(o)
	owner, known := a.byID[o.Customer].(*customer)
	if known {
		a.mirror(o, owner)
	}
	due, ending, kind := a.balanceApplied(o)
	o.finalAmount, o.EndingBalance, o.Status, o.NextPaymentAttempt = due, &ending, "open", nil
	o.StatusTransitions.FinalizedAt = &at
	if o.EffectiveAt == nil {
		o.EffectiveAt = &at
	}
	if o.CollectionMethod == "send_invoice" && o.DueDate == nil {
		o.DueDate = new(at + o.daysUntilDue*day)
	}
	if known {
		a.numberFrom(o, owner, at)
		if ending != o.StartingBalance {
			a.moveBalance(owner, balanceMove{amount: ending - o.StartingBalance, currency: o.Currency, kind: kind, invoice: o.ID}, at)
		}
	}
	o.token = a.letters(40)
	o.HostedInvoiceURL = opt(a.base() + "/i/" + a.opts.ID + "/" + o.token + "?s=ap")
	o.InvoicePDF = opt(a.base() + "/invoice/" + a.opts.ID + "/" + o.token + "/pdf?s=ap")
	a.byToken[o.token] = o
	for _, l := range o.lines { // items may no longer change
		if it, ok := a.byID[l.InvoiceItem].(*invoiceItem); ok {
			it.touch()
		}
	}
	a.refresh(o)
	if o.AmountDue > 0 {
		a.intentFor(o, at)
	}
	if o.DueDate != nil {
		a.at(*o.DueDate, rankInvoice, func(at int64) {
			if o.Status == "open" {
				a.behind(o, true, at)
			}
		})
	}
	a.emit(at, "invoice.finalized", o, nil)
	a.emit(at, "invoice.updated", o, before)
	if o.AmountDue == 0 {
		a.settled(o, at)
	}
}

// numberFrom gives the next number of the customer's own sequence (Stripe
// docs: invoicing/customize, "Invoice numbering schemes").
func (a *Account) numberFrom(o *invoice, owner *customer, at int64) {
	before := body(owner)
	if o.Number == nil {
		o.Number = opt(fmt.Sprintf("%s-%04d", owner.InvoicePrefix, owner.NextInvoice))
		owner.NextInvoice++
	}
	if owner.Currency == nil {
		owner.Currency = opt(o.Currency)
	}
	owner.touch()
	a.emit(at, "customer.updated", owner, before)
}

func (c *call) finalizeInvoice() *Error {
	o, e := c.invoice()
	if e != nil {
		return e
	}
	if o.Status != "draft" {
		return invalid("", "", "This invoice is already finalized, you can't re-finalize a non-draft invoice.")
	}
	if o.AutoAdvance, e = c.boolean("auto_advance", o.AutoAdvance); e != nil {
		return e
	}
	c.finalize(o, c.now)
	if o.Status == "open" && o.AutoAdvance && o.CollectionMethod == "charge_automatically" {
		c.scheduleAttempt(o, c.now+finalizeAfter)
	}
	return c.answer(o)
}

// sendInvoice finalises a draft first, as the public fixture of invoice.sent
// relies on.
func (c *call) sendInvoice() *Error {
	o, e := c.invoice()
	if e != nil {
		return e
	}
	if o.CollectionMethod != "send_invoice" {
		return invalid("", "", "You can only manually send an invoice if its collection method is 'send_invoice'.")
	}
	if o.Status == "void" || o.Status == "uncollectible" {
		return notOpen()
	}
	if o.Status == "draft" {
		c.finalize(o, c.now)
	}
	c.emit(c.now, "invoice.sent", o, nil)
	return c.answer(o)
}

func notOpen() *Error {
	return invalid("", "", "You can only pass in open invoices. This invoice isn't open.")
}

// voidInvoice takes a finalised invoice back: its payment intent is cancelled
// and what the customer's balance gave returns.
func (c *call) voidInvoice() *Error {
	o, e := c.invoice()
	switch {
	case e != nil:
		return e
	case o.Status != "open" && o.Status != "uncollectible":
		return notOpen()
	case c.paymentUnderWay(o):
		return invalid("", "", "You cannot void an invoice while its payment is processing.")
	case o.AmountPaid > 0:
		return invalid("", "", "You cannot void an invoice that has been partially paid. Issue a credit note instead.")
	}
	before := body(o)
	c.cancelPayments(o, "void_invoice", c.now)
	if owner, ok := c.byID[o.Customer].(*customer); ok && o.EndingBalance != nil && *o.EndingBalance != o.StartingBalance {
		c.moveBalance(owner, balanceMove{amount: o.StartingBalance - *o.EndingBalance, currency: o.Currency, kind: "unapplied_from_invoice", invoice: o.ID}, c.now)
	}
	o.Status, o.AutoAdvance, o.StatusTransitions.VoidedAt, o.NextPaymentAttempt = "void", false, new(c.now), nil
	c.refresh(o)
	c.emit(c.now, "invoice.voided", o, nil)
	c.emit(c.now, "invoice.updated", o, before)
	return c.answer(o)
}

func (c *call) markUncollectible() *Error {
	o, e := c.invoice()
	if e != nil {
		return e
	}
	if o.Status != "open" {
		return notOpen()
	}
	before := body(o)
	o.Status, o.StatusTransitions.UncollectibleAt, o.NextPaymentAttempt = "uncollectible", new(c.now), nil
	o.touch()
	c.behind(o, false, c.now)
	c.emit(c.now, "invoice.marked_uncollectible", o, nil)
	c.emit(c.now, "invoice.updated", o, before)
	return c.answer(o)
}

// paymentUnderWay tells whether a debit for the invoice awaits its bank.
func (a *Account) paymentUnderWay(o *invoice) bool {
	return slices.ContainsFunc(o.payments, func(p *invoicePayment) bool {
		in, ok := a.byID[p.intent].(*paymentIntent)
		return ok && in.Status == "processing"
	})
}

// behind sets the customer's delinquent: an automatic payment that failed or a
// due date that passed sets it, paying or marking uncollectible clears it
// (Stripe docs: api/customers/object, delinquent).
func (a *Account) behind(o *invoice, late bool, at int64) {
	owner, ok := a.byID[o.Customer].(*customer)
	if !ok || owner.Delinquent == late {
		return
	}
	before := body(owner)
	owner.Delinquent = late
	owner.touch()
	a.emit(at, "customer.updated", owner, before)
}
