package demo_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/demo"
	"tieout/mapping"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/preview"
	"tieout/sync/reconcile"
	"tieout/sync/schedule"
	"tieout/sync/undo"
)

// After the undo of a whole book every account and customer balance, every
// invoice's state, memo and links are as before the first write, set-up
// included. What the vendors keep is what remains allows.
func TestUndoWholeBook(t *testing.T) { engines(t, undoWholeBook) }

func undoWholeBook(t *testing.T, database string) {
	t.Helper()
	w := start(t, demo.Options{NoHistory: true, Own: database})
	before := map[string]map[string]map[string]any{}
	for _, l := range w.demo.Sandbox.Ledgers() {
		before[l.Vendor] = w.objects(l.Vendor)
	}
	w.setUp()
	w.switchOn()
	w.sync()
	for _, s := range w.sides {
		s.pay(s.pick(0), stripe.PayOptions{})
		s.pay(s.pick(1), stripe.PayOptions{Method: stripe.BankDebit})
		s.direct(stripe.DirectPayment{Amount: 1234, Description: "for " + s.pick(2).Number, PayOptions: stripe.PayOptions{Email: s.pick(2).Email, Name: s.pick(2).Name}})
	}
	w.sync()
	for range 3 {
		w.advance(5 * 24 * time.Hour)
		for _, s := range w.sides {
			if _, err := s.stripe.RunPayouts(); err != nil {
				t.Fatal(err)
			}
		}
		w.sync()
	}
	counts := map[string][3]int{}
	for _, s := range w.sides {
		n := [3]int{len(s.ours(0)), len(s.ours(1)), len(s.ours(2))}
		if slices.Contains(n[:], 0) {
			t.Fatalf("%s: not every kind was written: %v", s.Vendor, n)
		}
		counts[s.Vendor] = n
		s.confirmUndo(undo.Scope{Kind: undo.ScopeBook}, false)
		s.untouched(before[s.Vendor])
	}
	w.loadBooks()
	last := w.sync()
	for _, s := range w.sides {
		if s.book.Writes || last[s.Vendor].Pushed.Sent > 0 {
			t.Errorf("%s: writes %t, and %d were written after the undo", s.Vendor, s.book.Writes, last[s.Vendor].Pushed.Sent)
		}
		s.asked()
	}
	for _, s := range w.sides {
		s.reactivate(before[s.Vendor])
	}
	w.sync()
	w.beginAnew()
	w.sync()
	last = w.sync()
	w.idle(last, "after everything was written again")
	w.proven(last)
	for _, s := range w.sides {
		if again := [3]int{len(s.ours(0)), len(s.ours(1)), len(s.ours(2))}; again != counts[s.Vendor] {
			t.Errorf("%s: %v documents the second time, %v the first", s.Vendor, again, counts[s.Vendor])
		}
		s.asked()
	}
}

// A program that dies in the middle of an undo, after the vendor has carried a
// step out and before it could note that, goes on where it stopped when it is
// asked for the same again.
func TestKilledWhileUndoing(t *testing.T) {
	t.Parallel()
	w := start(t, demo.Options{NoHistory: true, Invoices: 4})
	before := map[string]map[string]map[string]any{}
	for _, l := range w.demo.Sandbox.Ledgers() {
		before[l.Vendor] = w.objects(l.Vendor)
	}
	w.setUp()
	w.switchOn()
	w.sync()
	for _, s := range w.sides {
		s.pay(s.pick(0), stripe.PayOptions{})
	}
	w.sync()
	for i, s := range w.sides {
		deaths, done := 0, false
		for n := 1; !done && n < 40; n++ {
			done = s.undoOrDie(byte(60+i*40+n), n, &deaths)
		}
		if !done || deaths < 4 {
			t.Errorf("%s: done %t after %d deaths, want some", s.Vendor, done, deaths)
		}
		s.untouched(before[s.Vendor])
		if _, err := w.demo.App.Store.VerifyJournal(t.Context(), s.book.Tenant, s.book.ID); err != nil {
			t.Errorf("%s: %v", s.Vendor, err)
		}
	}
	w.sync()
	for _, s := range w.sides {
		s.asked()
	}
}

