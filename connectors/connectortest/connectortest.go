// Package connectortest is the one suite that every vendor's connector passes,
// against a stand-in over HTTP: nothing is lost when a pull is cut anywhere,
// nothing changes when it is repeated, no amount and no unknown field gets
// lost on the way, and a write is made once, whatever happens to its answer.
//
// It is for tests. It must not name a vendor, know a wire format, or reach the
// stand-in other than through what World gives it.
package connectortest

import (
	"net/http"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/internal/clock"
	"tieout/receivables"
)

// World is one vendor with one fresh company, as the suite needs it. Its
// functions end the test themselves when they fail.
type World struct {
	// Clock is that of the stand-in and of the sessions.
	Clock *clock.Adjustable
	// Open gives a new session with the company. Its calls go through base
	// under the vendor's own authorisation, limits and retries; where those
	// wait, they call wait instead.
	Open func(base http.RoundTripper, wait func(time.Duration)) connectors.Session
	// Fill makes objects of every kind that the vendor's streams bring, more
	// than one page of at least one of them.
	Fill func()
	// Truth is what the stand-in holds of the objects that Fill made, read
	// past the connector.
	Truth func() []Object
	// Remove deletes or voids objects that Fill made, at least one of each way
	// that the vendor has, and says which; nil where nothing can be.
	Remove func() []receivables.Ref
	// Writes lowers every kind of write that the session can make and gives
	// each to do, which makes it and gives the answer; a later write may need
	// an earlier one's.
	Writes func(s connectors.Session, do func(connectors.Write) connectors.Answer)
	// Documents is how many objects the stand-in holds that writes can make.
	Documents func() int
	// Expire makes the access token invalid, so that only a refreshed one
	// works; nil where keys do not expire.
	Expire func()
	// Closed closes the books and gives a write into the closed period; nil
	// where the vendor has no closed periods.
	Closed func(s connectors.Session) connectors.Write
	// Stale gives a write that was lowered from a version that somebody has
	// changed since; nil where writes carry no version.
	Stale func(s connectors.Session) connectors.Write
}

// Object is one of the stand-in's objects with amounts as decimal text. The
// names of amounts are those of the model's JSON: "total", "balance".
type Object struct {
	Ref     receivables.Ref
	Amounts map[string]string
}

// Run runs the suite; each part gets a world of its own.
func Run(t *testing.T, world func(t *testing.T) *World) {
	t.Helper()
	for _, part := range []struct {
		name string
		run  func(t *testing.T, w *World)
	}{
		{"ResumesAfterACutAtEveryPage", resumes},
		{"RepeatsHarmlessly", repeats},
		{"LosesNoAmount", amounts},
		{"KeepsUnknownFields", unknown},
		{"SeesDeletions", deletions},
		{"WaitsAsAsked", waits},
		{"RotatesTokens", rotates},
		{"MakesEveryWriteOnce", writes},
		{"RefusesTheClosedPeriod", closed},
		{"RefusesAStaleVersion", stale},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.run(t, world(t))
		})
	}
	t.Run("FindsWhatALostAnswerMade", func(t *testing.T) {
		t.Parallel()
		lost(t, world)
	})
}

// open gives a session whose waits move the clock.
func (w *World) open(base http.RoundTripper) connectors.Session {
	return w.Open(base, w.Clock.Advance)
}
