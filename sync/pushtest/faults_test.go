package pushtest_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// fault is what befalls one call.
type fault struct {
	name   string
	strike strike
	// later is how much time goes by before anything is tried again.
	later time.Duration
	// look befalls the calls behind the one that was struck, so many of them.
	look  strike
	looks int
	// byHand is what a person does with the document before anything is tried
	// again: only a call that has done its work leaves one.
	byHand string
}

const (
	deletes = "deletes"
	voids   = "voids"
)

// ofReads says whether the fault is one for calls that change nothing: there is
// nothing that they could have done.
func (f fault) ofReads() bool { return f.byHand == "" && f.looks == 0 && f.later == 0 }

// forgotten is longer than the six minutes for which Xero remembers a key (Xero
// docs: guides/idempotent-requests/idempotency).
const forgotten = 7 * time.Minute

// faults are all that is tried at every call.
func faults() []fault {
	all := []fault{
		{name: "connection refused", strike: refused},
		{name: "request lost", strike: lost},
		{name: "429", strike: answers(http.StatusTooManyRequests)},
		{name: "500", strike: answers(http.StatusInternalServerError)},
		{name: "502", strike: answers(http.StatusBadGateway)},
		{name: "503", strike: answers(http.StatusServiceUnavailable)},
		{name: "process dies before the call", strike: dies},
		{name: "every look fails for a while", strike: after(lost), look: answers(http.StatusInternalServerError), looks: 9},
		{name: "what is read lags behind", strike: after(lost), look: stale, looks: 9},
	}
	for _, spoiled := range []struct {
		name   string
		strike strike
	}{
		{"answer lost", after(lost)},
		{"500 after it was done", after(answers(http.StatusInternalServerError))},
		{"502 after it was done", after(answers(http.StatusBadGateway))},
		{"process dies after the call", after(dies)},
		{"answer cut", half(io.ErrUnexpectedEOF)},
		{"half an answer", half(nil)},
	} {
		all = append(all, fault{name: spoiled.name, strike: spoiled.strike})
	}
	for name, s := range map[string]strike{"answer lost": after(lost), "process dies after the call": after(dies)} {
		all = append(all, fault{name: name + ", tried again after the vendor forgot the key", strike: s, later: forgotten})
	}
	for _, how := range []string{deletes, voids} {
		for _, late := range []time.Duration{0, forgotten} {
			all = append(all, fault{name: fmt.Sprintf("answer lost, a person %s the document, tried again %s later", how, late), strike: after(lost), later: late, byHand: how})
		}
	}
	return all
}

type strike = func(w *wire, r *http.Request, body []byte) (*http.Response, error)

func refused(*wire, *http.Request, []byte) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

func lost(*wire, *http.Request, []byte) (*http.Response, error) {
	return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}
}

func dies(w *wire, _ *http.Request, _ []byte) (*http.Response, error) {
	w.dead = true
	return nil, errDead
}

// answers is what stands between the vendor and us, in words of its own.
func answers(status int) strike {
	return func(_ *wire, r *http.Request, _ []byte) (*http.Response, error) {
		const page = "<html><body><center><h1>not now</h1></center></body></html>"
		return &http.Response{
			Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader(page)), ContentLength: int64(len(page)), Request: r,
		}, nil
	}
}

// after lets the vendor do the work before the answer is spoiled.
func after(spoil strike) strike {
	return func(w *wire, r *http.Request, body []byte) (*http.Response, error) {
		w.serve(r, body)
		return spoil(w, r, body)
	}
}

// half breaks the answer off in the middle; without an error it looks whole.
func half(err error) strike {
	return func(w *wire, r *http.Request, body []byte) (*http.Response, error) {
		answer := respond(r, w.serve(r, body))
		whole, _ := io.ReadAll(answer.Body)
		text := io.Reader(strings.NewReader(string(whole[:len(whole)/2])))
		if err != nil {
			text = io.MultiReader(text, failing{err})
		}
		answer.Body, answer.ContentLength = io.NopCloser(text), -1
		answer.Header.Del("Content-Length")
		return answer, nil
	}
}

type failing struct{ err error }

// Read fails.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// stale answers a read as it was answered before the write.
func stale(w *wire, r *http.Request, body []byte) (*http.Response, error) {
	if was, ok := w.before[r.URL.String()]; ok && r.Method == http.MethodGet && w.now().Before(w.until) {
		return respond(r, was), nil
	}
	return respond(r, w.serve(r, body)), nil
}
