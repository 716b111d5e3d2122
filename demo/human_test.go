package demo_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/proof"
	"tieout/sync/reconcile"
)

// A payment of ours that the bookkeeper deletes stays deleted: the next two
// syncs write nothing and ask once, and the proof names what is missing.
func TestBookkeeperDeletesOurPayment(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, database string) {
		w := begin(t, worldOn(database))
		for _, s := range w.sides {
			s.pay(s.pick(0), stripe.PayOptions{})
		}
		w.proven(w.sync())
		for _, s := range w.sides {
			receipts := s.ours(0)
			if len(receipts) != 1 {
				t.Fatalf("%s: %d receipts of ours, want 1", s.Vendor, len(receipts))
			}
			s.remove(receipts[0])
		}
		first := w.sync()
		for _, s := range w.sides {
			if r := first[s.Vendor]; r.Pushed.Sent != 0 || r.Planned.Decisions != 1 {
				t.Errorf("%s: sent %d and asked %d, want 0 and 1", s.Vendor, r.Pushed.Sent, r.Planned.Decisions)
			}
		}
		w.proven(first)
		w.advance(5 * time.Hour) // a decision may wait longer than a write
		second := w.sync()
		w.idle(second, "second sync after the deletion")
		w.proven(second)
		for _, s := range w.sides {
			if got := s.decisions(reconcile.DecideRemoved); len(got) != 1 || len(s.decisions("")) != 1 {
				t.Errorf("%s: open questions %v, want the one about the deleted document", s.Vendor, s.decisions(""))
			}
			if len(s.ours(0)) != 0 {
				t.Errorf("%s: the receipt has been written again", s.Vendor)
			}
			if items := explained(second[s.Vendor], proof.CheckClearing); len(items) != 1 {
				t.Errorf("%s: the clearing account is explained by %v, want one item", s.Vendor, items)
			}
		}
	})
}

// A fee document of ours that the bookkeeper changes is left as it is: one
// question, and the proof names the difference.
func TestBookkeeperEditsOurFee(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	for _, s := range w.sides {
		s.pay(s.pick(0), stripe.PayOptions{})
	}
	w.sync()
	for _, s := range w.sides {
		if err := s.correct(s.ours(1)[0], 0.11); err != nil {
			t.Fatal(err)
		}
	}
	w.changed(reconcile.DecideChanged, true)
}

// correct gives a fee document of ours another amount.
func (s *side) correct(fee written, amount float64) error {
	var fields map[string]any
	if s.Vendor == economy.Xero {
		line := fee.Fields["LineItems"].([]any)[0].(map[string]any)
		fields = map[string]any{"BankTransactionID": fee.ID, "LineItems": []any{
			map[string]any{"Description": "Corrected", "Quantity": 1, "UnitAmount": amount, "AccountID": line["AccountID"], "TaxType": "NONE"},
		}}
	} else {
		line := fee.Fields["Line"].([]any)[0].(map[string]any)
		line["Amount"] = amount
		fields = map[string]any{"Id": fee.ID, "SyncToken": fee.Fields["SyncToken"], "sparse": true, "Line": []any{line}}
	}
	raw, err := json.Marshal(fields)
	if err == nil {
		_, err = s.Records.Update(fee.Kind, raw)
	}
	return err
}

// A voided receipt is as gone as a deleted one. Only QuickBooks voids
// payments.
func TestBookkeeperVoidsOurPayment(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[0]
	s.pay(s.pick(0), stripe.PayOptions{})
	w.sync()
	voider, ok := s.Records.(interface {
		Void(kind, id string) ([]byte, error)
	})
	if !ok {
		t.Fatalf("%s voids nothing", s.Vendor)
	}
	if _, err := voider.Void("Payment", s.ours(0)[0].ID); err != nil {
		t.Fatal(err)
	}
	w.sides = w.sides[:1]
	w.changed(reconcile.DecideRemoved, true)
}

// changed checks that a human's change to a document of ours becomes one
// question and no write, and that the proof has a name for it.
func (w *world) changed(kind string, named bool) {
	w.Helper()
	first := w.sync()
	w.advance(5 * time.Hour) // a decision may wait longer than a write
	second := w.sync()
	w.idle(second, "second sync after a human's change")
	for _, s := range w.sides {
		if r := first[s.Vendor]; r.Pushed.Sent != 0 {
			w.Errorf("%s: sent %d, want nothing", s.Vendor, r.Pushed.Sent)
		}
		if got := s.decisions(""); len(got) != 1 || got[0].Kind != kind {
			w.Errorf("%s: open questions %v, want one of kind %s", s.Vendor, got, kind)
		}
		if items := explained(second[s.Vendor], proof.CheckClearing); named && len(items) != 1 {
			w.Errorf("%s: explained by %v, want one item", s.Vendor, items)
		}
	}
	w.proven(second)
}

// A link that somebody takes off an invoice is not put back.
func TestBookkeeperRemovesOurLink(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	var picked []economy.Document
	for _, s := range w.sides {
		d := s.pick(0)
		picked = append(picked, d)
		remover, ok := s.Books.(economy.LinkRemover)
		if !ok {
			t.Fatalf("%s: no link can be removed", s.Vendor)
		}
		if n, err := remover.RemoveLink(d.ID, s.Pays); err != nil || n != 1 {
			t.Fatalf("%s: removed %d links: %v", s.Vendor, n, err)
		}
	}
	w.changed(reconcile.DecideLinkRemoved, false)
	for i, s := range w.sides {
		if link := s.linkIn(s.again(picked[i])); link != "" {
			t.Errorf("%s: the link %s is back", s.Vendor, link)
		}
	}
}

