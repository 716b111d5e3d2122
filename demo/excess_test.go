package demo_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"tieout/mapping"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/reconcile"
	"tieout/sync/schedule"
)

// An invoice whose money went back, and that the customer owes again, is paid
// a second time: it takes no more than its total.
func TestPaidAgainAfterItWentBack(t *testing.T) {
	for _, how := range []string{"refund", "dispute"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			paid := w.payOne()
			w.everySide(func(s *side) {
				if how == "refund" {
					s.refund(paid[s.Vendor].charge, 0)
					return
				}
				id, err := s.stripe.Dispute(paid[s.Vendor].charge, 0, "fraudulent", false)
				if err == nil {
					err = s.stripe.DecideDispute(id, false)
				}
				if err != nil {
					t.Fatal(err)
				}
			})
			w.proven(w.sync())
			w.everySide(func(s *side) { s.answer(reconcile.DecideBooking, string(mapping.ChoiceOwesAgain)) })
			w.settled("what is owed again")
			w.advance(time.Hour)
			w.everySide(func(s *side) {
				d := s.again(paid[s.Vendor].Document)
				s.direct(stripe.DirectPayment{
					Amount: int64(paid[s.Vendor].Total), Description: "Invoice " + d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email},
				})
			})
			w.settled("the second payment")
		})
	}
}

// An invoice that is made smaller under our receipt gives what is too much
// back to the receipt; only QuickBooks lets that be.
func TestInvoiceShrinksUnderOurReceipt(t *testing.T) {
	for _, answer := range []string{"", "keep", "restore"} {
		t.Run("answer "+answer, func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			s := w.sides[0]
			d := s.pick(0)
			s.pay(d, stripe.PayOptions{})
			w.proven(w.sync())
			s.shrink(d, d.Total/2)
			w.settled("the smaller invoice")
			if answer != "" {
				s.answer(reconcile.DecideChanged, answer)
				w.settled("the answer")
			}
		})
	}
}

// An invoice that is made smaller while a debit for it is under way takes what
// is left of it.
func TestInvoiceShrinksUnderADebit(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	w.everySide(func(s *side) {
		d := s.pick(0)
		s.pay(d, stripe.PayOptions{Method: stripe.BankDebit})
		w.sync()
		s.shrink(d, d.Total/2)
	})
	w.settled("the smaller invoice")
	w.advance(10 * 24 * time.Hour)
	w.settled("the debit")
}

// A payment of ours that somebody puts on another invoice: both invoices take
// no more than their totals, whatever is answered and paid afterwards.
func TestOurPaymentGoesToAnotherInvoice(t *testing.T) {
	for _, answer := range []string{"", "keep", "restore"} {
		t.Run("answer "+answer, func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			s := w.sides[0] // Xero's payments keep their invoice
			d, other := s.twoOfOne(t)
			charge := s.pay(d, stripe.PayOptions{}).Charge
			w.proven(w.sync())
			s.applyTo(s.receiptsOf(charge)[0], other)
			w.proven(w.sync())
			if answer != "" {
				s.answer(reconcile.DecideChanged, answer)
			}
			w.settled("the answer")
			d = s.again(d)
			s.direct(stripe.DirectPayment{Amount: int64(d.Total), Description: "Invoice " + d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}})
			w.settled("the second payment")
		})
	}
}

// A receipt that somebody entered, that stands for a payment, and that goes to
// another invoice or away afterwards.
func TestAdoptedReceiptMoves(t *testing.T) {
	for _, gone := range []bool{false, true} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			s := w.sides[0]
			d, other := s.twoOfOne(t)
			s.pay(d, stripe.PayOptions{})
			if err := s.Books.Receive(economy.Receipt{
				Customer: d.Customer, Currency: d.Currency, Amount: d.Balance, At: w.clock.Now(), Into: economy.ToClearing,
				Pays: []economy.Applied{{Invoice: d, Amount: d.Balance}}, Note: "by hand",
			}); err != nil {
				t.Fatal(err)
			}
			w.proven(w.sync())
			entered := s.entered("by hand")
			if gone {
				s.remove(entered)
			} else {
				s.applyTo(entered, other)
			}
			w.settled("the moved receipt")
			d = s.again(d)
			s.direct(stripe.DirectPayment{Amount: int64(d.Total), Description: "Invoice " + d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}})
			w.settled("the second payment")
		})
	}
}

