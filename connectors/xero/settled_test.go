package xero

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

func settledBooking(invoice, clearing string, paid, settled int64) mapping.Booking {
	return mapping.Booking{
		Book: "b1", Kind: receivables.DocumentReceipt, Currency: "EUR", Settlement: "USD", Date: "2026-05-01", To: clearing, Source: "ch_1",
		Lines: []mapping.BookingLine{{Amount: paid, Invoice: invoice}}, Parts: part("txn_1", mapping.PurposeReceipt, invoice, settled),
	}
}

// TestForeignInvoiceIsPaidInHomeCurrency puts just what was settled into the
// clearing account, whatever rate that is, and leaves the invoice paid.
func TestForeignInvoiceIsPaidInHomeCurrency(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	a := r.books(t)
	id := r.invoice(t, "E-1", "EUR", "1000.07")
	answers := r.wrote(t, settledBooking(id, a.Clearing["USD"], 100007, 113579))
	if i := r.state(t, id); i.Balance != 0 || r.balance(t, a.Clearing["USD"]) != "1135.79" {
		t.Errorf("open %d, clearing %s", i.Balance, r.balance(t, a.Clearing["USD"]))
	}
	receipt := fetched[receivables.Receipt](t, r, answers[0].Ref)
	if receipt.Total != 100007 || receipt.Currency != "EUR" || receipt.AccountID != a.Clearing["USD"] || receipt.Rate == "" {
		t.Errorf("the receipt came back as %+v", receipt)
	}
	if f, err := r.session.Figures(t.Context(), connectors.FigureQuery{AsOf: "2026-05-04", Clearing: a.Clearing}); err != nil || f.Receivable["USD"] != 0 {
		t.Errorf("figures %+v, %v", f, err)
	}
}

// TestRateOfTheInvoiceGoesWithThePayment: in an account of the invoice's own
// currency there is no gain when both are worth the same.
func TestRateOfTheInvoiceGoesWithThePayment(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	a := r.books(t, "EUR", "USD")
	out := r.create(t, "Invoices", `{"Type":"ACCREC","Status":"AUTHORISED","InvoiceNumber":"E-1","CurrencyCode":"EUR","CurrencyRate":0.8,"Contact":{"Name":"Harbour Foods"},
		"Date":"2026-04-20","DueDate":"2026-05-20","LineAmountTypes":"NoTax","LineItems":[{"Description":"Work","Quantity":1,"UnitAmount":100,"AccountCode":"200"}]}`)
	id := out["InvoiceID"].(string)
	b := mapping.Booking{
		Kind: receivables.DocumentReceipt, Currency: "EUR", Rate: r.state(t, id).Rate, Date: "2026-05-01", To: a.Clearing["EUR"], Source: "ch_1",
		Parts: part("txn_1", mapping.PurposeReceipt, id, 10000),
	}
	r.wrote(t, b)
	b.Kind, b.From, b.To, b.Parts = receivables.DocumentExpense, a.Clearing["EUR"], a.Fees, part("txn_1", mapping.PurposeFee, "", 400)
	r.wrote(t, b)
	if r.balance(t, a.Clearing["EUR"]) != "120.00" || r.balance(t, a.Fees) != "5.00" {
		t.Errorf("clearing %s, fees %s", r.balance(t, a.Clearing["EUR"]), r.balance(t, a.Fees))
	}
}

// TestSettledOtherwiseIsTakenBack has an organisation that puts another amount
// on the account than was asked for.
func TestSettledOtherwiseIsTakenBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer, single string
		delete         int
		want           connectors.Class
		calls          string
	}{
		"as settled":         {`"BankAmount":1135.79`, "", 200, "", "PUT Payments"},
		"other digits":       {`"BankAmount":"1135.790"`, "", 200, "", "PUT Payments"},
		"a cent off":         {`"BankAmount":1135.78`, "", 200, connectors.ClassRequest, "PUT Payments, POST Payments/p1"},
		"cannot be undone":   {`"BankAmount":1135.78`, "", 400, connectors.ClassPermanent, "PUT Payments, POST Payments/p1"},
		"not said, read":     {`"Amount":1000.07`, `"BankAmount":1135.79`, 200, "", "PUT Payments, GET Payments/p1"},
		"not said, read off": {`"Amount":1000.07`, `"BankAmount":1135.80`, 200, connectors.ClassRequest, "PUT Payments, GET Payments/p1, POST Payments/p1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls []string
			s := sessionOf(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls = append(calls, r.Method+" "+strings.TrimPrefix(r.URL.Path, apiPath))
				w.Header().Set("Content-Type", "application/json")
				body := c.answer
				switch r.Method {
				case http.MethodGet:
					body = c.single
				case http.MethodPost:
					sent, _ := io.ReadAll(r.Body)
					if string(sent) != `{"Status":"DELETED"}` {
						t.Errorf("taken back by %s", sent)
					}
					w.WriteHeader(c.delete)
				}
				_, _ = io.WriteString(w, `{"Payments":[{"PaymentID":"p1",`+body+`}]}`)
			}))
			s.access.Home = "USD"
			writes, err := s.Lower(settledBooking("i", "a", 100007, 113579), 0)
			if err != nil {
				t.Fatal(err)
			}
			if n := s.Together([]connectors.Write{writes[0], writes[0]}); n != 1 {
				t.Errorf("%d go together", n)
			}
			_, err = s.Send(t.Context(), writes[0])
			if got := strings.Join(calls, ", "); got != c.calls || (err == nil) != (c.want == "") || err != nil && connectors.ClassOf(err) != c.want {
				t.Errorf("%s: %v", got, err)
			}
		})
	}
}

