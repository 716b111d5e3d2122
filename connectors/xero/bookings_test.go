package xero

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/routers/gorillamux"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// The ledger of the booking table: ids that say what they are for.
const (
	idClearing = "c1ea0000-0000-4000-8000-000000000001"
	idFees     = "fee50000-0000-4000-8000-000000000002"
	idBank     = "ba4c0000-0000-4000-8000-000000000003"
	idReturned = "4e700000-0000-4000-8000-000000000004"
	idDisputes = "d1590000-0000-4000-8000-000000000005"
	idGoodwill = "900d0000-0000-4000-8000-000000000006"
	idDebt     = "debe0000-0000-4000-8000-000000000007"
	idStripe   = "57410000-0000-4000-8000-000000000008"
	idCustomer = "c0570000-0000-4000-8000-000000000009"
	idSales    = "5a1e0000-0000-4000-8000-00000000000a"
	idOne      = "10000000-0000-4000-8000-00000000000b"
	idTwo      = "20000000-0000-4000-8000-00000000000c"
	idCredit   = "c4ed0000-0000-4000-8000-00000000000d"
)

// soldRaw is the invoice behind the credits of a sale.
const soldRaw = `{"InvoiceID":"` + idOne + `","InvoiceNumber":"INV-1","Status":"AUTHORISED","Contact":{"ContactID":"` + idCustomer + `"},"CurrencyCode":"USD","CurrencyRate":1,
	"LineAmountTypes":"Exclusive","LineItems":[{"Description":"Work","LineAmount":60.00,"TaxAmount":4.95,"TaxType":"OUTPUT","AccountCode":"200","AccountID":"` + idSales + `",
	"Tracking":[{"TrackingCategoryID":"77ac0000-0000-4000-8000-00000000000e","Name":"Region","Option":"North"}]},
	{"Description":"Pay online: https://pay.example.com/1"},{"Description":"Books","LineAmount":35.05,"TaxAmount":0.00,"TaxType":"NONE","AccountCode":"260","AccountID":"` + idSales + `","Tracking":[]}]}`

type bookedCase struct {
	name string
	mapping.Case
}

// caseOf is a movement about a card payment of 100.00 for INV-1 in a book that
// has all that Xero needs.
func caseOf(name, category, kind string, amount int64, changes ...func(*mapping.Case)) bookedCase {
	on := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 12, 0, 0, 0, time.UTC) }
	c := mapping.Case{
		Book: "book", Zone: time.UTC,
		Movement: receivables.BalanceTransaction{
			ID: "txn_1", Type: kind, Category: category, Source: "ch_1", Amount: amount, Net: amount, Currency: "USD", Created: on(3, 2), Available: on(3, 4),
		},
		Charge:  &receivables.Charge{ID: "ch_1", Amount: 10_000, Currency: "USD", Status: receivables.ChargeSucceeded, Created: on(2, 1), Movement: "txn_0"},
		Matches: []mapping.Match{{Invoice: idOne, Customer: idCustomer, Amount: 10_000, Number: "INV-1", Due: "2026-02-14", Rate: "1.000000"}},
		Accounts: mapping.Accounts{
			Clearing: map[money.Currency]string{"USD": idClearing}, Fees: idFees, FeeContact: idStripe, Banks: map[string]string{"*USD": idBank, "ba_1": idBank},
			Returned: idReturned, Disputes: map[money.Currency]string{"USD": idDisputes}, TopUps: map[money.Currency]string{"USD": idBank},
			Goodwill: idGoodwill, BadDebt: idDebt,
		},
		Payout:  &receivables.Payout{ID: "po_1", Amount: -amount, Currency: "USD", Status: "paid", Arrival: "2026-03-05", Destination: "ba_1"},
		Refund:  &receivables.Refund{ID: "re_1", ChargeID: "ch_1", Amount: -amount, Currency: "USD", Status: "succeeded"},
		Dispute: &receivables.Dispute{ID: "dp_1", ChargeID: "ch_1", Amount: -amount, Currency: "USD", Status: "needs_response"},
	}
	for _, change := range changes {
		change(&c)
	}
	return bookedCase{name, c}
}

func choice(of mapping.Choice) func(*mapping.Case) {
	return func(c *mapping.Case) { c.Decision = mapping.Decision{Choice: of, By: "Ann", On: "2026-03-20"} }
}

func lostDispute(c *mapping.Case) { c.Dispute.Status = "lost" }

func hasCredit(c *mapping.Case) {
	c.Credit = &mapping.Credit{ID: idCredit, Kind: receivables.CreditOverpaid, Customer: idCustomer, Open: 5_000}
}

// abroad makes the payment one of 100.00 euros.
func abroad(c *mapping.Case) { c.Home, c.Charge.Currency = "USD", "EUR" }

