package mapping_test

import (
	"time"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// direct is a book whose ledger lets receivables be posted to; between is one
// that needs an account between.
func direct(c *mapping.Case) {
	c.Accounts.Receivable = map[money.Currency]string{"USD": "receivables"}
}

func between(c *mapping.Case) { c.Accounts.Returned = "returned" }

// back turns a case of a charge for 100.00 into one of money that goes back.
func back(c *mapping.Case, kind, category, source string, amount int64) {
	c.Movement.ID, c.Movement.Type, c.Movement.Category, c.Movement.Source = "txn_2", kind, category, source
	c.Movement.Amount, c.Movement.Fee, c.Movement.Net = amount, 0, amount
	c.Movement.Created = at("2026-03-02T09:00:00Z")
	c.Matches[0].Number, c.Matches[0].Due = "INV-1", "2026-02-14"
	c.Accounts.Goodwill, c.Accounts.BadDebt = "goodwill", "bad_debt"
}

// dishonour lets the payment be taken off its invoice.
func dishonour(c *mapping.Case) { c.WayOfReturn = mapping.WayDishonour }

func decided(choice mapping.Choice) mapping.Decision {
	return mapping.Decision{Choice: choice, By: "anna"}
}

// credited is an open credit of the customer.
func credited(kind receivables.CreditKind, open int64) *mapping.Credit {
	return &mapping.Credit{ID: "cr1", Kind: kind, Customer: "c1", Open: open}
}

// manyInvoices lets the charge have paid two of them.
func manyInvoices(c *mapping.Case) {
	c.Matches = []mapping.Match{{Invoice: "i1", Customer: "c1", Number: "INV-1", Amount: 6_000}, {Invoice: "i2", Customer: "c1", Number: "INV-2", Amount: 4_000}}
}

// returnCases are the debits that come back.
func returnCases(z *time.Location) []namedCase {
	succeeded := at("2026-02-05T23:30:00Z")
	failure := func(name string, changes ...func(*mapping.Case)) namedCase {
		return namedCase{name, debitCase(z, func(c *mapping.Case) {
			back(c, "payment_failure_refund", "charge_failure", "py_1", -10_000)
			c.Charge.Status, c.Charge.FailureMovement, c.Charge.Succeeded = receivables.ChargeFailed, "txn_2", &succeeded
			for _, change := range changes {
				change(c)
			}
		})}
	}
	early := func(c *mapping.Case) { c.Charge.Succeeded, c.Matches = nil, nil }
	return []namedCase{
		{"debit succeeded and failed weeks later: its receipt stays", debitCase(z, func(c *mapping.Case) {
			c.Charge.Status, c.Charge.Succeeded = receivables.ChargeFailed, &succeeded
		})},
		failure("failure before success", early),
		failure("failure before success with a fee", early, func(c *mapping.Case) { c.Movement.Fee, c.Movement.Net = 400, -10_400 }),
		failure("failure after success, receivables posted to", direct),
		failure("failure after success, over an account between", between),
		{"debit returned later, its payment taken off the invoice", debitCase(z, func(c *mapping.Case) {
			between(c)
			c.Matches[0].Number = "INV-1"
			c.Charge.Status, c.Charge.Succeeded, c.Dishonoured = receivables.ChargeFailed, &succeeded, true
		})},
		failure("failure after success, its payment taken off the invoice", between, dishonour),
		failure("failure after success of a charge for two customers, its payments taken off the invoices", manyInvoices, between, dishonour,
			func(c *mapping.Case) { c.Matches[1].Customer = "c2" }),
		failure("failure after success, paid out already", between, func(c *mapping.Case) { c.WayOfReturn = mapping.WayAsk }),
		failure("failure after success, paid out already, payment taken off", between, func(c *mapping.Case) {
			c.WayOfReturn, c.Decision = mapping.WayAsk, decided(mapping.ChoiceReopen)
		}),
		failure("failure after success, paid out already, billed anew", between, func(c *mapping.Case) {
			c.WayOfReturn, c.Decision = mapping.WayAsk, decided(mapping.ChoiceNewInvoice)
		}),
		failure("failure after success, receipts removable where receivables are posted to", direct, dishonour),
		failure("failure after success with a fee", between, func(c *mapping.Case) { c.Movement.Fee, c.Movement.Net = 1_500, -11_500 }),
		failure("failure after success of a charge for many invoices", manyInvoices, direct),
		failure("failure after success of a charge for two customers", manyInvoices, between, func(c *mapping.Case) { c.Matches[1].Customer = "c2" }),
		failure("failure after success, its receipt known to stand", direct, func(c *mapping.Case) { c.Charge.Succeeded, c.Stood = nil, mapping.Yes }),
		failure("failure after success in closed books", direct, func(c *mapping.Case) { c.Lock = "2026-03-31" }),
		failure("failure after success, no account chosen"),
		failure("failure after success of a charge that was booked in part", direct, func(c *mapping.Case) { c.Matches[0].Amount = 7_500 }),
		failure("failure after success of a charge that was never booked", direct, func(c *mapping.Case) { c.Matches = nil }),
		failure("failure after success of a charge before the cut-over", direct, func(c *mapping.Case) { c.Earlier = true }),
		failure("failure after success of a charge before the cut-over, decided", direct, func(c *mapping.Case) {
			c.Earlier, c.Decision = true, decided(mapping.ChoiceAsBooked)
		}),
		failure("failure of a charge not pulled yet", func(c *mapping.Case) { c.Charge = nil }),
		failure("failure after success without a clearing account", direct, func(c *mapping.Case) { c.Accounts.Clearing = nil }),
	}
}

// refundCases are the refunds of the booking table, and their failures.
func refundCases(z *time.Location) []namedCase {
	refund := func(name string, amount int64, changes ...func(*mapping.Case)) namedCase {
		return namedCase{name, cardCase(z, func(c *mapping.Case) {
			back(c, "refund", "refund", "re_1", -amount)
			c.Refund = &receivables.Refund{ID: "re_1", ChargeID: "ch_1", Amount: amount, Currency: "USD", Status: "succeeded"}
			for _, change := range changes {
				change(c)
			}
		})}
	}
	failed := func(name string, changes ...func(*mapping.Case)) namedCase {
		return refund(name, 3_000, append([]func(*mapping.Case){func(c *mapping.Case) {
			c.Movement.ID, c.Movement.Type, c.Movement.Category = "txn_3", "refund_failure", "refund_failure"
			c.Movement.Amount, c.Movement.Net, c.Refund.Status = 3_000, 3_000, "failed"
			c.Movement.Created = at("2026-03-09T09:00:00Z")
		}}, changes...)...)
	}
	choose := func(choice mapping.Choice) func(*mapping.Case) {
		return func(c *mapping.Case) { c.Decision = decided(choice) }
	}
	credit := func(kind receivables.CreditKind, open int64) func(*mapping.Case) {
		return func(c *mapping.Case) { c.Credit = credited(kind, open) }
	}
	stood := func(a mapping.Answer) func(*mapping.Case) { return func(c *mapping.Case) { c.Stood = a } }
	return []namedCase{
		refund("refund of money that was overpaid: the credit is paid back", 3_000, credit(receivables.CreditOverpaid, 3_000)),
		refund("refund that a credit note covers", 10_000, credit(receivables.CreditNote, 12_000)),
		refund("refund that a credit covers in part", 10_000, direct, credit(receivables.CreditNote, 4_000)),
		refund("refund in full, receivables posted to, undecided", 10_000, direct),
		refund("refund in part, receivables posted to, undecided", 3_000, direct),
		refund("second refund of the same charge", 2_000, direct, func(c *mapping.Case) {
			c.Movement.ID, c.Movement.Source, c.Refund.ID = "txn_4", "re_2", "re_2"
		}),
		refund("refund in part, receivables posted to, owed again", 3_000, direct, choose(mapping.ChoiceOwesAgain)),
		refund("refund in part, receivables posted to, sale credited", 3_000, direct, choose(mapping.ChoiceCreditSale)),
		refund("refund in part, receivables posted to, goodwill", 3_000, direct, choose(mapping.ChoiceGoodwill)),
		refund("refund in full, no posting to receivables, undecided", 10_000, between),
		refund("refund in part, no posting to receivables, owed again", 3_000, between, choose(mapping.ChoiceOwesAgain)),
		refund("refund in part, no posting to receivables, sale credited", 3_000, between, choose(mapping.ChoiceCreditSale)),
		refund("refund in part, no posting to receivables, its credit note approved", 3_000, between, choose(mapping.ChoiceCreditSale), credit(receivables.CreditNote, 3_000)),
		refund("refund in part, no posting to receivables, goodwill", 3_000, between, choose(mapping.ChoiceGoodwill)),
		refund("refund of goodwill without its account", 3_000, between, choose(mapping.ChoiceGoodwill), func(c *mapping.Case) { c.Accounts.Goodwill = "" }),
		refund("refund of goodwill without its account, receivables posted to", 3_000, direct, choose(mapping.ChoiceGoodwill), func(c *mapping.Case) { c.Accounts.Goodwill = "" }),
		refund("refund owed again without an account between", 3_000, choose(mapping.ChoiceOwesAgain)),
		refund("refund of a charge for many invoices", 3_000, manyInvoices, direct),
		refund("refund of a charge for many invoices, decided for one", 3_000, manyInvoices, direct, func(c *mapping.Case) {
			c.Decision = mapping.Decision{Choice: mapping.ChoiceCreditSale, By: "anna", Invoice: "i2"}
		}),
		refund("refund of a charge for many invoices, more than the one has got", 5_000, manyInvoices, between, func(c *mapping.Case) {
			c.Decision = mapping.Decision{Choice: mapping.ChoiceOwesAgain, By: "anna", Invoice: "i2"}
		}),
		refund("refund with a fee that Stripe gives back", 10_000, direct, func(c *mapping.Case) { c.Movement.Fee, c.Movement.Net = -320, -9_680 }),
		refund("refund against an account that a person has named", 3_000, func(c *mapping.Case) {
			c.Decision = mapping.Decision{Choice: mapping.ChoiceAccount, By: "anna", Account: "chosen"}
		}),
		refund("refund of a charge before the cut-over", 3_000, direct, func(c *mapping.Case) { c.Earlier = true }),
		refund("refund of a charge before the cut-over, decided", 3_000, direct, choose(mapping.ChoiceAsBooked), func(c *mapping.Case) {
			c.Earlier = true
		}),
		refund("refund settled in another currency", 3_000, direct, func(c *mapping.Case) { c.Refund.Currency = "EUR" }),
		refund("refund in closed books", 3_000, direct, func(c *mapping.Case) { c.Lock = "2026-03-31" }),
		refund("refund that has failed, in the ledger", 3_000, direct, func(c *mapping.Case) { c.Refund.Status = "failed" }, stood(mapping.Yes)),
		refund("refund that has failed, never booked", 3_000, direct, func(c *mapping.Case) { c.Refund.Status = "failed" }, stood(mapping.No)),
		refund("refund that has failed, nobody knows if it is booked", 3_000, direct, func(c *mapping.Case) { c.Refund.Status = "failed" }),
		refund("refund not pulled yet", 3_000, direct, func(c *mapping.Case) { c.Refund = nil }),
		refund("refund of a charge not pulled yet", 3_000, direct, func(c *mapping.Case) { c.Charge = nil }),
		refund("refund without a clearing account", 3_000, direct, func(c *mapping.Case) { c.Accounts.Clearing = nil }),
		refund("refund that puts money in", -3_000, direct),
		refund("refund of nothing", 0, direct),
		failed("refund came back, receivables posted to", direct, stood(mapping.Yes)),
		failed("refund came back, goodwill", between, choose(mapping.ChoiceGoodwill), stood(mapping.Yes)),
		failed("refund came back, an account named", between, stood(mapping.Yes), func(c *mapping.Case) {
			c.Decision = mapping.Decision{Choice: mapping.ChoiceAccount, By: "anna", Account: "chosen"}
		}),
		failed("refund came back, it had paid a credit back", direct, credit(receivables.CreditOverpaid, 3_000), stood(mapping.Yes)),
		failed("refund came back, owed again over an account between", between, choose(mapping.ChoiceOwesAgain), stood(mapping.Yes)),
		failed("refund came back, never booked", direct, stood(mapping.No)),
		failed("refund came back, nobody knows if it is booked", direct),
		failed("refund came back, not pulled yet", direct, func(c *mapping.Case) { c.Refund = nil }),
		failed("refund of many invoices came back", direct, manyInvoices, stood(mapping.Yes)),
		failed("refund came back without a clearing account", direct, stood(mapping.Yes), func(c *mapping.Case) { c.Accounts.Clearing = nil }),
	}
}
