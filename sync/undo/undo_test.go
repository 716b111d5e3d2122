package undo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/undo"
)

var now = time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC)

// shelf is a store in memory.
type shelf struct {
	undo.Store
	parts   []reconcile.PartRow
	intents []push.Intent
	docs    []reconcile.LedgerDocument
	undoing []push.Intent
	linked  []undo.Linked
	created []undo.Created
	match   []reconcile.Allocation
}

func (s *shelf) UndoParts(_ context.Context, _ books.Book, q undo.Selection) ([]reconcile.PartRow, error) {
	return slices.DeleteFunc(slices.Clone(s.parts), func(p reconcile.PartRow) bool {
		return !slices.Contains(q.States, p.State) || q.Purpose != "" && p.Part.Purpose != q.Purpose || q.Document.ID != "" && p.Document.ID != q.Document.ID
	}), nil
}

func (s *shelf) IntentsByID(_ context.Context, _ string, ids []string) ([]push.Intent, error) {
	return slices.DeleteFunc(slices.Clone(s.intents), func(in push.Intent) bool { return !slices.Contains(ids, in.ID) }), nil
}

func (s *shelf) Undoing(context.Context, books.Book) ([]push.Intent, error) { return s.undoing, nil }

func (s *shelf) Documents(_ context.Context, _ books.Book, _ []string, refs []receivables.Ref) ([]reconcile.LedgerDocument, error) {
	return slices.DeleteFunc(slices.Clone(s.docs), func(d reconcile.LedgerDocument) bool { return !slices.Contains(refs, d.Ref) }), nil
}

func (s *shelf) Raw(_ context.Context, _ books.Book, refs []receivables.Ref) (map[receivables.Ref][]byte, error) {
	out := map[receivables.Ref][]byte{}
	for _, r := range refs {
		out[r] = []byte(r.ID)
	}
	return out, nil
}

func (s *shelf) MatchOf(context.Context, books.Book, string) ([]reconcile.Allocation, error) {
	return s.match, nil
}

func (s *shelf) LinkedInvoices(_ context.Context, _ books.Book, only, after string, _ int) ([]undo.Linked, error) {
	return slices.DeleteFunc(slices.Clone(s.linked), func(l undo.Linked) bool { return l.Invoice.ID <= after || only != "" && l.Invoice.ID != only }), nil
}

func (s *shelf) Created(context.Context, books.Book) ([]undo.Created, error) { return s.created, nil }

// write puts a document on the shelf that we wrote.
func (s *shelf) write(id string, kind receivables.DocumentKind, purpose mapping.Purpose, amount int64, dated receivables.Date) {
	ref := receivables.Ref{Kind: receivables.KindDocument, ID: id}
	b := mapping.Booking{Book: "b", Kind: kind, Currency: "USD", Date: dated, From: "clearing", To: "fees", Memo: "memo " + id}
	target := ""
	if kind == receivables.DocumentReceipt {
		ref.Kind, b.From, b.To, b.CustomerID, target = receivables.KindReceipt, "", "clearing", "c", "i1"
	}
	part := mapping.Part{Movement: "m-" + id, Purpose: purpose, Target: target, Amount: amount}
	b.Parts = []mapping.Part{part}
	s.parts = append(s.parts, reconcile.PartRow{Part: part, Connection: "s", State: reconcile.PartLive, Intent: "in-" + id, Document: ref})
	s.intents = append(s.intents, push.Intent{ID: "in-" + id, Why: "why " + id, Sort: id, Booking: &b, Write: connectors.Write{Parts: b.Parts}})
	s.docs = append(s.docs, reconcile.LedgerDocument{Ref: ref, Kind: kind, State: receivables.StateLive, Date: dated, Total: amount, Currency: "USD"})
}

// ledger removes what nothing stands in the way of.
type ledger struct {
	connectors.Ledger
	stuck map[string]string
	// rests is what is used of a document.
	rests map[string]int64
}

func (l *ledger) LowerRemoval(r connectors.Removal) (connectors.Write, bool, string, error) {
	if why := l.stuck[r.Document.ID]; why != "" {
		return connectors.Write{}, false, why, nil
	}
	if rests := l.rests[r.Document.ID]; rests > r.Freed {
		return connectors.Write{}, false, fmt.Sprintf("%d of it is used", rests), nil
	}
	return connectors.Write{Op: "remove", Key: "remove:" + string(r.Raw), Target: r.Document}, true, "", nil
}

func (l *ledger) KeptAfterRemoval(kind receivables.DocumentKind) string {
	return "kept " + string(kind)
}

