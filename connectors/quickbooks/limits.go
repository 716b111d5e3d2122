package quickbooks

import (
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
	// throttlePause follows a 429 (Intuit docs: limits-and-throttles: "wait 60
	// seconds before retrying").
	throttlePause = 60 * time.Second
	// findPages bounds the search for a document of ours on one day.
	findPages = 50
)

// Limits are those of one company and app: 10 requests a second and 500 a
// minute (Intuit docs: limits-and-throttles); older pages speak of 10 at once.
// We stay below them, because other apps of the company share the minute.
func (v *Vendor) Limits() vendorhttp.Limits {
	return vendorhttp.Limits{
		PerSecond: 8, PerMinute: 450, Concurrent: 4,
		Pause: throttlePause, RequestID: "intuit_tid",
	}
}
