package vendorhttp

import (
	"fmt"
	"net/http"
	"time"
)

// NewFixed is a client for the calls that belong to no connection yet, such as
// those of a consent, whose requests carry the operator's own secret. It calls
// no host but those, each as Options.Hosts names it, and follows no redirect.
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
	return f.options.Base.RoundTrip(r)
}
