package pushtest_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// errDead is what a process that has died gets to hear of everything.
var errDead = errors.New("the process is dead")

// wire is the network between us and one stand-in. From listen on it counts
// the calls, and lets the one with the number at meet its fault.
type wire struct {
	box http.Handler

	mu     sync.Mutex
	armed  bool
	at     int
	fault  fault
	calls  []string
	before map[string]*httptest.ResponseRecorder
	// struck says that the fault has come, left how many calls behind it are
	// still to be answered in its way.
	struck bool
	left   int
	dead   bool
	// now is the time, until when what is read may be old.
	now   func() time.Time
	until time.Time
}

// lag is how long a vendor's lists may show what was before a write.
const lag = 20 * time.Second

// RoundTrip carries a call.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.dead:
		return nil, errDead
	case !w.armed:
		answer := w.serve(r, body)
		if r.Method == http.MethodGet {
			w.before[r.URL.String()] = answer
		}
		return respond(r, answer), nil
	}
	w.calls = append(w.calls, r.Method+" "+r.URL.Path)
	if len(w.calls) == w.at {
		w.struck, w.left, w.until = true, w.fault.looks, w.now().Add(lag)
		return w.fault.strike(w, r, body)
	}
	if w.struck && w.left > 0 {
		w.left--
		return w.fault.look(w, r, body)
	}
	return respond(r, w.serve(r, body)), nil
}

// serve lets the stand-in do the work, whatever becomes of the answer.
func (w *wire) serve(r *http.Request, body []byte) *httptest.ResponseRecorder {
	inner := r.Clone(r.Context())
	inner.Host, inner.RequestURI = r.URL.Host, r.URL.RequestURI()
	inner.Body, inner.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	answer := httptest.NewRecorder()
	w.box.ServeHTTP(answer, inner)
	return answer
}

func respond(r *http.Request, answer *httptest.ResponseRecorder) *http.Response {
	got := *answer
	got.Body = bytes.NewBuffer(bytes.Clone(answer.Body.Bytes()))
	out := got.Result()
	header := http.Header{}
	for name, values := range out.Header { // spelled as a connection brings them
		for _, v := range values {
			header.Add(name, v)
		}
	}
	out.Header, out.Request = header, r
	return out
}
