package connectortest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
)

// waits answers with 429 and a Retry-After: a short one is waited for, a long
// one is handed up with the time at which to come back.
func waits(t *testing.T, w *World) {
	busy := func(after string) func(*http.Request, int) *http.Response {
		return func(r *http.Request, call int) *http.Response {
			if call > 1 {
				return nil
			}
			return &http.Response{
				StatusCode: http.StatusTooManyRequests, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
				Header: http.Header{"Retry-After": {after}}, Body: io.NopCloser(strings.NewReader("")), Request: r,
			}
		}
	}
	const short, long = 7 * time.Second, time.Hour
	var waited time.Duration
	s := w.Open(&line{instead: busy("7")}, func(d time.Duration) { waited += d; w.Clock.Advance(d) })
	if _, err := s.Profile(context.Background()); err != nil {
		t.Errorf("asked to wait for 7 s: %v", err)
	}
	if waited < short {
		t.Errorf("waited %s, was asked for %s", waited, short)
	}
	from := w.Clock.Now()
	_, err := w.open(&line{instead: busy("3600")}).Profile(context.Background())
	failure, ok := connectors.AsFailure(err)
	if !ok || failure.Class != connectors.ClassLater {
		t.Fatalf("asked to wait for an hour: %v, want class %s", err, connectors.ClassLater)
	}
	if failure.At.Before(from.Add(long)) {
		t.Errorf("asked to wait until %s, would come back at %s", from.Add(long), failure.At)
	}
}

// rotates makes the token invalid twice, in the middle of a pull.
func rotates(t *testing.T, w *World) {
	if w.Expire == nil {
		t.Skip("the vendor's keys do not expire")
	}
	want, _ := filled(t, w)
	s, got := w.open(&line{}), held{}
	read, pages := plainly(t, s), 0
	pass(t, s, map[string]connectors.Cursor{}, got, func(stream string, cursor connectors.Cursor) connectors.Page {
		if pages++; pages <= 2 {
			w.Expire()
		}
		return read(stream, cursor)
	})
	want.differs(t, "with new tokens", got)
}
