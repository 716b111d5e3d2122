package demo_test

import (
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/demo"
	"tieout/mapping"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/preview"
	"tieout/sync/reconcile"
	"tieout/sync/undo"
)

// taken is a kind of business that an undo has to take back.
type taken struct {
	name string
	play func(*world)
	// stays says that Xero keeps something of it whatever is done.
	stays bool
}

// everythingTaken are the kinds of documents that are written beyond a card
// payment with its fee and payout.
func everythingTaken() []taken {
	return []taken{
		{name: "a foreign payment in its own currency", play: func(w *world) { w.foreignBack(mapping.ChoiceOwesAgain, "") }},
		{name: "a foreign payment settled at home, owed again", play: func(w *world) { w.foreignBack(mapping.ChoiceOwesAgain, "1.083719") }},
		{name: "a foreign payment settled at home, credited", play: func(w *world) { w.foreignBack(mapping.ChoiceCreditSale, "1.083719") }},
		{name: "a returned debit", play: func(w *world) { w.debitBack("") }},
		{name: "a returned debit of a payout", play: func(w *world) { w.debitBack(mapping.ChoiceReopen) }},
		{name: "a returned debit billed anew", play: func(w *world) { w.debitBack(mapping.ChoiceNewInvoice) }},
		{name: "credit that was kept and refunded", play: (*world).keptAndRefunded, stays: true},
		{name: "a sale that was credited and refunded", play: (*world).creditedAndRefunded},
		{name: "a dispute that was won", play: func(w *world) { w.disputed(true, "") }},
		{name: "a dispute that was lost", play: func(w *world) { w.disputed(false, mapping.ChoiceBadDebt) }},
		{name: "sales of a day", play: (*world).soldByDay},
		{name: "a discount", play: (*world).discounted},
	}
}

// foreignBack pays a foreign invoice and takes half of it back.
func (w *world) foreignBack(choice mapping.Choice, rate string) {
	charges := map[string]paidInvoice{}
	w.everySide(func(s *side) {
		d := s.foreign()
		if rate != "" {
			s.settleIn(d.Currency, rate)
		}
		charges[s.Vendor] = paidInvoice{d, s.pay(d, stripe.PayOptions{}).Charge}
	})
	w.settled("the payment")
	w.advance(time.Hour)
	w.everySide(func(s *side) { s.refund(charges[s.Vendor].charge, int64(charges[s.Vendor].Balance)/2) })
	w.proven(w.sync())
	w.everySide(func(s *side) { s.answer(reconcile.DecideBooking, string(choice)) })
	w.settled("the refund")
	if choice == mapping.ChoiceCreditSale {
		w.approved()
	}
}

// approved lets the bookkeeper approve the drafts in Xero.
func (w *world) approved() {
	w.everySide(func(s *side) {
		if s.Vendor == economy.Xero {
			s.approve()
		}
	})
	w.settled("the approval")
}

// debitBack lets a bank debit succeed and come back; with a choice it has been
// paid out before.
func (w *world) debitBack(choice mapping.Choice) {
	paid := w.debit(oneDebit)
	if choice != "" {
		w.paidOut()
		w.settled("the payout")
	}
	w.returned(paid)
	w.sync()
	w.everySide(func(s *side) {
		if choice != "" && s.Vendor == economy.Xero {
			s.answer(reconcile.DecideBooking, string(choice))
		}
	})
	w.settled("the return")
}

// keptAndRefunded keeps what was paid too much as credit and pays it back.
func (w *world) keptAndRefunded() {
	charges := map[string]string{}
	w.everySide(func(s *side) {
		d := s.pick(0)
		charges[s.Vendor] = s.direct(stripe.DirectPayment{
			Amount: int64(d.Balance) + 1000, Description: "Invoice " + d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email},
		}).Charge
	})
	w.sync()
	w.everySide(func(s *side) { s.answer(reconcile.DecideOverpaid, "credit") })
	w.settled("the credit")
	w.advance(time.Hour)
	w.everySide(func(s *side) { s.refund(charges[s.Vendor], 1000) })
	w.settled("the refund")
}

// creditedAndRefunded credits a sale whose money goes back, with the refund
// paid out of the approved credit note.
func (w *world) creditedAndRefunded() {
	paid := w.payOne()
	w.everySide(func(s *side) { s.refund(paid[s.Vendor].charge, 0) })
	w.sync()
	w.everySide(func(s *side) { s.answer(reconcile.DecideBooking, string(mapping.ChoiceCreditSale)) })
	w.settled("the credit")
	w.approved()
}

