package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"tieout/receivables"
	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/monthend"
	"tieout/sync/reconcile"
)

// TestAnswerByName names the account of an answer by its name, as people do:
// the answer keeps the id, the journal and the month's notes the words. A name
// that no account has is no answer.
func TestAnswerByName(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.pull(ledgerID, 1, receivables.Account{ID: "61", Name: "Office costs", Type: receivables.AccountExpense, Active: true})
		w.save(reconcile.Result{Decisions: []reconcile.Decision{{
			ID: "d3", Subject: "movement/txn_1", Kind: "booking", Question: "Which account?", Options: []reconcile.Option{{Key: reconcile.AnswerAccount, Text: "An account"}},
		}}})
		if err := s.AnswerDecision(w.ctx, "main", bookID, "d3", reconcile.AnswerAccount+"Nowhere", "ada", now); !errors.Is(err, store.ErrAnswer) {
			t.Errorf("an account that does not exist: %v", err)
		}
		w.must(s.AnswerDecision(w.ctx, "main", bookID, "d3", reconcile.AnswerAccount+"office costs", "ada", now))
		all := w.entries(store.JournalQuery{Kinds: []journal.Kind{journal.KindDecision}})
		last := all[len(all)-1]
		if string(last.Answer) != `"account:61"` || len(last.Evidence) != 2 || last.Evidence[1] != "Book it against the account 'Office costs'" {
			t.Errorf("the journal says %s, %q", last.Answer, last.Evidence)
		}
		notes, err := s.Notes(w.ctx, w.book, now, now.Add(time.Second))
		w.must(err)
		if !slices.ContainsFunc(notes, func(n monthend.Note) bool { return n.New == "Book it against the account 'Office costs'" }) {
			t.Errorf("the month's notes do not say the answer: %+v", notes)
		}
	})
}

// TestInvoiceNumbers gives the numbers of the invoices that are asked for.
func TestInvoiceNumbers(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.pull(ledgerID, 1, receivables.Invoice{ID: "7", Number: "INV-7", State: receivables.StateLive, Currency: "USD", Issued: "2026-03-01", CustomerID: "c"})
		got, err := s.InvoiceNumbers(w.ctx, w.book, []string{"7", "8"})
		w.must(err)
		if len(got) != 1 || got["7"] != "INV-7" {
			t.Errorf("numbers %v", got)
		}
	})
}
