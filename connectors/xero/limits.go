package xero

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tieout/internal/vendorhttp"
)

// Bounds of Xero, per app and organisation (Xero docs: guides/oauth2/limits).
const (
	perMinute  = 60
	concurrent = 5
	// pauseConcurrent is how long to hold after a 429 that names no time: only
	// the limit on concurrent calls gives no Retry-After.
	pauseConcurrent = time.Second
	// pageSize is the largest page (Xero docs: accounting/requests-and-responses).
	pageSize = 1000
	// defaultPageSize is what a server gives that takes no pageSize.
	defaultPageSize = 100
	// maxPages ends every walk over pages: GETs of more than 100,000 records
	// are refused (Xero docs: accounting/invoices).
	maxPages = 10000
	// idsPerCall is how many ids a list parameter takes (Xero docs:
	// accounting/invoices, "about 40").
	idsPerCall = 40
	// maxReference keeps a reference well below what may be cut: the length of
	// Payment.Reference is not documented.
	maxReference = 100
	// maxKey is the longest Idempotency-Key (Xero docs:
	// guides/idempotent-requests/idempotency).
	maxKey = 128
	// maxBody bounds what is read of one answer.
	maxBody = 64 << 20

	// headerRequestID names a call in every answer of Xero.
	headerRequestID = "Xero-Correlation-Id"
)

// Limits are those of one connection, for the transport.
func (v *Vendor) Limits() vendorhttp.Limits {
	return vendorhttp.Limits{
		PerMinute:  perMinute,
		Concurrent: concurrent,
		Pause:      pauseConcurrent,
		Hold:       hold,
		RequestID:  headerRequestID,
	}
}

// hold slows down when the minute of this organisation is nearly used up,
// which happens when another program of the same app works on it.
func hold(header http.Header) time.Duration {
	left, err := strconv.Atoi(header.Get("X-MinLimit-Remaining"))
	if err != nil || left > 2 {
		return 0
	}
	return 5 * time.Second
}

// Hosts are the only ones that calls with a token may go to.
func (v *Vendor) Hosts() []string {
	var hosts []string
	for _, base := range []string{v.config.IdentityURL, v.config.APIURL} {
		if u, err := url.Parse(base); err == nil && u.Host != "" {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}
