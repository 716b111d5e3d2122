package storetest

import (
	"reflect"
	"testing"

	"tieout/store"
	"tieout/sync/reconcile"
)

// beforeAbout is the schema in which a question was one text.
const beforeAbout = 36

// TestQuestionsAreDivided divides the questions about movements that an older
// program has asked, and leaves all others as they are; and back.
func TestQuestionsAreDivided(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.save(reconcile.Result{Decisions: []reconcile.Decision{
			{ID: "d1", Subject: "movement/txn_1", Kind: reconcile.DecidePayer, About: "Payment of 5.00 USD by Zoë (Ltd) (ch_1)", Question: "Nobody is called so. Who is it?"},
			{ID: "d2", Subject: "movement/txn_2", Kind: reconcile.DecideMatch, Question: "The match was undone."},
			{ID: "d3", Subject: "document/receipt/17", Kind: reconcile.DecideChanged, Question: "Somebody has changed our receipt (id 17): it was 5 and is 6."},
		}})
		asked, err := s.OpenDecisions(w.ctx, "main", bookID)
		w.must(err)
		w.must(s.MigrateTo(w.ctx, beforeAbout))
		var text string
		w.must(s.DB().QueryRowContext(w.ctx, `select question from decision where id = 'd1'`).Scan(&text))
		if text != asked[0].Text() {
			t.Errorf("before it was asked %q, want %q", text, asked[0].Text())
		}
		_, err = s.Migrate(w.ctx)
		w.must(err)
		again, err := s.OpenDecisions(w.ctx, "main", bookID)
		w.must(err)
		if len(again) != 3 || !reflect.DeepEqual(again, asked) {
			t.Errorf("got\n%+v\nwant\n%+v", again, asked)
		}
	})
}