func (l *ledger) Lower(b mapping.Booking, generation int) ([]connectors.Write, error) {
	return []connectors.Write{{Op: "create", Key: fmt.Sprint("create", generation), Marker: connectors.Marker(b.Book, b.Parts), Parts: b.Parts}}, nil
}

func (l *ledger) LowerLink(c connectors.LinkChange) (connectors.Write, bool, string, error) {
	return connectors.Write{Op: "link", Target: c.Invoice.Ref()}, c.Invoice.Link != "" && c.URL == "", "", nil
}

// stripe ends links.
type stripe struct{ connectors.Processor }

func (stripe) LowerDeactivate(id string, _ int) (connectors.Write, error) {
	return connectors.Write{Op: "end", Target: receivables.Ref{Kind: "payment_link", ID: id}}, nil
}

func planner(s *shelf, l *ledger) *undo.Planner {
	n := 0
	return &undo.Planner{
		Store: s, Ledger: l, Processor: func(string) (connectors.Processor, error) { return stripe{}, nil }, Now: func() time.Time { return now },
		NewID: func() string { n++; return fmt.Sprint("new-", n) }, By: "Ada",
	}
}

func book() books.Book {
	return books.Book{Tenant: "main", ID: "b", Ledger: "l", Sources: []string{"s"}}
}

func ops(list []push.Intent) string {
	var all []string
	for _, in := range list {
		all = append(all, in.Write.Op+" "+in.Write.Target.ID)
	}
	return strings.Join(all, ", ")
}

// TestOneRestsOnAnother shows a credit and the refund that uses it as one undo:
// the refund goes first, and the credit after it, though it stands in the way
// now. What somebody else has used of another credit keeps that one.
func TestOneRestsOnAnother(t *testing.T) {
	t.Parallel()
	s, l := &shelf{}, &ledger{rests: map[string]int64{"1": 100, "3": 40}}
	s.write("1", receivables.DocumentCredit, mapping.PurposeCredit, 100, "2026-03-01")
	s.write("2", receivables.DocumentExpense, mapping.PurposeRefund, 100, "2026-03-02")
	s.write("3", receivables.DocumentCredit, mapping.PurposeCredit, 40, "2026-03-03")
	for i := range s.intents {
		if s.intents[i].Booking != nil && s.intents[i].Booking.Kind == receivables.DocumentExpense {
			s.intents[i].Booking.Credit = &mapping.Credit{ID: "1", Open: 100}
		}
	}
	p := planner(s, l)
	plan, err := p.Plan(t.Context(), book(), undo.Scope{Kind: undo.ScopeBook})
	if err != nil {
		t.Fatal(err)
	}
	if now, later := ops(plan.Documents), ops(plan.Later); now != "remove 2" || later != "remove 1" {
		t.Errorf("now %q, later %q", now, later)
	}
	if len(plan.Stays) != 1 || plan.Stays[0].Document.ID != "3" {
		t.Errorf("stays: %+v", plan.Stays)
	}
	if w, more := p.Next(plan); !more || ops(w.Intents) != "remove 2" {
		t.Errorf("first %s, %t", ops(w.Intents), more)
	}
}

