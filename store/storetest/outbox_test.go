package storetest

import (
	"errors"
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

// TestNextIntent checks the order of the outbox, pauses and dependencies.
func TestNextIntent(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		at := func(id string, p push.Priority, sort string, state push.State, change func(*push.Intent)) push.Intent {
			in := w.intent(id, state)
			in.Priority, in.Sort = p, sort
			if change != nil {
				change(&in)
			}
			return in
		}
		later := now.Add(time.Second)
		w.save(reconcile.Result{Intents: []push.Intent{
			at("a", push.PriorityLink, "1", push.StatePlanned, nil),
			at("b", push.PriorityReceipt, "2", push.StatePlanned, nil),
			at("c", push.PriorityReceipt, "1", push.StatePlanned, nil),
			at("d", push.PriorityReceipt, "0", push.StatePlanned, func(in *push.Intent) { in.NotBefore = &later }),
			at("e", push.PriorityLink, "9", push.StateUnknown, nil),
			at("f", push.PriorityReceipt, "0", push.StatePlanned, func(in *push.Intent) { in.DependsOn = "a" }),
			at("g", push.PriorityReceipt, "0", push.StatePreview, nil),
			at("h", push.PriorityReceipt, "0", push.StateParked, nil),
			at("i", push.PriorityLink, "8", push.StateSending, nil),
		}})
		first, ok, err := s.NextIntent(w.ctx, "main", bookID, now)
		w.must(err)
		first.Priority, first.Sort = push.PriorityReceipt, ""
		behind, err := s.IntentsAfter(w.ctx, first, now, 5)
		w.must(err)
		if len(behind) != 2 || !ok || behind[0].ID != "c" || behind[1].ID != "b" {
			t.Errorf("in line behind: %v", behind)
		}
		if behind, err = s.IntentsAfter(w.ctx, behind[0], now, 5); err != nil || len(behind) != 1 || behind[0].ID != "b" {
			t.Errorf("in line behind c: %v, %v", behind, err)
		}
		var order []string
		for {
			in, ok, err := s.NextIntent(w.ctx, "main", bookID, now)
			w.must(err)
			if !ok {
				break
			}
			order = append(order, in.ID)
			w.finish(in, push.StateDone)
		}
		if want := []string{"i", "e", "c", "b", "a", "f"}; !slices.Equal(order, want) {
			t.Errorf("order %v, want %v", order, want)
		}
		in, ok, err := s.NextIntent(w.ctx, "main", bookID, later)
		w.must(err)
		want := at("d", push.PriorityReceipt, "0", push.StatePlanned, func(in *push.Intent) { in.NotBefore = &later })
		if !ok || !reflect.DeepEqual(in, want) {
			t.Errorf("after the pause:\n%+v, want\n%+v", in, want)
		}
		if _, ok, err := s.NextIntent(w.ctx, "other", bookID, later); ok || err != nil {
			t.Errorf("another tenant: %v, %v", ok, err)
		}
	})
}

func (w *world) finish(in push.Intent, state push.State, mark ...receivables.Ref) {
	w.Helper()
	in.State = state
	if state == push.StateDone {
		in.Answer = &connectors.Answer{Ref: receivables.Ref{Kind: "receipt", ID: "doc-" + in.ID}, URL: "https://pay/" + in.ID}
	}
	w.must(w.FinishIntent(w.ctx, w.hold("book/"+bookID), push.Outcome{Intent: in, Mark: mark, At: now}))
}

