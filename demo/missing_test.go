package demo_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tieout/mapping"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/preview"
	"tieout/sync/reconcile"
	"tieout/sync/undo"
)

// stuck lets a sync meet what is in the way of a write: it is given up with
// the one action that solves it, nothing else is held up, and nothing is tried
// again by itself. After the action all is written.
func (w *world) stuck(s *side, words string, solve func()) {
	w.Helper()
	w.proven(w.sync())
	left := s.parked()
	if len(left) == 0 || !strings.Contains(left[0].Problem, words) || !strings.Contains(left[0].Problem, "Try it again") {
		var problems []string
		for _, in := range left {
			problems = append(problems, in.Write.Op+": "+in.Problem)
		}
		w.Fatalf("%s: given up: %q, want writes that name %q and what to do", s.Vendor, problems, words)
	}
	w.idle(w.sync(), "what is in the way")
	solve()
	var ids []string
	for _, in := range left {
		ids = append(ids, in.ID)
	}
	n, err := w.demo.App.Store.Retry(w.Context(), s.book.Tenant, s.book.ID, ids, w.clock.Now())
	if n != len(ids) || err != nil {
		w.Fatalf("%s: %d of %d were tried again: %v", s.Vendor, n, len(ids), err)
	}
	w.settled("the action")
	if left := s.parked(); len(left) != 0 {
		w.Errorf("%s: still given up: %+v", s.Vendor, left)
	}
}

// A payment method that somebody has made inactive; only QuickBooks has any.
func TestInactivePaymentMethod(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[0]
	id := s.book.Accounts.Method
	active := func(yes bool) {
		s.update("PaymentMethod", map[string]any{"Id": id, "SyncToken": s.token("PaymentMethod", id), "sparse": true, "Active": yes})
	}
	active(false)
	d := s.pick(0)
	charge := s.pay(d, stripe.PayOptions{}).Charge
	w.stuck(s, "inactive", func() { active(true) })
	s.receipts(charge, 1)
	s.balance(d, 0)
}

// A sale of an item that has gone is credited once the item is back where the
// ledger needs it, and at once where it does not.
func TestMissingItem(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	for _, s := range w.sides {
		d := s.pick(0)
		var gone, back func()
		if s.Vendor == economy.Xero {
			raw, err := s.Records.Create("Items", []byte(`{"Code":"WORK","Name":"Work","IsSold":true,"SalesDetails":{"UnitPrice":10,"AccountCode":"200","TaxType":"NONE"}}`))
			s.must(err)
			var item struct{ ItemID string }
			s.must(json.Unmarshal(raw, &item))
			rename := func(code string) { s.update("Items", map[string]any{"ItemID": item.ItemID, "Code": code}) }
			gone, back = func() { rename("OTHER") }, func() { rename("WORK") }
			s.update("Invoices", map[string]any{"InvoiceID": d.ID, "LineAmountTypes": "NoTax", "LineItems": []any{
				map[string]any{"Description": "Work", "ItemCode": "WORK", "Quantity": 1, "UnitAmount": 25, "AccountCode": "200", "TaxType": "NONE"},
			}})
		} else {
			line := s.fields("Invoice", d.ID)["Line"].([]any)[0].(map[string]any)
			item := line["SalesItemLineDetail"].(map[string]any)["ItemRef"].(map[string]any)["value"].(string)
			set := func(active bool) {
				s.update("Item", map[string]any{"Id": item, "SyncToken": s.token("Item", item), "sparse": true, "Active": active})
			}
			gone, back = func() { set(false) }, func() { set(true) }
		}
		w.sync()
		d = s.again(d)
		charge := s.pay(d, stripe.PayOptions{}).Charge
		w.proven(w.sync())
		w.advance(time.Hour)
		s.refund(charge, 0)
		w.proven(w.sync())
		gone()
		s.answer(reconcile.DecideBooking, string(mapping.ChoiceCreditSale))
		if s.Vendor == economy.QuickBooks {
			w.stuck(s, "items", back)
		} else { // Xero's credit notes name the account, not the item
			w.settled("the credit of a sale whose item has gone")
		}
		s.asked()
		w.advance(time.Hour)
	}
}

// An archived contact takes its payment and its fee; what Xero writes anew for
// it (an invoice over what is owed again) waits until it is active.
func TestArchivedContact(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[1]
	d := s.pick(0)
	contact := func(status string) {
		s.update("Contacts", map[string]any{"ContactID": d.Customer, "ContactStatus": status})
	}
	contact("ARCHIVED")
	charge := s.pay(d, stripe.PayOptions{}).Charge
	w.settled("the payment")
	s.receipts(charge, 1)
	s.balance(d, 0)
	w.advance(time.Hour)
	s.refund(charge, 0)
	w.proven(w.sync())
	s.answer(reconcile.DecideBooking, string(mapping.ChoiceOwesAgain))
	w.stuck(s, "archived", func() { contact("ACTIVE") })
	s.asked()
}

