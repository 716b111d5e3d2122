package people

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
)

// What a password must be. The upper end keeps hashing bounded.
const (
	minPassword = 12
	maxPassword = 200
)

// Hasher hashes passwords, a few at a time: each takes tens of megabytes.
type Hasher struct {
	params *argon2id.Params
	turn   chan struct{}
	// none is compared with where there is no person, so that the answer takes
	// as long. Nothing was hashed for it: every command opens an installation,
	// few look at a password.
	none string
}

// NewHasher gives a hasher with the parameters that OWASP's Password Storage
// Cheat Sheet names first for argon2id: 19 MiB, two passes, one lane.
func NewHasher() *Hasher {
	return newHasher(&argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32})
}

// NewQuickHasher is for tests: it hashes with next to no work.
func NewQuickHasher() *Hasher {
	return newHasher(&argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
}

// parallelHashes bounds the memory that sign-ins take at one time.
const parallelHashes = 4

func newHasher(p *argon2id.Params) *Hasher {
	empty := base64.RawStdEncoding.EncodeToString // 19 is version 1.3 (RFC 9106, section 3.2)
	return &Hasher{params: p, turn: make(chan struct{}, parallelHashes), none: fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s",
		p.Memory, p.Iterations, p.Parallelism, empty(make([]byte, p.SaltLength)), empty(make([]byte, p.KeyLength)))}
}

func (h *Hasher) wait(ctx context.Context) (done func(), err error) {
	select {
	case h.turn <- struct{}{}:
		return func() { <-h.turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("people: wait for a turn: %w", ctx.Err())
	}
}

func (h *Hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.wait(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	hash, err := argon2id.CreateHash(password, h.params)
	if err != nil {
		return "", fmt.Errorf("people: hash a password: %w", err)
	}
	return hash, nil
}

// matches compares in constant time; an empty hash matches nothing.
func (h *Hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	done, err := h.wait(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	against := hash
	if against == "" {
		against = h.none
	}
	ok, err := argon2id.ComparePasswordAndHash(password, against)
	if err != nil {
		return false, fmt.Errorf("people: compare a password: %w", err)
	}
	return ok && hash != "", nil
}

// checkPassword says what is wrong with a new password. Length is what counts
// (NIST SP 800-63B-4); kinds of characters are not asked for.
func checkPassword(password, email string) error {
	name, _, _ := strings.Cut(strings.ToLower(email), "@")
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return InputError{"password", fmt.Sprintf("A password has at least %d characters: a sentence is a good one.", minPassword)}
	case len(password) > maxPassword:
		return InputError{"password", fmt.Sprintf("A password has at most %d characters.", maxPassword)}
	case strings.Count(password, password[:1]) == len(password):
		return InputError{"password", "This password is one character repeated."}
	case len(name) >= 5 && strings.Contains(strings.ToLower(password), name):
		return InputError{"password", "This password holds the e-mail address, which others know."}
	}
	return nil
}
