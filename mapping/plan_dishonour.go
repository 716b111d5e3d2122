package mapping

import (
	"fmt"
	"slices"

	"tieout/receivables"
)

// Way is how a ledger lets a returned payment be booked.
type Way string

// The ways of returned payments. Where receivables can be posted to, none of
// them is asked for. WayDishonour is Xero's own (Xero Central: record
// dishonoured and reversed payments): the payment is taken off the invoice,
// which is open again, and its money is received, and spent on its return,
// over the account 'Returned payments'. WayInvoice leaves the payment, and
// bills the return over that account. WayAsk leaves the choice between the two
// to a person, because the payment is part of a payout.
const (
	WayInvoice   Way = ""
	WayDishonour Way = "dishonour"
	WayAsk       Way = "ask"
)

// returnReasons are the reasons of disputes by which Stripe tells of a bank
// debit that came back after it had succeeded. Its bank's word is final (Stripe
// docs: payments/ach-direct-debit, transaction failures and disputed payments).
func returnReasons() []string {
	return []string{"bank_cannot_process", "incorrect_account_details", "insufficient_funds"}
}

// returnedDebit says whether a dispute is a debit that came back, and no
// objection of the payer.
func (c Case) returnedDebit() bool {
	return c.Movement.Category == "dispute" && c.Dispute != nil && c.Charge != nil && c.Charge.Method != "card" && slices.Contains(returnReasons(), c.Dispute.Reason)
}

// asksDishonour says whether a person has yet to choose the way.
func (c Case) asksDishonour() bool {
	return c.WayOfReturn == WayAsk && !c.direct() && !c.Decision.is(ChoiceReopen) && !c.Decision.is(ChoiceNewInvoice)
}

// dishonourOrInvoice asks for the way.
func (c Case) dishonourOrInvoice(kind string) Plan {
	p := c.undecided(kind, "The debit %s was returned after it had been paid out: shall its payment be taken off the invoice, or the return be billed anew?", c.Charge.ID)
	if p.Verdict == Exception {
		p.Choices = append([]Choice{ChoiceReopen, ChoiceNewInvoice}, p.Choices...)
	}
	return p
}

// byReturn is the person who chose the way.
func (c Case) byReturn() string {
	if c.Decision.is(ChoiceReopen) || c.Decision.is(ChoiceNewInvoice) {
		return c.Decision.By
	}
	return ""
}

// Dishonours says whether a movement that takes a debit back does so by taking
// its payment off the invoices. Two rates would leave a difference on the
// account between, so that a payment which was settled in another currency is
// billed anew.
func (c Case) Dishonours() bool {
	switch {
	case c.direct() || c.Accounts.Returned == "" || c.crosses() || c.Decision.is(ChoiceAccount):
		return false
	case c.Movement.Category != "charge_failure" && !c.returnedDebit():
		return false
	case c.WayOfReturn == WayAsk:
		return c.Decision.is(ChoiceReopen)
	}
	return c.WayOfReturn == WayDishonour
}

// dishonoured is the money of a payment whose debit was returned: it was
// received all the same, for the account by which it went back, on the day and
// at the rate of the receipt whose place this takes.
func (c Case) dishonoured(receipt Booking) Booking {
	b := receipt
	b.Kind, b.From, b.Contact, b.Method = receivables.DocumentIncome, c.Accounts.Returned, receipt.CustomerID, ""
	b.Memo = fmt.Sprintf("Payment %s, returned later", c.Charge.ID)
	return b
}
