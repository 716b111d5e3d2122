package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/connect"
	"tieout/connectors"
	"tieout/links"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/undo"
)

// written fills a book with a receipt of two parts, a fee and a payout.
func (w *world) written() {
	w.Helper()
	paid, out := movement("txn_ch_1", "ch_1", 100, 3), movement("txn_po", "po_1", -97, 0)
	paid.Payout, out.Type, out.Category = "po_1", "payout", "payout"
	w.pull(stripeID, 1, charge("ch_1", 100), paid, out,
		receivables.Payout{ID: "po_1", Amount: 97, Currency: "USD", Status: "paid", Destination: "ba_1", Created: now, Movement: "txn_po"})
	doc := func(p reconcile.PartRow, kind receivables.Kind, id, intent string) reconcile.PartRow {
		p.Document, p.Intent = receivables.Ref{Kind: kind, ID: id}, intent
		return p
	}
	later := w.intent("late", push.StateDone)
	later.UpdatedAt = now.Add(48 * time.Hour)
	w.save(reconcile.Result{
		Intents: []push.Intent{w.intent("1", push.StateDone), later, w.intent("wait", push.StatePlanned)},
		Parts: []reconcile.PartRow{
			doc(w.part("txn_ch_1", mapping.PurposeReceipt, "7", 60, reconcile.PartLive), receivables.KindReceipt, "17", "1"),
			doc(w.part("txn_ch_1", mapping.PurposeReceipt, "8", 30, reconcile.PartSent), receivables.KindReceipt, "17", "1"),
			doc(w.part("txn_ch_1", mapping.PurposeFee, "", 3, reconcile.PartLive), receivables.KindDocument, "Purchase:18", "1"),
			doc(w.part("txn_po", mapping.PurposePayout, "", 97, reconcile.PartLive), receivables.KindDocument, "Transfer:19", "late"),
			doc(w.part("txn_ch_1", mapping.PurposeReceipt, "9", 10, reconcile.PartPlanned), "", "", "wait"),
			doc(w.part("txn_x", mapping.PurposeReceipt, "7", 1, reconcile.PartGone), receivables.KindReceipt, "20", "1"),
		},
		Outcomes:    []reconcile.Outcome{{Connection: stripeID, Movement: "txn_ch_1", State: reconcile.MovementSettled}},
		Allocations: []reconcile.Allocation{w.allocation("txn_ch_1", "7", 60), w.allocation("txn_ch_1", "8", 30)},
		Decisions: []reconcile.Decision{
			{ID: "old", Subject: "movement/txn_ch_1", Kind: reconcile.DecideMatch, Question: "?", Answer: "x"},
			{ID: "gone", Subject: "document/receipt/17", Kind: reconcile.DecideRemoved, Question: "?"},
		},
	})
}

func (w *world) undoParts(s undo.Selection) string {
	w.Helper()
	if s.States == nil {
		s.States = []reconcile.PartState{reconcile.PartSent, reconcile.PartLive}
	}
	rows, err := w.UndoParts(w.ctx, w.book, s)
	w.must(err)
	var all []string
	for _, r := range rows {
		all = append(all, r.Document.ID+"/"+r.Part.Target)
	}
	return strings.Join(all, " ")
}

// TestUndoParts checks what each scope finds.
func TestUndoParts(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.written()
		from, to := now, now.Add(time.Hour)
		for name, c := range map[string]struct {
			s    undo.Selection
			want string
		}{
			"all":               {undo.Selection{}, "Purchase:18/ Transfer:19/ 17/7 17/8"},
			"document":          {undo.Selection{Document: receivables.Ref{Kind: "receipt", ID: "17"}}, "17/7 17/8"},
			"document, bare id": {undo.Selection{Document: receivables.Ref{ID: "19"}}, "Transfer:19/"},
			"wildcard":          {undo.Selection{Document: receivables.Ref{ID: "1_"}}, ""},
			"another kind":      {undo.Selection{Document: receivables.Ref{Kind: "document", ID: "17"}}, ""},
			"movement":          {undo.Selection{Movement: "txn_ch_1"}, "17/7 17/8"},
			"charge":            {undo.Selection{Movement: "ch_1"}, "17/7 17/8"},
			"payout":            {undo.Selection{Payout: "po_1"}, "Purchase:18/ Transfer:19/ 17/7 17/8"},
			"another payout":    {undo.Selection{Payout: "po_2"}, ""},
			"day":               {undo.Selection{From: &from, To: &to}, "Purchase:18/ 17/7 17/8"},
			"undone":            {undo.Selection{States: []reconcile.PartState{reconcile.PartUndone}}, ""},
			"purpose":           {undo.Selection{States: []reconcile.PartState{reconcile.PartLive}, Purpose: mapping.PurposeFee}, "Purchase:18/"},
		} {
			if got := w.undoParts(c.s); got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		list, err := s.IntentsByID(w.ctx, "main", []string{"1", "wait", "none"})
		w.must(err)
		if len(list) != 2 {
			t.Errorf("intents %+v", list)
		}
	})
}

