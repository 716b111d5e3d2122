package xero

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tieout/sandbox/oauth"
)

// Lifetimes of codes and tokens (Xero docs: oauth2/overview and the OAuth FAQ).
const (
	codeLife    = 5 * time.Minute
	accessLife  = 30 * time.Minute
	idTokenLife = 5 * time.Minute
	refreshLife = 60 * 24 * time.Hour
	grace       = 30 * time.Minute
)

// userID is the one person who signs in at this stand-in.
const userID = "0f1e2d3c-4b5a-4697-8869-7a8b9cadbecf"

// idSource makes ids from a seed; it is safe for concurrent use.
type idSource struct {
	mu  sync.Mutex
	rnd *rand.Rand
}

func newIDSource(seed uint64) *idSource {
	return &idSource{rnd: rand.New(rand.NewPCG(seed, 0x696473))}
}

func (i *idSource) uuid() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return newUUID(i.rnd)
}

func (s *Server) newAuth() *oauth.Server {
	return oauth.NewServer(oauth.Options{
		Clock: s.opt.Clock, Seed: s.opt.Seed, ClientID: s.opt.ClientID, ClientSecret: s.opt.ClientSecret, RedirectURIs: s.opt.RedirectURIs,
		CodeLife: codeLife, AccessLife: accessLife, RefreshLife: refreshLife, Grace: grace,
		Choices: s.choices, Single: !s.opt.BulkConnections, ScopeError: scopeError,
		OnGrant: s.connect, OnRevoke: s.disconnectAll, TokenExtra: s.tokenExtra, Mint: s.mint,
	})
}

func (s *Server) choices() []oauth.Choice {
	var out []oauth.Choice
	for _, o := range s.Organisations() {
		out = append(out, oauth.Choice{ID: o.tenantID(), Name: o.Name()})
	}
	return out
}

// scopeError refuses what an app made since 2 March 2026 may not ask for: the
// broad scopes, and scopes that do not exist (Xero docs: oauth2/scopes).
func scopeError(scopes []string) string {
	for _, sc := range scopes {
		if !slices.Contains(knownScopes(), sc) {
			return "invalid_scope"
		}
	}
	return ""
}

func knownScopes() []string {
	out := []string{"openid", "profile", "email", "offline_access", "accounting.journals.read"}
	for _, a := range []string{"invoices", "payments", "banktransactions", "contacts", "settings", "manualjournals", "attachments"} {
		out = append(out, "accounting."+a, "accounting."+a+".read")
	}
	for _, a := range []string{"aged", "balancesheet", "banksummary", "budgetsummary", "executivesummary", "profitandloss", "trialbalance", "taxreports"} {
		out = append(out, "accounting.reports."+a+".read")
	}
	return out
}

// mint makes the access token. Its claims are those that Xero documents.
func (s *Server) mint(g *oauth.Grant, expires time.Time) string {
	t, err := s.jwt(map[string]any{
		"iss": s.baseURL(), "aud": s.baseURL() + "/resources", "client_id": s.opt.ClientID, "sub": userID,
		"xero_userid": userID, "authentication_event_id": g.ID, "global_session_id": g.ID, "jti": s.ids.uuid(),
		"nbf": expires.Add(-accessLife).Unix(), "exp": expires.Unix(), "scope": g.Scopes,
	})
	if err != nil {
		return s.ids.uuid() // without a key the token is opaque, and still unique
	}
	return t
}

// tokenExtra adds scope and, for openid, the id_token to token answers; without
// offline_access there is no refresh token.
func (s *Server) tokenExtra(g *oauth.Grant) map[string]any {
	out := map[string]any{"scope": strings.Join(g.Scopes, " ")}
	if !slices.Contains(g.Scopes, "offline_access") {
		out["refresh_token"] = nil
	}
	if slices.Contains(g.Scopes, "openid") {
		now := s.opt.Clock.Now()
		t, err := s.jwt(map[string]any{
			"iss": s.baseURL(), "aud": s.opt.ClientID, "sub": userID, "xero_userid": userID, "iat": now.Unix(), "nbf": now.Unix(),
			"exp": now.Add(idTokenLife).Unix(), "sid": g.ID, "email": "owner@example.com", "given_name": "Olive", "family_name": "Owner",
		})
		if err == nil {
			out["id_token"] = t
		}
	}
	return out
}

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	b := s.baseURL()
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": b, "jwks_uri": b + "/.well-known/openid-configuration/jwks", "authorization_endpoint": b + "/identity/connect/authorize",
		"token_endpoint": b + "/connect/token", "revocation_endpoint": b + "/connect/revocation",
		"scopes_supported": knownScopes(), "grant_types_supported": []string{"authorization_code", "refresh_token"},
		"response_types_supported": []string{"code"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":      []string{"S256"}, "subject_types_supported": []string{"public"},
	})
}

