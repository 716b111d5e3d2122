package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tieout/books"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/store/storetest"
	"tieout/sync/lease"
)

// stranger is the other tenant. It has the same ids as the one that asks, all of
// them, and comes first in every order.
const stranger = "another"

// crowd is one database in the four states in which every method is tried: the
// tenant that asks alone or not, and the stranger there or not.
type crowd struct {
	*testing.T
	alone, both, only, empty *app.App
	columns                  map[string][]string
	known                    known
}

// TestEveryMethodKeepsToItsTenant calls every exported method of the store for
// one tenant. What it gives must not depend on whether a stranger has the same
// ids, neither beside rows of its own nor in their place, and the stranger's
// rows stay as they are. A method is called with arguments made from its
// parameters' types and names; it must give or change something, or say in
// tenantNotes why it does not.
func TestEveryMethodKeepsToItsTenant(t *testing.T) {
	t.Parallel()
	engines := storetest.New()
	t.Cleanup(engines.Stop)
	source := newHistory(t)
	engines.EachAddress(t, func(t *testing.T, fresh func() string) {
		c := &crowd{T: t, columns: source.columns, known: source.known}
		c.alone, c.both = c.fill(source, fresh(), books.Tenant), c.fill(source, fresh(), stranger, books.Tenant)
		c.only, c.empty = c.fill(source, fresh(), stranger), c.fill(source, fresh())
		reads, writes := storeMethods(t)
		before := c.strangers()
		for _, m := range reads {
			c.try(m, true)
		}
		c.unchanged("the methods that read", before)
		mine := c.rows(c.alone, books.Tenant)
		for _, m := range writes {
			if gave := c.try(m, false); gave {
				continue
			}
			now := c.rows(c.alone, books.Tenant)
			if reflect.DeepEqual(mine, now) && tenantNotes()[m.name] == "" {
				t.Errorf("%s gave and changed nothing: give it arguments that do", m.name)
			}
			mine = now
		}
		c.unchanged("the methods that write", before)
		if t.Failed() {
			return
		}
		if total := len(reads) + len(writes); total < 150 {
			t.Errorf("%d methods were tried", total)
		}
	})
}

// try calls a method in the four states and says whether it gave something.
func (c *crowd) try(m storeMethod, reads bool) bool {
	c.Helper()
	alone, both := c.call(c.alone, m), c.call(c.both, m)
	if !same(alone, both) {
		c.Errorf("%s gives something else when there is a stranger:\n%s\n%s", m.name, alone, both)
	}
	only, empty := c.call(c.only, m), c.call(c.empty, m)
	if !same(only, empty) {
		c.Errorf("%s sees a stranger's rows:\n%s\n%s", m.name, only, empty)
	}
	if alone.err != nil && tenantNotes()[m.name] == "" {
		c.Errorf("%s failed: %v", m.name, alone.err)
	}
	if reads && !alone.something() && tenantNotes()[m.name] == "" {
		c.Errorf("%s gave nothing: %s", m.name, alone)
	}
	return alone.something()
}

// result is what a call gave, its yields included.
type result struct {
	values []any
	err    error
}

func (r result) String() string { return fmt.Sprintf("%.1500v, %v", fmt.Sprint(r.values), r.err) }

// something says whether there was more than a zero or empty value.
func (r result) something() bool {
	return slices.ContainsFunc(r.values, func(v any) bool {
		x := reflect.ValueOf(v)
		switch x.Kind() {
		case reflect.Invalid:
			return false
		case reflect.Map, reflect.Slice:
			return x.Len() > 0
		}
		return !x.IsZero()
	})
}

func same(a, b result) bool {
	return fmt.Sprint(a.err) == fmt.Sprint(b.err) && reflect.DeepEqual(a.values, b.values)
}

func (c *crowd) call(a *app.App, m storeMethod) result {
	c.Helper()
	var out result
	args := []reflect.Value{reflect.ValueOf(a.Store)}
	for i, name := range m.params {
		args = append(args, c.argument(a, m, name, m.method.Type.In(i+1), &out))
	}
	if m.method.Type.IsVariadic() {
		args = args[:len(args)-1]
	}
	for _, v := range m.method.Func.Call(args) {
		if err, failed := reflect.TypeAssert[error](v); failed {
			out.err = err
		} else if v.Type() != reflect.TypeFor[error]() {
			out.values = append(out.values, v.Interface())
		}
	}
	return out
}

