package store

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Errors of a restore that a person can act on.
var (
	// ErrBackup is a file that is no backup, or not a whole one.
	ErrBackup = errors.New("is no whole backup: it is damaged, cut off, or was made by something else")
	// ErrFilled is a database that holds rows already.
	ErrFilled = errors.New("the database holds rows already: restore into an empty one")
)

// maxBackupLine bounds a line of a backup; the longest hold the body of a
// vendor's object.
const maxBackupLine = 256 << 20

// CheckBackup reads a whole backup and compares its digest.
func CheckBackup(file io.Reader) (BackupHead, BackupTail, error) {
	var tail BackupTail
	head, err := readBackup(file, func(line []byte, last bool) error {
		if !last {
			return nil
		}
		return json.Unmarshal(line, &tail)
	})
	return head, tail, err
}

// Restore fills an empty database from a backup, in one transaction: after a
// failure there is nothing in it. The file is read whole and compared with its
// digest first. An older backup is brought up to this program's schema
// afterwards, and every book marked as restored; a newer one is refused.
func (s *Store) Restore(ctx context.Context, file io.ReadSeeker, at time.Time) (BackupHead, BackupTail, error) {
	head, tail, err := CheckBackup(file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = s.emptyAt(ctx, head.Schema)
	}
	if err == nil {
		err = s.inTx(ctx, func(t runner) error { return t.load(ctx, file, tail) })
	}
	if err == nil {
		_, err = s.Migrate(ctx)
	}
	if err == nil {
		err = s.inTx(ctx, func(t runner) error { return t.indexWords(ctx, `i.printed <> ''`) })
	}
	if err == nil {
		err = s.MarkRestored(ctx, at)
	}
	if err != nil {
		return head, tail, fmt.Errorf("store: restore: %w", err)
	}
	return head, tail, nil
}

// emptyAt brings an empty database to a version of the schema.
func (s *Store) emptyAt(ctx context.Context, schema int64) error {
	current, newest, err := s.Versions(ctx)
	if err != nil {
		return err
	}
	if schema > newest {
		return fmt.Errorf("schema %d, program %d: %w", schema, newest, ErrNewer)
	}
	if current > 0 {
		all, err := s.reader.catalogue(ctx)
		if err != nil {
			return err
		}
		for _, t := range all {
			var n int
			if err := s.reader.one(ctx, &n, "select count(*) from (select 1 from "+t.name+" limit 1) any_row"); err != nil {
				return err
			}
			if n > 0 {
				return fmt.Errorf("table %s: %w", t.name, ErrFilled)
			}
		}
	}
	return s.MigrateTo(ctx, schema)
}

// loadRows is how many rows of a table are written at once.
const loadRows = 1000

// loader writes the lines of a backup.
type loader struct {
	t      runner
	tables map[string]table
	// into is the table whose rows come; source their places in a line, by
	// column of ours.
	into table
	rows [][]any
	seen map[string]int
}

func (t runner) load(ctx context.Context, file io.ReadSeeker, tail BackupTail) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil { // the transaction may be repeated
		return err
	}
	all, err := t.catalogue(ctx)
	if err != nil {
		return err
	}
	l := &loader{t: t, tables: map[string]table{}, seen: map[string]int{}}
	for _, one := range all {
		l.tables[one.name] = one
	}
	_, err = readBackup(file, func(line []byte, last bool) error {
		if last {
			return l.flush(ctx)
		}
		return l.line(ctx, line)
	})
	if err != nil {
		return err
	}
	for name, n := range tail.Rows {
		if l.seen[name] != n {
			return fmt.Errorf("table %s: %d of %d rows: %w", name, l.seen[name], n, ErrBackup)
		}
	}
	return nil
}

func (l *loader) line(ctx context.Context, line []byte) error {
	if line[0] == '{' {
		if err := l.flush(ctx); err != nil {
			return err
		}
		return l.begin(line)
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var values []any
	if err := decoder.Decode(&values); err != nil || len(values) != len(l.into.columns) || l.into.name == "" {
		return fmt.Errorf("a row of %q: %w", l.into.name, ErrBackup)
	}
	for i, c := range l.into.columns {
		var err error
		if values[i], err = fromPlain(c, values[i]); err != nil {
			return fmt.Errorf("%s.%s: %w", l.into.name, c.name, err)
		}
	}
	l.rows = append(l.rows, values)
	l.seen[l.into.name]++
	if len(l.rows) < loadRows {
		return nil
	}
	return l.flush(ctx)
}

// begin takes the columns in the order that the backup has them in.
func (l *loader) begin(line []byte) error {
	var head backupTable
	if err := json.Unmarshal(line, &head); err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	known, ok := l.tables[head.Table]
	if !ok || len(known.columns) != len(head.Columns) {
		return fmt.Errorf("table %q with %d columns: %w", head.Table, len(head.Columns), ErrBackup)
	}
	kinds := map[string]string{}
	for _, c := range known.columns {
		kinds[c.name] = c.kind
	}
	l.into = table{name: head.Table}
	for _, name := range head.Columns {
		if kinds[name] == "" {
			return fmt.Errorf("column %s.%s: %w", head.Table, name, ErrBackup)
		}
		l.into.columns = append(l.into.columns, column{name, kinds[name]})
	}
	return nil
}

func (l *loader) flush(ctx context.Context) error {
	rows := l.rows
	l.rows = nil
	return l.t.write(ctx, l.into, fail, rows)
}

// fromPlain gives a value of a backup the form in which rows are written.
func fromPlain(c column, value any) (any, error) {
	switch v := value.(type) {
	case nil, bool:
		return v, nil
	case json.Number:
		return v.Int64()
	case string:
		if c.kind == "bytea" {
			return base64.StdEncoding.DecodeString(v)
		}
		return v, nil
	}
	return nil, fmt.Errorf("a value of type %T: %w", value, ErrBackup)
}

// readBackup gives the lines between the first and the end; last is true for
// the tail, whose digest has been compared by then.
func readBackup(file io.Reader, each func(line []byte, last bool) error) (BackupHead, error) {
	var head BackupHead
	zipped, err := gzip.NewReader(file)
	if err != nil {
		return head, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	lines := bufio.NewScanner(zipped)
	lines.Buffer(make([]byte, 0, 64<<10), maxBackupLine)
	digest := sha256.New()
	for n := 0; lines.Scan(); n++ {
		line := lines.Bytes()
		switch {
		case n == 0:
			if json.Unmarshal(line, &head) != nil || head.Format != backupFormat || head.Schema < 1 {
				return head, ErrBackup
			}
		case strings.HasPrefix(string(line[:min(len(line), 8)]), `{"rows":`):
			line = bytes.Clone(line) // the look for another line may overwrite it
			var tail BackupTail
			if json.Unmarshal(line, &tail) != nil || tail.SHA256 != hex.EncodeToString(digest.Sum(nil)) || lines.Scan() {
				return head, ErrBackup
			}
			return head, each(line, true)
		case len(line) == 0:
			return head, ErrBackup
		default:
			if err := each(line, false); err != nil {
				return head, err
			}
		}
		digest.Write(line)
		digest.Write([]byte{'\n'})
	}
	return head, fmt.Errorf("%w: %w", ErrBackup, errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}
