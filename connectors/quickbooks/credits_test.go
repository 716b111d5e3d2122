package quickbooks_test

import (
	"context"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
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

func TestCreditsAreRefused(t *testing.T) {
	t.Parallel()
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	good := connectors.CreditAllocation{
		Credit:    receivables.Credit{ID: "140", Kind: receivables.CreditNote, CustomerID: "1", Currency: "USD", Total: 500, Remaining: 400},
		InvoiceID: "130", Amount: 400, Date: "2026-03-02", Generation: 1,
	}
	if _, err := session.LowerAllocation(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*connectors.CreditAllocation){
		"the rest of a payment": func(a *connectors.CreditAllocation) { a.Credit.Kind = receivables.CreditUnapplied },
		"more than is open":     func(a *connectors.CreditAllocation) { a.Amount = 401 },
		"nothing":               func(a *connectors.CreditAllocation) { a.Amount = 0 },
		"no customer":           func(a *connectors.CreditAllocation) { a.Credit.CustomerID = "" },
		"no currency":           func(a *connectors.CreditAllocation) { a.Credit.Currency = "" },
		"no date":               func(a *connectors.CreditAllocation) { a.Date = "soon" },
		"a transfer":            func(a *connectors.CreditAllocation) { a.InvoiceID = "Transfer:3" },
		"no target":             func(a *connectors.CreditAllocation) { a.InvoiceID = "" },
	} {
		a := good
		change(&a)
		if w, err := session.LowerAllocation(a); err == nil {
			t.Errorf("%s: %s", name, w.Body)
		}
	}
	memo := receivables.Ref{Kind: receivables.KindCredit, ID: "140"}
	if _, err := session.LowerRelease(memo, receivables.CreditUnapplied, "9", 1); err == nil {
		t.Error("the rest of a payment was released")
	}
	if _, err := session.LowerRelease(memo, receivables.CreditNote, "", 1); err == nil {
		t.Error("nothing was released")
	}
	transfer := bookings(chosenAccounts(), "1", []string{"130", "131"})[2]
	if _, err := session.LowerRefund(transfer, memo, receivables.CreditNote, 1); err == nil {
		t.Error("a transfer paid a credit back")
	}
}