// Whatever came back of a payment, and whatever a person decided about it, is
// taken back with the rest.
func TestUndoWhatWentBack(t *testing.T) {
	for _, choice := range []mapping.Choice{mapping.ChoiceOwesAgain, mapping.ChoiceCreditSale, mapping.ChoiceGoodwill} {
		t.Run(string(choice), func(t *testing.T) {
			t.Parallel()
			w := start(t, demo.Options{NoHistory: true, Invoices: 12})
			before := map[string]map[string]map[string]any{}
			for _, l := range w.demo.Sandbox.Ledgers() {
				before[l.Vendor] = w.objects(l.Vendor)
			}
			w.setUp()
			w.switchOn()
			w.sync()
			w.settings(func(s *side) { s.book.Accounts.Goodwill = s.book.Accounts.Fees })
			paid := w.payOne()
			disputes := map[string]string{}
			w.everySide(func(s *side) {
				s.refund(paid[s.Vendor].charge, 700)
				other := s.pay(s.pick(1), stripe.PayOptions{})
				id, err := s.stripe.Dispute(other.Charge, 0, "fraudulent", false)
				if err != nil {
					t.Fatal(err)
				}
				disputes[s.Vendor] = id
			})
			w.sync()
			w.everySide(func(s *side) {
				s.answer(reconcile.DecideBooking, string(choice))
				if err := s.stripe.DecideDispute(disputes[s.Vendor], true); err != nil {
					t.Fatal(err)
				}
			})
			w.settled("the refund and the dispute")
			for _, s := range w.sides {
				s.confirmUndo(undo.Scope{Kind: undo.ScopeBook}, false)
				s.untouched(before[s.Vendor])
			}
		})
	}
}

// undoOrDie undoes the side's book with a program that dies with the first
// write that it makes, and says whether there was nothing left to do.
func (s *side) undoOrDie(seed byte, n int, deaths *int) bool {
	s.w.Helper()
	ctx, kill := context.WithCancel(s.w.Context())
	defer kill()
	writes := 0
	dying := s.w.second(seed, tamper(func(r *http.Request, _ []byte) (*http.Response, error) {
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil || r.Method == http.MethodGet || strings.Contains(r.URL.Path, "token") || strings.Contains(r.URL.Path, "/query") {
			return answer, err
		}
		if writes++; writes < 1+n%3 {
			return answer, err
		}
		_ = answer.Body.Close()
		*deaths++
		kill()
		return nil, context.Canceled
	}))
	scope := undo.Scope{Kind: undo.ScopeBook}
	shown, err := dying.PreviewUndo(ctx, s.current(), scope, "Ada", false)
	switch {
	case errors.Is(err, undo.ErrNothing):
		return true
	case errors.Is(err, undo.ErrUnderWay):
		_, err = dying.Sync(ctx, schedule.Options{})
	case err == nil:
		_, err = dying.Undo(ctx, s.current(), scope, "Ada", shown.Digest)
	}
	if err != nil && ctx.Err() == nil {
		s.w.Fatalf("%s: %v", s.Vendor, err)
	}
	return false
}

// A match that is undone stays undone, until somebody asks for it again.
func TestUndoMatch(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	invoices, charges, totals := map[string]economy.Document{}, map[string]string{}, map[string]int64{}
	for _, s := range w.sides {
		d := s.pick(0)
		invoices[s.Vendor], totals[s.Vendor] = d, int64(d.Balance)
		charges[s.Vendor] = s.pay(d, stripe.PayOptions{}).Charge
	}
	w.sync()
	for _, s := range w.sides {
		scope := undo.Scope{Kind: undo.ScopeMatch, ID: charges[s.Vendor]}
		lines := s.confirmUndo(scope, false)
		if len(lines) != 2 || lines[0].Kind != "match" && lines[1].Kind != "match" {
			t.Errorf("%s: the preview showed %+v", s.Vendor, lines)
		}
		s.receipts(charges[s.Vendor], 0)
		s.balance(invoices[s.Vendor], totals[s.Vendor])
	}
	w.sync()
	last := w.sync()
	w.idle(last, "after the undo of a match")
	w.proven(last)
	for _, s := range w.sides {
		s.receipts(charges[s.Vendor], 0)
		s.asked()
		s.confirmUndo(undo.Scope{Kind: undo.ScopeMatch, ID: charges[s.Vendor]}, true)
		s.receipts(charges[s.Vendor], 1)
		s.balance(invoices[s.Vendor], 0)
	}
	w.sync()
	last = w.sync()
	w.idle(last, "after the match came back")
	w.proven(last)
}

