package vendorhttp

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"
)

// NewFixed is a client for the calls that belong to no connection yet, such as
// those of a consent, whose requests carry the operator's own secret. It calls
// no host but those, each as Options.Hosts names it, follows no redirect, and
// keeps what was sent out of errors and refusals.
func NewFixed(base http.RoundTripper, hosts []string, timeout time.Duration) *http.Client {
	o := Options{Base: base, Hosts: hosts}.withDefaults()
	return &http.Client{Transport: &fixed{options: o}, CheckRedirect: stay, Timeout: timeout}
}

// fixed checks the host and nothing else.
type fixed struct{ options Options }

// RoundTrip sends the request where it may go.
func (f *fixed) RoundTrip(r *http.Request) (*http.Response, error) {
	if !f.options.allowed(r.URL.Host) {
		closeBody(r)
		return nil, notSent(fmt.Errorf("%w: %s", ErrHost, r.URL.Host))
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxRequest)); err != nil {
			return nil, notSent(fmt.Errorf("read the request's body: %w", err))
		}
		closeBody(r)
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	secrets := hidden(r, body)
	answer, err := f.options.Base.RoundTrip(r)
	if err != nil {
		return nil, scrubError(err, secrets)
	}
	scrubAnswer(answer, secrets)
	return answer, nil
}
