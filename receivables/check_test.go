package receivables_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"tieout/money"
	"tieout/receivables"
)

func invoice(change func(*receivables.Invoice)) receivables.Invoice {
	i := receivables.Invoice{
		ID: "7", CustomerID: "c", State: receivables.StateLive, Currency: "USD", Issued: "2026-01-31",
		Total: 10_000, Balance: 4_000, Deposit: 1_000, Paid: new(int64(3_000)), Credited: new(int64(2_000)),
	}
	change(&i)
	return i
}

func credit(change func(*receivables.Credit)) receivables.Credit {
	c := receivables.Credit{
		ID: "8", Kind: receivables.CreditNote, CustomerID: "c", State: receivables.StateLive, Currency: "USD",
		Issued: "2026-01-31", Total: 500, Remaining: 200,
		Allocations: []receivables.Allocation{{Target: receivables.Ref{Kind: receivables.KindInvoice, ID: "7"}, Amount: 300}},
	}
	change(&c)
	return c
}

func receipt(total, unapplied int64, allocations ...receivables.Allocation) receivables.Receipt {
	return receivables.Receipt{
		ID: "9", State: receivables.StateLive, Currency: "USD", Date: "2026-02-01",
		Total: total, Unapplied: unapplied, Allocations: allocations,
	}
}

func on(kind receivables.Kind, amount int64) receivables.Allocation {
	return receivables.Allocation{Target: receivables.Ref{Kind: kind, ID: "t"}, Amount: amount}
}

func movement(amount, fee, net int64, fees ...receivables.FeeDetail) receivables.BalanceTransaction {
	return receivables.BalanceTransaction{
		ID: "txn_1", Type: "charge", Currency: "USD", Created: time.Unix(1, 0), Amount: amount, Fee: fee, Net: net, Fees: fees,
	}
}

func fee(amount int64, c money.Currency) receivables.FeeDetail {
	return receivables.FeeDetail{Type: "stripe_fee", Amount: amount, Currency: c}
}

func TestInvariants(t *testing.T) {
	t.Parallel()
	same := func(*receivables.Invoice) {}
	for name, c := range map[string]struct {
		value receivables.Entity
		field string // "" means that nothing is broken
	}{
		"invoice adds up":              {invoice(same), ""},
		"invoice does not add up":      {invoice(func(i *receivables.Invoice) { i.Paid = new(int64(2_999)) }), "total"},
		"invoice sum overflows":        {invoice(func(i *receivables.Invoice) { i.Paid = new(int64(math.MaxInt64)) }), "total"},
		"negative balance":             {invoice(func(i *receivables.Invoice) { i.Balance = -1 }), "balance"},
		"void keeps its amounts":       {invoice(func(i *receivables.Invoice) { i.State, i.Balance = receivables.StateVoid, -1 }), ""},
		"draft keeps its amounts":      {invoice(func(i *receivables.Invoice) { i.State, i.Paid = receivables.StateDraft, new(int64(1)) }), ""},
		"no paid stated":               {invoice(func(i *receivables.Invoice) { i.Paid, i.Credited = nil, nil }), ""},
		"balance above total":          {invoice(func(i *receivables.Invoice) { i.Paid, i.Balance = nil, 9_001 }), "balance"},
		"invoice of nobody":            {invoice(func(i *receivables.Invoice) { i.CustomerID = "" }), "customer_id"},
		"invoice without date":         {invoice(func(i *receivables.Invoice) { i.Issued = "" }), "issued"},
		"invoice without state":        {invoice(func(i *receivables.Invoice) { i.State = "" }), "state"},
		"invoice without id":           {invoice(func(i *receivables.Invoice) { i.ID = "" }), "id"},
		"credit":                       {credit(func(*receivables.Credit) {}), ""},
		"credit refunded in part":      {credit(func(c *receivables.Credit) { c.Remaining = 100 }), ""},
		"credit used twice":            {credit(func(c *receivables.Credit) { c.Remaining = 201 }), "allocations"},
		"credit remaining above total": {credit(func(c *receivables.Credit) { c.Remaining, c.Allocations = 501, nil }), "remaining"},
		"receipt":                      {receipt(100, 40, on(receivables.KindInvoice, 60)), ""},
		"receipt allocated too much":   {receipt(100, 41, on(receivables.KindInvoice, 60)), "allocations"},
		"receipt uses a credit up":     {receipt(0, 0, on(receivables.KindInvoice, 60), on(receivables.KindCredit, 60)), ""},
		"receipt uses a credit up, -":  {receipt(0, 0, on(receivables.KindInvoice, 60), on(receivables.KindCredit, -60)), ""},
		"receipt of nothing allocates": {receipt(0, 0, on(receivables.KindInvoice, 1)), "allocations"},
		"negative allocation":          {receipt(10, 0, on(receivables.KindInvoice, -1)), "allocations"},
		"allocation overflow":          {receipt(1, 0, on(receivables.KindInvoice, math.MaxInt64), on(receivables.KindInvoice, 1)), "allocations"},
		"negative receipt":             {receipt(-1, 0), "total"},
		"charge refunded too much":     {receivables.Charge{ID: "ch", Currency: "USD", Status: "succeeded", Created: time.Unix(1, 0), Amount: 5, Refunded: 6}, "refunded"},
		"charge without time":          {receivables.Charge{ID: "ch", Currency: "USD", Status: "succeeded", Amount: 5}, "created"},
		"movement":                     {movement(1000, 59, 941, fee(50, "USD"), fee(9, "USD")), ""},
		"movement, fee given back":     {movement(900, -59, 959, fee(-59, "USD")), ""},
		"movement net wrong":           {movement(1000, 59, 942), "net"},
		"movement fees wrong":          {movement(1000, 59, 941, fee(58, "USD")), "fees"},
		"movement fees of two kinds":   {movement(1000, 59, 941, fee(59, "EUR")), "fees"},
		"movement overflow":            {movement(1000, math.MaxInt64, 1), "net"},
		"negative payout":              {receivables.Payout{ID: "po", Currency: "USD", Status: "paid", Arrival: "2026-01-01", Amount: -5}, ""},
		"payout without arrival":       {receivables.Payout{ID: "po", Currency: "USD", Status: "paid"}, "arrival"},
		"session that saves a card":    {receivables.Checkout{ID: "cs", Status: "complete"}, ""},
		"session without currency":     {receivables.Checkout{ID: "cs", Status: "complete", Amount: 4}, "currency"},
		"customer its own parent":      {receivables.Customer{ID: "c", ParentID: "c"}, "parent_id"},
		"dispute of nothing":           {receivables.Dispute{ID: "dp", Currency: "USD", Status: "won"}, "charge_id"},
		"refund negative":              {receivables.Refund{ID: "re", Currency: "USD", Created: time.Unix(1, 0), Amount: -1}, "amount"},
		"document without kind":        {receivables.Document{ID: "d", State: "live", Currency: "USD", Date: "2026-01-01"}, "kind"},
		"account without type":         {receivables.Account{ID: "a"}, "type"},
	} {
		err := c.value.Check()
		var v *receivables.Violation
		if errors.As(err, &v) != (c.field != "") || v != nil && v.Field != c.field {
			t.Errorf("%s: %v, want field %q", name, err, c.field)
		}
	}
	if got := invoice(same).Settled(); got != 5_000 {
		t.Errorf("Settled() = %d, want 5000", got)
	}
}
