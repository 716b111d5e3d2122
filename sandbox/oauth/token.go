package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"time"
)

// Token serves the token endpoint: authorization_code and refresh_token, the
// client named by a Basic header or in the form (RFC 6749, 2.3.1 and 6).
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
	case "":
		problem = "invalid_request"
	default:
		problem = "unsupported_grant_type"
	}
	if problem != "" {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": problem})
		return
	}
	writeJSON(w, http.StatusOK, answer)
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
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_request"})
		return
	}
	if g := s.endGrantOf(token); g != nil && s.opt.OnRevoke != nil {
		s.opt.OnRevoke(g)
	}
	w.WriteHeader(http.StatusOK)
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
		writeJSON(w, http.StatusMethodNotAllowed, map[string]any{"error": "invalid_request"})
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := readForm(r); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_request"})
		return false
	}
	if !s.clientKnown(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="token"`)
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
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

// exchange swaps a code for tokens. A second use ends the grant as well, since
// one of the two users stole the code (RFC 6749, 4.1.2).
func (s *Server) exchange(f url.Values) (map[string]any, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.codes[f.Get("code")]
	if !ok {
		return nil, "invalid_grant"
	}
	if c.used {
		s.revoke(c.grant)
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
	return s.issue(s.grants[c.grant], now), ""
}

// verified checks PKCE (RFC 7636, 4.6, method S256).
func verified(challenge, verifier string) bool {
	if challenge == "" {
		return true
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
	return s.issue(s.grants[t.grant], now), ""
}

// issue makes a token pair. The caller holds the lock.
func (s *Server) issue(g *grantState, now time.Time) map[string]any {
	expires := now.Add(s.opt.AccessLife)
	var access string
	if s.opt.Mint != nil {
		access = s.opt.Mint(&g.Grant, expires)
	} else {
		access = s.text(64)
	}
	refresh := s.text(43)
	s.access[access] = accessToken{g.ID, expires}
	s.refresh[refresh] = &refreshToken{grant: g.ID, expires: now.Add(s.opt.RefreshLife)}
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
	for k, v := range s.opt.TokenExtra(&g.Grant) {
		if v == nil {
			delete(answer, k)
		} else {
			answer[k] = v
		}
	}
	return answer
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a reader that went away cannot be told so
}
