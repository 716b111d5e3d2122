package xero

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"tieout/connectors"
)

// refreshLife is how long an unused refresh token lives (Xero docs:
// guides/oauth2/auth-flow; each refresh gives a new one).
const refreshLife = 60 * 24 * time.Hour

// DefaultScopes are the granular scopes of everything that Tieout does (Xero
// docs: guides/oauth2/scopes). Apps made since March 2026 get no others.
// accounting.settings and accounting.contacts are the writing forms because
// the clearing account and the contact "Stripe" can be created on request.
func DefaultScopes() []string {
	return []string{
		"offline_access",
		"accounting.invoices",
		"accounting.payments",
		"accounting.banktransactions",
		"accounting.manualjournals",
		"accounting.contacts",
		"accounting.settings",
		"accounting.reports.trialbalance.read",
		"accounting.reports.banksummary.read",
	}
}

// OAuth is the authorisation-code configuration of a web app. The client
// authenticates by header, as Xero documents it.
func (v *Vendor) OAuth(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:     v.config.ClientID,
		ClientSecret: v.config.ClientSecret,
		RedirectURL:  redirect,
		Scopes:       v.config.Scopes,
		Endpoint: oauth2.Endpoint{
			AuthURL:   v.config.LoginURL + "/identity/connect/authorize",
			TokenURL:  v.config.IdentityURL + "/connect/token",
			AuthStyle: oauth2.AuthStyleInHeader,
		},
	}
}

// TakesCodeChallenge says so because Xero's discovery document lists S256 (Xero:
// identity.xero.com/.well-known/openid-configuration).
func (v *Vendor) TakesCodeChallenge() {}

// RefreshLife is 60 days for every refresh token.
func (v *Vendor) RefreshLife(*oauth2.Token) time.Duration { return refreshLife }

// connection is one row of GET /connections (Xero spec: xero-identity).
type connection struct {
	ID         string `json:"id"`
	TenantID   string `json:"tenantId"`
	TenantType string `json:"tenantType"`
	TenantName string `json:"tenantName"`
}

// Reached lists the organisations that the consent has connected: those of
// the token's own authorisation event where the client shows its token, else
// all that the token reaches. Practices are not organisations and left out.
func (v *Vendor) Reached(ctx context.Context, client *http.Client, _ url.Values) ([]connectors.Company, error) {
	if event := authEvent(client); event != "" {
		found, err := v.connections(ctx, client, "?authEventId="+url.QueryEscape(event))
		if err != nil || len(found) > 0 {
			return found, err
		}
		// Consent to a company that was connected before may keep the event
		// of the first time; then the whole list is the answer.
	}
	return v.connections(ctx, client, "")
}

func (v *Vendor) connections(ctx context.Context, client *http.Client, query string) ([]connectors.Company, error) {
	rows, err := v.listConnections(ctx, client, query)
	companies := []connectors.Company{}
	for _, row := range rows {
		if row.TenantType == "ORGANISATION" && row.TenantID != "" {
			companies = append(companies, connectors.Company{ExternalID: row.TenantID, Name: row.TenantName})
		}
	}
	return companies, err
}

func (v *Vendor) listConnections(ctx context.Context, client *http.Client, query string) ([]connection, error) {
	const op = "list connections"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.config.APIURL+"/connections"+query, nil)
	if err != nil {
		return nil, fault(connectors.ClassRequest, op, "the address is not valid", err)
	}
	request.Header.Set("Accept", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return nil, networkFailure(op, false, err)
	}
	defer drain(response.Body)
	if response.StatusCode != http.StatusOK {
		return nil, statusFailure(op, response, false, time.Time{})
	}
	var rows []connection
	if err := json.NewDecoder(bounded(response.Body)).Decode(&rows); err != nil {
		return nil, bodyFailure(op, false, err)
	}
	return rows, nil
}

// authEvent is the event of the client's access token; "" where the client does
// not show its token.
func authEvent(client *http.Client) string {
	transport, ok := client.Transport.(*oauth2.Transport)
	if !ok || transport.Source == nil {
		return ""
	}
	token, err := transport.Source.Token()
	if err != nil {
		return ""
	}
	return claimsOf(token.AccessToken).Event
}

// TokenFailure classifies an error of the token endpoint. Only invalid_grant
// says that the grant is dead: invalid_client and unauthorized_client mean
// that the operator's own credentials are wrong, and no connection may be
// given up for that.
func (v *Vendor) TokenFailure(err error) *connectors.Failure {
	const op = "refresh token"
	if f, ok := connectors.AsFailure(err); ok {
		return f
	}
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		f, _ := connectors.AsFailure(networkFailure(op, false, err))
		return f
	}
	f := fault(connectors.ClassRetry, op, "the token endpoint did not answer as expected", err)
	f.Code = refused.ErrorCode
	switch {
	case refused.ErrorCode == "invalid_grant":
		f.Class, f.Text = connectors.ClassReconnect, "the consent has ended; connect the organisation again"
	case refused.ErrorCode != "":
		f.Class, f.Text = connectors.ClassPermanent, "Xero refuses this app's own credentials or request"
	case refused.Response != nil && refused.Response.StatusCode >= 400 && refused.Response.StatusCode < 500 &&
		refused.Response.StatusCode != http.StatusTooManyRequests:
		f.Class, f.Text = connectors.ClassPermanent, "Xero refuses the token request"
	}
	return f
}
