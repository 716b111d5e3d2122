package stripe

import (
	"net/url"
	"time"

	"tieout/internal/vendorhttp"
)

// pageSize is the largest page of every list (stripe docs: api/pagination).
const pageSize = 100

// maxCalls is how many of them are read before they are saved: a thousand
// rows, as other vendors give at once. Each transaction of the database costs
// as much as a few hundred rows, and at the limits below ten calls stay far
// from the end of a lease.
const maxCalls = 10

// maxCharge is the largest amount of a charge in Stripe's minor units: eight
// digits (OpenAPI 2023-10-16: payment_intents, amount).
const maxCharge = 99_999_999

// eventLife is how long Stripe keeps events (stripe docs: api/events/list);
// the margin covers a pass that starts just in time.
const (
	eventLife   = 30 * 24 * time.Hour
	eventMargin = 24 * time.Hour
)

// memberWindow is how far back the first read asks for the members of payouts:
// one call or more for each payout. Older ones are read when a proof asks.
const memberWindow = 100 * 24 * time.Hour

// Limits are those of one account: 25 calls a second in test mode and on one
// endpoint, 100 live (stripe docs: rate-limits). Lists are read from one endpoint after the
// other, so that the lower figure is kept for all. Other programs of the same account share it: when they
// do, a 429 holds every worker.
func (v *Vendor) Limits() vendorhttp.Limits {
	return vendorhttp.Limits{
		Rates:      []vendorhttp.Rate{{Name: "second", Per: time.Second, Limit: perSecond}},
		Concurrent: concurrent, Pause: 2 * time.Second, RequestID: "Request-Id",
	}
}

const (
	perSecond  = 25
	concurrent = 8
)

// Hosts are the only ones that calls with the key may go to.
func (v *Vendor) Hosts() []string {
	u, err := url.Parse(v.config.BaseURL)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Host}
}

// ConsentHosts is that of Connect's tokens.
func (v *Vendor) ConsentHosts() []string {
	u, err := url.Parse(v.config.ConnectURL)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Host}
}
