package demo_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/schedule"
)

// merge joins two customers as a user does on the screen.
func (s *side) merge(winner, loser string) {
	s.w.Helper()
	m, ok := s.Records.(interface {
		Merge(kind, winner, loser string) error
	})
	if !ok {
		s.w.Fatalf("%s merges nothing", s.Vendor)
	}
	kind := map[string]string{economy.QuickBooks: "Customer", economy.Xero: "Contacts"}[s.Vendor]
	if err := m.Merge(kind, winner, loser); err != nil {
		s.refused(fmt.Errorf("merge: %w", err))
	}
}

// otherThan is an open invoice of another customer than d's.
func (s *side) otherThan(d economy.Document) economy.Document {
	s.w.Helper()
	for _, other := range s.open() {
		if other.Customer != d.Customer {
			return other
		}
	}
	s.w.Fatalf("%s: all invoices are one customer's", s.Vendor)
	return d
}

// parked are the writes that were given up.
func (s *side) parked() []push.Intent {
	s.w.Helper()
	list, err := s.w.demo.App.Store.Parked(s.w.Context(), s.book, 100)
	if err != nil {
		s.w.Fatal(err)
	}
	return list
}

// Customers that somebody joins before or after a payment change nothing of
// what is booked, and ask nothing.
func TestCustomersAreMerged(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{true, false} {
		w := quiet(t)
		invoices, charges := map[string]economy.Document{}, map[string]string{}
		w.everySide(func(s *side) {
			d := s.pick(0)
			other := s.otherThan(d)
			invoices[s.Vendor] = d
			if before {
				s.merge(other.Customer, d.Customer)
			}
			charges[s.Vendor] = s.pay(d, stripe.PayOptions{}).Charge
			if !before {
				w.sync()
				s.merge(other.Customer, d.Customer)
			}
		})
		w.settled("the merge")
		w.everySide(func(s *side) {
			s.receipts(charges[s.Vendor], 1)
			s.balance(invoices[s.Vendor], 0)
			s.asked()
		})
	}
}

// An invoice whose number or customer somebody changes keeps its link, and is
// paid by it.
func TestInvoiceIsRenumbered(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	invoices, charges := map[string]economy.Document{}, map[string]string{}
	w.everySide(func(s *side) {
		d := s.pick(0)
		invoices[s.Vendor] = d
		s.edit(d, map[string]any{"InvoiceNumber": "RENUMBERED-1"}, map[string]any{"DocNumber": "RENUMBERED-1"})
	})
	w.settled("another number")
	w.everySide(func(s *side) {
		d := s.again(invoices[s.Vendor])
		if d.Number != "RENUMBERED-1" || s.linkIn(d) == "" {
			t.Errorf("%s: the invoice is %s and carries %q", s.Vendor, d.Number, s.linkIn(d))
		}
		charges[s.Vendor] = s.pay(d, stripe.PayOptions{}).Charge
	})
	w.settled("its payment")
	w.everySide(func(s *side) {
		s.receipts(charges[s.Vendor], 1)
		s.balance(invoices[s.Vendor], 0)
		s.asked()
	})
}

// edit changes fields of an invoice, named as each vendor names them.
func (s *side) edit(d economy.Document, xero, quickbooks map[string]any) {
	s.w.Helper()
	if s.Vendor == economy.Xero {
		xero["InvoiceID"] = d.ID
		s.update("Invoices", xero)
		return
	}
	quickbooks["Id"], quickbooks["SyncToken"], quickbooks["sparse"] = d.ID, s.token("Invoice", d.ID), true
	s.update("Invoice", quickbooks)
}

// giveTo makes an invoice another customer's.
func (s *side) giveTo(d economy.Document, customer string) {
	s.w.Helper()
	s.edit(d, map[string]any{"Contact": map[string]any{"ContactID": customer}}, map[string]any{"CustomerRef": map[string]any{"value": customer}})
}

// token is the version of a QuickBooks object.
func (s *side) token(kind, id string) any { return s.fields(kind, id)["SyncToken"] }

// An invoice that goes to another customer, before it is paid or while the
// payment is on its way, is booked for whoever owes it now.
func TestInvoiceGoesToAnotherCustomer(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} {
		w := quiet(t)
		invoices, charges := map[string]economy.Document{}, map[string]string{}
		w.everySide(func(s *side) {
			d := s.pick(0)
			other := s.otherThan(d)
			invoices[s.Vendor] = d
			if !first {
				charges[s.Vendor] = s.pay(d, stripe.PayOptions{}).Charge
			}
			s.giveTo(d, other.Customer)
			if first {
				w.sync()
				charges[s.Vendor] = s.pay(s.again(d), stripe.PayOptions{Name: d.Name, Email: d.Email}).Charge
			}
		})
		w.settled("the move")
		w.everySide(func(s *side) {
			s.receipts(charges[s.Vendor], 1)
			s.balance(invoices[s.Vendor], 0)
			s.asked()
		})
	}
}

