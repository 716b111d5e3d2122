package simtest_test

import (
	"context"
	"database/sql/driver"
)

// statements are those that a connection to SQLite has prepared: to read a
// statement takes SQLite longer than to run it on so few rows, and a run asks
// the same again and again.
type statements map[string]*statement

// statement is busy while its rows are read.
type statement struct {
	driver.Stmt
	busy bool
}

// keptStatements bounds what is kept; statements with rows in their text
// differ each time.
const keptStatements = 300

// of gives a statement that is free; nil where there is none to keep.
func (all statements) of(ctx context.Context, c driver.Conn, query string) *statement {
	if s := all[query]; s != nil {
		if s.busy {
			return nil
		}
		return s
	}
	if all == nil || len(all) >= keptStatements || len(query) > 4000 {
		return nil
	}
	made, err := c.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	s := &statement{Stmt: made}
	all[query] = s
	return s
}

func (all statements) close() {
	for _, s := range all {
		_ = s.Close()
	}
}

// exec runs a statement.
func (c *conn) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if s := c.kept.of(ctx, c.Conn, query); s != nil {
		return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	}
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

// query runs a statement that gives rows.
func (c *conn) query(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s := c.kept.of(ctx, c.Conn, query)
	if s == nil {
		return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &rowsOf{rows, s}, nil
}

// rowsOf gives its statement back when it is read.
type rowsOf struct {
	driver.Rows
	s *statement
}

// Close ends the reading.
func (r *rowsOf) Close() error {
	r.s.busy = false
	return r.Rows.Close()
}

// Close closes the connection and what was prepared on it.
func (c *conn) Close() error {
	c.kept.close()
	return c.Conn.Close()
}
