package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// postSigned sends a body as Xero signs it with the key.
func postSigned(t *testing.T, address, key, body string) *http.Response {
	t.Helper()
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Xero-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if text, err := io.ReadAll(answer.Body); err != nil || len(text) != 0 || answer.Header.Get("Set-Cookie") != "" {
		t.Errorf("the answer has a body or a cookie: %q, %v", text, err)
	}
	return answer
}

// TestServeTakesWebhooks with either of two keys, keeps what it does not know,
// and shows it.
func TestServeTakesWebhooks(t *testing.T) {
	t.Parallel()
	m := newMachine(t, nil)
	m.env = append(m.env, "TIEOUT_XERO_WEBHOOK_KEY=old, new")
	process := m.command(t, "serve", "--listen", "127.0.0.1:0")
	out, err := process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	address := ""
	for address == "" && lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "Webhooks of xero are taken at "); ok {
			address = strings.TrimSuffix(at, "VENDOR")
		}
	}
	const test = `{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"X"}`
	const stranger = `{"events":[{"resourceId":"1","eventDateUtc":"2026-11-20T18:00:00","eventType":"UPDATE","eventCategory":"INVOICE","tenantId":"nobody"}]}`
	for _, c := range []struct {
		vendor, key, body string
		status            int
	}{
		{"xero", "old", test, 200},
		{"xero", "new", test, 200},
		{"xero", "other", test, 401},
		{"xero", "new", stranger, 200},
		{"xero", "new", stranger, 200},
		{"xero", "new", strings.Repeat(" ", 3<<20), 413},
		{"quickbooks", "new", test, 401}, // no verifier is set
		{"nobody", "new", test, 404},
	} {
		if got := postSigned(t, address+c.vendor, c.key, c.body); got.StatusCode != c.status {
			t.Errorf("%s signed with %s: %s, want %d", c.vendor, c.key, got.Status, c.status)
		}
	}
	if err := process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	said := ""
	for lines.Scan() {
		said += lines.Text() + "\n"
	}
	if err := process.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	expect(t, "words", said, []string{"a webhook of xero was not taken", "a webhook of quickbooks was not taken"})
	status := m.run(t, "", "status", "--json")
	expect(t, "status", status.out, []string{`"vendor": "xero"`, `"received": 1`, `"ignored": 1`, "no connection is with this company"})
}

// pipes is a listener whose connections are made by hand.
type pipes struct{ made chan net.Conn }

// Accept gives the next connection.
func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p.made
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

// Close does nothing.
func (p pipes) Close() error { return nil }

// Addr is none.
func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

// TestSlowSenders: neither a body nor headers that do not come to an end hold a
// place for long.
func TestSlowSenders(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]string{
		"a slow body": "POST /hooks/xero HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", "slow headers": "POST /hooks/xero HTTP/1.1\r\nHost:",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := pipes{made: make(chan net.Conn)}
				var failed error
				server := bounded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if _, failed = io.ReadAll(r.Body); failed != nil {
						w.WriteHeader(http.StatusBadRequest)
					}
				}))
				go func() { _ = server.Serve(p) }()
				ours, theirs := net.Pipe()
				p.made <- theirs
				begin := time.Now()
				if _, err := fmt.Fprint(ours, sent); err != nil {
					t.Fatal(err)
				}
				_, err := io.Copy(io.Discard, ours)
				if took := time.Since(begin); err != nil && !errors.Is(err, io.ErrClosedPipe) || took > readTime+time.Second {
					t.Errorf("the place was held for %s: %v", took, err)
				}
				close(p.made)
				_ = server.Close()
			})
		})
	}
}
