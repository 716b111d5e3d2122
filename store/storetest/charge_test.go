package storetest

import (
	"testing"

	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/pull"
)

// TestChargeKeepsItsSuccess: the moment of a delayed payment comes with one
// event. A reading without it neither clears it nor counts as a change, in the
// same page or in a later one.
func TestChargeKeepsItsSuccess(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		at := now.AddDate(0, 0, -2)
		plain := charge("ch_1", 500)
		told := plain
		told.Succeeded = &at
		refunded := plain
		refunded.Refunded = 100
		later := at.AddDate(0, 0, 1)
		corrected := plain
		corrected.Succeeded = &later
		for _, step := range []struct {
			name    string
			records []mapping.Record
			changed int
			refund  int64
			known   bool
		}{
			{"before the event", []mapping.Record{record(plain, 1)}, 1, 0, false},
			{"with the event, then without, in one page", []mapping.Record{record(told, 2), record(plain, 3)}, 1, 0, true},
			{"without the event", []mapping.Record{record(plain, 4)}, 0, 0, true},
			{"changed, without the event", []mapping.Record{record(refunded, 5)}, 1, 100, true},
			{"the same again", []mapping.Record{record(refunded, 6)}, 0, 100, true},
		} {
			saved := w.page(stripeID, pull.Page{Records: step.records})
			got := w.chargeNow("ch_1")
			if saved.Changed[receivables.KindCharge] != step.changed || got.Refunded != step.refund || (got.Succeeded != nil) != step.known {
				t.Errorf("%s: changed %v, %+v; want %+v", step.name, saved.Changed, got, step)
			}
			if got.Succeeded != nil && !got.Succeeded.Equal(at) {
				t.Errorf("%s: succeeded %s, want %s", step.name, got.Succeeded, at)
			}
		}
		w.page(stripeID, pull.Page{Records: []mapping.Record{record(corrected, 7)}})
		if got := w.chargeNow("ch_1"); got.Succeeded == nil || !got.Succeeded.Equal(later) || got.Refunded != 0 {
			t.Errorf("what is told later: %+v", got)
		}
	})
}

// chargeNow is a charge as reconciling sees it.
func (w *world) chargeNow(id string) receivables.Charge {
	w.Helper()
	w.pull(stripeID, 1, movement("txn_"+id, id, 500, 10))
	list, err := w.Movements(w.ctx, w.book, []string{"txn_" + id})
	w.must(err)
	if len(list) != 1 || list[0].Charge == nil {
		w.Fatalf("the movement of %s: %+v", id, list)
	}
	return *list[0].Charge
}