// Documents, a payout and a day are taken back alone, are not written again by
// themselves, and come back when somebody asks for it.
func TestUndoDocuments(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	invoices, charges := map[string]economy.Document{}, map[string]string{}
	for _, s := range w.sides {
		invoices[s.Vendor] = s.pick(0)
		charges[s.Vendor] = s.pay(s.pick(0), stripe.PayOptions{}).Charge
	}
	w.sync()
	for _, s := range w.sides {
		linked, plain := s.pick(0), s.pick(1)
		s.confirmUndo(undo.Scope{Kind: undo.ScopeDocument, ID: "invoice/" + linked.ID}, false)
		w.sync()
		if s.linkIn(s.again(linked)) != "" || s.linkIn(s.again(plain)) == "" {
			t.Errorf("%s: the link stands on %q and on %q", s.Vendor, s.again(linked).Text, s.again(plain).Text)
		}
	}
	day := w.clock.Now().Format(time.DateOnly)
	for range 2 {
		w.advance(4 * 24 * time.Hour)
		for _, s := range w.sides {
			if _, err := s.stripe.RunPayouts(); err != nil {
				t.Fatal(err)
			}
		}
		w.sync()
	}
	for _, s := range w.sides {
		payouts := s.ours(2)
		if len(payouts) != 1 {
			t.Fatalf("%s: %d payouts", s.Vendor, len(payouts))
		}
		s.confirmUndo(undo.Scope{Kind: undo.ScopeDocument, ID: payouts[0].ID}, false)
		if left := s.ours(2); len(left) != 0 {
			t.Errorf("%s: the payout stands: %+v", s.Vendor, left)
		}
		w.idle(outcome{s.Vendor: w.sync()[s.Vendor]}, "after the undo of a payout's transfer")
		s.confirmUndo(undo.Scope{Kind: undo.ScopeDocument, ID: payouts[0].ID}, true)
		if back := s.ours(2); len(back) != 1 {
			t.Errorf("%s: %d payouts after the redo", s.Vendor, len(back))
		}
		s.confirmUndo(undo.Scope{Kind: undo.ScopeDay, ID: day}, false)
		s.receipts(charges[s.Vendor], 0)
		if fees := s.ours(1); len(fees) != 0 {
			t.Errorf("%s: %d fees stand after the undo of their day", s.Vendor, len(fees))
		}
		if len(s.ours(2)) != 1 {
			t.Errorf("%s: the payout was not written on that day", s.Vendor)
		}
		s.confirmUndo(undo.Scope{Kind: undo.ScopeBatch, ID: payouts[0].Source}, false)
		if left := len(s.ours(0)) + len(s.ours(1)) + len(s.ours(2)); left != 0 {
			t.Errorf("%s: %d documents of the payout stand", s.Vendor, left)
		}
	}
	if back := w.offers(); back < 8 {
		t.Errorf("the journals call %d entries taken back", back)
	}
	last := w.sync()
	w.idle(last, "after all was undone")
	w.proven(last)
	for _, s := range w.sides {
		s.asked()
		s.balance(invoices[s.Vendor], int64(invoices[s.Vendor].Balance))
	}
}

// What stands in a closed period stays, and is reversed on the first open day
// where the ledger lets it be.
func TestUndoInClosedPeriod(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	invoices, charges := map[string]economy.Document{}, map[string]string{}
	for _, s := range w.sides {
		invoices[s.Vendor] = s.pick(0)
		charges[s.Vendor] = s.pay(s.pick(0), stripe.PayOptions{}).Charge
	}
	w.sync()
	w.advance(25 * time.Hour) // what the company says of itself is read once a day
	for _, s := range w.sides {
		s.close("2026-11-20")
	}
	w.sync()
	for _, s := range w.sides {
		b, scope := s.current(), undo.Scope{Kind: undo.ScopeDay, ID: "2026-11-20"}
		shown, err := w.demo.App.PreviewUndo(w.Context(), b, scope, "Ada", false)
		if err != nil {
			t.Fatal(err)
		}
		_, direct := b.Accounts.Receivable["USD"]
		for _, l := range shown.Lines {
			stays := l.Action == preview.ActionStay && l.Kind == "receipt" && !direct
			if l.Action != preview.ActionWrite && !stays || !strings.Contains(l.Why, "closed period up to 20 Nov 2026") {
				t.Errorf("%s: %+v", s.Vendor, l)
			}
			if l.Action == preview.ActionWrite && l.Date != "2026-11-21" {
				t.Errorf("%s: dated %s", s.Vendor, l.Date)
			}
		}
		if _, err := w.demo.App.Undo(w.Context(), b, scope, "Ada", shown.Digest); err != nil {
			t.Fatal(err)
		}
		s.receipts(charges[s.Vendor], 1)
		if fees := s.ours(1); len(fees) < 1 || fees[0].Date > "2026-11-20" {
			t.Errorf("%s: the fee has gone: %+v", s.Vendor, fees)
		}
		again, err := w.demo.App.PreviewUndo(w.Context(), s.current(), scope, "Ada", false)
		for _, l := range again.Lines {
			if l.Action != preview.ActionStay {
				t.Errorf("%s: reversed twice: %+v", s.Vendor, l)
			}
		}
		if err != nil && !errors.Is(err, undo.ErrNothing) {
			t.Error(err)
		}
	}
	if back := w.offers(); back < 2 {
		t.Errorf("the journals call %d entries taken back", back)
	}
	last := w.sync()
	w.idle(last, "after the reversal")
	w.proven(last)
}
