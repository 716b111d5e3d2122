package quickbooks_test

import (
	"context"
	"strings"
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

// TestReceiptAtTheInvoicesRate: an invoice paid at its own rate leaves nothing
// in home currency; without a rate the company's own of that day is taken.
func TestReceiptAtTheInvoicesRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, rate, stored, fee, clearing, difference string }{
		{"the invoice's rate", "1.10", "1.1", "1.1", "110.00", ""},
		{"no rate", "", "1.09", "1.09", "109.00", "1.00"},
		{"not a rate", "0", "1.09", "1.09", "109.00", "1.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, sandbox.CompanyOptions{Multicurrency: true}).open()
			customer := b.make("Customer", `{"DisplayName":"Söhne GmbH","CurrencyRef":{"value":"EUR"}}`)
			invoice := b.make("Invoice", `{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"EUR"},"ExchangeRate":1.1,"TxnDate":"2026-03-01",
				"Line":[{"Amount":100,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`, customer)
			clearing := b.make("Account", `{"Name":"Stripe EUR","AccountType":"Bank","CurrencyRef":{"value":"EUR"}}`)
			receipt := mapping.Booking{
				Book: "b", Kind: receivables.DocumentReceipt, Currency: "EUR", Rate: c.rate, Date: "2026-03-02", Source: "ch_1",
				CustomerID: customer, To: clearing,
				Parts: []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: invoice, Amount: 10000}},
			}
			a := b.send(b.lower(receipt, 1))
			if len(a.Warnings) > 0 {
				t.Errorf("warnings %v", a.Warnings)
			}
			ledger := map[string]sandbox.LedgerLine{}
			for _, l := range b.company.Dump().(sandbox.CompanyDump).Ledger {
				ledger[l.Name] = l
			}
			if got := ledger["Stripe EUR"]; got.Balance != "100.00" || got.Home != c.clearing {
				t.Errorf("clearing %s, %s at home; want 100.00 and %s", got.Balance, got.Home, c.clearing)
			}
			if got := ledger["Accounts Receivable (A/R) - EUR"]; got.Balance != "0.00" || got.Home != "0.00" {
				t.Errorf("receivables %s, %s at home", got.Balance, got.Home)
			}
			if got := ledger["Exchange Gain or Loss"].Balance; got != c.difference {
				t.Errorf("exchange difference %q, want %q", got, c.difference)
			}
			fee := mapping.Booking{
				Book: "b", Kind: receivables.DocumentExpense, Currency: "EUR", Rate: c.rate, Date: "2026-03-02", Source: "ch_1",
				From: clearing, To: b.account(receivables.AccountExpense),
				Parts: []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeFee, Amount: 150}},
			}
			b.send(b.lower(fee, 1))
			for kind, want := range map[string]string{"Payment": c.stored, "Purchase": c.fee} {
				if got := b.field(kind, idOf(t, b.company.List(kind)[0]), "ExchangeRate"); got != want {
					t.Errorf("%s: rate %s, want %s", kind, got, want)
				}
			}
		})
	}
}

// TestHomeDocumentsCarryNoRate: the ledger states rate 1 on them.
func TestHomeDocumentsCarryNoRate(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{Multicurrency: true}).open()
	w := b.lower(mapping.Booking{
		Book: "b", Kind: receivables.DocumentExpense, Currency: "USD", Rate: "1", Date: "2026-03-02", From: "1", To: "2",
		Parts: []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeFee, Amount: 150}},
	}, 1)
	if strings.Contains(string(w.Body), "ExchangeRate") {
		t.Errorf("a rate in %s", w.Body)
	}
}

// TestRateIsAskedFor: only for a foreign document that has none, and what the
// company answers decides whether the write is made.
func TestRateIsAskedFor(t *testing.T) {
	t.Parallel()
	foreign := `{"TxnDate":"2026-03-02","CurrencyRef":{"value":"EUR"},"Amount":5}`
	for _, test := range []struct {
		name, op, body string
		status         int
		answer         string
		asked          bool
		sent           string
		class          connectors.Class
	}{
		{"a rate", "transfer.create", foreign, 200, `{"ExchangeRate":{"Rate":1.0837},"time":"t"}`, true, `"ExchangeRate":1.0837`, ""},
		{"in powers of ten", "transfer.create", foreign, 200, `{"ExchangeRate":{"Rate":6.7E-3}}`, true, `"ExchangeRate":0.0067`, ""},
		{"none stated", "transfer.create", foreign, 200, `{"ExchangeRate":{"SourceCurrencyCode":"EUR"}}`, true, "", ""},
		{"none known", "transfer.create", foreign, 400, `{"Fault":{"Error":[{"code":"610"}]}}`, true, "", ""},
		{"no answer", "transfer.create", foreign, 503, `<html></html>`, true, "", connectors.ClassRetry},
		{"no right", "transfer.create", foreign, 403, ``, true, "", connectors.ClassReconnect},
		{"a rate of its own", "transfer.create", `{"ExchangeRate":1.2,"CurrencyRef":{"value":"EUR"},"Amount":5}`, 500, ``, false, `"ExchangeRate":1.2`, ""},
		{"home currency", "transfer.create", `{"CurrencyRef":{"value":"USD"},"Amount":5}`, 500, ``, false, "", ""},
		{"an account", "account.create", `{"CurrencyRef":{"value":"EUR"},"Name":"x"}`, 500, ``, false, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asked, sent := false, ""
			s := heard(t, func(path string, body []byte) (int, []byte) {
				if strings.HasSuffix(path, "/exchangerate") {
					asked = true
					return test.status, []byte(test.answer)
				}
				sent = string(body)
				return 200, []byte(`{"Transfer":{"Id":"1","SyncToken":"0","Amount":5}}`)
			})
			w := connectors.Write{Op: test.op, Body: []byte(`{"method":"POST","path":"/transfer","entity":"Transfer","total":"5","body":` + test.body + `}`)}
			_, err := s.Send(t.Context(), w)
			if test.class == "" != (err == nil) || err != nil && connectors.ClassOf(err) != test.class {
				t.Fatalf("%v, want class %q", err, test.class)
			}
			if asked != test.asked || (test.class != "") != (sent == "") {
				t.Errorf("asked %v, sent %q", asked, sent)
			}
			if test.class == "" && (!strings.Contains(sent, test.sent) || test.sent == "" && strings.Contains(sent, "ExchangeRate")) {
				t.Errorf("sent %s, want %s", sent, test.sent)
			}
		})
	}
}
