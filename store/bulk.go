package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
)

// table describes a table for writing many rows at once.
type table struct {
	name string
	// keys is how many of the columns, the first ones, are the key.
	keys    int
	columns []column
}

// column has a name and PostgreSQL's type of it.
type column struct{ name, kind string }

// newTable reads "name type" pairs, separated by commas.
func newTable(name string, keys int, columns string) table {
	t := table{name: name, keys: keys}
	for pair := range strings.SplitSeq(columns, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(pair), " ")
		t.columns = append(t.columns, column{name, kind})
	}
	return t
}

// fail is the clause of rows that must be new: ErrDuplicate otherwise.
const fail = ""

// batch bounds the rows of one statement; more make it slower on PostgreSQL.
const batch = 1000

// write inserts rows, whose values stand in the order of the columns. clause
// says what happens to a row whose key exists: fail, or table.replace. Keys
// must not repeat within rows.
func (r runner) write(ctx context.Context, t table, clause string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	var err error
	if r.dialect.arrays {
		err = r.writeArrays(ctx, t, clause, rows)
	} else {
		err = r.writeRows(ctx, t, clause, rows)
	}
	if err != nil {
		return fmt.Errorf("store: write %s: %w", t.name, r.classify(ctx, err))
	}
	if r.written != nil {
		r.written[t.name] += len(rows)
	}
	return nil
}

func (t table) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// replace is the clause that updates an existing row where something differs,
// so that writing the same again changes nothing. kept are columns that keep
// what they hold.
func (t table) replace(kept ...string) string {
	keep := map[string]bool{}
	for _, k := range kept {
		keep[k] = true
	}
	var set, differs []string
	names := t.names()
	for _, name := range names[t.keys:] {
		if keep[name] {
			continue
		}
		set = append(set, name+" = excluded."+name)
		differs = append(differs, t.name+"."+name+" is distinct from excluded."+name)
	}
	return " on conflict (" + strings.Join(names[:t.keys], ", ") + ") do update set " + strings.Join(set, ", ") +
		" where " + strings.Join(differs, " or ")
}

// writeRows runs one prepared statement for each row: the fastest way on
// SQLite.
func (r runner) writeRows(ctx context.Context, t table, clause string, rows [][]any) (err error) {
	places := make([]string, len(t.columns))
	for i := range places {
		places[i] = "?"
	}
	preparer, ok := r.ext.(sqlx.PreparerContext)
	if !ok {
		return fmt.Errorf("statements cannot be prepared on %T", r.ext)
	}
	statement, err := preparer.PrepareContext(ctx, "insert into "+t.name+" ("+strings.Join(t.names(), ", ")+") values ("+
		strings.Join(places, ", ")+")"+clause)
	if err != nil {
		return err
	}
	defer func(s *sql.Stmt) {
		if closing := s.Close(); err == nil {
			err = closing
		}
	}(statement)
	for _, row := range rows {
		if _, err := statement.ExecContext(ctx, r.dialect.parameters(row)...); err != nil {
			return err
		}
	}
	return nil
}

// writeArrays gives each column as one array: the fastest way on PostgreSQL
// that also updates.
func (r runner) writeArrays(ctx context.Context, t table, clause string, rows [][]any) error {
	places := make([]string, len(t.columns))
	for i, c := range t.columns {
		places[i] = "$" + strconv.Itoa(i+1) + "::" + c.kind + "[]"
	}
	statement := "insert into " + t.name + " (" + strings.Join(t.names(), ", ") + ") select * from unnest(" +
		strings.Join(places, ", ") + ")" + clause
	for len(rows) > 0 {
		n := min(len(rows), batch)
		args := make([]any, len(t.columns))
		for i := range t.columns {
			text, err := array(rows[:n], i)
			if err != nil {
				return err
			}
			args[i] = text
		}
		if _, err := r.ext.ExecContext(ctx, statement, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// array is one column of the rows as PostgreSQL writes arrays.
func array(rows [][]any, i int) (string, error) {
	size := 0
	for _, row := range rows {
		switch v := row[i].(type) {
		case string:
			size += len(v) + len(v)/4 + 3 // quotes in JSON are escaped
		case []byte:
			size += 2*len(v) + 8
		default:
			size += 32
		}
	}
	out := make([]byte, 0, size+2)
	for n, row := range rows {
		separator := byte(',')
		if n == 0 {
			separator = '{'
		}
		out = append(out, separator)
		var err error
		if out, err = appendElement(out, row[i]); err != nil {
			return "", err
		}
	}
	return string(append(out, '}')), nil
}

func appendElement(out []byte, value any) ([]byte, error) {
	if valuer, ok := value.(driver.Valuer); ok {
		var err error
		if value, err = valuer.Value(); err != nil {
			return nil, err
		}
	}
	switch v := value.(type) {
	case nil:
		return append(out, "NULL"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case int64:
		return strconv.AppendInt(out, v, 10), nil
	case int:
		return strconv.AppendInt(out, int64(v), 10), nil
	case *int64:
		if v == nil {
			return append(out, "NULL"...), nil
		}
		return strconv.AppendInt(out, *v, 10), nil
	case string:
		return appendQuoted(out, clean(v)), nil
	case []byte:
		if v == nil {
			return append(out, "NULL"...), nil
		}
		return append(hex.AppendEncode(append(out, `"\\x`...), v), '"'), nil
	}
	return nil, fmt.Errorf("a value of type %T cannot be an element of an array", value)
}

func appendQuoted(out []byte, text string) []byte {
	out = append(out, '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			out = append(out, '\\')
		}
		out = append(out, text[i])
	}
	return append(out, '"')
}
