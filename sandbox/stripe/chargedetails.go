package stripe

import "encoding/json"

// pastMethod is what all past payments of one kind share: years of them would
// otherwise fill the memory with the same text.
type pastMethod struct {
	method  *paymentMethod
	details json.RawMessage
}

func (a *Account) pastMethod(m Method, currency string, now int64) pastMethod {
	key := string(m) + " " + currency
	past, ok := a.past[key]
	if !ok {
		past.method = a.defaultMethod(m, false, currency, now)
		past.details = past.method.chargeDetails(nil, false)
		a.past[key] = past
	}
	return past
}

// chargeDetails is the payment_method_details of a charge; the intent is nil
// for payments of the past.
func (o *paymentMethod) chargeDetails(pi *paymentIntent, authenticated bool) json.RawMessage {
	shown := map[string]any{"type": o.Type}
	if o.Card == nil {
		shown[o.Type] = o.debitDetails()
		return encoded(shown)
	}
	c := o.Card
	var secure any
	if authenticated {
		secure = map[string]any{
			"authentication_flow": "challenge", "electronic_commerce_indicator": "05", "exemption_indicator": nil, "result": "authenticated",
			"result_reason": nil, "transaction_id": c.Fingerprint, "version": "2.2.0",
		}
	}
	checks := cardChecks{CVC: opt(orPass(o.acts.cvc)), Line1: opt(o.acts.l1), PostalCode: opt(o.acts.zip)}
	if a := o.BillingDetails.Address; a.PostalCode != nil {
		checks.PostalCode = opt(orPass(o.acts.zip))
	}
	if a := o.BillingDetails.Address; a.Line1 != nil {
		checks.Line1 = opt(orPass(o.acts.l1))
	}
	var authorised any
	if pi != nil {
		authorised = pi.Amount
	}
	card := map[string]any{
		"amount_authorized": authorised, "brand": c.Brand, "checks": checks, "country": c.Country, "exp_month": c.ExpMonth, "exp_year": c.ExpYear,
		"extended_authorization": map[string]any{"status": "disabled"}, "fingerprint": c.Fingerprint, "funding": c.Funding,
		"incremental_authorization": map[string]any{"status": "unavailable"}, "installments": nil, "last4": c.Last4, "mandate": nil,
		"multicapture": map[string]any{"status": "unavailable"}, "network": c.Brand, "network_token": map[string]any{"used": false},
		"three_d_secure": secure, "wallet": nil,
	}
	if pi != nil {
		card["overcapture"] = map[string]any{"maximum_amount_capturable": pi.Amount, "status": "unavailable"}
	}
	shown["card"] = card
	return encoded(shown)
}

func (o *paymentMethod) debitDetails() map[string]any {
	switch o.Type {
	case "us_bank_account":
		return map[string]any{
			"account_holder_type": o.ACH.HolderType, "account_type": o.ACH.AccountType, "bank_name": o.ACH.BankName,
			"fingerprint": o.ACH.Fingerprint, "last4": o.ACH.Last4, "routing_number": o.ACH.Routing,
		}
	case "sepa_debit":
		return map[string]any{
			"bank_code": o.SEPA.BankCode, "branch_code": "", "country": opt(o.SEPA.Country), "fingerprint": o.SEPA.Fingerprint,
			"last4": o.SEPA.Last4, "mandate": opt(o.mandate),
		}
	case "bacs_debit":
		return map[string]any{"fingerprint": o.BACS.Fingerprint, "last4": o.BACS.Last4, "mandate": opt(o.mandate), "sort_code": o.BACS.SortCode}
	}
	d := map[string]any{"bsb_number": o.BECS.BSB, "fingerprint": o.BECS.Fingerprint, "last4": o.BECS.Last4}
	if o.mandate != "" {
		d["mandate"] = o.mandate
	}
	return d
}