// shrink makes an unpaid or paid invoice smaller, with one line.
func (s *side) shrink(d economy.Document, total economy.Minor) {
	s.w.Helper()
	amount := json.Number(total.String())
	if s.Vendor == economy.Xero {
		s.update("Invoices", map[string]any{"InvoiceID": d.ID, "LineAmountTypes": "NoTax", "LineItems": []any{
			map[string]any{"Description": "Less work", "Quantity": 1, "UnitAmount": amount, "AccountCode": "200", "TaxType": "NONE"},
		}})
		return
	}
	now := s.fields("Invoice", d.ID)
	line := now["Line"].([]any)[0].(map[string]any)
	detail := line["SalesItemLineDetail"].(map[string]any)
	s.update("Invoice", map[string]any{
		"Id": d.ID, "SyncToken": now["SyncToken"], "sparse": true, "TxnTaxDetail": map[string]any{"TotalTax": 0}, "Line": []any{map[string]any{
			"DetailType": "SalesItemLineDetail", "Amount": amount, "Description": "Less work",
			"SalesItemLineDetail": map[string]any{"ItemRef": detail["ItemRef"], "TaxCodeRef": map[string]any{"value": "NON"}},
		}},
	})
}

// twoOfOne are two open invoices of one customer, the second larger than the
// first or equal.
func (s *side) twoOfOne(t *testing.T) (d, other economy.Document) {
	t.Helper()
	d = s.pick(0)
	made, err := s.Books.AddInvoice(economy.Invoice{
		Number: "SECOND-1", Currency: d.Currency, Issued: s.w.clock.Now(), DueDays: 14,
		Lines: []economy.Line{{Text: "Work", Quantity: 1, Unit: d.Total + 5000}},
	}, d.Customer)
	if err != nil {
		t.Fatal(err)
	}
	s.w.sync()
	return d, made
}

// applyTo puts a whole payment on another invoice, in QuickBooks.
func (s *side) applyTo(receipt written, d economy.Document) {
	s.w.Helper()
	receipt.Fields["SyncToken"] = s.token("Payment", receipt.ID)
	receipt.Fields["Line"] = []any{map[string]any{
		"Amount": receipt.Fields["TotalAmt"], "LinkedTxn": []any{map[string]any{"TxnId": d.ID, "TxnType": "Invoice"}},
	}}
	for _, key := range []string{"sparse", "UnappliedAmt", "MetaData", "domain"} {
		delete(receipt.Fields, key)
	}
	s.update("Payment", receipt.Fields)
}

// entered is the payment that carries a note, in QuickBooks.
func (s *side) entered(note string) written {
	s.w.Helper()
	for key, o := range s.w.objects(s.Vendor) {
		if id, ok := strings.CutPrefix(key, "Payment/"); ok && o["PrivateNote"] == note {
			return written{Kind: "Payment", ID: id, Fields: o}
		}
	}
	s.w.Fatalf("%s: no payment carries %q", s.Vendor, note)
	return written{}
}

// An invoice that is made smaller, credited or paid by hand between the plan of
// a receipt and its writing: the receipt takes what is left, the rest is asked about.
func TestInvoiceShrinksBeforeTheReceipt(t *testing.T) {
	for name, change := range map[string]func(*side, economy.Document){
		"smaller": func(s *side, d economy.Document) { s.shrink(d, d.Total/2) },
		"credited": func(s *side, d economy.Document) {
			s.must(s.Books.Credit(d.Customer, d.Currency, d.Balance/2, s.w.clock.Now(), &d))
		},
		"paid": func(s *side, d economy.Document) {
			s.must(s.Books.Receive(economy.Receipt{
				Customer: d.Customer, Currency: d.Currency, Amount: d.Balance / 2, At: s.w.clock.Now(), Into: economy.ToBank,
				Pays: []economy.Applied{{Invoice: d, Amount: d.Balance / 2}}, Note: "by hand",
			}))
		},
		"voided": func(s *side, d economy.Document) { s.must(s.Books.Void(d.ID)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			invoices := map[string]economy.Document{}
			w.everySide(func(s *side) {
				invoices[s.Vendor] = s.pick(0)
				s.pay(s.pick(0), stripe.PayOptions{})
			})
			denied := w.second(51, tamper(denying))
			if _, err := denied.Sync(t.Context(), schedule.Options{}); err != nil {
				t.Fatal(err)
			}
			w.everySide(func(s *side) { change(s, s.again(invoices[s.Vendor])) })
			w.advance(time.Hour)
			w.proven(w.sync())
			w.advance(time.Hour)
			w.settled("the receipt")
			w.everySide(func(s *side) {
				s.asked(reconcile.DecideOverpaid)
				if left := s.parked(); len(left) != 0 {
					t.Errorf("%s: given up: %+v", s.Vendor, left)
				}
				s.answer(reconcile.DecideOverpaid, "credit")
			})
			w.settled("the credit")
			w.everySide(func(s *side) { s.asked(); s.balance(invoices[s.Vendor], 0) })
		})
	}
}

func (s *side) must(err error) {
	s.w.Helper()
	if err != nil {
		s.w.Fatalf("%s: %v", s.Vendor, err)
	}
}

