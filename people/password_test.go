package people

import (
	"testing"

	"github.com/alexedwards/argon2id"
)

// TestNobodysPassword: where there is no person, as much work is done as where
// there is one, and nothing matches.
func TestNobodysPassword(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]*Hasher{"full": NewHasher(), "quick": NewQuickHasher()} {
		params, salt, key, err := argon2id.DecodeHash(h.none)
		if err != nil || *params != *h.params {
			t.Errorf("%s: compares with %+v, %d and %d bytes, %v; want %+v", name, params, len(salt), len(key), err, h.params)
		}
		if ok, err := h.matches(t.Context(), "a long enough sentence", ""); ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}
