package connectors

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
)

// Authorizer is a vendor whose connections are made by OAuth consent.
type Authorizer interface {
	// OAuth is the vendor's configuration for a redirect URI, with the auth
	// style fixed: detecting it doubles failing token calls.
	OAuth(redirect string) *oauth2.Config
	// Reached lists the companies that a fresh consent gives access to, from
	// the callback's query or by asking the vendor with an authorised client.
	Reached(ctx context.Context, client *http.Client, callback url.Values) ([]Company, error)
	// RefreshLife is how long the refresh token of an answer lives.
	RefreshLife(token *oauth2.Token) time.Duration
	// TokenFailure classifies an error of the token endpoint: only a refused
	// grant is ClassReconnect.
	TokenFailure(err error) *Failure
}

// CodeChallenger is an Authorizer whose server takes a code challenge with the
// consent and asks for its proof with the code (PKCE, RFC 7636, method S256).
type CodeChallenger interface{ TakesCodeChallenge() }

// Company is one realm, organisation or account that a consent reaches.
type Company struct {
	ExternalID string
	Name       string
}

// KeyHolder is a vendor whose connections are made with a secret key.
type KeyHolder interface {
	// CheckKey says what is wrong with the form of a key, "" when nothing,
	// and whether it is a key for real money.
	CheckKey(key string) (problem string, live bool)
}

// Ask is something that a consent or a key allows, in the vendor's words, and
// what it is needed for.
type Ask struct{ Name, Why string }

// Asker is a vendor that says what it asks for and why.
type Asker interface {
	// Asks are shown before somebody consents, in order.
	Asks() []Ask
}

// Priced is a vendor that says what being called costs the operator, in a
// sentence or two, under the price list that is configured.
type Priced interface {
	Price() string
}

// Scope is one permission that a key can be given, in the vendor's words.
type Scope struct {
	// Name and Access are what a person sees and chooses: "Invoices", "Read".
	Name, Access string
	// ID is the vendor's own name of it, as its errors say it.
	ID string
}

// ScopeLister is a KeyHolder whose keys can be given less than everything.
type ScopeLister interface {
	// Scopes are all that a key needs, in the vendor's order.
	Scopes() []Scope
	// Unrestricted says that a key may do everything, by its form.
	Unrestricted(key string) bool
}

// ScopeChecker is a session that can tell what its key lacks.
type ScopeChecker interface {
	// MissingScopes tries every permission with one cheap read. What a read
	// cannot tell, such as the right to write, shows when it is first needed.
	MissingScopes(ctx context.Context) ([]Scope, error)
}

// Platform is an Authorizer whose consents give the operator's own key the
// right to act for an account: calls are made with that key, in the account's
// name, and the consent itself holds no token worth keeping.
type Platform interface {
	// PlatformKey is the operator's key.
	PlatformKey() string
}
