package xero

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
)

// signingKey makes an RSA key from a seed, so that a run is the same under the
// same seed. It protects nothing: the stand-in's tokens are for tests.
func signingKey(seed uint64) (*rsa.PrivateKey, error) {
	r := rand.New(rand.NewPCG(seed, 0x6a776b73))
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
			return nil, fmt.Errorf("xero: signing key: %w", err)
		}
		return key, nil
	}
	return nil, fmt.Errorf("xero: no signing key found")
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

// jwt signs claims with RS256.
func (s *Server) jwt(claims map[string]any) (string, error) {
	key, err := s.key()
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("xero: token: %w", err)
	}
	enc := base64.RawURLEncoding
	head := enc.EncodeToString([]byte(`{"alg":"RS256","kid":"` + keyID + `","typ":"JWT"}`))
	signed := head + "." + enc.EncodeToString(body)
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("xero: sign token: %w", err)
	}
	return signed + "." + enc.EncodeToString(sig), nil
}

const keyID = "sandbox-1"

// jwks is the published key set.
func (s *Server) jwks() (map[string]any, error) {
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	enc := base64.RawURLEncoding
	return map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": enc.EncodeToString(key.N.Bytes()), "e": enc.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}}}, nil
}