// TestUndone checks that a removal undoes all parts of its document, closes
// the question about it, and leaves a line; and that only its own.
func TestUndone(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.written()
		in := w.intent("undo", push.StatePlanned)
		in.Priority, in.Effect, in.Write = push.PriorityUndo, push.EffectUndone, connectors.Write{Op: "remove", Target: receivables.Ref{Kind: "receipt", ID: "17"}, Body: []byte(`{}`)}
		in.Booking = &mapping.Booking{By: "Ada"}
		w.must(s.SaveUndo(w.ctx, w.hold("book/"+bookID), w.book, undo.Writing{
			At: now, Intents: []push.Intent{in}, Entry: journal.Entry{Tenant: "main", Book: bookID, At: now, Kind: journal.KindUndo, Who: "Ada"},
			Gone: []receivables.Ref{{Kind: receivables.KindDocument, ID: "Purchase:18"}},
		}))
		under, err := s.Undoing(w.ctx, w.book)
		w.must(err)
		if len(under) != 1 || under[0].ID != "undo" || under[0].Booking.By != "Ada" {
			t.Errorf("under way: %+v", under)
		}
		if got := w.undoParts(undo.Selection{}); got != "Transfer:19/ 17/7 17/8" {
			t.Errorf("before the removal: %s", got)
		}
		in.State, in.Answer = push.StateDone, &connectors.Answer{Ref: in.Write.Target}
		w.must(s.FinishIntent(w.ctx, w.hold("book/"+bookID), push.Outcome{Intent: in, At: now}))
		if got := w.undoParts(undo.Selection{}); got != "Transfer:19/" {
			t.Errorf("after the removal: %s", got)
		}
		if got := w.undoParts(undo.Selection{States: []reconcile.PartState{reconcile.PartUndone}}); got != "Purchase:18/ 17/7 17/8" {
			t.Errorf("undone: %s", got)
		}
		open, err := s.OpenDecisions(w.ctx, "main", bookID)
		w.must(err)
		if len(open) != 0 {
			t.Errorf("open questions: %+v", open)
		}
		lines := w.entries(store.JournalQuery{Kinds: []journal.Kind{journal.KindUndo, journal.KindRemoval}})
		if len(lines) != 2 || lines[1].Document.ID != "17" || lines[1].Who != "Ada" {
			t.Errorf("journal: %+v", lines)
		}
		stale := w.book
		stale.Generation--
		if err := s.SaveUndo(w.ctx, w.hold("book/"+bookID), stale, undo.Writing{At: now}); !errors.Is(err, reconcile.ErrSettings) {
			t.Errorf("under old settings: %v", err)
		}
	})
}

// TestForgetMatch checks that a match goes with what was planned for it, stays
// away, and comes back as it was.
func TestForgetMatch(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.written()
		match, err := s.MatchOf(w.ctx, w.book, "ch_txn_ch_1")
		w.must(err)
		if len(match) != 2 || match[0].Invoice != "7" {
			t.Fatalf("match %+v", match)
		}
		d := reconcile.Decision{
			ID: "d", Subject: "movement/txn_ch_1", Kind: reconcile.DecideMatch, Question: "undone", Answer: reconcile.AnswerNone, By: "Ada",
			Options: []reconcile.Option{{Key: reconcile.AnswerNone}, {Key: "again", Invoices: []receivables.Allocation{pays("7", 60)}}},
		}
		save := func(u undo.Writing) {
			t.Helper()
			u.At = now
			w.must(s.SaveUndo(w.ctx, w.hold("book/"+bookID), w.book, u))
		}
		save(undo.Writing{Forget: []string{"txn_ch_1"}, Decisions: []reconcile.Decision{d}})
		ties, err := s.Ties(w.ctx, w.book, []string{"txn_ch_1"}, nil)
		w.must(err)
		if len(ties.Allocations) != 0 || len(ties.Parts) != 3 || len(ties.Decisions) != 2 {
			t.Errorf("after it went: %+v", ties)
		}
		dropped, err := s.IntentsByID(w.ctx, "main", []string{"wait"})
		w.must(err)
		if dropped[0].State != push.StateDropped {
			t.Errorf("what was planned for it: %+v", dropped)
		}
		marks, err := s.Marks(w.ctx, w.book, 10)
		w.must(err)
		if !slices.ContainsFunc(marks, func(m reconcile.Mark) bool { return m.Ref.ID == "txn_ch_1" }) {
			t.Errorf("marks %+v", marks)
		}
		found, ok, err := s.Unmatching(w.ctx, w.book, "ch_1")
		w.must(err)
		if !ok || found.ID != "d" || found.By != "Ada" {
			t.Fatalf("the decision: %+v, %t", found, ok)
		}
		save(undo.Writing{Close: []string{"d"}, Match: match})
		again, err := s.MatchOf(w.ctx, w.book, "txn_ch_1")
		w.must(err)
		if !slices.Equal(again, match) {
			t.Errorf("it came back as %+v", again)
		}
		if _, ok, err := s.Unmatching(w.ctx, w.book, "txn_ch_1"); ok || err != nil {
			t.Errorf("the decision still counts: %t, %v", ok, err)
		}
	})
}