// fields are a ledger's object as it stands.
func (s *side) fields(kind, id string) map[string]any {
	s.w.Helper()
	for key, o := range s.w.objects(s.Vendor) {
		if key == kind+"/"+id {
			return o
		}
	}
	s.w.Fatalf("%s: there is no %s %s", s.Vendor, kind, id)
	return nil
}

// An invoice that somebody re-opens by taking our payment off it is not asked
// for again, and what to do is asked.
func TestInvoiceIsReopened(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[0] // in Xero it is the payment that is deleted
	d := s.pick(0)
	charge := s.pay(d, stripe.PayOptions{}).Charge
	w.proven(w.sync())
	s.takeOff(s.receiptsOf(charge)[0])
	s.balance(d, int64(d.Balance))
	w.proven(w.sync())
	last := w.sync()
	w.proven(last)
	w.idle(last, "a re-opened invoice")
	if link := s.linkIn(s.again(d)); link != "" {
		t.Errorf("the customer has paid and is asked again by %s", link)
	}
	s.asked(reconcile.DecideChanged)
}

// takeOff takes a payment of ours off its invoice, in QuickBooks.
func (s *side) takeOff(receipt written) {
	s.w.Helper()
	receipt.Fields["Line"] = []any{}
	for _, key := range []string{"sparse", "UnappliedAmt", "MetaData", "domain"} {
		delete(receipt.Fields, key)
	}
	s.update("Payment", receipt.Fields)
}

// An invoice that is voided with our receipt on it leaves the receipt as the
// customer's credit; only QuickBooks lets that be.
func TestInvoiceIsVoidedUnderOurReceipt(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[0]
	d := s.pick(0)
	charge := s.pay(d, stripe.PayOptions{}).Charge
	w.proven(w.sync())
	if _, err := s.Records.(interface {
		Void(kind, id string) ([]byte, error)
	}).Void("Invoice", d.ID); err != nil {
		t.Fatal(err)
	}
	w.proven(w.sync())
	last := w.sync()
	w.proven(last)
	w.idle(last, "a voided invoice")
	s.receipts(charge, 1)
	s.asked(reconcile.DecideChanged)
}

// An invoice that was paid by hand or credited while a checkout was open: what
// comes in above it is a question, and nothing is booked twice.
func TestSettledWhileACheckoutIsOpen(t *testing.T) {
	t.Parallel()
	for _, credited := range []bool{false, true} {
		w := quiet(t)
		invoices, charges := map[string]economy.Document{}, map[string]string{}
		w.everySide(func(s *side) {
			d := s.pick(0)
			invoices[s.Vendor] = d
			session, err := s.stripe.OpenLink(s.linkIn(d))
			if err != nil {
				t.Fatal(err)
			}
			if credited {
				err = s.Books.Credit(d.Customer, d.Currency, d.Balance, w.clock.Now(), &d)
			} else {
				err = s.Books.Receive(economy.Receipt{
					Customer: d.Customer, Currency: d.Currency, Amount: d.Balance, At: w.clock.Now().Add(-30 * 24 * time.Hour), Into: economy.ToBank,
					Pays: []economy.Applied{{Invoice: d, Amount: d.Balance}}, Note: "by hand",
				})
			}
			if err != nil {
				t.Fatal(err)
			}
			paid, err := s.stripe.CompleteSession(session, stripe.PayOptions{Name: d.Name, Email: d.Email})
			if err != nil {
				t.Fatal(err)
			}
			charges[s.Vendor] = paid.Charge
		})
		w.proven(w.sync())
		last := w.sync()
		w.proven(last)
		w.idle(last, "paid twice")
		w.everySide(func(s *side) {
			s.receipts(charges[s.Vendor], 0)
			s.balance(invoices[s.Vendor], 0)
			s.asked(reconcile.DecideOverpaid)
			s.answer(reconcile.DecideOverpaid, "credit")
		})
		w.settled("the credit")
		w.everySide(func(s *side) { s.asked(); s.balance(invoices[s.Vendor], 0) })
	}
}

