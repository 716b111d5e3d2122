package sandbox

import (
	"tieout/sandbox/economy"
)

// Ready is all that a client needs to connect. The command prints it as one
// line of JSON.
type Ready struct {
	QuickBooks App           `json:"quickbooks"`
	Xero       App           `json:"xero"`
	Stripe     Endpoint      `json:"stripe"`
	Control    Endpoint      `json:"control"`
	Ledgers    []ReadyLedger `json:"ledgers"`
	Accounts   []ReadyStripe `json:"stripe_accounts"`
}

// Endpoint is a base URL.
type Endpoint struct {
	URL string `json:"url"`
}

// App is a vendor's base URL and the application registered with it.
type App struct {
	URL          string `json:"url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
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
	r := Ready{
		QuickBooks: App{s.url(portQuickBooks), s.cfg.QuickBooks.ClientID, s.cfg.QuickBooks.ClientSecret},
		Xero:       App{s.url(portXero), s.cfg.Xero.ClientID, s.cfg.Xero.ClientSecret},
		Stripe:     Endpoint{s.url(portStripe)},
		Control:    Endpoint{s.url(portControl)},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.ledgers {
		r.Ledgers = append(r.Ledgers, l.ready())
	}
	for _, a := range s.stripe.Accounts() {
		r.Accounts = append(r.Accounts, ReadyStripe{ID: a.ID(), Name: a.Options().Name, SecretKey: a.SecretKey()})
	}
	return r
}
