package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tieout/store"
)

// dump gives a text of each table's rows, so that tests can say that nothing
// was written.
func dump(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, c := range columnsOf(t, s) {
		if _, done := out[c.table]; !done {
			out[c.table] = rowsOf(t, s, c.table)
		}
	}
	return out
}

func rowsOf(t *testing.T, s *store.Store, table string) string {
	t.Helper()
	rows, err := s.DB().Query("select * from " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		values := make([]any, len(names))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		for _, v := range values {
			fmt.Fprintf(&line, "%v|", *v.(*any))
		}
		lines = append(lines, line.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// columnRow is a column as the engine's own catalogue describes it.
type columnRow struct {
	table, name, kind string
	nullable          bool
}

func columnsOf(t *testing.T, s *store.Store) []columnRow {
	t.Helper()
	query := `select m.name, p.name, lower(p.type), p."notnull" = 0 and p.pk = 0 from sqlite_master m join pragma_table_info(m.name) p
		where m.type = 'table' and m.name not like 'goose_%' and m.name not like 'sqlite_%' and m.name not like 'printed_words%' order by 1, 2`
	if s.Engine() == "postgres" {
		query = `select table_name, column_name, udt_name, is_nullable = 'YES' from information_schema.columns
			where table_schema = 'public' and table_name not like 'goose_%' order by 1, 2`
	}
	rows, err := s.DB().Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []columnRow
	for rows.Next() {
		var c columnRow
		if err := rows.Scan(&c.table, &c.name, &c.kind, &c.nullable); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
