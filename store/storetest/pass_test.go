package storetest

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/links"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

func (w *world) save(r reconcile.Result) {
	w.Helper()
	r.At = now
	w.must(w.Save(w.ctx, w.hold("book/"+bookID), w.book, r))
}

func (w *world) intent(id string, state push.State) push.Intent {
	return push.Intent{
		Tenant: w.book.Tenant, ID: id, Book: bookID, Connection: ledgerID, State: state, Priority: push.PriorityReceipt, Sort: id,
		Write: connectors.Write{Op: "payment.create", Key: "key-" + id, Body: []byte(`{"a":"<b> & 1.10"}`)}, Why: "because", CreatedAt: now, UpdatedAt: now,
	}
}

func (w *world) part(movement string, purpose mapping.Purpose, target string, amount int64, state reconcile.PartState) reconcile.PartRow {
	return reconcile.PartRow{
		Part:       mapping.Part{Movement: movement, Purpose: purpose, Target: target, Amount: amount},
		Connection: stripeID, Marker: "TIE-" + movement + string(purpose) + target, State: state, Intent: "1",
	}
}

func (w *world) allocation(movement, invoice string, amount int64) reconcile.Allocation {
	return reconcile.Allocation{
		Connection: stripeID, Movement: movement, Charge: "ch_" + movement, Invoice: invoice, Customer: "c", Amount: amount, Currency: "USD",
		Rule: reconcile.RuleNumber, Evidence: "INV-" + invoice,
	}
}

// TestSave checks that a pass is written, that the same pass again changes
// nothing, and that allocations are replaced.
func TestSave(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		r := reconcile.Result{
			Outcomes:    []reconcile.Outcome{{Connection: stripeID, Movement: "m", State: reconcile.MovementSettled}, {Connection: stripeID, Movement: "n", State: reconcile.MovementHeld, Held: 5, Why: "who?"}},
			Allocations: []reconcile.Allocation{w.allocation("m", "1", 60), w.allocation("m", "2", 40)},
			Parts:       []reconcile.PartRow{w.part("m", mapping.PurposeReceipt, "1", 60, reconcile.PartPlanned), w.part("m", mapping.PurposeReceipt, "1", 60, reconcile.PartLive)},
			Links:       []links.Link{{Tenant: "main", Book: bookID, Invoice: "1", Generation: 1, State: links.StateMaking, Amount: 100, Currency: "USD", CreatedAt: now}},
			Decisions:   []reconcile.Decision{{ID: "d1", Subject: "movement/n", Kind: reconcile.DecideMatch, About: "Payment (m)", Question: "Which?", Options: []reconcile.Option{{Key: "a", Text: "A"}}}},
			Exceptions:  []reconcile.Exception{{Subject: "movement/n", Kind: "fx", Text: "No", Action: "Do"}},
			Joins:       []reconcile.Join{{Connection: stripeID, Payer: "cus_1", Customer: "c", Evidence: "email"}},
		}
		w.save(r)
		before := dump(t, s)
		w.save(r)
		again := r
		again.Decisions = []reconcile.Decision{r.Decisions[0]}
		again.Decisions[0].ID = "d2"
		w.save(again)
		after := dump(t, s)
		for table := range before {
			if table != "lease" && before[table] != after[table] {
				t.Errorf("the same pass has changed %s:\n%s\n%s", table, before[table], after[table])
			}
		}
		ties, err := s.Ties(w.ctx, w.book, []string{"m", "n"}, []string{"1"})
		w.must(err)
		if !reflect.DeepEqual(ties.Allocations, r.Allocations) || len(ties.Parts) != 1 || ties.Parts[0] != r.Parts[1] ||
			!reflect.DeepEqual(ties.Links, r.Links) || len(ties.Decisions) != 1 || !reflect.DeepEqual(ties.Decisions[0], reconcile.Decision{ID: "d1", Subject: "movement/n", Kind: reconcile.DecideMatch, About: "Payment (m)", Question: "Which?", Options: []reconcile.Option{{Key: "a", Text: "A"}}}) {
			t.Errorf("got %+v", ties)
		}
		w.save(reconcile.Result{Outcomes: r.Outcomes[:1], Allocations: []reconcile.Allocation{w.allocation("m", "3", 100)}, Solved: []string{"movement/n"}})
		ties, err = s.Ties(w.ctx, w.book, []string{"m", "n"}, nil)
		w.must(err)
		if len(ties.Allocations) != 1 || ties.Allocations[0].Invoice != "3" || len(ties.Decisions) != 0 {
			t.Errorf("after a change: %+v", ties)
		}
		open, err := s.OpenExceptions(w.ctx, "main")
		w.must(err)
		if len(open) != 0 {
			t.Errorf("a solved exception is open: %+v", open)
		}
	})
}