// bookkeeperTies ties our receipts and fees to the bank's statement, or unties
// them, on Xero's screen. QuickBooks does not tell what is reconciled.
func (s *side) bookkeeperTies(yes bool) {
	s.w.Helper()
	screen, ok := s.Records.(interface {
		Reconcile(kind, id string, yes bool) error
	})
	if !ok {
		s.w.Fatalf("%s has no such screen", s.Vendor)
	}
	for _, d := range append(s.ours(0), s.ours(1)...) {
		s.must(screen.Reconcile(d.Kind, d.ID, yes))
	}
}

// What a person has reconciled with the bank is not restored, whatever was
// answered before; once it is untied it is.
func TestReconciledIsNotRestored(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[1]
	w.payOne()
	s.must(s.correct(s.ours(1)[0], 0.11))
	w.proven(w.sync())
	s.bookkeeperTies(true)
	w.proven(w.sync())
	s.answer(reconcile.DecideChanged, "restore")
	w.settled("a restore of what is reconciled")
	stands := func() string { return number(s.ours(1)[0].Fields["Total"]).String() }
	if n := len(s.ours(1)); n != 1 || stands() != "0.11" {
		t.Errorf("%d fees, the reconciled one is of %s", n, stands())
	}
	if n := count(t, w.database(), `select count(*) from exception where closed_at is null and message like '%reconciled with the bank%' and action <> ''`); n != 1 {
		t.Errorf("%d exceptions name the reconciled fee, want one with what to do", n)
	}
	s.bookkeeperTies(false)
	w.sync()
	w.settled("it is untied")
	if n := len(s.ours(1)); n != 1 || stands() == "0.11" {
		t.Errorf("%d fees, one is of %s and was not restored", n, stands())
	}
	s.asked()
}

// An undo leaves what is reconciled where it is and says so before it is
// confirmed; once it is untied it can be taken back.
func TestReconciledIsNotUndone(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[1]
	paid := w.payOne()[s.Vendor]
	s.bookkeeperTies(true)
	w.proven(w.sync())
	scope := undo.Scope{Kind: undo.ScopeMatch, ID: paid.charge}
	shown, err := w.demo.App.PreviewUndo(t.Context(), s.current(), scope, "Ada", false)
	s.must(err)
	for _, l := range shown.Lines {
		if l.Kind == "receipt" && (l.Action != preview.ActionStay || !strings.Contains(l.Why, "reconciled")) {
			t.Errorf("the undo shows %+v", l)
		}
	}
	_, err = w.demo.App.Undo(t.Context(), s.current(), scope, "Ada", shown.Digest)
	s.must(err)
	w.settled("an undo of what is reconciled")
	s.receipts(paid.charge, 1)
	s.balance(paid.Document, 0)
	s.bookkeeperTies(false)
	w.sync()
	s.confirmUndo(scope, false)
	s.receipts(paid.charge, 0)
	w.settled("an undo of what was untied")
}

// The books are closed between the answer and the write: the ledger refuses to
// take the document away. It stands as it did, and an exception says why.
func TestClosedWhileRestoring(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	w.payOne()
	w.everySide(func(s *side) { s.must(s.correct(s.ours(1)[0], 0.11)) })
	w.proven(w.sync())
	w.everySide(func(s *side) {
		s.answer(reconcile.DecideChanged, "restore")
		s.close("2026-11-20")
	})
	w.sync()
	w.advance(26 * time.Hour) // what was refused is tried again once a day
	w.sync()
	w.settled("a restore that was refused")
	w.everySide(func(s *side) {
		if parked, fees := s.parked(), len(s.ours(1)); len(parked) != 0 || fees != 1 {
			t.Errorf("%s: %d fees stand, given up %+v", s.Vendor, fees, parked)
		}
	})
	if n := count(t, w.database(), `select count(*) from exception where closed_at is null and message like '%the books are closed%' and action <> ''`); n != 2 {
		t.Errorf("%d exceptions name the closed fee, want one on each side", n)
	}
}

// What somebody changed in a period that is closed since is not restored: an
// exception says why and what to do, and the proof goes on naming it.
func TestClosedIsNotRestored(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	w.payOne()
	w.everySide(func(s *side) { s.must(s.correct(s.ours(1)[0], 0.11)) })
	w.proven(w.sync())
	w.everySide(func(s *side) { s.close("2026-11-20") })
	w.advance(25 * time.Hour) // what a company says of itself is read once a day
	w.proven(w.sync())
	w.everySide(func(s *side) { s.answer(reconcile.DecideChanged, "restore") })
	w.settled("a restore of what is closed")
	w.advance(25 * time.Hour)
	w.proven(w.sync())
	w.everySide(func(s *side) {
		fee := s.ours(1)[0].Fields
		if total := number(fee["TotalAmt"]).Add(number(fee["Total"])).String(); total != "0.11" || len(s.parked()) != 0 {
			t.Errorf("%s: the fee is of %s, given up %+v", s.Vendor, total, s.parked())
		}
	})
	if n := count(t, w.database(), `select count(*) from exception where closed_at is null and message like '%the books are closed%' and action <> ''`); n != 2 {
		t.Errorf("%d exceptions name the closed fee, want one on each side", n)
	}
}
