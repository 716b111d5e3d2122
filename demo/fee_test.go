package demo_test

import (
	"slices"
	"testing"
	"time"

	"tieout/books"
	"tieout/demo"
	"tieout/mapping"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/proof"
	"tieout/sync/reconcile"
)

// settings changes what the books of all sides do, from now on.
func (w *world) settings(change func(*side)) {
	w.Helper()
	for _, s := range w.sides {
		change(s)
		if _, err := w.demo.App.Connect.SaveBook(w.Context(), s.book); err != nil {
			w.Fatal(err)
		}
	}
	w.loadBooks()
}

// paidOut lets what is in the Stripe balances arrive at the banks.
func (w *world) paidOut() {
	w.Helper()
	w.advance(4 * 24 * time.Hour)
	w.everySide(func(s *side) {
		if _, err := s.stripe.RunPayouts(); err != nil {
			w.Fatal(err)
		}
	})
	w.advance(6 * 24 * time.Hour)
}

// Fees share one document for each payout, or month, from the choice on; what
// was booked before stays.
func TestFeesShareADocument(t *testing.T) {
	cases := []struct {
		mode mapping.FeeMode
		wait time.Duration
	}{
		{mapping.FeePerPayout, 0}, {mapping.FeePerMonth, 3 * 24 * time.Hour},
	}
	for _, c := range cases {
		t.Run(string(c.mode), func(t *testing.T) {
			t.Parallel()
			w := begin(t, demo.Options{NoHistory: true, Invoices: 24})
			w.everySide(func(s *side) { s.pay(s.pick(0), stripe.PayOptions{}) })
			w.proven(w.sync())
			w.advance(time.Hour)
			w.settings(func(s *side) { s.book.Settings.FeeMode, s.book.Settings.FeeSince = c.mode, w.clock.Now() })
			w.idle(w.sync(), "the change of mode")
			w.advance(time.Minute)
			w.everySide(func(s *side) {
				for range 3 {
					s.pay(s.pick(0), stripe.PayOptions{})
					w.sync()
				}
			})
			w.proven(w.sync())
			w.everySide(func(s *side) {
				if n := len(s.ours(1)); n != 1 {
					t.Errorf("%s: %d fees are written, want only the one from before the change", s.Vendor, n)
				}
			})
			w.paidOut()
			w.advance(c.wait)
			w.settled("the shared fees")
			w.everySide(func(s *side) {
				s.asked()
				if n := len(s.ours(1)); n != 2 {
					t.Errorf("%s: %d documents for four fees, want 2", s.Vendor, n)
				}
			})
		})
	}
}

// Fees that take each other back to the cent call for no document, and do not
// wait for one for ever: here those of a dispute that was won.
func TestFeesThatCancelOut(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	paid := w.payOne()
	w.settings(func(s *side) { s.book.Settings.FeeMode, s.book.Settings.FeeSince = mapping.FeePerMonth, w.clock.Now() })
	w.everySide(func(s *side) {
		id, err := s.stripe.Dispute(paid[s.Vendor].charge, 0, "fraudulent", false)
		if err != nil {
			t.Fatal(err)
		}
		w.proven(w.sync())
		w.advance(time.Hour)
		if err := s.stripe.DecideDispute(id, true); err != nil {
			t.Fatal(err)
		}
	})
	w.settled("the dispute")
	fees := map[string]int{}
	w.everySide(func(s *side) {
		fees[s.Vendor] = len(s.ours(1))
		if items := explained(w.sync()[s.Vendor], proof.CheckClearing); !slices.ContainsFunc(items, feeLater) {
			t.Errorf("%s: clearing is explained by %v, want the fees of a month that is not over", s.Vendor, items)
		}
	})
	w.advance(15 * 24 * time.Hour)
	w.settled("the end of the month")
	w.everySide(func(s *side) {
		s.asked()
		if n := len(s.ours(1)); n != fees[s.Vendor] {
			t.Errorf("%s: %d fees are written, want %d: these add up to nothing", s.Vendor, n, fees[s.Vendor])
		}
		if items := explained(w.sync()[s.Vendor], proof.CheckClearing); slices.ContainsFunc(items, feeLater) {
			t.Errorf("%s: clearing is still explained by %v", s.Vendor, items)
		}
	})
}

// What belongs to a filed period waits for a person where the book wants to be
// asked, and goes to the first open day then.
func TestFiledPeriodIsAskedAbout(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	w.settings(func(s *side) { s.book.Settings.FiledThrough, s.book.Settings.AskClosed = "2026-11-20", true })
	charges := map[string]string{}
	w.everySide(func(s *side) { charges[s.Vendor] = s.pay(s.pick(0), stripe.PayOptions{}).Charge })
	w.advance(30 * time.Hour)
	w.proven(w.sync())
	w.idle(w.sync(), "the question")
	w.everySide(func(s *side) {
		s.receipts(charges[s.Vendor], 0)
		s.asked(reconcile.DecideClosed)
		s.answer(reconcile.DecideClosed, "post")
	})
	w.settled("the answer")
	w.everySide(func(s *side) {
		s.asked()
		for _, d := range append(s.receiptsOf(charges[s.Vendor]), s.ours(1)...) {
			if d.Date != "2026-11-21" {
				t.Errorf("%s: %s is dated %s, want the first open day", s.Vendor, d.Kind, d.Date)
			}
		}
		s.receipts(charges[s.Vendor], 1)
	})
}

// A payment short by the discount for paying early is proposed as such; what a
// person grants becomes a credit note that is applied to the invoice.
func TestDiscountIsGranted(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	w.settings(func(s *side) { s.book.Settings.Discount = books.Discount{Percent: "2", Days: 3650} })
	paid := map[string]economy.Document{}
	w.everySide(func(s *side) {
		d := s.pick(0)
		paid[s.Vendor] = d
		off, _ := s.book.Settings.Discount.Of(int64(d.Balance), "2026-11-20")
		s.direct(stripe.DirectPayment{Amount: int64(d.Balance) - off, Description: "thanks", PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}})
	})
	w.proven(w.sync())
	w.everySide(func(s *side) {
		key := "discount/" + paid[s.Vendor].ID
		s.offers(reconcile.DecideMatch, key)
		s.answer(reconcile.DecideMatch, key)
	})
	w.settled("the discount")
	w.everySide(func(s *side) {
		s.asked()
		if s.Vendor == economy.Xero {
			if link := s.linkIn(s.again(paid[s.Vendor])); link != "" {
				t.Errorf("%s: the customer is asked for the discount by %s", s.Vendor, link)
			}
			s.approve()
		}
	})
	w.settled("the approval")
	w.everySide(func(s *side) { s.balance(paid[s.Vendor], 0) })
}

func feeLater(i proof.Item) bool { return i.Kind == proof.ItemFeeLater }