func (w *world) disputed(won bool, choice mapping.Choice) {
	w.settings(func(s *side) { s.book.Accounts.BadDebt = s.book.Accounts.Fees })
	paid, disputes := w.payOne(), map[string]string{}
	w.everySide(func(s *side) {
		id, err := s.stripe.Dispute(paid[s.Vendor].charge, 0, "fraudulent", false)
		if err != nil {
			w.Fatal(err)
		}
		disputes[s.Vendor] = id
	})
	w.settled("the dispute")
	w.advance(time.Hour)
	w.everySide(func(s *side) {
		if err := s.stripe.DecideDispute(disputes[s.Vendor], won); err != nil {
			w.Fatal(err)
		}
	})
	w.sync()
	w.everySide(func(s *side) {
		if !won {
			s.answer(reconcile.DecideBooking, string(choice))
		}
	})
	w.settled("the end of the dispute")
}

func (w *world) soldByDay() {
	w.settings(func(s *side) {
		s.book.Settings.Sales = books.Sales{Account: s.incomeAccount(), NoTax: true, Since: w.clock.Now()}
	})
	w.advance(time.Minute)
	w.everySide(func(s *side) {
		for _, amount := range []int64{3141, 2718} {
			s.direct(stripe.DirectPayment{Amount: amount, Description: "thanks", PayOptions: stripe.PayOptions{Name: "Nobody Known", Email: "nobody@nowhere.example"}})
		}
	})
	w.advance(25 * time.Hour)
	w.settled("the day")
}

func (w *world) discounted() {
	w.settings(func(s *side) { s.book.Settings.Discount = books.Discount{Percent: "2", Days: 3650} })
	ids := map[string]string{}
	w.everySide(func(s *side) {
		d := s.pick(0)
		ids[s.Vendor] = d.ID
		off, _ := s.book.Settings.Discount.Of(int64(d.Balance), "2026-11-20")
		s.direct(stripe.DirectPayment{Amount: int64(d.Balance) - off, Description: "thanks", PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}})
	})
	w.sync()
	w.everySide(func(s *side) { s.answer(reconcile.DecideMatch, "discount/"+ids[s.Vendor]) })
	w.settled("the discount")
	w.approved()
}

// Whatever was written is taken back by one undo of the book: the ledger is as
// it was before the set-up.
func TestUndoEverything(t *testing.T) {
	for _, c := range everythingTaken() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, demo.Options{NoHistory: true, Invoices: 8})
			before := map[string]map[string]map[string]any{}
			for _, l := range w.demo.Sandbox.Ledgers() {
				before[l.Vendor] = w.objects(l.Vendor)
			}
			w.setUp()
			w.switchOn()
			w.sync()
			c.play(w)
			if t.Failed() {
				return
			}
			for _, s := range w.sides {
				if c.stays && s.Vendor == economy.Xero {
					s.undoneButFor("overpayment")
					continue
				}
				for _, l := range s.confirmUndo(undo.Scope{Kind: undo.ScopeBook}, false) {
					if l.Action != preview.ActionRemove && l.Action != preview.ActionChange {
						t.Errorf("%s: the preview says %s of %s %s: %s", s.Vendor, l.Action, l.Kind, l.Document, l.Why)
					}
				}
				s.untouched(before[s.Vendor])
			}
		})
	}
}

// undoneButFor undoes the book and checks that nothing is left but what is
// named.
func (s *side) undoneButFor(what string) {
	s.w.Helper()
	a, b, scope := s.w.demo.App, s.current(), undo.Scope{Kind: undo.ScopeBook}
	shown, err := a.PreviewUndo(s.w.Context(), b, scope, "Ada", false)
	if err != nil {
		s.w.Fatal(err)
	}
	result, err := a.Undo(s.w.Context(), b, scope, "Ada", shown.Digest)
	if err != nil {
		s.w.Fatal(err)
	}
	for _, l := range result.Left {
		if !strings.Contains(l.Why, what) {
			s.w.Errorf("%s: left: %+v", s.Vendor, l)
		}
	}
	if len(result.Left) == 0 || result.Waiting > 0 {
		s.w.Errorf("%s: %+v is left, %d waiting", s.Vendor, result.Left, result.Waiting)
	}
}
