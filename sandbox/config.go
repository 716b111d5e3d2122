package sandbox

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"tieout/sandbox/xero"
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
	// Invoices open now in each generated company; 0 is the default 300, None
	// opens the companies empty.
	Invoices int `json:"invoices"`
	// NoHistory leaves the three years before now out.
	NoHistory bool `json:"no_history"`
	// Data are folders of recorded companies; with any, nothing is generated.
	Data Folders `json:"data"`
}

// None as a number of invoices is an empty company.
const None = -1

// Vendor is one ledger's port and the application registered with it. What it
// leaves open of the last four is as in Config.
type Vendor struct {
	// Off leaves the vendor out; a file does so by not naming it.
	Off          bool   `json:"-"`
	Listen       string `json:"listen"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	// Public is an application without a secret, which must use PKCE; Xero has
	// such applications, Intuit has none.
	Public bool `json:"public"`
	// Tier of a Xero app: starter, core, plus or advanced; core when empty.
	Tier string `json:"tier"`
	// PaymentServices grants the scope paymentservices, which Xero gives to its
	// payment partners only.
	PaymentServices bool `json:"payment_services"`

	RedirectURIs []string `json:"redirect_uris"` // empty: any loopback URI
	Webhook      Webhook  `json:"webhook"`
	Limits       string   `json:"limits"`
	Seed         int64    `json:"seed"`
	Invoices     int      `json:"invoices"`
	Data         Folders  `json:"data"`
}

// Webhook is where a ledger's events go, and what they are signed with: Xero
// calls it a key, Intuit a verifier token.
type Webhook struct {
	URL      string `json:"url"`
	Key      string `json:"key"`
	Verifier string `json:"verifier"`
}

// StripeConfig is Stripe's port and keys.
type StripeConfig struct {
	Off    bool   `json:"-"`
	Listen string `json:"listen"`
	// SecretKey is the key of the first account; the accounts of further
	// ledgers get keys derived from it.
	SecretKey string `json:"secret_key"`
	// Accounts are opened beside those of the ledgers. In a file without a
	// secret_key the ledgers take the first of them.
	Accounts []StripeAccount `json:"accounts"`
	shared   bool            // the ledgers take the first accounts
	// ClientID (ca_...) makes the first account a Connect platform;
	// RedirectURIs are those that it registered.
	ClientID     string   `json:"client_id"`
	RedirectURIs []string `json:"redirect_uris"`
	Limits       string   `json:"limits"`
	Seed         int64    `json:"seed"`
	// StripeOptions are those of the first account; Payouts holds for all.
	StripeOptions
}

// StripeOptions is what an account may have besides its key.
type StripeOptions struct {
	// APIVersion is the account's own; 2023-10-16 when empty.
	APIVersion string `json:"api_version"`
	// BankNumbers are the account numbers of the payout destinations, by lower
	// case currency. Some of Stripe's test numbers make payouts fail.
	BankNumbers map[string]string `json:"bank_numbers"`
	// Payouts from now on: PayoutsDaily, PayoutsManual or PayoutsControl (also
	// when empty, but in a file).
	Payouts        string          `json:"payouts"`
	RestrictedKeys []RestrictedKey `json:"restricted_keys"`
}

// Ways of paying out: by the clock each midnight UTC, as a standard account
// does; by the API alone; when the control API says so.
const (
	PayoutsDaily   = "daily"
	PayoutsManual  = "manual"
	PayoutsControl = "control"
)

// RestrictedKey (rk_test_..., rk_live_...) may do what its permissions say,
// such as charge_read or customer_write.
type RestrictedKey struct {
	Key         string   `json:"key"`
	Permissions []string `json:"permissions"`
}

// StripeAccount is an account of its own.
type StripeAccount struct {
	SecretKey string `json:"secret_key"`
	Name      string `json:"name"`
	Country   string `json:"country"`
	Currency  string `json:"currency"` // ISO 4217; settlement currency
	Livemode  bool   `json:"livemode"`
	// ClientID and RedirectURIs make it a Connect platform.
	ClientID     string   `json:"client_id"`
	RedirectURIs []string `json:"redirect_uris"`
	StripeOptions
}

// ControlConfig is the control API's own port.
type ControlConfig struct {
	Listen string `json:"listen"`
}

const (
	anyPort         = "127.0.0.1:0"
	defaultInvoices = 300
	defaultKey      = "sk_test_sandbox"
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
	if !c.Xero.Public {
		fill(&c.Xero.ClientSecret, "sandbox-xero-secret")
	}
	if !c.Stripe.shared {
		fill(&c.Stripe.SecretKey, defaultKey)
	}
	fill(&c.Limits, limitsOff)
	if c.Invoices == 0 {
		c.Invoices = defaultInvoices
	}
	for _, v := range []*Vendor{&c.QuickBooks, &c.Xero} {
		fill(&v.Limits, c.Limits)
		if v.Seed == 0 {
			v.Seed = c.Seed
		}
		if v.Invoices == 0 {
			v.Invoices = c.Invoices
		}
	}
	fill(&c.Stripe.Limits, c.Limits)
	if c.Stripe.Seed == 0 {
		c.Stripe.Seed = c.Seed
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
	if c.QuickBooks.Off && c.Xero.Off && c.Stripe.Off {
		return fmt.Errorf("sandbox: no vendor is configured: name quickbooks, xero or stripe with at least one of its settings")
	}
	if err := c.ports(); err != nil {
		return err
	}
	if err := checkLimits("limits", c.Limits); err != nil {
		return err
	}
	if c.Invoices < None {
		return fmt.Errorf("sandbox: invoices %d: want 0 or more", c.Invoices)
	}
	if c.QuickBooks.Tier != "" || c.QuickBooks.PaymentServices {
		return fmt.Errorf("sandbox: quickbooks: tier and payment_services are Xero's")
	}
	if !slices.Contains([]string{"", xero.TierStarter, xero.TierCore, xero.TierPlus, xero.TierAdvanced}, c.Xero.Tier) {
		return fmt.Errorf("sandbox: xero.tier %q: want starter, core, plus or advanced", c.Xero.Tier)
	}
	if c.QuickBooks.Public {
		return fmt.Errorf("sandbox: quickbooks.public: Intuit's applications have a secret")
	}
	if c.Xero.Public && c.Xero.ClientSecret != "" {
		return fmt.Errorf("sandbox: xero.public: a public application has no client_secret")
	}
	if err := c.QuickBooks.validate(portQuickBooks, c.QuickBooks.Webhook.Verifier, "verifier", c.QuickBooks.Webhook.Key); err != nil {
		return err
	}
	if err := c.Xero.validate(portXero, c.Xero.Webhook.Key, "key", c.Xero.Webhook.Verifier); err != nil {
		return err
	}
	return c.Stripe.validate()
}

// ports checks the addresses of what is served.
func (c Config) ports() error {
	seen := map[string]string{}
	for _, port := range []struct {
		name, listen string
		off          bool
	}{
		{portQuickBooks, c.QuickBooks.Listen, c.QuickBooks.Off},
		{portXero, c.Xero.Listen, c.Xero.Off},
		{portStripe, c.Stripe.Listen, c.Stripe.Off},
		{portControl, c.Control.Listen, false},
	} {
		if port.off {
			continue
		}
		_, number, err := net.SplitHostPort(port.listen)
		if err != nil {
			return fmt.Errorf("sandbox: %s.listen: %w", port.name, err)
		}
		if other, taken := seen[port.listen]; taken && number != "0" {
			return fmt.Errorf("sandbox: %s and %s both listen on %s: each needs a port of its own", other, port.name, port.listen)
		}
		seen[port.listen] = port.name
	}
	return nil
}

func checkLimits(name, limits string) error {
	if limits != limitsVendor && limits != limitsOff {
		return fmt.Errorf("sandbox: %s %q: want vendor or off", name, limits)
	}
	return nil
}

// validate checks a ledger's settings; secret is what its webhooks are signed
// with, named as the vendor names it, foreign the other vendor's word for it.
func (v Vendor) validate(name, secret, word, foreign string) error {
	if v.Off {
		return nil
	}
	if err := checkLimits(name+".limits", v.Limits); err != nil {
		return err
	}
	if v.Invoices < None {
		return fmt.Errorf("sandbox: %s.invoices %d: want 0 or more", name, v.Invoices)
	}
	for _, uri := range v.RedirectURIs {
		if u, err := url.Parse(uri); err != nil || u.Scheme == "" || u.Host == "" || u.Fragment != "" {
			return fmt.Errorf("sandbox: %s.redirect_uris: %q is not an absolute address", name, uri)
		}
	}
	hook := v.Webhook
	switch {
	case foreign != "":
		return fmt.Errorf("sandbox: %s.webhook: its secret is named %s", name, word)
	case hook.URL == "" && secret == "":
		return nil
	case hook.URL == "" || secret == "":
		return fmt.Errorf("sandbox: %s.webhook: want both url and %s", name, word)
	}
	if u, err := url.Parse(hook.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("sandbox: %s.webhook.url %q: want an http or https address", name, hook.URL)
	}
	return nil
}

func (s StripeConfig) validate() error {
	if s.Off {
		return nil
	}
	if err := checkLimits("stripe.limits", s.Limits); err != nil {
		return err
	}
	if err := s.StripeOptions.validate("stripe"); err != nil {
		return err
	}
	seen := map[string]bool{s.SecretKey: s.SecretKey != ""}
	for i, a := range s.Accounts {
		if err := a.validate(fmt.Sprintf("stripe.accounts[%d]", i)); err != nil {
			return err
		}
		if a.SecretKey == "" {
			return fmt.Errorf("sandbox: stripe.accounts[%d]: no secret_key", i)
		}
		if seen[a.SecretKey] {
			return fmt.Errorf("sandbox: stripe.accounts[%d]: secret_key is used twice", i)
		}
		seen[a.SecretKey] = true
	}
	return nil
}

func (o StripeOptions) validate(name string) error {
	switch o.Payouts {
	case "", PayoutsDaily, PayoutsManual, PayoutsControl:
	default:
		return fmt.Errorf("sandbox: %s.payouts %q: want daily, manual or control", name, o.Payouts)
	}
	for _, k := range o.RestrictedKeys {
		if !strings.HasPrefix(k.Key, "rk_") {
			return fmt.Errorf("sandbox: %s.restricted_keys: %q: a key begins with rk_test_ or rk_live_", name, k.Key)
		}
	}
	return nil
}

// ofLedger is the account of the n-th ledger.
func (s StripeConfig) ofLedger(n int) StripeAccount {
	var a StripeAccount
	switch {
	case s.shared && n < len(s.Accounts):
		a = s.Accounts[n]
	case n == 0:
		a = s.first()
	}
	a.SecretKey = s.key(n)
	return a
}

// first is the account that stripe itself describes.
func (s StripeConfig) first() StripeAccount {
	return StripeAccount{SecretKey: s.SecretKey, Name: "Sandbox", ClientID: s.ClientID, RedirectURIs: s.RedirectURIs, StripeOptions: s.StripeOptions}
}

// key is the secret key of the n-th ledger's account.
func (s StripeConfig) key(n int) string {
	if s.shared && n < len(s.Accounts) {
		return s.Accounts[n].SecretKey
	}
	base := s.SecretKey
	fill(&base, defaultKey)
	if n == 0 {
		return base
	}
	return fmt.Sprintf("%s_%d", strings.TrimRight(base, "_"), n+1)
}

// own are the accounts that belong to no ledger, when so many ledgers have
// one.
func (s StripeConfig) own(ledgers int) []StripeAccount {
	switch {
	case s.Off:
		return nil
	case s.shared:
		return s.Accounts[min(ledgers, len(s.Accounts)):]
	case ledgers == 0: // no ledger has opened the account of the one key
		return append([]StripeAccount{s.first()}, s.Accounts...)
	}
	return s.Accounts
}
