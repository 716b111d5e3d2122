package stripe

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"tieout/connectors"
	"tieout/internal/vendorhttp"
)

// OAuth is the consent of a Standard account to the operator's Connect
// platform (stripe docs: connect/oauth-standard-accounts, connect/oauth-reference).
// read_write is the only scope that is given to platforms. The platform's
// secret key is the client's secret.
func (v *Vendor) OAuth(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: v.config.ClientID, ClientSecret: v.config.PlatformKey, RedirectURL: redirect, Scopes: []string{"read_write"},
		Endpoint: oauth2.Endpoint{
			AuthURL: v.config.ConnectURL + "/oauth/authorize", TokenURL: v.config.ConnectURL + "/oauth/token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// PlatformKey is the operator's key: calls for a connected account are made
// with it and the header Stripe-Account, as Stripe recommends, and not with the
// token of the consent (stripe docs: connect/authentication).
func (v *Vendor) PlatformKey() string { return v.config.PlatformKey }

// Reached is the one account that has consented, which the answer of the token
// endpoint names as stripe_user_id.
func (v *Vendor) Reached(_ context.Context, client *http.Client, _ url.Values) ([]connectors.Company, error) {
	const op = "read the connected account"
	transport, ok := client.Transport.(*oauth2.Transport)
	if !ok || transport.Source == nil {
		return nil, fault(connectors.ClassPermanent, op, "the client holds no token", nil)
	}
	token, err := transport.Source.Token()
	if err != nil {
		return nil, v.TokenFailure(err)
	}
	id, ok := token.Extra("stripe_user_id").(string)
	if !ok || id == "" {
		return nil, fault(connectors.ClassRequest, op, "the answer names no account", nil)
	}
	return []connectors.Company{{ExternalID: id, Name: id}}, nil
}

// RefreshLife is none: nothing is refreshed, because the consent's tokens are
// not used.
func (v *Vendor) RefreshLife(*oauth2.Token) time.Duration { return 0 }

// TokenFailure classifies an error of the token endpoint: invalid_grant is a
// code or consent that is no longer good; anything else that was answered is
// the operator's configuration (stripe docs: connect/oauth-reference).
func (v *Vendor) TokenFailure(err error) *connectors.Failure {
	const op = "exchange the consent"
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return fault(connectors.ClassRetry, op, "Stripe could not be reached: "+vendorhttp.Reason(err), err)
	}
	class := connectors.ClassPermanent
	switch status := answer.Response.StatusCode; {
	case status == http.StatusTooManyRequests, status >= 500:
		class = connectors.ClassRetry
	case answer.ErrorCode == "invalid_grant":
		class = connectors.ClassReconnect
	}
	// The whole error repeats the answer's body, which may hold a token.
	f := fault(class, op, vendorhttp.Redact(answer.ErrorDescription), nil)
	f.Code = answer.ErrorCode
	if f.Text == "" {
		f.Text = "Stripe refused the consent"
	}
	return f
}