// TestUndoSetup checks links and what a set-up has made.
func TestUndoSetup(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.written()
		w.pull(ledgerID, 1, invoice("7", "c", 100, 100), receivables.Document{
			ID: "Purchase:18", Kind: receivables.DocumentExpense, State: receivables.StateLive, Currency: "USD", Date: "2026-03-01", Total: 3,
			Postings: []receivables.Posting{{AccountID: "clearing", Amount: -3}, {AccountID: "fees", Amount: 3}},
		}, receivables.Document{
			ID: "Purchase:99", Kind: receivables.DocumentExpense, State: receivables.StateLive, Currency: "USD", Date: "2026-03-01", Total: 5,
			Postings: []receivables.Posting{{AccountID: "bank", Amount: -5}, {AccountID: "fees", Amount: 5}},
		})
		link := func(invoice string, generation int, state links.State) links.Link {
			return links.Link{Tenant: "main", Book: bookID, Invoice: invoice, Generation: generation, State: state, ID: "pl", URL: "u", Amount: 1, Currency: "USD", Shown: true, CreatedAt: now}
		}
		shown := w.intent("show", push.StatePreview)
		shown.Invoice, shown.Generation, shown.Effect = "7", 2, push.EffectLinkShown
		w.save(reconcile.Result{Links: []links.Link{link("7", 1, links.StateOff), link("7", 2, links.StateActive), link("8", 1, links.StateUsed)}, Intents: []push.Intent{shown}})
		w.must(s.DropLinkWrites(w.ctx, w.hold("book/"+bookID), w.book, now))
		dropped, err := s.IntentsByID(w.ctx, "main", []string{"show", "wait"})
		w.must(err)
		if dropped[0].State != push.StateDropped || dropped[1].State != push.StatePlanned {
			t.Errorf("dropped: %+v", dropped)
		}
		linked, err := s.LinkedInvoices(w.ctx, w.book, "", "", 10)
		w.must(err)
		if len(linked) != 2 || linked[0].Invoice.Number != "INV-7" || linked[0].Generation != 2 || !linked[0].Active || linked[1].Active ||
			linked[1].Invoice.State != receivables.StateDeleted {
			t.Errorf("linked: %+v", linked)
		}
		if rest, err := s.LinkedInvoices(w.ctx, w.book, "", "7", 10); err != nil || len(rest) != 1 {
			t.Errorf("after the first: %+v, %v", rest, err)
		}
		if one, err := s.LinkedInvoices(w.ctx, w.book, "8", "", 10); err != nil || len(one) != 1 || one[0].Invoice.ID != "8" {
			t.Errorf("of one invoice: %+v, %v", one, err)
		}
		record := func(kind receivables.Kind, id string) {
			w.must(s.SaveCreated(w.ctx, w.book, connect.Created{
				NewAccount: connectors.NewAccount{Name: "the " + id}, Answer: connectors.Answer{Ref: receivables.Ref{Kind: kind, ID: id}, Raw: []byte(`{"Id":"` + id + `"}`)}, At: now,
			}))
		}
		record(receivables.KindAccount, "clearing")
		record(receivables.KindAccount, "fees")
		record("contact", "fees")
		made, err := s.Created(w.ctx, w.book)
		w.must(err)
		if len(made) != 3 || made[0].Name != "the clearing" || string(made[0].Raw) != `{"Id":"clearing"}` || made[0].Ours != 1 || made[0].Others != 0 ||
			made[1].Ours != 1 || made[1].Others != 1 || made[2].Ours+made[2].Others != 0 {
			t.Errorf("created: %+v", made)
		}
		in := w.intent("undo", push.StateDone)
		in.Effect, in.Write.Target, in.Answer = push.EffectUndone, receivables.Ref{Kind: receivables.KindAccount, ID: "fees"}, &connectors.Answer{Ref: receivables.Ref{Kind: receivables.KindAccount, ID: "fees"}}
		planned := in
		planned.State, planned.Answer = push.StatePlanned, nil
		w.save(reconcile.Result{Intents: []push.Intent{planned}})
		w.must(s.FinishIntent(w.ctx, w.hold("book/"+bookID), push.Outcome{Intent: in, At: now}))
		if made, err = s.Created(w.ctx, w.book); err != nil || len(made) != 2 || made[1].Ref.Kind != "contact" {
			t.Errorf("after one is inactive: %+v, %v", made, err)
		}
	})
}
