package quickbooks_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// rowCase is a movement of one row of the booking table.
type rowCase struct {
	name string
	mapping.Case
}

// chosenAccounts are choices for everything, with the ids of a company.
func chosenAccounts() mapping.Accounts {
	usd := func(id string) map[money.Currency]string { return map[money.Currency]string{"USD": id} }
	return mapping.Accounts{
		Clearing: usd("50"), Fees: "60", FeeContact: "9", Method: "7", FeeTaxCode: "5", Banks: map[string]string{"ba_1": "35"},
		Receivable: usd("84"), Disputes: usd("51"), TopUps: usd("35"), Goodwill: "61", BadDebt: "62",
	}
}

func movement(kind, category, source string, amount, fee int64) receivables.BalanceTransaction {
	return receivables.BalanceTransaction{
		ID: "txn_" + source, Type: kind, Category: category, Source: source, Amount: amount, Fee: fee, Net: amount - fee, Currency: "USD", Created: start, Available: start,
	}
}

// rowCases has at least one written case of each row that is planned.
func rowCases() []rowCase {
	paid := func(m receivables.BalanceTransaction, change func(*mapping.Case)) mapping.Case {
		succeeded := start.Add(-time.Hour)
		c := mapping.Case{
			Book: "book-1", Zone: time.UTC, Movement: m, Accounts: chosenAccounts(),
			Charge: &receivables.Charge{
				ID: "ch_1", Amount: 10_000, Currency: "USD", Status: receivables.ChargeSucceeded, Created: start.Add(-time.Hour), Succeeded: &succeeded, Movement: "txn_ch_1",
			},
			Matches: []mapping.Match{{Invoice: "130", Customer: "1", Amount: 10_000, Number: "1037", Due: "2026-03-31"}},
		}
		if change != nil {
			change(&c)
		}
		return c
	}
	by := func(choice mapping.Choice) mapping.Decision { return mapping.Decision{Choice: choice, By: "anna"} }
	refund := func(choice mapping.Choice, m receivables.BalanceTransaction) mapping.Case {
		return paid(m, func(c *mapping.Case) {
			c.Refund = &receivables.Refund{ID: "re_1", ChargeID: "ch_1", Amount: 3_000, Currency: "USD", Status: "succeeded"}
			if choice != "" {
				c.Decision = by(choice)
			}
		})
	}
	dispute := func(status string, choice mapping.Choice) mapping.Case {
		return paid(movement("adjustment", "dispute", "dp_1", -10_000, 1_500), func(c *mapping.Case) {
			c.Dispute = &receivables.Dispute{ID: "dp_1", ChargeID: "ch_1", Amount: 10_000, Currency: "USD", Status: status}
			if choice != "" {
				c.Decision = by(choice)
			}
		})
	}
	payout := func(kind, category string, amount int64) mapping.Case {
		return paid(movement(kind, category, "po_1", amount, 0), func(c *mapping.Case) {
			c.Payout = &receivables.Payout{ID: "po_1", Amount: 9_680, Currency: "USD", Status: "paid", Arrival: "2026-03-04", Destination: "ba_1"}
			c.Stood = mapping.Yes
		})
	}
	return []rowCase{
		{"charge for one invoice", paid(movement("charge", "charge", "ch_1", 10_000, 320), nil)},
		{"charge with tax in the fee", paid(movement("charge", "charge", "ch_1", 10_000, 320), func(c *mapping.Case) {
			c.Movement.Fees = []receivables.FeeDetail{{Type: "stripe_fee", Amount: 269, Currency: "USD"}, {Type: "tax", Amount: 51, Currency: "USD"}}
		})},
		{"charge with an early-payment discount", paid(movement("charge", "charge", "ch_1", 9_800, 320), func(c *mapping.Case) {
			c.Matches[0].Amount, c.Matches[0].Discount, c.Matches[0].DiscountBy = 9_800, 200, "anna"
		})},
		{"charge above the invoice", paid(movement("charge", "charge", "ch_1", 10_000, 0), func(c *mapping.Case) {
			c.Matches = []mapping.Match{{Invoice: "130", Customer: "1", Amount: 9_000}, {Customer: "1", Amount: 1_000, By: "anna"}}
		})},
		{"debit that came back", paid(movement("payment_failure_refund", "charge_failure", "py_1", -10_000, 1_500), func(c *mapping.Case) {
			c.Charge.Status, c.Charge.FailureMovement = receivables.ChargeFailed, "txn_py_1"
		})},
		{"refund undecided", refund("", movement("refund", "refund", "re_1", -3_000, 0))},
		{"refund, the sale credited", refund(mapping.ChoiceCreditSale, movement("refund", "refund", "re_1", -3_000, 0))},
		{"refund as goodwill", refund(mapping.ChoiceGoodwill, movement("refund", "refund", "re_1", -3_000, 0))},
		{"refund of a credit", paid(movement("refund", "refund", "re_1", -3_000, 0), func(c *mapping.Case) {
			c.Refund = &receivables.Refund{ID: "re_1", ChargeID: "ch_1", Amount: 3_000, Currency: "USD", Status: "succeeded"}
			c.Credit = &mapping.Credit{ID: "140", Kind: receivables.CreditNote, Customer: "1", Open: 3_000}
		})},
		{"refund that failed", func() mapping.Case {
			c := refund("", movement("refund_failure", "refund_failure", "re_1", 3_000, 0))
			c.Refund.Status, c.Stood = "failed", mapping.Yes
			return c
		}()},
		{"dispute opened", dispute("needs_response", "")},
		{"dispute lost, bad debt", dispute("lost", mapping.ChoiceBadDebt)},
		{"dispute lost, owed again", dispute("lost", mapping.ChoiceOwesAgain)},
		{"dispute lost, sale credited", dispute("lost", mapping.ChoiceCreditSale)},
		{"dispute won", paid(movement("adjustment", "dispute_reversal", "dp_1", 10_000, -1_500), func(c *mapping.Case) {
			c.Dispute = &receivables.Dispute{ID: "dp_1", ChargeID: "ch_1", Amount: 10_000, Currency: "USD", Status: "won"}
		})},
		{"Stripe's own charge", paid(movement("stripe_fee", "fee", "", -300, 0), nil)},
		{"Stripe's own charge given back", paid(movement("stripe_fee", "fee", "", 300, 0), nil)},
		{"payout", payout("payout", "payout", -9_680)},
		{"payout that came back", payout("payout_failure", "payout_reversal", 9_680)},
		{"top-up", paid(movement("topup", "topup", "tu_1", 50_000, 0), nil)},
		{"top-up taken back", paid(movement("topup_reversal", "topup_reversal", "tu_1", -50_000, 0), nil)},
		{"reserve against an account that a person named", paid(movement("reserve_hold", "risk_reserved_funds", "", -20_000, 0), func(c *mapping.Case) {
			c.Decision = mapping.Decision{Choice: mapping.ChoiceAccount, By: "anna", Account: "63"}
		})},
	}
}

