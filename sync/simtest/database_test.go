package simtest_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// through puts the simulator between a process and its database.
func (p *process) through(d driver.Driver) driver.Driver { return disk{d, p} }

// disk is the driver of a process.
type disk struct {
	driver.Driver
	p *process
}

// Open opens a connection. One that only reads says so in its address.
func (d disk) Open(address string) (driver.Conn, error) {
	if d.p.isDead() {
		return nil, errDead
	}
	c, err := d.Driver.Open(address)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, p: d.p, writes: !strings.Contains(address, "query_only")}, nil
}

// conn is a connection on which the process may die, and the disk may be full.
type conn struct {
	driver.Conn
	p      *process
	writes bool
	inTx   bool
	// tables are those that the transaction has written to.
	tables []where
	// fence is the lease under which the transaction writes.
	fence string
}

// Begin is the old form of BeginTx, which database/sql does not use here.
func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

// BeginTx begins a transaction; others may work before it.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := c.step(pointBegin, nil); err != nil {
		return nil, err
	}
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	c.inTx, c.tables, c.fence = true, nil, ""
	return &transaction{tx, c}, nil
}

// step is a moment at which the process may die or wait.
func (c *conn) step(at point, tables []where) error {
	if c.p.isDead() {
		return errDead
	}
	if !c.writes {
		return nil
	}
	if at == pointWritten && slices.Contains(tables, "grants") {
		c.p.stored()
	}
	return c.p.w.chaos.database(c.p, at, tables)
}

// ExecContext runs a statement.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	tables := c.writesTo(query)
	if err := c.step(c.before(), tables); err != nil {
		return nil, err
	}
	result, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
	if err == nil && strings.HasPrefix(query, "update lease") {
		c.p.w.leases.changes(query, args)
	}
	if err == nil && !c.inTx {
		err = c.step(pointWritten, tables)
	}
	return result, err
}

// before is what comes before a statement.
func (c *conn) before() point {
	if c.inTx {
		return pointStatement
	}
	return pointBegin
}

// QueryContext runs a statement that gives rows; it may write as well.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	tables := c.writesTo(query)
	if err := c.step(c.before(), tables); err != nil {
		return nil, err
	}
	rows, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	if err == nil && c.writes {
		rows = c.watched(query, args, rows)
	}
	if err != nil || c.inTx || !c.writes {
		return rows, err
	}
	if err := c.step(pointWritten, tables); err != nil {
		_ = rows.Close()
		return nil, err
	}
	return rows, nil
}

// writesTo gives the tables that a statement writes to, and adds them to those
// of its transaction.
func (c *conn) writesTo(query string) []where {
	if !c.writes {
		return nil
	}
	var tables []where
	for _, verb := range []string{"insert into ", "update ", "delete from "} {
		for rest := query; ; {
			_, after, ok := strings.Cut(rest, verb)
			if !ok {
				break
			}
			rest = after
			name := where(after[:nameEnds(after)])
			if name != "" && name != "set" && !slices.Contains(tables, name) {
				tables = append(tables, name)
			}
		}
	}
	if c.inTx {
		for _, name := range tables {
			if !slices.Contains(c.tables, name) {
				c.tables = append(c.tables, name)
			}
		}
	}
	return tables
}

// nameEnds is the length of the name that a text begins with.
func nameEnds(text string) int {
	n := strings.IndexFunc(text, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
	if n < 0 {
		return len(text)
	}
	return n
}

// PrepareContext prepares a statement, which only the migrations do.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
}

// Ping asks whether the database is there.
func (c *conn) Ping(ctx context.Context) error { return c.Conn.(driver.Pinger).Ping(ctx) }

// ResetSession is passed on.
func (c *conn) ResetSession(ctx context.Context) error {
	return c.Conn.(driver.SessionResetter).ResetSession(ctx)
}

// IsValid is passed on.
func (c *conn) IsValid() bool { return c.Conn.(driver.Validator).IsValid() }

// CheckNamedValue is passed on where the driver has a word in it.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

// transaction ends with the process, or is there when it is gone.
type transaction struct {
	driver.Tx
	c *conn
}

// Commit commits, unless the process dies before. One that dies after does
// not learn of it.
func (t *transaction) Commit() error {
	if err := t.c.step(pointCommit, t.c.tables); err != nil {
		t.c.inTx = false
		_ = t.Tx.Rollback()
		return err
	}
	t.c.inTx = false
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	if slices.Contains(t.c.tables, "intent") {
		t.c.p.w.notes.taken(t.c.p)
	}
	if t.c.fence != "" {
		t.c.p.w.leases.writes(t.c.p, t.c.fence, t.c.tables)
	}
	return t.c.step(pointWritten, t.c.tables)
}

// Rollback undoes what was not committed.
func (t *transaction) Rollback() error {
	t.c.inTx = false
	return t.Tx.Rollback()
}

// diskFull is SQLite's own error of a full disk, from a database that may not
// grow.
func diskFull(t *testing.T) error {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "full.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	for _, s := range []string{"create table t (b blob)", "pragma max_page_count = 2"} {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	_, err = db.ExecContext(t.Context(), "insert into t values (zeroblob(100000))")
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("a database of two pages takes 100,000 bytes: %v", err)
	}
	return err
}
