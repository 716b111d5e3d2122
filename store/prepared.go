package store

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
)

// keptStatements bounds the statements that a connection to SQLite keeps: a
// round of syncs asks some eighty different ones.
const keptStatements = 100

// preparing is SQLite's driver whose connections keep the statements that they
// have prepared: to read and plan a statement takes SQLite longer than to run it
// on few rows, and its driver does so each time. SQLite itself prepares a kept
// statement anew when the schema has changed (sqlite3_prepare_v2).
type preparing struct{ driver.Driver }

// Open opens a connection.
func (d preparing) Open(address string) (driver.Conn, error) {
	c, err := d.Driver.Open(address)
	if err != nil {
		return nil, err
	}
	inner, ok := c.(engineConn)
	if !ok {
		return nil, errors.Join(errors.New("store: this driver of SQLite cannot keep statements"), c.Close())
	}
	return &keepingConn{engineConn: inner, idle: map[string]*list.Element{}, order: list.New()}, nil
}

// engineConn is what a connection to SQLite can do.
type engineConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keepingConn is a connection with statements that nobody uses now. Like every
// driver's connection it is used by one goroutine at a time.
type keepingConn struct {
	engineConn
	idle map[string]*list.Element
	// order is that of last use, the newest at the front; its values are
	// *preparedStatement.
	order  *list.List
	closed bool
}

// preparedStatement is a statement of a connection. One that is in use is not
// among the idle: whoever asks the same meanwhile gets another.
type preparedStatement struct {
	engineStatement
	conn   *keepingConn
	query  string
	broken bool
}

// engineStatement is what a prepared statement of SQLite can do.
type engineStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keeps says which statements come again and again: not those that change the
// schema, the settings or the file.
func keeps(query string) bool {
	const longest = 8000 // a text that long was made for its values
	if len(query) > longest {
		return false
	}
	word := strings.TrimSpace(query)
	if end := strings.IndexAny(word, " \n\t("); end > 0 {
		word = word[:end]
	}
	switch strings.ToLower(word) {
	case "select", "insert", "update", "delete", "with":
		return true
	}
	return false
}

// take gives a statement that nobody uses.
func (c *keepingConn) take(ctx context.Context, query string) (*preparedStatement, error) {
	if at, ok := c.idle[query]; ok {
		return c.out(at), nil
	}
	made, err := c.engineConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := made.(engineStatement)
	if !ok {
		return nil, errors.Join(errors.New("store: this driver of SQLite takes no context"), made.Close())
	}
	return &preparedStatement{engineStatement: s, conn: c, query: query}, nil
}

// Close gives the statement back to its connection; one that has failed, and
// the one that was used the longest ago where there are too many, ends.
func (s *preparedStatement) Close() error {
	c := s.conn
	if _, twice := c.idle[s.query]; s.broken || twice || c.closed {
		return s.engineStatement.Close()
	}
	c.idle[s.query] = c.order.PushFront(s)
	if c.order.Len() <= keptStatements {
		return nil
	}
	return c.out(c.order.Back()).engineStatement.Close()
}

// out takes a statement from among the idle.
func (c *keepingConn) out(at *list.Element) *preparedStatement {
	s := c.order.Remove(at).(*preparedStatement) //nolint:forcetypeassert // nothing else is put in
	delete(c.idle, s.query)
	return s
}

// ExecContext runs the statement.
func (s *preparedStatement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	result, err := s.engineStatement.ExecContext(ctx, args)
	s.broken = s.broken || err != nil
	return result, err
}

// QueryContext runs the statement.
func (s *preparedStatement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.engineStatement.QueryContext(ctx, args)
	s.broken = s.broken || err != nil
	return rows, err
}

// PrepareContext prepares a statement, or takes one that is kept.
func (c *keepingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if !keeps(query) {
		return c.engineConn.PrepareContext(ctx, query)
	}
	return c.take(ctx, query)
}

// ExecContext runs a statement.
func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !keeps(query) {
		return c.engineConn.ExecContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		_ = s.Close() // says the same again
		return nil, err
	}
	return result, s.Close()
}

// QueryContext runs a statement that gives rows.
func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !keeps(query) {
		return c.engineConn.QueryContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		_ = s.Close() // says the same again
		return nil, err
	}
	return &preparedRows{Rows: rows, statement: s}, nil
}

// Close closes the connection and what was prepared on it.
func (c *keepingConn) Close() error {
	c.closed = true
	var err error
	for c.order.Len() > 0 {
		err = errors.Join(err, c.out(c.order.Front()).engineStatement.Close())
	}
	return errors.Join(err, c.engineConn.Close())
}

// preparedRows are rows whose end gives their statement back.
type preparedRows struct {
	driver.Rows
	statement *preparedStatement
	ended     bool
}

// Next reads a row. What fails while it is read is not used again.
func (r *preparedRows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err != nil && !errors.Is(err, io.EOF) {
		r.statement.broken = true
	}
	return err
}

// Close ends the reading.
func (r *preparedRows) Close() error {
	if r.ended {
		return nil
	}
	r.ended = true
	if err := r.Rows.Close(); err != nil {
		r.statement.broken = true
		_ = r.statement.Close() // says the same again
		return err
	}
	return r.statement.Close()
}
