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
	}
	return nil
}

// sqliteKind goes by SQLite's "Result and Error Codes"; the low byte of an
// extended code is the primary one.
func sqliteKind(code int) error {
	const busy, locked = 5, 6
	switch code {
	case 1555, 2067: // SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE
		return ErrDuplicate
	case 787: // SQLITE_CONSTRAINT_FOREIGNKEY
		return ErrForeign
	case 517: // SQLITE_BUSY_SNAPSHOT
		return ErrConflict
	}
	if code&0xff == busy || code&0xff == locked {
		return ErrBusy
	}
	return nil
}
