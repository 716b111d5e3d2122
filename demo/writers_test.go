package demo_test

import (
	"testing"

	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/reconcile"
)

// A receipt of another integration that names our payment, with another amount
// and another date than an adoption allows, stops the writing for that payment
// until somebody has decided; everything else goes on.
func TestAnotherWriter(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	charges := map[string]string{}
	w.everySide(func(s *side) {
		d := s.pick(0)
		charges[s.Vendor] = s.pay(d, stripe.PayOptions{}).Charge
		err := s.Books.Receive(economy.Receipt{
			Customer: d.Customer, Currency: d.Currency, Amount: 123, At: w.clock.Now(), Into: economy.ToBank,
			Pays: []economy.Applied{{Invoice: d, Amount: 123}}, Note: charges[s.Vendor],
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	w.proven(w.sync())
	last := w.sync()
	w.proven(last)
	w.idle(last, "the question")
	w.everySide(func(s *side) {
		s.receipts(charges[s.Vendor], 0)
		s.answer(reconcile.DecideWriter, "go_on")
	})
	w.sync()
	w.everySide(func(s *side) {
		if len(s.receiptsOf(charges[s.Vendor])) == 0 {
			t.Errorf("%s: nothing is written after the answer", s.Vendor)
		}
	})
}
