package e2e

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"sync/atomic"
)

// illness is what a database fails at: every question with these words in it.
type illness struct{ words atomic.Pointer[string] }

// at has it fail from now on.
func (i *illness) at(words string) { i.words.Store(&words) }

// heals ends it.
func (i *illness) heals() { i.words.Store(nil) }

func (i *illness) fails(query string) bool {
	words := i.words.Load()
	return words != nil && strings.Contains(query, *words)
}

// through stands between the store and its database.
func (i *illness) through(d driver.Driver) driver.Driver { return sick{d, i} }

// sick is a driver whose disk cannot be read in places.
type sick struct {
	driver.Driver
	illness *illness
}

// healthy is what a connection to SQLite can do.
type healthy interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// Open opens a connection.
func (s sick) Open(address string) (driver.Conn, error) {
	c, err := s.Driver.Open(address)
	if err != nil {
		return nil, err
	}
	inner, ok := c.(healthy)
	if !ok {
		return nil, errors.Join(errors.New("this driver cannot be made sick"), c.Close())
	}
	return &sickConn{inner, s.illness}, nil
}

type sickConn struct {
	healthy
	illness *illness
}

// QueryContext asks, unless that is where the disk cannot be read.
func (c *sickConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.illness.fails(query) {
		return nil, errors.New("disk I/O error")
	}
	return c.healthy.QueryContext(ctx, query, args)
}
