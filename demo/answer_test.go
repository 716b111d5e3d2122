package demo_test

import (
	"testing"

	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/reconcile"
)

// settled lets what was answered be carried out: a sync that does it, one that
// reads it back, and one that finds nothing more to do. All is proven.
func (w *world) settled(after string) {
	w.Helper()
	w.sync()
	w.proven(w.sync())
	last := w.sync()
	w.idle(last, after)
	w.proven(last)
}

// everySide plays a scenario step by step on all sides of one world.
func (w *world) everySide(step func(*side)) {
	w.Helper()
	for _, s := range w.sides {
		step(s)
	}
}

// What was paid above an invoice becomes the customer's credit when a person
// says so, whether it is kept or will be refunded.
func TestOverpaidIsKeptAsCredit(t *testing.T) {
	for _, answer := range []string{"credit", "refund"} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			invoices, charges := map[string]economy.Document{}, map[string]string{}
			w.everySide(func(s *side) {
				d := s.pick(0)
				paid := s.direct(stripe.DirectPayment{
					Amount: int64(d.Balance) + 1000, Description: "Invoice " + d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email},
				})
				invoices[s.Vendor], charges[s.Vendor] = d, paid.Charge
			})
			w.proven(w.sync())
			w.everySide(func(s *side) { s.answer(reconcile.DecideOverpaid, answer) })
			w.settled("the credit")
			w.everySide(func(s *side) {
				s.asked()
				s.balance(invoices[s.Vendor], 0)
				if s.Vendor == economy.QuickBooks { // Xero keeps it as an overpayment, which is no payment
					s.receipts(charges[s.Vendor], 2)
				}
			})
		})
	}
}

// A document of ours that somebody removed is written again when a person
// wants it, once: the second time it stays away.
func TestRemovedIsRestoredOnce(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	charges := map[string]string{}
	w.everySide(func(s *side) { charges[s.Vendor] = s.pay(s.pick(0), stripe.PayOptions{}).Charge })
	w.proven(w.sync())
	w.everySide(func(s *side) { s.remove(s.receiptsOf(charges[s.Vendor])[0]) })
	w.sync()
	w.everySide(func(s *side) { s.answer(reconcile.DecideRemoved, "restore") })
	w.settled("the restored receipt")
	w.everySide(func(s *side) { s.receipts(charges[s.Vendor], 1); s.asked() })
	w.everySide(func(s *side) { s.remove(s.receiptsOf(charges[s.Vendor])[0]) })
	w.proven(w.sync())
	w.everySide(func(s *side) {
		s.receipts(charges[s.Vendor], 0)
		s.asked(reconcile.DecideRemoved)
		if options := s.decisions("")[0].Options; len(options) != 1 || options[0].Key != "leave" {
			t.Errorf("%s: offered %v after the second removal, want only to leave it", s.Vendor, options)
		}
	})
	w.idle(w.sync(), "second removal")
}

// A fee that somebody changed stands as it was written when a person wants it.
func TestChangedIsRestored(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	w.everySide(func(s *side) { s.pay(s.pick(0), stripe.PayOptions{}) })
	w.proven(w.sync())
	w.everySide(func(s *side) {
		if err := s.correct(s.ours(1)[0], 0.11); err != nil {
			t.Fatal(err)
		}
	})
	w.sync()
	w.everySide(func(s *side) { s.answer(reconcile.DecideChanged, "restore") })
	w.settled("the restored fee")
	w.everySide(func(s *side) {
		s.asked()
		if n := len(s.ours(1)); n != 1 {
			t.Errorf("%s: %d fees of ours, want the restored one", s.Vendor, n)
		}
	})
}

// A link that somebody took off is put back when a person wants it.
func TestLinkIsPutBack(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	picked := map[string]economy.Document{}
	w.everySide(func(s *side) {
		d := s.pick(0)
		picked[s.Vendor] = d
		if _, err := s.Books.(economy.LinkRemover).RemoveLink(d.ID, s.Pays); err != nil {
			t.Fatal(err)
		}
	})
	w.sync()
	w.everySide(func(s *side) { s.answer(reconcile.DecideLinkRemoved, "restore") })
	w.settled("the link put back")
	w.everySide(func(s *side) {
		s.asked()
		if s.linkIn(s.again(picked[s.Vendor])) == "" {
			t.Errorf("%s: the link is not back", s.Vendor)
		}
	})
}

// Nobody is asked about a link of an invoice that has been paid meanwhile.
func TestLinkQuestionGoesWithTheBalance(t *testing.T) {
	eachSide(t, func(s *side) func(*side) {
		d := s.pick(0)
		if _, err := s.Books.(economy.LinkRemover).RemoveLink(d.ID, s.Pays); err != nil {
			t.Fatal(err)
		}
		s.w.sync()
		s.asked(reconcile.DecideLinkRemoved)
		s.direct(stripe.DirectPayment{Amount: int64(d.Balance), Description: "Invoice " + d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}})
		return func(s *side) {
			s.balance(d, 0)
			s.asked()
		}
	})
}

// A receipt that the bookkeeper has entered on the bank: what a person says
// about it is done. "It is this payment" leaves payment and payout outside of
// clearing; "another payment" books this one too, as the customer's credit when
// nothing is left to pay.
func TestAdoptionIsAnswered(t *testing.T) {
	for _, answer := range []string{"same", "other", "move"} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			charges := map[string]string{}
			w.everySide(func(s *side) {
				d := s.pick(0)
				charges[s.Vendor] = s.pay(d, stripe.PayOptions{}).Charge
				err := s.Books.Receive(economy.Receipt{
					Customer: d.Customer, Currency: d.Currency, Amount: d.Balance, At: w.clock.Now(), Into: economy.ToBank,
					Pays: []economy.Applied{{Invoice: d, Amount: d.Balance}}, Note: "by hand",
				})
				if err != nil {
					t.Fatal(err)
				}
			})
			w.proven(w.sync())
			w.everySide(func(s *side) { s.answer(reconcile.DecideAdopt, answer) })
			w.proven(w.sync())
			last := w.sync()
			w.idle(last, "the answer")
			w.proven(last)
			w.everySide(func(s *side) {
				switch answer {
				case "other":
					s.asked(reconcile.DecideOverpaid)
				default:
					s.asked()
					s.receipts(charges[s.Vendor], 0)
					if n := len(s.ours(1)); n != 0 {
						t.Errorf("%s: %d fees are written", s.Vendor, n)
					}
				}
			})
			if answer != "same" {
				return
			}
			w.paidOut()
			w.proven(w.sync())
			w.idle(w.sync(), "the payout outside")
			w.everySide(func(s *side) {
				if n := len(s.ours(2)); n != 0 {
					t.Errorf("%s: %d transfers of a payout that is left outside", s.Vendor, n)
				}
			})
		})
	}
}
