package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"tieout/store"
)

// TestUpgradeWithRows runs every migration from the first on with a row in every
// table that there is by then: nothing is in the way, and nothing is lost.
func TestUpgradeWithRows(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		_, newest, err := s.Versions(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.MigrateTo(ctx, 0); err != nil {
			t.Fatal(err)
		}
		filled := map[string]bool{}
		for v := int64(1); v <= newest; v++ {
			if err := s.MigrateTo(ctx, v); err != nil {
				t.Fatalf("to version %d with a row in every table: %v", v, err)
			}
			for table := range filled {
				var n int
				err := s.DB().QueryRowContext(ctx, "select count(*) from "+table).Scan(&n)
				if err != nil || n < 1 && emptied()[table] == "" {
					t.Errorf("version %d: table %s has %d rows, %v", v, table, n, err)
				}
			}
			rowEverywhere(t, s, filled)
		}
	})
}

// emptied are the tables that a migration empties on purpose.
func emptied() map[string]string {
	return map[string]string{"pending_consent": "a consent under way is begun anew, tied to its browser"}
}

// rowEverywhere writes a row into every table that has none yet. "{}" is a text and a JSON
// document, so that it fits everywhere and every reference finds its row.
func rowEverywhere(t *testing.T, s *store.Store, filled map[string]bool) {
	t.Helper()
	columns := map[string][]columnRow{}
	var tables []string
	for _, c := range columnsOf(t, s) {
		if filled[c.table] {
			continue
		}
		if columns[c.table] == nil {
			tables = append(tables, c.table)
		}
		columns[c.table] = append(columns[c.table], c)
	}
	db := raw(t, s)
	for left := tables; len(left) > 0; {
		var again []string
		var last error
		for _, table := range left {
			if err := insertRow(db, table, columns[table]); err != nil {
				again, last = append(again, table), fmt.Errorf("%s: %w", table, err)
			} else {
				filled[table] = true
			}
		}
		if len(again) == len(left) { // not for a reference to a table that comes later
			t.Fatalf("no row can be written: %v", last)
		}
		left = again
	}
}

func insertRow(db *sql.DB, table string, columns []columnRow) error {
	values := map[string]string{
		"bigint": "1", "int8": "1", "bool": "true", "boolean": "true", "bytea": `'\x7b7d'`, "blob": "x'7b7d'",
		"date": "'2026-03-02'", "timestamptz": "'2026-03-02T09:30:00Z'",
	}
	names, row := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], row[i] = c.name, values[c.kind]
		if row[i] == "" {
			row[i] = "'{}'"
		}
	}
	_, err := db.Exec("insert into " + table + " (" + strings.Join(names, ", ") + ") values (" + strings.Join(row, ", ") + ") on conflict do nothing") // a migration may have made the same row
	return err
}
