package demo_test

import (
	"testing"

	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/reconcile"
)

// stranger pays exactly what is open on an invoice, without saying for what.
func (s *side) stranger(d economy.Document) stripe.Payment {
	return s.direct(stripe.DirectPayment{
		Amount: int64(d.Balance), Description: "thanks", PayOptions: stripe.PayOptions{Name: "Nobody Known", Email: "nobody@nowhere.example"},
	})
}

// answer answers the one open question of a kind.
func (s *side) answer(kind, key string) {
	s.w.Helper()
	open := s.decisions(kind)
	if len(open) != 1 {
		s.w.Fatalf("%s: questions %v, want one of kind %s", s.Vendor, s.decisions(""), kind)
	}
	err := s.w.demo.App.Store.AnswerDecision(s.w.Context(), s.book.Tenant, s.book.ID, open[0].ID, key, "Ada", s.w.clock.Now())
	if err != nil {
		s.w.Fatalf("%s: %v; options %+v", s.Vendor, err, open[0].Options)
	}
}

// What a person says about a payment is booked, once, with the person's name.
func TestSomebodySaysWhatItPays(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	charges, invoices := map[string]string{}, map[string]economy.Document{}
	for _, s := range w.sides {
		invoices[s.Vendor] = s.pick(0)
		charges[s.Vendor] = s.stranger(invoices[s.Vendor]).Charge
	}
	w.proven(w.sync())
	for _, s := range w.sides {
		s.receipts(charges[s.Vendor], 0)
		s.answer(reconcile.DecidePayer, "invoice/"+invoices[s.Vendor].ID)
	}
	w.proven(w.sync())
	last := w.sync()
	w.idle(last, "second sync")
	w.proven(last)
	for _, s := range w.sides {
		s.receipts(charges[s.Vendor], 1)
		s.balance(invoices[s.Vendor], 0)
		s.asked()
	}
}

// An answer that says "none of them" is kept: nothing is booked, nothing is
// asked again.
func TestSomebodySaysNone(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	charges := map[string]string{}
	for _, s := range w.sides {
		charges[s.Vendor] = s.stranger(s.pick(0)).Charge
	}
	w.proven(w.sync())
	for _, s := range w.sides {
		s.answer(reconcile.DecidePayer, "none")
	}
	w.proven(w.sync())
	last := w.sync()
	w.idle(last, "second sync")
	w.proven(last)
	for _, s := range w.sides {
		s.receipts(charges[s.Vendor], 0)
		s.asked()
	}
}

// An answer whose invoice has been voided meanwhile is set aside, and the
// question is asked anew.
func TestAnswerIsOvertaken(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	charges := map[string]string{}
	for _, s := range w.sides {
		charges[s.Vendor] = s.stranger(s.pick(0)).Charge
	}
	w.proven(w.sync())
	for _, s := range w.sides {
		d := s.pick(0)
		s.answer(reconcile.DecidePayer, "invoice/"+d.ID)
		if err := s.Books.Void(d.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.proven(w.sync())
	last := w.sync()
	w.idle(last, "second sync")
	w.proven(last)
	for _, s := range w.sides {
		s.receipts(charges[s.Vendor], 0)
		s.asked(reconcile.DecidePayer)
	}
}
