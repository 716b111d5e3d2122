package mapping_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// abroad turns a case of a charge of 100.00 dollars into one of an amount in
// another currency, of which the dollars are what was settled.
func abroad(amount int64, currency money.Currency) func(*mapping.Case) {
	return func(c *mapping.Case) {
		c.Home = c.Movement.Currency
		c.Charge.Amount, c.Charge.Currency = amount, currency
		for i := range c.Matches {
			c.Matches[i].Amount, c.Matches[i].Rate = amount, "1.1"
		}
		if c.Accounts.Receivable != nil {
			c.Accounts.Receivable = map[money.Currency]string{"USD": "receivables", currency: "receivables"}
		}
	}
}

// currencyCases are payments that were settled in another currency than they
// were made in.
func currencyCases(z *time.Location) []namedCase {
	cases := abroadCharges(z)
	back := func(name, kind, category string, amount int64, changes ...func(*mapping.Case)) {
		cases = append(cases, namedCase{name, cardCase(z, func(c *mapping.Case) {
			back(c, kind, category, "re_1", amount)
			if category != "dispute" && category != "charge_failure" {
				c.Refund = &receivables.Refund{ID: "re_1", ChargeID: "ch_1", Amount: 4_500, Currency: "EUR", Status: "succeeded"}
			}
			for _, change := range append(changes, abroad(9_000, "EUR")) {
				change(c)
			}
		})})
	}
	choose := func(choice mapping.Choice) func(*mapping.Case) {
		return func(c *mapping.Case) { c.Decision = decided(choice) }
	}
	credit := func(kind receivables.CreditKind, open int64) func(*mapping.Case) {
		return func(c *mapping.Case) { c.Credit = credited(kind, open) }
	}
	foreign := func(name string, changes ...func(*mapping.Case)) {
		back("refund in a foreign currency "+name, "refund", "refund", -5_210, changes...)
	}
	foreign("at its own rate, receivables posted to, undecided", direct)
	foreign("at its own rate, receivables posted to, owed again", direct, choose(mapping.ChoiceOwesAgain))
	foreign("at its own rate, receivables posted to, sale credited", direct, choose(mapping.ChoiceCreditSale))
	foreign("at its own rate, receivables posted to, goodwill", direct, choose(mapping.ChoiceGoodwill))
	foreign("that a credit covers, receivables posted to", direct, credit(receivables.CreditUnapplied, 4_500))
	foreign("that a credit note covers, no posting to receivables", between, credit(receivables.CreditNote, 4_500))
	foreign("at its own rate, no posting to receivables, undecided", between)
	foreign("at its own rate, no posting to receivables, sale credited", between, choose(mapping.ChoiceCreditSale))
	foreign("at its own rate, no posting to receivables, goodwill", between, choose(mapping.ChoiceGoodwill))
	foreign("at its own rate, no posting to receivables, owed again", between, choose(mapping.ChoiceOwesAgain))
	back("refund in a foreign currency came back", "refund_failure", "refund_failure", 5_190, direct, func(c *mapping.Case) { c.Stood = mapping.Yes })
	succeeded := func(c *mapping.Case) {
		moment := at("2026-02-05T23:30:00Z")
		c.Charge.Succeeded, c.Charge.Status, c.Charge.Method = &moment, receivables.ChargeFailed, "sepa_debit"
	}
	back("failure after success in a foreign currency, receivables posted to", "payment_failure_refund", "charge_failure", -10_150, direct, succeeded)
	back("failure after success in a foreign currency, over an account between", "payment_failure_refund", "charge_failure", -10_150, between, succeeded)
	dispute := func(name string, changes ...func(*mapping.Case)) {
		back("dispute in a foreign currency "+name, "adjustment", "dispute", -10_150, append([]func(*mapping.Case){func(c *mapping.Case) {
			c.Accounts.Disputes = map[money.Currency]string{"USD": "disputes"}
			c.Dispute = &receivables.Dispute{ID: "dp_1", ChargeID: "ch_1", Amount: 9_000, Currency: "EUR", Status: "lost"}
		}}, changes...)...)
	}
	dispute("withdrawn", func(c *mapping.Case) { c.Dispute.Status = "needs_response" })
	dispute("lost, bad debt", choose(mapping.ChoiceBadDebt))
	dispute("lost, owed again, receivables posted to", direct, choose(mapping.ChoiceOwesAgain))
	dispute("lost, sale credited, receivables posted to", direct, choose(mapping.ChoiceCreditSale))
	dispute("lost, owed again, no posting to receivables", between, choose(mapping.ChoiceOwesAgain))
	return cases
}

