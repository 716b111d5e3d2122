package quickbooks

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tieout/sandbox/oauth"
)

// Lifetimes: Intuit docs, OAuth 2.0: access token 60 minutes, refresh token
// rolling 100 days (answered as 8,726,400 s = 101 days in SDK samples), hard
// ceiling five years since October 2023. The code's own life is not
// documented.
const (
	codeLife    = 10 * time.Minute
	accessLife  = time.Hour
	refreshLife = 8_726_400 * time.Second
	grantLife   = 5 * 365 * 24 * time.Hour
)

// Scope is the one accounting scope: reading and writing.
const Scope = "com.intuit.quickbooks.accounting"

// issuer is Intuit's own and not a place here: its SDKs compare the id_token's
// iss with this text (intuit/oauth-jsclient, validateIdToken).
const issuer = "https://oauth.platform.intuit.com/op/v1"

// userID is the one person who signs in at this stand-in.
const userID = "5b2f1c7e-3a44-4d18-9c0d-6f0e8a7b1d21"

func (s *Server) newOAuth() *oauth.Server {
	return oauth.NewServer(oauth.Options{
		Clock: s.opt.Clock, Seed: s.opt.Seed, ClientID: s.opt.ClientID, ClientSecret: s.opt.ClientSecret,
		RedirectURIs: s.opt.RedirectURIs, CodeLife: codeLife, AccessLife: accessLife, RefreshLife: refreshLife, GrantLife: grantLife,
		Single: true, ScopeError: scopeError, TokenExtra: s.tokenExtra,
		Choices: func() []oauth.Choice {
			var out []oauth.Choice
			for _, c := range s.Companies() {
				out = append(out, oauth.Choice{ID: c.RealmID(), Name: c.Name()})
			}
			return out
		},
		OnGrant: func(g *oauth.Grant) url.Values {
			if len(g.Subjects) == 0 || !allows(g.Scopes) {
				return nil // signing in alone connects no company
			}
			return url.Values{"realmId": {g.Subjects[0]}}
		},
		Describe: func(problem string) string {
			if problem == "invalid_grant" {
				return "Token invalid" // recorded by intuit/oauth-jsclient
			}
			return ""
		},
	})
}

// scopeError refuses scopes that Intuit does not have (Intuit docs: scopes;
// the SDKs' lists).
func scopeError(scopes []string) string {
	for _, sc := range scopes {
		switch sc {
		case Scope, "com.intuit.quickbooks.payment", "openid", "profile", "email", "phone", "address", "intuit_name",
			"app-foundations.custom-field-definitions", "app-foundations.custom-field-definitions.read":
		default:
			return "invalid_scope"
		}
	}
	return ""
}

// tokenExtra adds the refresh token's remaining life and, for openid, the
// id_token; Intuit's answer names no scope.
func (s *Server) tokenExtra(i oauth.Issue) map[string]any {
	now := s.opt.Clock.Now()
	left := min(refreshLife, i.Created.Add(grantLife).Sub(now))
	out := map[string]any{"x_refresh_token_expires_in": int64(left / time.Second), "token_type": "bearer"}
	if !contains(i.Scopes, "openid") {
		return out
	}
	claims := map[string]any{
		"iss": issuer, "sub": userID, "aud": []string{s.opt.ClientID},
		"auth_time": i.Created.Unix(), "iat": now.Unix(), "exp": now.Add(accessLife).Unix(),
	}
	if allows(i.Scopes) && len(i.Subjects) > 0 {
		claims["realmid"] = i.Subjects[0]
	}
	if i.Nonce != "" {
		claims["nonce"] = i.Nonce
	}
	if token, err := s.signer.Sign(claims); err == nil {
		out["id_token"] = token
	}
	return out
}

// token adds the hard ceiling of the grant when the client asks for it by
// header (Intuit blog: important changes to refresh token policy).
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("x-include-refresh-token-hard-expires-in") != "true" {
		s.oauth.Token(w, r)
		return
	}
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	s.oauth.Token(rec, r)
	body := rec.body.Bytes()
	if d, err := parseDocument(body); err == nil && rec.status == http.StatusOK {
		if g, err := s.oauth.Check(d.str("access_token")); err == nil {
			left := g.Created.Add(grantLife).Sub(s.opt.Clock.Now())
			d.set("x_refresh_token_hard_expires_in", []byte(strconv.FormatInt(int64(left/time.Second), 10)))
			body = d.bytes()
		}
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(rec.status)
	_, _ = w.Write(body)
}

type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) { r.status = status }

func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// discovery is the OpenID document, with the endpoints that exist here.
func (s *Server) discovery(w http.ResponseWriter, r *http.Request) {
	base := s.baseURL()
	if base == "" {
		base = "http://" + r.Host
	}
	writeIdentity(w, http.StatusOK, map[string]any{
		"issuer":                                issuer,
		"authorization_endpoint":                base + "/connect/oauth2",
		"token_endpoint":                        base + "/oauth2/v1/tokens/bearer",
		"userinfo_endpoint":                     base + "/v1/openid_connect/userinfo",
		"revocation_endpoint":                   base + "/v2/oauth2/tokens/revoke",
		"jwks_uri":                              base + "/op/v1/jwks",
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "email", "profile", "address", "phone"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
		"claims_supported":                      []string{"aud", "exp", "iat", "iss", "realmid", "sub"},
	})
}

func (s *Server) keySet(w http.ResponseWriter, _ *http.Request) {
	set, err := s.signer.Set()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeIdentity(w, http.StatusOK, set)
}

// userInfo tells of the one user what the token's scopes allow (Intuit docs:
// OpenID Connect; the shape of the SDKs' samples). What Intuit answers a token
// without openid no source says.
func (s *Server) userInfo(w http.ResponseWriter, r *http.Request) {
	token, _ := oauth.Bearer(r)
	g, err := s.oauth.Check(token)
	if err != nil || !contains(g.Scopes, "openid") {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Intuit", error="invalid_token"`)
		writeIdentity(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	out := map[string]any{"sub": userID}
	for scope, claims := range map[string]map[string]any{
		"email":   {"email": "owner@example.com", "emailVerified": true},
		"profile": {"givenName": "Olive", "familyName": "Owner"},
		"phone":   {"phoneNumber": "+1 5555550100", "phoneNumberVerified": false},
		"address": {"address": map[string]string{
			"streetAddress": "1 Example Street", "locality": "Mountain View", "region": "CA", "postalCode": "94043", "country": "US",
		}},
	} {
		if !contains(g.Scopes, scope) {
			continue
		}
		maps.Copy(out, claims)
	}
	writeIdentity(w, http.StatusOK, out)
}

// RevokeOf ends the grant of the token that a request carries; false when it
// carries none.
func (s *Server) RevokeOf(r *http.Request) bool {
	token, ok := oauth.Bearer(r)
	return ok && s.oauth.RevokeToken(token)
}

// RevokeGrants ends all grants and returns how many.
func (s *Server) RevokeGrants() int {
	grants := s.oauth.Grants()
	for _, g := range grants {
		s.oauth.RevokeGrant(g.ID)
	}
	return len(grants)
}

func writeIdentity(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a reader that went away cannot be told so
}