func (s *Server) keySet(w http.ResponseWriter, _ *http.Request) {
	set, err := s.jwks()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, set)
}

// connection is an organisation connected to the app.
type connection struct {
	id, authEvent    string
	created, updated time.Time
}

// connect records the organisations of a consent as connections.
func (s *Server) connect(g *oauth.Grant) url.Values {
	now := s.opt.Clock.Now()
	for _, id := range g.Subjects {
		o, ok := s.Organisation(id)
		if !ok {
			continue
		}
		o.mu.Lock()
		if o.connection == nil {
			o.connection = &connection{id: s.ids.uuid(), created: now}
		}
		o.connection.authEvent, o.connection.updated = g.ID, now
		o.mu.Unlock()
	}
	return nil
}

// disconnectAll follows a revocation: it removes all connections of the user
// with the app (Xero docs: oauth2/auth-flow, revoking tokens).
func (s *Server) disconnectAll(*oauth.Grant) {
	for _, o := range s.Organisations() {
		o.mu.Lock()
		o.connection = nil
		o.mu.Unlock()
	}
}

// Disconnect removes the app inside Xero, as a user may at any time; calls for
// the organisation are refused with 403 from then on.
func (o *Organisation) Disconnect() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.connection = nil
}

// RevokeGrants ends all tokens, as when the user's password changes hands.
func (s *Server) RevokeGrants() {
	for _, g := range s.auth.Grants() {
		s.auth.RevokeGrant(g.ID)
	}
}

func (s *Server) listConnections(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.bearer(w, r); !ok {
		return
	}
	out := []map[string]string{}
	for _, o := range s.Organisations() {
		name := o.Name()
		o.mu.Lock()
		c := o.connection
		if c != nil && (r.URL.Query().Get("authEventId") == "" || r.URL.Query().Get("authEventId") == c.authEvent) {
			out = append(out, map[string]string{
				"id": c.id, "authEventId": c.authEvent, "tenantId": o.id, "tenantType": "ORGANISATION", "tenantName": name,
				"createdDateUtc": connectionTime(c.created), "updatedDateUtc": connectionTime(c.updated),
			})
		}
		o.mu.Unlock()
	}
	writeJSON(w, http.StatusOK, out)
}

// connectionTime has seven decimals and no zone (recorded: GET /connections).
func connectionTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000") }

func (s *Server) deleteConnection(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.bearer(w, r); !ok {
		return
	}
	for _, o := range s.Organisations() {
		o.mu.Lock()
		found := o.connection != nil && o.connection.id == r.PathValue("id")
		if found {
			o.connection = nil
		}
		o.mu.Unlock()
		if found {
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
}

// bearer checks the access token; false when it answered.
func (s *Server) bearer(w http.ResponseWriter, r *http.Request) (*oauth.Grant, bool) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		s.unauthorized(w, "AuthenticationUnsuccessful")
		return nil, false
	}
	g, err := s.auth.Check(token)
	switch {
	case err == nil:
		return g, true
	case errors.Is(err, oauth.ErrExpired):
		s.unauthorized(w, "TokenExpired: token expired at "+tokenExpiry(token).Format("01/02/2006 15:04:05"))
	default:
		s.unauthorized(w, "AuthenticationUnsuccessful")
	}
	return nil, false
}

// tokenExpiry reads exp out of a token of ours.
func tokenExpiry(token string) time.Time {
	var claims struct {
		Exp int64 `json:"exp"`
	}
	if parts := strings.Split(token, "."); len(parts) == 3 {
		if raw, err := decodeSegment(parts[1]); err == nil && json.Unmarshal(raw, &claims) == nil {
			return time.Unix(claims.Exp, 0).UTC()
		}
	}
	return time.Time{}
}

// unauthorized is Xero's 401 body (samples: waynerobinson/xeroizer).
func (s *Server) unauthorized(w http.ResponseWriter, detail string) {
	writeJSON(w, http.StatusUnauthorized, map[string]any{"Title": "Unauthorized", "Status": 401, "Detail": detail, "Instance": s.ids.uuid()})
}

// forbidden is Xero's 403 body: the same with lower-case keys.
func (s *Server) forbidden(w http.ResponseWriter) {
	writeJSON(w, http.StatusForbidden, map[string]any{"title": "Forbidden", "status": 403, "detail": "AuthenticationUnsuccessful", "instance": s.ids.uuid()})
}