// abroadCharges are the charges among them.
func abroadCharges(z *time.Location) []namedCase {
	charge := func(name string, amount int64, currency money.Currency, changes ...func(*mapping.Case)) namedCase {
		return namedCase{name, cardCase(z, func(c *mapping.Case) {
			abroad(amount, currency)(c)
			for _, change := range changes {
				change(c)
			}
		})}
	}
	matches := func(list ...mapping.Match) func(*mapping.Case) { return func(c *mapping.Case) { c.Matches = list } }
	inHome := func(currency money.Currency, amount, fee int64) func(*mapping.Case) {
		return func(c *mapping.Case) {
			c.Home, c.Movement.Currency = currency, currency
			c.Movement.Amount, c.Movement.Fee, c.Movement.Net = amount, fee, amount-fee
			c.Accounts.Clearing = map[money.Currency]string{currency: "clearing"}
		}
	}
	third := func(c *mapping.Case) { c.Home = "GBP" }
	return []namedCase{
		charge("charge in a foreign currency, settled in home currency", 9_000, "EUR"),
		charge("charge in a foreign currency for three invoices, settled in home currency", 9_000, "EUR", matches(
			mapping.Match{Invoice: "i3", Customer: "c1", Amount: 3_000}, mapping.Match{Invoice: "i1", Customer: "c1", Amount: 3_000},
			mapping.Match{Invoice: "i2", Customer: "c1", Amount: 3_000})),
		charge("charge in a foreign currency for two customers, settled in home currency", 9_000, "EUR", matches(
			mapping.Match{Invoice: "i1", Customer: "c1", Amount: 7_000}, mapping.Match{Invoice: "i2", Customer: "c2", Amount: 2_000})),
		charge("charge in a foreign currency above the invoice, the rest kept as credit", 9_000, "EUR", matches(
			mapping.Match{Customer: "c1", Amount: 1_000, By: "anna"}, mapping.Match{Invoice: "i1", Customer: "c1", Amount: 8_000})),
		charge("charge in a foreign currency above the invoice, the rest kept as credit, receivables posted to", 9_000, "EUR", direct, abroad(9_000, "EUR"), matches(
			mapping.Match{Customer: "c1", Amount: 1_000, By: "anna"}, mapping.Match{Invoice: "i1", Customer: "c1", Amount: 8_000})),
		charge("charge in a foreign currency above the invoice, undecided", 9_000, "EUR", matches(mapping.Match{Invoice: "i1", Customer: "c1", Amount: 8_000})),
		charge("charge in a foreign currency with one receipt adopted of two", 9_000, "EUR", matches(
			mapping.Match{Invoice: "i1", Customer: "c1", Amount: 5_000, Adopted: true}, mapping.Match{Invoice: "i2", Customer: "c1", Amount: 4_000})),
		charge("charge in a foreign currency, short by a discount that was granted", 9_000, "EUR", matches(
			mapping.Match{Invoice: "i1", Customer: "c1", Amount: 9_000, Number: "INV-1", Discount: 180, DiscountBy: "anna"})),
		charge("charge in yen, which have no cents, settled in dollars", 15_432, "JPY"),
		charge("charge in dinars of three decimals, settled in dollars", 30_671, "KWD"),
		charge("charge in kronur, which Stripe sends in hundreds, settled in dollars", 12_700, "ISK"),
		charge("charge in Ugandan shillings, which Stripe sends in hundreds, settled in dollars", 371_000, "UGX"),
		charge("charge in forints, settled in dollars", 3_612_300, "HUF"),
		charge("charge in dollars, settled in yen for two invoices", 10_000, "USD", inHome("JPY", 15_001, 480), matches(
			mapping.Match{Invoice: "i1", Customer: "c1", Amount: 5_000}, mapping.Match{Invoice: "i2", Customer: "c1", Amount: 5_000})),
		charge("charge in dollars, settled in dinars", 10_000, "USD", inHome("KWD", 30_671, 981)),
		charge("charge in a foreign currency without an invoice", 9_000, "EUR", matches()),
		charge("charge in one foreign currency, settled in another", 9_000, "EUR", third),
		charge("charge in one foreign currency, settled in another, an account named", 9_000, "EUR", third, func(c *mapping.Case) {
			c.Decision = mapping.Decision{Choice: mapping.ChoiceAccount, By: "anna", Account: "chosen"}
		}),
	}
}

// TestSettle: whatever is matched, the shares of a payment that is matched to
// its end are all of it, none is off by a unit, and what is decided later about
// the rest changes none of them, nor does the order in which they come.
func TestSettle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		amounts := rapid.SliceOfN(rapid.Int64Range(1, 1_000_000_000_000), 1, 12).Draw(r, "amounts")
		settled := rapid.Int64Range(0, 1_000_000_000_000).Draw(r, "settled")
		var list []mapping.Match
		var whole int64
		for i, n := range amounts {
			list = append(list, mapping.Match{Invoice: fmt.Sprintf("i%02d", i), Amount: n})
			whole += n
		}
		list[len(list)-1].Invoice = "" // what is kept as credit comes last
		shuffled := rapid.Permutation(list).Draw(r, "order")
		shares := map[string]int64{}
		var sum int64
		for _, m := range mapping.Settle(shuffled, settled, whole) {
			shares[m.Invoice] = m.Settled
			sum += m.Settled
			exact := decimal.New(settled, 0).Mul(decimal.New(m.Amount, 0))
			off := decimal.New(m.Settled, 0).Mul(decimal.New(whole, 0)).Sub(exact).Abs()
			if m.Settled < 0 || off.GreaterThan(decimal.New(whole, 0)) {
				r.Errorf("%s, %d of %d, takes %d of %d", m.Invoice, m.Amount, whole, m.Settled, settled)
			}
		}
		if sum != settled {
			r.Errorf("the shares come to %d of %d", sum, settled)
		}
		for _, m := range mapping.Settle(list[:len(list)-1], settled, whole) {
			if m.Settled != shares[m.Invoice] {
				r.Errorf("%s takes %d before the rest is decided, %d after", m.Invoice, m.Settled, shares[m.Invoice])
			}
		}
	})
}