// TestSaveGuards checks that a pass computed with other settings, or for
// another book, writes nothing.
func TestSaveGuards(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		old := w.book
		old.Generation--
		before := dump(t, s)
		l := w.hold("book/" + bookID)
		join := []reconcile.Join{{Connection: stripeID, Payer: "p", Customer: "c"}}
		if err := s.Save(w.ctx, l, old, reconcile.Result{At: now, Joins: join}); !errors.Is(err, reconcile.ErrSettings) {
			t.Errorf("an old generation: %v", err)
		}
		strange := w.intent("1", push.StatePlanned)
		strange.Book = "another"
		if err := s.Save(w.ctx, l, w.book, reconcile.Result{At: now, Joins: join, Intents: []push.Intent{strange}}); err == nil {
			t.Error("an intent of another book was written")
		}
		after := dump(t, s)
		delete(before, "lease")
		delete(after, "lease")
		if !maps.Equal(before, after) {
			t.Error("a refused pass has written")
		}
	})
}

// TestMarks checks that a mark touched again stays.
func TestMarks(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.pull(ledgerID, 1, invoice("1", "c", 1, 1), invoice("2", "c", 1, 1))
		w.must(s.MarkBooks(w.ctx, "main", stripeID, now.Add(-time.Hour)))
		marks, err := s.Marks(w.ctx, w.book, 10)
		w.must(err)
		if len(marks) != 3 || marks[0].Ref != (receivables.Ref{Kind: reconcile.MarkBook, ID: bookID}) {
			t.Fatalf("got %+v", marks)
		}
		w.pull(ledgerID, 2, invoice("2", "c", 2, 2))
		w.save(reconcile.Result{Done: marks})
		left, err := s.Marks(w.ctx, w.book, 10)
		w.must(err)
		if len(left) != 1 || left[0].Ref.ID != "2" || left[0].Touches != 2 {
			t.Errorf("left: %+v", left)
		}
	})
}

// stripeSide pulls a charge with all that belongs to it, and a payout.
func (w *world) stripeSide() {
	c := charge("1", 100)
	c.FailureMovement = "txn_f"
	w.pull(stripeID, 1, c, charge("2", 50),
		receivables.Checkout{ID: "cs_1", Link: "plink_1", PaymentIntent: "pi_1", Status: "complete"},
		receivables.Payer{ID: "cus_1", Name: "Ada"},
		movement("txn_1", "1", 100, 3), movement("txn_2", "2", 50, 1), movement("txn_f", "1", -100, 0), movement("txn_p", "po_1", -97, 0),
		receivables.Payout{ID: "po_1", Amount: 97, Currency: "USD", Status: "paid", Automatic: true, Reconciled: true, Arrival: "2026-03-04", Destination: "ba_1", Created: now, Movement: "txn_p"})
}

// TestMovements checks what is joined to a movement.
func TestMovements(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.stripeSide()
		w.save(reconcile.Result{Outcomes: []reconcile.Outcome{{Connection: stripeID, Movement: "txn_2", State: reconcile.MovementHeld}}})
		list, err := s.Movements(w.ctx, w.book, []string{"txn_1", "txn_2", "txn_f", "txn_p", "nothing"})
		w.must(err)
		if len(list) != 4 {
			t.Fatalf("got %+v", list)
		}
		first, second, failed, paid := list[0], list[1], list[2], list[3]
		if first.Charge == nil || first.Charge.ID != "1" || first.Checkout == nil || first.Checkout.Link != "plink_1" ||
			first.Payer == nil || first.Payer.Name != "Ada" || first.Payout != nil || first.State != reconcile.MovementNew || first.Connection != stripeID {
			t.Errorf("the first: %+v", first)
		}
		if second.Charge == nil || second.Charge.ID != "2" || second.Checkout != nil || second.State != reconcile.MovementHeld {
			t.Errorf("the second: %+v", second)
		}
		if failed.Charge == nil || failed.Charge.ID != "1" || paid.Payout == nil || paid.Charge != nil {
			t.Errorf("the failure %+v, the payout %+v", failed, paid)
		}
		for _, step := range []struct {
			states []reconcile.MovementState
			after  string
			limit  int
			want   []string
		}{
			{[]reconcile.MovementState{reconcile.MovementNew}, "", 2, []string{"txn_1", "txn_f"}},
			{[]reconcile.MovementState{reconcile.MovementNew}, "txn_f", 2, []string{"txn_p"}},
			{[]reconcile.MovementState{reconcile.MovementHeld}, "", 9, []string{"txn_2"}},
			{[]reconcile.MovementState{reconcile.MovementHeld, reconcile.MovementNew}, "txn_1", 2, []string{"txn_2", "txn_f"}},
			{[]reconcile.MovementState{reconcile.MovementSettled}, "", 9, nil},
		} {
			ids, err := s.OpenMovements(w.ctx, w.book, step.states, step.after, step.limit)
			w.must(err)
			if !slices.Equal(ids, step.want) {
				t.Errorf("%v after %q: %v, want %v", step.states, step.after, ids, step.want)
			}
		}
	})
}

