package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"
	"modernc.org/sqlite"
)

// The kinds of errors that callers tell apart, whatever the engine. The
// engine's own error stays in the chain.
var (
	// ErrNotFound is a row that does not exist.
	ErrNotFound = errors.New("not found")
	// ErrDuplicate is a second row of one key.
	ErrDuplicate = errors.New("exists already")
	// ErrForeign is a row that names another that does not exist.
	ErrForeign = errors.New("names something that does not exist")
	// ErrConflict is a transaction that lost against another one; it may be
	// repeated.
	ErrConflict = errors.New("another transaction was faster")
	// ErrBusy is a database that stayed locked, or accepts no more
	// connections.
	ErrBusy = errors.New("the database is busy")
	// ErrFull is a database that cannot grow. What it holds stays whole: a
	// transaction is there as a whole, or not at all.
	ErrFull = errors.New("no room is left on the disk of the database: make room, and the next run goes on")
	// ErrReadOnly is a database that takes no changes.
	ErrReadOnly = errors.New("the database may only be read: whoever runs tieout has to be able to write it, a SQLite file and its folder too")
	// ErrClosed is a file that cannot be opened: who may only read a folder cannot
	// open a database in it, because reading one needs files beside it.
	ErrClosed = errors.New("the database cannot be opened: whoever runs tieout has to be able to write its file and its folder")
	// ErrState is a row that is no longer in the state that a change needs.
	ErrState = errors.New("is no longer in the expected state")
)

// classify adds the kind of an error of either engine to its chain.
func classify(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	// A cancelled statement ends with the engine's own code, which
	// errors.Is(err, context.Canceled) does not know.
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	if kind := kindOf(err); kind != nil {
		return fmt.Errorf("%w: %w", kind, err)
	}
	return err
}

func kindOf(err error) error {
	if p, ok := errors.AsType[*pq.Error](err); ok {
		return postgresKind(string(p.Code))
	}
	if s, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteKind(s.Code())
	}
	return nil
}

// postgresKind goes by the codes of PostgreSQL's Appendix A, "PostgreSQL Error
// Codes".
func postgresKind(code string) error {
	switch code {
	case "23505":
		return ErrDuplicate
	case "23503":
		return ErrForeign
	case "40001", "40P01":
		return ErrConflict
	case "55P03", "53300":
		return ErrBusy
	case "53100": // disk_full
		return ErrFull
	case "25006": // read_only_sql_transaction
		return ErrReadOnly
	}
	return nil
}

// sqliteKind goes by SQLite's "Result and Error Codes"; the low byte of an
// extended code is the primary one.
func sqliteKind(code int) error {
	const busy, locked, readOnly, full, cannotOpen = 5, 6, 8, 13, 14
	switch code {
	case 1555, 2067: // SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE
		return ErrDuplicate
	case 787: // SQLITE_CONSTRAINT_FOREIGNKEY
		return ErrForeign
	case 517: // SQLITE_BUSY_SNAPSHOT
		return ErrConflict
	case 4874: // SQLITE_IOERR_SHMSIZE: no room for the index of the log
		return ErrFull
	}
	switch code & 0xff {
	case busy, locked:
		return ErrBusy
	case full:
		return ErrFull
	case readOnly:
		return ErrReadOnly
	case cannotOpen:
		return ErrClosed
	}
	return nil
}
