package reconcile

import (
	"fmt"
	"strings"

	"tieout/mapping"
	"tieout/money"
)

// The kinds of exceptions of documents that are planned and cannot be lowered.
const (
	exceptWritten  = "cannot_be_written"
	exceptRestored = "cannot_be_restored"
	exceptRelinked = "cannot_be_relinked"
	exceptApplied  = "cannot_be_applied"
	exceptSalesTax = "sales_tax"
	exceptRate     = "rate_decimals"
	exceptTwice    = "written_twice"
)

// remedies are the one thing that solves an exception of a kind. The names are
// those of the booking table; all others are a choice among answers.
var remedies = map[string]string{
	"no_clearing_account":     "Let the account be found or made under Accounts of the book; then it is booked.",
	"no_fee_account":          "Choose the account of Stripe's fees under Accounts of the book; then it is booked.",
	"no_income_account":       "Choose the income account of sales without an invoice under Booking rules; then it is booked.",
	"no_goodwill_account":     "Choose the account of goodwill under Booking rules; then it is booked.",
	"unknown_destination":     "Choose the bank account of the ledger that it is under Accounts of the book; then its payouts are booked.",
	"payout_failed":           "Look at the payout in Stripe; when the bank shows it, enter both its lines in the ledger by hand.",
	"payout_reversal":         "Compare with the bank: when the payout had arrived, enter its way back by hand, else there is nothing to enter.",
	"fee_details":             "Compare the fee with Stripe's own report, and tell Stripe; enter the fee by hand meanwhile.",
	"unapplied":               "Answer the question about the payment under Decisions.",
	"own_invoice":             "Enter Stripe's invoice in the ledger too, or choose under Booking rules how sales without an invoice are booked.",
	mapping.ExceptionCurrency: "Answer the question about it under Decisions, with the account that it goes to.",
	exceptWritten:             "Enter it in the ledger by hand, or choose others under Accounts of the book; it is planned anew then.",
	exceptRestored:            "Take what stands in the way away in the ledger, or enter the document there again by hand.",
	exceptRelinked:            "Apply the customer's payment in the ledger by hand to the document that took the money back.",
	exceptTwice:               "Remove one of the two documents in the ledger; the proof names both.",
	exceptApplied:             "Apply the credit in the ledger by hand.",
	exceptRate:                "Enter the untaxed invoice in the ledger by hand, over the account of returned payments, and take what is left there to exchange gains or losses.",
	exceptSalesTax:            "Let the book's sales have no tax code (none, under Booking rules), and enter the tax of the day in the ledger by hand.",
}

// except makes the exception of a movement: what it is, where it comes from,
// and the one thing that solves it.
func (w *world) except(m Movement, kind, why string) {
	amount := money.Money{Minor: m.Row.Amount, Currency: m.Row.Currency}
	text := strings.TrimSuffix(capital(why), ".") + "."
	if !strings.Contains(why, m.Row.ID) && (m.Row.Source == "" || !strings.Contains(why, m.Row.Source)) {
		text += fmt.Sprintf(" It is about %s of %s, %s.", m.Row.Category, amount, m.Row.ID)
	}
	action, known := remedies[kind]
	if !known {
		action = fmt.Sprintf("Say under Decisions how %s is booked; until then it is listed in every proof.", amount)
	}
	w.result.Exceptions = append(w.result.Exceptions, Exception{Subject: movementSubject(m), Kind: kind, Text: text, Action: action})
	switch kind {
	case exceptWritten, exceptRestored, exceptRelinked, exceptApplied, exceptSalesTax, exceptRate:
		if w.stuck == nil {
			w.stuck = map[string]string{}
		}
		w.stuck[m.Row.ID] = text
	}
}
