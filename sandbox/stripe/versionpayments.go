package stripe

// v2024October is when refunds and payouts began to show why they wait and how
// a bank finds them (Stripe docs: changelog, 2024-10-28.acacia and before).
const v2024October = "2024-10-28.acacia"

// paymentChanges are the differences of payment objects (OpenAPI documents
// 2023-10-16 and 2026-08-26.dahlia).
func paymentChanges() []change {
	return []change{
		{v2024April, "payment_method", func(_ *Account, o node) { fill(o, "allow_redisplay", "unspecified") }},
		{v2024October, "payout", func(a *Account, o node) {
			if p, ok := a.byID[text(o["id"])].(*payout); ok {
				fill(o, "trace_id", p.trace())
			}
		}},
		{v2024October, "refund", func(_ *Account, o node) {
			if text(o["status"]) == "pending" {
				fill(o, "pending_reason", "processing")
			}
		}},
		{vBasil, "dispute", basilDispute},
		{vBasil, "payment_method", func(_ *Account, o node) { fill(o, "customer_account", nil) }},
		{vBasil, "payment_intent", func(_ *Account, o node) { fill(o, "excluded_payment_method_types", nil) }},
		{vDahlia, "checkout.session", func(_ *Account, o node) {
			if text(o["ui_mode"]) == "hosted" {
				o["ui_mode"] = "hosted_page"
			}
		}},
	}
}

// basilDispute adds what Visa's rules of 2023 brought: which disputes may be
// answered with earlier payments of the same payer.
func basilDispute(_ *Account, o node) {
	if e, ok := o["evidence"].(node); ok {
		fill(e, "enhanced_evidence", node{})
	}
	if d, ok := o["evidence_details"].(node); ok {
		fill(d, "enhanced_eligibility", node{})
	}
	if m, ok := o["payment_method_details"].(node); ok {
		if card, ok := m["card"].(node); ok {
			kind := "chargeback"
			if s := text(o["status"]); len(s) > 7 && s[:7] == "warning" {
				kind = "inquiry"
			}
			fill(card, "case_type", kind)
			fill(card, "network", card["brand"])
		}
	}
}
