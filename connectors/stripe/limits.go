package stripe

import (
	"time"

	"tieout/internal/vendorhttp"
)

// pageSize is the largest page of every list (stripe docs: api/pagination).
const pageSize = 100

// maxCharge is the largest amount of a charge in Stripe's minor units: eight
// digits (OpenAPI 2023-10-16: payment_intents, amount).
const maxCharge = 99_999_999

// eventLife is how long Stripe keeps events (stripe docs: api/events/list);
// the margin covers a pass that starts just in time.
const (
	eventLife   = 30 * 24 * time.Hour
	eventMargin = 24 * time.Hour
)

// Limits are those of one account: 100 calls a second live and 25 in test
// mode, 25 on one endpoint (stripe docs: rate-limits). Other programs of the
// same account share them, so that a fifth to a third is taken.
func Limits(live bool) vendorhttp.Limits {
	limits := vendorhttp.Limits{PerSecond: 8, Concurrent: 4, Pause: 2 * time.Second, RequestID: "Request-Id"}
	if live {
		limits.PerSecond, limits.Concurrent = 20, 8
	}
	return limits
}
