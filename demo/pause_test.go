package demo_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/push"
	"tieout/sync/schedule"
)

// A worker is paused between its last check and the call, beyond its lease.
// Another takes over, finds nothing at the vendor, and writes. After the six
// minutes for which Xero knows a key the first one's call goes through. It writes
// nothing to the database, and of what stands twice at the vendor one is kept and
// the other taken back, with a line in the journal.
func TestPausedBetweenCheckAndSend(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, database string) {
		w := begin(t, worldOn(database))
		for _, s := range w.sides {
			pausedBetween(t, w, s)
		}
	})
}

func pausedBetween(t *testing.T, w *world, s *side) {
	charge := s.pay(s.pick(0), stripe.PayOptions{}).Charge
	fees := len(s.ours(1))
	other, paused := w.second(40, nil), false
	late := w.second(41, tamper(func(r *http.Request, body []byte) (*http.Response, error) {
		if !paused && r.Method != http.MethodGet && ourMarker.Match(body) && !isReceipt(r, body) {
			paused = true // a fee: no balance stands in the way of a second one
			w.advance(7 * time.Minute)
			if _, err := other.Sync(t.Context(), schedule.Options{}); err != nil {
				t.Errorf("the other worker: %v", err)
			}
			w.advance(7 * time.Minute)
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	runs, err := late.Sync(t.Context(), schedule.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for _, run := range runs {
		if run.Err != nil && strings.Contains(run.Err.Error(), "passed to another worker") {
			lost++
		}
	}
	if lost != 1 || !paused {
		t.Errorf("%s: %d runs lost their lease, want 1", s.Vendor, lost)
	}
	if n, want := len(s.ours(1))-fees, map[string]int{economy.QuickBooks: 1, economy.Xero: 2}[s.Vendor]; n != want {
		t.Errorf("%s: the late call led to %d fees, want %d", s.Vendor, n, want)
	}
	w.sync()
	w.proven(w.sync())
	w.idle(w.sync(), "sync after the late call")
	s.receipts(charge, 1)
	if n := len(s.ours(1)) - fees; n != 1 {
		t.Errorf("%s: %d fees stand, want 1", s.Vendor, n)
	}
	done, err := w.demo.App.Store.Intents(t.Context(), s.book.Tenant, s.book.ID, []push.State{push.StateDone}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	reversed := 0
	for _, in := range done {
		if strings.Contains(in.Why, "written twice") {
			reversed++
		}
	}
	if want := map[string]int{economy.QuickBooks: 0, economy.Xero: 1}[s.Vendor]; reversed != want {
		t.Errorf("%s: %d documents were taken back, want %d", s.Vendor, reversed, want)
	}
}
