package stripe

import "tieout/connectors"

// Asks are the permissions of a restricted key with what each is for.
func (v *Vendor) Asks() []connectors.Ask {
	why := map[string]string{
		"connected_account_read":          "to know whose account it is",
		"balance_read":                    "to compare the sum of all movements with your balance",
		"balance_transaction_source_read": "every movement with its fee: what is booked",
		"charge_read":                     "who paid what, and what was refunded",
		"customer_read":                   "to find the ledger's customer for a payer",
		"dispute_read":                    "money that is withdrawn and given back",
		"event_read":                      "to hear of changes without reading everything again",
		"payout_read":                     "what arrives at your bank",
		"invoice_read":                    "invoices that Stripe itself has made",
		"credit_note_read":                "credits on them",
		"checkout_session_write":          "to open a payment for exactly what is owed",
		"payment_links_write":             "to make and end payment links",
		"product_write":                   "a link needs a product with the invoice's number",
		"plan_write":                      "and a price with its amount",
	}
	var out []connectors.Ask
	for _, s := range v.Scopes() {
		out = append(out, connectors.Ask{Name: s.Name + ": " + s.Access, Why: why[s.ID]})
	}
	return out
}

// Price says that calls are free: Stripe names limits of speed only (stripe docs:
// rate-limits).
func (v *Vendor) Price() string { return "Stripe charges nothing for calls." }
