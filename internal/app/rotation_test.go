package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/sync/schedule"
)

// rotation is what befalls the one call that renews a token.
type rotation struct {
	name string
	// befall has the call happen at the vendor or not, and gives its answer.
	befall func(q *http.Request, answer func() (*http.Response, error)) (*http.Response, error)
	// known says that the vendor's spent token is still the one that it takes.
	known bool
}

func rotations() []rotation {
	done := func(spoil func(q *http.Request, got *http.Response) (*http.Response, error)) func(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
		return func(q *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
			got, err := answer()
			if err != nil {
				return nil, err
			}
			_ = got.Body.Close()
			return spoil(q, got)
		}
	}
	return []rotation{
		{"request lost", func(*http.Request, func() (*http.Response, error)) (*http.Response, error) { return nil, errCut }, true},
		{"vendor in trouble", func(q *http.Request, _ func() (*http.Response, error)) (*http.Response, error) {
			return answering(q, http.StatusServiceUnavailable, ""), nil
		}, true},
		{"answer lost", done(func(*http.Request, *http.Response) (*http.Response, error) { return nil, errCut }), false},
		{"answer cut", done(func(q *http.Request, got *http.Response) (*http.Response, error) {
			return answering(q, got.StatusCode, `{"access_token":"abc","refresh_tok`), nil
		}), false},
		{"500 after it was done", done(func(q *http.Request, _ *http.Response) (*http.Response, error) {
			return answering(q, http.StatusInternalServerError, "<html>"), nil
		}), false},
	}
}

// TestRotationAtTheVendors: whatever befalls the call that renews a token, the
// connection goes on by itself where the vendor still takes the spent token
// (Xero docs: guides/oauth2/auth-flow, 30 minutes), and else says that a person
// has to connect again, wherever somebody looks. It never stops in silence.
func TestRotationAtTheVendors(t *testing.T) {
	t.Parallel()
	for _, vendor := range []string{"quickbooks", "xero"} {
		for _, c := range rotations() {
			for _, later := range []time.Duration{5 * time.Minute, time.Hour} {
				t.Run(vendor+" "+c.name+" "+later.String(), func(t *testing.T) {
					t.Parallel()
					recovers := c.known || vendor == "xero" && later < 30*time.Minute
					newRig(t, vendor).rotates(c, later, recovers)
				})
			}
		}
	}
}

func (r *rig) rotates(c rotation, later time.Duration, recovers bool) {
	r.Helper()
	r.all()
	r.clock.Advance(2 * time.Hour) // the access token is too old
	struck := 0
	r.wire.set(func(q *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
		if struck > 0 || q.Method != http.MethodPost || !strings.Contains(q.URL.Path, "token") {
			return answer()
		}
		struck++
		return c.befall(q, answer)
	})
	r.all()
	if struck == 0 {
		r.Fatal("no token was renewed")
	}
	r.clock.Advance(later)
	again := *r
	again.App = r.open() // the next process, whatever became of the first
	again.all()
	again.all()
	row := r.row(r.ledger.ID)
	if recovers {
		if row.State != books.ConnectionActive || row.Why != "" || row.Fresh == nil || row.Fresh.Before(r.clock.Now()) {
			r.Errorf("the connection is %s, %q, fresh %v", row.State, row.Why, row.Fresh)
		}
		return
	}
	again.asksToConnect(row)
}

// asksToConnect checks every place where a person looks, and that doing so
// helps.
func (r *rig) asksToConnect(row books.Connection) {
	r.Helper()
	if row.State != books.ConnectionReconnect || !strings.Contains(row.Why, "connect") {
		r.Errorf("the connection is %s: %q", row.State, row.Why)
	}
	status, err := r.Status(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	told := false
	for _, c := range status.Connections {
		told = told || c.ID == row.ID && c.State == string(books.ConnectionReconnect) && c.Why != "" && strings.Contains(c.Notice, "tieout connect "+row.Vendor+" --again "+row.ID)
	}
	if !told {
		r.Errorf("the status says %+v", status.Connections)
	}
	if _, err := r.Connect.AnswerAgain(r.Context(), r.consent(), r.ledger); err != nil {
		r.Fatal(err)
	}
	r.all()
	if after := r.row(row.ID); after.State != books.ConnectionActive || after.Why != "" || after.Fresh.Before(r.clock.Now()) {
		r.Errorf("connected again, it is %s: %q", after.State, after.Why)
	}
}

// all reads every connection; what is in the way of one stands in its row.
func (r *rig) all() {
	r.Helper()
	_, _ = r.Sync(r.Context(), schedule.Options{})
}
