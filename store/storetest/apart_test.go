package storetest

import (
	"errors"
	"slices"
	"testing"

	"tieout/receivables"
	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/reconcile"
)

// TestApart: what a person has taken apart no rule joins again, until a person
// says so.
func TestApart(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.pull(ledgerID, 1, receivables.Customer{ID: "c", Name: "Ada Ltd", Active: true})
		w.pull(stripeID, 1, receivables.Payer{ID: "cus_1", Name: "Ada"})
		state := func() (joined, apart int) {
			found, err := s.Customers(w.ctx, w.book, reconcile.CustomerQuery{IDs: []string{"c"}})
			w.must(err)
			record, err := s.CustomerRecord(w.ctx, w.book, "c", 10)
			w.must(err)
			if len(record.Joined) != len(found[0].Payers) || len(record.Apart) != len(found[0].Apart) {
				t.Errorf("the page shows %+v, a pass sees %+v", record, found[0])
			}
			if len(record.Apart) == 1 && (record.Apart[0].By != "Bea" || !record.Apart[0].At.Equal(now) || record.Apart[0].Name != "Ada") {
				t.Errorf("apart: %+v", record.Apart[0])
			}
			return len(found[0].Payers), len(found[0].Apart)
		}
		want := func(joined, apart int) {
			t.Helper()
			if j, a := state(); j != joined || a != apart {
				t.Errorf("%d joined and %d apart, want %d and %d", j, a, joined, apart)
			}
		}
		join := func(by string) {
			w.save(reconcile.Result{Joins: []reconcile.Join{{By: by, Connection: stripeID, Payer: "cus_1", Customer: "c", Evidence: "the name is the same"}}})
		}
		if err := s.Unjoin(w.ctx, w.book, stripeID, "cus_1", "c", "Bea", now); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("what is not joined: %v", err)
		}
		join("")
		want(1, 0)
		w.must(s.Unjoin(w.ctx, w.book, stripeID, "cus_1", "c", "Bea", now))
		want(0, 1)
		join("")
		want(0, 1)
		join("Ann")
		want(1, 0)
		w.must(s.Unjoin(w.ctx, w.book, stripeID, "cus_1", "c", "Bea", now))
		w.must(s.AllowJoin(w.ctx, w.book, stripeID, "cus_1", "c", "Bea", now))
		want(0, 0)
		if err := s.AllowJoin(w.ctx, w.book, stripeID, "cus_1", "c", "Bea", now); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("what is not apart: %v", err)
		}
		join("")
		want(1, 0)
		var said []string
		w.must(s.Journal(w.ctx, "main", bookID, store.JournalQuery{Kinds: []journal.Kind{journal.KindDecision}}, func(l journal.Line) error {
			e, err := l.Open()
			said = append(said, e.Who+": "+e.Why)
			return err
		}))
		if len(said) != 3 || !slices.Contains(said, "Bea: The Stripe customer cus_1 was taken apart from Ada Ltd.") {
			t.Errorf("the journal says %q", said)
		}
	})
}
