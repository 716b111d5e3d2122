package quickbooks

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tieout/internal/vendorhttp"
)

// Numbers of Intuit's, each with its page. They are not settings.
const (
	// pageSize is the most rows of a query (Intuit docs: data-queries).
	pageSize = 1000
	// changesMost is where a change-data answer silently ends (Intuit docs:
	// change-data-capture).
	changesMost = 1000
	// changesReach is how far back change data is asked for: the limit is 30
	// days (Intuit docs: change-data-capture); a day is left for safety.
	changesReach = 29 * 24 * time.Hour
	// overlap is read again at each pass, because rows of the last seconds can
	// be missing ("There may be timing issues", Intuit docs: rest-api-features).
	overlap = 5 * time.Minute
	// tiedWhole and tiedAgain say how many rows of one instant are read again
	// when a listing goes on from it.
	tiedWhole = 100
	tiedAgain = 10
	// memoMost is the length of CustomerMemo (Intuit docs: invoice).
	memoMost = 1000
	// noteMost is the length of PrivateNote (Finance.xsd).
	noteMost = 4000
	// referenceMost is what PaymentRefNum certainly holds; no page names the
	// Payment's length.
	referenceMost = 21
	// inMost bounds the ids of one IN list, so that the address stays short.
	inMost = 100
	// batchMost is the most items of one batch (Intuit docs:
	// limits-and-throttles; older pages say 10 and 25).
	batchMost = 30
	// compareMost is how many objects of ours one page compares.
	compareMost = 500
	// throttlePause follows a 429 (Intuit docs: limits-and-throttles: "wait 60
	// seconds before retrying").
	throttlePause = 60 * time.Second
	// findPages bounds the search for a document of ours on one day.
	findPages = 50
	// creditBlock is how many credits a worker draws at once.
	creditBlock = 100
)

// Rates of one company and app: 10 requests a second, of which one is left
// because they do not arrive as evenly as they are sent, 500 a minute, and 40
// batches a minute (Intuit docs: limits-and-throttles); older pages speak of 10
// at once, of which we use 4. Other apps of the company share the 500: when they
// do, a 429 holds every worker.
const (
	perSecond        = 9
	perMinute        = 500
	minuteReserve    = 15
	batchesPerMinute = 40
	batchReserve     = 1
	concurrent       = 4
)

// Limits are those of one company and app.
func (v *Vendor) Limits() vendorhttp.Limits {
	batch := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/batch") }
	return vendorhttp.Limits{
		App: v.config.ClientID,
		Rates: []vendorhttp.Rate{
			{Name: "second", Per: time.Second, Limit: perSecond},
			{Name: "minute", Per: time.Minute, Limit: perMinute, Reserve: minuteReserve},
			{Name: "minute of batches", Per: time.Minute, Limit: batchesPerMinute, Reserve: batchReserve, Counts: batch},
		},
		Concurrent: concurrent, Pause: throttlePause, RequestID: "intuit_tid", Budgets: v.credits(),
	}
}

// Tier is the operator's place in Intuit's App Partner Program. It decides how
// many metered calls all companies of the app have in a month.
type Tier string

// The tiers. The zero value is Builder, which costs nothing.
const (
	TierBuilder  Tier = "builder"
	TierSilver   Tier = "silver"
	TierGold     Tier = "gold"
	TierPlatinum Tier = "platinum"
)

// credits is the month's allowance of metered calls, CorePlus in Intuit's
// words (Intuit blog 2026-01-08: Builder, which is blocked when they are used
// up; those of the paid tiers are known from notes of the Partner Program Guide
// only, and what is over is charged). Calls with development keys are free.
func (v *Vendor) credits() []vendorhttp.Budget {
	if v.config.Sandbox {
		return nil
	}
	limit := map[Tier]int64{TierSilver: 1_000_000, TierGold: 10_000_000, TierPlatinum: 75_000_000}[v.config.Tier]
	soft := limit > 0
	if !soft {
		limit = 500_000
	}
	return []vendorhttp.Budget{{
		App: v.config.ClientID, Unit: vendorhttp.UnitCalls, Window: vendorhttp.WindowMonth,
		Limit: limit, Block: creditBlock, Soft: soft, Weight: creditsOf,
	}}
}

type creditsKey struct{}

// withCredits notes how many queries a batch holds.
func withCredits(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, creditsKey{}, n)
}

// creditsOf is what a request costs: reading is metered, writing is not (Intuit
// blog 2025-08-11: best practices for API optimization), and the token endpoint
// is no part of the Accounting API.
func creditsOf(r *http.Request) int64 {
	if !strings.Contains(r.URL.Path, "/v3/company/") {
		return 0
	}
	if n, ok := r.Context().Value(creditsKey{}).(int); ok {
		return int64(n)
	}
	if r.Method == http.MethodGet {
		return 1
	}
	return 0
}
