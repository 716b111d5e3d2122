package notify_test

import (
	"net/url"
	"testing"

	"tieout/sync/notify"
)

// FuzzCheckAddress: an address that is taken has one of two schemes, a host, and
// nobody's password.
func FuzzCheckAddress(f *testing.F) {
	for _, text := range []string{"https://example.com/in", "http://u:p@x", "https://x#f", "https:///x", "ftp://x", "https://[::1]:80/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if notify.CheckAddress(text) != nil {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
			t.Errorf("%q is taken: %v", text, err)
		}
	})
}
