package traffic_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// exchange is one request as it left the installation and the answer as it
// arrived.
type exchange struct {
	method  string
	url     *url.URL
	sent    http.Header
	request []byte
	status  int
	got     http.Header
	answer  []byte
}

// recorder is a transport that keeps every exchange that it carries.
type recorder struct {
	base http.RoundTripper

	mu   sync.Mutex
	kept []exchange
}

// RoundTrip hands the request on and keeps it with its answer.
func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	kept := exchange{method: request.Method, url: request.URL, sent: request.Header.Clone()}
	if request.Body != nil {
		raw, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		_ = request.Body.Close()
		kept.request = raw
		request = request.Clone(request.Context())
		request.Body = io.NopCloser(bytes.NewReader(raw))
	}
	answer, err := r.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(raw))
	kept.status, kept.got, kept.answer = answer.StatusCode, answer.Header.Clone(), raw
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, kept)
	return answer, nil
}

// with is what went to a base address.
func (r *recorder) with(base string) []exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []exchange
	for _, e := range r.kept {
		if e.url.Scheme+"://"+e.url.Host == base {
			out = append(out, e)
		}
	}
	return out
}

// spoilt is a changed copy of the first exchange of a method and path that
// change finds something to change in.
func spoilt(t *testing.T, list []exchange, method, path string, change func(*exchange) bool) exchange {
	t.Helper()
	for _, e := range list {
		if e.method != method || !strings.HasSuffix(e.url.Path, path) {
			continue
		}
		address := *e.url
		e.url, e.sent, e.got = &address, e.sent.Clone(), e.got.Clone()
		if change(&e) {
			return e
		}
	}
	t.Fatalf("nothing to spoil in %s %s", method, path)
	return exchange{}
}

// replaced changes a text in a body once; false where it is not there.
func replaced(body *[]byte, from, to string) bool {
	text := string(*body)
	*body = []byte(strings.Replace(text, from, to, 1))
	return strings.Contains(text, from)
}
