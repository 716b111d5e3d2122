package stripe

import (
	"net/url"
	"slices"
	"strings"
)

// webhookEndpoint is a URL that is told of events.
type webhookEndpoint struct {
	head
	ID            string   `json:"id"`
	Object        string   `json:"object"`
	APIVersion    *string  `json:"api_version"`
	Application   *string  `json:"application"`
	Created       int64    `json:"created"`
	Description   *string  `json:"description"`
	EnabledEvents []string `json:"enabled_events"`
	Livemode      bool     `json:"livemode"`
	Metadata      metadata `json:"metadata"`
	Status        string   `json:"status"`
	URL           string   `json:"url"`

	secret  string
	connect bool
}

func (o *webhookEndpoint) ident() string { return o.ID }
func (o *webhookEndpoint) madeAt() int64 { return o.Created }

// withSecret is the answer to a create: the only one that shows the secret
// (Stripe docs: api/webhook_endpoints/object, secret).
func withSecret(o *webhookEndpoint) node {
	v, ok := decode(body(o))
	shown, isObject := v.(node)
	if !ok || !isObject {
		return node{}
	}
	shown["secret"] = o.secret
	return shown
}

// Limits of endpoints (Stripe docs: webhooks, "You can register up to 16
// webhook endpoints"; longest URL: api/webhook_endpoints).
const (
	maxEndpoints   = 16
	maxEndpointURL = 2048
)

// eventRoots are the resources whose events can be subscribed to (Stripe docs:
// api/events/types).
const eventRoots = " account application_fee balance balance_settings billing billing_portal capability cash_balance charge checkout climate coupon " +
	"credit_note customer customer_cash_balance_transaction entitlements file financial_connections identity invoice invoice_payment invoiceitem " +
	"issuing_authorization issuing_card issuing_cardholder issuing_dispute issuing_personalization_design issuing_token issuing_transaction mandate payment_intent payment_link " +
	"payment_method payout person plan price product promotion_code quote radar refund reporting reserve review setup_intent sigma source subscription_schedule " +
	"tax tax_rate terminal test_helpers topup transfer treasury v1 "

func (s *Server) endpointRoutes() {
	const fields = "description enabled_events[] metadata[*] url"
	s.op("GET /v1/webhook_endpoints", listParams, func(c *call) *Error { return c.answerList(c.endpoints, "/v1/webhook_endpoints", "", nil) })
	s.op("POST /v1/webhook_endpoints", fields+" api_version connect", (*call).createEndpoint)
	s.op("GET /v1/webhook_endpoints/{id}", "", func(c *call) *Error { return get[*webhookEndpoint](c, c.endpoints, "webhook_endpoint") })
	s.op("POST /v1/webhook_endpoints/{id}", fields+" disabled", (*call).updateEndpoint)
	s.op("DELETE /v1/webhook_endpoints/{id}", "", (*call).deleteEndpoint)
}

func (c *call) createEndpoint() *Error {
	switch {
	case !c.has("url"):
		return missingParam("url")
	case !c.hasGroup("enabled_events"):
		return missingParam("enabled_events")
	case len(c.endpoints.items) >= maxEndpoints:
		return invalid("", "", "You have reached the maximum of %d test webhook endpoints.", maxEndpoints)
	}
	o := &webhookEndpoint{
		ID: c.id("we"), Object: "webhook_endpoint", Created: c.now, Livemode: c.opts.Livemode, Metadata: metadata{}, Status: "enabled",
		secret: "whsec_" + c.letters(32),
	}
	if v := c.str("api_version"); v != "" {
		if !knownVersion(v) {
			return invalid("", "api_version", "Invalid api_version: %s", v)
		}
		o.APIVersion = &v
	}
	var e *Error
	if o.connect, e = c.boolean("connect", false); e != nil {
		return e
	}
	if o.connect {
		o.Application = opt(c.opts.ClientID)
	}
	if e := c.fillEndpoint(o); e != nil {
		return e
	}
	c.register(c.endpoints, o)
	c.subscriptions.replace(c.opts.ID, c.endpoints)
	return c.answer(withSecret(o))
}

func (c *call) fillEndpoint(o *webhookEndpoint) (e *Error) {
	if c.has("url") {
		if e := checkURL(c.str("url"), c.opts.Livemode); e != nil {
			return e
		}
		o.URL = c.str("url")
	}
	if c.has("description") {
		o.Description = opt(c.str("description"))
	}
	if c.hasGroup("enabled_events") {
		events := c.array("enabled_events")
		for _, kind := range events {
			if e := checkEventType(kind); e != nil {
				return e
			}
		}
		if len(events) > 1 && slices.Contains(events, "*") {
			return invalid("", "enabled_events", "You cannot specify '*' together with other events in enabled_events.")
		}
		o.EnabledEvents = events
	}
	o.Metadata, e = c.merge("metadata", o.Metadata)
	return e
}

func checkEventType(kind string) *Error {
	root, rest, _ := strings.Cut(kind, ".")
	if kind == "*" || rest != "" && strings.Contains(eventRoots, " "+root+" ") {
		return nil
	}
	return invalid("", "enabled_events", "Invalid enabled_events: %s is not a valid event type. See https://stripe.com/docs/api/events/types", kind)
}

// checkURL takes what Stripe takes, and plain http to this machine as well
// (see README).
func checkURL(raw string, live bool) *Error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(raw) > maxEndpointURL:
		return invalid("url_invalid", "url", "Invalid URL: An explicit scheme (such as https) must be provided.")
	case live && u.Scheme != "https" && !loopback(u.Hostname()):
		return invalid("url_invalid", "url", "Invalid URL: Live webhook endpoints must use HTTPS.")
	}
	return nil
}

func loopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}

func (c *call) endpoint() (*webhookEndpoint, *Error) {
	return find[*webhookEndpoint](c.Account, c.endpoints, c.req.PathValue("id"), "webhook_endpoint")
}

func (c *call) updateEndpoint() *Error {
	o, e := c.endpoint()
	if e != nil {
		return e
	}
	changed := *o
	if e := c.fillEndpoint(&changed); e != nil {
		return e
	}
	if c.has("disabled") {
		off, e := c.boolean("disabled", false)
		if e != nil {
			return e
		}
		changed.Status = map[bool]string{true: "disabled", false: "enabled"}[off]
	}
	*o = changed
	o.touch()
	c.subscriptions.replace(c.opts.ID, c.endpoints)
	return c.answer(o)
}

func (c *call) deleteEndpoint() *Error {
	o, e := c.endpoint()
	if e != nil {
		return e
	}
	c.endpoints.remove(o)
	delete(c.byID, o.ID)
	c.subscriptions.replace(c.opts.ID, c.endpoints)
	return c.answer(map[string]any{"id": o.ID, "object": "webhook_endpoint", "deleted": true})
}