func fee(amount int64) func(*mapping.Case) {
	return func(c *mapping.Case) { c.Movement.Fee, c.Movement.Net = amount, c.Movement.Amount-amount }
}

// bookedCases has each row of the booking table that writes something.
func bookedCases() []bookedCase {
	return []bookedCase{
		caseOf("charge with its fee", "charge", "charge", 10_000, fee(320)),
		caseOf("charge for two invoices", "charge", "charge", 10_000, func(c *mapping.Case) {
			c.Matches[0].Amount = 6_000
			c.Matches = append(c.Matches, mapping.Match{Invoice: idTwo, Customer: idCustomer, Amount: 4_000})
		}),
		caseOf("charge above its invoice, kept as credit", "charge", "charge", 10_000, func(c *mapping.Case) {
			c.Matches[0].Amount = 9_000
			c.Matches = append(c.Matches, mapping.Match{Customer: idCustomer, Amount: 1_000, By: "Ann"})
		}),
		caseOf("charge for two invoices in euros, settled in dollars", "charge", "charge", 11_001, fee(350), abroad, func(c *mapping.Case) {
			c.Refund, c.Dispute, c.Matches[0].Amount = nil, nil, 3_333
			c.Matches = append(c.Matches, mapping.Match{Invoice: idTwo, Customer: idCustomer, Amount: 6_667})
		}),
		caseOf("refund of a credit in euros, settled in dollars", "refund", "refund", -2_347, abroad, hasCredit, func(c *mapping.Case) {
			c.Refund.Currency, c.Refund.Amount = "EUR", 2_000
		}),
		caseOf("charge with an early-payment discount", "charge", "charge", 10_000, func(c *mapping.Case) {
			c.Matches[0].Discount, c.Matches[0].DiscountBy = 200, "Ann"
		}),
		caseOf("fee with tax in it", "charge", "charge", 10_000, fee(389), func(c *mapping.Case) {
			c.Matches[0].Adopted = true
			c.Accounts.FeeTaxCode = "INPUT2"
			c.Movement.Fees = []receivables.FeeDetail{{Type: "stripe_fee", Amount: 324, Currency: "USD"}, {Type: "tax", Amount: 65, Currency: "USD"}}
		}),
		caseOf("debit whose payment is taken off its invoices: its money", "charge", "payment", 10_000, func(c *mapping.Case) {
			at := c.Movement.Created.AddDate(0, 0, -20)
			c.Charge.Status, c.Charge.Succeeded, c.Dishonoured, c.Matches[0].Amount = receivables.ChargeFailed, &at, true, 6_000
			c.Matches = append(c.Matches, mapping.Match{Invoice: idTwo, Customer: idCustomer, Amount: 4_000})
		}),
		caseOf("debit whose payment is taken off its invoice: its return", "dispute", "adjustment", -10_000, fee(1_500), func(c *mapping.Case) {
			c.Dispute.Reason, c.Dispute.Status, c.WayOfReturn, c.Refund = "insufficient_funds", "lost", mapping.WayDishonour, nil
		}),
		caseOf("returned debit with its fee", "charge_failure", "payment_failure_refund", -10_000, fee(1_500), func(c *mapping.Case) {
			at := c.Movement.Created.AddDate(0, 0, -20)
			c.Charge.Status, c.Charge.Succeeded = receivables.ChargeFailed, &at
		}),
		caseOf("refund of a credit", "refund", "refund", -3_000, hasCredit),
		caseOf("refund, owed again", "refund", "refund", -3_000, choice(mapping.ChoiceOwesAgain)),
		caseOf("refund, sale credited", "refund", "refund", -3_000, choice(mapping.ChoiceCreditSale)),
		caseOf("refund, goodwill", "refund", "refund", -3_000, choice(mapping.ChoiceGoodwill)),
		caseOf("refund of goodwill came back", "refund_failure", "refund_failure", 3_000, choice(mapping.ChoiceGoodwill), func(c *mapping.Case) { c.Stood = mapping.Yes }),
		caseOf("dispute with its fee", "dispute", "adjustment", -10_000, fee(1_500)),
		caseOf("lost dispute, bad debt", "dispute", "adjustment", -10_000, lostDispute, choice(mapping.ChoiceBadDebt)),
		caseOf("lost dispute, owed again", "dispute", "adjustment", -10_000, lostDispute, choice(mapping.ChoiceOwesAgain)),
		caseOf("lost dispute, sale credited", "dispute", "adjustment", -10_000, lostDispute, choice(mapping.ChoiceCreditSale)),
		caseOf("dispute won, with its fee back", "dispute_reversal", "adjustment", 10_000, fee(-1_500)),
		caseOf("Stripe's own charge", "fee", "stripe_fee", -2_500),
		caseOf("payout", "payout", "payout", -9_680),
		caseOf("negative payout", "payout", "payout", 500),
		caseOf("payout that came back", "payout_reversal", "payout_failure", 9_680, func(c *mapping.Case) { c.Stood = mapping.Yes }),
		caseOf("top-up", "topup", "topup", 20_000),
		caseOf("top-up taken back", "topup_reversal", "topup_reversal", -20_000),
		caseOf("movement with an account that a person named", "contribution", "contribution", -150, func(c *mapping.Case) {
			c.Decision = mapping.Decision{Choice: mapping.ChoiceAccount, By: "Ann", Account: idGoodwill}
		}),
		caseOf("refund in closed books", "refund", "refund", -3_000, choice(mapping.ChoiceGoodwill), func(c *mapping.Case) { c.Lock = "2026-03-31" }),
	}
}

