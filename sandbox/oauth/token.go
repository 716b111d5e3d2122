package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Token serves the token endpoint: authorization_code, refresh_token and, where
// the vendor has it, client_credentials, the client named by a Basic header or
// in the form (RFC 6749, 2.3.1, 4.4 and 6).
func (s *Server) Token(w http.ResponseWriter, r *http.Request) {
	if !s.begin(w, r) {
		return
	}
	var answer map[string]any
	var problem string
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		answer, problem = s.exchange(r.PostForm)
	case "refresh_token":
		answer, problem = s.rotate(r.PostForm.Get("refresh_token"))
	case "client_credentials":
		answer, problem = s.machine(strings.Fields(r.PostForm.Get("scope")))
	case "":
		problem = "invalid_request"
	default:
		problem = "unsupported_grant_type"
	}
	if problem != "" {
		s.refuse(w, http.StatusBadRequest, problem)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// refuse answers an OAuth error (RFC 6749, 5.2).
func (s *Server) refuse(w http.ResponseWriter, status int, problem string) {
	body := map[string]any{"error": problem}
	if s.opt.Describe != nil {
		if text := s.opt.Describe(problem); text != "" {
			body["error_description"] = text
		}
	}
	writeJSON(w, status, body)
}

// Revoke serves the revocation endpoint: it ends the whole grant of a refresh
// or access token, sent as form or as JSON. An unknown token is not an error
// (RFC 7009, 2.2).
func (s *Server) Revoke(w http.ResponseWriter, r *http.Request) {
	if !s.begin(w, r) {
		return
	}
	token := r.PostForm.Get("token")
	if token == "" {
		s.refuse(w, http.StatusBadRequest, "invalid_request")
		return
	}
	s.RevokeToken(token)
	w.WriteHeader(http.StatusOK)
}

// RevokeToken ends the grant of an access or refresh token as the revocation
// endpoint does; false when there is none.
func (s *Server) RevokeToken(token string) bool {
	g := s.endGrantOf(token)
	if g != nil && s.opt.OnRevoke != nil {
		s.opt.OnRevoke(g)
	}
	return g != nil
}

// endGrantOf revokes the grant that a token belongs to; nil when there is none.
func (s *Server) endGrantOf(token string) *Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.access[token].grant
	if t, ok := s.refresh[token]; ok {
		id = t.grant
	}
	g, ok := s.grants[id]
	if !ok {
		return nil
	}
	s.revoke(id)
	return &g.Grant
}

// begin reads the form and authenticates the client; false when it answered.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		s.refuse(w, http.StatusMethodNotAllowed, "invalid_request")
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := readForm(r); err != nil {
		s.refuse(w, http.StatusBadRequest, "invalid_request")
		return false
	}
	if !s.clientKnown(r) {
		status := s.opt.BadClientStatus
		if status == 0 {
			status = http.StatusUnauthorized
			w.Header().Set("WWW-Authenticate", `Basic realm="token"`)
		}
		s.refuse(w, status, "invalid_client")
		return false
	}
	return true
}

// readForm fills r.PostForm from a form or a JSON object of strings.
func readForm(r *http.Request) error {
	if mt, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mt != "application/json" {
		return r.ParseForm()
	}
	var fields map[string]string
	if err := json.NewDecoder(r.Body).Decode(&fields); err != nil {
		return err
	}
	r.PostForm = url.Values{}
	for k, v := range fields {
		r.PostForm.Set(k, v)
	}
	return nil
}