// TestSteps carries a whole book back in the order that the ledger needs:
// documents, newest first; what does the opposite of those that stay; links;
// what the set-up made.
func TestSteps(t *testing.T) {
	t.Parallel()
	s, l := &shelf{}, &ledger{stuck: map[string]string{"2": "it is reconciled"}}
	s.write("1", receivables.DocumentReceipt, mapping.PurposeReceipt, 100, "2026-03-01")
	s.write("2", receivables.DocumentExpense, mapping.PurposeFee, 3, "2026-03-01")
	s.write("3", receivables.DocumentTransfer, mapping.PurposePayout, 97, "2026-03-04")
	s.linked = []undo.Linked{
		{Invoice: receivables.Invoice{ID: "i1", State: receivables.StateLive, Link: "u"}, Generation: 2, Link: "pl_1", Active: true},
		{Invoice: receivables.Invoice{ID: "i2", State: receivables.StateVoid, Link: "u"}, Link: "pl_2"},
	}
	s.created = []undo.Created{
		{Ref: receivables.Ref{Kind: receivables.KindAccount, ID: "fees"}, Name: "Fees", Others: 1},
		{Ref: receivables.Ref{Kind: "contact", ID: "stripe"}, Name: "Stripe"},
	}
	p := planner(s, l)
	plan, err := p.Plan(t.Context(), book(), undo.Scope{Kind: undo.ScopeBook})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ops(plan.Documents), "remove 3, remove 1, create "; got != want {
		t.Errorf("documents %s, want %s", got, want)
	}
	if got, want := ops(plan.Links), "end pl_1, link i1"; got != want {
		t.Errorf("links %s, want %s", got, want)
	}
	if got, want := ops(plan.Setup), "remove stripe"; got != want {
		t.Errorf("set-up %s, want %s", got, want)
	}
	if len(plan.Stays) != 1 || !strings.Contains(plan.Stays[0].Why, "1 other documents use it") {
		t.Errorf("stays: %+v", plan.Stays)
	}
	if want := []string{"Each invoice that", "Stripe keeps", "kept ", "kept receipt", "kept transfer"}; !slices.EqualFunc(plan.Kept, want, strings.HasPrefix) {
		t.Errorf("kept: %q", plan.Kept)
	}
	if w, more := p.Next(plan); !more || ops(w.Intents) != "remove 3, remove 1" || len(w.Parts) != 0 {
		t.Errorf("first %s, %t", ops(w.Intents), more)
	}
	plan.Documents = plan.Documents[2:3]
	if w, more := p.Next(plan); !more || ops(w.Intents) != "create " || len(w.Parts) != 1 {
		t.Errorf("second %s, %t", ops(w.Intents), more)
	}
	plan.Documents = nil
	if w, more := p.Next(plan); !more || ops(w.Intents) != "end pl_1, link i1" {
		t.Errorf("third %s, %t", ops(w.Intents), more)
	}
	plan.Links = nil
	if w, more := p.Next(plan); !more || ops(w.Intents) != "remove stripe" {
		t.Errorf("fourth %s, %t", ops(w.Intents), more)
	}
	plan.Setup = nil
	if _, more := p.Next(plan); more {
		t.Error("there is something left")
	}
	removal := s.intents[0]
	for _, in := range p0(t, s, l).Documents {
		if in.Write.Target.ID == "1" && (in.Effect != push.EffectUndone || in.State != push.StatePlanned || string(in.Before) != "1" ||
			in.Booking.By != "Ada" || in.Write.Natural.Amount != 100 || !strings.Contains(in.Why, removal.Why)) {
			t.Errorf("the removal: %+v", in)
		}
	}
}

// TestLinkOfAnInvoice takes one link off.
func TestLinkOfAnInvoice(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	for _, id := range []string{"i1", "i2"} {
		s.linked = append(s.linked, undo.Linked{Invoice: receivables.Invoice{ID: id, State: receivables.StateLive, Link: "u"}, Link: "pl_" + id, Active: true})
	}
	plan, err := planner(s, &ledger{}).Plan(t.Context(), book(), undo.Scope{Kind: undo.ScopeDocument, ID: "invoice/i2"})
	if err != nil || ops(plan.Links) != "end pl_i2, link i2" || len(plan.Documents)+len(plan.Setup) != 0 {
		t.Errorf("%+v, %v", plan, err)
	}
}

