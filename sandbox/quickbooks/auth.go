package quickbooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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

func (s *Server) newOAuth() *oauth.Server {
	return oauth.NewServer(oauth.Options{
		Clock: s.opt.Clock, Seed: s.opt.Seed, ClientID: s.opt.ClientID, ClientSecret: s.opt.ClientSecret,
		RedirectURIs: s.opt.RedirectURIs, CodeLife: codeLife, AccessLife: accessLife, RefreshLife: refreshLife,
		Single: true,
		Choices: func() []oauth.Choice {
			var out []oauth.Choice
			for _, c := range s.Companies() {
				out = append(out, oauth.Choice{ID: c.RealmID(), Name: c.Name()})
			}
			return out
		},
		OnGrant: func(g *oauth.Grant) url.Values {
			if len(g.Subjects) == 0 {
				return nil
			}
			return url.Values{"realmId": {g.Subjects[0]}}
		},
		TokenExtra: func(*oauth.Grant) map[string]any {
			return map[string]any{"x_refresh_token_expires_in": int64(refreshLife / time.Second), "token_type": "bearer", "scope": nil}
		},
	})
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
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"issuer":                                base + "/op/v1",
		"authorization_endpoint":                base + "/connect/oauth2",
		"token_endpoint":                        base + "/oauth2/v1/tokens/bearer",
		"revocation_endpoint":                   base + "/v2/oauth2/tokens/revoke",
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"public"},
		"scopes_supported":                      []string{"openid", "email", "profile", "address", "phone"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
	})
}

// authorized finds the company of a request, or answers the gateway's 401 or
// 403 and returns nil.
func (s *Server) authorized(w http.ResponseWriter, r *http.Request) *Company {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	grant, err := s.oauth.Check(token)
	switch {
	case !ok || errors.Is(err, oauth.ErrUnknown):
		s.gatewayFault(w, http.StatusUnauthorized, "AUTHENTICATION", "AuthenticationFailed", "3200", "Token revoked or invalid")
		return nil
	case err != nil:
		s.gatewayFault(w, http.StatusUnauthorized, "AUTHENTICATION", "AuthenticationFailed", "3200", "Token expired")
		return nil
	}
	realm := r.PathValue("realm")
	c := s.Company(realm)
	if c == nil || !contains(grant.Subjects, realm) || !allows(grant.Scopes) {
		s.gatewayFault(w, http.StatusForbidden, "SERVICE", "ApplicationAuthorizationFailed", "3100", "")
		return nil
	}
	return c
}

func allows(scopes []string) bool { return contains(scopes, Scope) }

// gatewayFault has the shape of the gateway before the API: lower-case names,
// time in epoch milliseconds (recorded 401).
func (s *Server) gatewayFault(w http.ResponseWriter, status int, typ, name, code, detail string) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Intuit", error="invalid_token"`)
	}
	e := &document{}
	e.setStr("message", "message="+name+"; errorCode=00"+code+"; statusCode="+strconv.Itoa(status))
	e.setStr("detail", detail)
	e.setStr("code", code)
	e.set("element", []byte("null"))
	f := &document{}
	f.set("error", joinArray([]*document{e}))
	f.setStr("type", typ)
	d := &document{}
	d.set("warnings", []byte("null"))
	d.set("intuitObject", []byte("null"))
	d.set("fault", f.bytes())
	d.set("requestId", []byte("null"))
	d.set("time", []byte(strconv.FormatInt(s.opt.Clock.Now().UnixMilli(), 10)))
	d.set("status", []byte("null"))
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(d.bytes())
}
