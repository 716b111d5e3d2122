package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrInside is an address that lies inside: of this machine, of a private
// network, or of a cloud's own services.
var ErrInside = errors.New("the address lies inside a private network, and sending there is not allowed (--hook-private allows it)")

// inside are the networks that are not the public internet's, beyond those that
// netip knows by name (IANA: IPv4 and IPv6 Special-Purpose Address Registries).
// The last three carry an IPv4 address that a gateway would take out again.
func inside() []netip.Prefix {
	texts := []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"100::/64", "2001:db8::/32", "fec0::/10", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16",
	}
	out := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}

// Public says whether an address belongs to the public internet, so that a
// webhook may go there without the operator's leave.
func Public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsValid() || !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range inside() {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// Transport carries webhooks. Unless private addresses are allowed, each
// connection is checked when it is made, after the name was resolved: a name
// that means another address by then does not get past it. No proxy is asked
// then, because a proxy would resolve the name itself.
func Transport(private bool) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTime}
	t := &http.Transport{
		DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConns: idleConns, IdleConnTimeout: idleTime,
		TLSHandshakeTimeout: dialTime, ResponseHeaderTimeout: attemptTime, MaxResponseHeaderBytes: headerBytes,
	}
	if private {
		t.Proxy = http.ProxyFromEnvironment
		return t
	}
	dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error { return refuseInside(address) }
	return t
}

const (
	dialTime    = 10 * time.Second
	idleTime    = time.Minute
	idleConns   = 50
	headerBytes = 64 << 10
)

// refuseInside checks the address and port that a connection is about to go to.
func refuseInside(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("notify: %q is no address: %w", address, err)
	}
	if !Public(to.Addr()) {
		return ErrInside
	}
	return nil
}
