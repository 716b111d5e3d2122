package stripe

import "encoding/json"

// mandate is a payer's permission for bank debits.
type mandate struct {
	head
	ID         string          `json:"id"`
	Object     string          `json:"object"`
	Acceptance json.RawMessage `json:"customer_acceptance"`
	Livemode   bool            `json:"livemode"`
	MultiUse   json.RawMessage `json:"multi_use,omitempty"`
	Method     string          `json:"payment_method"`
	Details    json.RawMessage `json:"payment_method_details"`
	SingleUse  json.RawMessage `json:"single_use,omitempty"`
	Status     string          `json:"status"`
	Type       string          `json:"type"`

	created int64
}

func (o *mandate) ident() string { return o.ID }
func (o *mandate) madeAt() int64 { return o.created }

// acceptance is how the payer agreed; Stripe shows the address and browser of
// an online one.
func acceptance(kind, ip, agent string, at int64) json.RawMessage {
	shown := map[string]any{"accepted_at": at, "type": kind}
	if kind == "offline" {
		shown["offline"] = map[string]any{}
	} else {
		shown["online"] = map[string]any{"ip_address": opt(ip), "user_agent": opt(agent)}
	}
	return encoded(shown)
}

// encoded is the JSON of a value made of texts, numbers and maps.
func encoded(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil { // nothing that cannot be encoded is ever passed
		return json.RawMessage("null")
	}
	return b
}

// newMandate is the permission for a method; single for one payment only.
func (a *Account) newMandate(pm *paymentMethod, how json.RawMessage, single *money, now int64) *mandate {
	details := map[string]any{"type": pm.Type}
	reference, url := a.letters(12), a.base()+"/mandates/"+pm.ID
	switch pm.Type {
	case "sepa_debit":
		details[pm.Type] = map[string]any{"reference": reference, "url": url}
	case "bacs_debit":
		details[pm.Type] = map[string]any{"network_status": "accepted", "reference": reference, "url": url, "revocation_reason": nil}
	case "au_becs_debit":
		details[pm.Type] = map[string]any{"url": url}
	default:
		details[pm.Type] = map[string]any{}
	}
	o := &mandate{
		ID: a.id("mandate"), Object: "mandate", Acceptance: how, Livemode: a.opts.Livemode, Method: pm.ID, Details: encoded(details),
		Status: "active", Type: "multi_use", MultiUse: json.RawMessage(`{}`), created: now,
	}
	if single != nil {
		o.Type, o.MultiUse, o.SingleUse = "single_use", nil, encoded(map[string]any{"amount": single.Amount, "currency": single.Currency})
	}
	a.register(a.mandates, o)
	return o
}

// mandateData reads mandate_data; nil when none was sent.
func (c *call) mandateData() json.RawMessage {
	if !c.hasGroup("mandate_data") {
		return nil
	}
	const group = "mandate_data[customer_acceptance]"
	return acceptance(c.str(group+"[type]"), c.str(group+"[online][ip_address]"), c.str(group+"[online][user_agent]"), c.now)
}

// EndMandate makes a mandate unusable, as a payer does at his bank.
func (a *Account) EndMandate(id string) error {
	now := a.enter()
	defer a.leave()
	o, e := find[*mandate](a, a.mandates, id, "mandate")
	if e != nil {
		return e
	}
	before := body(o)
	o.Status = "inactive"
	o.touch()
	a.emit(now, "mandate.updated", o, before)
	return nil
}

// mandateEnded tells whether the payer has taken back his permission for a
// bank debit.
func (a *Account) mandateEnded(pm *paymentMethod) bool {
	o, ok := a.byID[pm.mandate].(*mandate)
	return ok && o.Status == "inactive"
}