// An invoice that a person has named for a debit, and that is made smaller
// before the debit succeeds: the receipt takes what is left of it.
func TestNamedInvoiceShrinksUnderADebit(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	invoices := map[string]economy.Document{}
	w.everySide(func(s *side) {
		d := s.pick(0)
		invoices[s.Vendor] = d
		s.direct(stripe.DirectPayment{
			Amount: int64(d.Balance), Description: "thanks", PayOptions: stripe.PayOptions{Method: stripe.BankDebit, Name: "Nobody Known", Email: "nobody@nowhere.example"},
		})
	})
	w.proven(w.sync())
	w.everySide(func(s *side) { s.answer(reconcile.DecidePayer, "invoice/"+invoices[s.Vendor].ID) })
	w.settled("the answer")
	w.everySide(func(s *side) { s.shrink(invoices[s.Vendor], invoices[s.Vendor].Total/2) })
	w.settled("the smaller invoice")
	w.advance(10 * 24 * time.Hour)
	w.settled("the debit")
	w.everySide(func(s *side) {
		s.balance(invoices[s.Vendor], 0)
		if left := s.parked(); len(left) != 0 {
			t.Errorf("%s: given up: %s", s.Vendor, left[0].Problem)
		}
		s.asked(reconcile.DecideOverpaid)
		s.answer(reconcile.DecideOverpaid, "credit")
	})
	w.settled("the credit")
	w.everySide(func(s *side) { s.asked() })
}

// A debit that a person has matched, also by taking an undo back, and that
// fails before it succeeds pays nothing: only its fee is booked.
func TestNamedDebitFails(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	invoices, charges := map[string]economy.Document{}, map[string]string{}
	w.everySide(func(s *side) {
		d := s.pick(0)
		invoices[s.Vendor] = d
		charges[s.Vendor] = s.direct(stripe.DirectPayment{
			Amount: int64(d.Balance), Description: "thanks",
			PayOptions: stripe.PayOptions{Method: stripe.BankDebit, Returned: true, Name: "Nobody Known", Email: "nobody@nowhere.example"},
		}).Charge
	})
	w.proven(w.sync())
	w.everySide(func(s *side) { s.answer(reconcile.DecidePayer, "invoice/"+invoices[s.Vendor].ID) })
	w.settled("the answer")
	w.advance(10 * 24 * time.Hour)
	w.settled("the failure")
	w.advance(10 * 24 * time.Hour)
	w.proven(w.sync())
	w.everySide(func(s *side) {
		s.asked()
		s.receipts(charges[s.Vendor], 0)
		s.balance(invoices[s.Vendor], int64(invoices[s.Vendor].Total))
		if s.linkIn(s.again(invoices[s.Vendor])) == "" {
			t.Errorf("%s: the invoice is open and has no link", s.Vendor)
		}
	})
}

// A bookkeeper credits one of two invoices just before its receipt is written:
// Xero refuses that receipt, the other stands, and what the credited one
// still takes is written; the rest is asked about.
func TestCreditedBetweenWrites(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	paid, pairs := map[string]stripe.Payment{}, map[string][2]economy.Document{}
	w.everySide(func(s *side) {
		d, other := s.twoOfOne(t)
		pairs[s.Vendor] = [2]economy.Document{d, other}
	})
	w.everySide(func(s *side) {
		d, other := pairs[s.Vendor][0], pairs[s.Vendor][1]
		paid[s.Vendor] = s.direct(stripe.DirectPayment{
			Amount: int64(d.Balance + other.Balance), Description: "Invoices " + d.Number + " and " + other.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email},
		})
	})
	credited := map[string]bool{}
	between := w.second(70, tamper(func(r *http.Request, body []byte) (*http.Response, error) {
		for _, s := range w.sides {
			other := pairs[s.Vendor][1]
			if r.Method != http.MethodGet && bytes.Contains(body, []byte(paid[s.Vendor].Charge)) && !credited[s.Vendor] {
				credited[s.Vendor] = true
				s.must(s.Books.Credit(other.Customer, other.Currency, 1000, w.clock.Now(), &other))
			}
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	if _, err := between.Sync(t.Context(), schedule.Options{}); err != nil {
		t.Fatal(err)
	}
	w.advance(26 * time.Hour)
	w.sync()
	w.settled("a receipt that was refused in part")
	w.everySide(func(s *side) {
		if !credited[s.Vendor] {
			t.Errorf("%s: nothing was credited in between", s.Vendor)
		}
		for _, d := range pairs[s.Vendor] {
			s.balance(d, 0)
		}
		if parked := s.parked(); len(parked) != 0 {
			t.Errorf("%s: given up %+v", s.Vendor, parked)
		}
		if s.Vendor == economy.QuickBooks {
			s.asked(reconcile.DecideChanged) // one receipt for both: it was taken, and less of it applied
			return
		}
		s.asked(reconcile.DecideOverpaid)
	})
}
