package storetest

import (
	"errors"
	"reflect"
	"testing"

	"tieout/books"
	"tieout/connect"
	"tieout/mapping"
	"tieout/money"
	"tieout/store"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// TestOpenBook: the first day is stored with the documents that it calls for;
// another confirmation drops those that were never sent, and leaves one that was.
func TestOpenBook(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		l := w.hold("book/" + bookID)
		open := func(day, id string, state reconcile.PartState) {
			in := w.intent(id, push.StatePreview)
			c := mapping.OpeningCase{Currency: "USD", First: "2026-03-01"}
			part := reconcile.PartRow{
				Part: mapping.Part{Movement: c.Movement() + day, Purpose: mapping.PurposeOpening, Amount: -5}, Connection: ledgerID, Marker: "M" + id, State: state, Intent: in.ID,
			}
			at := now
			w.book.CutOver, w.book.Opening = &at, map[money.Currency]int64{"USD": 5}
			book, err := s.OpenBook(w.ctx, l, w.book, nil, []reconcile.PartRow{part}, []push.Intent{in}, now)
			w.must(err)
			if book.Opening["USD"] != 5 || book.CutOver == nil || !book.CutOver.Equal(now) {
				t.Errorf("the book is %+v", book)
			}
			w.book = book
		}
		open("a", "one", reconcile.PartPreview)
		open("b", "two", reconcile.PartSent)
		open("c", "three", reconcile.PartPreview)
		ties, err := s.Ties(w.ctx, w.book, []string{"opening/USD/2026-03-01a", "opening/USD/2026-03-01b", "opening/USD/2026-03-01c"}, nil)
		w.must(err)
		var left []string
		for _, p := range ties.Parts {
			left = append(left, p.Intent)
		}
		if !reflect.DeepEqual(left, []string{"two", "three"}) {
			t.Errorf("%q are left", left)
		}
		old := w.book
		old.Generation--
		if _, err := s.OpenBook(w.ctx, l, old, nil, nil, nil, now); !errors.Is(err, reconcile.ErrSettings) {
			t.Errorf("under old settings: %v", err)
		}
		late := w.book // one was sent after somebody had looked at what a payout would begin with
		late.From = &books.PayoutStart{Connection: stripeID, Payout: "po_1", Made: now, Compared: "2026-03-01"}
		if _, err := s.OpenBook(w.ctx, l, late, nil, nil, nil, now); !errors.Is(err, connect.ErrHasWritten) {
			t.Errorf("with a payout after it has written: %v", err)
		}
	})
}