// TestIntentStates checks that an intent begins once and ends once.
func TestIntentStates(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		in := w.intent("1", push.StatePlanned)
		in.Write.Parts = []mapping.Part{{Movement: "m", Purpose: mapping.PurposeReceipt, Target: "7", Amount: 100}}
		w.save(reconcile.Result{
			Intents: []push.Intent{in},
			Parts:   []reconcile.PartRow{w.part("m", mapping.PurposeReceipt, "7", 100, reconcile.PartPlanned), w.part("m", mapping.PurposeFee, "", 3, reconcile.PartPlanned)},
		})
		l := w.hold("book/" + bookID)
		in.Attempts = 1
		w.must(s.BeginIntent(w.ctx, l, in, now))
		if err := s.BeginIntent(w.ctx, l, in, now); !errors.Is(err, store.ErrState) {
			t.Errorf("a second beginning: %v", err)
		}
		crashed, ok, err := s.NextIntent(w.ctx, "main", bookID, now)
		w.must(err)
		if !ok || crashed.State != push.StateSending || crashed.Attempts != 1 || string(crashed.Write.Body) != string(in.Write.Body) {
			t.Errorf("after a crash: %+v", crashed)
		}
		w.finish(crashed, push.StateUnknown)
		w.finish(crashed, push.StateDone, receivables.Ref{Kind: "invoice", ID: "7"}, receivables.Ref{Kind: "charge", ID: "ch"})
		err = s.FinishIntent(w.ctx, w.hold("book/"+bookID), push.Outcome{Intent: crashed, At: now})
		if !errors.Is(err, store.ErrState) {
			t.Errorf("a second end: %v", err)
		}
		ties, err := s.Ties(w.ctx, w.book, []string{"m"}, nil)
		w.must(err)
		if p := ties.Parts[1]; p.State != reconcile.PartSent || p.Document != (receivables.Ref{Kind: "receipt", ID: "doc-1"}) {
			t.Errorf("the part: %+v", p)
		}
		if p := ties.Parts[0]; p.State != reconcile.PartPlanned || p.Document.ID != "" {
			t.Errorf("another part: %+v", p)
		}
		if ties.AdoptedReceipts["doc-1"] != "m" {
			t.Errorf("our own receipt does not stand for its movement: %v", ties.AdoptedReceipts)
		}
		marks, err := s.Marks(w.ctx, w.book, 9)
		w.must(err)
		if len(marks) != 2 || marks[0].Connection != ledgerID || marks[1].Connection != stripeID {
			t.Errorf("marks: %+v", marks)
		}
		w.save(reconcile.Result{Drop: []string{"1"}})
		done, err := s.Intents(w.ctx, "main", bookID, []push.State{push.StateDone}, 9)
		w.must(err)
		if len(done) != 1 || done[0].Answer == nil || done[0].Answer.URL != "https://pay/1" {
			t.Errorf("a done intent was dropped: %+v", done)
		}
	})
}

// TestLinkEffects follows a link row through the intents that change it.
func TestLinkEffects(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		link := links.Link{Tenant: "main", Book: bookID, Invoice: "7", Generation: 2, State: links.StateMaking, Amount: 100, Currency: "USD", CreatedAt: now}
		w.save(reconcile.Result{Links: []links.Link{link}})
		for i, step := range []struct {
			effect push.Effect
			change func(*links.Link)
		}{
			{push.EffectLinkMade, func(l *links.Link) { l.State, l.ID, l.URL = links.StateActive, "doc-0", "https://pay/0" }},
			{push.EffectLinkShown, func(l *links.Link) { l.Shown = true }},
			{push.EffectLinkRemoved, func(l *links.Link) { l.Shown = false }},
			{push.EffectLinkOff, func(l *links.Link) { l.State = links.StateOff }},
			{push.EffectNone, func(*links.Link) {}},
		} {
			in := w.intent(string(rune('0'+i)), push.StatePlanned)
			in.Invoice, in.Generation, in.Effect = "7", 2, step.effect
			w.save(reconcile.Result{Intents: []push.Intent{in}})
			w.finish(in, push.StateDone)
			step.change(&link)
			ties, err := s.Ties(w.ctx, w.book, nil, []string{"7"})
			w.must(err)
			if len(ties.Links) != 1 || ties.Links[0] != link {
				t.Errorf("%s: %+v, want %+v", step.effect, ties.Links, link)
			}
		}
		lost := w.intent("x", push.StatePlanned)
		lost.Invoice, lost.Generation, lost.Effect = "7", 3, push.EffectLinkMade
		w.save(reconcile.Result{Intents: []push.Intent{lost}})
		lost.State, lost.Answer = push.StateDone, &connectors.Answer{}
		err := s.FinishIntent(w.ctx, w.hold("book/"+bookID), push.Outcome{Intent: lost, At: now})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a link that has no row: %v", err)
		}
	})
}

// TestDroppedLinkLeavesTheOlder: when the making of a link comes to nothing,
// the one before it still stands on the document, and has to go when nothing is
// payable any more. One that was taken off does not come back.
func TestDroppedLinkLeavesTheOlder(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for invoice, shown := range map[string]bool{"7": true, "8": false} {
			older := links.Link{Tenant: "main", Book: bookID, Invoice: invoice, Generation: 1, State: links.StateOff, Amount: 60, Currency: "USD", Shown: shown, CreatedAt: now}
			link := links.Link{Tenant: "main", Book: bookID, Invoice: invoice, Generation: 2, State: links.StateMaking, Amount: 100, Currency: "USD", CreatedAt: now}
			in := w.intent("make"+invoice, push.StatePlanned)
			in.Invoice, in.Generation, in.Effect = invoice, 2, push.EffectLinkMade
			w.save(reconcile.Result{Links: []links.Link{older, link}, Intents: []push.Intent{in}})
			w.finish(in, push.StateDropped)
			link.State, link.Shown = links.StateOff, shown
			ties, err := s.Ties(w.ctx, w.book, nil, []string{invoice})
			w.must(err)
			if len(ties.Links) != 2 || ties.Links[1] != link {
				t.Errorf("%+v, want %+v", ties.Links, link)
			}
		}
	})
}
