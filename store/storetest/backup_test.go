package storetest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/store"
	"tieout/sync/inbox"
	"tieout/sync/lease"
)

// backup is a whole backup of a store.
func backup(t *testing.T, s *store.Store) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := s.Backup(t.Context(), &out, now); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// lines are the rows of a backup by table, in one order, their JSON in one
// form; without what a restore changes.
func lines(t *testing.T, file []byte) map[string][]string {
	t.Helper()
	zipped, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zipped)
	if err != nil {
		t.Fatal(err)
	}
	out, table := map[string][]string{}, ""
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	for _, line := range all[1 : len(all)-1] {
		if line[0] == '{' {
			var head struct{ Table string }
			if err := json.Unmarshal([]byte(line), &head); err != nil {
				t.Fatal(err)
			}
			table = head.Table
			continue
		}
		var row []any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		for i, v := range row {
			var document any
			if text, ok := v.(string); ok && strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &document) == nil {
				row[i] = document // PostgreSQL orders the members of its jsonb
			}
		}
		one, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		out[table] = append(out[table], string(one))
	}
	for _, name := range []string{"lease", "restored", "connection"} {
		delete(out, name)
	}
	for _, rows := range out {
		slices.Sort(rows)
	}
	return out
}

// rich is a world with rows in many tables, and odd texts in them.
func rich(t *testing.T, s *store.Store) *world {
	t.Helper()
	w := newWorld(t, s)
	w.fill(4711)
	odd := invoice("odd", "c", -5, 0)
	odd.Number = "\"quoted\" \\ <b>&\u2028 \n{Ünï} ☃"
	w.pull(ledgerID, 2, odd)
	w.must(s.SaveGrant(w.ctx, grant()))
	w.must(s.SaveEvents(w.ctx, []inbox.Row{{Tenant: "main", Connection: ledgerID, Vendor: "quickbooks", State: inbox.StateNew, ReceivedAt: now, Event: connectors.Event{ID: "evt"}}}))
	w.hold("book/" + bookID)
	w.hold("connection/" + ledgerID)
	return w
}

// TestBackupAndRestore moves a database into an empty one of each engine: every
// row is the same, and a second backup holds the same rows.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, from *store.Store) {
		w := rich(t, from)
		file := backup(t, from)
		head, tail, err := store.CheckBackup(bytes.NewReader(file))
		if err != nil || head.Engine != from.Engine() || tail.Rows["invoice"] != 2 || tail.Rows["grants"] != 1 {
			t.Fatalf("%+v %+v %v", head, tail, err)
		}
		for name, into := range map[string]*store.Store{"sqlite": engines.SQLite(t), "postgres": engines.Postgres(t)} {
			if _, _, err := into.Restore(w.ctx, bytes.NewReader(file), now); err != nil {
				t.Errorf("into %s: %v", name, err)
				continue
			}
			want, have := lines(t, file), lines(t, backup(t, into))
			for _, table := range slices.Sorted(maps.Keys(want)) {
				if !slices.Equal(want[table], have[table]) {
					t.Errorf("%s into %s: table %s\nwas %s\nis  %s", from.Engine(), name, table, want[table], have[table])
				}
			}
			back := &world{T: t, Store: into, ctx: w.ctx, book: w.book}
			if a, b := w.view(), back.view(); a != b {
				t.Errorf("%s into %s: it reads otherwise:\n%s\n%s", from.Engine(), name, a, b)
			}
			if g, err := into.Grant(w.ctx, "main", "g"); err != nil || g != grant() {
				t.Errorf("the credentials: %v", err)
			}
			restoredRows(back)
		}
	})
}

// restoredRows checks what a restore changes: nobody holds a lease, fences have
// grown, everything is due, and every book is written to with caution.
func restoredRows(w *world) {
	w.Helper()
	if yes, err := w.Restored(w.ctx, "main", bookID); !yes || err != nil {
		w.Errorf("the book does not know that it was restored: %v", err)
	}
	l := leaseFor("somebody else")
	l, ok, err := w.AcquireLease(w.ctx, l, now)
	if !ok || err != nil || l.Fence < 3 {
		w.Errorf("the lease of the dead process: %+v %t %v", l, ok, err)
	}
	if due, err := w.DueConnections(w.ctx, "main", now, 9); len(due) != 2 || err != nil {
		w.Errorf("%d connections are due, %v", len(due), err)
	}
	w.must(w.Rested(w.ctx, lease.Lease{Tenant: "main", Name: l.Name, Holder: l.Holder, Fence: l.Fence}, bookID))
	if yes, err := w.Restored(w.ctx, "main", bookID); yes || err != nil {
		w.Errorf("at rest, and still cautious: %v", err)
	}
	if _, _, err := w.Restore(w.ctx, bytes.NewReader(backup(w.T, w.Store)), now); !errors.Is(err, store.ErrFilled) {
		w.Errorf("into a database with rows: %v", err)
	}
}

