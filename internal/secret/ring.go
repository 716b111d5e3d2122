package secret

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Ring is a Box whose keys may be replaced while the program runs: it looks at
// their source before it seals, so that nothing is sealed with a key that
// another process has replaced, and when a value was sealed with a key that it
// does not know yet. It is safe for concurrent use.
type Ring struct {
	random io.Reader
	load   func() ([]Key, error)

	mu   sync.Mutex
	keys []Key
	box  *Box
}

// NewRing makes a ring of the keys that load gives, the sealing one first.
func NewRing(random io.Reader, load func() ([]Key, error)) (*Ring, error) {
	r := &Ring{random: random, load: load}
	_, err := r.fresh()
	return r, err
}

// fresh is the box of the keys as they are now. Keys that were there before
// stay readable: what was sealed with them a moment ago may still come.
func (r *Ring) fresh() (*Box, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys, err := r.load()
	if err == nil && len(keys) == 0 {
		err = errors.New("there is no key")
	}
	if err != nil {
		return nil, fmt.Errorf("secret: keys: %w", err)
	}
	if r.box != nil && slices.Equal(keys, r.keys) {
		return r.box, nil
	}
	box, err := NewBox(r.random, keys[0], append(slices.Clone(keys[1:]), r.keys...)...)
	if err != nil {
		return nil, err
	}
	r.keys, r.box = keys, box
	return box, nil
}

// Seal is Box.Seal with the newest key.
func (r *Ring) Seal(value, row string) (string, error) {
	box, err := r.fresh()
	if err != nil {
		return "", err
	}
	return box.Seal(value, row)
}

// Open is Box.Open with all keys.
func (r *Ring) Open(sealed, row string) (Text, error) {
	r.mu.Lock()
	box := r.box
	r.mu.Unlock()
	value, err := box.Open(sealed, row)
	if !errors.Is(err, ErrKey) {
		return value, err
	}
	if box, err = r.fresh(); err != nil {
		return "", err
	}
	return box.Open(sealed, row)
}

// Primary names the key that seals now.
func (r *Ring) Primary() (string, error) {
	box, err := r.fresh()
	if err != nil {
		return "", err
	}
	return box.primary, nil
}
