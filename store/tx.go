package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"tieout/sync/lease"
)

// runner runs statements on a pool or in a transaction. It gives statements
// the engine's form, parameters the database's, and errors their kind.
type runner struct {
	ext     sqlx.ExtContext
	dialect dialect
	// refused hears of changes that the database does not take; nil when nobody
	// listens.
	refused func(error)
	// written counts the rows that a transaction writes in bulk.
	written map[string]int
}

// all reads rows into the slice that into points to.
func (r runner) all(ctx context.Context, into any, statement string, args ...any) error {
	return classify(ctx, sqlx.SelectContext(ctx, r.ext, into, r.dialect.text(statement), r.dialect.parameters(args)...))
}

// one reads a single row; ErrNotFound when there is none.
func (r runner) one(ctx context.Context, into any, statement string, args ...any) error {
	return r.classify(ctx, sqlx.GetContext(ctx, r.ext, into, r.dialect.text(statement), r.dialect.parameters(args)...))
}

// run gives the number of rows that the statement changed.
func (r runner) run(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := r.ext.ExecContext(ctx, r.dialect.text(statement), r.dialect.parameters(args)...)
	if err != nil {
		return 0, r.classify(ctx, err)
	}
	n, err := result.RowsAffected()
	return n, classify(ctx, err)
}

// classify adds the kind of an error, and tells of changes that are refused.
func (r runner) classify(ctx context.Context, err error) error {
	err = classify(ctx, err)
	if r.refused != nil && (errors.Is(err, ErrFull) || errors.Is(err, ErrReadOnly)) {
		r.refused(err)
	}
	return err
}

// each calls yield for every row, without holding them all.
func (r runner) each(ctx context.Context, yield func(scan func(...any) error) error, statement string, args ...any) error {
	rows, err := r.ext.QueryxContext(ctx, r.dialect.text(statement), r.dialect.parameters(args)...)
	if err != nil {
		return classify(ctx, err)
	}
	// Close reports nothing that Err below does not.
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := yield(rows.Scan); err != nil {
			return classify(ctx, err)
		}
	}
	return classify(ctx, rows.Err())
}

// named gives a statement with :names numbered parameters, for lists of
// statements that do not all need the same ones.
func named(statement string, values map[string]any) (string, []any, error) {
	statement, args, err := sqlx.Named(statement, values)
	return sqlx.Rebind(sqlx.DOLLAR, statement), args, err
}

// parameters gives lists and times the form that statements expect.
func (d dialect) parameters(args []any) []any {
	for i, arg := range args {
		switch v := arg.(type) {
		case []string:
			args[i] = d.listOf(len(v), func(i int) any { return v[i] })
		case []int64:
			args[i] = d.listOf(len(v), func(i int) any { return v[i] })
		case time.Time:
			args[i] = instant(v)
		case *time.Time:
			args[i] = instantOf(v)
		case string:
			args[i] = clean(v)
		}
	}
	return args
}

// listOf is a list of texts or whole numbers as one parameter, for list($n)
// and numbers($n).
func (d dialect) listOf(n int, item func(i int) any) string {
	out := make([]byte, 1, 2+16*n)
	out[0] = d.brackets[0]
	for i := range n {
		if i > 0 {
			out = append(out, ',')
		}
		switch v := item(i).(type) {
		case string:
			out = d.quote(out, clean(v))
		case int64:
			out = strconv.AppendInt(out, v, 10)
		}
	}
	return string(append(out, d.brackets[1]))
}

// repeats is how often a transaction is run again after it lost against
// another one.
const repeats = 3

// inTx runs work in one transaction, and again when the database asks for it:
// work must change nothing but the database and what it assigns anew.
//
// PostgreSQL runs it at READ COMMITTED. That is enough: every write happens
// under a lease whose row the transaction holds locked (see fenced), and what
// leases do not order is guarded by unique keys and by statements that compare
// the state they expect. SQLite has one writer at a time.
func (s *Store) inTx(ctx context.Context, work func(t runner) error) error {
	var err error
	for range repeats {
		err = s.once(ctx, work)
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return err
}

func (s *Store) once(ctx context.Context, work func(t runner) error) error {
	tx, err := s.writer.db.BeginTxx(ctx, nil)
	if err != nil {
		return s.writer.classify(ctx, err)
	}
	t := runner{ext: tx, dialect: s.dialect, refused: s.writer.refused, written: map[string]int{}}
	if err := work(t); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			return errors.Join(err, undo)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return t.classify(ctx, err)
	}
	s.analyze(ctx, t.written)
	return nil
}

// fenced runs work in a transaction of the lease's holder. The lease's row
// stays locked until the transaction ends, so that nobody can take the lease
// over in the middle; ErrLost when somebody has before.
func (s *Store) fenced(ctx context.Context, l lease.Lease, work func(t runner) error) error {
	return s.inTx(ctx, func(t runner) error {
		var found struct {
			Holder string
			Fence  int64
		}
		err := t.one(ctx, &found, `select holder, fence from lease where tenant = $1 and name = $2 /*lock*/`, l.Tenant, l.Name)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err != nil || found.Fence != l.Fence || found.Holder != l.Holder {
			return fmt.Errorf("store: %s: %w", l.Name, lease.ErrLost)
		}
		return work(t)
	})
}
