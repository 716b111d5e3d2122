package demo_test

import (
	"strings"
	"testing"
	"time"

	"tieout/mapping"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/reconcile"
)

// debit pays by bank debit and lets it succeed.
func (w *world) debit(pay func(*side) paidInvoice) map[string]paidInvoice {
	w.Helper()
	paid := map[string]paidInvoice{}
	w.everySide(func(s *side) { paid[s.Vendor] = pay(s) })
	w.proven(w.sync())
	w.everySide(func(s *side) { s.receipts(paid[s.Vendor].charge, 0) }) // pending
	w.advance(6 * 24 * time.Hour)
	w.settled("the debit")
	return paid
}

// oneDebit pays the first open invoice by its link.
func oneDebit(s *side) paidInvoice {
	d := s.pick(0)
	return paidInvoice{d, s.pay(d, stripe.PayOptions{Method: stripe.BankDebit}).Charge}
}

// returned lets the payer's bank send the debits back weeks after they
// succeeded. Stripe tells of it by a dispute (Stripe docs:
// payments/ach-direct-debit, transaction failures).
func (w *world) returned(paid map[string]paidInvoice) {
	w.Helper()
	w.everySide(func(s *side) {
		if _, err := s.stripe.Dispute(paid[s.Vendor].charge, 0, "insufficient_funds", false); err != nil {
			w.Fatal(err)
		}
	})
}

// total adds up our documents of a kind of Xero for a charge.
func (s *side) received(charge string) (total float64) {
	for _, d := range s.ours(1) {
		if amount, _ := d.Fields["Total"].(float64); d.Source == charge && d.Fields["Type"] == "RECEIVE" {
			total += amount
		}
	}
	return total
}

// A debit that comes back after its success is a second document. In QuickBooks
// the receipt stays and pays that; in Xero, as long as nothing stands against
// it, the payment is taken off the invoice by Xero's own steps, and its money
// stays in the clearing account as received.
func TestReturnedDebit(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	paid := w.debit(oneDebit)
	w.everySide(func(s *side) {
		s.receipts(paid[s.Vendor].charge, 1)
		s.balance(paid[s.Vendor].Document, 0)
	})
	w.advance(15 * 24 * time.Hour)
	w.returned(paid)
	w.settled("the return")
	w.everySide(func(s *side) {
		d := paid[s.Vendor]
		s.asked()
		s.unimpeded()
		s.balance(d.Document, int64(d.Balance))
		want, put := 1, 0.0
		if s.Vendor == economy.Xero {
			want, put = 0, float64(d.Balance)/100
		}
		s.receipts(d.charge, want)
		if got := s.received(d.charge); got != put {
			t.Errorf("%s: %.2f received over the account between, want %.2f", s.Vendor, got, put)
		}
		s.billedAnew(0)
		if link := s.linkIn(s.again(d.Document)); link == "" {
			t.Errorf("%s: %s is owed again and has no link", s.Vendor, d.Number)
		}
	})
	// It is paid a second time, by card.
	w.everySide(func(s *side) {
		s.pay(s.again(paid[s.Vendor].Document), stripe.PayOptions{Email: paid[s.Vendor].Email, Name: paid[s.Vendor].Name})
	})
	w.settled("the second payment")
	w.everySide(func(s *side) {
		s.asked()
		s.balance(paid[s.Vendor].Document, 0)
	})
}

// billedAnew checks how many invoices of ours say that something is owed again.
func (s *side) billedAnew(want int) {
	s.w.Helper()
	n := 0
	if s.Vendor == economy.Xero {
		for _, d := range s.oursOf("Invoices") {
			if text, _ := d.Fields["Reference"].(string); ourMarker.MatchString(text) {
				n++
			}
		}
	}
	if n != want {
		s.w.Errorf("%s: %d invoices of ours, want %d", s.Vendor, n, want)
	}
}

