package xero

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"tieout/connectors"
)

var (
	_ connectors.GrantChecker = (*Vendor)(nil)
	_ connectors.GrantJoiner  = (*Vendor)(nil)
	_ connectors.Disconnector = (*Vendor)(nil)
	_ connectors.Revoker      = (*Vendor)(nil)
)

// claims are those of an access token that we use. The token comes straight
// from Xero's token endpoint, and nothing is granted on their word, so that the
// signature need not be checked here.
type claims struct {
	Event string `json:"authentication_event_id"`
	User  string `json:"xero_userid"`
	// Scope is a list; one text with spaces is read as well.
	Scope scopes `json:"scope"`
}

type scopes []string

// UnmarshalJSON reads a list, or one text with spaces.
func (s *scopes) UnmarshalJSON(data []byte) error {
	var list []string
	if json.Unmarshal(data, &list) == nil {
		*s = list
		return nil
	}
	var text string
	err := json.Unmarshal(data, &text)
	*s = strings.Fields(text)
	return err
}

func claimsOf(accessToken string) claims {
	var c claims
	parts := strings.Split(accessToken, ".")
	if len(parts) != 3 {
		return c
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return claims{}
	}
	return c
}

// Ungranted compares what was asked for with the scopes of the token endpoint's
// answer, or of the token itself where the answer names none. A scope includes
// its own form for reading, and the broad ones of older apps include what they
// were split into (Xero docs: guides/oauth2/scopes).
func (v *Vendor) Ungranted(token *oauth2.Token) []string {
	given := claimsOf(token.AccessToken).Scope
	if text, ok := token.Extra("scope").(string); ok && text != "" {
		given = strings.Fields(text)
	}
	if len(given) == 0 {
		return nil // nobody says what was given
	}
	var missing []string
	for _, scope := range v.config.Scopes {
		if !granted(given, scope) {
			missing = append(missing, scope)
		}
	}
	if token.RefreshToken == "" && !slices.Contains(missing, "offline_access") {
		missing = append(missing, "offline_access")
	}
	return missing
}

func granted(given []string, scope string) bool {
	whole := strings.TrimSuffix(scope, ".read")
	if slices.Contains(given, scope) || slices.Contains(given, whole) {
		return true
	}
	switch whole {
	case "accounting.invoices", "accounting.payments", "accounting.banktransactions", "accounting.manualjournals":
		return slices.Contains(given, "accounting.transactions") ||
			scope != whole && slices.Contains(given, "accounting.transactions.read")
	case "accounting.reports.trialbalance", "accounting.reports.banksummary":
		return slices.Contains(given, "accounting.reports.read")
	case "offline_access":
		// It is no permission of the access token, and some answers leave it
		// out; the refresh token itself tells.
		return true
	}
	return false
}

// SameGrant compares the person and nothing else: consents of one person to one
// app widen each other, and every token reaches all of that person's
// organisations (Xero docs: guides/oauth2/tenants).
func (v *Vendor) SameGrant(older, newer string) bool {
	user := claimsOf(newer).User
	return user != "" && claimsOf(older).User == user
}

// Disconnect deletes the connection of one organisation by the connection's own
// id (Xero docs: guides/oauth2/tenants). The grant's others stay.
func (v *Vendor) Disconnect(ctx context.Context, client *http.Client, externalID string) error {
	rows, err := v.listConnections(ctx, client, "")
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.TenantID != externalID || row.ID == "" {
			continue
		}
		address := v.config.APIURL + "/connections/" + url.PathEscape(row.ID)
		if err := plainCall(ctx, client, "disconnect", http.MethodDelete, address, nil, nil); err != nil && connectors.ClassOf(err) != connectors.ClassGone {
			return err
		}
	}
	return nil
}

// Revoke ends the refresh token and with it all connections of the grant. The
// app authenticates by header, as for the token itself (Xero docs:
// guides/oauth2/auth-flow; whether another form is taken is not said).
func (v *Vendor) Revoke(ctx context.Context, client *http.Client, refresh string) error {
	form := url.Values{"token": {refresh}}
	return plainCall(ctx, client, "revoke", http.MethodPost, v.config.IdentityURL+"/connect/revocation", form, func(r *http.Request) {
		r.SetBasicAuth(url.QueryEscape(v.config.ClientID), url.QueryEscape(v.config.ClientSecret))
	})
}

// plainCall makes a call whose answer has no content.
func plainCall(ctx context.Context, client *http.Client, op, method, address string, form url.Values, sign func(*http.Request)) error {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return fault(connectors.ClassRequest, op, "the address is not valid", err)
	}
	request.Header.Set("Accept", "application/json")
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if sign != nil {
		sign(request)
	}
	response, err := client.Do(request)
	if err != nil {
		return networkFailure(op, false, err)
	}
	defer drain(response.Body)
	if response.StatusCode >= 300 {
		return statusFailure(op, response, false, time.Time{})
	}
	return nil
}
