package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"
)

// backupFormat is the first thing that a backup says of itself.
const backupFormat = "tieout-backup-1"

// BackupHead is the first line of a backup.
type BackupHead struct {
	Format string    `json:"format"`
	Engine string    `json:"engine"`
	Schema int64     `json:"schema"`
	MadeAt time.Time `json:"made_at"`
}

// backupTable stands before the rows of a table.
type backupTable struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// BackupTail is the last line of a backup. Without it, or with another digest
// than that of the lines before, the file is not whole.
type BackupTail struct {
	Rows map[string]int `json:"rows"`
	// Keys are the ids of the keys that the secrets in it are sealed with.
	Keys   []string `json:"keys"`
	SHA256 string   `json:"sha256"`
}

// backupWriter writes lines, and their digest and count.
type backupWriter struct {
	out    *bufio.Writer
	digest hash.Hash
	tail   BackupTail
}

// Backup writes every row of the database as of one instant, gzip over lines of
// JSON, while others go on working. Secrets stay sealed as they are. Both
// engines write the same form, and either reads the other's. The schema may be
// an older one: a backup is what comes before a migration.
func (s *Store) Backup(ctx context.Context, out io.Writer, at time.Time) (BackupTail, error) {
	schema, newest, err := s.Versions(ctx)
	switch {
	case err == nil && schema > newest:
		err = ErrNewer
	case err == nil && schema == 0:
		err = ErrOlder
	}
	if err != nil {
		return BackupTail{}, fmt.Errorf("store: backup: %w", err)
	}
	zipped := gzip.NewWriter(out)
	w := &backupWriter{out: bufio.NewWriter(zipped), digest: sha256.New(), tail: BackupTail{Rows: map[string]int{}, Keys: []string{}}}
	err = w.line(BackupHead{Format: backupFormat, Engine: s.dialect.name, Schema: schema, MadeAt: at.UTC()})
	if err == nil {
		err = s.snapshot(ctx, func(t runner) error { return w.tables(ctx, t) })
	}
	if err == nil {
		slices.Sort(w.tail.Keys)
		w.tail.SHA256 = hex.EncodeToString(w.digest.Sum(nil))
		err = w.line(w.tail)
	}
	if err == nil {
		err = w.out.Flush()
	}
	if err == nil {
		err = zipped.Close()
	}
	if err != nil {
		return BackupTail{}, fmt.Errorf("store: backup: %w", err)
	}
	return w.tail, nil
}

// snapshot runs work in a transaction that only reads and sees one state of
// everything: SQLite's WAL gives that to any reader (SQLite docs: isolation),
// PostgreSQL at REPEATABLE READ (PostgreSQL docs: transaction isolation).
func (s *Store) snapshot(ctx context.Context, work func(t runner) error) error {
	options := &sql.TxOptions{}
	if s.dialect.arrays {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := s.reader.db.BeginTxx(ctx, options)
	if err != nil {
		return classify(ctx, err)
	}
	// Nothing was written that could be lost.
	defer func() { _ = tx.Rollback() }()
	return work(runner{ext: tx, dialect: s.dialect})
}

func (w *backupWriter) line(value any) error {
	text, err := exact(value)
	if err != nil {
		return err
	}
	text += "\n"
	_, _ = io.WriteString(w.digest, text) // a hash takes everything
	_, err = w.out.WriteString(text)
	return err
}

func (w *backupWriter) tables(ctx context.Context, t runner) error {
	all, err := t.catalogue(ctx)
	if err != nil {
		return err
	}
	for _, table := range all {
		if err := w.line(backupTable{Table: table.name, Columns: table.names()}); err != nil {
			return err
		}
		if err := w.rows(ctx, t, table); err != nil {
			return fmt.Errorf("table %s: %w", table.name, err)
		}
	}
	return nil
}

// rows writes the rows of a table.
func (w *backupWriter) rows(ctx context.Context, t runner, table table) error {
	read := make([]string, len(table.columns))
	for i, c := range table.columns {
		read[i] = t.dialect.plain(c)
	}
	values := make([]any, len(table.columns))
	into := make([]any, len(table.columns))
	for i := range values {
		into[i] = &values[i]
	}
	return t.each(ctx, func(scan func(...any) error) error {
		if err := scan(into...); err != nil {
			return err
		}
		row := make([]any, len(values))
		for i, c := range table.columns {
			var err error
			if row[i], err = w.plain(c, values[i]); err != nil {
				return fmt.Errorf("column %s: %w", c.name, err)
			}
		}
		w.tail.Rows[table.name]++
		return w.line(row)
	}, "select "+strings.Join(read, ", ")+" from "+table.name)
}

// plain reads a column in the form that both engines can write: instants as
// SQLite keeps them.
func (d dialect) plain(c column) string {
	if !d.arrays {
		return c.name
	}
	switch c.kind {
	case "timestamptz":
		return `to_char(` + c.name + ` at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
	case "jsonb", "date":
		return c.name + "::text"
	}
	return c.name
}

// plain gives a value the form that it has in JSON; bytes become base64.
func (w *backupWriter) plain(c column, value any) (any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case bool, string:
		return v, nil
	case int64:
		if c.kind == "boolean" {
			return v != 0, nil
		}
		return v, nil
	case []byte:
		if c.kind != "bytea" {
			return string(v), nil
		}
		w.sealed(v)
		if v == nil {
			v = []byte{}
		}
		return v, nil
	case time.Time: // no column of ours is read as one
		return nil, fmt.Errorf("a time of the driver's: %v", v)
	}
	return nil, fmt.Errorf("a value of type %T", value)
}

// sealed notes the key of a sealed value: its second part (internal/secret).
func (w *backupWriter) sealed(value []byte) {
	parts := strings.SplitN(string(value[:min(len(value), 64)]), ".", 3)
	if len(parts) == 3 && parts[0] == "s1" && !slices.Contains(w.tail.Keys, parts[1]) {
		w.tail.Keys = append(w.tail.Keys, parts[1])
	}
}