// What somebody is asked about and leaves as it is stays so: nothing is
// written, and nothing is asked again.
func TestChangesAreLeft(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	removed := w.payOne()
	w.everySide(func(s *side) { s.remove(s.receiptsOf(removed[s.Vendor].charge)[0]) })
	w.everySide(func(s *side) {
		if err := s.correct(s.ours(1)[0], 0.11); err != nil {
			t.Fatal(err)
		}
	})
	w.proven(w.sync())
	w.everySide(func(s *side) {
		if n := len(s.decisions("")); n != 2 {
			t.Errorf("%s: %d questions, want one about each", s.Vendor, n)
		}
		for _, q := range s.decisions("") {
			if !strings.Contains(q.Question, s.ready.HomeCurrency) {
				t.Errorf("%s: %q does not say what it was", s.Vendor, q.Question)
			}
		}
		s.answer(reconcile.DecideRemoved, "leave")
		s.answer(reconcile.DecideChanged, "keep")
	})
	w.settled("what was left")
	w.everySide(func(s *side) {
		s.asked()
		s.receipts(removed[s.Vendor].charge, 0)
		if n := len(s.ours(1)); n != 1 {
			t.Errorf("%s: %d fees of ours, want the changed one", s.Vendor, n)
		}
	})
}

// A document of ours that somebody moves to another account is a question that
// names both; it is restored when a person wants it.
func TestDocumentIsMoved(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[0] // Xero's documents keep their account
	w.payOne()
	s.moveToBank(s.ours(1)[0])
	w.proven(w.sync())
	last := w.sync()
	w.proven(last)
	w.idle(last, "a moved fee")
	s.asked(reconcile.DecideChanged)
	s.answer(reconcile.DecideChanged, "restore")
	w.settled("the restored fee")
	s.asked()
	if n := len(s.ours(1)); n != 1 {
		t.Errorf("%d fees of ours, want the restored one", n)
	}
}

// moveToBank moves a fee of ours to the bank account, in QuickBooks.
func (s *side) moveToBank(fee written) {
	s.w.Helper()
	s.update("Purchase", map[string]any{
		"Id": fee.ID, "SyncToken": fee.Fields["SyncToken"], "sparse": true, "PaymentType": fee.Fields["PaymentType"],
		"AccountRef": map[string]any{"value": s.ready.Money[0].Bank}, "Line": fee.Fields["Line"],
	})
}

// A write that lacks something in the ledger waits with the reason, the others
// go on, and it is made by itself when the cause has gone.
func TestRefusedWritesHeal(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name       string
		spoil, fix func(*side, economy.Document)
	}{
		{"inactive customer", func(s *side, d economy.Document) { s.active(d, false) }, func(s *side, d economy.Document) { s.active(d, true) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			s := w.sides[0] // Xero takes payments of archived contacts, and has no methods
			d := s.pick(0)
			paid := s.pay(d, stripe.PayOptions{})
			other := s.pay(s.otherThan(d), stripe.PayOptions{})
			c.spoil(s, d)
			w.proven(w.sync())
			if n := len(s.parked()); n == 0 {
				t.Fatal("nothing was given up")
			}
			s.receipts(other.Charge, 1)
			for _, in := range s.parked() {
				if !strings.Contains(in.Problem, "Try it again") {
					t.Errorf("%q does not say what to do", in.Problem)
				}
			}
			w.advance(10 * time.Minute)
			w.idle(w.sync(), "a write that was given up")
			c.fix(s, d)
			w.advance(25 * time.Hour)
			w.settled("the cause has gone")
			s.receipts(paid.Charge, 1)
			s.receipts(other.Charge, 1)
			s.balance(d, 0)
			if left := s.parked(); len(left) != 0 {
				t.Errorf("still given up: %+v", left)
			}
		})
	}
}

// active makes a QuickBooks customer active or inactive.
func (s *side) active(d economy.Document, yes bool) {
	s.update("Customer", map[string]any{"Id": d.Customer, "SyncToken": s.token("Customer", d.Customer), "sparse": true, "Active": yes})
}

// A clearing account that is archived stops what needs it, on both sides, until
// it is back.
func TestArchivedAccount(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	archive := func(s *side, yes bool) {
		id := s.book.Accounts.Fees
		if s.Vendor == economy.Xero {
			s.update("Accounts", map[string]any{"AccountID": id, "Status": map[bool]string{true: "ARCHIVED", false: "ACTIVE"}[yes]})
		} else {
			s.update("Account", map[string]any{"Id": id, "SyncToken": s.token("Account", id), "sparse": true, "Active": !yes})
		}
	}
	charges := map[string]string{}
	w.everySide(func(s *side) {
		archive(s, true)
		charges[s.Vendor] = s.pay(s.pick(0), stripe.PayOptions{}).Charge
	})
	w.proven(w.sync())
	w.everySide(func(s *side) {
		s.receipts(charges[s.Vendor], 1)
		if len(s.ours(1)) != 0 || len(s.parked()) != 1 {
			t.Errorf("%s: %d fees written, given up %+v", s.Vendor, len(s.ours(1)), s.parked())
		}
	})
	w.advance(10 * time.Minute)
	w.everySide(func(s *side) { archive(s, false) })
	w.settled("the account is back")
	w.everySide(func(s *side) {
		if len(s.ours(1)) != 1 || len(s.parked()) != 0 {
			t.Errorf("%s: %d fees written, given up %+v", s.Vendor, len(s.ours(1)), s.parked())
		}
	})
}

