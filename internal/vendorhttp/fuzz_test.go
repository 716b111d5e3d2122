package vendorhttp_test

import (
	"net/http"
	"testing"
	"time"

	"tieout/internal/vendorhttp"
)

// FuzzRetryAfter: whatever a header says, the wait is a time ahead.
func FuzzRetryAfter(f *testing.F) {
	for _, text := range []string{"120", "-1", "99999999999999999999", "Fri, 20 Nov 2026 18:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"} {
		f.Add(text)
	}
	now := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if wait, ok := vendorhttp.RetryAfter(http.Header{"Retry-After": {text}}, now); wait < 0 || !ok && wait != 0 {
			t.Errorf("%q: %v, %v", text, wait, ok)
		}
	})
}
