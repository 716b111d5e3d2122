package connectors

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// GrantChecker is an Authorizer that can tell from the answer of the token
// endpoint what a person left out of the consent.
type GrantChecker interface {
	// Ungranted are the scopes that were asked for and not given.
	Ungranted(token *oauth2.Token) []string
}

// GrantJoiner is an Authorizer whose later consents widen an earlier one of the
// same person: there is one grant, which reaches all companies of both.
type GrantJoiner interface {
	// SameGrant says whether two access tokens were given by one person to
	// this app. The older one may have ended.
	SameGrant(older, newer string) bool
}

// Disconnector is an Authorizer that can give up one company and leave the
// grant's others connected.
type Disconnector interface {
	// Disconnect ends the vendor's own record of the connection, by an
	// authorised client. A company that is no longer connected is no error.
	Disconnect(ctx context.Context, client *http.Client, externalID string) error
}

// Revoker is an Authorizer that can end a whole grant.
type Revoker interface {
	// Revoke makes the refresh token, and all that came from it, useless.
	// client is not authorised: the app's own credentials do it.
	Revoke(ctx context.Context, client *http.Client, refresh string) error
}

// ConsentEnder is an Authorizer whose consents end some day, however much they
// are used.
type ConsentEnder interface {
	// TokenHeader is what every request to the token endpoint carries, so that
	// its answer says when that is.
	TokenHeader() http.Header
	// ConsentLife is what is left of the consent by an answer of the token
	// endpoint; false when the answer does not say.
	ConsentLife(token *oauth2.Token) (time.Duration, bool)
}
