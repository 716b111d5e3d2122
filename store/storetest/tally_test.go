package storetest

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tieout/receivables"
	"tieout/store"
)

// beforeTally is the schema that has no kept sums yet.
const beforeTally = 21

// TestTallyFollows changes documents again and again, and compares what was kept
// along the way with what the migration adds up from the documents.
func TestTallyFollows(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		draw := rapid.Custom(func(t *rapid.T) receivables.Entity {
			id := fmt.Sprint(rapid.IntRange(1, 12).Draw(t, "id"))
			day := receivables.Date("2026-02-20").AddDays(rapid.IntRange(-60, 60).Draw(t, "day"))
			total := rapid.Int64Range(1, 3).Draw(t, "total") * 100
			state := rapid.SampledFrom([]receivables.State{receivables.StateLive, receivables.StateLive, receivables.StateVoid}).Draw(t, "state")
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				kind := rapid.SampledFrom([]receivables.CreditKind{receivables.CreditNote, receivables.CreditOverpaid, receivables.CreditPrepaid, receivables.CreditUnapplied}).Draw(t, "credit")
				return receivables.Credit{ID: id, Kind: kind, CustomerID: "c1", State: state, Currency: "USD", Issued: day, Total: total, Remaining: total}
			case 1:
				return receivables.Receipt{ID: id, CustomerID: "c1", State: state, Currency: "EUR", Date: day, Total: total}
			}
			v := invoice(id, "c1", total, rapid.SampledFrom([]int64{0, total / 2, total}).Draw(t, "balance"))
			v.State, v.Issued, v.Due = state, day, rapid.SampledFrom([]receivables.Date{"", day, day.AddDays(30)}).Draw(t, "due")
			v.Deposit = rapid.SampledFrom([]int64{0, 50}).Draw(t, "deposit")
			return v
		})
		for round := range 6 {
			var list []receivables.Entity
			for i := range 10 {
				e := draw.Example(round*10 + i)
				// One object comes at most once in a page of this test.
				if !slices.ContainsFunc(list, func(x receivables.Entity) bool { return x.Ref() == e.Ref() }) {
					list = append(list, e)
				}
			}
			w.pull(ledgerID, int64(round+1), list...)
		}
		kept := tallied(w)
		w.must(s.MigrateTo(w.ctx, beforeTally))
		_, err := s.Migrate(w.ctx)
		w.must(err)
		if added := tallied(w); len(kept) < 10 || !slices.Equal(kept, added) {
			t.Errorf("kept\n%v\nthe documents come to\n%v", kept, added)
		}
	})
}

func tallied(w *world) (rows []string) {
	w.Helper()
	list, err := w.DB().QueryContext(w.ctx, `select kind, currency, day, count, total, balance from tally where tenant = 'main' and connection = '`+ledgerID+`' order by kind, currency, day`)
	w.must(err)
	defer list.Close()
	for list.Next() {
		var kind, currency, day string
		var count, total, balance int64
		w.must(list.Scan(&kind, &currency, &day, &count, &total, &balance))
		rows = append(rows, fmt.Sprintln(kind, currency, day, count, total, balance))
	}
	w.must(list.Err())
	return rows
}

// TestMonths gives what each month billed and collected.
func TestMonths(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		march, may := invoice("1", "c1", 100_00, 20_00), invoice("2", "c1", 50_00, 50_00)
		march.Issued, march.Deposit, may.Issued = "2026-03-09", 5_00, "2026-05-31"
		w.pull(ledgerID, 1, march, may,
			receivables.Credit{ID: "3", Kind: receivables.CreditNote, CustomerID: "c1", State: receivables.StateLive, Currency: "USD", Issued: "2026-05-02", Total: 7_00},
			receivables.Credit{ID: "4", Kind: receivables.CreditPrepaid, CustomerID: "c1", State: receivables.StateLive, Currency: "USD", Issued: "2026-05-02", Total: 9_00},
			receivables.Receipt{ID: "5", CustomerID: "c1", State: receivables.StateLive, Currency: "USD", Date: "2026-04-30", Total: 75_00},
			receivables.Receipt{ID: "6", CustomerID: "c1", State: receivables.StateVoid, Currency: "USD", Date: "2026-04-30", Total: 75_00})
		got, err := s.Months(w.ctx, "main", ledgerID, "2026-06-01")
		w.must(err)
		want := []receivables.Month{
			{First: "2026-03-01", Invoiced: 100_00, Invoices: 1, Collected: 5_00, Receipts: 1},
			{First: "2026-04-01", Collected: 75_00, Receipts: 1},
			{First: "2026-05-01", Invoiced: 50_00, Credited: 7_00, Collected: 9_00, Invoices: 1, Receipts: 1},
			{First: "2026-06-01"},
		}
		if !slices.Equal(got["USD"], want) {
			t.Errorf("%+v\nwant\n%+v", got["USD"], want)
		}
	})
}
