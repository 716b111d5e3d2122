package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// catalogue describes the tables of the schema, those that are named by others
// first, so that rows can be written in this order. The migration tool's own
// table, the dispatcher's, whose rows are hints, and SQLite's index of words,
// which follows its table, are not among them.
func (r runner) catalogue(ctx context.Context) ([]table, error) {
	columns, references := sqliteColumns, sqliteReferences
	if r.dialect.arrays {
		columns, references = postgresColumns, postgresReferences
	}
	var rows []struct{ Tbl, Name, Kind string }
	if err := r.all(ctx, &rows, columns); err != nil {
		return nil, fmt.Errorf("store: columns: %w", err)
	}
	var tables []table
	for _, row := range rows {
		if strings.HasPrefix(row.Tbl, "goose_") || strings.HasPrefix(row.Tbl, "river_") || strings.HasPrefix(row.Tbl, wordsTable) {
			continue
		}
		if len(tables) == 0 || tables[len(tables)-1].name != row.Tbl {
			tables = append(tables, table{name: row.Tbl})
		}
		last := &tables[len(tables)-1]
		last.columns = append(last.columns, column{row.Name, plainKind(row.Kind)})
	}
	var pairs []struct{ Tbl, Needs string }
	if err := r.all(ctx, &pairs, references); err != nil {
		return nil, fmt.Errorf("store: references: %w", err)
	}
	needs := map[string][]string{}
	for _, p := range pairs {
		if p.Tbl != p.Needs {
			needs[p.Tbl] = append(needs[p.Tbl], p.Needs)
		}
	}
	return inOrder(tables, needs)
}

const (
	sqliteColumns = `select m.name as tbl, p.name as name, lower(p.type) as kind from sqlite_master m join pragma_table_info(m.name) p
		where m.type = 'table' and m.name not like 'sqlite_%' order by m.name, p.cid`
	sqliteReferences = `select m.name as tbl, f."table" as needs from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table'`
	postgresColumns  = `select c.table_name as tbl, c.column_name as name, c.udt_name as kind from information_schema.columns c
		join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'BASE TABLE'
		where c.table_schema = current_schema() order by c.table_name, c.ordinal_position`
	postgresReferences = `select c.conrelid::regclass::text as tbl, c.confrelid::regclass::text as needs from pg_constraint c
		where c.contype = 'f' and c.connamespace = current_schema()::regnamespace`
)

// plainKind gives PostgreSQL's name of a type, whichever engine named it.
func plainKind(kind string) string {
	switch kind {
	case "int8":
		return "bigint"
	case "bool":
		return "boolean"
	case "blob":
		return "bytea"
	}
	return kind
}

// inOrder puts every table behind those that it needs.
func inOrder(tables []table, needs map[string][]string) ([]table, error) {
	var out []table
	placed := map[string]bool{}
	for len(out) < len(tables) {
		before := len(out)
		for _, t := range tables {
			ready := !slices.ContainsFunc(needs[t.name], func(n string) bool { return !placed[n] })
			if ready && !placed[t.name] {
				out, placed[t.name] = append(out, t), true
			}
		}
		if len(out) == before {
			return nil, fmt.Errorf("store: the tables need each other in a circle: %v", needs)
		}
	}
	return out, nil
}
