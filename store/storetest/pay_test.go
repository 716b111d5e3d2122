package storetest

import (
	"errors"
	"testing"
	"time"

	"tieout/links"
	"tieout/pay"
	"tieout/store"
	"tieout/sync/reconcile"
)

// TestPayTokens finds where addresses of the pay page lead, and ends them.
func TestPayTokens(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.book
		own := links.Link{
			Tenant: b.Tenant, Book: b.ID, Invoice: "7", Generation: 1, State: links.StateActive, Own: true, ID: "token-7",
			URL: "https://pay.example/p/token-7", Amount: 100, Currency: "USD", CreatedAt: now,
		}
		foreign := own
		foreign.Invoice, foreign.Own, foreign.ID = "8", false, "plink_8"
		w.must(s.Save(w.ctx, w.hold("book/"+b.ID), b, reconcile.Result{At: now, Links: []links.Link{own, foreign}}))
		got, err := s.PayTarget(w.ctx, "token-7")
		w.must(err)
		if got.Kind != pay.KindInvoice || got.Subject != "7" || got.Ended || got.Book.ID != b.ID {
			t.Errorf("an invoice's token leads to %+v", got)
		}
		for _, nobody := range []string{"", "plink_8", "token-8"} {
			if _, err := s.PayTarget(w.ctx, nobody); !errors.Is(err, pay.ErrUnknown) {
				t.Errorf("the token %q: %v", nobody, err)
			}
		}
		if token, err := s.OwnToken(w.ctx, b, "7"); err != nil || token != "token-7" {
			t.Errorf("own token %q, %v", token, err)
		}
		if token, err := s.OwnToken(w.ctx, b, "8"); err != nil || token != "" {
			t.Errorf("the processor's link as own token: %q, %v", token, err)
		}
		w.must(s.AddPayToken(w.ctx, b, pay.KindCustomer, "c1", "first", now))
		w.must(s.AddPayToken(w.ctx, b, pay.KindCustomer, "c1", "second", now.Add(time.Minute)))
		if token, err := s.PayToken(w.ctx, b, pay.KindCustomer, "c1"); err != nil || token != "second" {
			t.Errorf("the customer's token is %q, %v", token, err)
		}
		if old, err := s.PayTarget(w.ctx, "first"); err != nil || !old.Ended || old.Subject != "c1" {
			t.Errorf("the first token: %+v, %v", old, err)
		}
		w.must(s.AddPayToken(w.ctx, b, pay.KindCustomer, "c1", "", now))
		if token, err := s.PayToken(w.ctx, b, pay.KindCustomer, "c1"); err != nil || token != "" {
			t.Errorf("after the end: %q, %v", token, err)
		}
	})
}

// TestPaySessions keeps pages of the processor, and takes what was pulled of
// them for newer.
func TestPaySessions(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.book
		page := pay.Session{
			ID: "p1", Connection: stripeID, State: pay.SessionOpening, Currency: "USD", Created: now, Until: now.Add(time.Hour),
			Shares: []pay.Share{{Invoice: "7", Number: "INV-7", Amount: 60, Payable: 100}, {Invoice: "8", Number: "INV-8", Amount: 5, Payable: 5}},
		}
		w.must(s.SavePaySession(w.ctx, b, page))
		page.Session, page.URL, page.State = "cs_1", "https://checkout/cs_1", pay.SessionOpen
		w.must(s.SavePaySession(w.ctx, b, page))
		ties, err := s.Ties(w.ctx, b, nil, []string{"7"})
		w.must(err)
		if len(ties.Pages) != 1 || ties.Pages[0] != (reconcile.Page{Session: "cs_1", Connection: stripeID, Invoice: "7", Payable: 100}) {
			t.Errorf("open pages: %+v", ties.Pages)
		}
		w.must(s.Save(w.ctx, w.hold("book/"+b.ID), b, reconcile.Result{At: now, EndPages: []string{"cs_1"}}))
		if ties, err = s.Ties(w.ctx, b, nil, []string{"7"}); err != nil || len(ties.Pages) != 0 {
			t.Errorf("a page that is being ended is ended again: %+v, %v", ties.Pages, err)
		}
		got, err := s.PaySessions(w.ctx, b, []string{"8"})
		w.must(err)
		if len(got) != 1 || got[0].State != pay.SessionEnding || len(got[0].Shares) != 2 || got[0].Shares[0] != page.Shares[0] || !got[0].Until.Equal(page.Until) {
			t.Errorf("pages: %+v", got)
		}
		page.State = pay.SessionExpired
		w.must(s.SavePaySession(w.ctx, b, page))
		if got, err = s.PaySessions(w.ctx, b, []string{"7", "8"}); err != nil || len(got) != 0 {
			t.Errorf("expired pages are told: %+v, %v", got, err)
		}
	})
}
