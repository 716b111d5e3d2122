package simtest_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
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
}

// Begin is the old form of BeginTx, which database/sql does not use here.
func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

// BeginTx begins a transaction; others may work before it.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := c.step(pointBegin); err != nil {
		return nil, err
	}
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	c.inTx = true
	return &transaction{tx, c}, nil
}

// step is a moment at which the process may die or wait.
func (c *conn) step(at point) error {
	if c.p.isDead() {
		return errDead
	}
	if !c.writes {
		return nil
	}
	return c.p.w.chaos.database(c.p, at)
}

// ExecContext runs a statement.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.step(c.before()); err != nil {
		return nil, err
	}
	result, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
	if err == nil && !c.inTx {
		err = c.step(pointWritten)
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
	if err := c.step(c.before()); err != nil {
		return nil, err
	}
	rows, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	if err != nil || c.inTx || !c.writes {
		return rows, err
	}
	if err := c.step(pointWritten); err != nil {
		_ = rows.Close()
		return nil, err
	}
	return rows, nil
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
	if err := t.c.step(pointCommit); err != nil {
		t.c.inTx = false
		_ = t.Tx.Rollback()
		return err
	}
	t.c.inTx = false
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	return t.c.step(pointWritten)
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
