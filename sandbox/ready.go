package sandbox

import (
	"tieout/sandbox/economy"
)

// Ready is all that a client needs to connect. The command prints it as one
// line of JSON. What is not served is left out.
type Ready struct {
	QuickBooks App           `json:"quickbooks,omitzero"`
	Xero       App           `json:"xero,omitzero"`
	Stripe     Endpoint      `json:"stripe,omitzero"`
	Control    Endpoint      `json:"control"`
	Ledgers    []ReadyLedger `json:"ledgers"`
	Accounts   []ReadyStripe `json:"stripe_accounts"`
}

// Endpoint is a base URL.
type Endpoint struct {
	URL string `json:"url"`
	// SecretKey is Stripe's first account's.
	SecretKey string `json:"secret_key,omitempty"`
}

// App is a ledger's base URL, where its hosts are folded into one, the
// endpoints of its sign-in, and the application registered with it.
type App struct {
	URL          string   `json:"url"`
	API          string   `json:"api_url"` // what its SDKs call the base URL
	Authorize    string   `json:"authorize_url"`
	Token        string   `json:"token_url"`
	Revoke       string   `json:"revoke_url"`
	Discovery    string   `json:"discovery_url"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris,omitempty"`
}

// ReadyLedger is one company and the Stripe account whose money it books.
type ReadyLedger struct {
	Vendor        string         `json:"vendor"`
	ID            string         `json:"id"` // realm or tenant id
	Name          string         `json:"name"`
	HomeCurrency  string         `json:"home_currency"`
	TimeZone      string         `json:"time_zone"`
	Folder        string         `json:"folder,omitempty"` // where it was recorded
	StripeAccount string         `json:"stripe_account"`
	StripeKey     string         `json:"stripe_secret_key"`
	Money         []ReadyAccount `json:"money"`
}

// ReadyAccount tells, for a settlement currency, which bank Stripe pays into
// and which accounts of the ledger stand for it, where they exist already.
type ReadyAccount struct {
	economy.Accounts
	Destination string `json:"payout_destination"`
}

// ReadyStripe is one Stripe account.
type ReadyStripe struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	SecretKey string `json:"secret_key"`
}

// Ready says how to reach everything.
func (s *Sandbox) Ready() Ready {
	r := s.world.Load().ready()
	r.Control = Endpoint{URL: s.urls[portControl]}
	return r
}

func (w *world) ready() Ready {
	r := Ready{Ledgers: []ReadyLedger{}, Accounts: []ReadyStripe{}}
	if at, v := w.urls[portQuickBooks], w.cfg.QuickBooks; !v.Off {
		r.QuickBooks = App{
			URL: at, API: at, Authorize: at + "/connect/oauth2", Token: at + "/oauth2/v1/tokens/bearer", Revoke: at + "/v2/oauth2/tokens/revoke",
			Discovery: at + "/.well-known/openid_sandbox_configuration", ClientID: v.ClientID, ClientSecret: v.ClientSecret, RedirectURIs: v.RedirectURIs,
		}
	}
	if at, v := w.urls[portXero], w.cfg.Xero; !v.Off {
		r.Xero = App{
			URL: at, API: at + "/api.xro/2.0", Authorize: at + "/identity/connect/authorize", Token: at + "/connect/token", Revoke: at + "/connect/revocation",
			Discovery: at + "/.well-known/openid-configuration", ClientID: v.ClientID, ClientSecret: v.ClientSecret, RedirectURIs: v.RedirectURIs,
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.ledgers {
		r.Ledgers = append(r.Ledgers, l.ready())
	}
	accounts := w.stripe.Accounts()
	for _, a := range accounts {
		r.Accounts = append(r.Accounts, ReadyStripe{ID: a.ID(), Name: a.Options().Name, SecretKey: a.SecretKey()})
	}
	if !w.cfg.Stripe.Off {
		r.Stripe = Endpoint{URL: w.urls[portStripe]}
		if len(accounts) > 0 {
			r.Stripe.SecretKey = accounts[0].SecretKey()
		}
	}
	return r
}
