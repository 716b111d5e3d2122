package quickbooks

import (
	"io"
	"maps"
	"net/http"
	"time"
)

// Rates for one realm and one app: 500 requests a minute for the realm, 10 a
// second (Intuit docs: limits-and-throttles).
const (
	perMinute = 500
	perSecond = 10
)

// limitWindow counts in fixed windows of the injected clock.
type limitWindow struct {
	minute, second     int64
	inMinute, inSecond int
}

// take counts a request at now and reports whether it is within the rates.
func (l *limitWindow) take(now time.Time) bool {
	if m := now.Unix() / 60; m != l.minute {
		l.minute, l.inMinute = m, 0
	}
	if sec := now.Unix(); sec != l.second {
		l.second, l.inSecond = sec, 0
	}
	l.inMinute++
	l.inSecond++
	return l.inMinute <= perMinute && l.inSecond <= perSecond
}

// count notes a request by class and reports whether it may pass.
func (c *Company) count(class string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[class]++
	return c.window.take(c.clock.Now())
}

// Calls are the API requests that reached the company since it was added, by
// class: query, cdc, read (metered "CorePlus") and write.
func (c *Company) Calls() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]int, len(c.calls))
	maps.Copy(out, c.calls)
	return out
}

// throttled answers in XML whatever the client accepts, and promises no
// Retry-After (recorded fault 3001; Intuit docs: wait 60 seconds).
func (s *Server) throttled(w http.ResponseWriter, c *Company) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+
		`<IntuitResponse time="`+c.envelopeTime()+`" xmlns="http://schema.intuit.com/finance/v3">`+
		`<Fault type="SERVICE"><Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>`+
		`<Detail>The request limit was reached.  Try again later</Detail></Error></Fault></IntuitResponse>`)
}
