//go:build unix

package testdb_test

import (
	"context"
	"database/sql"
	"os"
	"testing"

	"tieout/internal/testdb"
)

func TestMain(m *testing.M) {
	code := m.Run()
	shared.Stop()
	os.Exit(code)
}

// shared is written by TestMain's package only, and started on first use.
var shared = &testdb.Postgres{Fill: func(ctx context.Context, address string) error {
	db, err := sql.Open("postgres", address)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "create table filled (n bigint)")
	return err
}}

// TestDatabase checks that two databases come from the template and share
// nothing.
func TestDatabase(t *testing.T) {
	t.Parallel()
	for _, want := range []int{0, 0} {
		db, err := sql.Open("postgres", shared.Database(t))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var n int
		if err := db.QueryRow("select count(*) from filled").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != want {
			t.Errorf("a fresh database holds %d rows, want %d", n, want)
		}
		if _, err := db.Exec("insert into filled values (1)"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRequired checks the list in the environment.
func TestRequired(t *testing.T) {
	t.Setenv(testdb.RequireEnv, "data,postgres")
	if !testdb.Required("postgres") || testdb.Required("post") {
		t.Error("the list of required things is not read by its whole words")
	}
}
