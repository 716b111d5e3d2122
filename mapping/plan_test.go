package mapping_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// berlin is one hour ahead of UTC in January.
func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err) // a mistake in this file
	}
	return t
}

// cardCase is a card payment of 100.00 with a fee of 3.20, for one invoice.
func cardCase(zone *time.Location, change func(*mapping.Case)) mapping.Case {
	c := mapping.Case{
		Book: "book", Zone: zone,
		Movement: receivables.BalanceTransaction{
			ID: "txn_1", Type: "charge", Category: "charge", Source: "ch_1", Amount: 10_000, Fee: 320, Net: 9_680, Currency: "USD",
			Created: at("2026-01-31T23:30:00Z"), Available: at("2026-02-03T00:00:00Z"),
		},
		Charge: &receivables.Charge{
			ID: "ch_1", Amount: 10_000, Currency: "USD", Status: receivables.ChargeSucceeded, Created: at("2026-01-31T23:29:00Z"), Movement: "txn_1",
		},
		Matches: []mapping.Match{{Invoice: "i1", Customer: "c1", Amount: 10_000}},
		Accounts: mapping.Accounts{
			Clearing: map[money.Currency]string{"USD": "clearing", "EUR": "clearing-eur"}, Fees: "fees", FeeContact: "stripe", Method: "card",
			Banks: map[string]string{"ba_1": "bank", "*EUR": "bank-eur", "ba_empty": ""},
		},
	}
	change(&c)
	return c
}

// debitCase is a bank debit, created on 31 January and available a week on.
func debitCase(zone *time.Location, change func(*mapping.Case)) mapping.Case {
	return cardCase(zone, func(c *mapping.Case) {
		c.Movement.Type, c.Charge.Method = "payment", "us_bank_account"
		c.Movement.Available = at("2026-02-07T00:00:00Z")
		change(c)
	})
}

func payoutCase(zone *time.Location, change func(*mapping.Case)) mapping.Case {
	return cardCase(zone, func(c *mapping.Case) {
		c.Charge, c.Matches = nil, nil
		c.Movement = receivables.BalanceTransaction{
			ID: "txn_9", Type: "payout", Category: "payout", Source: "po_1", Amount: -9_680, Net: -9_680, Currency: "USD",
			Created: at("2026-02-01T10:00:00Z"), Available: at("2026-02-01T10:00:00Z"),
		}
		c.Payout = &receivables.Payout{ID: "po_1", Amount: 9_680, Currency: "USD", Status: "paid", Arrival: "2026-02-03", Destination: "ba_1"}
		change(c)
	})
}

// namedCase is a line of the booking table's golden test.
type namedCase struct {
	name string
	mapping.Case
}

