// Package storetest gives tests an open, migrated store on each engine: a
// SQLite file of their own and, where PostgreSQL is installed, a database of
// their own on a throw-away server. Its tests are the suite that both engines
// pass. It is for tests only.
package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tieout/internal/testdb"
	"tieout/store"
)

// Engines opens stores for the tests of one package. Make one for the package
// and Stop it at the end of TestMain.
type Engines struct {
	postgres testdb.Postgres

	once   sync.Once
	sqlite []byte
	err    error
}

// New prepares the engines; nothing is started before a test asks.
func New() *Engines {
	e := &Engines{}
	e.postgres.Fill = func(ctx context.Context, address string) error {
		s, err := store.Open(ctx, address, store.Options{})
		if err != nil {
			return err
		}
		_, err = s.Migrate(ctx)
		return errors.Join(err, s.Close())
	}
	return e
}

// Stop ends the server, if one was started.
func (e *Engines) Stop() { e.postgres.Stop() }

// Each runs the test on every engine, in parallel.
func (e *Engines) Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, e.SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, e.Postgres(t))
	})
}

// EachAddress runs the test on every engine, in parallel; fresh gives the
// address of a migrated database of its own.
func (e *Engines) EachAddress(t *testing.T, test func(t *testing.T, fresh func() string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, func() string { return e.File(t) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, func() string { return e.Address(t) })
	})
}

// SQLite opens a migrated store on a file of the test's own.
func (e *Engines) SQLite(t testing.TB) *store.Store {
	t.Helper()
	return open(t, e.File(t))
}

// File is the path of a migrated SQLite database of the test's own.
func (e *Engines) File(t testing.TB) string {
	t.Helper()
	e.once.Do(func() { e.sqlite, e.err = migratedFile() })
	if e.err != nil {
		t.Fatal(e.err)
	}
	path := testdb.SQLite(t)
	if err := os.WriteFile(path, e.sqlite, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Address is that of a migrated PostgreSQL database of the test's own. It skips
// the test where there is no PostgreSQL, as testdb says.
func (e *Engines) Address(t testing.TB) string {
	t.Helper()
	return e.postgres.Database(t)
}

// Postgres opens a migrated store on a database of the test's own.
func (e *Engines) Postgres(t testing.TB) *store.Store {
	t.Helper()
	return open(t, e.Address(t))
}

func open(t testing.TB, address string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), address, store.Options{Key: labels{}, Connections: 6})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// migratedFile is a migrated SQLite database as bytes: copying it is quicker
// than migrating for every test.
func migratedFile() ([]byte, error) {
	dir, err := os.MkdirTemp("", "tiesql")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "filled.db")
	ctx := context.Background()
	s, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return nil, err
	}
	_, err = s.Migrate(ctx)
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// labels is a box that hides nothing but checks, as every box must, that a
// secret is opened for the row that it was sealed for.
type labels struct{}

// Seal puts the label before the text, both turned around.
func (labels) Seal(plain []byte, additional string) ([]byte, error) {
	return reversed(additional + "\x00" + string(plain)), nil
}

// Open gives the text when the label is right.
func (labels) Open(sealed []byte, additional string) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(reversed(string(sealed))), additional+"\x00")
	if !ok {
		return nil, errors.New("sealed for another row")
	}
	return []byte(plain), nil
}

// KeyOf and Primary name the one key that there is.
func (labels) KeyOf([]byte) string { return "label" }

// Primary is the one key.
func (labels) Primary() (string, error) { return "label", nil }

func reversed(text string) []byte {
	out := []byte(text)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}
