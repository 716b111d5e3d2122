package storetest

import (
	"testing"

	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// TestRetry: what was given up is planned anew, with all that waited for it; an
// undo is looked for and sent as it is. Either has a new key.
func TestRetry(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		given := func(id string, state push.State, change func(*push.Intent)) push.Intent {
			in := w.intent(id, state)
			in.Priority, in.Sort, in.Attempts = push.PriorityReceipt, "s"+id, 1
			in.Write.Key = "key-" + id + ":g0"
			change(&in)
			return in
		}
		part := func(movement, intent string) reconcile.PartRow {
			return reconcile.PartRow{
				Part: mapping.Part{Movement: movement, Purpose: mapping.PurposeReceipt, Target: "1", Amount: 5}, Connection: stripeID,
				State: reconcile.PartPlanned, Intent: intent,
			}
		}
		none := func(*push.Intent) {}
		w.save(reconcile.Result{
			Intents: []push.Intent{
				given("a", push.StateParked, none),
				given("b", push.StatePlanned, func(in *push.Intent) { in.DependsOn, in.Attempts = "a", 0 }),
				given("c", push.StateParked, func(in *push.Intent) { in.Priority = push.PriorityUndo }),
				given("d", push.StatePlanned, none),
			},
			Parts: []reconcile.PartRow{part("txn_a", "a"), part("txn_b", "b"), part("txn_d", "d")},
		})
		n, err := s.Retry(w.ctx, "main", bookID, []string{"a", "c", "d"}, now)
		w.must(err)
		if n != 2 {
			t.Errorf("%d were tried again, want the 2 that were given up", n)
		}
		found, err := s.IntentsByID(w.ctx, "main", []string{"a", "b", "c", "d"})
		w.must(err)
		want := map[string]push.State{"a": push.StateDropped, "b": push.StateDropped, "c": push.StateUnknown, "d": push.StatePlanned}
		for _, in := range found {
			if in.State != want[in.ID] {
				t.Errorf("%s is %s, want %s", in.ID, in.State, want[in.ID])
			}
			if in.ID == "c" && (push.Tries(in.Write.Key) != 1 || in.Attempts != 0) {
				t.Errorf("c is sent under the key %s after %d attempts", in.Write.Key, in.Attempts)
			}
		}
		ties, err := s.Ties(w.ctx, w.book, []string{"txn_a", "txn_b", "txn_d"}, nil)
		w.must(err)
		if len(ties.Parts) != 1 || ties.Parts[0].Intent != "d" {
			t.Errorf("parts %+v, want only that of d", ties.Parts)
		}
		marks, err := s.Marks(w.ctx, w.book, 10)
		w.must(err)
		marked := map[string]bool{}
		for _, m := range marks {
			marked[m.Ref.ID] = m.Ref.Kind == receivables.KindBalanceTransaction
		}
		if !marked["txn_a"] || !marked["txn_b"] || marked["txn_d"] {
			t.Errorf("marks %+v", marks)
		}
		again := given("e", push.StatePlanned, func(in *push.Intent) { in.Sort, in.Write.Key = "sa", "key-a:g0" })
		w.save(reconcile.Result{Intents: []push.Intent{again}})
		found, err = s.IntentsByID(w.ctx, "main", []string{"e"})
		w.must(err)
		if len(found) != 1 || found[0].Write.Key != "key-a:g0:r1" {
			t.Errorf("planned anew as %+v", found)
		}
	})
}

// TestReplan: what waits to be sent is planned anew with what waits for it; what
// has been given up, was sent, or follows from no plan stays as it is.
func TestReplan(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		var intents []push.Intent
		var parts []reconcile.PartRow
		for id, state := range map[string]push.State{
			"a": push.StatePlanned, "b": push.StatePlanned, "c": push.StatePlanned, "d": push.StateParked, "e": push.StateUnknown, "f": push.StatePlanned,
		} {
			in := w.intent(id, state)
			in.Priority, in.Sort = push.PriorityReceipt, "s"+id
			switch id {
			case "b":
				in.DependsOn = "a"
			case "c":
				in.Priority = push.PriorityUndo
			}
			intents = append(intents, in)
			if id != "f" { // the removal of what is to be restored has no part of its own
				parts = append(parts, reconcile.PartRow{
					Part: mapping.Part{Movement: "txn_" + id, Purpose: mapping.PurposeReceipt, Target: "1", Amount: 5}, Connection: stripeID,
					State: reconcile.PartPlanned, Intent: id,
				})
			}
		}
		w.save(reconcile.Result{Intents: intents, Parts: parts})
		w.must(s.Replan(w.ctx, "main", bookID, []string{"a", "c", "d", "e", "f"}, now))
		found, err := s.IntentsByID(w.ctx, "main", []string{"a", "b", "c", "d", "e", "f"})
		w.must(err)
		for _, in := range found {
			if dropped := in.State == push.StateDropped; dropped != (in.ID == "a" || in.ID == "b") {
				t.Errorf("%s is %s", in.ID, in.State)
			}
		}
		ties, err := s.Ties(w.ctx, w.book, []string{"txn_a", "txn_b", "txn_c", "txn_d", "txn_e"}, nil)
		w.must(err)
		if len(found) != 6 || len(ties.Parts) != 3 {
			t.Errorf("%d intents, parts %+v, want those of c, d and e", len(found), ties.Parts)
		}
	})
}