// chargeCases are the charges of the booking table.
func chargeCases(z *time.Location) []namedCase {
	succeeded := at("2026-02-05T23:30:00Z")
	card := func(name string, change func(*mapping.Case)) namedCase { return namedCase{name, cardCase(z, change)} }
	debit := func(name string, change func(*mapping.Case)) namedCase {
		return namedCase{name, debitCase(z, change)}
	}
	return []namedCase{
		card("charge for one invoice, at night in Berlin", func(*mapping.Case) {}),
		card("charge for many invoices of one customer", func(c *mapping.Case) {
			c.Matches = []mapping.Match{{Invoice: "i1", Customer: "c1", Amount: 6_000}, {Invoice: "i2", Customer: "c1", Amount: 4_000}}
		}),
		card("charge for invoices of two customers", func(c *mapping.Case) {
			c.Matches = []mapping.Match{
				{Invoice: "i1", Customer: "c1", Amount: 5_000}, {Invoice: "i2", Customer: "c2", Amount: 3_000}, {Invoice: "i3", Customer: "c1", Amount: 2_000},
			}
		}),
		card("charge for a part of an invoice", func(c *mapping.Case) { c.Matches[0].Amount = 7_500 }),
		card("charge short of the invoice's 100.50: the rest stays open", func(*mapping.Case) {}),
		card("charge short by an early-payment discount that a person granted", func(c *mapping.Case) {
			c.Matches[0].Number, c.Matches[0].Discount, c.Matches[0].DiscountBy = "INV-1", 200, "anna"
		}),
		card("charge short by an early-payment discount that nobody granted", func(c *mapping.Case) { c.Matches[0].Discount, c.Matches[0].By = 200, "anna" }),
		card("charge above the invoice, the rest kept as credit by a person", func(c *mapping.Case) {
			c.Matches = []mapping.Match{{Invoice: "i1", Customer: "c1", Amount: 9_000}, {Customer: "c1", Amount: 1_000, By: "anna"}}
		}),
		card("charge above the invoice, undecided", func(c *mapping.Case) {
			c.Matches = []mapping.Match{{Invoice: "i1", Customer: "c1", Amount: 9_000}, {Customer: "c1", Amount: 1_000}}
		}),
		card("charge above the invoices of two customers", func(c *mapping.Case) {
			c.Matches = []mapping.Match{{Customer: "c1", Amount: 9_000, By: "anna"}, {Customer: "c2", Amount: 1_000, By: "anna"}}
		}),
		card("charge for one of Stripe's own invoices", func(c *mapping.Case) { c.Matches, c.Own = nil, "ABC-0001" }),
		card("charge whose receipt is adopted", func(c *mapping.Case) { c.Matches[0].Adopted = true }),
		card("charge with one receipt adopted of two", func(c *mapping.Case) {
			c.Matches = []mapping.Match{{Invoice: "i1", Customer: "c1", Amount: 6_000, Adopted: true}, {Invoice: "i2", Customer: "c1", Amount: 4_000}}
		}),
		card("charge without a fee", func(c *mapping.Case) { c.Movement.Fee, c.Movement.Net = 0, 10_000 }),
		card("charge with a fee that Stripe gives back", func(c *mapping.Case) { c.Movement.Fee, c.Movement.Net = -5, 10_005 }),
		card("charge in a foreign currency at the invoices' rates", func(c *mapping.Case) {
			c.Movement.Currency, c.Charge.Currency = "EUR", "EUR"
			c.Matches = []mapping.Match{
				{Invoice: "i1", Customer: "c1", Amount: 5_000, Rate: "1.1"}, {Invoice: "i2", Customer: "c2", Amount: 5_000, Rate: "1.2"},
			}
		}),
		card("charge settled in another currency", func(c *mapping.Case) { c.Charge.Currency = "EUR" }),
		card("charge without a match", func(c *mapping.Case) { c.Matches = nil }),
		card("charge not pulled yet", func(c *mapping.Case) { c.Charge = nil }),
		card("charge without a clearing account", func(c *mapping.Case) { c.Movement.Currency, c.Charge.Currency = "CHF", "CHF" }),
		card("charge in closed books", func(c *mapping.Case) { c.Lock = "2026-02-15" }),
		card("charge on the first open day", func(c *mapping.Case) { c.Lock = "2026-01-31" }),
		debit("debit pending", func(c *mapping.Case) { c.Charge.Status = receivables.ChargePending }),
		debit("debit succeeded, moment known", func(c *mapping.Case) { c.Charge.Succeeded = &succeeded }),
		debit("debit succeeded, moment unknown", func(*mapping.Case) {}),
		debit("debit succeeded in closed books, its fee earlier", func(c *mapping.Case) {
			c.Charge.Succeeded, c.Lock = &succeeded, "2026-02-03"
		}),
		debit("debit failed with a fee", func(c *mapping.Case) { c.Charge.Status, c.Matches = receivables.ChargeFailed, nil }),
		debit("debit failed without a fee", func(c *mapping.Case) {
			c.Charge.Status, c.Matches, c.Movement.Fee, c.Movement.Net = receivables.ChargeFailed, nil, 0, 10_000
		}),
		debit("debit failed with a fee given back", func(c *mapping.Case) { c.Charge.Status, c.Movement.Fee = receivables.ChargeFailed, -320 }),
		debit("debit failed with a fee, no clearing account", func(c *mapping.Case) {
			c.Charge.Status, c.Accounts.Clearing = receivables.ChargeFailed, nil
		}),
	}
}

