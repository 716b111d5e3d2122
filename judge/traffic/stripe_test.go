package traffic_test

import (
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"tieout/judge/stripemock"
)

// judgeStripeRequests lets stripe-mock judge the requests, each form of them
// once.
func judgeStripeRequests(t *testing.T, p played) {
	t.Helper()
	judge, requests := stripemock.Start(t), stripeRequests(p.stripe)
	judge.Demand(t, requests)
	for _, one := range requests {
		if version := one.Header.Get("Stripe-Version"); version != "2023-10-16" {
			t.Errorf("%s %s asks for version %q", one.Method, one.Target, version)
		}
		if one.Method == http.MethodPost && one.Header.Get("Idempotency-Key") == "" {
			t.Errorf("%s %s has no key: repeated, it would be done twice", one.Method, one.Target)
		}
	}
	charges := func(change func(*exchange)) exchange {
		return spoilt(t, p.stripe, http.MethodGet, "/v1/charges", func(e *exchange) bool { change(e); return true })
	}
	for name, e := range map[string]exchange{
		"a field that is not there": spoilt(t, p.stripe, http.MethodPost, "/v1/prices", func(e *exchange) bool { return replaced(&e.request, "unit_amount=", "unit_amounts=") }),
		"an unknown parameter":      charges(func(e *exchange) { e.url.RawQuery += "&page=2" }),
		"an unknown address":        charges(func(e *exchange) { e.url.Path = "/v1/payments" }),
	} {
		if status := judge.Status(t, stripeRequests([]exchange{e})[0]); status < http.StatusBadRequest {
			t.Errorf("%s is not noticed: %d", name, status)
		}
	}
}

func stripeRequests(list []exchange) []stripemock.Request {
	var out []stripemock.Request
	for _, e := range list {
		out = append(out, stripemock.Request{Method: e.method, Target: e.url.RequestURI(), Body: string(e.request), Header: e.sent})
	}
	return stripemock.Distinct(out)
}

// judgeStripeAnswers holds the answers, which stripe-mock does not see, against
// Stripe's description of the same version, and says which operations there
// were.
func judgeStripeAnswers(t *testing.T, p played) map[string]int {
	t.Helper()
	d := describe(t, data(t, "stripe", "spec3.2023-10-16.json.gz"), p.ready.Stripe.URL, func(*openapi3.T) {})
	d.answersOnly = true
	found := complaints{}
	for _, e := range p.stripe {
		for _, problem := range d.judge(e) {
			found.add("%s", problem)
		}
	}
	found.report(t)
	for name, change := range map[string]func(*exchange) bool{
		"an unknown address":         func(e *exchange) bool { e.url.Path = "/v1/payments"; return true },
		"a text for an amount":       func(e *exchange) bool { return replaced(&e.answer, `"amount":`, `"amount":"x","amount_captured":`) },
		"a status that is not there": func(e *exchange) bool { return replaced(&e.answer, `"succeeded"`, `"paid"`) },
		"a field that is missing":    func(e *exchange) bool { return replaced(&e.answer, `"has_more"`, `"more"`) },
	} {
		if len(d.judge(spoilt(t, p.stripe, http.MethodGet, "/v1/charges", change))) == 0 {
			t.Errorf("%s in an answer is not noticed", name)
		}
	}
	return d.operations
}
