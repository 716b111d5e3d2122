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
