package oauth

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"sync"
)

// Signer signs tokens with RS256 and publishes its key, under a name of its
// own. The key is the same in every run; it protects nothing.
type Signer struct{ id string }

// NewSigner returns a signer whose key has a name.
func NewSigner(keyID string) *Signer { return &Signer{keyID} }

// signingKey is the key of every signer: looking for its primes takes a fifth
// of a second, and a process may hold many sandboxes.
var signingKey = sync.OnceValues(newSigningKey)

// newSigningKey makes a 2048-bit RSA key.
func newSigningKey() (*rsa.PrivateKey, error) {
	r := rand.New(rand.NewPCG(1, 0x6a776b73))
	e := big.NewInt(65537)
	for range 100 {
		p, q := prime(r), prime(r)
		one := big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(e, phi)
		if d == nil || p.Cmp(q) == 0 {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: d, Primes: []*big.Int{p, q}}
		key.Precompute()
		if err := key.Validate(); err != nil {
			return nil, fmt.Errorf("oauth: signing key: %w", err)
		}
		return key, nil
	}
	return nil, fmt.Errorf("oauth: no signing key found")
}

// prime finds a 1024-bit prime with its two top bits set.
func prime(r *rand.Rand) *big.Int {
	buf := make([]byte, 128)
	for i := range buf {
		buf[i] = byte(r.Uint32())
	}
	buf[0] |= 0xc0
	buf[127] |= 1
	p := new(big.Int).SetBytes(buf)
	two := big.NewInt(2)
	for !p.ProbablyPrime(1) {
		p.Add(p, two)
	}
	return p
}

// Sign makes a JWT of claims (RFC 7519, RS256).
func (s *Signer) Sign(claims map[string]any) (string, error) {
	key, err := signingKey()
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("oauth: token: %w", err)
	}
	enc := base64.RawURLEncoding
	head := enc.EncodeToString([]byte(`{"alg":"RS256","kid":"` + s.id + `","typ":"JWT"}`))
	signed := head + "." + enc.EncodeToString(body)
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("oauth: sign token: %w", err)
	}
	return signed + "." + enc.EncodeToString(sig), nil
}

// Set is the published key set (RFC 7517).
func (s *Signer) Set() (map[string]any, error) {
	key, err := signingKey()
	if err != nil {
		return nil, err
	}
	enc := base64.RawURLEncoding
	return map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": s.id,
		"n": enc.EncodeToString(key.N.Bytes()), "e": enc.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}}}, nil
}

// AccessHash is the at_hash of an access token under RS256 (OpenID Connect
// Core, 3.1.3.6).
func AccessHash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
