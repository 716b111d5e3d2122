package demo_test

import (
	"testing"
	"time"

	"tieout/sandbox/stripe"
	"tieout/sync/proof"
)

// An owner who pays out by hand between Stripe's own payouts: each stands on
// the bank once, and the automatic one that follows takes the advance off.
func TestManualAndAutomaticPayouts(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	w.payOne()
	w.advance(4 * 24 * time.Hour)
	w.everySide(func(s *side) {
		if _, err := s.stripe.ManualPayout(s.ready.HomeCurrency, 2500, "by hand"); err != nil {
			t.Fatal(err)
		}
		s.pay(s.pick(0), stripe.PayOptions{})
	})
	w.settled("the payout by hand")
	w.advance(4 * 24 * time.Hour)
	w.everySide(func(s *side) {
		if _, err := s.stripe.RunPayouts(); err != nil {
			t.Fatal(err)
		}
	})
	w.settled("the automatic payout")
	w.advance(12 * 24 * time.Hour)
	last := w.sync()
	w.proven(last)
	w.everySide(func(s *side) {
		s.asked()
		if n := len(s.ours(2)); n != 2 {
			t.Errorf("%s: %d transfers, want both payouts", s.Vendor, n)
		}
		for _, l := range last[s.Vendor].Proof.Lines {
			if l.Check == proof.CheckPayouts && (l.Stripe == nil || *l.Stripe <= 0 || *l.Stripe != *l.Tieout || l.Why == "") {
				t.Errorf("%s: %+v, want an itemised payout of its members, and a word on the one that is not", s.Vendor, l)
			}
		}
	})
}
