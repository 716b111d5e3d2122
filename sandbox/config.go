package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
)

// Config says what a sandbox serves. Its zero value, filled up by Defaults, is
// a generated economy on free loopback ports.
type Config struct {
	QuickBooks Vendor        `json:"quickbooks"`
	Xero       Vendor        `json:"xero"`
	Stripe     StripeConfig  `json:"stripe"`
	Control    ControlConfig `json:"control"`
	// Limits is "vendor" (refuse as the vendors do) or "off" (count only).
	Limits string `json:"limits"`
	Seed   int64  `json:"seed"`
	// Invoices open now in each generated company; 0 is the default 300.
	Invoices int `json:"invoices"`
	// NoHistory leaves the three years before now out.
	NoHistory bool `json:"no_history"`
	// Data are folders of recorded companies; with any, nothing is generated.
	Data []string `json:"data"`
}

// Vendor is one ledger's port and the application registered with it.
type Vendor struct {
	Listen       string   `json:"listen"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris"` // empty: any loopback URI
}

// StripeConfig is Stripe's port and keys.
type StripeConfig struct {
	Listen string `json:"listen"`
	// SecretKey is the key of the first account; the accounts of further
	// ledgers get keys derived from it.
	SecretKey string `json:"secret_key"`
	// Accounts are opened beside those of the ledgers.
	Accounts []StripeAccount `json:"accounts"`
}

// StripeAccount is an account that belongs to no ledger.
type StripeAccount struct {
	SecretKey string `json:"secret_key"`
	Name      string `json:"name"`
	Country   string `json:"country"`
	Currency  string `json:"currency"` // ISO 4217; settlement currency
	Livemode  bool   `json:"livemode"`
}

// ControlConfig is the control API's own port.
type ControlConfig struct {
	Listen string `json:"listen"`
}

const (
	anyPort         = "127.0.0.1:0"
	defaultInvoices = 300
	limitsVendor    = "vendor"
	limitsOff       = "off"
)

// Defaults fills what the configuration leaves open.
func (c Config) Defaults() Config {
	for _, at := range []*string{&c.QuickBooks.Listen, &c.Xero.Listen, &c.Stripe.Listen, &c.Control.Listen} {
		fill(at, anyPort)
	}
	fill(&c.QuickBooks.ClientID, "sandbox-quickbooks")
	fill(&c.QuickBooks.ClientSecret, "sandbox-quickbooks-secret")
	fill(&c.Xero.ClientID, "sandbox-xero")
	fill(&c.Xero.ClientSecret, "sandbox-xero-secret")
	fill(&c.Stripe.SecretKey, "sk_test_sandbox")
	fill(&c.Limits, limitsOff)
	if c.Invoices == 0 {
		c.Invoices = defaultInvoices
	}
	return c
}

func fill(s *string, with string) {
	if *s == "" {
		*s = with
	}
}

// Validate names the first thing in a configuration that cannot be served.
func (c Config) Validate() error {
	if c.Limits != limitsVendor && c.Limits != limitsOff {
		return fmt.Errorf("sandbox: limits %q: want vendor or off", c.Limits)
	}
	if c.Invoices < 1 {
		return fmt.Errorf("sandbox: invoices %d: want at least 1", c.Invoices)
	}
	seen := map[string]string{}
	for _, port := range []struct{ name, listen string }{
		{"quickbooks", c.QuickBooks.Listen}, {"xero", c.Xero.Listen}, {"stripe", c.Stripe.Listen}, {"control", c.Control.Listen},
	} {
		_, number, err := net.SplitHostPort(port.listen)
		if err != nil {
			return fmt.Errorf("sandbox: %s listen: %w", port.name, err)
		}
		if other, taken := seen[port.listen]; taken && number != "0" {
			return fmt.Errorf("sandbox: %s and %s both listen on %s: each needs a port of its own", other, port.name, port.listen)
		}
		seen[port.listen] = port.name
	}
	return nil
}

// ReadConfig reads a configuration as JSON; unknown names are refused, so that
// a misspelt one is not silently ignored.
func ReadConfig(r io.Reader) (Config, error) {
	var c Config
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("sandbox: configuration: %w", err)
	}
	c = c.Defaults()
	return c, c.Validate()
}

// key is the secret key of the n-th ledger's account.
func (c Config) key(n int) string {
	if n == 0 {
		return c.Stripe.SecretKey
	}
	return fmt.Sprintf("%s_%d", strings.TrimRight(c.Stripe.SecretKey, "_"), n+1)
}