func TestSettledBookingsThatCannotBe(t *testing.T) {
	t.Parallel()
	s := New(Config{}).Open(connectors.Access{Home: "USD"}).(*session)
	for name, spoil := range map[string]func(*mapping.Booking){
		"in home currency": func(b *mapping.Booking) { b.Currency = "USD" },
		"three currencies": func(b *mapping.Booking) { b.Settlement = "GBP" },
		"no settlement":    func(b *mapping.Booking) { b.Settlement = "" },
		"an expense":       func(b *mapping.Booking) { b.Kind, b.From = receivables.DocumentExpense, "c" },
		"other invoice":    func(b *mapping.Booking) { b.Lines[0].Invoice = "j" },
		"too few lines":    func(b *mapping.Booking) { b.Parts = append(b.Parts, b.Parts...) },
		"nothing paid":     func(b *mapping.Booking) { b.Lines[0].Amount = 0 },
		"nothing settled":  func(b *mapping.Booking) { b.Parts[0].Amount = 0 },
		"pays no invoice":  func(b *mapping.Booking) { b.Lines[0].Invoice, b.Parts[0].Target = "", "" },
		"no account":       func(b *mapping.Booking) { b.To = "" },
	} {
		b := settledBooking("i", "a", 5, 6)
		spoil(&b)
		if w, err := s.Lower(b, 0); err == nil {
			t.Errorf("%s: lowered to %d writes", name, len(w))
		}
	}
}

// TestCreditIsPaidBackInHomeCurrency refunds an overpaid invoice in another
// currency out of the home clearing account, at the refund's own rate.
func TestCreditIsPaidBackInHomeCurrency(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	a := r.books(t)
	note := r.create(t, "CreditNotes", `{"Type":"ACCRECCREDIT","Status":"AUTHORISED","CurrencyCode":"EUR","CurrencyRate":0.8,"Contact":{"Name":"Harbour Foods"},"Date":"2026-04-22",
		"LineAmountTypes":"NoTax","LineItems":[{"Description":"Back","Quantity":1,"UnitAmount":50,"AccountCode":"200"}]}`)
	ref := receivables.Ref{Kind: receivables.KindCredit, ID: note["CreditNoteID"].(string)}
	r.wrote(t, mapping.Booking{
		Kind: receivables.DocumentExpense, Currency: "EUR", Settlement: "USD", Date: "2026-05-03", From: a.Clearing["USD"], Source: "re_1",
		Credit: &mapping.Credit{ID: ref.ID, Kind: receivables.CreditNote}, Lines: []mapping.BookingLine{{Amount: 2000, Invoice: ref.ID}},
		Parts: part("txn_9", mapping.PurposeRefund, ref.ID, 2347),
	})
	if c := fetched[receivables.Credit](t, r, ref); c.Remaining != 3000 || r.balance(t, a.Clearing["USD"]) != "-23.47" {
		t.Errorf("%d is left, clearing %s", c.Remaining, r.balance(t, a.Clearing["USD"]))
	}
}

// TestOwedAgainIsWorthWhatWentBack: the account between what was spent in base
// currency and the invoice in another one stays empty, whatever the rate.
func TestOwedAgainIsWorthWhatWentBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	a := r.books(t)
	customer := r.create(t, "Contacts", `{"Name":"Harbour Foods"}`)["ContactID"].(string)
	for i, c := range []struct{ foreign, home int64 }{{4_500, 5_210}, {333_333, 377_777}, {1, 1}} {
		movement := fmt.Sprint("txn_", i)
		spent := mapping.Booking{
			Book: "b1", Kind: receivables.DocumentExpense, Currency: "USD", Date: "2026-05-01", From: a.Clearing["USD"], To: a.Returned, Contact: customer, Source: "re_1",
			Parts: part(movement, mapping.PurposeRefund, "i", c.home),
		}
		again := mapping.Booking{
			Book: "b1", Kind: receivables.DocumentInvoice, Currency: "EUR", Settlement: "USD", Date: "2026-05-01", CustomerID: customer, Source: "re_1",
			Lines: []mapping.BookingLine{{Account: a.Returned, Amount: c.foreign}}, Parts: part(movement, mapping.PurposeReopen, "i", c.home),
		}
		r.wrote(t, spent)
		answers := r.wrote(t, again)
		if invoice := r.state(t, answers[0].Ref.ID); invoice.Balance != c.foreign || invoice.Currency != "EUR" || invoice.HomeBalance != c.home || r.balance(t, a.Returned) != "0.00" {
			t.Errorf("%d for %d: %+v, between them %s", c.foreign, c.home, invoice, r.balance(t, a.Returned))
		}
		again.Lines[0].Amount, again.Parts[0].Amount = 98_765_432_19, 12_345_678_91
		if w, err := r.session.Lower(again, 0); err == nil {
			t.Errorf("a rate of six decimals cannot say it: %s", w[0].Body)
		}
	}
}
