package quickbooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/oauth2"

	"tieout/connectors"
	"tieout/internal/vendorhttp"
)

// accountingScope is the only scope of the Accounting API; it allows reading
// and writing (Intuit docs: scopes).
const accountingScope = "com.intuit.quickbooks.accounting"

// refreshLife is how long an unused refresh token lives when the answer does
// not say: 100 days, rolling (Intuit blog: important changes to refresh token
// policy, 2025-11-12).
const refreshLife = 100 * 24 * time.Hour

// OAuth is the configuration for a redirect URI. Intuit wants the client's
// credentials in the header.
func (v *Vendor) OAuth(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:     v.config.ClientID,
		ClientSecret: v.config.ClientSecret,
		RedirectURL:  redirect,
		Scopes:       []string{accountingScope},
		Endpoint: oauth2.Endpoint{
			AuthURL:   v.config.Authorize,
			TokenURL:  v.config.Token,
			AuthStyle: oauth2.AuthStyleInHeader,
		},
	}
}

// Reached gives the one company that the consent names in realmId: a consent
// reaches exactly one. Its name is read with one call.
func (v *Vendor) Reached(ctx context.Context, client *http.Client, callback url.Values) ([]connectors.Company, error) {
	realm := callback.Get("realmId")
	if !isRealm(realm) {
		return nil, &connectors.Failure{
			Class: connectors.ClassRequest, Vendor: Name, Op: "finish consent",
			Text: "the answer to the consent names no company (realmId)",
		}
	}
	s := &Session{config: v.config, access: connectors.Access{Client: client, ExternalID: realm, Now: nowOrZero(nil)}}
	a, err := s.get(ctx, "read company", "/companyinfo/"+realm, nil)
	if err != nil {
		return nil, err
	}
	var body struct{ CompanyInfo *wireCompany }
	if err := json.Unmarshal(a.body, &body); err != nil || body.CompanyInfo == nil {
		return nil, malformed("read company", a, err)
	}
	name := orElse(body.CompanyInfo.CompanyName, body.CompanyInfo.LegalName)
	return []connectors.Company{{ExternalID: realm, Name: name}}, nil
}

// isRealm accepts digits only: the id becomes a part of every address. It is
// longer than 32 bits, so it stays text.
func isRealm(id string) bool {
	for _, r := range id {
		if r < '0' || r > '9' {
			return false
		}
	}
	return id != "" && len(id) <= 32
}

// The names in the token endpoint's answer, both in seconds: how long the
// refresh token lives if it is not used, and what is left of the five years
// after which every consent ends (Intuit blog: important changes to refresh
// token policy, 2025-11-12). The second comes only where the request asks for
// it.
const (
	rollingLife = "x_refresh_token_expires_in"
	hardLife    = "x_refresh_token_hard_expires_in"
)

// TokenHeader is what every request to the token endpoint should carry, so that
// its answer says when the consent ends for good (Intuit's PHP SDK, 2026).
func (v *Vendor) TokenHeader() http.Header {
	return http.Header{"X-Include-Refresh-Token-Hard-Expires-In": {"true"}}
}

// RefreshLife is how long the refresh token lives if it is not used, or until
// the consent ends for good, where that is earlier.
func (v *Vendor) RefreshLife(token *oauth2.Token) time.Duration {
	life, stated := seconds(token.Extra(rollingLife))
	if !stated {
		life = refreshLife
	}
	if hard, ok := seconds(token.Extra(hardLife)); ok {
		return min(life, hard)
	}
	return life
}

// ConsentLife is what is left of the five years after which the consent ends.
func (v *Vendor) ConsentLife(token *oauth2.Token) (time.Duration, bool) {
	return seconds(token.Extra(hardLife))
}

// seconds reads a number of seconds, however it was decoded.
func seconds(value any) (time.Duration, bool) {
	switch n := value.(type) {
	case float64: // how oauth2 decodes JSON numbers; whole seconds are exact
		return time.Duration(n) * time.Second, true
	case json.Number:
		if whole, err := n.Int64(); err == nil {
			return time.Duration(whole) * time.Second, true
		}
	case string:
		if whole, err := strconv.ParseInt(n, 10, 64); err == nil {
			return time.Duration(whole) * time.Second, true
		}
	}
	return 0, false
}

// Revoke gives up the grant: Intuit ends its access and its refresh token at
// once (Intuit docs: oauth-2.0; recorded by its .NET SDK). A token that it does
// not know has ended already.
func (v *Vendor) Revoke(ctx context.Context, client *http.Client, refresh string) error {
	const op = "revoke"
	body, err := json.Marshal(map[string]string{"token": refresh})
	if err != nil {
		return fmt.Errorf("quickbooks: revoke: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.config.Revoke, bytes.NewReader(body))
	if err != nil {
		return &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: op, Text: "the address to revoke at is not usable", Err: err}
	}
	r.SetBasicAuth(url.QueryEscape(v.config.ClientID), url.QueryEscape(v.config.ClientSecret))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		// Revoking twice does no harm, so that a broken call is as a read's.
		return transportFailure(op, http.MethodGet, err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxFault))
	if err != nil || answer.StatusCode == http.StatusOK {
		return nil //nolint:nilerr // the status says that it is done; the body says nothing
	}
	var refused struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(text, &refused)
	if refused.Error == "invalid_grant" || refused.Error == "invalid_token" {
		return nil
	}
	f := v.TokenFailure(&oauth2.RetrieveError{Response: answer, ErrorCode: refused.Error})
	f.Op = op
	return f
}

// TokenFailure classifies an error of the token endpoint. Only invalid_grant
// is final for the grant (Intuit docs: oauth-2.0; oauth-jsclient issues 77 and
// 128); trouble of ours with the client's credentials is permanent, and
// everything else may pass.
func (v *Vendor) TokenFailure(err error) *connectors.Failure {
	f := &connectors.Failure{Class: connectors.ClassRetry, Vendor: Name, Op: "refresh the access", Text: "the token server cannot be reached", Err: err}
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		f.Err = errors.New(vendorhttp.Reason(err))
		return f
	}
	f.Err = nil // the error quotes the token server's whole body
	f.Code = refused.ErrorCode
	if f.Code == "" && refused.Response != nil {
		f.Code = strconv.Itoa(refused.Response.StatusCode)
	}
	f.Text = "the token server is in trouble"
	switch refused.ErrorCode {
	case "invalid_grant":
		f.Class, f.Text = connectors.ClassReconnect, "QuickBooks no longer accepts this connection: connect the company again"
	case "invalid_client", "unauthorized_client":
		f.Class, f.Text = connectors.ClassPermanent, "QuickBooks does not know the app's client id and secret"
	case "invalid_request", "unsupported_grant_type", "invalid_scope":
		f.Class, f.Text = connectors.ClassPermanent, "the token server refuses the request"
	}
	return f
}

// nowOrZero stands in where a caller has no clock; it is used for the time of
// a retry only.
func nowOrZero(now func() time.Time) func() time.Time {
	if now != nil {
		return now
	}
	return func() time.Time { return time.Time{} }
}
