package mapping_test

import (
	"time"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// disputeCases are the disputes of the booking table.
func disputeCases(z *time.Location) []namedCase {
	dispute := func(name, status string, changes ...func(*mapping.Case)) namedCase {
		return namedCase{name, cardCase(z, func(c *mapping.Case) {
			back(c, "adjustment", "dispute", "dp_1", -10_000)
			c.Movement.Fee, c.Movement.Net = 1_500, -11_500
			c.Accounts.Disputes = map[money.Currency]string{"USD": "disputes"}
			c.Dispute = &receivables.Dispute{ID: "dp_1", ChargeID: "ch_1", Amount: 10_000, Currency: "USD", Status: status}
			for _, change := range changes {
				change(c)
			}
		})}
	}
	won := func(name string, amount, fee int64, changes ...func(*mapping.Case)) namedCase {
		return dispute(name, "won", append([]func(*mapping.Case){func(c *mapping.Case) {
			c.Movement.ID, c.Movement.Category = "txn_5", "dispute_reversal"
			c.Movement.Amount, c.Movement.Fee, c.Movement.Net = amount, fee, amount-fee
		}}, changes...)...)
	}
	choose := func(choice mapping.Choice) func(*mapping.Case) {
		return func(c *mapping.Case) { c.Decision = decided(choice) }
	}
	return []namedCase{
		dispute("dispute withdrawn with its fee", "needs_response"),
		dispute("dispute withdrawn, not pulled yet", "", func(c *mapping.Case) { c.Dispute, c.Charge, c.Matches = nil, nil, nil }),
		dispute("dispute lost, undecided", "lost"),
		dispute("dispute lost, bad debt", "lost", choose(mapping.ChoiceBadDebt)),
		dispute("dispute lost, bad debt for what was not given back", "lost", func(c *mapping.Case) {
			c.Decision = mapping.Decision{Choice: mapping.ChoiceBadDebt, By: "anna", Amount: 9_900}
		}),
		dispute("dispute lost, owed again, receivables posted to", "lost", direct, choose(mapping.ChoiceOwesAgain)),
		dispute("dispute lost, owed again, no posting to receivables", "lost", between, choose(mapping.ChoiceOwesAgain)),
		dispute("dispute lost, decided weeks later", "lost", direct, func(c *mapping.Case) {
			c.Decision = mapping.Decision{Choice: mapping.ChoiceOwesAgain, By: "anna", On: "2026-05-20"}
		}),
		dispute("dispute lost, sale credited", "lost", direct, choose(mapping.ChoiceCreditSale)),
		dispute("bank debit back by way of a dispute", "lost", direct, func(c *mapping.Case) { c.Dispute.Reason = "insufficient_funds" }),
		dispute("bank debit back by way of a dispute, its payment taken off the invoice", "lost", between, dishonour, func(c *mapping.Case) {
			c.Dispute.Reason = "incorrect_account_details"
		}),
		dispute("bank debit that its payer objects to", "lost", direct, func(c *mapping.Case) { c.Dispute.Reason = "debit_not_authorized" }),
		dispute("dispute lost of many invoices", "lost", manyInvoices, direct, choose(mapping.ChoiceOwesAgain)),
		dispute("dispute lost, more decided than was withdrawn", "lost", func(c *mapping.Case) {
			c.Decision = mapping.Decision{Choice: mapping.ChoiceBadDebt, By: "anna", Amount: 10_001}
		}),
		dispute("dispute lost, bad debt without its account", "lost", choose(mapping.ChoiceBadDebt), func(c *mapping.Case) { c.Accounts.BadDebt = "" }),
		dispute("dispute without an account for disputed money", "needs_response", func(c *mapping.Case) { c.Accounts.Disputes = nil }),
		dispute("dispute of a charge before the cut-over", "needs_response", func(c *mapping.Case) { c.Earlier = true }),
		dispute("dispute without a clearing account", "needs_response", func(c *mapping.Case) { c.Accounts.Clearing = nil }),
		won("dispute won, fee given back", 10_000, -1_500),
		won("dispute won, fee kept", 10_000, 0),
		won("dispute lost, a small correction comes back", 100, 0, func(c *mapping.Case) { c.Dispute.Status = "lost" }),
		won("dispute won without an account for disputed money", 10_000, 0, func(c *mapping.Case) { c.Accounts.Disputes = nil }),
	}
}

// stripeCases are Stripe's own charges, top-ups and everything that no rule
// books.
func stripeCases(z *time.Location) []namedCase {
	movement := func(name, kind, category string, amount int64, changes ...func(*mapping.Case)) namedCase {
		return namedCase{name, cardCase(z, func(c *mapping.Case) {
			back(c, kind, category, "", amount)
			c.Charge, c.Matches = nil, nil
			c.Accounts.TopUps = map[money.Currency]string{"USD": "bank"}
			for _, change := range changes {
				change(c)
			}
		})}
	}
	named := func(c *mapping.Case) {
		c.Decision = mapping.Decision{Choice: mapping.ChoiceAccount, By: "anna", Account: "chosen"}
	}
	return []namedCase{
		movement("Stripe charges for a product", "stripe_fee", "fee", -300, func(c *mapping.Case) { c.Movement.Description = "Billing (2026-02): Subscriptions" }),
		movement("Stripe gives a charge back", "stripe_fee", "fee", 300),
		movement("Stripe charges for a conversion", "stripe_fx_fee", "fee", -25),
		movement("Stripe charges nothing", "stripe_fee", "fee", 0),
		movement("Stripe charges without a fee account", "stripe_fee", "fee", -300, func(c *mapping.Case) { c.Accounts.Fees = "" }),
		movement("Stripe charges without a clearing account", "stripe_fee", "fee", -300, func(c *mapping.Case) { c.Accounts.Clearing = nil }),
		movement("fee of a type nobody has planned", "application_fee_refund", "fee", -300),
		movement("top-up from the bank", "topup", "topup", 50_000),
		movement("top-up without a bank account", "topup", "topup", 50_000, func(c *mapping.Case) { c.Accounts.TopUps = nil }),
		movement("top-up of nothing", "topup", "topup", 0),
		movement("top-up without a clearing account", "topup", "topup", 50_000, func(c *mapping.Case) { c.Accounts.Clearing = nil }),
		movement("top-up taken back", "topup_reversal", "topup_reversal", -50_000),
		movement("adjustment by Stripe", "adjustment", "other_adjustment", -1_234),
		movement("adjustment by Stripe, an account named", "adjustment", "other_adjustment", -1_234, named),
		movement("adjustment by Stripe, an account named without a clearing account", "adjustment", "other_adjustment", -1_234, named, func(c *mapping.Case) { c.Accounts.Clearing = nil }),
		movement("reserve held", "reserve_hold", "risk_reserved_funds", -20_000),
		movement("reserve released", "reserve_release", "risk_reserved_funds", 20_000),
		movement("reserve held, an account named", "reserve_hold", "risk_reserved_funds", -20_000, named),
		movement("part of an authorisation that was not captured", "refund", "partial_capture_reversal", -4_000),
		movement("tax collected by Stripe", "tax_fee", "tax", -190),
		movement("transfer to a connected account", "transfer", "transfer", -10_000),
		movement("movement of a category nobody has planned", "climate_order_purchase", "climate_order_purchase", -500),
		movement("movement of a category nobody knows", "novelty", "novelty", -500),
		movement("movement without a category", "payment_reversal", "", -500),
	}
}

// feeCases are the ways of booking Stripe's fees.
func feeCases(z *time.Location) []namedCase {
	taxed := func(fees ...receivables.FeeDetail) func(*mapping.Case) {
		return func(c *mapping.Case) { c.Movement.Fees, c.Accounts.FeeTaxCode = fees, "input-19" }
	}
	own, tax := receivables.FeeDetail{Type: "stripe_fee", Amount: 269, Currency: "USD"}, receivables.FeeDetail{Type: "tax", Amount: 51, Currency: "USD"}
	card := func(name string, changes ...func(*mapping.Case)) namedCase {
		return namedCase{name, cardCase(z, func(c *mapping.Case) {
			for _, change := range changes {
				change(c)
			}
		})}
	}
	return []namedCase{
		card("fee with tax, a tax code chosen", taxed(own, tax)),
		card("fee with tax, no tax code chosen", taxed(own, tax), func(c *mapping.Case) { c.Accounts.FeeTaxCode = "" }),
		card("fee without tax, a tax code chosen", taxed(receivables.FeeDetail{Type: "stripe_fee", Amount: 320, Currency: "USD"})),
		card("fee whose parts do not add up to it", taxed(own, tax, tax)),
		card("fee on the payout's document", taxed(own, tax), func(c *mapping.Case) { c.Fees.Mode = mapping.FeePerPayout }),
		card("fee of a charge before the change to monthly documents", func(c *mapping.Case) {
			c.Fees = mapping.FeeRule{Mode: mapping.FeePerMonth, Since: at("2026-02-01T00:00:00Z")}
		}),
	}
}
