package quickbooks_test

import (
	"context"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

// TestCreditMemoIsAppliedAndReleased: by a payment of nothing, which is deleted
// when it is taken back.
func TestCreditMemoIsAppliedAndReleased(t *testing.T) {
	t.Parallel()
	k := newAccounted(t, sandbox.CompanyOptions{}, 1)
	memo := k.make("CreditMemo", `{"CustomerRef":{"value":%q},"TxnDate":"2026-03-01",`+saleLine+`}`, k.customer, "40.00")
	expense, _ := k.owed(mapping.PurposeRefund, k.invoices[0], 1_500)
	credit := k.fetch(receivables.Ref{Kind: receivables.KindCredit, ID: memo}).(receivables.Credit)
	apply := func(to string, amount int64) connectors.Write {
		w, err := k.session.LowerAllocation(connectors.CreditAllocation{Credit: credit, InvoiceID: to, Amount: amount, Date: "2026-03-02", Generation: 1})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	first := apply(k.invoices[0], 2_000)
	payment, model := k.booked(first)
	if r := model.(receivables.Receipt); r.Total != 0 || r.Unapplied != 0 || len(r.Allocations) != 2 || r.AccountID != "" {
		t.Errorf("allocation %+v", r)
	}
	k.stands("Invoice", k.invoices[0], "Balance", "80")
	k.stands("CreditMemo", memo, "RemainingCredit", "20")
	credit = k.fetch(receivables.Ref{Kind: receivables.KindCredit, ID: memo}).(receivables.Credit)
	if second := apply(k.invoices[0], 2_000); second.Marker == first.Marker || second.Key == first.Key {
		t.Error("a second allocation of the same amount is taken for the first")
	}
	k.booked(apply(expense.ID, 1_500))
	k.stands("CreditMemo", memo, "RemainingCredit", "5")
	if why := k.remove(receivables.Ref{Kind: receivables.KindCredit, ID: memo}, receivables.DocumentCredit); !strings.Contains(why, "used") {
		t.Errorf("a credit that is used: %q", why)
	}

	w, err := k.session.LowerRelease(receivables.Ref{Kind: receivables.KindCredit, ID: memo}, receivables.CreditNote, payment.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	k.send(w)
	if _, ok, err := k.session.Find(context.Background(), w); !ok || err != nil {
		t.Errorf("the release is not found: %v", err)
	}
	if _, ok, err := k.session.Find(context.Background(), first); ok || err != nil {
		t.Errorf("the allocation is still found: %v", err)
	}
	k.stands("Invoice", k.invoices[0], "Balance", "100")
	money := k.paid(k.invoices[0])
	w, err = k.session.LowerRelease(receivables.Ref{Kind: receivables.KindCredit, ID: memo}, receivables.CreditNote, money.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.session.Send(context.Background(), w); connectors.ClassOf(err) != connectors.ClassPermanent {
		t.Errorf("a payment that is money was released: %v", err)
	}
}