func (s *Server) clientKnown(r *http.Request) bool {
	id, secret, basic := r.BasicAuth()
	if basic {
		// RFC 6749 2.3.1: both parts are form-encoded inside the header.
		id, secret = unescaped(id), unescaped(secret)
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	return equal(id, s.opt.ClientID) && equal(secret, s.opt.ClientSecret)
}

func unescaped(v string) string {
	if u, err := url.QueryUnescape(v); err == nil {
		return u
	}
	return v
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// exchange swaps a code for tokens, once. A second use is refused and nothing
// else: RFC 6749, 4.1.2 would have the tokens revoked, no vendor says it does.
func (s *Server) exchange(f url.Values) (map[string]any, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.codes[f.Get("code")]
	if !ok || c.used {
		return nil, "invalid_grant"
	}
	now := s.opt.Clock.Now()
	if !now.Before(c.expires) || f.Get("redirect_uri") != c.redirectURI || !verified(c.challenge, f.Get("code_verifier")) {
		return nil, "invalid_grant"
	}
	if _, ok := s.grants[c.grant]; !ok {
		return nil, "invalid_grant"
	}
	c.used = true
	return s.issue(s.grants[c.grant], now, c.nonce), ""
}

// machine gives a client tokens of its own (RFC 6749, 4.4): no user, and no
// refresh token.
func (s *Server) machine(scopes []string) (map[string]any, string) {
	if s.opt.Machine == nil {
		return nil, "unsupported_grant_type"
	}
	if s.opt.ClientSecret == "" {
		return nil, "unauthorized_client" // it has nothing to prove who it is
	}
	subjects, problem := s.opt.Machine(scopes)
	if problem != "" {
		return nil, problem
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.addGrant(subjects, scopes)
	answer := s.issue(s.grants[g.ID], s.opt.Clock.Now(), "")
	if token, ok := answer["refresh_token"].(string); ok {
		delete(s.refresh, token)
	}
	delete(answer, "refresh_token")
	return answer, ""
}

// verified checks PKCE (RFC 7636, 4.1 and 4.6, method S256).
func verified(challenge, verifier string) bool {
	if challenge == "" {
		return true
	}
	if len(verifier) < 43 || len(verifier) > 128 {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return equal(base64.RawURLEncoding.EncodeToString(sum[:]), challenge)
}

// rotate swaps a refresh token for a new pair. The used one stays good for the
// grace period, for a client that never saw the answer.
func (s *Server) rotate(token string) (map[string]any, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.refresh[token]
	now := s.opt.Clock.Now()
	if !ok || !now.Before(t.expires) {
		return nil, "invalid_grant"
	}
	if t.used && !now.Before(t.usedAt.Add(s.opt.Grace)) {
		return nil, "invalid_grant"
	}
	if !t.used {
		t.used, t.usedAt = true, now
	}
	return s.issue(s.grants[t.grant], now, ""), ""
}

// issue makes a token pair. The caller holds the lock.
func (s *Server) issue(g *grantState, now time.Time, nonce string) map[string]any {
	expires := now.Add(s.opt.AccessLife)
	var access string
	if s.opt.Mint != nil {
		access = s.opt.Mint(&g.Grant, expires)
	} else {
		access = s.text(64)
	}
	refresh := s.text(43)
	s.access[access] = accessToken{g.ID, expires}
	s.refresh[refresh] = &refreshToken{grant: g.ID, expires: s.refreshEnd(g.Created, now)}
	g.access, g.refresh = append(g.access, access), append(g.refresh, refresh)
	if len(g.access) > keptTokens {
		delete(s.access, g.access[0])
		delete(s.refresh, g.refresh[0])
		g.access, g.refresh = g.access[1:], g.refresh[1:]
	}
	answer := map[string]any{
		"access_token": access, "refresh_token": refresh,
		"expires_in": int64(s.opt.AccessLife / time.Second), "token_type": "Bearer",
	}
	if s.opt.TokenExtra == nil {
		return answer
	}
	for k, v := range s.opt.TokenExtra(Issue{Grant: &g.Grant, Access: access, Nonce: nonce}) {
		if v == nil {
			delete(answer, k)
		} else {
			answer[k] = v
		}
	}
	return answer
}

// refreshEnd is when a refresh token issued now dies unused.
func (s *Server) refreshEnd(consent, now time.Time) time.Time {
	end := now.Add(s.opt.RefreshLife)
	if hard := consent.Add(s.opt.GrantLife); s.opt.GrantLife > 0 && hard.Before(end) {
		return hard
	}
	return end
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-cache, no-store")
	w.Header().Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a reader that went away cannot be told so
}

// Bearer is the token that a request carries; false when it carries none. The
// name of the scheme is read without regard to case (RFC 9110, 11.1): some
// clients send the token_type of the answer as it was written, "bearer".
func Bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}