// creditedSale is the invoice of the cases, with lines of two items and tax.
const creditedSale = `{"Id":"130","DocNumber":"1037","SyncToken":"2","TotalAmt":108.00,"Balance":0,"CustomerRef":{"value":"1"},"CurrencyRef":{"value":"USD"},
	"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"3"},"TotalTax":8.00,"TaxLine":[{"Amount":8.00,"DetailType":"TaxLineDetail","TaxLineDetail":{"TaxRateRef":{"value":"3"},"PercentBased":true,"TaxPercent":10,"NetAmountTaxable":80.00}}]},
	"Line":[{"Id":"1","Amount":80.00,"Description":"Sprinkler","DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"16"},"TaxCodeRef":{"value":"TAX"}}},
		{"Id":"2","Amount":20.00,"Description":"Fitting","DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"6"},"TaxCodeRef":{"value":"NON"}}},
		{"Amount":100.00,"DetailType":"SubTotalLineDetail","SubTotalLineDetail":{}}]}`

// loweredRow is what a case is written as.
type loweredRow struct {
	Case   string         `json:"case"`
	Writes []loweredWrite `json:"writes"`
}

type loweredWrite struct {
	Op     string          `json:"op"`
	Entity string          `json:"entity"`
	Body   json.RawMessage `json:"body"`
}