// payoutCases are the payouts of the booking table.
func payoutCases(z *time.Location) []namedCase {
	payout := func(name string, change func(*mapping.Case)) namedCase {
		return namedCase{name, payoutCase(z, change)}
	}
	reversal := func(name string, change func(*mapping.Case)) namedCase {
		return payout(name, func(c *mapping.Case) {
			c.Movement.ID, c.Movement.Type, c.Movement.Category = "txn_10", "payout_failure", "payout_reversal"
			c.Movement.Amount, c.Movement.Net, c.Payout.Status = 9_680, 9_680, "failed"
			c.Movement.Created = at("2026-02-05T10:00:00Z")
			change(c)
		})
	}
	return []namedCase{
		payout("payout paid", func(*mapping.Case) {}),
		payout("payout in transit", func(c *mapping.Case) { c.Payout.Status = "in_transit" }),
		payout("payout pending", func(c *mapping.Case) { c.Payout.Status = "pending" }),
		payout("payout failed", func(c *mapping.Case) { c.Payout.Status = "failed" }),
		payout("payout cancelled", func(c *mapping.Case) { c.Payout.Status = "canceled" }),
		payout("payout negative: Stripe takes from the bank", func(c *mapping.Case) {
			c.Movement.Amount, c.Movement.Net, c.Payout.Amount = 700, 700, -700
		}),
		payout("payout to an unknown destination", func(c *mapping.Case) { c.Payout.Destination = "ba_2" }),
		payout("payout to a destination chosen to be none", func(c *mapping.Case) { c.Payout.Destination = "ba_empty" }),
		payout("payout to an unknown destination, its currency's bank chosen", func(c *mapping.Case) {
			c.Movement.Currency, c.Payout.Currency, c.Payout.Destination = "EUR", "EUR", "ba_2"
		}),
		payout("payout of which Stripe names no destination, its currency's bank chosen", func(c *mapping.Case) {
			c.Movement.Currency, c.Payout.Currency, c.Payout.Destination = "EUR", "EUR", ""
		}),
		payout("payout of which Stripe names no destination", func(c *mapping.Case) { c.Payout.Destination = "" }),
		payout("payout with a fee", func(c *mapping.Case) { c.Movement.Fee, c.Movement.Net = 97, -9_777 }),
		payout("payout with a fee given back", func(c *mapping.Case) { c.Movement.Fee, c.Movement.Net = -97, -9_583 }),
		payout("payout without a clearing account", func(c *mapping.Case) { c.Accounts.Clearing = nil }),
		payout("payout not pulled yet", func(c *mapping.Case) { c.Payout = nil }),
		payout("payout in closed books", func(c *mapping.Case) { c.Lock = "2026-02-03" }),
		payout("payout of a type nobody has planned", func(c *mapping.Case) { c.Movement.Type = "payout_minimum_balance_hold" }),
		payout("payout to a card, its currency's bank account chosen", func(c *mapping.Case) {
			c.Payout.Destination, c.Accounts.Banks = "card_1", map[string]string{"*USD": "bank"}
		}),
		payout("payout failed after it was paid: its transfer stays", func(c *mapping.Case) { c.Payout.Status, c.Stood = "failed", mapping.Yes }),
		payout("payout failed before it was paid", func(c *mapping.Case) { c.Payout.Status, c.Stood = "failed", mapping.No }),
		reversal("payout came back after it was paid", func(c *mapping.Case) { c.Stood = mapping.Yes }),
		reversal("payout came back before it was paid", func(c *mapping.Case) { c.Stood = mapping.No }),
		reversal("payout came back, nobody knows if it was paid", func(*mapping.Case) {}),
		reversal("payout cancelled, its money back", func(c *mapping.Case) { c.Movement.Type, c.Payout.Status = "payout_cancel", "canceled" }),
		reversal("payout that was negative came back", func(c *mapping.Case) {
			c.Stood, c.Movement.Amount, c.Movement.Net, c.Payout.Amount = mapping.Yes, -700, -700, -700
		}),
		reversal("payout came back, not pulled yet", func(c *mapping.Case) { c.Payout = nil }),
	}
}

// TestBookingTable compares every line of the booking table with its golden
// file.
func TestBookingTable(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	type line struct {
		Case     string            `json:"case"`
		Verdict  mapping.Verdict   `json:"verdict"`
		Kind     string            `json:"kind,omitempty"`
		Why      string            `json:"why,omitempty"`
		Choices  []mapping.Choice  `json:"choices,omitempty"`
		Held     int64             `json:"held,omitempty"`
		Fees     []mapping.FeeItem `json:"fees,omitempty"`
		Bookings []mapping.Booking `json:"bookings,omitempty"`
	}
	var lines []line
	seen := map[string]bool{}
	for _, c := range allCases(zone) {
		if seen[c.name] {
			t.Errorf("two cases are called %q", c.name)
		}
		seen[c.name] = true
		p := mapping.PlanFor(c.Case)
		if (p.Verdict == mapping.Exception) != (p.Kind != "") || p.Verdict != mapping.Booked && (p.Why == "" || len(p.Bookings) > 0) {
			t.Errorf("%s: %+v", c.name, p)
		}
		lines = append(lines, line{c.name, p.Verdict, p.Kind, p.Why, p.Choices, p.Held, p.Fees, p.Bookings})
	}
	got, err := json.MarshalIndent(lines, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("testdata", "plan.golden.json"), append(got, '\n'))
}

// golden compares a text with its file; TIEOUT_UPDATE_GOLDEN=1 writes it anew.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if os.Getenv("TIEOUT_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with TIEOUT_UPDATE_GOLDEN=1 and read the difference", file)
	}
}

// allCases are the situations of the booking table, in its order.
func allCases(zone *time.Location) []namedCase {
	return slices.Concat(chargeCases(zone), feeCases(zone), returnCases(zone), refundCases(zone), disputeCases(zone), stripeCases(zone), payoutCases(zone), currencyCases(zone))
}

