package notify_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"tieout/sync/notify"
)

// TestPublic knows the addresses by which servers were made to call
// themselves, in all their spellings.
func TestPublic(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"93.184.215.14": true, "2606:4700::6810:84e5": true, "1.1.1.1": true, "172.32.0.1": true, "11.0.0.1": true,
		"127.0.0.1": false, "127.9.9.9": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.0.0.8": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "fd00:ec2::254": false,
		"169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "100.100.100.200": false, "192.0.0.192": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:8.8.8.8": true, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
		"224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "ff02::1": false, "198.18.0.1": false, "fec0::1": false,
	} {
		if got := notify.Public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: public %v, want %v", text, got, want)
		}
	}
	if notify.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// TestInsideIsRefusedWhenDialled: a name is resolved when the connection is
// made, and what it means then counts.
func TestInsideIsRefusedWhenDialled(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f000001", "0.0.0.0"} {
		if err := get(t, notify.Client(notify.Transport(false)), "http://"+host+":"+port); err == nil {
			t.Errorf("%s was called", host)
		} else if net.ParseIP(strings.Trim(host, "[]")) != nil && !errors.Is(err, notify.ErrInside) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Fatalf("%d requests arrived", n)
	}
	if err := get(t, notify.Client(notify.Transport(true)), server.URL); err != nil || reached.Load() != 1 {
		t.Errorf("allowed: %v, %d requests", err, reached.Load())
	}
}

// TestRedirectInsideIsNotFollowed: a public receiver cannot send us on.
func TestRedirectInsideIsNotFollowed(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(inner.Close)
	outer := httptest.NewServer(http.RedirectHandler(inner.URL, http.StatusTemporaryRedirect))
	t.Cleanup(outer.Close)
	if err := get(t, notify.Client(notify.Transport(true)), outer.URL); err != nil || reached.Load() != 0 {
		t.Errorf("%v, %d requests arrived inside", err, reached.Load())
	}
}

func get(t *testing.T, c *http.Client, address string) error {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err == nil {
		err = answer.Body.Close()
	}
	return err
}
