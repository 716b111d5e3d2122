// Package secret keeps credentials unreadable at rest and out of logs: a Box
// seals them with AES-256-GCM, and Text is a string that prints as a
// placeholder. It decides nothing about where sealed values are stored, and it
// must never write a key or an opened value anywhere.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Errors that callers tell apart.
var (
	// ErrKey means that the value was sealed with a key that the box has not.
	ErrKey = errors.New("sealed with a key that is not known here")
	// ErrSealed means that the value was changed, or belongs to another row.
	ErrSealed = errors.New("the sealed value is damaged or belongs elsewhere")
)

// version stands first in every sealed value, so that the form can change.
const version = "s1"

// Box seals and opens values. The first key seals, every key opens, so that a
// key can be replaced while older values remain readable.
type Box struct {
	random  io.Reader
	primary string
	ciphers map[string]cipher.AEAD
}

// NewBox makes a box with its sealing key first. random gives the nonces and
// must be cryptographically strong outside of tests.
func NewBox(random io.Reader, primary Key, older ...Key) (*Box, error) {
	b := &Box{random: random, primary: primary.ID(), ciphers: map[string]cipher.AEAD{}}
	for _, key := range append([]Key{primary}, older...) {
		block, err := aes.NewCipher(key[:])
		if err != nil {
			return nil, fmt.Errorf("secret: make cipher: %w", err)
		}
		if b.ciphers[key.ID()], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("secret: make cipher: %w", err)
		}
	}
	return b, nil
}

// Seal encrypts value. row names the place where it will be kept (table, key,
// column); the value opens only under the same row, so that nobody can move
// it to another.
func (b *Box) Seal(value, row string) (string, error) {
	aead := b.ciphers[b.primary]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(value)+aead.Overhead())
	if _, err := io.ReadFull(b.random, nonce); err != nil {
		return "", fmt.Errorf("secret: draw a nonce: %w", err)
	}
	sealed := aead.Seal(nonce, nonce, []byte(value), []byte(row))
	return version + "." + b.primary + "." + base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Open decrypts what Seal gave for the same row. Errors are ErrKey and
// ErrSealed.
func (b *Box) Open(sealed, row string) (Text, error) {
	parts := strings.Split(sealed, ".")
	if len(parts) != 3 || parts[0] != version {
		return "", fmt.Errorf("secret: open: %w", ErrSealed)
	}
	aead, ok := b.ciphers[parts[1]]
	if !ok {
		return "", fmt.Errorf("secret: open: %w (key %s)", ErrKey, parts[1])
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(data) < aead.NonceSize() {
		return "", fmt.Errorf("secret: open: %w", ErrSealed)
	}
	plain, err := aead.Open(nil, data[:aead.NonceSize()], data[aead.NonceSize():], []byte(row))
	if err != nil {
		return "", fmt.Errorf("secret: open: %w", ErrSealed)
	}
	return Text(plain), nil
}

// KeyOf names the key that a value was sealed with; "" when it is of no form
// that Seal gives.
func KeyOf(sealed string) string {
	parts := strings.Split(sealed, ".")
	if len(parts) != 3 || parts[0] != version {
		return ""
	}
	return parts[1]
}

// Outdated says whether a sealed value should be sealed again because another
// key than the sealing one made it.
func (b *Box) Outdated(sealed string) bool {
	return !strings.HasPrefix(sealed, version+"."+b.primary+".")
}

// Key is an AES-256 key.
type Key [32]byte

// ID names a key without giving it away: the start of its digest.
func (k Key) ID() string {
	sum := sha256.Sum256(append([]byte("tieout key id\n"), k[:]...))
	return hex.EncodeToString(sum[:4])
}

// String keeps keys out of logs.
func (k Key) String() string { return "[redacted key " + k.ID() + "]" }

// GoString keeps keys out of logs.
func (k Key) GoString() string { return k.String() }
