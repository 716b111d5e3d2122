package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/web"
)

// second connects another organisation of the installation with the vendor's
// company, and switches its writing on.
func (h *hooked) second(vendor string) *hooked {
	h.Helper()
	r := *h.rig
	r.App = h.Of("other")
	for _, l := range r.ready.Ledgers {
		if l.Vendor == vendor {
			r.company = l
		}
	}
	r.ledger = must(h.T)(r.Connect.Answer(h.Context(), r.consent()))[0]
	r.stripe = must1[books.Connection](h.T)(r.Connect.WithKey(h.Context(), "stripe", r.company.StripeKey))
	r.set()
	r.clean()
	return &hooked{rig: &r}
}

// TestTwoOrganisations has one installation work for two clients, each with a
// ledger and a Stripe account of its own: by schedule, by webhook, with alarms
// and figures. Nothing of one shows in the other.
func TestTwoOrganisations(t *testing.T) {
	t.Parallel()
	one := newHooked(t, "quickbooks")
	two := one.second("xero")
	one.clock.Advance(2 * time.Hour)
	var ran []string
	for _, run := range one.due() {
		if run.Err != nil || len(run.Result.Problems) > 0 {
			t.Errorf("%s: %v %v", run.Book.Tenant, run.Err, run.Result.Problems)
		}
		ran = append(ran, run.Book.Tenant)
	}
	if slices.Sort(ran); !slices.Equal(ran, []string{books.Tenant, "other"}) {
		t.Errorf("ran for %v", ran)
	}
	one.pay()
	one.deliver()
	one.clock.Advance(time.Minute) // the events of a ledger wait a little
	ran = nil
	for _, run := range one.take() {
		ran = append(ran, run.Book.Tenant)
	}
	if slices.Sort(ran); !slices.Equal(ran, []string{books.Tenant, "other"}) {
		t.Errorf("webhooks ran for %v", ran)
	}
	for _, mine := range []*hooked{one, two} {
		status := must1[web.Status](t)(mine.Status(t.Context()))
		if len(status.Connections) != 2 || len(status.Books) != 1 || status.Connections[0].CallsToday == 0 {
			t.Errorf("%s has %d connections, %d books, %d calls", mine.Tenant, len(status.Connections), len(status.Books), status.Connections[0].CallsToday)
		}
		theirs := two
		if mine == two {
			theirs = one
		}
		text := string(must1[[]byte](t)(json.Marshal(status)))
		for _, secret := range []string{theirs.ledger.ID, theirs.stripe.ID, theirs.book.ID, theirs.company.Name} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is shown %q of the other", mine.Tenant, secret)
			}
		}
		if _, err := mine.Connect.Disconnect(t.Context(), theirs.row(theirs.ledger.ID)); err == nil {
			t.Errorf("%s has disconnected the other's ledger", mine.Tenant)
		}
	}
	one.clock.Advance(24 * time.Hour)
	if err := one.NotifyNow(t.Context()); err != nil {
		t.Error(err)
	}
	w := httptest.NewRecorder()
	two.Metrics().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	for _, line := range []string{`tieout_alarms{kind="stale",organisation="main"} 2`, `tieout_alarms{kind="stale",organisation="other"} 2`, "tieout_scrape_ok 1"} {
		if !strings.Contains(w.Body.String(), line) {
			t.Errorf("the figures lack %s", line)
		}
	}
}

// TestConsentStaysInItsOrganisation: a consent that was begun for one is not
// answered for another.
func TestConsentStaysInItsOrganisation(t *testing.T) {
	t.Parallel()
	r := newRig(t, "xero")
	query := r.consent()
	if _, err := r.Of("other").Connect.Answer(t.Context(), query); err == nil {
		t.Error("another organisation has answered it")
	}
	if list := must(t)(r.Store.Connections(t.Context(), "other")); len(list) != 0 {
		t.Errorf("connected %+v", list)
	}
	if _, err := r.Connect.Answer(t.Context(), query); err != nil {
		t.Error(err)
	}
}
