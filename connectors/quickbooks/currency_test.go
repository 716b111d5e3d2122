package quickbooks_test

import (
	"context"
	"testing"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

// TestForeignCurrency books a charge, its fee and its payout in a currency
// that is not the company's.
func TestForeignCurrency(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{Multicurrency: true}).open()
	customer := b.make("Customer", `{"DisplayName":"Söhne GmbH","CurrencyRef":{"value":"EUR"}}`)
	invoice := b.make("Invoice", `{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"EUR"},"ExchangeRate":1.1,"TxnDate":"2026-03-01",
		"Line":[{"Amount":100,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`, customer)
	b.make("Account", `{"Name":"Euro bank","AccountType":"Bank","CurrencyRef":{"value":"EUR"}}`)

	plan := b.session.DetectAccounts(b.accounts(), connectors.AccountNeeds{Currencies: []money.Currency{"EUR"}})
	bank := plan.Accounts.Banks["*EUR"]
	if bank == "" || len(plan.Missing) != 0 {
		t.Fatalf("plan %+v", plan)
	}
	ids := map[string]string{}
	for _, n := range plan.Create {
		w, err := b.session.LowerAccount(n)
		if err != nil {
			t.Fatal(err)
		}
		ids[n.Use] = b.send(w).Ref.ID
	}
	base := mapping.Booking{Book: "b", Currency: "EUR", Date: "2026-03-02", Source: "ch_1"}
	receipt, fee, payout := base, base, base
	receipt.Kind, receipt.CustomerID, receipt.To = receivables.DocumentReceipt, customer, ids["clearing"]
	receipt.Parts = []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: invoice, Amount: 6000}}
	fee.Kind, fee.From, fee.To, fee.Contact = receivables.DocumentExpense, ids["clearing"], ids["fees"], ids["contact"]
	fee.Parts = []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeFee, Amount: 150}}
	payout.Kind, payout.From, payout.To = receivables.DocumentTransfer, ids["clearing"], bank
	payout.Parts = []mapping.Part{{Movement: "txn_2", Purpose: mapping.PurposePayout, Amount: 5000}}
	for _, booking := range []mapping.Booking{receipt, fee, payout} {
		if a := b.send(b.lower(booking, 1)); len(a.Warnings) > 0 {
			t.Errorf("%s: %v", booking.Kind, a.Warnings)
		}
	}
	drafts, err := b.session.Fetch(context.Background(), []receivables.Ref{{Kind: receivables.KindInvoice, ID: invoice}})
	if err != nil {
		t.Fatal(err)
	}
	if i := accept(t, drafts[0]).Entity.(receivables.Invoice); i.Balance != 4000 || i.HomeBalance != 4400 || i.Currency != "EUR" {
		t.Errorf("invoice: balance %d %s, %d at home", i.Balance, i.Currency, i.HomeBalance)
	}
	f, err := b.session.Figures(context.Background(), connectors.FigureQuery{AsOf: "2026-03-02", Clearing: map[money.Currency]string{"EUR": ids["clearing"]}})
	if err != nil || f.Receivable["EUR"] != 4000 || f.Customers["EUR"] != 4000 || f.Clearing["EUR"] != 850 || f.Receivable["USD"] != 0 {
		t.Errorf("figures %+v, %v", f, err)
	}
	// An account in another currency than asked for is not measured.
	f, err = b.session.Figures(context.Background(), connectors.FigureQuery{AsOf: "2026-03-02", Clearing: map[money.Currency]string{"USD": ids["clearing"]}})
	if _, measured := f.Clearing["USD"]; measured || err != nil {
		t.Errorf("clearing %v, %v", f.Clearing, err)
	}
}
