package storetest

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/lease"
	"tieout/sync/pull"
	"tieout/sync/sweep"
)

// TestSweptSets gives the ids of each set, page by page, and nothing of others.
func TestSweptSets(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		other := newTenant(t, s, "other")
		other.pull(ledgerID, 1, invoice("9", "c", 10, 10))
		voided := invoice("3", "c", 0, 5)
		voided.State = receivables.StateVoid
		w.pull(ledgerID, 4, invoice("1", "c", 10, 10), invoice("2", "c", 10, 0), voided, invoice("4", "c", 7, 7), invoice("5", "c", 7, 7))
		w.page(ledgerID, deletion(receivables.KindInvoice, "5", 9))
		document := receivables.Document{ID: "Deposit:1", Kind: receivables.DocumentDeposit, State: receivables.StateLive, Currency: "USD", Date: "2026-03-04"}
		old := document
		old.ID, old.Date = "Deposit:2", "2025-01-01"
		transfer := document
		transfer.ID = "Transfer:1"
		w.pull(ledgerID, 1, document, old, transfer, receipt("r", "c", 5))
		early := charge("0", 5)
		early.Created = now.Add(-time.Hour)
		w.pull(stripeID, 1, charge("1", 5), early)
		for _, c := range []struct {
			connection string
			set        connectors.Swept
			want       []string
		}{
			{ledgerID, connectors.Swept{Kind: receivables.KindInvoice, Open: true}, []string{"1", "4"}},
			{ledgerID, connectors.Swept{Kind: receivables.KindInvoice}, []string{"1", "2", "3", "4"}},
			{ledgerID, connectors.Swept{Kind: receivables.KindDocument, Prefix: "Deposit:", Since: "2026-03-04"}, []string{"Deposit:1"}},
			{ledgerID, connectors.Swept{Kind: receivables.KindDocument, Prefix: "Deposit:"}, []string{"Deposit:1", "Deposit:2"}},
			{ledgerID, connectors.Swept{Kind: receivables.KindReceipt, Since: "2026-02-20"}, []string{"r"}},
			{ledgerID, connectors.Swept{Kind: receivables.KindReceipt, Since: "2026-02-21"}, nil},
			{stripeID, connectors.Swept{Kind: receivables.KindCharge, Made: now}, []string{"1"}},
			{stripeID, connectors.Swept{Kind: receivables.KindPayout, Made: now}, nil},
			{stripeID, connectors.Swept{Kind: receivables.KindInvoice, Open: true}, nil},
		} {
			var got []string
			for after := ""; ; {
				one, err := s.SweptIDs(w.ctx, "main", c.connection, c.set, after, 1)
				w.must(err)
				if len(one) == 0 {
					break
				}
				got, after = append(got, one...), one[0]
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v: %v, want %v", c.set, got, c.want)
			}
		}
		for _, odd := range []connectors.Swept{
			{Kind: receivables.KindCustomer, Open: true}, {Kind: receivables.KindCharge, Since: "2026-01-01"}, {Kind: receivables.KindInvoice, Made: now}, {Kind: "moon"},
		} {
			if _, err := s.SweptIDs(w.ctx, "main", ledgerID, odd, "", 1); err == nil {
				t.Errorf("%+v is taken", odd)
			}
		}
		w.page(ledgerID, pull.Page{Records: []mapping.Record{{
			Ref: receivables.Ref{Kind: receivables.KindInvoice, ID: "6"}, Order: 3, Raw: []byte("{}"), Rejection: &mapping.Rejection{Text: "no"},
		}}})
		orders, err := s.StoredOrders(w.ctx, "main", ledgerID, receivables.KindInvoice, []string{"1", "5", "6", "7", "9"})
		w.must(err)
		if want := map[string]int64{"1": 4, "5": 9, "6": 3}; !maps.Equal(orders, want) {
			t.Errorf("orders %v, want %v", orders, want)
		}
	})
}

// TestSweepsAreRecorded under the lease; one that failed keeps when the last
// one was finished.
func TestSweepsAreRecorded(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		check := func(tried, finished time.Time) {
			t.Helper()
			gotTried, gotFinished, err := s.LastSweep(w.ctx, "main", ledgerID)
			if err != nil || !gotTried.Equal(tried) || !gotFinished.Equal(finished) {
				t.Errorf("tried %s, finished %s, %v; want %s and %s", gotTried, gotFinished, err, tried, finished)
			}
		}
		check(time.Time{}, time.Time{})
		l := w.hold("connection/" + ledgerID)
		w.must(s.SaveSweep(w.ctx, l, ledgerID, sweep.Record{Tried: now}))
		check(now, time.Time{})
		w.must(s.SaveSweep(w.ctx, l, ledgerID, sweep.Record{Tried: now, Finished: now}))
		later := now.Add(time.Hour)
		w.must(s.SaveSweep(w.ctx, l, ledgerID, sweep.Record{Tried: later}))
		check(later, now)
		l.Fence--
		if err := s.SaveSweep(w.ctx, l, ledgerID, sweep.Record{Tried: now}); !errors.Is(err, lease.ErrLost) {
			t.Errorf("without the lease: %v", err)
		}
	})
}
