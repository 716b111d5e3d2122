package storetest

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/proof"
	"tieout/sync/reconcile"
)

// billed is one of the processor's own invoices, all of it open.
func billed(id string, open int64) receivables.Invoice {
	i := invoice(id, "cus_1", open, open)
	none, also := int64(0), int64(0)
	i.Paid, i.Credited, i.Billed = &none, &also, &receivables.Billed{Charge: "ch_" + id}
	return i
}

// TestBookReceivables: what stands with the processor and in the ledger is
// counted once, what only the processor holds is counted too, and a doubt
// leaves it counted.
func TestBookReceivables(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		paid, draft, euro := billed("in_paid", 70), billed("in_draft", 80), billed("in_euro", 9)
		*paid.Paid, paid.Balance = 70, 0
		draft.State, euro.Currency = receivables.StateDraft, "EUR"
		w.pull(ledgerID, 1, invoice("1", "c", 100, 100), invoice("2", "c", 40, 30))
		w.pull(stripeID, 1, billed("in_own", 500), billed("in_same", 100), billed("in_asked", 30), paid, draft, euro,
			receivables.Payer{ID: "cus_1", Name: "Ada"}, charge("ch_in_own", 500))
		w.save(reconcile.Result{
			Joins: []reconcile.Join{{Connection: stripeID, Payer: "cus_1", Customer: "c"}},
			Mirrors: []reconcile.Mirror{
				{Connection: stripeID, Invoice: "in_same", State: reconcile.MirrorFound, Ledger: "1", Rule: reconcile.MirrorByNumber, Evidence: "e"},
				{Connection: stripeID, Invoice: "in_asked", State: reconcile.MirrorAsked, Ledger: "2", Rule: reconcile.MirrorAlike},
				{Connection: stripeID, Invoice: "in_own", State: reconcile.MirrorOwn},
			},
		})
		sums, err := s.BookReceivables(w.ctx, w.book)
		w.must(err)
		want := map[money.Currency]store.BookSums{
			"USD": {Ledger: store.OpenSums{Invoices: 130, Net: 130}, Billed: 530, Asked: 30, Mirrored: 100, Count: 2},
			"EUR": {Billed: 9, Count: 1},
		}
		if !maps.Equal(sums, want) || sums["USD"].Total() != 660 {
			t.Errorf("open %+v, want %+v", sums, want)
		}
		var rows, own int
		var total int64
		w.must(s.BookAgeing(w.ctx, w.book, func(r store.AgeingRow) error {
			if r.Customer != "c" || r.Item.Due != "2026-03-10" {
				t.Errorf("row %+v", r)
			}
			if rows++; r.Billed {
				own++
			}
			total += r.Item.Balance
			return nil
		}))
		if rows != 5 || own != 3 || total != 669 {
			t.Errorf("%d rows, %d of them the processor's, over %d; want 5, 3 and 669", rows, own, total)
		}
		proven, err := s.BilledSums(w.ctx, w.book)
		w.must(err)
		if want := []proof.BilledSums{{Currency: "EUR", Open: 9, Count: 1}, {Currency: "USD", Open: 630, Mirrored: 100, Asked: 30, Count: 3}}; !slices.Equal(proven, want) {
			t.Errorf("sums %+v, want %+v", proven, want)
		}
		// The proof of the ledger's receivables is about the ledger alone.
		ledger, err := s.LedgerSums(w.ctx, w.book)
		w.must(err)
		if len(ledger) != 1 || ledger[0].Invoices != 130 {
			t.Errorf("ledger %+v", ledger)
		}
		// What was the same is its own again when the pass says so.
		w.save(reconcile.Result{Mirrors: []reconcile.Mirror{{Connection: stripeID, Invoice: "in_same", State: reconcile.MirrorOwn}}})
		if sums, err = s.BookReceivables(w.ctx, w.book); err != nil || sums["USD"].Billed != 630 || sums["USD"].Mirrored != 0 {
			t.Errorf("after the row went: %+v %v", sums, err)
		}
	})
}

// TestBilledQueries: the processor's invoices by id and by the ledger's that
// they are, with payer, movement and what was found before.
func TestBilledQueries(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		copied, referred := invoice("1", "c", 100, 100), invoice("2", "c", 100, 0)
		copied.Note, referred.Reference = "Stripe in_1NXYZabcdefghij, paid by card", "AB12-0007"
		void := referred
		void.ID, void.State = "3", receivables.StateDeleted
		w.pull(ledgerID, 1, copied, referred, void)
		bill := billed("in_1NXYZabcdefghij", 100)
		bill.Billed.Charge = "ch_1"
		w.pull(stripeID, 1, bill, billed("in_2", 7), receivables.Payer{ID: "cus_1", Name: "Ada"}, charge("ch_1", 100))
		mirror := reconcile.Mirror{Connection: stripeID, Invoice: bill.ID, State: reconcile.MirrorFound, Ledger: "1", Rule: reconcile.MirrorByMarker, Evidence: "e", By: "ada"}
		w.save(reconcile.Result{Mirrors: []reconcile.Mirror{mirror}})
		for name, q := range map[string]reconcile.BilledQuery{
			"by id": {IDs: []string{bill.ID, "1", "x"}}, "by the ledger's": {Ledger: []string{"1", "2"}},
		} {
			list, err := s.Billed(w.ctx, w.book, q)
			w.must(err)
			if len(list) != 1 || list[0].Mirror != mirror || list[0].Movement != "txn_ch_1" || list[0].Payer == nil || list[0].Payer.Name != "Ada" ||
				list[0].Connection != stripeID || !reflect.DeepEqual(list[0].Invoice, bill) {
				t.Errorf("%s: %+v", name, list)
			}
		}
		numbered := billed("in_3", 7)
		numbered.Number, numbered.Balance = "ab12 0007", 0
		w.pull(stripeID, 1, numbered)
		list, err := s.Billed(w.ctx, w.book, reconcile.BilledQuery{Ledger: []string{"2"}})
		w.must(err)
		if len(list) != 1 || list[0].Invoice.ID != "in_3" || list[0].Mirror.State != "" {
			t.Errorf("by the number in a reference: %+v", list)
		}
		ids, err := s.BilledIDs(w.ctx, w.book, "", 9)
		w.must(err)
		if !slices.Equal(ids, []string{bill.ID, "in_2"}) {
			t.Errorf("walked %v", ids)
		}
		if ids, err = s.BilledIDs(w.ctx, w.book, bill.ID, 9); err != nil || !slices.Equal(ids, []string{"in_2"}) {
			t.Errorf("walked on %v %v", ids, err)
		}
		for name, q := range map[string]reconcile.InvoiceQuery{"1": {Mirrors: []string{bill.ID, ""}}, "2": {References: []string{"AB120007", ""}}} {
			list, err := s.Invoices(w.ctx, w.book, q)
			w.must(err)
			if len(list) != 1 || list[0].ID != name {
				t.Errorf("by what invoice %s says: %+v", name, list)
			}
		}
		ties, err := s.Ties(w.ctx, w.book, nil, []string{"1"})
		w.must(err)
		if len(ties.Mirrors) != 1 || ties.Mirrors[0] != mirror {
			t.Errorf("ties %+v", ties.Mirrors)
		}
	})
}
