package vendorhttp_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tieout/internal/vendorhttp"
)

// thief is a server that must never hear anything.
func thief(t *testing.T) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var heard atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	t.Cleanup(server.Close)
	return server, &heard
}

// TestTokensAreNotTakenElsewhere: a token endpoint that answers with a redirect,
// of a kind that sends the form with its secrets again, sends it nowhere; and
// an address of another host is not called at all.
func TestTokensAreNotTakenElsewhere(t *testing.T) {
	t.Parallel()
	other, heard := thief(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(other.URL+"/token", status))
		t.Cleanup(server.Close)
		address, _ := url.Parse(server.URL)
		client := vendorhttp.NewFixed(nil, []string{address.Host}, time.Minute)
		answer, err := client.PostForm(server.URL, url.Values{"refresh_token": {"hush"}})
		if err != nil || answer.StatusCode != status {
			t.Errorf("%d: %v", status, err)
			continue
		}
		_ = answer.Body.Close()
	}
	_, err := vendorhttp.NewFixed(nil, []string{"identity.example"}, time.Minute).PostForm(other.URL, url.Values{"client_secret": {"hush"}})
	if !errors.Is(err, vendorhttp.ErrHost) || !vendorhttp.NotSent(err) {
		t.Errorf("another host: %v", err)
	}
	if n := heard.Load(); n > 0 {
		t.Errorf("the other host was called %d times", n)
	}
}

// TestAddressesOfAnswersAreNotFollowed: what an answer, a page's link or a
// stored row names as the next address is called only on the vendor's own host,
// however it is written.
func TestAddressesOfAnswersAreNotFollowed(t *testing.T) {
	t.Parallel()
	other, heard := thief(t)
	b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Redirect(w, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}}, other.URL, http.StatusTemporaryRedirect)
	}, nil)
	if status, err := b.do(t, http.MethodGet, ""); err != nil || status != http.StatusTemporaryRedirect {
		t.Errorf("%d, %v", status, err)
	}
	own, _ := url.Parse(b.url)
	elsewhere, _ := url.Parse(other.URL)
	for _, next := range []string{
		other.URL, "http://" + own.Host + "@" + elsewhere.Host + "/", "http://" + elsewhere.Host + "/?" + own.Host, "//" + elsewhere.Host,
		"http://" + own.Hostname() + ".example/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, next, nil)
		if err != nil {
			continue
		}
		answer, err := b.client.Do(r)
		if err == nil {
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			t.Errorf("%s was called", next)
		} else if !errors.Is(err, vendorhttp.ErrHost) && !strings.Contains(err.Error(), "no Host") {
			t.Errorf("%s: %v", next, err)
		}
	}
	if n := heard.Load(); n > 0 {
		t.Errorf("the other host was called %d times", n)
	}
}
