package demo_test

import (
	"encoding/json"
	"testing"
	"time"

	"tieout/mapping"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/proof"
	"tieout/sync/reconcile"
)

// paidInvoice is an invoice that was paid by its link, with the charge.
type paidInvoice struct {
	economy.Document
	charge string
}

// payOne pays one invoice on each side and lets the receipts be written.
func (w *world) payOne() map[string]paidInvoice {
	w.Helper()
	paid := map[string]paidInvoice{}
	w.everySide(func(s *side) {
		d := s.pick(0)
		paid[s.Vendor] = paidInvoice{d, s.pay(d, stripe.PayOptions{}).Charge}
	})
	w.proven(w.sync())
	w.advance(time.Hour)
	return paid
}

func (s *side) refund(charge string, amount int64) string {
	s.w.Helper()
	id, err := s.stripe.Refund(charge, amount, "")
	if err != nil {
		s.w.Fatalf("%s: refund %s: %v", s.Vendor, charge, err)
	}
	return id
}

// offers checks that the one open question is of a kind, and that it has an
// option.
func (s *side) offers(kind, key string) {
	s.w.Helper()
	open := s.decisions("")
	if len(open) != 1 || open[0].Kind != kind {
		s.w.Fatalf("%s: questions %v, want one of kind %s", s.Vendor, open, kind)
	}
	for _, o := range open[0].Options {
		if o.Key == key {
			return
		}
	}
	s.w.Errorf("%s: %s offers %v, want %s among them", s.Vendor, kind, open[0].Options, key)
}

// A refund that no credit covers waits for a person; whatever the person
// decides is booked in both ledgers, and nothing stays unexplained.
func TestRefundIsDecided(t *testing.T) {
	for _, choice := range []mapping.Choice{mapping.ChoiceOwesAgain, mapping.ChoiceCreditSale, mapping.ChoiceGoodwill} {
		t.Run(string(choice), func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			w.settings(func(s *side) { s.book.Accounts.Goodwill = s.book.Accounts.Fees })
			paid := w.payOne()
			w.everySide(func(s *side) { s.refund(paid[s.Vendor].charge, 0) })
			w.proven(w.sync())
			w.idle(w.sync(), "the question")
			w.everySide(func(s *side) {
				s.offers(reconcile.DecideBooking, string(choice))
				s.answer(reconcile.DecideBooking, string(choice))
			})
			w.settled("the refund")
			w.everySide(func(s *side) {
				s.asked()
				if choice == mapping.ChoiceOwesAgain && s.Vendor == economy.QuickBooks {
					s.balance(paid[s.Vendor].Document, int64(paid[s.Vendor].Balance)) // Xero has an invoice of its own for it
				}
				if choice == mapping.ChoiceCreditSale && s.Vendor == economy.Xero {
					s.approve()
				}
			})
			w.settled("what was approved")
			w.everySide(func(s *side) {
				if items := explained(w.sync()[s.Vendor], proof.CheckClearing); len(items) != 0 {
					t.Errorf("%s: clearing is explained by %v, want it to agree", s.Vendor, items)
				}
			})
		})
	}
}

// approve approves the draft credit notes of ours.
func (s *side) approve() {
	s.w.Helper()
	approved := 0
	for _, raw := range s.Records.List("CreditNotes") {
		var note struct{ CreditNoteID, Status string }
		if err := json.Unmarshal(raw, &note); err != nil {
			s.w.Fatal(err)
		}
		if note.Status == "DRAFT" {
			s.update("CreditNotes", map[string]any{"CreditNoteID": note.CreditNoteID, "Status": "AUTHORISED"})
			approved++
		}
	}
	if approved != 1 {
		s.w.Errorf("%s: %d drafts, want one", s.Vendor, approved)
	}
}

// A refund in parts is booked part by part.
func TestRefundInParts(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	paid := w.payOne()
	for range 2 {
		w.everySide(func(s *side) { s.refund(paid[s.Vendor].charge, 700) })
		w.proven(w.sync())
		w.everySide(func(s *side) { s.answer(reconcile.DecideBooking, string(mapping.ChoiceOwesAgain)) })
		w.settled("a part")
		w.advance(time.Hour)
	}
	w.everySide(func(s *side) { s.asked() })
}

