package xero

import (
	"encoding/json"
	"errors"
	"maps"
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
		Choices: s.choices, Single: !s.opt.BulkConnections, ScopeError: s.scopeError,
		OnGrant: s.connect, OnRevoke: s.disconnectAll, TokenExtra: s.tokenExtra, Mint: s.mint, Machine: s.machine,
		BadClientStatus: http.StatusBadRequest, // of the identity server that Xero runs; no Xero page says it
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
func (s *Server) scopeError(scopes []string) string {
	for _, sc := range scopes {
		if !slices.Contains(knownScopes(), sc) && (sc != scopePaymentServices || !s.opt.PaymentServices) {
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

// machine is a custom connection: the client reaches one organisation by its
// own credentials (Xero docs: custom-connections); app.connections reaches
// none and manages the connections only (Xero docs: oauth2/scopes).
func (s *Server) machine(scopes []string) (subjects []string, problem string) {
	if len(scopes) == 0 || s.scopeError(scopes) != "" && !slices.Equal(scopes, []string{appConnections}) {
		return nil, "invalid_scope"
	}
	orgs := s.Organisations()
	if len(orgs) == 0 {
		return nil, "unauthorized_client"
	}
	if slices.Contains(scopes, appConnections) {
		return nil, ""
	}
	o := orgs[0]
	o.mu.Lock()
	id, connected := o.id, o.connection != nil
	o.mu.Unlock()
	if !connected {
		s.connect(&oauth.Grant{ID: s.ids.uuid(), Subjects: []string{id}})
	}
	return []string{id}, ""
}

// appConnections is the scope of a client that manages its connections without
// a user.
const appConnections = "app.connections"

// plain is an id as Xero writes those of its sessions: hex without dashes.
func plain(id string) string { return strings.ReplaceAll(id, "-", "") }

// mint makes the access token. Its claims are those of Xero's own tokens.
func (s *Server) mint(g *oauth.Grant, expires time.Time) string {
	t, err := s.signer.Sign(map[string]any{
		"iss": s.baseURL(), "aud": s.baseURL() + "/resources", "client_id": s.opt.ClientID, "sub": plain(userID),
		"xero_userid": userID, "authentication_event_id": g.ID, "global_session_id": plain(g.ID), "sid": plain(g.ID), "jti": plain(s.ids.uuid()),
		"auth_time": g.Created.Unix(), "nbf": expires.Add(-accessLife).Unix(), "exp": expires.Unix(), "scope": g.Scopes, "amr": []string{"pwd"},
	})
	if err != nil {
		return s.ids.uuid() // without a key the token is opaque, and still unique
	}
	return t
}

// tokenExtra adds scope and, for openid, the id_token to token answers; without
// offline_access there is no refresh token.
func (s *Server) tokenExtra(i oauth.Issue) map[string]any {
	out := map[string]any{"scope": strings.Join(i.Scopes, " ")}
	if !slices.Contains(i.Scopes, "offline_access") {
		out["refresh_token"] = nil
	}
	if !slices.Contains(i.Scopes, "openid") {
		return out
	}
	now := s.opt.Clock.Now()
	claims := map[string]any{
		"iss": s.baseURL(), "aud": s.opt.ClientID, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(idTokenLife).Unix(),
		"auth_time": i.Created.Unix(), "at_hash": oauth.AccessHash(i.Access), "sid": plain(i.ID), "global_session_id": plain(i.ID), "amr": []string{"pwd"},
	}
	if i.Nonce != "" {
		claims["nonce"] = i.Nonce
	}
	maps.Copy(claims, person(i.Scopes))
	if t, err := s.signer.Sign(claims); err == nil {
		out["id_token"] = t
	}
	return out
}

// person is what the sign-in scopes tell of the one user.
func person(scopes []string) map[string]any {
	out := map[string]any{"sub": plain(userID), "xero_userid": userID}
	if slices.Contains(scopes, "email") {
		out["email"] = "owner@example.com"
	}
	if slices.Contains(scopes, "profile") {
		out["preferred_username"], out["name"] = "owner@example.com", "Olive Owner"
		out["given_name"], out["family_name"] = "Olive", "Owner"
	}
	return out
}

// userInfo is OpenID's endpoint of that name.
func (s *Server) userInfo(w http.ResponseWriter, r *http.Request) {
	g, ok := s.bearer(w, r)
	if !ok {
		return
	}
	if !slices.Contains(g.Scopes, "openid") {
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope"`)
		writeJSON(w, http.StatusForbidden, map[string]any{"error": "insufficient_scope"})
		return
	}
	writeJSON(w, http.StatusOK, person(g.Scopes))
}

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	b := s.baseURL()
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": b, "jwks_uri": b + "/.well-known/openid-configuration/jwks", "authorization_endpoint": b + "/identity/connect/authorize",
		"token_endpoint": b + "/connect/token", "revocation_endpoint": b + "/connect/revocation", "userinfo_endpoint": b + "/connect/userinfo",
		"scopes_supported": knownScopes(), "grant_types_supported": []string{"authorization_code", "client_credentials", "refresh_token"},
		"claims_supported":         []string{"sub", "xero_userid", "email", "preferred_username", "name", "given_name", "family_name"},
		"response_types_supported": []string{"code"}, "response_modes_supported": []string{"query"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":      []string{"S256"}, "subject_types_supported": []string{"public"},
	})
}

func (s *Server) keySet(w http.ResponseWriter, _ *http.Request) {
	set, err := s.signer.Set()
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

// RevokeGrants ends all tokens, as when the user's password changes hands, and
// returns how many grants that were.
func (s *Server) RevokeGrants() int {
	grants := s.auth.Grants()
	for _, g := range grants {
		s.auth.RevokeGrant(g.ID)
	}
	return len(grants)
}

// RevokeOf ends the grant of the token that a request carries; false when it
// carries none. The connections stay.
func (s *Server) RevokeOf(r *http.Request) bool {
	token, ok := oauth.Bearer(r)
	g, err := s.auth.Check(token)
	return ok && err == nil && s.auth.RevokeGrant(g.ID)
}

func (s *Server) listConnections(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.bearer(w, r); !ok {
		return
	}
	event := r.URL.Query().Get("authEventId")
	out := []map[string]string{}
	for _, o := range s.Organisations() {
		name := o.Name()
		o.mu.Lock()
		c := o.connection
		if c != nil && (event == "" || strings.EqualFold(event, c.authEvent)) {
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
	token, ok := oauth.Bearer(r)
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
