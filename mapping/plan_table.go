package mapping

import (
	"slices"

	"tieout/receivables"
)

// Row is one line of the booking table: what a reporting category of Stripe
// means, and what is written for it.
type Row struct {
	// Category is Stripe's reporting category; "" in the row of the types that
	// no source puts under a category.
	Category string
	// Types are the types of balance transactions that belong to it. A planned
	// row books these and no others.
	Types []string
	// Title and Text are for an accountant.
	Title, Text string

	plan func(Case) Plan
}

// Planned says whether a rule books the row. The movements of the others are
// exceptions under the name of their category.
func (r Row) Planned() bool { return r.plan != nil }

func (r Row) has(kind string) bool { return slices.Contains(r.Types, kind) }

// Table is the booking table, in the order of how often its rows are met.
// Sources: Stripe docs, reports/reporting-categories and
// reports/balance-transaction-types; the enums of balance_transaction.type and
// of the reporting category of report runs in Stripe's OpenAPI description.
func Table() []Row { return slices.Clone(table) }

// rowOf is the row of a movement.
func rowOf(m receivables.BalanceTransaction) (Row, bool) {
	for i := range table {
		if table[i].Category != "" && table[i].Category == m.Category {
			return table[i], true
		}
	}
	return Row{}, false
}

// name is what an exception about a movement is called.
func name(m receivables.BalanceTransaction) string {
	switch {
	case m.Category != "":
		return m.Category
	case m.Type != "":
		return m.Type
	}
	return "unnamed"
}

