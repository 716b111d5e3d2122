package storetest

import (
	"maps"
	"testing"

	"tieout/books"
	"tieout/receivables"
	"tieout/store"
)

// beforeKnown is the last version under which the bank of a currency answered
// for every bank account of it.
const beforeKnown = 35

// TestBanksKnownSoFar: an upgrade leaves every destination that payouts went to
// with the bank that it had, and knows no other.
func TestBanksKnownSoFar(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for i, p := range []receivables.Payout{
			{Currency: "USD", Destination: "ba_followed"},
			{Currency: "USD", Destination: "ba_followed"},
			{Currency: "USD", Destination: "ba_own"},
			{Currency: "USD", Destination: "ba_none"},
			{Currency: "EUR", Destination: "ba_euro"},
			{Currency: "GBP", Destination: "ba_pound"},
			{Currency: "USD", Destination: "card_1"},
			{Currency: "USD", Destination: "fa_1"},
			{Currency: "USD"},
		} {
			p.ID, p.Status, p.Created = "po_"+string(rune('a'+i)), "paid", now
			w.pull(stripeID, 1, p)
		}
		banks := map[string]string{"*USD": "35", "*EUR": "36", "ba_own": "37", "ba_none": "", "ba_gone": "38"}
		w.book.Accounts.Banks = maps.Clone(banks)
		b, err := s.SaveBook(w.ctx, w.book, now)
		w.must(err)
		spare, err := s.SaveConnection(w.ctx, books.Connection{Tenant: "main", ID: "ledger-2", Vendor: "xero", ExternalID: "x", State: books.ConnectionActive, CreatedAt: now})
		w.must(err)
		other, err := s.SaveBook(w.ctx, books.Book{Tenant: "main", ID: "other", Name: "No sources, no banks", Ledger: spare.ID, Zone: "UTC", CreatedAt: now}, now)
		w.must(err)
		w.must(s.MigrateTo(w.ctx, beforeKnown))
		_, err = s.Migrate(w.ctx)
		w.must(err)

		got, err := s.Book(w.ctx, "main", b.ID)
		w.must(err)
		maps.Copy(banks, map[string]string{"ba_followed": "35", "ba_none": "35", "ba_euro": "36"})
		if !maps.Equal(got.Accounts.Banks, banks) {
			t.Errorf("banks %v, want %v", got.Accounts.Banks, banks)
		}
		if got.Accounts.Clearing["USD"] != "clearing" || got.Generation != b.Generation {
			t.Errorf("more has changed: %+v", got)
		}
		if again, err := s.Book(w.ctx, "main", other.ID); err != nil || len(again.Accounts.Banks) != 0 {
			t.Errorf("a book without banks: %+v, %v", again.Accounts, err)
		}
	})
}
