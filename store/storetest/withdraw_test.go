package storetest

import (
	"testing"

	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/reconcile"
)

// TestWithdrawAnswer: an answer can be taken back until a pass acts on it, and
// both are in the journal.
func TestWithdrawAnswer(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.pull(stripeID, 1, movement("txn_1", "ch_1", 500, 10), charge("ch_1", 500))
		w.save(reconcile.Result{Decisions: []reconcile.Decision{{
			ID: "d", Subject: "movement/txn_1", Kind: reconcile.DecideMatch, Question: "?", Options: []reconcile.Option{{Key: "a", Text: "A"}},
		}}})
		answer := func() error { return s.AnswerDecision(w.ctx, "main", bookID, "d", "a", "Ada", now) }
		withdraw := func() error { return s.WithdrawAnswer(w.ctx, "main", bookID, "d", "Bob", now) }
		release := func() {
			w.must(s.ReleaseLease(w.ctx, w.hold("book/"+bookID)))
		}
		release()
		expect(t, withdraw(), store.ErrState)
		w.must(answer())
		expect(t, answer(), store.ErrState)
		w.must(withdraw())
		open, err := s.OpenDecisions(w.ctx, "main", bookID)
		w.must(err)
		if len(open) != 1 || open[0].By != "" {
			t.Errorf("open again: %+v", open)
		}
		w.must(answer())
		w.hold("book/" + bookID)
		expect(t, withdraw(), store.ErrState) // a pass is at work
		marks, err := s.Marks(w.ctx, w.book, 10)
		w.must(err)
		w.save(reconcile.Result{Done: marks})
		release()
		expect(t, withdraw(), store.ErrState) // it has acted
		expect(t, s.WithdrawAnswer(w.ctx, "other", bookID, "d", "Bob", now), store.ErrNotFound)
		var who []string
		for _, e := range w.entries(store.JournalQuery{}) {
			if e.Kind == journal.KindDecision {
				who = append(who, e.Who+" "+string(e.Answer))
			}
		}
		if len(who) != 3 || who[1] != `Bob "withdrawn: a"` {
			t.Errorf("the journal says %q", who)
		}
	})
}