var table = []Row{
	{
		Category: "charge", Types: []string{"charge", "payment"}, plan: planCharge, Title: "Charges",
		Text: "A payment becomes one receipt for each customer, in the clearing account, for its full amount; Stripe's fee is a document of its own. " +
			"What is paid short stays open on the invoice: there is no rounding account and no silent write-off. " +
			"What is paid above the invoices becomes a customer's credit only when a person says so. " +
			"A card's receipt is dated when its movement was made, a debit's when it succeeded.",
	},
	{
		Category: "charge_failure", Types: []string{"payment_failure_refund"}, plan: planFailure, Title: "Returned debits",
		Text: "A debit that fails before it has succeeded leaves no receipt, only its fee. One that comes back later gets a second document, dated its return; " +
			"what the receipt brought stays. The customer owes again. QuickBooks: on its receivables, and the receipt pays that debit from then on. Xero, while the " +
			"receipt's period is open and it is not reconciled: by Xero's own steps for dishonoured payments, the payment is taken off the invoice, and its " +
			"money is received and spent again over the account 'Returned payments'; where the payment has been paid out, a person chooses. Xero otherwise, " +
			"and where the payment was settled in another currency: the receipt stays on the invoice, and an untaxed invoice over that account says what is owed again.",
	},
	{
		Category: "refund", Types: []string{"refund", "payment_refund"}, plan: planRefund, Title: "Refunds",
		Text: "A refund pays an open credit of the customer back, if one covers it. Otherwise it is an open debit of the customer and a question to a person: " +
			"credit the sale, let the customer owe it again, or take it as goodwill. Where the ledger has no open debits, nothing is written until a person has " +
			"decided. A refund of a charge for several invoices is never spread.",
	},
	{
		Category: "refund_failure", Types: []string{"refund_failure", "adjustment"}, plan: planRefundFailure, Title: "Failed refunds",
		Text: "A refund that comes back gets a document of its own, dated its failure. One that was never booked needs none.",
	},
	{
		Category: "dispute", Types: []string{"adjustment"}, plan: planDispute, Title: "Disputes",
		Text: "An inquiry moves no money: nothing is written. Money that is withdrawn waits on the current asset 'Stripe disputes'; the fee is an expense. " +
			"A lost dispute stays there until a person decides: the customer owes it again, gets a credit note, or it is bad debt. " +
			"A bank debit that Stripe reports as a dispute because of the payer's account (insufficient funds, wrong details, not to be processed) is a returned debit and booked as one.",
	},
	{
		Category: "dispute_reversal", Types: []string{"adjustment"}, plan: planDispute, Title: "Disputes that are won or corrected",
		Text: "What comes back leaves the asset for the clearing account, with the fee if Stripe gives it back.",
	},
	{
		Category: "fee", Types: []string{"stripe_fee", "stripe_fx_fee"}, plan: planStripeFee, Title: "Stripe's own charges",
		Text: "What Stripe charges for its products goes to the fee account; a charge that it gives back comes from there.",
	},
	{
		Category: "payout", Types: []string{"payout"}, plan: planPayout, Title: "Payouts",
		Text: "A payout is a transfer to the bank account of its destination, written when it is paid and dated the day of its arrival, automatic, manual or " +
			"instant alike. A negative one is a transfer from the bank. A card, a financial account or a bank account that nobody has chosen the ledger's account for is an exception, and nothing is " +
			"written of its payouts until that is chosen. The bank of a currency answers for the only account that its payouts go to when it is chosen, and for payouts of which Stripe names none.",
	},
	{
		Category: "payout_reversal", Types: []string{"payout_failure", "payout_cancel"}, plan: planPayoutReversal, Title: "Payouts that come back",
		Text: "A payout that failed after it was paid gets a transfer back, dated the reversal; nothing is deleted, because the bank shows both lines. " +
			"One that never reached the bank needs neither.",
	},
	{
		Category: "topup", Types: []string{"topup"}, plan: planTopUp, Title: "Top-ups",
		Text: "Money sent to the Stripe balance is a transfer from the bank account that is chosen for top-ups.",
	},
	{Category: "topup_reversal", Types: []string{"topup_reversal"}, plan: planTopUp, Title: "Top-ups taken back", Text: "The transfer runs the other way."},

	{
		Category: "other_adjustment", Types: []string{"adjustment", "balance_transfer_inbound", "balance_transfer_outbound"}, Title: "Other adjustments",
		Text: "Stripe does not say what they are for.",
	},
	{
		Category: "risk_reserved_funds", Types: []string{"reserve_transaction", "reserved_funds", "reserve_hold", "reserve_release"}, Title: "Reserves for risk",
		Text: "Money that Stripe holds back and lets go again. It is still the merchant's.",
	},
	{
		Category: "connect_reserved_funds", Types: []string{"reserve_transaction", "reserved_funds"}, Title: "Reserves for connected accounts",
		Text: "Money that Stripe holds back for what connected accounts owe.",
	},
	{
		Category: "partial_capture_reversal", Types: []string{"refund", "payment_refund"}, Title: "The part of an authorisation that was not captured",
		Text: "It and the charge's own movement add up to what was captured.",
	},
	{
		Category: "tax", Types: []string{"tax_fee"}, Title: "Tax collected by Stripe",
		Text: "It may be tax on Stripe's fees or tax withheld from the merchant's own sales: nothing about tax is inferred.",
	},
	{Category: "network_cost", Types: []string{"stripe_fee"}, Title: "Costs of card networks", Text: "Costs that are passed on beside Stripe's own fees."},
	{Category: "transfer", Types: []string{"transfer"}, Title: "Transfers to connected accounts", Text: "Money that a platform sends to a connected account."},
	{
		Category: "transfer_reversal", Types: []string{"transfer_refund", "transfer_cancel", "transfer_failure"}, Title: "Transfers that come back",
		Text: "Money that a connected account sends back.",
	},
	{Category: "platform_earning", Types: []string{"application_fee"}, Title: "A platform's earnings", Text: "Fees that a platform takes from connected accounts."},
	{Category: "platform_earning_refund", Types: []string{"application_fee_refund"}, Title: "A platform's earnings given back", Text: "The way back of such fees."},
	{
		Category: "connect_collection_transfer", Types: []string{"connect_collection_transfer"}, Title: "Balances collected from connected accounts",
		Text: "What a platform pays for a connected account's negative balance.",
	},
	{Category: "financing_payout", Title: "A loan paid out", Text: "Money lent by Stripe Capital."},
	{Category: "financing_payout_reversal", Title: "A loan taken back", Text: "The way back of such a loan."},
	{Category: "financing_paydown", Types: []string{"financing_paydown"}, Title: "A loan paid down", Text: "What is withheld to repay a loan and its fee."},
	{Category: "financing_paydown_reversal", Title: "A repayment taken back", Text: "The way back of such a repayment."},
	{Category: "advance", Types: []string{"advance"}, Title: "Advances", Text: "Money paid before the balance has it."},
	{Category: "advance_funding", Types: []string{"advance_funding"}, Title: "Funding of advances", Text: "What covers such an advance."},
	{Category: "anticipation_repayment", Types: []string{"anticipation_repayment"}, Title: "Repayment of anticipated receivables", Text: "Brazil: sold card receivables."},
	{Category: "contribution", Types: []string{"contribution"}, Title: "Contributions to Stripe Climate", Text: "A share of sales that is given away."},
	{Category: "climate_order_purchase", Types: []string{"climate_order_purchase"}, Title: "Climate orders", Text: "Carbon removal that was bought."},
	{Category: "climate_order_refund", Types: []string{"climate_order_refund"}, Title: "Climate orders given back", Text: "The way back of such an order."},
	{Category: "issuing_authorization_hold", Types: []string{"issuing_authorization_hold"}, Title: "Own cards: amounts held", Text: "Held for a purchase with a card that was issued."},
	{Category: "issuing_authorization_release", Types: []string{"issuing_authorization_release"}, Title: "Own cards: amounts released", Text: "The end of such a hold."},
	{Category: "issuing_transaction", Types: []string{"issuing_transaction"}, Title: "Own cards: purchases", Text: "A purchase with a card that was issued."},
	{Category: "issuing_dispute", Types: []string{"issuing_dispute"}, Title: "Own cards: disputes", Text: "A purchase that was disputed."},
	{
		Category: "unreconciled_customer_funds", Types: []string{"payment_unreconciled"}, Title: "Customers' funds that no payment has used",
		Text: "Bank transfers that wait in a customer's cash balance.",
	},
	{Types: []string{
		"fee_credit_funding", "inbound_transfer", "inbound_transfer_reversal", "obligation_outbound", "obligation_reversal_inbound",
		"payment_network_reserve_hold", "payment_network_reserve_release", "payment_reversal", "payout_minimum_balance_hold",
		"payout_minimum_balance_release", "stripe_balance_payment_debit", "stripe_balance_payment_debit_reversal", "tax_fund",
	}, Title: "Other types", Text: "No source says which category they stand under. They are exceptions under whatever name Stripe gives them."},
}