// lease takes a lease of the tenant that asks.
func (c *crowd) lease(a *app.App) lease.Lease {
	c.Helper()
	l, ok, err := a.Store.AcquireLease(context.Background(), lease.Lease{Tenant: books.Tenant, Name: "tried", Holder: "me", Until: later}, testNow)
	if err != nil || !ok {
		c.Fatal("no lease", ok, err)
	}
	return l
}

// unchanged looks at the stranger's rows.
func (c *crowd) unchanged(who string, before map[string]string) {
	c.Helper()
	for table, rows := range c.strangers() {
		if rows != before[table] {
			c.Fatalf("%s: a stranger's rows of %s have changed", who, table)
		}
	}
}

func (c *crowd) strangers() map[string]string {
	c.Helper()
	out := map[string]string{}
	for name, a := range map[string]*app.App{"both": c.both, "only": c.only} {
		for table, rows := range c.rows(a, stranger) {
			out[name+"."+table] = rows
		}
	}
	return out
}

// rows is the text of a tenant's rows, by table.
func (c *crowd) rows(a *app.App, tenant string) map[string]string {
	c.Helper()
	out := map[string]string{}
	for table, columns := range c.columns {
		if slices.Contains(columns, "tenant") {
			out[table] = textOf(c.T, a.Store.DB(), "select * from "+table+" where tenant = $1", tenant)
		}
	}
	return out
}

func textOf(t *testing.T, db *sql.DB, query string, args ...any) string {
	t.Helper()
	var lines []string
	eachRow(t, db, func(row []any) {
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = string(b)
			}
		}
		lines = append(lines, fmt.Sprint(row))
	}, query, args...)
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func eachRow(t *testing.T, db *sql.DB, do func(row []any), query string, args ...any) {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		do(row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// fill opens a database with a copy of the history for each tenant.
func (c *crowd) fill(h *history, address string, tenants ...string) *app.App {
	c.Helper()
	driver, target := "sqlite", address
	if strings.HasPrefix(address, "postgres") {
		driver = "postgres"
	}
	db, err := sql.Open(driver, target)
	if err != nil {
		c.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		c.Fatal(err)
	}
	for _, tenant := range tenants {
		for _, table := range h.tables {
			h.copy(c.T, tx, table, tenant)
		}
	}
	if err := tx.Commit(); err != nil {
		c.Fatal(err)
	}
	a, err := app.Open(c.Context(), app.Config{Database: address, Key: secret.Key{1}, Clock: clock.At(testNow), Random: rand.NewChaCha8([32]byte{3})})
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { _ = a.Close() })
	return a
}

func (h *history) copy(t *testing.T, tx *sql.Tx, table, tenant string) {
	t.Helper()
	columns := h.columns[table]
	marks := make([]string, len(columns))
	for i := range columns {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	owner := slices.Index(columns, "tenant")
	if table == "tenant" {
		owner = 0
	}
	insert := "insert into " + table + " (" + strings.Join(columns, ", ") + ") values (" + strings.Join(marks, ", ") + ")"
	if table == "person" { // the same people belong to both
		for _, row := range h.rows[table] {
			if _, err := tx.Exec(insert+" on conflict do nothing", row...); err != nil {
				t.Fatalf("%s: %v\n%v", insert, err, row)
			}
		}
	}
	if owner < 0 {
		return // rows of no tenant
	}
	for _, row := range h.rows[table] {
		row = slices.Clone(row)
		if row[owner] != books.Tenant {
			continue
		}
		row[owner] = tenant
		for i, value := range row {
			if text, ok := value.(string); ok && strings.HasPrefix(text, "token-") && tenant != books.Tenant {
				row[i] = tenant + text // what is drawn by chance is nobody else's
			}
		}
		if _, err := tx.Exec(insert, row...); err != nil {
			t.Fatalf("%s: %v\n%v", insert, err, row)
		}
	}
}