// What was kept as a customer's credit goes back out of that credit, without a
// question.
func TestRefundOfCredit(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	charges := map[string]string{}
	w.everySide(func(s *side) {
		d := s.pick(0)
		charges[s.Vendor] = s.direct(stripe.DirectPayment{
			Amount: int64(d.Balance) + 1000, Description: "Invoice " + d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email},
		}).Charge
	})
	w.proven(w.sync())
	w.everySide(func(s *side) { s.answer(reconcile.DecideOverpaid, "refund") })
	w.settled("the credit")
	w.advance(time.Hour)
	w.everySide(func(s *side) { s.refund(charges[s.Vendor], 1000) })
	w.settled("the refund")
	w.everySide(func(s *side) { s.asked() })
}

// Disputed money waits in an asset until it is won, or until a person says
// what becomes of it.
func TestDisputes(t *testing.T) {
	cases := []struct {
		name   string
		won    bool
		choice mapping.Choice
	}{
		{"won", true, ""}, {"bad debt", false, mapping.ChoiceBadDebt}, {"owes again", false, mapping.ChoiceOwesAgain}, {"credit", false, mapping.ChoiceCreditSale},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			w.settings(func(s *side) { s.book.Accounts.BadDebt = s.book.Accounts.Fees })
			paid := w.payOne()
			disputes := map[string]string{}
			w.everySide(func(s *side) {
				id, err := s.stripe.Dispute(paid[s.Vendor].charge, 0, "fraudulent", false)
				if err != nil {
					t.Fatal(err)
				}
				disputes[s.Vendor] = id
			})
			w.settled("the dispute")
			w.everySide(func(s *side) { s.asked() })
			w.advance(time.Hour)
			w.everySide(func(s *side) {
				if err := s.stripe.DecideDispute(disputes[s.Vendor], c.won); err != nil {
					t.Fatal(err)
				}
			})
			w.proven(w.sync())
			if !c.won {
				w.everySide(func(s *side) {
					s.offers(reconcile.DecideBooking, string(c.choice))
					s.answer(reconcile.DecideBooking, string(c.choice))
				})
			}
			w.settled("the end of the dispute")
			w.everySide(func(s *side) { s.asked() })
		})
	}
}

// A payout that failed after it was paid gets a transfer back: the bank shows
// both lines.
func TestPayoutFailsLate(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	w.payOne()
	w.advance(4 * 24 * time.Hour)
	payouts := map[string][]string{}
	w.everySide(func(s *side) {
		ids, err := s.stripe.RunPayouts()
		if err != nil {
			t.Fatal(err)
		}
		payouts[s.Vendor] = ids
	})
	w.advance(6 * 24 * time.Hour)
	w.proven(w.sync())
	w.everySide(func(s *side) {
		if err := s.stripe.FailPayout(payouts[s.Vendor][0], "account_closed"); err != nil {
			t.Fatal(err)
		}
	})
	w.settled("the failure")
	w.everySide(func(s *side) {
		if n := len(s.ours(2)); n != 2 {
			t.Errorf("%s: %d transfers, want the payout and its way back", s.Vendor, n)
		}
		s.asked()
	})
}

// The document of a dispute that somebody changes or removes is a question, and
// both the clearing account and the account for disputed money name it.
func TestDisputeIsChangedByHand(t *testing.T) {
	for _, remove := range []bool{false, true} {
		t.Run(map[bool]string{false: "changed", true: "removed"}[remove], func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			paid := w.payOne()
			w.everySide(func(s *side) {
				_, err := s.stripe.Dispute(paid[s.Vendor].charge, 0, "fraudulent", false)
				s.must(err)
			})
			w.settled("the dispute")
			w.everySide(func(s *side) {
				for _, d := range s.ours(1) {
					total := number(d.Fields["TotalAmt"]).Add(number(d.Fields["Total"]))
					switch {
					case total.Shift(2).IntPart() != int64(paid[s.Vendor].Total):
					case remove:
						s.remove(d)
					default:
						s.must(s.correct(d, 0.11))
					}
				}
			})
			w.settled("what somebody did")
			last := w.sync()
			w.everySide(func(s *side) {
				s.asked(map[bool]string{false: reconcile.DecideChanged, true: reconcile.DecideRemoved}[remove])
				for _, check := range []proof.Check{proof.CheckClearing, proof.CheckDisputes} {
					if n := len(explained(last[s.Vendor], check)); n != 1 {
						t.Errorf("%s: %s is explained by %d items, want one", s.Vendor, check, n)
					}
				}
			})
		})
	}
}
