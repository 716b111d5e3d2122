package quickbooks_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

// atHome is a receipt over two invoices in euros of which dollars arrived.
func atHome(customer, clearing string, invoices []string, foreign, home [2]int64) mapping.Booking {
	b := mapping.Booking{
		Book: "book-1", Kind: receivables.DocumentReceipt, Currency: "EUR", Settlement: "USD", Date: "2026-03-02", CustomerID: customer, To: clearing, Source: "ch_1",
	}
	for i, invoice := range invoices {
		b.Parts = append(b.Parts, mapping.Part{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: invoice, Amount: home[i]})
		b.Lines = append(b.Lines, mapping.BookingLine{Invoice: invoice, Amount: foreign[i]})
	}
	return b
}

// TestSettledAtHome: the clearing account gets what arrived, to the cent, and
// QuickBooks books the difference to the invoices' rate itself.
func TestSettledAtHome(t *testing.T) {
	t.Parallel()
	k := newAccounted(t, sandbox.CompanyOptions{Multicurrency: true}, 0)
	customer := k.make("Customer", `{"DisplayName":"Söhne GmbH","CurrencyRef":{"value":"EUR"}}`)
	var invoices []string
	for range 2 {
		invoices = append(invoices, k.make("Invoice", `{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"EUR"},"ExchangeRate":1.1,"TxnDate":"2026-03-01",`+saleLine+`}`, customer, "66.67"))
	}
	_, model := k.book(atHome(customer, k.clearing(), invoices, [2]int64{6_667, 3_000}, [2]int64{7_411, 3_333}))
	if r := model.(receivables.Receipt); r.Total != 9_667 || r.Currency != "EUR" || len(r.Allocations) != 2 || r.Unapplied != 0 {
		t.Errorf("receipt %+v", r)
	}
	k.stands("Account", k.clearing(), "CurrentBalance", "107.44")
	k.stands("Invoice", invoices[0], "Balance", "0")
	k.stands("Invoice", invoices[1], "Balance", "36.67")

	// A refund has its own rate.
	receivable := k.receivables("EUR")
	for i, amount := range []int64{2_000, -500} {
		refund := mapping.Booking{
			Book: "book-1", Kind: receivables.DocumentExpense, Currency: "EUR", Settlement: "USD", Date: "2026-03-03", CustomerID: customer, Contact: customer, From: k.clearing(),
			Parts: []mapping.Part{{Movement: fmt.Sprint("txn_back_", i), Purpose: mapping.PurposeRefund, Target: invoices[0], Amount: amount + amount/8}},
			Lines: []mapping.BookingLine{{Account: receivable, Amount: amount, CustomerID: customer, Invoice: invoices[0]}}, Source: "re_1",
		}
		if _, model := k.book(refund); model.(receivables.Document).Total != max(amount, -amount) {
			t.Errorf("refund %+v", model)
		}
	}
	k.stands("Account", k.clearing(), "CurrentBalance", "90.56") // less 22.50, and 5.62 of it back

	// What was lost goes from a home account to what the customer owes, and a
	// refund may come to the same number in both currencies.
	lost := mapping.Booking{
		Book: "book-1", Kind: receivables.DocumentJournal, Currency: "EUR", Settlement: "USD", Date: "2026-03-04", CustomerID: customer, From: k.clearing(),
		Parts: []mapping.Part{{Movement: "txn_lost", Purpose: mapping.PurposeLoss, Target: invoices[0], Amount: 1_056}},
		Lines: []mapping.BookingLine{{Account: receivable, Amount: 1_000, CustomerID: customer, Invoice: invoices[0]}}, Source: "dp_1", By: "anna",
	}
	if _, model := k.book(lost); model.(receivables.Document).Total != 1_000 {
		t.Errorf("lost %+v", model)
	}
	k.stands("Account", k.clearing(), "CurrentBalance", "80")
	par := lost
	par.Kind, par.Contact, par.Parts = receivables.DocumentExpense, customer, []mapping.Part{{Movement: "txn_par", Purpose: mapping.PurposeRefund, Target: invoices[0], Amount: 1_000}}
	k.book(par)
	k.stands("Account", k.clearing(), "CurrentBalance", "70")
}