// p0 is the plan of a whole book.
func p0(t *testing.T, s *shelf, l *ledger) undo.Plan {
	t.Helper()
	plan, err := planner(s, l).Plan(t.Context(), book(), undo.Scope{Kind: undo.ScopeBook})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestCounterDocuments: what has to stay is reversed to the cent on the first
// open day, once, or is named with what a person has to do.
func TestCounterDocuments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind    receivables.DocumentKind
		purpose mapping.Purpose
		change  func(*shelf, *books.Book, *undo.Planner)
		stays   string
		parts   []mapping.Part
		lines   int
		date    receivables.Date
	}{
		"fee in a closed period": {
			kind: receivables.DocumentExpense, purpose: mapping.PurposeFee,
			change: func(_ *shelf, _ *books.Book, p *undo.Planner) { p.Lock = "2026-03-31" },
			parts:  []mapping.Part{{Movement: "m-1", Purpose: reconcile.PurposeUndo, Target: "fee:", Amount: -100}}, date: "2026-04-01",
		},
		"transfer that is reconciled": {
			kind: receivables.DocumentTransfer, purpose: mapping.PurposePayout,
			parts: []mapping.Part{{Movement: "m-1", Purpose: reconcile.PurposeUndo, Target: "payout:", Amount: -100}}, date: "2026-03-20",
		},
		"receipt where receivables take postings": {
			kind: receivables.DocumentReceipt, purpose: mapping.PurposeReceipt,
			change: func(_ *shelf, b *books.Book, _ *undo.Planner) {
				b.Accounts.Receivable = map[money.Currency]string{"USD": "ar"}
			},
			parts: []mapping.Part{{Movement: "m-1", Purpose: reconcile.PurposeUndo, Target: "receipt:i1", Amount: 100}}, lines: 1, date: "2026-03-20",
		},
		"receipt elsewhere": {kind: receivables.DocumentReceipt, purpose: mapping.PurposeReceipt, stays: "receivables cannot be posted to"},
		"journal":           {kind: receivables.DocumentJournal, purpose: mapping.PurposeLoss, stays: "Reverse this journal in the ledger by hand"},
		"written before bookings were kept": {
			kind: receivables.DocumentExpense, purpose: mapping.PurposeFee,
			change: func(s *shelf, _ *books.Book, _ *undo.Planner) { s.intents[0].Booking = nil }, stays: "not known any more",
		},
		"paid a credit back": {
			kind: receivables.DocumentExpense, purpose: mapping.PurposeRefund,
			change: func(s *shelf, _ *books.Book, _ *undo.Planner) {
				s.intents[0].Booking.Credit = &mapping.Credit{ID: "cr"}
			}, stays: "paid a credit back",
		},
		"not shown yet": {
			kind: receivables.DocumentExpense, purpose: mapping.PurposeFee,
			change: func(s *shelf, _ *books.Book, _ *undo.Planner) { s.docs = nil }, stays: "Read now, under Connections",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, l, b := &shelf{}, &ledger{stuck: map[string]string{"1": "it is reconciled"}}, book()
			s.write("1", c.kind, c.purpose, 100, "2026-03-01")
			p := planner(s, l)
			if c.change != nil {
				c.change(s, &b, p)
			}
			plan, err := p.Plan(t.Context(), b, undo.Scope{Kind: undo.ScopeDocument, ID: "1"})
			if err != nil {
				t.Fatal(err)
			}
			if c.stays != "" {
				if len(plan.Stays) != 1 || !strings.Contains(plan.Stays[0].Why, c.stays) || !plan.Empty() {
					t.Errorf("stays %+v, documents %+v", plan.Stays, plan.Documents)
				}
				return
			}
			if len(plan.Documents) != 1 || len(plan.Stays) != 0 {
				t.Fatalf("documents %+v, stays %+v", plan.Documents, plan.Stays)
			}
			in := plan.Documents[0]
			if !slices.Equal(in.Write.Parts, c.parts) || in.Booking.Date != c.date || len(in.Booking.Lines) != c.lines || in.Booking.By != "Ada" {
				t.Errorf("the counter-document: %+v, parts %+v", *in.Booking, in.Write.Parts)
			}
			if len(plan.Parts) != 1 || plan.Parts[0].State != reconcile.PartPlanned || plan.Parts[0].Intent != in.ID {
				t.Errorf("parts %+v", plan.Parts)
			}
			s.parts = append(s.parts, plan.Parts...)
			if _, err := p.Plan(t.Context(), b, undo.Scope{Kind: undo.ScopeDocument, ID: "1"}); !errors.Is(err, undo.ErrNothing) {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}

// TestUnderWay: what was planned before is not planned twice, what could not be
// done is named, and what somebody has removed needs no write.
func TestUnderWay(t *testing.T) {
	t.Parallel()
	s, l := &shelf{}, &ledger{}
	for _, id := range []string{"1", "2", "3"} {
		s.write(id, receivables.DocumentExpense, mapping.PurposeFee, 1, "2026-03-01")
	}
	s.docs[2].State = receivables.StateDeleted
	s.undoing = []push.Intent{
		{State: push.StatePlanned, Write: connectors.Write{Target: s.docs[0].Ref}},
		{State: push.StateParked, Problem: "refused", Write: connectors.Write{Target: s.docs[1].Ref}},
	}
	plan := p0(t, s, l)
	if len(plan.Documents) != 0 || len(plan.Stays) != 1 || plan.Stays[0].Why != "It could not be taken back: refused" || len(plan.Gone) != 1 || plan.Gone[0].ID != "3" {
		t.Errorf("%+v", plan)
	}
	if _, err := planner(s, l).Plan(t.Context(), book(), undo.Scope{Kind: undo.ScopeDocument, ID: "1"}); !errors.Is(err, undo.ErrUnderWay) {
		t.Errorf("what is under way: %v", err)
	}
	if w, more := planner(s, l).Next(plan); !more || len(w.Gone) != 1 || len(w.Intents) != 0 {
		t.Errorf("%+v, %t", w, more)
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	s, l := &shelf{match: []reconcile.Allocation{{Movement: "m", Charge: "ch", Invoice: "i1", Amount: 7}}}, &ledger{}
	p := planner(s, l)
	plan, err := p.Plan(t.Context(), book(), undo.Scope{Kind: undo.ScopeMatch, ID: "ch"})
	if err != nil {
		t.Fatal(err)
	}
	w, more := p.Next(plan)
	if !more || !slices.Equal(w.Forget, []string{"m"}) || len(w.Decisions) != 1 {
		t.Fatalf("%+v", w)
	}
	d := w.Decisions[0]
	if d.Subject != "movement/m" || d.Answer != reconcile.AnswerNone || d.By != "Ada" || !strings.Contains(d.Question, "undone by Ada") || len(d.Options) != 2 ||
		d.Options[1].Invoices[0].Amount != 7 {
		t.Errorf("the decision: %+v", d)
	}
}

// TestRedo asks for what was undone in a new generation, never under a key that
// the ledger has answered before.
func TestRedo(t *testing.T) {
	t.Parallel()
	s, l := &shelf{}, &ledger{}
	s.write("1", receivables.DocumentExpense, mapping.PurposeFee, 3, "2026-03-01")
	s.write("2", receivables.DocumentExpense, mapping.PurposeFee, 4, "2026-03-01")
	s.parts[0].State, s.parts[0].Generation, s.parts[0].Marker = reconcile.PartUndone, 1, "TIE-1"
	p := planner(s, l)
	plan, err := p.PlanRedo(t.Context(), book(), undo.Scope{Kind: undo.ScopeBook})
	if err != nil || len(plan.Documents) != 1 || plan.Documents[0].Why != "written again: why 1" {
		t.Fatalf("%+v, %v", plan, err)
	}
	w := p.Redone(plan)
	if len(w.Intents) != 0 || len(w.Parts) != 1 || !slices.Equal(w.Mark, []string{"m-1"}) {
		t.Fatalf("%+v", w)
	}
	row := w.Parts[0]
	if row.State != reconcile.PartAgain || row.Generation != 2 || row.Document.ID != "" || row.Marker != "" || row.Intent != "" {
		t.Errorf("%+v", row)
	}
	if _, err := p.PlanRedo(t.Context(), book(), undo.Scope{Kind: undo.ScopeDocument, ID: "2"}); !errors.Is(err, undo.ErrNothing) {
		t.Errorf("what stands: %v", err)
	}
}

// TestCounterTakenBack: a counter-document can be taken back itself; then what
// it reversed stands again, and its successor has a key of its own.
func TestCounterTakenBack(t *testing.T) {
	t.Parallel()
	s, l := &shelf{}, &ledger{stuck: map[string]string{"1": "it is reconciled"}}
	s.write("1", receivables.DocumentExpense, mapping.PurposeFee, 3, "2026-03-01")
	s.write("c", receivables.DocumentExpense, reconcile.PurposeUndo, -3, "2026-03-02")
	s.parts[1].Part.Movement, s.parts[1].Part.Target = "m-1", "fee:"
	p := planner(s, l)
	if _, err := p.Plan(t.Context(), book(), undo.Scope{Kind: undo.ScopeBook}); !errors.Is(err, undo.ErrNothing) {
		t.Errorf("both together add up to nothing: %v", err)
	}
	plan, err := p.Plan(t.Context(), book(), undo.Scope{Kind: undo.ScopeDocument, ID: "c"})
	if err != nil || ops(plan.Documents) != "remove c" {
		t.Fatalf("%+v, %v", plan, err)
	}
	s.parts[1].State = reconcile.PartUndone
	if plan, err = p.Plan(t.Context(), book(), undo.Scope{Kind: undo.ScopeDocument, ID: "1"}); err != nil || ops(plan.Documents) != "create " || plan.Documents[0].Write.Key != "create1" {
		t.Errorf("a second reversal: %+v, %v", plan, err)
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	p := planner(&shelf{}, &ledger{})
	for _, c := range []struct {
		scope undo.Scope
		want  error
	}{
		{undo.Scope{Kind: undo.ScopeDocument}, undo.ErrScope},
		{undo.Scope{Kind: undo.ScopeDay, ID: "yesterday"}, undo.ErrScope},
		{undo.Scope{Kind: "year", ID: "2026"}, undo.ErrScope},
		{undo.Scope{Kind: undo.ScopeBatch, ID: "po_1"}, undo.ErrNothing},
		{undo.Scope{Kind: undo.ScopeBook}, undo.ErrNothing},
	} {
		if _, err := p.Plan(t.Context(), book(), c.scope); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.scope, err, c.want)
		}
	}
}
