package xero_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tieout/sandbox/xero"
)

func TestPoint31Limits(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *xero.Options) { o.Limits, o.Tier = true, xero.TierStarter }).connect()
	p := r.get("Organisation").ok()
	for h, v := range map[string]string{"X-MinLimit-Remaining": "59", "X-DayLimit-Remaining": "999", "X-AppMinLimit-Remaining": "9999"} {
		if p.header.Get(h) != v {
			t.Errorf("%s = %s", h, p.header.Get(h))
		}
	}
	for range 59 {
		r.get("Organisation").ok()
	}
	p = r.get("Organisation")
	if p.status != 429 || p.header.Get("X-Rate-Limit-Problem") != "minute" || p.header.Get("Retry-After") == "" || len(p.raw) != 0 {
		t.Errorf("minute: %d %v %s", p.status, p.header, p.raw)
	}
	r.clock.Advance(time.Minute)
	r.get("Organisation").ok()
}

// gate is a request body that tells when it is read and waits to be let on.
type gate struct{ reading, on chan struct{} }

func (g gate) Read([]byte) (int, error) {
	g.reading <- struct{}{}
	<-g.on
	return 0, http.ErrBodyReadAfterClose
}

func TestPoint31FiveAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *xero.Options) { o.Limits = true }).connect()
	g := gate{make(chan struct{}), make(chan struct{})}
	done := make(chan struct{})
	for range 5 {
		go func() {
			req := httptest.NewRequest("PUT", "/api.xro/2.0/Invoices", g)
			req.Header.Set("Authorization", "Bearer "+r.token)
			req.Header.Set("xero-tenant-id", r.org.ID())
			r.srv.ServeHTTP(httptest.NewRecorder(), req)
			done <- struct{}{}
		}()
		<-g.reading
	}
	p := r.get("Organisation")
	if p.status != 429 || p.header.Get("X-Rate-Limit-Problem") != "concurrent" || p.header.Get("Retry-After") != "" {
		t.Errorf("sixth call: %d %v", p.status, p.header)
	}
	close(g.on)
	for range 5 {
		<-done
	}
	r.get("Organisation").ok()
}

func TestPoint31RapidSync(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *xero.Options) { o.Limits, o.Tier = true, xero.TierPlus }).connect()
	for range 70 {
		r.get("Organisation").ok()
	}
	r.clock.Advance(30 * time.Minute)
	r.connect() // consenting again makes no new connection
	for range 60 {
		r.get("Organisation").ok()
	}
	if p := r.get("Organisation"); p.status != 429 {
		t.Errorf("after half an hour: %d", p.status)
	}
}
