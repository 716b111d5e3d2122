// Package example is the smallest ledger that the engine can work with: a
// vendor whose API is one list of changes and one call to write. It is there
// to be read before a new vendor is written, and to show that a vendor is a
// folder and nothing else. No installation lists it.
package example

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"tieout/connectors"
	"tieout/internal/vendorhttp"
)

const name = "example"

// Config is what an operator sets.
type Config struct {
	// BaseURL is scheme and host of the ledger's API.
	BaseURL string
}

// Vendor is the ledger as one operator has configured it.
type Vendor struct{ config Config }

var (
	_ connectors.Vendor    = (*Vendor)(nil)
	_ connectors.KeyHolder = (*Vendor)(nil)
	_ connectors.Session   = (*session)(nil)
	_ connectors.Ledger    = (*session)(nil)
	_ connectors.Remover   = (*session)(nil)
	_ connectors.Kept      = (*session)(nil)
)

// New makes the vendor from its configuration.
func New(c Config) *Vendor { return &Vendor{Config{BaseURL: strings.TrimRight(c.BaseURL, "/")}} }

// Name is "example".
func (*Vendor) Name() string { return name }

// Title is the name for people.
func (*Vendor) Title() string { return "Example Ledger" }

// Role is that of a ledger.
func (*Vendor) Role() connectors.Role { return connectors.RoleLedger }

// CheckKey wants what the ledger's keys begin with; all of them are for play.
func (*Vendor) CheckKey(key string) (problem string, live bool) {
	if !strings.HasPrefix(key, "ex_") {
		return "a key of the example ledger begins with ex_", false
	}
	return "", false
}

// Limits are ten calls a second.
func (*Vendor) Limits() vendorhttp.Limits {
	return vendorhttp.Limits{
		Rates: []vendorhttp.Rate{{Name: "second", Per: time.Second, Limit: 10}}, Pause: time.Second, RequestID: "Request-Id",
	}
}

// Hosts is the one that calls may go to.
func (v *Vendor) Hosts() []string {
	u, err := url.Parse(v.config.BaseURL)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Host}
}

// Open gives a session with a company.
func (v *Vendor) Open(a connectors.Access) connectors.Session {
	return &session{access: a, base: v.config.BaseURL}
}

type session struct {
	access connectors.Access
	base   string
}

// URL is where a person opens the object.
func (s *session) URL(ref reference) string { return s.base + "/show/" + url.PathEscape(ref.ID) }

// classes say what the ledger's statuses mean; anything else below 500 is a
// request that it refuses. Its API description lists these.
func classes() map[int]connectors.Class {
	return map[int]connectors.Class{
		http.StatusUnauthorized:    connectors.ClassReconnect,
		http.StatusNotFound:        connectors.ClassGone,
		http.StatusConflict:        connectors.ClassStale,
		http.StatusLocked:          connectors.ClassClosed,
		http.StatusTooManyRequests: connectors.ClassRetry,
	}
}
