package storetest

import (
	"maps"
	"reflect"
	"testing"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/reconcile"
)

// TestSettledAmounts: a document in another currency than an account counts
// there with what was settled, in the account's own currency, and with its
// amount on an account in its own.
func TestSettledAmounts(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.book.Accounts.Clearing = map[money.Currency]string{"USD": "clearing", "EUR": "clearing-eur"}
		at := func(id, account string, settled int64) receivables.Receipt {
			r := receipt(id, "c", 90)
			r.Currency, r.AccountID, r.Settled = "EUR", account, settled
			return r
		}
		back := receivables.Document{
			ID: "d1", Kind: receivables.DocumentExpense, State: receivables.StateLive, Currency: "EUR", Date: "2026-03-04", Total: 40,
			Postings: []receivables.Posting{{AccountID: "clearing", Amount: -40, Settled: -45}, {AccountID: "ar-eur", Amount: 40, Settled: 45}},
		}
		charged := movement("txn_1", "ch_1", 98, 0)
		w.pull(stripeID, 1, charged)
		w.pull(ledgerID, 1,
			receivables.Account{ID: "clearing", Type: receivables.AccountBank, Currency: "USD", Active: true},
			receivables.Account{ID: "clearing-eur", Type: receivables.AccountBank, Currency: "EUR", Active: true},
			receivables.Account{ID: "ar-eur", Type: receivables.AccountReceivable, Currency: "EUR", Active: true},
			at("r1", "clearing", 98), at("r2", "clearing-eur", 99), at("r3", "clearing-eur", 0), receipt("r4", "c", 7), back)
		sums, err := s.ClearingSums(w.ctx, w.book, "")
		w.must(err)
		if want := map[money.Currency]int64{"USD": 98 + 7 - 45, "EUR": 180}; !maps.Equal(sums, want) {
			t.Errorf("clearing %v, want %v", sums, want)
		}
		docs, err := s.Documents(w.ctx, w.book, nil, []receivables.Ref{back.Ref(), {Kind: receivables.KindReceipt, ID: "r1"}, {Kind: receivables.KindReceipt, ID: "r2"}})
		w.must(err)
		posted := map[string]map[money.Currency]int64{}
		for _, d := range docs {
			posted[d.Ref.ID] = d.Posted
		}
		if want := map[string]map[money.Currency]int64{"d1": {"USD": -45, "EUR": 40}, "r1": {"USD": 98}, "r2": {"EUR": 90}}; !reflect.DeepEqual(posted, want) {
			t.Errorf("posted %v, want %v", posted, want)
		}
		part := w.part("txn_1", mapping.PurposeReceipt, "7", 98, reconcile.PartLive)
		part.Document = receivables.Ref{Kind: receivables.KindReceipt, ID: "r1"}
		w.save(reconcile.Result{Parts: []reconcile.PartRow{part}})
		open, err := s.Unbooked(w.ctx, w.book)
		w.must(err)
		if len(open) != 0 {
			t.Errorf("a payment that stands as it was settled is missing: %+v", open)
		}
		changed := at("r1", "clearing", 97) // somebody has changed its rate
		w.pull(ledgerID, 2, changed)
		open, err = s.Unbooked(w.ctx, w.book)
		w.must(err)
		if len(open) != 1 || open[0].Missing != 1 || open[0].Currency != "USD" {
			t.Errorf("a cent that somebody took is not missing: %+v", open)
		}
	})
}