// A debit that came back after it had been paid out is a person's choice where
// its payment would have to be removed; either way is booked, and can be seen
// through to the next payment.
func TestReturnedDebitOfAPayout(t *testing.T) {
	for _, choice := range []mapping.Choice{mapping.ChoiceReopen, mapping.ChoiceNewInvoice} {
		t.Run(string(choice), func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			paid := w.debit(oneDebit)
			w.paidOut()
			w.settled("the payout")
			w.returned(paid)
			w.proven(w.sync())
			w.idle(w.sync(), "the question")
			w.everySide(func(s *side) {
				if s.Vendor == economy.Xero {
					s.receipts(paid[s.Vendor].charge, 1)
					s.offers(reconcile.DecideBooking, string(choice))
					s.answer(reconcile.DecideBooking, string(choice))
				}
			})
			w.settled("the choice")
			w.everySide(func(s *side) {
				d := paid[s.Vendor]
				s.asked()
				s.unimpeded()
				reopened := s.Vendor == economy.QuickBooks || choice == mapping.ChoiceReopen
				want, anew := int64(0), 0
				if reopened {
					want = int64(d.Balance)
				} else {
					anew = 1
				}
				s.balance(d.Document, want)
				s.billedAnew(anew)
			})
		})
	}
}

// Once the receipt's month is closed, or somebody has reconciled it, it stays
// on its invoice, and the return is a document of the open month.
func TestReturnedDebitOfAClosedMonth(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	paid := w.debit(oneDebit)
	w.advance(8 * 24 * time.Hour)
	w.everySide(func(s *side) { s.close("2026-11-30") })
	w.settled("the closing")
	w.returned(paid)
	w.settled("the return")
	w.everySide(func(s *side) {
		d := paid[s.Vendor]
		s.asked()
		s.receipts(d.charge, 1)
		s.balance(d.Document, 0)
		if s.Vendor == economy.Xero {
			s.unimpeded()
			s.billedAnew(1)
		} else {
			s.excepted("cannot_be_relinked", "stays on its invoice")
		}
		for _, doc := range s.ours(1) {
			if doc.Source != d.charge && doc.Date <= "2026-11-30" && doc.Date > "2026-11-29" {
				t.Errorf("%s: %+v is in the closed month", s.Vendor, doc)
			}
		}
	})
}

// excepted checks that one exception is open, of a kind, and what it says.
func (s *side) excepted(kind, says string) {
	s.w.Helper()
	got := rows(s.w.T, s.w.database(), `select kind || ': ' || message from exception where closed_at is null and subject like 'movement/%' and scope = 'book/`+s.book.ID+`'`)
	if !strings.HasPrefix(got, "["+kind) && !strings.HasPrefix(got, kind) || !strings.Contains(got, says) || strings.Contains(got, "\n") {
		s.w.Errorf("%s: the exceptions %q, want one of kind %s", s.Vendor, got, kind)
	}
}

// A debit for several invoices opens each of them again.
func TestReturnedDebitOfManyInvoices(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	batches := map[string][]economy.Document{}
	paid := w.debit(func(s *side) paidInvoice {
		batch := s.sameCustomer(2)
		batches[s.Vendor] = batch
		w.sync()
		charge := s.direct(stripe.DirectPayment{
			Amount: int64(batch[0].Balance + batch[1].Balance), Description: "For " + batch[0].Number + ", " + batch[1].Number,
			PayOptions: stripe.PayOptions{Name: batch[0].Name, Email: batch[0].Email, Method: stripe.BankDebit},
		}).Charge
		return paidInvoice{batch[0], charge}
	})
	w.everySide(func(s *side) {
		for _, d := range batches[s.Vendor] {
			s.balance(d, 0)
		}
	})
	w.advance(20 * 24 * time.Hour)
	w.returned(paid)
	w.settled("the return")
	w.everySide(func(s *side) {
		s.asked()
		s.unimpeded()
		for _, d := range batches[s.Vendor] {
			s.balance(d, int64(d.Balance))
		}
		s.billedAnew(0)
	})
}
