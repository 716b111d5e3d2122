package stripe

// The shapes of billing objects since 2025-03-31.basil (Stripe docs: changelog,
// basil: "Adds support for multiple partial payments on invoices", "Adds new
// parent field to invoicing objects", "Unifies pricing").

func basilInvoice(_ *Account, o node) {
	o["amount_overpaid"] = max(0, whole(o["amount_paid"])-whole(o["amount_due"]))
	o["automatically_finalizes_at"] = nil
	if auto, ok := o["auto_advance"].(bool); ok && auto && text(o["status"]) == "draft" {
		o["automatically_finalizes_at"] = whole(o["created"]) + finalizeAfter
	}
	o["parent"] = nil
	if sub := text(o["subscription"]); sub != "" {
		details := node{"metadata": node{}, "subscription": sub}
		if d, ok := o["subscription_details"].(node); ok {
			details["metadata"] = d["metadata"]
		}
		o["parent"] = node{"type": "subscription_details", "quote_details": nil, "subscription_details": details}
	}
	o["total_taxes"], o["total_pretax_credit_amounts"] = []any{}, []any{}
	if tax, ok := o["automatic_tax"].(node); ok {
		fill(tax, "disabled_reason", nil)
		fill(tax, "provider", nil)
	}
	drop(o, "application_fee_amount", "charge", "discount", "paid", "paid_out_of_band", "payment_intent", "quote", "subscription",
		"subscription_details", "subscription_proration_date", "tax", "total_tax_amounts", "transfer_data")
}

// offStripe is what was recorded as paid elsewhere.
func offStripe(o node) int64 {
	if outside, ok := o["paid_out_of_band"].(bool); ok && outside {
		return whole(o["amount_paid"])
	}
	return 0
}

func pricing(o node) any {
	p, ok := o["price"].(node)
	if !ok {
		return nil
	}
	return node{
		"type": "price_details", "unit_amount_decimal": p["unit_amount_decimal"],
		"price_details": node{"price": p["id"], "product": p["product"]},
	}
}

func basilLine(_ *Account, o node) {
	o["pricing"], o["taxes"], o["pretax_credit_amounts"] = pricing(o), []any{}, []any{}
	switch {
	case text(o["type"]) == "subscription":
		o["parent"] = node{
			"type": "subscription_item_details", "invoice_item_details": nil,
			"subscription_item_details": node{
				"invoice_item": nil, "proration": o["proration"], "proration_details": o["proration_details"],
				"subscription": o["subscription"], "subscription_item": o["subscription_item"],
			},
		}
	default:
		o["parent"] = node{
			"type": "invoice_item_details", "subscription_item_details": nil,
			"invoice_item_details": node{
				"invoice_item": o["invoice_item"], "proration": o["proration"],
				"proration_details": o["proration_details"], "subscription": o["subscription"],
			},
		}
	}
	drop(o, "amount_excluding_tax", "invoice_item", "price", "proration", "proration_details", "subscription_item",
		"tax_amounts", "tax_rates", "type", "unit_amount_excluding_tax", "subscription")
}

func dahliaLine(_ *Account, o node) {
	o["subtotal"] = o["amount"]
	o["quantity_decimal"] = nil
	if q := text(o["quantity"]); q != "" {
		o["quantity_decimal"] = q
	}
}

func basilItem(_ *Account, o node) {
	o["pricing"], o["parent"] = pricing(o), nil
	drop(o, "price", "subscription", "subscription_item", "unit_amount", "unit_amount_decimal")
}

func (a *Account) basilCreditNote(o node) {
	total, before := whole(o["total"]), int64(0)
	if n, ok := a.byID[text(o["id"])].(*creditNote); ok {
		before = n.before
	} else if text(o["type"]) == "pre_payment" {
		before = total
	}
	o["pre_payment_amount"], o["post_payment_amount"] = before, total-before
	o["pretax_credit_amounts"], o["total_taxes"], o["refunds"] = []any{}, []any{}, []any{}
	if id := refundID(o["refund"]); id != "" {
		amount := int64(0)
		if r, ok := a.byID[id].(*refund); ok {
			amount = r.Amount
		}
		o["refunds"] = []any{node{"amount_refunded": amount, "payment_record_refund": nil, "refund": id, "type": "refund"}}
	}
	drop(o, "refund", "tax_amounts")
}

func refundID(v any) string {
	if o, ok := v.(node); ok {
		v = o["id"]
	}
	return text(v)
}

func basilCreditLine(_ *Account, o node) {
	o["pretax_credit_amounts"], o["taxes"] = []any{}, []any{}
	drop(o, "amount_excluding_tax", "tax_amounts", "unit_amount_excluding_tax")
}

// basilSession: the address moved into collected_information.
func basilSession(_ *Account, o node) {
	delete(o, "shipping_details")
	fill(o, "collected_information", nil)
}

// dahliaSession: ui_mode got new words, as recorded answers show.
func dahliaSession(_ *Account, o node) {
	if word := map[string]string{"hosted": "hosted_page", "embedded": "embedded_page", "custom": "elements"}[text(o["ui_mode"])]; word != "" {
		o["ui_mode"] = word
	}
}

// basilPrice: metered billing by usage records went (Stripe docs: changelog,
// basil, "Removes legacy usage-based billing").
func basilPrice(_ *Account, o node) {
	r, ok := o["recurring"].(node)
	if !ok {
		return
	}
	delete(r, "aggregate_usage")
	fill(r, "meter", nil)
}

func basilLink(_ *Account, o node) {
	if c, ok := o["tax_id_collection"].(node); ok {
		fill(c, "required", "never")
	}
}
