// Package xero connects a Xero organisation as a ledger: it reads the
// Accounting API 2.0 into drafts, lowers bookings into Xero's own documents and
// takes them back, and reads its webhooks. It keeps nothing, starts no goroutine,
// never sleeps, and knows no other vendor: the transport that authorises,
// limits and retries comes with connectors.Access.
package xero

import (
	"strings"

	"tieout/connectors"
)

// name is the vendor's key in rows, commands and failures.
const name = "xero"

// Config is what an operator sets. The zero value of every field but the
// client's id and secret is the real Xero.
type Config struct {
	// ClientID and ClientSecret are those of the operator's own app.
	ClientID, ClientSecret string
	// LoginURL is where people consent, IdentityURL where tokens are made,
	// APIURL where the connections and the Accounting API answer, and AppURL
	// where people open documents. Each is scheme and host, without a slash
	// at the end.
	LoginURL, IdentityURL, APIURL, AppURL string
	// Scopes are asked for at consent; empty means DefaultScopes.
	Scopes []string
	// Tier is the app's; empty means TierStarter.
	Tier Tier
}

// Vendor is Xero as one operator has configured it.
type Vendor struct {
	config Config
	charts *charts
}

var (
	_ connectors.Vendor     = (*Vendor)(nil)
	_ connectors.Authorizer = (*Vendor)(nil)
	_ connectors.Session    = (*session)(nil)
	_ connectors.Ledger     = (*session)(nil)
)

// New makes the vendor from its configuration, filling in Xero's own hosts
// (Xero docs: guides/oauth2/auth-flow) and scopes where none are given.
func New(config Config) *Vendor {
	base := func(url *string, standard string) {
		*url = strings.TrimRight(*url, "/")
		if *url == "" {
			*url = standard
		}
	}
	base(&config.LoginURL, "https://login.xero.com")
	base(&config.IdentityURL, "https://identity.xero.com")
	base(&config.APIURL, "https://api.xero.com")
	base(&config.AppURL, "https://go.xero.com")
	if len(config.Scopes) == 0 {
		config.Scopes = DefaultScopes()
	}
	return &Vendor{config, newCharts()}
}

// Name is "xero".
func (v *Vendor) Name() string { return name }

// Title is "Xero".
func (v *Vendor) Title() string { return "Xero" }

// Role is that of a ledger.
func (v *Vendor) Role() connectors.Role { return connectors.RoleLedger }

// Open gives a session with the organisation access.ExternalID.
func (v *Vendor) Open(access connectors.Access) connectors.Session {
	return &session{config: v.config, access: access, charts: v.charts}
}