// TestTouched checks which movements a mark of each kind concerns.
func TestTouched(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.stripeSide()
		ours := receipt("r1", "c", 100)
		ours.Marker = "TIE-txn_1receipt7"
		w.pull(ledgerID, 1, ours, receivables.Document{ID: "d1", Kind: "transfer", State: "live", Currency: "USD", Date: "2026-03-04"})
		sent := w.part("txn_p", mapping.PurposePayout, "", -97, reconcile.PartSent)
		sent.Document = receivables.Ref{Kind: receivables.KindDocument, ID: "d1"}
		adopted := w.allocation("txn_2", "8", 50)
		adopted.Adopted = "r2"
		w.save(reconcile.Result{
			Outcomes:    []reconcile.Outcome{{Connection: stripeID, Movement: "txn_1", State: reconcile.MovementSettled}},
			Allocations: []reconcile.Allocation{w.allocation("txn_1", "7", 100), adopted},
			Parts:       []reconcile.PartRow{w.part("txn_1", mapping.PurposeReceipt, "7", 100, reconcile.PartPlanned), sent},
		})
		for _, step := range []struct {
			kind receivables.Kind
			id   string
			want []string
		}{
			{receivables.KindCharge, "1", []string{"txn_1", "txn_f"}},
			{receivables.KindPayout, "po_1", []string{"txn_p"}},
			{receivables.KindCheckout, "cs_1", []string{"txn_1"}},
			{receivables.KindBalanceTransaction, "txn_2", []string{"txn_2"}},
			{receivables.KindPayer, "cus_1", []string{"txn_2"}},
			{receivables.KindInvoice, "7", []string{"txn_1"}},
			{receivables.KindReceipt, "r1", []string{"txn_1"}},
			{receivables.KindReceipt, "r2", []string{"txn_2"}},
			{receivables.KindDocument, "d1", []string{"txn_p"}},
			{receivables.KindCredit, "d1", nil},
			{receivables.KindCustomer, "c", nil},
			{reconcile.MarkBook, bookID, nil},
		} {
			got, err := s.Touched(w.ctx, w.book, []reconcile.Mark{{Ref: receivables.Ref{Kind: step.kind, ID: step.id}}})
			w.must(err)
			if !slices.Equal(got, step.want) {
				t.Errorf("%s %s: %v, want %v", step.kind, step.id, got, step.want)
			}
		}
		ties, err := s.Ties(w.ctx, w.book, []string{"txn_p"}, nil)
		w.must(err)
		if want := (map[string]string{"r2": "txn_2"}); !maps.Equal(ties.AdoptedReceipts, want) {
			t.Errorf("adopted %v, want %v", ties.AdoptedReceipts, want)
		}
	})
}

// TestAnswer checks that an answer is recorded once and marks its subject.
func TestAnswer(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.save(reconcile.Result{Decisions: []reconcile.Decision{
			{ID: "d1", Subject: "movement/txn_1", Kind: "match", Question: "?", Options: []reconcile.Option{{Key: "yes"}}},
			{ID: "d2", Subject: "document/receipt/7", Kind: "removed", Question: "?"},
		}})
		if err := s.AnswerDecision(w.ctx, "main", bookID, "d1", "no", "ada", now); !errors.Is(err, store.ErrAnswer) {
			t.Errorf("an answer that is no option: %v", err)
		}
		w.must(s.AnswerDecision(w.ctx, "main", bookID, "d1", "yes", "ada", now))
		if err := s.AnswerDecision(w.ctx, "main", bookID, "d1", "yes", "bob", now); !errors.Is(err, store.ErrState) {
			t.Errorf("a second answer: %v", err)
		}
		if err := s.AnswerDecision(w.ctx, "other", bookID, "d2", "x", "bob", now); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another tenant's answer: %v", err)
		}
		w.must(s.AnswerDecision(w.ctx, "main", bookID, "d2", "restore", "ada", now))
		marks, err := s.Marks(w.ctx, w.book, 9)
		w.must(err)
		want := []reconcile.Mark{
			{Connection: ledgerID, Ref: receivables.Ref{Kind: "receipt", ID: "7"}, Touches: 1},
			{Connection: stripeID, Ref: receivables.Ref{Kind: "balance_transaction", ID: "txn_1"}, Touches: 1},
		}
		if !slices.Equal(marks, want) {
			t.Errorf("marks %+v, want %+v", marks, want)
		}
		ties, err := s.Ties(w.ctx, w.book, []string{"txn_1"}, nil)
		w.must(err)
		if len(ties.Decisions) != 1 || ties.Decisions[0].Answer != "yes" || ties.Decisions[0].By != "ada" {
			t.Errorf("the answered decision: %+v", ties.Decisions)
		}
		open, err := s.OpenDecisions(w.ctx, "main", bookID)
		w.must(err)
		if len(open) != 0 {
			t.Errorf("open: %+v", open)
		}
	})
}