// lowered are the writes of a case; credits of a sale get the invoice.
func lowered(t *testing.T, s *session, bookings []mapping.Booking) []connectors.Write {
	t.Helper()
	var out []connectors.Write
	for _, b := range bookings {
		lower := s.Lower
		if len(b.Lines) == 1 && b.Lines[0].Account == "" && b.Kind == receivables.DocumentCredit {
			lower = func(b mapping.Booking, generation int) ([]connectors.Write, error) {
				return s.LowerSaleCredit(b, map[string][]byte{idOne: []byte(soldRaw)}, generation)
			}
		}
		writes, err := lower(b, 0)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, writes...)
	}
	return out
}

// feesTogether is the one document for the fees of a month.
func feesTogether() []mapping.Booking {
	return mapping.FeeDocument(mapping.FeeGroup{
		Book: "book", Currency: "USD", Source: "2026-03", Date: "2026-03-31", Accounts: caseOf("", "", "", 0).Accounts,
		Items: []mapping.FeeItem{
			{Part: mapping.Part{Movement: "txn_1", Purpose: mapping.PurposeFee, Amount: 320}}, {Part: mapping.Part{Movement: "txn_2", Purpose: mapping.PurposeFee, Amount: -20}},
		},
	}).Bookings
}

// TestBookingTable writes every row of the booking table as Xero gets it; the
// file was read by a person. Xero's own description takes each request.
func TestBookingTable(t *testing.T) {
	t.Parallel()
	s := New(Config{}).Open(connectors.Access{Home: "USD"}).(*session)
	var b bytes.Buffer
	rows := map[string]bool{}
	var all []connectors.Write
	show := func(name, text string, writes []connectors.Write) {
		fmt.Fprintf(&b, "# %s\n%s\n", name, text)
		for _, w := range writes {
			request, err := unseal(w)
			var body bytes.Buffer
			if err == nil {
				err = json.Indent(&body, request.Body, "", "  ")
			}
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %s?%s\n%s\n", request.Method, request.Path, request.Query.Encode(), body.String())
		}
		b.WriteString("\n")
		all = append(all, writes...)
	}
	for _, c := range bookedCases() {
		p := mapping.PlanFor(c.Case)
		if p.Verdict != mapping.Booked || len(p.Bookings) == 0 {
			t.Errorf("%s: %s, %s", c.name, p.Verdict, p.Why)
			continue
		}
		rows[c.Movement.Category] = true
		show(c.name, p.Why, lowered(t, s, p.Bookings))
	}
	show("fees of a month", "", lowered(t, s, feesTogether()))
	show("sales of a day", "", lowered(t, s, mapping.SalesDocument(mapping.SalesGroup{
		Book: "book", Currency: "USD", Day: "2026-03-02", Accounts: bookedCases()[0].Accounts, Rule: mapping.SaleRule{Account: idSales, TaxCode: "OUTPUT"},
		Parts: part("txn_1", mapping.PurposeSale, "", -5_859),
	}).Bookings))
	for _, row := range mapping.Table() {
		if row.Planned() && !rows[row.Category] {
			t.Errorf("no case of the row %s", row.Category)
		}
	}
	file := filepath.Join("testdata", "bookings.golden.txt")
	if os.Getenv(updateGolden) != "" {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, b.Bytes()) {
		t.Errorf("the bookings are not as they were reviewed: %s", firstDifference(string(want), b.String()))
	}
	t.Run("described", func(t *testing.T) { described(t, all) })
}

// described holds requests against Xero's description.
func described(t *testing.T, writes []connectors.Write) {
	spec := specification(t)
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range writes {
		request, err := unseal(w)
		if err != nil {
			t.Fatal(err)
		}
		if err := checked(t, router, request.Method, request.Path, request.Query, request.Body); err != nil {
			t.Errorf("%s: %v\n%s", w.Op, err, request.Body)
		}
		unknownKeys(t, spec, w.Op, request)
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d: %q, was %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, were %d", len(g), len(w))
}
