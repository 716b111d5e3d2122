// Package testdb gives tests databases of their own: a SQLite file for each
// test, and databases of a throw-away PostgreSQL where its programs are
// installed. It is for tests only and knows nothing of the schema.
package testdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// RequireEnv lists, with commas, what must not be skipped: "postgres".
const RequireEnv = "TIEOUT_TEST_REQUIRE"

// Required says whether a missing thing fails the tests that need it.
func Required(what string) bool {
	return slices.Contains(strings.Split(os.Getenv(RequireEnv), ","), what)
}

// SQLite is the path of a database file that is the test's own.
func SQLite(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "test.db")
}

// Postgres is one server shared by the tests of a package, started by the
// first that asks. Make one in TestMain and Stop it at the end.
type Postgres struct {
	// Fill fills the template that each database is copied from; nil leaves
	// the databases empty.
	Fill func(ctx context.Context, address string) error

	once   sync.Once
	server *Server
	err    error
}

// Database is the address of a database that is the test's own. It skips the
// test where PostgreSQL is not installed, unless RequireEnv names postgres.
func (p *Postgres) Database(t testing.TB) string {
	t.Helper()
	p.once.Do(p.start)
	if errors.Is(p.err, ErrAbsent) && !Required("postgres") {
		t.Skip("PostgreSQL is not installed; " + RequireEnv + "=postgres makes this a failure")
	}
	if p.err != nil {
		t.Fatal(p.err)
	}
	address, err := p.server.Database(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func (p *Postgres) start() {
	ctx := context.Background()
	if p.server, p.err = Start(ctx); p.err == nil && p.Fill != nil {
		p.err = p.server.Template(ctx, p.Fill)
	}
}

// Stop ends the server, if one was started.
func (p *Postgres) Stop() {
	if p.server != nil {
		p.server.Stop()
	}
}
