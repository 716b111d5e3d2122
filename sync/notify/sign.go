package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// The headers of the Standard Webhooks specification, version 1.0.0, section
// "Webhook headers".
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

const (
	// secretPrefix marks a secret (Standard Webhooks: signature scheme).
	secretPrefix = "whsec_"
	// secretBytes of randomness lie within the 24 to 64 that the specification
	// asks for.
	secretBytes = 32
	leastSecret = 24
	mostSecret  = 64
)

// ErrSecret is a secret that is of no form to sign with.
var ErrSecret = errors.New("a signing secret is whsec_ and 24 to 64 bytes in base64")

// NewSecret makes a secret from randomness that must be cryptographically
// strong.
func NewSecret(random io.Reader) (string, error) {
	key := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, key); err != nil {
		return "", fmt.Errorf("notify: make a secret: %w", err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(key), nil
}

// key gives the bytes of a secret.
func key(secret string) ([]byte, error) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	if !ok {
		return nil, ErrSecret
	}
	k, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(k) < leastSecret || len(k) > mostSecret {
		return nil, ErrSecret
	}
	return k, nil
}

// Sign gives the signature of one attempt: the base64 of an HMAC-SHA256 over
// id, time and body with full stops between (Standard Webhooks: signature
// scheme).
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	k, err := key(secret)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, k)
	for _, part := range [][]byte{[]byte(id), []byte("."), []byte(seconds(at)), []byte("."), body} {
		_, _ = mac.Write(part) // a hash takes everything
	}
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// seconds is a time as the header says it.
func seconds(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
