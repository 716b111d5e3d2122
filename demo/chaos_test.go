package demo_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tieout/demo"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
)

// mischief is one thing that happens in a company without our doing. What
// the vendors' own rules refuse has not happened.
type mischief struct {
	name string
	do   func(*side, *rand.Rand)
}

func anything() []mischief {
	return []mischief{
		{"pays by link", func(s *side, r *rand.Rand) { s.byLink(r, stripe.PayOptions{}) }},
		{"pays by debit", func(s *side, r *rand.Rand) {
			s.byLink(r, stripe.PayOptions{Method: stripe.BankDebit, Returned: r.IntN(2) == 0})
		}},
		{"pays from another address", func(s *side, r *rand.Rand) { s.byLink(r, stripe.PayOptions{Name: "X Y", Email: "x@y.example"}) }},
		{"opens the link twice", func(s *side, r *rand.Rand) {
			if d, ok := s.any(r); ok {
				for range 2 {
					if id, err := s.stripe.OpenLink(s.linkIn(d)); err == nil {
						s.sessions = append(s.sessions, id)
					}
				}
			}
		}},
		{"completes an old session", func(s *side, _ *rand.Rand) {
			for _, id := range s.sessions {
				_, _ = s.stripe.CompleteSession(id, stripe.PayOptions{Name: "Late", Email: "late@payer.example"})
			}
			s.sessions = nil
		}},
		{"pays directly", func(s *side, r *rand.Rand) {
			if d, ok := s.any(r); ok {
				amount := max(int64(d.Balance)*int64(1+r.IntN(6))/4, 100)
				s.direct(stripe.DirectPayment{Amount: amount, Description: "for " + d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}})
			}
		}},
		{"pays without a word", func(s *side, r *rand.Rand) {
			if d, ok := s.any(r); ok {
				s.direct(stripe.DirectPayment{Amount: max(int64(d.Balance), 100), PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}})
			}
		}},
		{"is a stranger", func(s *side, r *rand.Rand) {
			s.direct(stripe.DirectPayment{Amount: 100 + int64(r.IntN(9000)), PayOptions: stripe.PayOptions{Name: "Stranger", Email: "who@knows.example"}})
		}},
		{"enters a payment by hand", func(s *side, r *rand.Rand) {
			if d, ok := s.any(r); ok {
				amount := d.Balance / economy.Minor(1+r.IntN(2))
				_ = s.Books.Receive(economy.Receipt{
					Customer: d.Customer, Currency: d.Currency, Amount: amount, At: s.w.clock.Now(),
					Into: []economy.Place{economy.ToBank, economy.ToUndeposited}[r.IntN(2)],
					Pays: []economy.Applied{{Invoice: d, Amount: amount}}, Note: "by hand",
				})
			}
		}},
		{"deletes a document of ours", func(s *side, r *rand.Rand) {
			if all := s.ours(r.IntN(3)); len(all) > 0 {
				d := all[r.IntN(len(all))]
				_, _ = s.Records.Delete(d.Kind, d.ID)
			}
		}},
		{"corrects a fee of ours", func(s *side, r *rand.Rand) {
			if all := s.ours(1); len(all) > 0 {
				_ = s.correct(all[r.IntN(len(all))], float64(1+r.IntN(300))/4)
			}
		}},
		{"voids an invoice", func(s *side, r *rand.Rand) {
			if d, ok := s.any(r); ok && d.Balance == d.Total {
				_ = s.Books.Void(d.ID)
			}
		}},
		{"gives credit", func(s *side, r *rand.Rand) {
			if d, ok := s.any(r); ok && d.Balance > 200 {
				_ = s.Books.Credit(d.Customer, d.Currency, d.Balance/2, s.w.clock.Now(), &d)
			}
		}},
		{"removes a link", func(s *side, r *rand.Rand) {
			if d, ok := s.any(r); ok {
				_, _ = s.Books.(economy.LinkRemover).RemoveLink(d.ID, s.Pays)
			}
		}},
		{"writes an invoice", func(s *side, r *rand.Rand) {
			if d, ok := s.any(r); ok {
				s.made++
				_, _ = s.Books.AddInvoice(economy.Invoice{
					Number: fmt.Sprintf("NEW-%04d", s.made), Currency: d.Currency, Issued: s.w.clock.Now(), DueDays: 14,
					Lines: []economy.Line{{Text: "Work", Quantity: 1, Unit: economy.Minor(500 + r.IntN(90000))}},
				}, d.Customer)
			}
		}},
		{"is paid out", func(s *side, _ *rand.Rand) { _, _ = s.stripe.RunPayouts() }},
	}
}

// any is a random open invoice with a link.
func (s *side) any(r *rand.Rand) (economy.Document, bool) {
	all := s.open()
	if len(all) == 0 {
		return economy.Document{}, false
	}
	return all[r.IntN(len(all))], true
}

func (s *side) byLink(r *rand.Rand, how stripe.PayOptions) {
	d, ok := s.any(r)
	if !ok {
		return
	}
	if how.Email == "" {
		how.Name, how.Email = d.Name, d.Email
	}
	_, _ = s.stripe.PayLink(s.linkIn(d), how)
}

// Whatever people do and in whatever order: after each sync all sides agree,
// the next one writes nothing, and nothing is booked twice.
func TestWhateverHappens(t *testing.T) {
	t.Parallel()
	worlds := 5
	if testing.Short() {
		worlds = 2
	}
	for seed := range uint64(worlds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := begin(t, demo.Options{NoHistory: true, Invoices: 12, Seed: int64(seed) + 1})
			r := rand.New(rand.NewPCG(seed, 1))
			var story []string
			for range 18 {
				for range 1 + r.IntN(3) {
					s, m := w.sides[r.IntN(len(w.sides))], anything()
					act := m[r.IntN(len(m))]
					story = append(story, s.Vendor+" "+act.name)
					act.do(s, r)
				}
				pause := []time.Duration{0, time.Hour, 26 * time.Hour, 60 * time.Hour}[r.IntN(4)]
				w.advance(pause)
				story = append(story, "sync after "+pause.String())
				w.proven(w.sync())
				w.idle(w.sync(), "second sync")
				w.nothingTwice()
				if t.Failed() {
					t.Fatalf("the story: %q", story)
				}
			}
		})
	}
}

// nothingTwice checks that no marker of ours stands in two documents and that
// no invoice is below zero.
func (w *world) nothingTwice() {
	w.Helper()
	for _, s := range w.sides {
		var markers []string
		for n := range kinds[s.Vendor] {
			for _, d := range s.ours(n) {
				marker := ourMarker.FindString(fmt.Sprint(d.Fields["PrivateNote"], d.Fields["Reference"]))
				if slices.Contains(markers, marker) {
					w.Errorf("%s: %s stands twice", s.Vendor, marker)
				}
				markers = append(markers, marker)
			}
		}
		open, err := s.Books.OpenInvoices()
		if err != nil {
			w.Fatal(err)
		}
		for _, d := range open {
			if d.Balance < 0 {
				w.Errorf("%s: %s has %d open", s.Vendor, d.Number, d.Balance)
			}
		}
	}
}