// TestDamagedBackup changes a backup at every place that matters: it is refused
// before anything is written.
func TestDamagedBackup(t *testing.T) {
	t.Parallel()
	from := engines.SQLite(t)
	rich(t, from)
	whole := unzipped(t, backup(t, from))
	empty := engines.SQLite(t)
	rows := bytes.Split(bytes.TrimSpace(whole), []byte("\n"))
	for name, damaged := range map[string][]byte{
		"nothing":          nil,
		"no gzip":          whole,
		"cut gzip":         zipped(t, whole)[:200],
		"without its end":  zipped(t, bytes.Join(rows[:len(rows)-1], []byte("\n"))),
		"a row less":       zipped(t, bytes.Join(slices.Delete(slices.Clone(rows), 5, 6), []byte("\n"))),
		"a figure changed": zipped(t, bytes.Replace(whole, []byte("4711"), []byte("4712"), 1)),
		"more behind it":   zipped(t, append(slices.Clone(whole), []byte("[1]\n")...)),
		"another's file":   zipped(t, []byte("{\"hello\":1}\n")),
	} {
		if _, _, err := empty.Restore(t.Context(), bytes.NewReader(damaged), now); !errors.Is(err, store.ErrBackup) {
			t.Errorf("%s: %v", name, err)
		}
	}
	newer := zipped(t, bytes.Replace(whole, []byte(`"schema":`), []byte(`"schema":9`), 1))
	if _, _, err := empty.Restore(t.Context(), bytes.NewReader(newer), now); err == nil {
		t.Error("a changed first line is taken")
	}
	for table, rows := range dump(t, empty) {
		if rows != "" {
			t.Errorf("a refused backup left rows in %s", table)
		}
	}
}

func unzipped(t *testing.T, file []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func zipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestBackupOfOneInstant: what is written while a backup is made is in it
// whole or not at all, and is not held up.
func TestBackupOfOneInstant(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := rich(t, s)
		before := lines(t, backup(t, s))
		first := true
		var out bytes.Buffer
		_, err := s.Backup(w.ctx, writing(func(p []byte) (int, error) {
			if first { // the snapshot was taken; the head is being written
				first = false
				w.pull(ledgerID, 3, invoice("late", "c", 5, 5))
			}
			return out.Write(p)
		}), now)
		w.must(err)
		got := lines(t, out.Bytes())
		if len(got["invoice"]) != len(before["invoice"]) && len(got["invoice"]) != len(before["invoice"])+1 {
			t.Errorf("%d invoices", len(got["invoice"]))
		}
		if a, b := len(got["invoice"]) == len(before["invoice"]), len(got["version"]) == len(before["version"]); a != b {
			t.Errorf("half of a page is in the backup: %d invoices, %d versions", len(got["invoice"]), len(got["version"]))
		}
	})
}

type writing func([]byte) (int, error)

func (w writing) Write(p []byte) (int, error) { return w(p) }

// TestRestoreOfOlderBackup: a backup of the first schema is brought up to the
// newest, on each engine.
func TestRestoreOfOlderBackup(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if err := s.MigrateTo(ctx, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Backup(ctx, io.Discard, now); !errors.Is(err, store.ErrOlder) {
			t.Errorf("a backup of nothing: %v", err)
		}
		if err := s.MigrateTo(ctx, 1); err != nil {
			t.Fatal(err)
		}
		firstData(t, raw(t, s))
		file := backup(t, s)
		into := engines.SQLite(t)
		if _, _, err := into.Restore(ctx, bytes.NewReader(file), now); err != nil {
			t.Fatal(err)
		}
		if b, err := into.Book(ctx, "main", bookID); err != nil || b.Name != "Main" {
			t.Errorf("the book: %+v, %v", b, err)
		}
		if err := into.Check(ctx); err != nil {
			t.Error(err)
		}
	})
}
