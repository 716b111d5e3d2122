// Package stripe connects a Stripe account as the processor of a book: it
// reads charges, checkout sessions, refunds, disputes, payouts, balance
// transactions and the invoices and credit notes that Stripe makes itself into
// drafts, and makes and ends payment links. Calls go through
// stripe-go v76 (API version 2023-10-16), whose own retries, telemetry and log
// are off; the transport that authorises, limits and retries comes with
// connectors.Access. The package keeps nothing, starts no goroutine, never
// sleeps, and knows no other vendor.
package stripe

import (
	"strings"

	api "github.com/stripe/stripe-go/v76"

	"tieout/connectors"
	"tieout/receivables"
)

// name is the vendor's key in rows, commands and failures.
const name = "stripe"

// KindPaymentLink is the kind of the reference that an answer gives to a
// payment link. Links are made by us and are no object of the model.
const KindPaymentLink receivables.Kind = "payment_link"

// Config is what an operator sets; its zero value is the real Stripe.
type Config struct {
	// BaseURL is scheme and host of the API: "https://api.stripe.com".
	BaseURL string
	// ConnectURL is scheme and host of Connect's consent and tokens:
	// "https://connect.stripe.com".
	ConnectURL string
	// ClientID and PlatformKey are those of the operator's own Connect
	// platform; empty where there is none.
	ClientID, PlatformKey string
}

// Vendor is Stripe as one operator has configured it.
type Vendor struct{ config Config }

var (
	_ connectors.Vendor       = (*Vendor)(nil)
	_ connectors.KeyHolder    = (*Vendor)(nil)
	_ connectors.ScopeLister  = (*Vendor)(nil)
	_ connectors.Authorizer   = (*Vendor)(nil)
	_ connectors.Platform     = (*Vendor)(nil)
	_ connectors.Session      = (*session)(nil)
	_ connectors.Processor    = (*session)(nil)
	_ connectors.ScopeChecker = (*session)(nil)
	_ connectors.Biller       = (*session)(nil)
)

// New makes the vendor from its configuration.
func New(config Config) *Vendor {
	config.BaseURL = strings.TrimRight(config.BaseURL, "/")
	if config.BaseURL == "" {
		config.BaseURL = api.APIURL
	}
	config.ConnectURL = strings.TrimRight(config.ConnectURL, "/")
	if config.ConnectURL == "" {
		config.ConnectURL = api.ConnectURL
	}
	return &Vendor{config}
}

// Name is "stripe".
func (v *Vendor) Name() string { return name }

// Title is "Stripe".
func (v *Vendor) Title() string { return "Stripe" }

// Role is that of a processor.
func (v *Vendor) Role() connectors.Role { return connectors.RoleProcessor }

// Open gives a session with the account access.ExternalID.
func (v *Vendor) Open(access connectors.Access) connectors.Session {
	account := ""
	if access.OnBehalf {
		account = access.ExternalID
	}
	return &session{access: access, backend: newBackend(v.config.BaseURL, access.Client, account)}
}

type session struct {
	access  connectors.Access
	backend api.Backend
}