// lowerBooking lowers as reconciling does: a credit for a sale with its
// invoice, and what touches receivables with their account.
func lowerBooking(s *quickbooks.Session, b mapping.Booking) ([]connectors.Write, error) {
	receivable := chosenAccounts().Receivable[b.Currency]
	switch {
	case b.Credit != nil && b.To == "":
		b.To = receivable
	case b.Kind == receivables.DocumentCredit && b.From == "":
		b.From = receivable
	}
	for _, line := range b.Lines {
		if line.Account == "" && line.Invoice != "" && b.Kind == receivables.DocumentCredit {
			return s.LowerSaleCredit(b, map[string][]byte{"130": []byte(creditedSale)}, 1) //nolint:wrapcheck // passed through
		}
	}
	return s.Lower(b, 1) //nolint:wrapcheck // passed through
}

func loweredRows(t *testing.T) (rows []loweredRow, categories map[string]bool) {
	t.Helper()
	s := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	categories = map[string]bool{}
	for _, c := range rowCases() {
		plan := mapping.PlanFor(c.Case)
		if plan.Verdict != mapping.Booked || len(plan.Bookings) == 0 {
			t.Fatalf("%s: %s %s: %s", c.name, plan.Verdict, plan.Kind, plan.Why)
		}
		row := loweredRow{Case: c.name}
		for _, b := range plan.Bookings {
			writes, err := lowerBooking(s, b)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			for _, w := range writes {
				var r struct {
					Entity string
					Body   json.RawMessage
				}
				if err := json.Unmarshal(w.Body, &r); err != nil {
					t.Fatal(err)
				}
				row.Writes = append(row.Writes, loweredWrite{w.Op, r.Entity, r.Body})
				categories[c.Movement.Category] = true
			}
		}
		rows = append(rows, row)
	}
	return rows, categories
}

// TestEveryRowIsLowered compares what each row of the booking table is written
// as with the golden file.
func TestEveryRowIsLowered(t *testing.T) {
	t.Parallel()
	rows, categories := loweredRows(t)
	compareGolden(t, filepath.Join("testdata", "rows.golden.json"), rows)
	for _, row := range mapping.Table() {
		if row.Planned() && !categories[row.Category] {
			t.Errorf("nothing is written for a %s", row.Category)
		}
	}
}

// TestLoweredFollowsTheSchema holds everything that can be written against
// Intuit's schema: the rows of the table, and what changes or removes.
func TestLoweredFollowsTheSchema(t *testing.T) {
	t.Parallel()
	schema := readSchema(t)
	rows, _ := loweredRows(t)
	written := map[string]bool{}
	check := func(name string, w loweredWrite) {
		written[w.Op+" "+w.Entity] = true
		if wrong := schema.problems(w.Entity, w.Entity, w.Body); len(wrong) > 0 {
			t.Errorf("%s\n%s\n%s", name, strings.Join(wrong, "\n"), w.Body)
		}
	}
	for _, row := range rows {
		for _, w := range row.Writes {
			check(row.Case, w)
		}
	}
	for name, w := range otherWrites(t) {
		var r struct {
			Entity string
			Body   json.RawMessage
		}
		if err := json.Unmarshal(w.Body, &r); err != nil {
			t.Fatal(err)
		}
		check(name, loweredWrite{w.Op, r.Entity, r.Body})
	}
	for _, op := range []string{
		"payment.create Payment", "purchase.create Purchase", "deposit.create Deposit", "transfer.create Transfer", "journalentry.create JournalEntry",
		"creditmemo.create CreditMemo", "payment.apply Payment", "payment.relink Payment", "payment.release Payment", "remove Payment", "remove Purchase", "remove Account",
	} {
		if !written[op] {
			t.Errorf("no %s was written", op)
		}
	}
}

