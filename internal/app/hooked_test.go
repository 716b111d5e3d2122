package app_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tieout/books"
)

// patience is when a test gives up waiting for what does not come.
const patience = 30 * time.Second

// joined is the same installation with the other vendor's company, which has a
// book of its own.
func (h *hooked) joined(vendor string) {
	h.Helper()
	other := &rig{T: h.T, App: h.App, box: h.box, ready: h.ready, wire: h.wire, clock: h.clock, config: h.config}
	for _, l := range h.ready.Ledgers {
		if l.Vendor == vendor {
			other.company = l
		}
	}
	for _, c := range must(h.T)(other.Connect.Answer(h.Context(), other.consent())) {
		other.ledger = c
	}
	other.stripe = must1[books.Connection](h.T)(other.Connect.WithKey(h.Context(), "stripe", other.company.StripeKey))
	other.set()
	h.sync()
}

// TestBooksSideBySide: webhooks of two companies are worked on side by side, so
// that a vendor that is slow holds up nobody else's book.
func TestBooksSideBySide(t *testing.T) {
	t.Parallel()
	h := newHooked(t, "quickbooks")
	h.joined("xero")
	h.pay()
	h.deliver()
	h.clock.Advance(10 * time.Minute) // ledgers rest after they were read
	hosts := []string{h.ready.QuickBooks.URL, h.ready.Xero.URL}
	var reached [2]sync.Once
	there := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	h.wire.set(func(q *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
		for i, address := range hosts {
			if !strings.HasSuffix(address, q.URL.Host) {
				continue
			}
			reached[i].Do(func() {
				close(there[i])
				select { // no answer before the other company's ledger is asked, too
				case <-there[1-i]:
				case <-time.After(patience):
					t.Errorf("while %s is asked, the other book waits", address)
				}
			})
		}
		return answer()
	})
	runs, err := h.Hooked(t.Context())
	h.wire.set(nil)
	if err != nil || len(runs) != 2 {
		t.Fatalf("%d books, %v", len(runs), err)
	}
	for _, run := range runs {
		if run.Err != nil || len(run.Result.Problems) > 0 {
			t.Errorf("%s: %v %v", run.Book.Name, run.Err, run.Result.Problems)
		}
	}
}

// TestWorkIsForgotten: what says how work went goes once a day, when its time is
// over, and no figure with it.
func TestWorkIsForgotten(t *testing.T) {
	t.Parallel()
	h := newHooked(t, "xero")
	h.pay()
	h.deliver()
	for range 9 { // until the echoes of our own writes have come, too
		h.take()
		h.clock.Advance(time.Minute)
		h.deliver()
	}
	proofs := h.number(`select count(*) from proof`)
	if h.number(`select count(*) from inbox`) == 0 || h.number(`select count(*) from run`) < 3 || h.number(`select count(*) from call_count`) == 0 {
		t.Fatal("there is nothing to forget")
	}
	runs := h.number(`select count(*) from run`)
	for _, step := range []struct {
		after               time.Duration
		runs, events, calls bool
	}{
		{after: 29 * days, runs: true, events: true, calls: true}, {after: 2 * days, events: true, calls: true}, {after: 60 * days, calls: true}, {after: 320 * days},
	} {
		h.clock.Advance(step.after)
		if _, err := h.Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
		left, subjects := h.number(`select count(*) from run`), h.number(`select count(distinct subject) from run`)
		if step.runs && left != runs || !step.runs && left != subjects {
			t.Errorf("%s later there are %d runs of %d subjects, were %d", step.after, left, subjects, runs)
		}
		if got := h.number(`select count(*) from inbox`) > 0; got != step.events {
			t.Errorf("%s later there are events: %t", step.after, got)
		}
		if got := h.number(`select count(*) from call_count`) > 0; got != step.calls {
			t.Errorf("%s later there are counts of calls: %t", step.after, got)
		}
	}
	if _, err := h.Status(t.Context()); err != nil || h.number(`select count(*) from proof`) != proofs {
		t.Errorf("the status, or a proof, has gone: %v", err)
	}
}
