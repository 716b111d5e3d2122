package storetest

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/reconcile"
)

// TestAgedSums shares what is open among the same buckets as the model does.
func TestAgedSums(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		const today = receivables.Date("2026-03-31")
		items := map[money.Currency][]receivables.OpenItem{}
		var list []receivables.Entity
		draw := rapid.Custom(func(t *rapid.T) receivables.Invoice {
			due := today.AddDays(-rapid.SampledFrom([]int{-400, -1, 0, 1, 29, 30, 31, 59, 60, 61, 89, 90, 91, 2000}).Draw(t, "days"))
			v := invoice("", "c", 100, rapid.Int64Range(-50, 100).Draw(t, "balance"))
			v.Currency = rapid.SampledFrom([]money.Currency{"USD", "EUR"}).Draw(t, "currency")
			v.Issued, v.Due = due.AddDays(-10), due
			if rapid.Bool().Draw(t, "undated") {
				v.Issued, v.Due = due, ""
			}
			return v
		})
		for i := range 200 {
			v := draw.Example(i)
			v.ID = fmt.Sprint(i)
			list = append(list, v)
			if v.Balance != 0 {
				items[v.Currency] = append(items[v.Currency], receivables.OpenItem{Balance: v.Balance, Due: v.Due, Issued: v.Issued})
			}
		}
		void := invoice("void", "c", 10, 10)
		void.State = receivables.StateVoid
		w.pull(ledgerID, 1, append(list, void)...)
		sums, err := s.AgedSums(w.ctx, w.book, today, "")
		w.must(err)
		got, count := map[money.Currency]receivables.Ageing{}, 0
		for _, x := range sums {
			a := got[x.Currency]
			*[]*int64{&a.Current, &a.To30, &a.To60, &a.To90, &a.Over90}[x.Bucket] += x.Amount
			got[x.Currency] = a
			count += x.Count
		}
		for c, open := range items {
			want, err := receivables.Age(open, 0, today, receivables.ByDue)
			w.must(err)
			if got[c] != want {
				t.Errorf("%s: %+v, want %+v", c, got[c], want)
			}
			count -= len(open)
		}
		if count != 0 || len(got) != len(items) {
			t.Errorf("%d more or fewer invoices, currencies %d", count, len(got))
		}
		none, err := s.AgedSums(w.ctx, w.book, today, "somebody of sales")
		w.must(err)
		if len(none) != 0 {
			t.Errorf("somebody without customers sees %+v", none)
		}
	})
}

// TestArrivals gives the newest payments first, with their payers, what they
// pay, and whether somebody is asked.
func TestArrivals(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		old, fee := movement("txn_old", "ch_old", 700, 10), movement("txn_fee", "fee", -30, 0)
		old.Created, fee.Type = now.AddDate(0, 0, -1), "stripe_fee"
		late := movement("txn_2", "ch_2", 300, 10)
		late.Created = now.Add(time.Minute)
		w.pull(stripeID, 1, receivables.Payer{ID: "cus_1", Name: "Ada"}, charge("ch_1", 500), movement("txn_1", "ch_1", 500, 10), late, old, fee)
		w.pull(ledgerID, 1, invoice("7", "c", 500, 500))
		w.save(reconcile.Result{
			Allocations: []reconcile.Allocation{{
				Connection: stripeID, Movement: "txn_1", Charge: "ch_1", Invoice: "7", Customer: "c", Amount: 500, Currency: "USD", Rule: "link",
			}},
			Decisions: []reconcile.Decision{{ID: "d", Subject: "movement/txn_2", Kind: "match", Question: "?"}},
		})
		list, sums, count, err := s.Arrivals(w.ctx, w.book, now, 10)
		w.must(err)
		if count != 2 || len(sums) != 1 || sums[0] != (money.Money{Minor: 800, Currency: "USD"}) {
			t.Errorf("%d arrivals, %v", count, sums)
		}
		if len(list) != 2 || list[0].Movement != "txn_2" || !list[0].Asked || len(list[0].Invoices) != 0 {
			t.Fatalf("arrivals %+v", list)
		}
		if a := list[1]; a.Payer.Name != "Ada" || a.Asked || !a.At.Equal(now) || len(a.Invoices) != 1 || a.Invoices[0].Number != "INV-7" {
			t.Errorf("the first payment: %+v", a)
		}
		if one, _, all, err := s.Arrivals(w.ctx, w.book, now, 1); err != nil || len(one) != 1 || all != 2 {
			t.Errorf("limited: %d of %d, %v", len(one), all, err)
		}
	})
}
