// Package stripemock has Stripe's own stand-in judge requests: stripe-mock
// v0.183.0 embeds the API description of version 2023-10-16 and refuses what
// that does not know: a route, a parameter, a type. It keeps no state, so that
// a recorded request can be sent to it on its own.
//
// The package is for tests. It must not learn anything of the connector that
// it judges, and it does not look at stripe-mock's answers beyond their status.
package stripemock

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// tool is stripe-mock's name among the tools of tools.mod.
const tool = "stripe-mock"

// anyKey is a key of the form that stripe-mock accepts: letters and digits
// only after the prefix (stripe-mock: README, "any valid looking testmode
// secret API key").
const anyKey = "Bearer sk_test_123"

// Judge is a running stripe-mock.
type Judge struct{ address string }

// Start builds and runs stripe-mock for the test. Where it cannot be built the
// test is skipped, or fails if TIEOUT_TEST_REQUIRE names stripe-mock.
func Start(t *testing.T) *Judge {
	t.Helper()
	binary, err := build(t.Context())
	if err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), tool) {
			t.Fatalf("stripe-mock is required: %v", err)
		}
		t.Skipf("no stripe-mock: %v", err)
	}
	// With one address only, the other listener takes its default port.
	command := exec.CommandContext(t.Context(), binary, "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0", "-strict-version-check") //nolint:gosec // the tool that was just built
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("start stripe-mock: %v", err)
	}
	// The test's context ends before its clean-up runs, which ends the process.
	t.Cleanup(func() { _ = command.Wait() })
	address := listening(output)
	if address == "" {
		t.Fatal("stripe-mock ended before it listened")
	}
	return &Judge{address: address}
}

// build gives the path of the tool's binary, built when it is not cached.
func build(ctx context.Context) (string, error) {
	root, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("working folder: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "tools.mod")); err == nil {
			break
		}
		above := filepath.Dir(root)
		if above == root {
			return "", fmt.Errorf("tools.mod: %w", os.ErrNotExist)
		}
		root = above
	}
	command := exec.CommandContext(ctx, "go", "tool", "-modfile="+filepath.Join(root, "tools.mod"), "-n", tool) //nolint:gosec // only the project's own folder varies
	command.Dir = root
	var complaint bytes.Buffer
	command.Stderr = &complaint
	path, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go tool %s: %w: %s", tool, err, complaint.String())
	}
	return strings.TrimSpace(string(path)), nil
}

// listening reads stripe-mock's output until it names its HTTP address, and
// drains the rest so that it never blocks.
func listening(output io.Reader) string {
	const says = "Listening for HTTP at address: "
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), says); ok {
			go func() { _, _ = io.Copy(io.Discard, output) }()
			return address
		}
	}
	return ""
}

// Request is one recorded request.
type Request struct {
	Method, Target, Body string
	Header               http.Header
}

// Recorder is a transport that keeps every request that passes through it.
type Recorder struct {
	Base http.RoundTripper

	mu       sync.Mutex
	requests []Request
}

// RoundTrip keeps the request and hands it on.
func (r *Recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, fmt.Errorf("record: %w", err)
		}
		_ = request.Body.Close()
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.mu.Lock()
	r.requests = append(r.requests, Request{request.Method, request.URL.RequestURI(), string(body), request.Header.Clone()})
	r.mu.Unlock()
	return r.Base.RoundTrip(request) //nolint:wrapcheck // a transport hands on what it is given
}

// Requests are those recorded so far, each route and set of parameters once.
func (r *Recorder) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Distinct(r.requests)
}

// Distinct are the first requests of each route and set of parameters.
func Distinct(requests []Request) []Request {
	seen := map[string]bool{}
	var out []Request
	for _, one := range requests {
		if shape := one.shape(); !seen[shape] {
			seen[shape] = true
			out = append(out, one)
		}
	}
	return out
}

// shape is what stripe-mock looks at: method, route and parameters, without
// the values of ids.
func (r Request) shape() string {
	return r.Method + " " + identifier.ReplaceAllString(r.Target, "#") + " " + identifier.ReplaceAllString(r.Body, "#")
}

// identifier finds ids and the markers and times that differ from one request
// to the next but say nothing about its form.
var identifier = regexp.MustCompile(`\b[a-z]{2,10}_[A-Za-z0-9_]{6,}\b|\b[0-9]{6,}\b`)

// Demand sends the requests and reports each that stripe-mock refuses.
func (j *Judge) Demand(t *testing.T, requests []Request) {
	t.Helper()
	for _, one := range requests {
		status, said, err := j.send(t, one)
		if err != nil {
			t.Fatalf("stripe-mock: %s %s: %v", one.Method, one.Target, err)
		}
		if status >= http.StatusBadRequest {
			t.Errorf("stripe-mock refuses with %d: %s %s\n%s\n%s", status, one.Method, one.Target, one.Body, said)
		}
	}
}

// Status is what stripe-mock answers to one request.
func (j *Judge) Status(t *testing.T, one Request) int {
	t.Helper()
	status, _, err := j.send(t, one)
	if err != nil {
		t.Fatalf("stripe-mock: %s %s: %v", one.Method, one.Target, err)
	}
	return status
}

func (j *Judge) send(t *testing.T, one Request) (int, string, error) {
	request, err := http.NewRequestWithContext(t.Context(), one.Method, "http://"+j.address+one.Target, strings.NewReader(one.Body))
	if err != nil {
		return 0, "", fmt.Errorf("build: %w", err)
	}
	request.Header = one.Header.Clone()
	request.Header.Set("Authorization", anyKey)
	request.Header.Del("Accept-Encoding")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", fmt.Errorf("send: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, "", fmt.Errorf("read: %w", err)
	}
	return answer.StatusCode, string(said), nil
}
