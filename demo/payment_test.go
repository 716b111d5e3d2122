package demo_test

import (
	"strings"
	"testing"
	"time"

	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/reconcile"
)

// eachSide runs a scenario of one ledger on every ledger of one quiet world,
// syncs, and checks what came of it.
func eachSide(t *testing.T, play func(*side) (check func(*side))) {
	t.Helper()
	t.Parallel()
	w := quiet(t)
	checks := make([]func(*side), len(w.sides))
	for i, s := range w.sides {
		checks[i] = play(s)
	}
	w.proven(w.sync())
	last := w.sync()
	w.idle(last, "second sync")
	w.proven(last)
	for i, s := range w.sides {
		checks[i](s)
	}
}

// A paid link is booked once, and goes from the invoice.
func TestPaidByLink(t *testing.T) {
	eachSide(t, func(s *side) func(*side) {
		d := s.pick(0)
		paid := s.pay(d, stripe.PayOptions{})
		return func(s *side) {
			s.receipts(paid.Charge, 1)
			s.balance(d, 0)
			s.asked()
			if link := s.linkIn(s.again(d)); link != "" {
				t.Errorf("%s: the paid invoice still carries %s", s.Vendor, link)
			}
		}
	})
}

// receipts checks how many receipts of ours stand for a charge.
func (s *side) receipts(charge string, want int) {
	s.w.Helper()
	if got := len(s.receiptsOf(charge)); got != want {
		s.w.Errorf("%s: %d receipts for %s, want %d", s.Vendor, got, charge, want)
	}
}

// asked checks the kinds of the open questions.
func (s *side) asked(kinds ...string) {
	s.w.Helper()
	var got []string
	for _, d := range s.decisions("") {
		got = append(got, d.Kind)
	}
	if strings.Join(got, " ") != strings.Join(kinds, " ") {
		s.w.Errorf("%s: open questions %v, want %v", s.Vendor, got, kinds)
	}
}

// Two sessions of one link that are both paid: one receipt, and the second
// payment is a question.
func TestLinkPaidTwice(t *testing.T) {
	eachSide(t, func(s *side) func(*side) {
		d := s.pick(0)
		var sessions []string
		for range 2 {
			id, err := s.stripe.OpenLink(s.linkIn(d))
			if err != nil {
				t.Fatal(err)
			}
			sessions = append(sessions, id)
		}
		var charges []string
		for _, id := range sessions {
			paid, err := s.stripe.CompleteSession(id, stripe.PayOptions{Name: d.Name, Email: d.Email})
			if err != nil {
				t.Fatal(err)
			}
			charges = append(charges, paid.Charge)
		}
		return func(s *side) {
			if n := len(s.receiptsOf(charges[0])) + len(s.receiptsOf(charges[1])); n != 1 {
				t.Errorf("%s: %d receipts for both payments, want 1", s.Vendor, n)
			}
			s.balance(d, 0)
			s.asked(reconcile.DecideOverpaid)
		}
	})
}

// A payment above the balance pays the invoice; the rest is a question.
func TestPaidTooMuch(t *testing.T) {
	eachSide(t, func(s *side) func(*side) {
		d := s.pick(0)
		paid := s.direct(stripe.DirectPayment{
			Amount: int64(d.Balance) + 1000, Description: "Invoice " + d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email},
		})
		return func(s *side) {
			s.receipts(paid.Charge, 1)
			s.balance(d, 0)
			s.asked(reconcile.DecideOverpaid)
		}
	})
}

// A payment by somebody whom the ledger does not know, without a number, is
// held as a whole.
func TestUnknownPayer(t *testing.T) {
	eachSide(t, func(s *side) func(*side) {
		paid := s.direct(stripe.DirectPayment{Amount: 4242, Description: "thanks", PayOptions: stripe.PayOptions{Name: "Nobody Known", Email: "nobody@nowhere.example"}})
		return func(s *side) {
			s.receipts(paid.Charge, 0)
			s.asked(reconcile.DecidePayer)
		}
	})
}

// One payment that names several invoices pays each of them.
func TestBatchByNumbers(t *testing.T) {
	eachSide(t, func(s *side) func(*side) {
		batch := s.sameCustomer(2)
		var total int64
		var numbers []string
		for _, d := range batch {
			total += int64(d.Balance)
			numbers = append(numbers, d.Number)
		}
		paid := s.direct(stripe.DirectPayment{
			Amount: total, Description: "For " + strings.Join(numbers, ", "), PayOptions: stripe.PayOptions{Name: batch[0].Name, Email: batch[0].Email},
		})
		return func(s *side) {
			want := 1 // a QuickBooks payment takes several invoices, a Xero payment one
			if s.Vendor == economy.Xero {
				want = len(batch)
			}
			s.receipts(paid.Charge, want)
			for _, d := range batch {
				s.balance(d, 0)
			}
			s.asked()
		}
	})
}

