package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
)

// keeping is a file behind connections that keep statements, with a table of
// three rows.
func keeping(t *testing.T, connections int) *sql.DB {
	t.Helper()
	db, err := open("sqlite", fileURL(filepath.Join(t.TempDir(), "kept.db"), map[string][]string{"_pragma": {"journal_mode(WAL)", "busy_timeout(10000)"}}), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.SetMaxOpenConns(connections)
	for _, s := range []string{"create table t (id bigint primary key)", "insert into t values (1), (2), (3)"} {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return db.DB
}

// kept looks at the statements of a pool's connection.
func kept(t *testing.T, db *sql.DB, look func(*keepingConn)) {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	err = c.Raw(func(d any) error {
		k, ok := d.(*keepingConn)
		if ok {
			look(k)
		}
		return map[bool]error{false: errors.New("the connection keeps no statements")}[ok]
	})
	if err != nil {
		t.Fatal(err)
	}
}

// asker is a pool or a transaction.
type asker interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func sum(t *testing.T, q asker, query string, args ...any) (total int) {
	t.Helper()
	rows, err := q.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		total += n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return total
}

// TestStatementsAreKept: the same statement is prepared once, and no more are
// kept than may be.
func TestStatementsAreKept(t *testing.T) {
	t.Parallel()
	db := keeping(t, 1)
	var first *preparedStatement
	for range 3 {
		if got := sum(t, db, "select id from t where id > $1", 1); got != 5 {
			t.Fatalf("%d", got)
		}
		kept(t, db, func(c *keepingConn) {
			s, _ := c.order.Front().Value.(*preparedStatement)
			if first == nil {
				first = s
			}
			if s != first || len(c.idle) != 2 {
				t.Errorf("%d are kept, or another one", len(c.idle))
			}
		})
	}
	for i := range 3 * keptStatements {
		sum(t, db, fmt.Sprintf("select %d", i))
	}
	if _, err := db.ExecContext(t.Context(), "vacuum"); err != nil {
		t.Error(err) // it fails while a statement is in the middle
	}
	kept(t, db, func(c *keepingConn) {
		if len(c.idle) != keptStatements || c.order.Len() != keptStatements || c.idle["select 0"] != nil || c.idle["select 299"] == nil {
			t.Errorf("%d and %d are kept", len(c.idle), c.order.Len())
		}
	})
}

// TestStatementsInUse: rows that are read, or were left in the middle, share
// their statement with nobody.
func TestStatementsInUse(t *testing.T) {
	t.Parallel()
	db := keeping(t, 1)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const query = "select id from t order by id"
	rows, err := tx.QueryContext(t.Context(), query)
	if err != nil || !rows.Next() {
		t.Fatal(err)
	}
	if got := sum(t, tx, query); got != 6 {
		t.Errorf("within rows that are read: %d", got)
	}
	var n int
	if err := rows.Scan(&n); err != nil || n != 1 || !rows.Next() || rows.Scan(&n) != nil || n != 2 {
		t.Errorf("the rows go on with %d, %v", n, err)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil { // in the middle
		t.Error(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := sum(t, db, query); got != 6 {
		t.Errorf("after rows that were left: %d", got)
	}
}

// TestStatementsAfterChange: a statement goes on after the schema has changed, on
// its connection and on others, and one that failed does no harm.
func TestStatementsAfterChange(t *testing.T) {
	t.Parallel()
	db := keeping(t, 2)
	const query, insert = "select * from t", "insert into t (id) values ($1)"
	for range 3 {
		sum(t, db, query)
	}
	if _, err := db.ExecContext(t.Context(), insert, 3); err == nil {
		t.Error("a key is there twice")
	}
	if _, err := db.ExecContext(t.Context(), insert, 4); err != nil {
		t.Error(err)
	}
	if _, err := db.ExecContext(t.Context(), "alter table t add column more text default 'x'"); err != nil {
		t.Fatal(err)
	}
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	if columns, err := rows.Columns(); err != nil || len(columns) != 2 {
		t.Errorf("columns %q, %v", columns, err)
	}
	var id int
	var more string
	if !rows.Next() || rows.Scan(&id, &more) != nil || more != "x" || rows.Err() != nil {
		t.Errorf("%d %q", id, more)
	}
}

// TestStatementsTogether asks the same over several connections, with some who
// give up.
func TestStatementsTogether(t *testing.T) {
	t.Parallel()
	db := keeping(t, 4)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 50 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%5 == 0 {
					cancel()
				}
				var n int
				err := db.QueryRowContext(ctx, "select count(*) from t where id <> $1", i%4).Scan(&n)
				if want := 3 - min(i%4, 1); err == nil && n != want || err != nil && ctx.Err() == nil {
					t.Errorf("%d, want %d, %v", n, want, err)
				}
				cancel()
			}
		})
	}
	all.Wait()
}