// otherWrites are the writes that no booking leads to, and bodies with tax and
// rates.
func otherWrites(t *testing.T) map[string]connectors.Write {
	t.Helper()
	s := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	out := map[string]connectors.Write{}
	add := func(name string, w connectors.Write, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = w
	}
	one := func(name string, writes []connectors.Write, err error) {
		add(name, append(writes, connectors.Write{})[0], err)
	}
	payment := []byte(`{"Id":"7","SyncToken":"0","domain":"QBO","sparse":false,"TotalAmt":5.00,"UnappliedAmt":0,"CustomerRef":{"value":"1","name":"Ada"},"ProcessPayment":false,
		"MetaData":{"CreateTime":"2026-03-02T10:00:00-08:00"},"Line":[{"Amount":5.00,"LinkedTxn":[{"TxnId":"130","TxnType":"Invoice"}],"LineEx":{"any":[]}}]}`)
	w, _, _, err := s.LowerRelink(connectors.Relink{ReceiptID: "7", Raw: payment, Want: []receivables.Allocation{{Target: receivables.Ref{Kind: receivables.KindDocument, ID: "Purchase:9"}, Amount: 500}}})
	add("relink", w, err)
	for name, d := range map[string]struct {
		ref receivables.Ref
		raw string
	}{
		"void a payment":        {receivables.Ref{Kind: receivables.KindReceipt, ID: "7"}, string(payment)},
		"delete an expense":     {receivables.Ref{Kind: receivables.KindDocument, ID: "Purchase:9"}, `{"Id":"9","SyncToken":"1","TotalAmt":5}`},
		"deactivate an account": {receivables.Ref{Kind: receivables.KindAccount, ID: "9"}, `{"Id":"9","SyncToken":"1","Name":"Stripe clearing","AccountType":"Bank","CurrentBalance":0,"Active":true}`},
	} {
		w, _, _, err := s.LowerRemoval(connectors.Removal{Document: d.ref, Raw: []byte(d.raw)})
		add(name, w, err)
	}
	credit := receivables.Credit{ID: "140", Kind: receivables.CreditNote, CustomerID: "1", Currency: "EUR", Rate: "1.1", Total: 500, Remaining: 500}
	w, err = s.LowerAllocation(connectors.CreditAllocation{Credit: credit, InvoiceID: "130", Amount: 500, Date: "2026-03-02"})
	add("apply", w, err)
	w, err = s.LowerRelease(receivables.Ref{Kind: receivables.KindCredit, ID: "140"}, receivables.CreditNote, "7", 1)
	add("release", w, err)
	writes, err := s.Lower(atHome("1", "50", []string{"130", "131"}, [2]int64{100, 200}, [2]int64{111, 221}), 1)
	one("settled at home", writes, err)
	for _, amount := range []int64{395, -395} {
		fee := bookings(chosenAccounts(), "1", []string{"130", "131"})[1]
		fee.Parts[0].Amount, fee.Lines = amount, []mapping.BookingLine{{Account: "60", Amount: amount, TaxCode: "5", Tax: amount / 6}}
		writes, err := s.Lower(fee, 1)
		one(fmt.Sprint("fee with tax ", amount), writes, err)
	}
	for _, how := range []string{"TaxExcluded", "TaxInclusive", "NotApplicable"} {
		k := accounted{bench: &bench{home: connectors.Profile{Home: "USD"}}, customer: "1"}
		raw := strings.Replace(strings.ReplaceAll(creditedSale, `"TAX"`, `"2"`), `"Id":"130"`, `"Id":"130","GlobalTaxCalculation":"`+how+`"`, 1)
		for _, part := range []int64{10_800, 3_333} {
			writes, err := s.LowerSaleCredit(k.crediting("130", part), map[string][]byte{"130": []byte(raw)}, 1)
			one(fmt.Sprint(how, part), writes, err)
		}
	}
	return out
}
