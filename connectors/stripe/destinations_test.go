package stripe

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

// TestDestinations: an account is read with the newest payout that went to it.
func TestDestinations(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var old string
	for _, id := range b.account.Options().Banks {
		old = id
	}
	pay := func() {
		b.payDirect(2, 5000)
		b.clock.Advance(72 * time.Hour)
		_, err := b.account.RunPayouts()
		b.must(err)
	}
	pay()
	newer, err := b.account.ChangeBank("usd", "CHASE", "000987654321")
	b.must(err)
	pay()
	got, err := b.session.Destinations(t.Context(), []string{old, newer, "ba_nobody"})
	b.must(err)
	want := map[string]receivables.Destination{
		old: {Name: "STRIPE TEST BANK", Last4: "6789", Currency: "USD"}, newer: {Name: "CHASE", Last4: "4321", Currency: "USD"},
	}
	if !maps.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestDestinationsAsAnswered: cards, what is deleted and what is not expanded
// are shown as far as Stripe does; a refusal is no failure, a pause of Stripe's
// is one.
func TestDestinationsAsAnswered(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for destination, want := range map[string]receivables.Destination{
		`{"id":"card_1","object":"card","brand":"Visa","last4":"4242","currency":"usd"}`:         {Name: "Visa", Last4: "4242", Currency: "USD"},
		`{"id":"ba_1","object":"bank_account","deleted":true,"currency":"eur"}`:                  {Currency: "EUR"},
		`{"id":"ba_1","object":"bank_account","bank_name":null,"last4":"0001","currency":"eur"}`: {Last4: "0001", Currency: "EUR"},
		`"ba_1"`: {}, `null`: {},
	} {
		b.answering(http.StatusOK, nil, fmt.Appendf(nil, `{"object":"list","data":[{"id":"po_1","object":"payout","destination":%s}]}`, destination))
		got, err := b.session.Destinations(t.Context(), []string{"ba_1"})
		if err != nil || got["ba_1"] != want || (len(got) == 1) != (want != receivables.Destination{}) {
			t.Errorf("%s: %+v, %v", destination, got, err)
		}
	}
	for status, fails := range map[int]bool{http.StatusForbidden: false, http.StatusBadRequest: false, http.StatusNotFound: false, http.StatusServiceUnavailable: true} {
		b.answering(status, nil, []byte(`{"error":{"type":"invalid_request_error","message":"no"}}`))
		got, err := b.session.Destinations(t.Context(), []string{"ba_1"})
		if _, failed := connectors.AsFailure(err); failed != fails || len(got) != 0 {
			t.Errorf("%d: %+v, %v", status, got, err)
		}
	}
}