// TestPlanDates states the rules for dates by hand.
func TestPlanDates(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	succeeded := at("2026-02-05T23:30:00Z")
	for _, c := range []struct {
		name         string
		plan         mapping.Case
		receipt, fee receivables.Date
		memo         string
	}{
		{"a card on the day of its movement, in the book's zone", cardCase(zone, func(*mapping.Case) {}), "2026-02-01", "2026-02-01", "Stripe ch_1, txn_1"},
		{"a card elsewhere", cardCase(time.UTC, func(*mapping.Case) {}), "2026-01-31", "2026-01-31", "Stripe ch_1, txn_1"},
		{"a debit when it succeeded", debitCase(zone, func(c *mapping.Case) { c.Charge.Succeeded = &succeeded }), "2026-02-06", "2026-02-01", "Stripe ch_1, txn_1"},
		{"a debit when it became available", debitCase(zone, func(*mapping.Case) {}), "2026-02-07", "2026-02-01", "Stripe ch_1, txn_1, dated when Stripe made it available"},
		{"the first open day", cardCase(zone, func(c *mapping.Case) { c.Lock = "2026-02-28" }), "2026-03-01", "2026-03-01", "Stripe ch_1, txn_1 (of 2026-02-01, books closed until 2026-02-28)"},
		{"the day of the lock is closed", cardCase(zone, func(c *mapping.Case) { c.Lock = "2026-02-01" }), "2026-02-02", "2026-02-02", "Stripe ch_1, txn_1 (of 2026-02-01, books closed until 2026-02-01)"},
		{"the day after the lock is open", cardCase(zone, func(c *mapping.Case) { c.Lock = "2026-01-31" }), "2026-02-01", "2026-02-01", "Stripe ch_1, txn_1"},
	} {
		p := mapping.PlanFor(c.plan)
		if len(p.Bookings) != 2 {
			t.Errorf("%s: %+v", c.name, p)
			continue
		}
		if p.Bookings[0].Date != c.receipt || p.Bookings[0].Memo != c.memo || p.Bookings[1].Date != c.fee {
			t.Errorf("%s: receipt %s %q, fee %s", c.name, p.Bookings[0].Date, p.Bookings[0].Memo, p.Bookings[1].Date)
		}
	}
}

// TestPlanParts: whatever a charge pays, its receipts add up to what is not
// adopted, its fee to the movement's, no part is booked twice, each receipt is
// one customer's, and the same case gives the same plan.
func TestPlanParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		c := cardCase(time.UTC, func(*mapping.Case) {})
		c.Matches = nil
		owner := map[string]string{}
		var matched, own int64
		for i := range rapid.IntRange(1, 12).Draw(r, "invoices") {
			m := mapping.Match{
				Invoice:  fmt.Sprintf("i%d", i),
				Customer: rapid.SampledFrom([]string{"c1", "c2", "c3"}).Draw(r, "customer"),
				Amount:   rapid.Int64Range(1, 1_000_000).Draw(r, "amount"),
				Adopted:  rapid.Bool().Draw(r, "adopted"),
			}
			owner[m.Invoice] = m.Customer
			matched += m.Amount
			if !m.Adopted {
				own += m.Amount
			}
			c.Matches = append(c.Matches, m)
		}
		c.Movement.Amount, c.Movement.Fee = matched, rapid.Int64Range(0, matched).Draw(r, "fee")
		c.Movement.Net = c.Movement.Amount - c.Movement.Fee
		p := mapping.PlanFor(c)
		sums, keys, customers := map[mapping.Purpose]int64{}, map[string]bool{}, map[string]bool{}
		for _, b := range p.Bookings {
			if b.Kind == receivables.DocumentReceipt && customers[b.CustomerID] {
				r.Errorf("two receipts for %s", b.CustomerID)
			}
			customers[b.CustomerID] = true
			for _, part := range b.Parts {
				sums[part.Purpose] += part.Amount
				if keys[part.Key()] || part.Movement != c.Movement.ID {
					r.Errorf("part %s twice or of another movement", part.Key())
				}
				keys[part.Key()] = true
				if b.Kind == receivables.DocumentReceipt && owner[part.Target] != b.CustomerID {
					r.Errorf("invoice %s is in a receipt of %s", part.Target, b.CustomerID)
				}
			}
		}
		if p.Verdict != mapping.Booked || sums[mapping.PurposeReceipt] != own || sums[mapping.PurposeFee] != c.Movement.Fee || len(sums) > 2 {
			r.Errorf("%s: sums %v, want receipts %d and fee %d", p.Verdict, sums, own, c.Movement.Fee)
		}
		first, _ := json.Marshal(p)
		again, _ := json.Marshal(mapping.PlanFor(c))
		if !bytes.Equal(first, again) {
			r.Errorf("the same case gave two plans")
		}
	})
}
