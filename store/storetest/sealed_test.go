package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tieout/connect"
	"tieout/store"
	"tieout/sync/notify"
	"tieout/sync/proof"
)

// plainBlobs are the columns of bytes that hold no credential, each with what
// it holds.
func plainBlobs() map[string]string {
	return map[string]string{
		"notice.body":            "what is sent to the user's own systems",
		"inbox.body":             "a vendor's webhook as it came",
		"raw.body":               "a vendor's answer as it came",
		"journal.entry":          "what was done",
		"intent.before":          "a document before we changed it",
		"proof.signature":        "a signature",
		"proof.inputs":           "digests of answers",
		"signing_key.public_key": "a public key",
		"session.data":           "who is signed in, found by a secret of which only the hash is kept",
	}
}

// TestEverySecretIsSealedAnew holds the list of columns that a rotation of keys
// goes through to the columns of the schema: a new column of bytes is a secret
// and stands there, or is none and says why.
func TestEverySecretIsSealedAnew(t *testing.T) {
	t.Parallel()
	sealed, plain := store.SealedColumns(), plainBlobs()
	seen := 0
	for _, c := range columnsOf(t, engines.SQLite(t)) {
		name := c.table + "." + c.name
		if c.kind != "blob" || c.name == "hash" {
			continue
		}
		_, harmless := plain[name]
		if seen++; slices.Contains(sealed, name) == harmless {
			t.Errorf("%s holds bytes: it belongs into sealedColumns or into plainBlobs, and not into both", name)
		}
		delete(plain, name)
	}
	if seen < len(sealed) || len(plain) > 0 {
		t.Errorf("%d columns; there are no longer %v", seen, plain)
	}
}

// lockbox seals with the first key and opens with all.
type lockbox struct{ keys []string }

func (b lockbox) Seal(plain []byte, row string) ([]byte, error) {
	return []byte(b.keys[0] + "|" + row + "|" + string(plain)), nil
}

func (b lockbox) Open(sealed []byte, row string) ([]byte, error) {
	parts := strings.SplitN(string(sealed), "|", 3)
	if len(parts) != 3 || parts[1] != row || !slices.Contains(b.keys, parts[0]) {
		return nil, errors.New("cannot be opened")
	}
	return []byte(parts[2]), nil
}

func (b lockbox) KeyOf(sealed []byte) string {
	key, _, _ := strings.Cut(string(sealed), "|")
	return key
}

func (b lockbox) Primary() (string, error) { return b.keys[0], nil }

// safe is a store whose secrets some keys seal.
type safe struct {
	*store.Store
	*testing.T
	ctx context.Context
}

func (s safe) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func newSafe(t *testing.T, address string, keys ...string) safe {
	t.Helper()
	opened, err := store.Open(t.Context(), address, store.Options{Key: lockbox{keys}, Connections: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return safe{opened, t, t.Context()}
}

func ofTwo(i int) string { return []string{"main", "other"}[i%2] }

// TestRotation replaces the key of two tenants' secrets, ended in the middle
// and begun again, with more rows than fit into a chunk; then the key is lost.
func TestRotation(t *testing.T) {
	t.Parallel()
	engines.EachAddress(t, func(t *testing.T, fresh func() string) {
		address := fresh()
		w := newSafe(t, address, "old")
		const grants = 230
		for i := range grants {
			w.must(w.SaveGrant(w.ctx, connect.Grant{Tenant: ofTwo(i), ID: fmt.Sprint("g", i), Vendor: "xero", Access: "a", Refresh: fmt.Sprint("r", i), UpdatedAt: now}))
		}
		w.must(w.AddHook(w.ctx, notify.Hook{Tenant: "other", ID: "h", URL: "https://x.test", Secret: "whsec_x", State: notify.HookActive, CreatedAt: now}))
		w.must(w.SaveSigningKey(w.ctx, "main", proof.SigningKey{ID: "k", Public: []byte("public"), Private: []byte("private"), Created: now}))
		const secrets = 2*grants + 2

		ended, end := context.WithCancel(w.ctx)
		end()
		both := newSafe(t, address, "new", "old")
		if _, err := both.Reseal(ended); !errors.Is(err, context.Canceled) {
			t.Fatalf("ended: %v", err)
		}
		both.must(both.SaveGrant(w.ctx, connect.Grant{Tenant: "main", ID: "g0", Vendor: "xero", Access: "a", Refresh: "r0", UpdatedAt: now}))
		if n, err := both.Reseal(w.ctx); err != nil || n != secrets-2 {
			t.Fatalf("sealed %d anew, %v; want %d", n, err, secrets-2)
		}
		if n, err := both.Reseal(w.ctx); err != nil || n != 0 {
			t.Errorf("once more: %d, %v", n, err)
		}
		only := newSafe(t, address, "new")
		for i := range grants {
			if g, err := only.Grant(w.ctx, ofTwo(i), fmt.Sprint("g", i)); err != nil || g.Refresh != fmt.Sprint("r", i) {
				t.Fatalf("grant %d: %q, %v", i, g.Refresh, err)
			}
		}
		if h, err := only.Hook(w.ctx, "other", "h"); err != nil || h.Secret != "whsec_x" {
			t.Errorf("hook: %v", err)
		}
		if k, ok, err := only.SigningKey(w.ctx, "main"); err != nil || !ok || string(k.Private) != "private" {
			t.Errorf("signing key: %v %v", ok, err)
		}
		newSafe(t, address, "newest").lost(secrets)
	})
}

// lost gives up what the key "new" has sealed.
func (s safe) lost(secrets int) {
	s.Helper()
	if n, err := s.Reseal(s.ctx); err == nil || n != 0 {
		s.Errorf("a key that is not here: %d, %v", n, err)
	}
	counts, err := s.SealedCounts(s.ctx)
	total := 0
	for _, c := range counts {
		total += c.Rows
		if c.Key != "new" {
			s.Errorf("count %+v", c)
		}
	}
	if err != nil || total != secrets {
		s.Errorf("%d secrets, %v; want %d", total, err, secrets)
	}
	if n, err := s.ForgetSealed(s.ctx, "another"); err != nil || n != 0 {
		s.Errorf("another key: %d, %v", n, err)
	}
	_, err = s.ForgetSealed(s.ctx, "new")
	s.must(err)
	if left, err := s.SealedCounts(s.ctx); err != nil || len(left) > 0 {
		s.Errorf("left: %v, %v", left, err)
	}
	if ends, err := s.GrantEnds(s.ctx, "other"); err != nil || len(ends) != 0 {
		s.Errorf("grants that could still be used: %v, %v", ends, err)
	}
	hooks, err := s.Hooks(s.ctx, "other")
	if err != nil || len(hooks) != 1 || hooks[0].State != notify.HookDisabled || hooks[0].Why == "" {
		s.Errorf("hooks: %+v, %v", hooks, err)
	}
	if _, ok, err := s.SigningKey(s.ctx, "main"); err != nil || ok {
		s.Errorf("the lost signing key: %v, %v", ok, err)
	}
	s.must(s.SaveSigningKey(s.ctx, "main", proof.SigningKey{ID: "k2", Public: []byte("p2"), Private: []byte("fresh"), Created: now}))
	if k, ok, err := s.SigningKey(s.ctx, "main"); err != nil || !ok || k.ID != "k2" {
		s.Errorf("the next signing key: %+v, %v, %v", k.ID, ok, err)
	}
	if public, err := s.PublicKeys(s.ctx, "main"); err != nil || len(public) != 2 {
		s.Errorf("public keys: %d, %v", len(public), err)
	}
}
