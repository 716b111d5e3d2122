package reconcile

import (
	"context"
	"testing"

	"tieout/books"
	"tieout/receivables"
)

// invoiceStore answers only for invoices; any other call is a mistake.
type invoiceStore struct {
	Store
	held  map[string]receivables.Invoice
	asked []string
}

func (s *invoiceStore) Invoices(_ context.Context, _ books.Book, q InvoiceQuery) ([]receivables.Invoice, error) {
	var out []receivables.Invoice
	for _, id := range q.IDs {
		s.asked = append(s.asked, id)
		if inv, ok := s.held[id]; ok {
			out = append(out, inv)
		}
	}
	return out, nil
}

// TestRatesOfMatches: every match carries its invoice's rate, also when no
// search for the payment finds the invoice any more.
func TestRatesOfMatches(t *testing.T) {
	t.Parallel()
	store := &invoiceStore{held: map[string]receivables.Invoice{"2": {ID: "2", Rate: "1.2"}}}
	waiting := Movement{Connection: "s", State: MovementWaiting, Row: receivables.BalanceTransaction{ID: "txn_1", Category: "charge"}}
	settled := Movement{Connection: "s", State: MovementSettled, Row: receivables.BalanceTransaction{ID: "txn_2"}}
	w := &world{
		r: &Reconciler{Store: store}, movements: []Movement{waiting, settled},
		invoices: map[string]receivables.Invoice{"1": {ID: "1", Rate: "1.1"}}, matched: map[string]receivables.Invoice{},
		ofCharge: map[string][]Allocation{
			"txn_1": {{Movement: "txn_1", Invoice: "1", Amount: 100}, {Movement: "txn_1", Invoice: "2", Amount: 50, Adopted: "r"}, {Movement: "txn_1", Invoice: "3", Amount: 25}},
			"txn_2": {{Movement: "txn_2", Invoice: "4", Amount: 10}},
		},
	}
	if err := w.loadMatched(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(store.asked) != 2 || store.asked[0] != "2" || store.asked[1] != "3" {
		t.Errorf("asked for %v, want the unknown invoices of the open movement", store.asked)
	}
	got := w.bookingCase(waiting, match{allocations: w.ofCharge["txn_1"]}).Matches
	for i, want := range []string{"1.1", "1.2", ""} {
		if got[i].Rate != want {
			t.Errorf("invoice %s has the rate %q, want %q", got[i].Invoice, got[i].Rate, want)
		}
	}
	if !got[1].Adopted || got[0].Adopted {
		t.Errorf("adopted: %+v", got)
	}
}
