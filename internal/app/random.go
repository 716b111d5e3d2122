package app

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"

	"tieout/internal/secret"
)

// idSource makes ids and jitter from the installation's randomness.
type idSource struct {
	mu     sync.Mutex
	random io.Reader
}

// idBytes of randomness make an id that nobody guesses and that never comes
// twice.
const idBytes = 16

func (s *idSource) next() string {
	var b [idBytes]byte
	s.read(b[:])
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

// fraction is a number in [0,1).
func (s *idSource) fraction() float64 {
	var b [8]byte
	s.read(b[:])
	return float64(binary.BigEndian.Uint64(b[:])>>11) / (1 << 53)
}

func (s *idSource) read(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := io.ReadFull(s.random, b); err != nil {
		// The operating system's source does not fail; one that does leaves
		// nothing that could be done safely.
		panic(fmt.Sprintf("app: no randomness: %v", err))
	}
}

// sealer gives the store's form of a ring of keys.
type sealer struct{ ring *secret.Ring }

func (s sealer) Seal(plain []byte, row string) ([]byte, error) {
	sealed, err := s.ring.Seal(string(plain), row)
	return []byte(sealed), err
}

func (s sealer) Open(sealed []byte, row string) ([]byte, error) {
	plain, err := s.ring.Open(string(sealed), row)
	return []byte(plain.Reveal()), err
}

func (s sealer) KeyOf(sealed []byte) string { return secret.KeyOf(string(sealed)) }

func (s sealer) Primary() (string, error) { return s.ring.Primary() }
