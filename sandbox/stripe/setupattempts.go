package stripe

import "encoding/json"

// setupAttempt is one try to save a way to pay.
type setupAttempt struct {
	head
	ID             string          `json:"id"`
	Object         string          `json:"object"`
	Application    null            `json:"application"`
	Created        int64           `json:"created"`
	Customer       *string         `json:"customer"`
	FlowDirections null            `json:"flow_directions"`
	Livemode       bool            `json:"livemode"`
	OnBehalfOf     null            `json:"on_behalf_of"`
	PaymentMethod  string          `json:"payment_method"`
	Details        json.RawMessage `json:"payment_method_details"`
	SetupError     *Error          `json:"setup_error"`
	SetupIntent    string          `json:"setup_intent"`
	Status         string          `json:"status"`
	Usage          string          `json:"usage"`
}

func (o *setupAttempt) ident() string { return o.ID }
func (o *setupAttempt) madeAt() int64 { return o.Created }

// tried notes an attempt; e is why it failed.
func (a *Account) tried(o *setupIntent, pm *paymentMethod, e *Error, now int64) {
	details := map[string]any{"type": pm.Type, pm.Type: map[string]any{}}
	if pm.Card != nil {
		details["card"] = map[string]any{
			"brand": pm.Card.Brand, "checks": pm.Card.Checks, "country": pm.Card.Country, "exp_month": pm.Card.ExpMonth, "exp_year": pm.Card.ExpYear,
			"fingerprint": pm.Card.Fingerprint, "funding": pm.Card.Funding, "last4": pm.Card.Last4, "network": pm.Card.Brand, "three_d_secure": nil, "wallet": nil,
		}
	}
	try := &setupAttempt{
		ID: a.id("setatt"), Object: "setup_attempt", Created: now, Customer: o.Customer, Livemode: a.opts.Livemode, PaymentMethod: pm.ID,
		Details: encoded(details), SetupIntent: o.ID, Status: "succeeded", Usage: o.Usage,
	}
	if e != nil {
		last := *e
		try.Status, try.SetupError = "failed", &last
	}
	o.LatestAttempt = &try.ID
	a.register(a.attempts, try, "setup_intent="+o.ID)
}

func (c *call) listAttempts() *Error {
	id := c.str("setup_intent")
	if id == "" {
		return missingParam("setup_intent")
	}
	if _, e := find[*setupIntent](c.Account, c.setups, id, "setup_intent"); e != nil {
		e.Status = 400
		return e
	}
	return c.answerList(c.attempts, "/v1/setup_attempts", "setup_intent="+id, nil)
}