// sameCustomer makes n invoices of one customer by adding what is missing.
func (s *side) sameCustomer(n int) []economy.Document {
	s.w.Helper()
	first := s.pick(0)
	list := []economy.Document{first}
	for i := 1; i < n; i++ {
		d, err := s.Books.AddInvoice(economy.Invoice{
			Number: first.Number + "-B", Currency: first.Currency, Issued: s.w.clock.Now(), DueDays: 14,
			Lines: []economy.Line{{Text: "More work", Quantity: 1, Unit: 7777}},
		}, first.Customer)
		if err != nil {
			s.w.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

// A part payment leaves the rest open, with a link for exactly the rest.
func TestPartPayment(t *testing.T) {
	eachSide(t, func(s *side) func(*side) {
		d := s.pick(0)
		before := s.linkIn(d)
		paid := s.direct(stripe.DirectPayment{
			Amount: int64(d.Balance) / 3, Description: "Part of " + d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email},
		})
		return func(s *side) {
			rest := int64(d.Balance) - int64(d.Balance)/3
			s.receipts(paid.Charge, 1)
			s.balance(d, rest)
			s.asked()
			s.freshLink(d, before, rest)
		}
	})
}

// freshLink checks that the invoice carries another link than before, and
// that it asks for exactly so much, and that the old one is closed.
func (s *side) freshLink(d economy.Document, before string, amount int64) {
	s.w.Helper()
	now := s.linkIn(s.again(d))
	if now == "" || now == before {
		s.w.Errorf("%s: %s carries the link %q, before it was %q", s.Vendor, d.Number, now, before)
		return
	}
	if _, err := s.stripe.OpenLink(before); err == nil {
		s.w.Errorf("%s: the old link of %s can still be opened", s.Vendor, d.Number)
	}
	paid, err := s.stripe.PayLink(now, stripe.PayOptions{Name: d.Name, Email: d.Email})
	if err != nil || paid.Amount != amount {
		s.w.Errorf("%s: the new link of %s took %d: %v; want %d", s.Vendor, d.Number, paid.Amount, err, amount)
	}
}

// A bank debit that fails leaves no receipt and gives the invoice a new link;
// its fee is booked.
func TestFailedDebit(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	type try struct {
		d      economy.Document
		link   string
		charge string
	}
	tries := make([]try, len(w.sides))
	for i, s := range w.sides {
		d := s.pick(0)
		tries[i] = try{d: d, link: s.linkIn(d)}
		tries[i].charge = s.pay(d, stripe.PayOptions{Method: stripe.BankDebit, Returned: true}).Charge
	}
	w.proven(w.sync())
	for i, s := range w.sides {
		s.receipts(tries[i].charge, 0)
		if link := s.linkIn(s.again(tries[i].d)); link != "" {
			if _, err := s.stripe.OpenLink(link); err == nil {
				t.Errorf("%s: an invoice whose debit is pending can be paid again by %s", s.Vendor, link)
			}
		}
	}
	w.advance(6 * 24 * time.Hour)
	w.proven(w.sync())
	last := w.sync()
	w.idle(last, "sync after the failure")
	w.proven(last)
	for i, s := range w.sides {
		s.receipts(tries[i].charge, 0)
		s.balance(tries[i].d, int64(tries[i].d.Balance))
		s.freshLink(tries[i].d, tries[i].link, int64(tries[i].d.Balance))
	}
}

// A customer who pays the link from another address is known by the link, and
// by the Stripe customer the next time.
func TestPaidFromAnotherAddress(t *testing.T) {
	eachSide(t, func(s *side) func(*side) {
		d := s.pick(0)
		paid := s.pay(d, stripe.PayOptions{Name: "The Treasurer", Email: "treasurer@elsewhere.example"})
		return func(s *side) {
			s.receipts(paid.Charge, 1)
			s.balance(d, 0)
			s.asked()
		}
	})
}

// All sides agree at any hour of the days on which money is under way,
// whichever day it is at Stripe and where the company is.
func TestAnyHour(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	for i, s := range w.sides {
		s.pay(s.pick(0), stripe.PayOptions{})
		s.pay(s.pick(1), stripe.PayOptions{Method: stripe.BankDebit, Returned: i == 0})
	}
	for range 30 {
		w.advance(5 * time.Hour)
		for _, s := range w.sides {
			if _, err := s.stripe.RunPayouts(); err != nil {
				t.Fatal(err)
			}
		}
		w.proven(w.sync())
	}
	for _, s := range w.sides {
		if len(s.ours(2)) == 0 {
			t.Errorf("%s: no payout has arrived", s.Vendor)
		}
	}
}

// A customer who comes back, and pays without a word from another address, is
// known by the Stripe customer that the first payment was joined to.
func TestReturningCustomer(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	var first, second []string
	var later []economy.Document
	for _, s := range w.sides {
		account, ok := s.stripe.(interface {
			AddCustomer(name, email string) string
		})
		if !ok {
			t.Fatal("the account makes no customers")
		}
		d := s.pick(0)
		payer := account.AddCustomer(d.Name, d.Email)
		first = append(first, s.direct(stripe.DirectPayment{Amount: int64(d.Balance), Customer: payer, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}}).Charge)
		w.sync()
		again, err := s.Books.AddInvoice(economy.Invoice{
			Number: "AGAIN-1", Currency: d.Currency, Issued: w.clock.Now(), DueDays: 14, Lines: []economy.Line{{Text: "Work", Quantity: 1, Unit: 31337}},
		}, d.Customer)
		if err != nil {
			t.Fatal(err)
		}
		later = append(later, again)
		w.sync()
		second = append(second, s.direct(stripe.DirectPayment{Amount: 31337, Customer: payer, PayOptions: stripe.PayOptions{Name: "Somebody Else", Email: "private@home.example"}}).Charge)
	}
	w.proven(w.sync())
	for i, s := range w.sides {
		s.receipts(first[i], 1)
		s.receipts(second[i], 1)
		s.balance(later[i], 0)
		s.asked()
	}
}
