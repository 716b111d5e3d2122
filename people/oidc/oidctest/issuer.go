// Package oidctest is a small OpenID Connect issuer for tests: it speaks HTTP,
// signs with RS256 or ES256, and does wrong what it is told to.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// The client that the issuer knows.
const (
	ClientID     = "tieout"
	ClientSecret = "issuer-client-secret"
)

// Issuer is the stand-in.
type Issuer struct {
	*httptest.Server
	// Now is the issuer's time.
	Now func() time.Time
	// Claims are what the next token says, over what it should; a nil value takes
	// one away.
	Claims map[string]any
	// Alg signs: "RS256", "ES256", or "none".
	Alg string

	t     *testing.T
	mu    sync.Mutex
	keyID int
	rsa   *rsa.PrivateKey
	ec    *ecdsa.PrivateKey
	codes map[string]url.Values
}

// New starts an issuer.
func New(t *testing.T, now func() time.Time) *Issuer {
	t.Helper()
	i := &Issuer{t: t, Now: now, Alg: "ES256", codes: map[string]url.Values{}, Claims: map[string]any{}}
	i.Rotate()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.configuration)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

// Rotate replaces the keys; only the new ones are published.
func (i *Issuer) Rotate() {
	i.t.Helper()
	fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keyID++
	i.rsa, i.ec = nil, fresh
}

func (i *Issuer) configuration(w http.ResponseWriter, _ *http.Request) {
	write(w, map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"},
	})
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	id := fmt.Sprint(i.keyID)
	point, err := i.ec.PublicKey.Bytes() // 4, x, y
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	keys := []map[string]any{{"kty": "EC", "kid": "ec" + id, "use": "sig", "alg": "ES256", "crv": "P-256", "x": text(point[1:33]), "y": text(point[33:])}}
	if i.rsa != nil { // it takes long to make, and most tests need none
		keys = append(keys, map[string]any{"kty": "RSA", "kid": "rsa" + id, "use": "sig", "alg": "RS256", "n": text(i.rsa.N.Bytes()), "e": text(big.NewInt(int64(i.rsa.E)).Bytes())})
	}
	write(w, map[string]any{"keys": keys})
}

// authorize lets whoever asks in at once.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = q
	i.mu.Unlock()
	//nolint:gosec // it sends back to whatever a test says
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"state": {q.Get("state")}, "code": {code}, "iss": {i.URL}}.Encode(), http.StatusSeeOther)
}

// token gives a code back once, to the client that can prove that it asked
// (RFC 7636, section 4.6).
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	i.mu.Lock()
	asked, known := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	i.mu.Unlock()
	proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || id != ClientID || secret != ClientSecret || asked.Get("redirect_uri") != r.PostFormValue("redirect_uri") ||
		asked.Get("code_challenge_method") != "S256" || asked.Get("code_challenge") != text(proof[:]) {
		w.WriteHeader(http.StatusBadRequest)
		write(w, map[string]any{"error": "invalid_grant"})
		return
	}
	now := i.Now()
	claims := map[string]any{
		"iss": i.URL, "sub": "subject-1", "aud": ClientID, "nonce": asked.Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"email": "ann@example.com", "email_verified": true, "name": "Ann",
	}
	for name, value := range i.Claims {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	write(w, map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 3600, "id_token": i.sign(claims)})
}

// sign makes a token (RFC 7515, section 7.1; RFC 7518, sections 3.3 and 3.4).
func (i *Issuer) sign(claims map[string]any) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	kid := map[string]string{"RS256": "rsa", "ES256": "ec"}[i.Alg] + fmt.Sprint(i.keyID)
	head, err := json.Marshal(map[string]string{"alg": i.Alg, "kid": kid, "typ": "JWT"})
	if err != nil {
		return ""
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return ""
	}
	signed := text(head) + "." + text(body)
	digest := sha256.Sum256([]byte(signed))
	var signature []byte
	switch i.Alg {
	case "RS256":
		const bits = 2048
		if i.rsa == nil {
			if i.rsa, err = rsa.GenerateKey(rand.Reader, bits); err != nil {
				return ""
			}
		}
		signature, err = rsa.SignPKCS1v15(rand.Reader, i.rsa, crypto.SHA256, digest[:])
	case "ES256":
		var r, s *big.Int
		const size = 32
		if r, s, err = ecdsa.Sign(rand.Reader, i.ec, digest[:]); err == nil {
			signature = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
		}
	}
	if err != nil {
		return ""
	}
	return signed + "." + text(signature)
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func write(w http.ResponseWriter, v map[string]any) {
	body, err := json.Marshal(v)
	if err != nil {
		body = nil
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}
