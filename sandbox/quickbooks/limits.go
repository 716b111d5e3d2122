package quickbooks

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Rates for one realm and one app: 500 requests a minute for the realm, 10 a
// second, 40 batches a minute (Intuit docs: limits-and-throttles). A sandbox
// serves one app, so that what is counted for realm and app and what is
// counted for the realm are the same here.
const (
	perMinute        = 500
	perSecond        = 10
	batchesPerMinute = 40
)

// limitWindow counts in fixed windows of the injected clock.
type limitWindow struct {
	minute, second              int64
	inMinute, inSecond, batches int
}

// take counts a request at now and reports whether it is within the rates.
func (l *limitWindow) take(now time.Time, class string) bool {
	if m := now.Unix() / 60; m != l.minute {
		l.minute, l.inMinute, l.batches = m, 0, 0
	}
	if sec := now.Unix(); sec != l.second {
		l.second, l.inSecond = sec, 0
	}
	l.inMinute++
	l.inSecond++
	if class == classBatch {
		l.batches++
	}
	return l.inMinute <= perMinute && l.inSecond <= perSecond && (class != classBatch || l.batches <= batchesPerMinute)
}

// count notes a request by class and reports whether it may pass.
func (c *Company) count(class string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[class]++
	return c.window.take(c.clock.Now(), class)
}

// metered classes are CorePlus: data out (Intuit blog: best practices for API
// optimization, part 1).
func metered(class string) bool {
	return class == classQuery || class == classCDC || class == classRead
}

// meter counts a metered call and reports whether the month's credits last. On
// the Builder tier calls above them are refused until the next month (Intuit
// blog: understanding Builder tier API limits).
func (s *Server) meter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if month := s.opt.Clock.Now().UTC().Format("2006-01"); month != s.month {
		s.month, s.metered = month, 0
	}
	s.metered++
	return s.opt.CorePlus == 0 || s.metered <= s.opt.CorePlus
}

// CorePlus is how many metered calls were made in the month ("2006-01").
func (s *Server) CorePlus() (month string, calls int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.month, s.metered
}

// Calls are the API requests that reached the company since it was added, by
// class: query, cdc, read (metered "CorePlus"), write, upload and batch. The items
// of a batch are counted beside it, each in its own class.
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
	s.throttledAs(w, c, http.StatusTooManyRequests)
}

// throttledAs: years ago the status was 403 (recorded).
func (s *Server) throttledAs(w http.ResponseWriter, c *Company, status int) {
	s.gatewayXML(w, c, status, "SERVICE", "3001", "message=ThrottleExceeded; errorCode=003001; statusCode="+strconv.Itoa(status),
		"The request limit was reached.  Try again later")
}

// gatewayXML is a fault of the gateway before the API in its XML form
// (recorded).
func (s *Server) gatewayXML(w http.ResponseWriter, c *Company, status int, typ, code, message, detail string) {
	now := s.opt.Clock.Now().Format("2006-01-02T15:04:05.000-07:00")
	if c != nil {
		now = c.envelopeTime()
	}
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse`)
	writeAttr(&b, "time", now)
	writeAttr(&b, "xmlns", xmlSpace)
	b.WriteString("><Fault")
	writeAttr(&b, "type", typ)
	b.WriteString("><Error")
	writeAttr(&b, "code", code)
	b.WriteByte('>')
	for _, part := range [][2]string{{"Message", message}, {"Detail", detail}} {
		if part[1] != "" {
			writeElement(&b, part[0], quote(part[1]))
		}
	}
	b.WriteString("</Error></Fault></IntuitResponse>")
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// SetLimits turns the refusal of requests above the limits on or off while the
// server runs.
func (s *Server) SetLimits(on bool) { s.limited.Store(on) }