// A person may have what was given up tried again at once, and choose another
// account for it.
func TestRetryByAPerson(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[0]
	d := s.pick(0)
	paid := s.pay(d, stripe.PayOptions{})
	s.active(d, false)
	w.sync()
	stuck := s.parked()
	if len(stuck) != 1 {
		t.Fatalf("given up: %+v", stuck)
	}
	again := func() {
		if n, err := w.demo.App.Store.Retry(t.Context(), s.book.Tenant, s.book.ID, []string{s.parked()[0].ID}, w.clock.Now()); n != 1 || err != nil {
			t.Fatalf("%d were tried again: %v", n, err)
		}
	}
	again()
	w.sync()
	if left := s.parked(); len(left) != 1 || !push.SameWrite(left[0].Write.Key, stuck[0].Write.Key) || left[0].Write.Key == stuck[0].Write.Key {
		t.Fatalf("after a try in vain: %+v", left)
	}
	s.receipts(paid.Charge, 0)
	s.active(d, true)
	again()
	w.settled("the retry")
	s.receipts(paid.Charge, 1)
	s.balance(d, 0)
}

// A vendor that denies the right to write stops that connection only; all is
// written when the right is back.
func TestForbidden(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	charges := map[string]string{}
	w.everySide(func(s *side) { charges[s.Vendor] = s.pay(s.pick(0), stripe.PayOptions{}).Charge })
	denied := w.second(51, tamper(denying))
	runs, err := denied.Sync(t.Context(), schedule.Options{Prove: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if r.Err != nil || r.Result.Pushed.Sent != 0 || len(r.Result.Pushed.Reconnect) == 0 {
			t.Errorf("%s: %v, sent %d, to reconnect %v", r.Book.Name, r.Err, r.Result.Pushed.Sent, r.Result.Pushed.Reconnect)
		}
	}
	w.everySide(func(s *side) { s.receipts(charges[s.Vendor], 0) })
	w.advance(time.Hour)
	w.settled("the right is back")
	w.everySide(func(s *side) { s.receipts(charges[s.Vendor], 1) })
}

// denying refuses every write to a ledger for a lack of rights.
func denying(r *http.Request, _ []byte) (*http.Response, error) {
	ledger := strings.Contains(r.URL.Path, "/v3/company/") || strings.Contains(r.URL.Path, "api.xro")
	if !ledger || r.Method == http.MethodGet {
		return http.DefaultTransport.RoundTrip(r)
	}
	answer := refusal(r)
	answer.Status, answer.StatusCode = "403 Forbidden", http.StatusForbidden
	answer.Body = io.NopCloser(strings.NewReader(`{"Title":"Forbidden","Status":403,"Detail":"AuthorizationUnsuccessful"}`))
	return answer, nil
}

// Whatever is switched back and forth, and pulled again from scratch, comes to
// the same end, and nothing stands twice.
func TestSettingsBackAndForth(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	w.payOne()
	steps := []func(*side){
		func(s *side) { s.book.Settings.FeeMode, s.book.Settings.FeeSince = "payout", w.clock.Now() },
		func(s *side) { s.book.Settings.Links = false },
		func(s *side) { s.book.Settings.FeeMode = "" },
		func(s *side) { s.book.Settings.Links = true },
		func(s *side) { s.book.Settings.AskClosed = true },
		func(s *side) { s.book.Zone = "Asia/Tokyo" },
		func(s *side) { s.book.Zone = "America/Los_Angeles" },
	}
	for _, step := range steps {
		w.settings(step)
		w.everySide(func(s *side) { s.payNext(t) })
		w.sync()
		w.proven(w.sync())
		w.idle(w.sync(), "a setting")
	}
	runs, err := w.demo.App.Sync(t.Context(), schedule.Options{Prove: true, Full: true})
	w.idle(w.fine(runs, err), "everything pulled again")
	w.everySide(func(s *side) { s.nothingTwice(); s.identities(); s.asked() })
}

// payNext pays the first open invoice by its number.
func (s *side) payNext(t *testing.T) {
	t.Helper()
	all, err := s.Books.OpenInvoices()
	if err != nil {
		t.Fatalf("%s: %d open invoices: %v", s.Vendor, len(all), err)
	}
	for _, d := range all {
		if d.Currency == s.ready.HomeCurrency && d.Balance == d.Total {
			s.direct(stripe.DirectPayment{Amount: int64(d.Balance), Description: d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}})
			return
		}
	}
}
