package storetest

import (
	"fmt"
	"slices"
	"testing"

	"tieout/listing"
	"tieout/receivables"
	"tieout/store"
)

// TestPagesOfOneInstant: Stripe's times are whole seconds, so a page may end in
// the middle of one. Nothing is left out and nothing comes twice.
func TestPagesOfOneInstant(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		var all []receivables.Entity
		for i := range 7 {
			m := movement(fmt.Sprintf("txn_%d", i), fmt.Sprintf("ch_%d", i), 100, 3)
			p := receivables.Payout{ID: fmt.Sprintf("po_%d", i), Amount: 97, Currency: "USD", Status: "paid", Created: now, Movement: "m"}
			if i == 6 {
				m.Created, p.Created = now.AddDate(0, 0, 1), now.AddDate(0, 0, 1)
			}
			all = append(all, m, p)
		}
		w.pull(stripeID, 1, all...)
		var movements, payouts []string
		var at, paid listing.Moment
		for range 5 {
			list, err := s.MovementTraces(w.ctx, w.book, store.TraceQuery{Before: at, Limit: 2})
			w.must(err)
			for _, m := range list {
				movements, at = append(movements, m.Movement), listing.Moment{At: m.At, ID: m.Movement}
			}
			rows, err := s.PayoutList(w.ctx, w.book, "", paid, 2)
			w.must(err)
			for _, r := range rows {
				payouts, paid = append(payouts, r.ID), listing.Moment{At: r.Created, ID: r.ID}
			}
		}
		if want := []string{"txn_6", "txn_5", "txn_4", "txn_3", "txn_2", "txn_1", "txn_0"}; !slices.Equal(movements, want) {
			t.Errorf("the pages have %q", movements)
		}
		if want := []string{"po_6", "po_5", "po_4", "po_3", "po_2", "po_1", "po_0"}; !slices.Equal(payouts, want) {
			t.Errorf("the pages have %q", payouts)
		}
	})
}

// TestTraceQueries finds movements by their id, by what they moved, by their
// payout and state, over two connections.
func TestTraceQueries(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		const other = "stripe-2"
		b := w.book
		b.Sources = []string{stripeID, other}
		at := func(m receivables.BalanceTransaction, kind, payout string, days int) receivables.BalanceTransaction {
			m.Type, m.Payout, m.Created = kind, payout, now.AddDate(0, 0, days)
			return m
		}
		w.pull(stripeID, 1, charge("ch_1", 100), at(movement("txn_ch_1", "ch_1", 100, 3), "charge", "po_1", 1),
			at(movement("txn_2", "ch_unknown", 100, 3), "payment", "po_1", 2), at(movement("txn_3", "re_3", -50, 0), "refund", "po_1", 3))
		w.pull(other, 1, at(movement("txn_4", "ch_4", 100, 3), "charge", "", 2), at(movement("txn_5", "ch_5", 100, 3), "charge", "po_2", 0))
		for name, x := range map[string]struct {
			q    store.TraceQuery
			want []string
		}{
			"payments":        {store.TraceQuery{Limit: 9}, []string{"txn_4", "txn_2", "txn_ch_1", "txn_5"}},
			"some":            {store.TraceQuery{Limit: 2}, []string{"txn_4", "txn_2"}},
			"behind":          {store.TraceQuery{Before: listing.Moment{At: now.AddDate(0, 0, 2), ID: "txn_4"}, Limit: 2}, []string{"txn_2", "txn_ch_1"}},
			"by id":           {store.TraceQuery{ID: "txn_3", Limit: 1}, []string{"txn_3"}},
			"by charge":       {store.TraceQuery{ID: "ch_1", Limit: 1}, []string{"txn_ch_1"}},
			"charge unknown":  {store.TraceQuery{ID: "ch_unknown", Limit: 1}, []string{"txn_2"}},
			"by refund":       {store.TraceQuery{ID: "re_3", Limit: 1}, []string{"txn_3"}},
			"nothing":         {store.TraceQuery{ID: "no", Limit: 1}, nil},
			"by payout":       {store.TraceQuery{Payout: "po_1", Limit: 9}, []string{"txn_3", "txn_2", "txn_ch_1"}},
			"new":             {store.TraceQuery{State: "new", Limit: 9}, []string{"txn_4", "txn_2", "txn_ch_1", "txn_5"}},
			"of no state yet": {store.TraceQuery{State: "held", Limit: 9}, nil},
		} {
			list, err := s.MovementTraces(w.ctx, b, x.q)
			w.must(err)
			var got []string
			for _, m := range list {
				got = append(got, m.Movement)
			}
			if !slices.Equal(got, x.want) {
				t.Errorf("%s: %q, want %q", name, got, x.want)
			}
		}
	})
}