// A receipt that the bookkeeper entered into the clearing account before we
// came stands for the payment; one elsewhere is asked about, and nothing is
// written meanwhile.
func TestBookkeeperWasFaster(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		into    economy.Place
		adopted bool
	}{
		{"clearing", economy.ToClearing, true},
		{"undeposited", economy.ToUndeposited, false},
		{"bank", economy.ToBank, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := quiet(t)
			for _, s := range w.sides {
				d := s.pick(0)
				s.pay(d, stripe.PayOptions{})
				err := s.Books.Receive(economy.Receipt{
					Customer: d.Customer, Currency: d.Currency, Amount: d.Balance, At: w.clock.Now(), Into: c.into,
					Pays: []economy.Applied{{Invoice: d, Amount: d.Balance}}, Note: "by hand",
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			w.proven(w.sync())
			second := w.sync()
			w.proven(second)
			w.idle(second, "second sync")
			for _, s := range w.sides {
				fees, questions := 0, 1
				if c.adopted {
					fees, questions = 1, 0
				}
				if len(s.ours(0)) != 0 || len(s.ours(1)) != fees {
					t.Errorf("%s: %d receipts and %d fees written, want 0 and %d", s.Vendor, len(s.ours(0)), len(s.ours(1)), fees)
				}
				if got := s.decisions(reconcile.DecideAdopt); len(got) != questions || len(s.decisions("")) != questions {
					t.Errorf("%s: questions %v, want %d about the adoption", s.Vendor, s.decisions(""), questions)
				}
			}
		})
	}
}

// A receipt for all that a customer owes was entered before the customer's
// payment is seen, which names no invoice: it is asked about all the same.
func TestBookkeeperWasFasterThanOneWhoNamesNothing(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	for _, s := range w.sides {
		d := s.onlyOne()
		s.must(s.Books.Receive(economy.Receipt{
			Customer: d.Customer, Currency: d.Currency, Amount: d.Balance, At: w.clock.Now(), Into: economy.ToBank,
			Pays: []economy.Applied{{Invoice: d, Amount: d.Balance}}, Note: "by hand",
		}))
		s.direct(stripe.DirectPayment{Amount: int64(d.Balance), PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}})
	}
	w.proven(w.sync())
	for _, s := range w.sides {
		if len(s.ours(0)) != 0 || len(s.decisions(reconcile.DecideAdopt)) != 1 {
			t.Errorf("%s: %d receipts written, questions %v", s.Vendor, len(s.ours(0)), s.decisions(""))
		}
	}
}

// onlyOne is the only open invoice of its customer.
func (s *side) onlyOne() economy.Document {
	all, n := s.payable(), map[string]int{}
	for _, d := range all {
		n[d.Customer]++
	}
	at := slices.IndexFunc(all, func(d economy.Document) bool { return n[d.Customer] == 1 && d.Email != "" })
	if at < 0 {
		s.w.Fatalf("%s: no customer has one open invoice", s.Vendor)
	}
	return all[at]
}

// A journal on receivables is part of what customers owe.
func TestJournalOnReceivables(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[0]
	j, ok := s.Books.(economy.Journaller)
	if !ok {
		t.Fatalf("%s allows no journal", s.Vendor)
	}
	d := s.pick(0)
	if err := j.Journal(d.Customer, d.Currency, 12345, w.clock.Now(), "Correction"); err != nil {
		t.Fatal(err)
	}
	after := w.sync()
	w.proven(after)
	w.idle(after, "sync after the journal")
}

// A receipt of ours over another amount than we wrote: one question, and the
// proof names the difference. Only QuickBooks lets payments be changed.
func TestBookkeeperEditsOurReceipt(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[0]
	d := s.pick(0)
	s.pay(d, stripe.PayOptions{})
	w.sync()
	receipt := s.ours(0)[0]
	line := receipt.Fields["Line"].([]any)[0].(map[string]any)
	line["Amount"] = 10
	delete(line, "LineEx")
	receipt.Fields["TotalAmt"] = 10
	for _, key := range []string{"sparse", "UnappliedAmt", "MetaData", "domain"} {
		delete(receipt.Fields, key)
	}
	s.update("Payment", receipt.Fields)
	s.balance(d, int64(d.Balance)-1000)
	w.sides = w.sides[:1]
	w.changed(reconcile.DecideChanged, true)
	if link := s.linkIn(s.again(d)); link != "" {
		t.Errorf("the customer has paid and is asked again by %s", link)
	}
}

// A payout of ours that the bookkeeper deletes is missed on the bank account
// too, by name.
func TestBookkeeperDeletesOurPayout(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	for _, s := range w.sides {
		s.pay(s.pick(0), stripe.PayOptions{})
	}
	w.sync()
	w.advance(4 * 24 * time.Hour)
	for _, s := range w.sides {
		if _, err := s.stripe.RunPayouts(); err != nil {
			t.Fatal(err)
		}
	}
	w.advance(6 * 24 * time.Hour)
	w.proven(w.sync())
	for _, s := range w.sides {
		payouts := s.ours(2)
		if len(payouts) != 1 {
			t.Fatalf("%s: %d payouts, want 1", s.Vendor, len(payouts))
		}
		s.remove(payouts[0])
	}
	w.changed(reconcile.DecideRemoved, true)
	w.advance(9 * 24 * time.Hour)
	last := w.sync()
	w.proven(last)
	for _, s := range w.sides {
		if items := explained(last[s.Vendor], proof.CheckBank); len(items) != 1 {
			t.Errorf("%s: the bank is explained by %v, want one item", s.Vendor, items)
		}
	}
}
