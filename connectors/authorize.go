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
