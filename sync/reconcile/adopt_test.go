package reconcile

import (
	"testing"

	"tieout/receivables"
)

// A receipt that somebody entered net of Stripe's fee leaves the fee open on
// the invoice. While a person is asked about it, the customer is not asked to
// pay that rest.
func TestNetReceiptReservesTheRest(t *testing.T) {
	t.Parallel()
	w, open := openWorld([]int64{300}, dates(1, func(int) int { return 0 }))
	w.r = &Reconciler{NewID: func() string { return "d1" }}
	w.decisions = map[string]Decision{}
	m := Movement{
		Connection: "stripe",
		Row:        receivables.BalanceTransaction{ID: "txn_1", Amount: 10000, Fee: 300, Net: 9700, Currency: "USD"},
		Charge:     &receivables.Charge{ID: "ch_1", Amount: 10000, Currency: "USD", Status: receivables.ChargeSucceeded},
	}
	byHand := receivables.Receipt{
		ID: "r1", State: receivables.StateLive, Currency: "USD", Total: 9700, AccountID: "bank",
		Allocations: []receivables.Allocation{{Target: open[0].Ref(), Amount: 9700}},
	}
	found := w.adopt(m, byHand, "the payment carries the invoice's id")
	if found.decision == nil || found.decision.Kind != DecideAdopt || found.rest != 10000 {
		t.Fatalf("got %+v, want the whole payment held with a question", found)
	}
	if len(found.allocations) != 1 || found.allocations[0].Rule != RuleAsked || found.allocations[0].Amount != 300 {
		t.Fatalf("reserved %+v, want 300 on the invoice", found.allocations)
	}
	w.ofInvoice[open[0].ID] = found.allocations
	if left := w.payable(open[0]); left != 0 {
		t.Errorf("%d is still asked for", left)
	}
	if w.planned(found.allocations) {
		t.Error("a reservation counts as planned: the question could never be answered by the ledger")
	}
	if c := w.bookingCase(m, found); len(c.Matches) != 0 {
		t.Errorf("a reservation would be booked: %+v", c.Matches)
	}
}
