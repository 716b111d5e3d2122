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
	// minuteReserve is what only webhooks' fetches may use.
	minuteReserve = 2
	// perMinuteApp is for the app, whichever organisations it calls.
	perMinuteApp     = 10_000
	perMinuteReserve = 300
	// perDayStarter and perDay are the calls of a day by tier.
	perDayStarter = 1000
	perDay        = 5000
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
	daily := perDay
	if v.config.Tier == TierStarter || v.config.Tier == "" {
		daily = perDayStarter
	}
	return vendorhttp.Limits{
		App: v.config.ClientID,
		Rates: []vendorhttp.Rate{
			{Name: "minute", Per: time.Minute, Limit: perMinute, Reserve: minuteReserve},
			{Name: "minute of the app", Per: time.Minute, Limit: perMinuteApp, Reserve: perMinuteReserve, App: true},
		},
		Concurrent: concurrent,
		Daily:      daily,
		DayLeft:    func(h http.Header) (int, bool) { return remaining(h, "X-DayLimit-Remaining") },
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

// minutePause is how long nobody calls when an answer says that nothing is left
// of a minute: other programs of the same app work on the organisation too,
// because we alone do not use it up.
const minutePause = 5 * time.Second

// hold reads from an answer whether the organisation's minute or the app's is
// used up. What is left of the day is counted: see Limits.Daily.
func hold(header http.Header) time.Duration {
	for _, name := range []string{"X-MinLimit-Remaining", "X-AppMinLimit-Remaining"} {
		if left, ok := remaining(header, name); ok && left <= 0 {
			return minutePause
		}
	}
	return 0
}

// remaining reads how many calls an answer says are left.
func remaining(header http.Header, name string) (int, bool) {
	left, err := strconv.Atoi(header.Get(name))
	return left, err == nil
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
