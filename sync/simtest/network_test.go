package simtest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
)

// call is an exchange with the stand-ins.
type call struct {
	method, url string
	header      http.Header
	body        []byte
	status      int
	answer      []byte
}

// RoundTrip is the network between a process and the vendors.
func (p *process) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	if p.isDead() {
		return nil, errDead
	}
	return p.w.chaos.carry(p, r, body)
}

// serve lets the stand-in answer.
func (w *world) serve(r *http.Request, body []byte) *http.Response {
	inner := r.Clone(r.Context())
	inner.Host, inner.RequestURI = r.URL.Host, r.URL.RequestURI()
	inner.Body, inner.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	answer := httptest.NewRecorder()
	w.box.ServeHTTP(answer, inner)
	got := answer.Result()
	got.Header = canonical(got.Header)
	got.Request = r
	if w.record != nil {
		w.record(call{r.Method, r.URL.String(), r.Header.Clone(), body, answer.Code, bytes.Clone(answer.Body.Bytes())})
	}
	return got
}

// canonical spells the names of headers as whoever receives them over a
// connection finds them.
func canonical(h http.Header) http.Header {
	out := http.Header{}
	for name, values := range h {
		for _, v := range values {
			out.Add(name, v)
		}
	}
	return out
}

// ask makes a call from outside of every process.
func (w *world) ask(method, url string, header http.Header, body []byte) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(w.Context(), method, url, nil)
	if err != nil {
		return nil, nil, err
	}
	if header != nil {
		r.Header = header
	}
	answer := w.serve(r, body)
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s: %s %s", method, url, answer.Status, text)
	}
	return answer, text, err
}
