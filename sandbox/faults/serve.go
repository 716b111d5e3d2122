package faults

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

func unescape(s string) (string, error) { return url.PathUnescape(s) }

// ServeHTTP serves a request with the faults that strike it. Waiting comes
// first, then what prevents the work, then what spoils the answer.
func (i *Injector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rules := i.struck(r)
	if len(rules) == 0 && !i.watching() {
		i.next.ServeHTTP(w, r)
		return
	}
	for _, rule := range rules {
		late := time.Duration(rule.Millis) * time.Millisecond
		switch rule.Kind {
		case Latency:
			i.opt.Wait(r.Context(), late)
		case Slow:
			w = &slowWriter{ResponseWriter: w, wait: i.opt.Wait, request: r, late: late}
		}
	}
	for _, rule := range rules {
		switch rule.Kind {
		case Status:
			i.refuse(w, r, rule)
			return
		case Cut:
			cut(w)
			return
		case Revoke:
			if v, ok := i.next.(Revoker); ok {
				v.RevokeOf(r)
			}
		}
	}
	for _, rule := range rules {
		switch rule.Kind {
		case Commit:
			i.next.ServeHTTP(newRecorder(), r)
			i.wrote(r)
			i.opt.Wait(r.Context(), time.Duration(rule.Millis)*time.Millisecond)
			cut(w)
			return
		case Truncate:
			i.truncate(w, r)
			return
		case Stale:
			i.serveStale(w, r, rule.Writes)
			return
		}
	}
	i.serveWatched(w, r)
}

// refuse answers in the vendor's words, or plainly where it has none.
func (i *Injector) refuse(w http.ResponseWriter, r *http.Request, rule Rule) {
	if v, ok := i.next.(Renderer); ok {
		v.RenderFault(w, r, rule.Status, rule.Code)
		return
	}
	http.Error(w, http.StatusText(rule.Status), rule.Status)
}

// truncate serves the request and cuts the connection after half of the body.
func (i *Injector) truncate(w http.ResponseWriter, r *http.Request) {
	rec := newRecorder()
	i.next.ServeHTTP(rec, r)
	i.wrote(r)
	maps.Copy(w.Header(), rec.header)
	w.Header().Set("Content-Length", strconv.Itoa(rec.body.Len()))
	w.WriteHeader(rec.status)
	_, _ = w.Write(rec.body.Bytes()[:rec.body.Len()/2])
	_ = http.NewResponseController(w).Flush() // what was written must leave before the cut
	cut(w)
}

// cut ends the connection without an answer. A writer that has no connection
// of its own, as in a test, gets 502 instead.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	_ = conn.Close() // it is the client that shall notice
}

// slowWriter waits before the first part of an answer, while its handler still
// runs.
type slowWriter struct {
	http.ResponseWriter
	wait    func(ctx context.Context, d time.Duration)
	request *http.Request
	late    time.Duration
	begun   bool
}

func (s *slowWriter) begin() {
	if !s.begun {
		s.begun = true
		s.wait(s.request.Context(), s.late)
	}
}

// WriteHeader waits and sends the status.
func (s *slowWriter) WriteHeader(status int) {
	s.begin()
	s.ResponseWriter.WriteHeader(status)
}

// Write waits and sends a part of the body.
func (s *slowWriter) Write(part []byte) (int, error) {
	s.begin()
	return s.ResponseWriter.Write(part)
}

// Unwrap lets the connection be reached through the wrapper.
func (s *slowWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// recorder keeps an answer instead of sending it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	wrote  bool
}

func newRecorder() *recorder { return &recorder{header: http.Header{}, status: http.StatusOK} }

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if !r.wrote {
		r.status, r.wrote = status, true
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.wrote = true
	return r.body.Write(p)
}

// replay sends a kept answer.
func (r *recorder) replay(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes()) // a client that went away cannot be told so
}
