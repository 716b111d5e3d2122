// Package store keeps everything that Tieout knows in one SQL database:
// PostgreSQL or a SQLite file. One type, Store, implements what the packages
// of the engine ask of a database, one file for each aggregate. A statement is
// written once and runs on both engines; the few differences are in
// dialect.go. It decides nothing, reads no clock and makes no ids, and every
// statement names the tenant.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"tieout/connect"
	"tieout/sync/lease"
	"tieout/sync/proof"
	"tieout/sync/pull"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/schedule"
)

// Box seals secrets before they reach the database. additional names the row
// that the secret belongs to; it opens only with the same text.
type Box interface {
	Seal(plain []byte, additional string) ([]byte, error)
	Open(sealed []byte, additional string) ([]byte, error)
	// KeyOf names the key that a secret was sealed with, and Primary the one
	// that seals now.
	KeyOf(sealed []byte) string
	Primary() (string, error)
}

// Options say how a database is opened.
type Options struct {
	// Key seals credentials. Without one, methods that keep or read
	// credentials fail.
	Key Box
	// Connections bounds the open connections to PostgreSQL, and the readers
	// of SQLite; 0 means 16 and 4.
	Connections int
	// Refused, when set, hears of every change that failed because the database
	// takes none: ErrFull, ErrReadOnly.
	Refused func(error)
	// Through, when set, stands between the store and its engine: what it gives
	// is used in the driver's place. Tests let a database refuse and die.
	Through Through
}

// Through gives a driver in the place of another.
type Through = func(driver.Driver) driver.Driver

// Store is one open database. It is safe for concurrent use.
type Store struct {
	// writer and reader are one handle on PostgreSQL. SQLite has a single
	// writer, and readers that cannot write.
	writer, reader handle
	dialect        dialect
	box            Box
	growth         growth
}

var (
	_ lease.Store     = (*Store)(nil)
	_ pull.Store      = (*Store)(nil)
	_ push.Store      = (*Store)(nil)
	_ reconcile.Store = (*Store)(nil)
	_ proof.Store     = (*Store)(nil)
	_ schedule.Store  = (*Store)(nil)
	_ connect.Store   = (*Store)(nil)
)

// ErrAddress says that a database address is of no known form.
var ErrAddress = errors.New("a database is postgres://... or the path of a SQLite file")

// Open opens the database at a postgres:// address or in a SQLite file, which
// is made when it does not exist, and checks that it answers. It changes no
// schema: see Migrate and Check.
func Open(ctx context.Context, address string, o Options) (*Store, error) {
	s := &Store{box: o.Key}
	var err error
	switch {
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		err = s.openPostgres(address, o)
	case address == "", strings.Contains(address, ":memory:"), strings.Contains(address, "://"):
		err = ErrAddress
	default:
		err = s.openSQLite(address, o)
	}
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	for _, h := range []handle{s.writer, s.reader} {
		if err := h.db.PingContext(ctx); err != nil {
			_ = s.Close()
			return nil, fmt.Errorf("store: the database does not answer: %w", classify(ctx, err))
		}
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error {
	err := s.writer.db.Close()
	if s.reader.db != s.writer.db {
		err = errors.Join(err, s.reader.db.Close())
	}
	return err
}

// DB is the handle that reads, for tests and for figures that no method gives.
// It must not be written through: on SQLite it cannot.
func (s *Store) DB() *sql.DB { return s.reader.db.DB }

// Engine is "postgres" or "sqlite".
func (s *Store) Engine() string { return s.dialect.name }

// handle is a pool of connections that the statements of a dialect run on.
type handle struct {
	runner
	db *sqlx.DB
}

func newHandle(db *sqlx.DB, d dialect, refused func(error)) handle {
	return handle{runner: runner{ext: db, dialect: d, refused: refused}, db: db}
}
