package stripe

import "net/http"

// rateWindow counts the requests of one stretch of the clock.
type rateWindow struct{ start, count int64 }

// Requests a second of an account, in all and of one endpoint, and updates of
// one PaymentIntent an hour (Stripe docs: rate-limits).
const (
	liveRate      = 100
	testRate      = 25
	endpointRate  = 25
	searchRate    = 20
	intentUpdates = 1000
	hour          = int64(3600)
)

// admit counts a request and tells whether it is among the first so many.
func (w *rateWindow) admit(now, length, most int64) bool {
	if start := now - now%length; w.start != start {
		w.start, w.count = start, 0
	}
	w.count++
	return w.count <= most
}

// SetLimits turns the refusal of requests over the limits on or off.
func (s *Server) SetLimits(on bool) { s.limited.Store(on) }

// overRate is why a request is refused, "" when it is not. An endpoint is one
// operation, whatever the id in its path.
func (a *Account) overRate(now int64, pattern string) string {
	most := int64(testRate)
	if a.opts.Livemode {
		most = liveRate
	}
	if !a.window.admit(now, 1, most) {
		return "global-rate"
	}
	w := a.endpointRates[pattern]
	if w == nil {
		w = &rateWindow{}
		a.endpointRates[pattern] = w
	}
	most = endpointRate
	if isSearch(pattern) {
		most = searchRate
	}
	if !w.admit(now, 1, most) {
		return "endpoint-rate"
	}
	return ""
}

func isSearch(pattern string) bool {
	const end = "/search"
	return len(pattern) > len(end) && pattern[len(pattern)-len(end):] == end
}

// tooManyUpdates counts the updates of one intent, where limits are on.
func (c *call) tooManyUpdates(o *paymentIntent) bool {
	return c.limited && !o.updates.admit(c.now, hour, intentUpdates)
}

// rateLimited is the 429 of too many requests; why goes into the header
// Stripe-Rate-Limited-Reason (Stripe docs: rate-limits).
func rateLimited(why string) *Error {
	e := invalid("rate_limit", "", "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.")
	e.Status, e.why = http.StatusTooManyRequests, why
	return e
}

// lockTimeout is the 429 of two requests for one object (recorded answers).
func lockTimeout() *Error {
	e := invalid("lock_timeout", "", "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. "+
		"If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single "+
		"object, make your requests serially or at a lower rate.")
	e.Status, e.retry = http.StatusTooManyRequests, "true"
	return e
}

// keyInUse is the 409 of a key whose first request still runs (Stripe docs:
// error-codes, idempotency_key_in_use).
func keyInUse() *Error {
	return &Error{
		Status: http.StatusConflict, Type: typeIdempotency, Code: "idempotency_key_in_use", DocURL: docURL("idempotency_key_in_use"), retry: "true",
		Message: "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is " +
			"still going through). Please try again later.",
	}
}
