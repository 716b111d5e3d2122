package xero

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tieout/internal/vendorhttp"
)

// Bounds of Xero, per app and organisation (Xero docs: guides/oauth2/limits).
const (
	perMinute  = 60
	concurrent = 5
	// pauseConcurrent is how long to hold after a 429 that names no time: only
	// the limit on concurrent calls gives no Retry-After.
	pauseConcurrent = time.Second
	// pageSize is the largest page (Xero docs: accounting/requests-and-responses).
	pageSize = 1000
	// defaultPageSize is what a server gives that takes no pageSize.
	defaultPageSize = 100
	// maxPages ends every walk over pages: GETs of more than 100,000 records
	// are refused (Xero docs: accounting/invoices).
	maxPages = 10000
	// idsPerCall is how many ids a list parameter takes (Xero docs:
	// accounting/invoices, "about 40").
	idsPerCall = 40
	// maxReference keeps a reference well below what may be cut: the length of
	// Payment.Reference is not documented.
	maxReference = 100
	// maxDescription is the longest text of a line (Xero docs:
	// accounting/invoices).
	maxDescription = 4000
	// maxKey is the longest Idempotency-Key (Xero docs:
	// guides/idempotent-requests/idempotency).
	maxKey = 128
	// maxBody bounds what is read of one answer.
	maxBody = 64 << 20

	// headerRequestID names a call in every answer of Xero.
	headerRequestID = "Xero-Correlation-Id"
)

// Limits are those of one connection, for the transport.
func (v *Vendor) Limits() vendorhttp.Limits {
	return vendorhttp.Limits{
		PerMinute:  perMinute,
		Concurrent: concurrent,
		Pause:      pauseConcurrent,
		Hold:       hold,
		RequestID:  headerRequestID,
		Budgets:    []vendorhttp.Budget{v.egress()},
	}
}

// Tier is the price list under which the operator's app stands. It decides how
// much may be read in a month; how often in a day, each answer says itself.
type Tier string

// The tiers (Xero docs: developer.xero.com/pricing). The zero value is Starter.
const (
	TierStarter    Tier = "starter"
	TierCore       Tier = "core"
	TierPlus       Tier = "plus"
	TierAdvanced   Tier = "advanced"
	TierEnterprise Tier = "enterprise"
)

// egress is the month's included reading, for the whole app. What is over is
// charged, not refused, so that it is counted and shown and nothing is held
// back; Starter and Enterprise name no figure (Xero docs: pricing). Reading the
// organisation is free. Whether compressed bytes count is not said: those are
// counted that the transport delivers.
func (v *Vendor) egress() vendorhttp.Budget {
	gib := map[Tier]int64{TierCore: 10, TierPlus: 50, TierAdvanced: 250}[v.config.Tier]
	return vendorhttp.Budget{
		App: v.config.ClientID, Unit: vendorhttp.UnitBytes, Window: vendorhttp.WindowMonth,
		Limit: gib << 30, Block: 64 << 10, Soft: true,
		Weight: func(r *http.Request) int64 {
			if !strings.HasPrefix(r.URL.Path, apiPath) || r.URL.Path == apiPath+"Organisation" {
				return 0
			}
			return 1
		},
	}
}

const (
	// minuteReserve and dayReserve are how many calls of a window are left
	// before we slow down: other programs of the same app work on the
	// organisation too, and a person who asks for something should not find the
	// day used up.
	minuteReserve = 2
	dayReserve    = 20
	// minutePause and dayPause are how long the next call then waits. When the
	// day begins anew is not said (Xero docs: guides/oauth2/limits), so one call
	// each quarter of an hour finds out.
	minutePause = 5 * time.Second
	dayPause    = 15 * time.Minute
)

// hold reads from an answer what is left of the organisation's minute and day
// and of the app's minute.
func hold(header http.Header) time.Duration {
	low := func(name string, reserve int) bool {
		left, err := strconv.Atoi(header.Get(name))
		return err == nil && left <= reserve
	}
	switch {
	case low("X-DayLimit-Remaining", dayReserve):
		return dayPause
	case low("X-MinLimit-Remaining", minuteReserve), low("X-AppMinLimit-Remaining", minuteReserve):
		return minutePause
	}
	return 0
}

// Hosts are the only ones that calls with a token may go to.
func (v *Vendor) Hosts() []string {
	var hosts []string
	for _, base := range []string{v.config.IdentityURL, v.config.APIURL} {
		if u, err := url.Parse(base); err == nil && u.Host != "" {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}