// receivables is the receivables account of a currency.
func (k accounted) receivables(c money.Currency) string {
	k.t.Helper()
	plan := k.session.DetectAccounts(k.accounts(), connectors.AccountNeeds{Currencies: []money.Currency{c}})
	if plan.Accounts.Receivable[c] == "" {
		k.t.Fatalf("no receivables in %s: %+v", c, plan)
	}
	return plan.Accounts.Receivable[c]
}

// TestAnyRateComesToTheCent for whatever was settled of whatever was owed.
func TestAnyRateComesToTheCent(t *testing.T) {
	t.Parallel()
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	rapid.Check(t, func(rt *rapid.T) {
		one := rapid.Int64Range(1, 1_000_000_000)
		foreign, home := [2]int64{one.Draw(rt, "f"), one.Draw(rt, "g")}, [2]int64{one.Draw(rt, "h"), one.Draw(rt, "i")}
		b := atHome("1", "50", []string{"7", "8"}, foreign, home)
		b.Currency = rapid.SampledFrom([]money.Currency{"EUR", "JPY", "KWD", "HUF", "ISK", "UGX"}).Draw(rt, "currency")
		writes, err := session.Lower(b, 1)
		if err != nil {
			rt.Fatal(err)
		}
		body := string(writes[0].Body)
		rate, _, _ := strings.Cut(after(body, `"ExchangeRate":`), ",")
		total, _, _ := strings.Cut(after(body, `"TotalAmt":`), ",")
		worth := decimal.RequireFromString(rate).Mul(decimal.RequireFromString(total)).Round(2)
		if !worth.Equal(decimal.New(home[0]+home[1], -2)) {
			rt.Fatalf("%s at %s is %s", total, rate, worth)
		}
	})
}

func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest
}

// TestShortenedRateIsTakenBack: where the vendor keeps fewer digits the payment
// does not stay.
func TestShortenedRateIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, refuses := range []bool{false, true} {
		voided := 0
		s := heard(t, func(_ string, body []byte) (int, []byte) {
			if strings.Contains(string(body), `"sparse":true`) {
				voided++
				if refuses {
					return 400, []byte(`{"Fault":{"Error":[{"Message":"x","code":"6000"}],"type":"ValidationFault"}}`)
				}
				return 200, []byte(`{"Payment":{"Id":"9","SyncToken":"1","TotalAmt":0,"PrivateNote":"Voided"}}`)
			}
			return 200, fmt.Appendf(nil, `{"Payment":{"Id":"9","SyncToken":"0","TotalAmt":96670.00,"ExchangeRate":1.11}}`)
		})
		writes, err := s.Lower(atHome("1", "50", []string{"7", "8"}, [2]int64{6_667_000, 3_000_000}, [2]int64{7_411_000, 3_333_001}), 1)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Send(context.Background(), writes[0])
		if connectors.ClassOf(err) != connectors.ClassRequest || voided != 1 || strings.Contains(err.Error(), "by hand") != refuses {
			t.Errorf("refuses %v: voided %d times, %v", refuses, voided, err)
		}
	}
}

func TestSettledRefuses(t *testing.T) {
	t.Parallel()
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	for name, change := range map[string]func(*mapping.Booking){
		"in home currency":  func(b *mapping.Booking) { b.Currency = "USD" },
		"a line too few":    func(b *mapping.Booking) { b.Lines = b.Lines[:1] },
		"in another":        func(b *mapping.Booking) { b.Settlement = "GBP" },
		"without its own":   func(b *mapping.Booking) { b.Settlement = "" },
		"another invoice":   func(b *mapping.Booking) { b.Lines[0].Invoice = "9" },
		"an account":        func(b *mapping.Booking) { b.Lines[0].Account = "9" },
		"less than nothing": func(b *mapping.Booking) { b.Lines[0].Amount = -1 },
	} {
		b := atHome("1", "50", []string{"7", "8"}, [2]int64{100, 200}, [2]int64{110, 220})
		change(&b)
		if w, err := session.Lower(b, 1); err == nil {
			t.Errorf("%s: %v", name, w)
		}
	}
}
