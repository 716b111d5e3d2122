package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"tieout/internal/testdb"
	"tieout/links"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/undo"
)

// types says which type of SQLite stands for which of PostgreSQL's.
func types() map[string]string {
	return map[string]string{
		"text": "text", "int8": "bigint", "bool": "boolean", "bytea": "blob", "jsonb": "text", "date": "text", "timestamptz": "text",
	}
}

// TestSameSchema checks that both engines have the same tables and columns,
// equally nullable and of matching types.
func TestSameSchema(t *testing.T) {
	t.Parallel()
	have := columnsOf(t, engines.SQLite(t))
	want := columnsOf(t, engines.Postgres(t))
	for i, c := range want {
		kind, ok := types()[c.kind]
		if !ok {
			t.Errorf("%s.%s has the type %s, which no rule covers", c.table, c.name, c.kind)
		}
		want[i].kind = kind
	}
	order := func(a, b columnRow) int { return compare(a.table+" "+a.name, b.table+" "+b.name) }
	slices.SortFunc(have, order)
	slices.SortFunc(want, order)
	if len(have) == 0 || !slices.Equal(have, want) {
		t.Errorf("the schemas differ:\nsqlite   %v\npostgres %v", without(have, want), without(want, have))
	}
}

// TestTextByBytes: two columns of different orders are compared along no index,
// so that PostgreSQL has text in one order, which is SQLite's.
func TestTextByBytes(t *testing.T) {
	t.Parallel()
	var others []string
	rows, err := engines.Postgres(t).DB().QueryContext(t.Context(), `select c.relname || '.' || a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
		where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
			and a.attcollation not in (0, '"C"'::regcollation) and c.relname not like 'river%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		others = append(others, column)
	}
	if err := rows.Err(); err != nil || len(others) > 0 {
		t.Errorf(`without collate "C": %q, %v`, others, err)
	}
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func without(list, others []columnRow) []columnRow {
	return slices.DeleteFunc(slices.Clone(list), func(c columnRow) bool { return slices.Contains(others, c) })
}

// TestMigrations goes down and up again, step by step, and from the first
// version with data.
func TestMigrations(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		full := tablesOf(t, s)
		_, newest, err := s.Versions(ctx)
		if err != nil || newest < 3 {
			t.Fatalf("newest %d, %v", newest, err)
		}
		for v := newest - 1; v >= 0; v-- {
			if err := s.MigrateTo(ctx, v); err != nil {
				t.Fatal(err)
			}
		}
		if left := tablesOf(t, s); len(left) != 0 {
			t.Errorf("going down leaves %v", left)
		}
		if err := s.Check(ctx); !errors.Is(err, store.ErrOlder) {
			t.Errorf("an empty database: %v", err)
		}
		if err := s.MigrateTo(ctx, 1); err != nil {
			t.Fatal(err)
		}
		firstData(t, raw(t, s))
		steps, err := s.Migrate(ctx)
		if err != nil || steps != int(newest)-1 {
			t.Errorf("%d steps, %v", steps, err)
		}
		if again := tablesOf(t, s); !slices.Equal(again, full) {
			t.Errorf("up again gives %v, want %v", again, full)
		}
		if b, err := s.Book(ctx, "main", bookID); err != nil || b.Generation != 1 {
			t.Errorf("the data of the first version: %+v, %v", b, err)
		}
		if steps, err := s.Migrate(ctx); steps != 0 || err != nil {
			t.Errorf("a second migration: %d steps, %v", steps, err)
		}
		if err := s.Check(ctx); err != nil {
			t.Errorf("a migrated database: %v", err)
		}
	})
}

// firstData fills a database of the first version.
func firstData(t *testing.T, db *sql.DB) {
	t.Helper()
	for _, statement := range []string{
		`insert into tenant (id) values ('main')`,
		`insert into connection (tenant, id, vendor, external_id, grant_id, state, why, profile, schedule, failures)
			values ('main', 'l', 'xero', 'x', 'g', 'active', '', '{}', '@hourly', 0)`,
		`insert into book (tenant, id, name, ledger, generation, opening, accounts, settings, writes, zone)
			values ('main', '` + bookID + `', 'Main', 'l', 1, '{}', '{}', '{}', false, 'UTC')`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func tablesOf(t *testing.T, s *store.Store) []string {
	t.Helper()
	names := map[string]bool{}
	for _, c := range columnsOf(t, s) {
		names[c.table] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// TestOpen checks addresses that are none.
func TestOpen(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", ":memory:", "mysql://x"} {
		if _, err := store.Open(context.Background(), address, store.Options{}); !errors.Is(err, store.ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "no", "such", "folder.db"), store.Options{}); err == nil {
		t.Error("a file in a folder that does not exist was opened")
	}
}

// TestNoKey checks that credentials are refused without a key.
func TestNoKey(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "odd name? #1 %41.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, Store: s, ctx: ctx}
	if err := w.SaveGrant(ctx, grant()); !errors.Is(err, store.ErrNoKey) {
		t.Errorf("got %v", err)
	}
}

// TestCancelled checks that a cancelled call says so on both engines.
func TestCancelled(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx, cancel := context.WithCancel(w.ctx)
		cancel()
		if _, err := s.Marks(ctx, w.book, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("reading: %v", err)
		}
		if err := s.MarkBooks(ctx, "main", ledgerID, now); !errors.Is(err, context.Canceled) {
			t.Errorf("writing: %v", err)
		}
	})
}

// TestTenants writes the same ids for two tenants and checks that neither
// sees, nor touches, what is the other's.
func TestTenants(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		a, b := newWorld(t, s), newTenant(t, s, "other")
		a.fill(100)
		before := a.view()
		b.fill(7)
		if after := a.view(); after != before {
			t.Errorf("another tenant's rows show:\n%s\n%s", before, after)
		}
		if a.view() == b.view() {
			t.Error("the two tenants hold the same: the test proves nothing")
		}
	})
}

// fill writes the same keys with figures of the tenant's own.
func (w *world) fill(n int64) {
	w.Helper()
	deposit := receivables.Document{
		ID: "d", Kind: receivables.DocumentDeposit, State: receivables.StateLive, Currency: "USD", Date: "2026-03-04", Total: n, Marker: "TIE-D",
		Postings: []receivables.Posting{{AccountID: "bank", Amount: n}, {AccountID: "clearing", Amount: n}},
	}
	other := deposit
	other.ID = "e"
	payout := receivables.Payout{ID: "po", Amount: n, Currency: "USD", Status: "paid", Arrival: "2026-03-04", Destination: fmt.Sprint("ba", n), Created: now, Movement: "txn_1"}
	w.pull(stripeID, 1, payout)
	w.pull(ledgerID, 1, deposit, other, receivables.Account{ID: "clearing", Type: receivables.AccountReceivable, Name: fmt.Sprint(n)})
	w.pull(ledgerID, 1, invoice("1", "c", n, n-1), receipt("r", "c", n), receivables.Customer{ID: "c", Name: fmt.Sprint("Name", n), Active: true})
	w.pull(stripeID, 1, charge("1", n), movement("txn_1", "1", n, 1))
	w.save(reconcile.Result{
		Outcomes:    []reconcile.Outcome{{Connection: stripeID, Movement: "txn_1", State: reconcile.MovementSettled, Held: n}},
		Allocations: []reconcile.Allocation{w.allocation("txn_1", "1", n)},
		Parts:       []reconcile.PartRow{w.part("txn_1", "receipt", "1", n, reconcile.PartSent)},
		Decisions:   []reconcile.Decision{{ID: "d", Subject: "movement/txn_1", Kind: "match", Question: fmt.Sprint(n)}},
		Links:       []links.Link{{Tenant: w.book.Tenant, Book: bookID, Invoice: "1", Generation: 1, State: links.StateActive, ID: "plink", Amount: n}},
		Intents:     []push.Intent{w.intent(fmt.Sprint(n), push.StatePlanned)},
		Exceptions:  []reconcile.Exception{{Subject: "x", Kind: "y", Text: fmt.Sprint(n)}},
	})
}

// view is what a tenant can see, as text.
func (w *world) view() string {
	w.Helper()
	var out []any
	add := func(v any, err error) {
		w.Helper()
		w.must(err)
		out = append(out, v)
	}
	for _, read := range []func() (any, error){
		func() (any, error) { return w.Connections(w.ctx, w.book.Tenant) },
		func() (any, error) { return w.Marks(w.ctx, w.book, 99) },
		func() (any, error) {
			return w.Invoices(w.ctx, w.book, reconcile.InvoiceQuery{Customers: []string{"c"}})
		},
		func() (any, error) { return w.Customers(w.ctx, w.book, reconcile.CustomerQuery{IDs: []string{"c"}}) },
		func() (any, error) { return w.Receipts(w.ctx, w.book, []string{"c"}, nil, "2000-01-01") },
		func() (any, error) { return w.Ties(w.ctx, w.book, []string{"txn_1"}, []string{"1"}) },
		func() (any, error) { return w.StripeSums(w.ctx, w.book) },
		func() (any, error) { return w.LedgerSums(w.ctx, w.book) },
		func() (any, error) { return w.Unbooked(w.ctx, w.book) },
		func() (any, error) { return w.OpenExceptions(w.ctx, w.book.Tenant) },
		func() (any, error) { return w.OpenDecisions(w.ctx, w.book.Tenant, bookID) },
		func() (any, error) { return w.Counts(w.ctx, w.book.Tenant, ledgerID) },
		func() (any, error) { return w.Payouts(w.ctx, w.book) },
		func() (any, error) { return w.Suspects(w.ctx, w.book) },
		func() (any, error) { return w.Traces(w.ctx, w.book) },
		func() (any, error) { return w.Disputes(w.ctx, w.book) },
		func() (any, error) { return w.Returned(w.ctx, w.book) },
		func() (any, error) { return w.Positions(w.ctx, w.book) },
		func() (any, error) { return w.CustomerGaps(w.ctx, w.book) },
		func() (any, error) { return w.AccountSum(w.ctx, w.book, "bank") },
		func() (any, error) { return w.Strangers(w.ctx, w.book, "2027-01-01") },
		func() (any, error) { return w.LaterEntries(w.ctx, w.book, "2000-01-01") },
		func() (any, error) { return w.Breaches(w.ctx, w.book) },
		func() (any, error) { return w.LinkCounts(w.ctx, w.book) },
		func() (any, error) { return w.MatchCounts(w.ctx, w.book) },
		func() (any, error) { return w.WrittenDocuments(w.ctx, w.book) },
		func() (any, error) { return w.entries(store.JournalQuery{}), nil },
		func() (any, error) {
			return w.UndoParts(w.ctx, w.book, undo.Selection{States: []reconcile.PartState{reconcile.PartPlanned, reconcile.PartLive}, Purpose: mapping.PurposeReceipt})
		},
		func() (any, error) { return w.IntentsByID(w.ctx, w.book.Tenant, []string{"1", "2"}) },
		func() (any, error) { return w.Undoing(w.ctx, w.book) },
		func() (any, error) { return w.MatchOf(w.ctx, w.book, "txn_1") },
		func() (any, error) { return w.LinkedInvoices(w.ctx, w.book, "", "", 9) },
		func() (any, error) { return w.Created(w.ctx, w.book) },
		func() (any, error) { return w.LinksByID(w.ctx, w.book, []string{"plink"}) },
		func() (any, error) { return w.Documents(w.ctx, w.book, []string{"TIE-D"}, nil) },
		func() (any, error) { return w.LedgerAccounts(w.ctx, w.book.Tenant, ledgerID) },
		func() (any, error) { return w.Destinations(w.ctx, w.book.Tenant, []string{stripeID}) },
		func() (any, error) { return w.DestinationsPaid(w.ctx, w.book.Tenant, []string{stripeID}) },
		func() (any, error) {
			return w.DestinationsShown(w.ctx, w.book.Tenant, []string{stripeID})
		},
		func() (any, error) {
			return w.ReceiptLines(w.ctx, w.book, []receivables.Receipt{{ID: "1", Marker: "m", AccountID: "35", Date: "2026-03-01"}})
		},
		func() (any, error) { return w.OpeningNet(w.ctx, w.book.Tenant, []string{stripeID}, now.Add(1)) },
		func() (any, error) { return w.OpenReceivables(w.ctx, w.book.Tenant, ledgerID) },
		func() (any, error) { return w.BookReceivables(w.ctx, w.book) },
		func() (any, error) { return w.BilledSums(w.ctx, w.book) },
		func() (any, error) { return w.Billed(w.ctx, w.book, reconcile.BilledQuery{IDs: []string{"in_1"}}) },
		func() (any, error) { return w.BilledIDs(w.ctx, w.book, "", 9) },
		func() (any, error) {
			return w.Intents(w.ctx, w.book.Tenant, bookID, []push.State{push.StatePlanned}, 9)
		},
		func() (any, error) { return w.Books(w.ctx, w.book.Tenant) },
		func() (any, error) {
			return w.OpenMovements(w.ctx, w.book, []reconcile.MovementState{"settled"}, "", 9)
		},
		func() (any, error) { return w.InvoiceIDs(w.ctx, w.book, "", 9) },
		func() (any, error) { return w.ClearingSums(w.ctx, w.book, "") },
		func() (any, error) {
			return w.Raw(w.ctx, w.book, []receivables.Ref{{Kind: "invoice", ID: "1"}})
		},
	} {
		add(read())
	}
	movements, err := w.Movements(w.ctx, w.book, []string{"txn_1"})
	w.must(err)
	if len(movements) != 1 || movements[0].Charge == nil {
		w.Fatalf("movements: %+v", movements)
	}
	return fmt.Sprintf("%+v %+v %+v", out, movements[0].Row, *movements[0].Charge)
}

// TestTwoProcesses checks that two stores on one SQLite file work side by
// side, and that the second one's lease is refused.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	path := testdb.SQLite(t)
	first := open(t, path)
	if _, err := first.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	second := open(t, path)
	a := newWorld(t, first)
	a.hold("connection/" + ledgerID)
	l := leaseFor("somebody else")
	if _, ok, err := second.AcquireLease(a.ctx, l, now); ok || err != nil {
		t.Errorf("the second process: %v, %v", ok, err)
	}
}
