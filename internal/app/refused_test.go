package app_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/internal/app"
	"tieout/store/storetest"
	"tieout/sync/push"
	"tieout/web"
)

// refusals are how the ledgers refuse a write for what stands in it (Intuit
// docs: error codes, 6000; Xero docs: api/http-response-codes, 400).
var refusals = map[string]string{
	"quickbooks": `{"Fault":{"Error":[{"Message":"A business validation error has occurred","Detail":"The customer is inactive","code":"6000"}],"type":"ValidationFault"}}`,
	"xero": `{"ErrorNumber":10,"Type":"ValidationException","Message":"A validation exception occurred",
		"Elements":[{"ValidationErrors":[{"Message":"The contact is archived"}]}]}`,
}

var marked = regexp.MustCompile(`TIE-[A-Z2-7]{16}`)

// TestOneRefusedWrite: a write that the ledger refuses is set aside with the
// reason, all others go on, and one click on the page has it written.
func TestOneRefusedWrite(t *testing.T) {
	t.Parallel()
	engines := storetest.New()
	t.Cleanup(engines.Stop)
	for vendor, refusal := range refusals {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			engines.EachAddress(t, func(t *testing.T, fresh func() string) {
				r := newRigIn(t, vendor, "off", fresh())
				r.set()
				r.clean()
				r.pay()
				bad := ""
				r.wire.set(func(q *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
					markers, writes := markersOf(t, q)
					if !writes || !strings.HasSuffix(strings.ToLower(q.URL.Path), "/payment") && !strings.HasSuffix(q.URL.Path, "/Payments") {
						return answer()
					}
					if bad == "" {
						bad = markers[0]
					}
					if slices.Contains(markers, bad) {
						return answering(q, http.StatusBadRequest, refusal), nil
					}
					return answer()
				})
				r.oneRefused()
				r.wire.set(nil)
				r.writtenOnDemand()
			})
		})
	}
}

// markersOf are our markers in what a call writes.
func markersOf(t *testing.T, q *http.Request) ([]string, bool) {
	if q.Method == http.MethodGet || q.Body == nil {
		return nil, false
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		t.Error(err)
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	found := marked.FindAllString(string(body), -1)
	return found, len(found) > 0
}

func (r *rig) oneRefused() {
	r.Helper()
	run := r.sync()
	if run.Err != nil || len(run.Result.Problems) > 0 || run.Result.Pushed.Sent < 5 {
		r.Fatalf("the others: %v %v %+v", run.Err, run.Result.Problems, run.Result.Pushed)
	}
	parked, err := r.Store.Parked(r.Context(), r.book, 10)
	if err != nil || len(parked) != 1 {
		r.Fatalf("%d are set aside: %v", len(parked), err)
	}
	waiting, err := r.Store.Intents(r.Context(), r.Tenant, r.book.ID, []push.State{push.StatePlanned, push.StateSending, push.StateUnknown}, 10)
	if err != nil {
		r.Fatal(err)
	}
	for _, in := range waiting {
		if in.DependsOn != parked[0].ID {
			r.Errorf("%s waits: %s", in.Why, in.Problem)
		}
	}
}

// writtenOnDemand clicks on the page.
func (r *rig) writtenOnDemand() {
	r.Helper()
	site, err := r.Pages(app.Screen{})
	if err != nil {
		r.Fatal(err)
	}
	page := site.Readers.Decisions
	asked := 0
	for _, e := range must1[[]web.NotWritten](r.T)(page.NotWritten(r.Context(), r.Tenant)) {
		asked++
		if e.What == "" || !strings.Contains(e.Problem, "customer") && !strings.Contains(e.Problem, "contact") {
			r.Errorf("the page says %+v", e)
		}
		for click, want := range []int{1, 0} {
			if n, err := page.Retry(r.Context(), r.Tenant, e.Book, e.ID); err != nil || n != want {
				r.Errorf("click %d: %d are tried again, %v", click+1, n, err)
			}
		}
	}
	if asked != 1 {
		r.Fatalf("%d writes can be tried again", asked)
	}
	r.clock.Advance(time.Minute)
	if run := r.clean(); run.Result.Pushed.Sent == 0 || run.Result.Pushed.Parked != 0 {
		r.Errorf("on demand %+v", run.Result.Pushed)
	}
	if run := r.clean(); run.Result.Pushed.Sent != 0 {
		r.Errorf("%d were written twice", run.Result.Pushed.Sent)
	}
}
