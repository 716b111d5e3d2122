package mapping

import (
	"tieout/money"
	"tieout/receivables"
)

// Purpose is what a part of a movement is booked as.
type Purpose string

// The purposes of parts that move money in or out of the clearing account.
const (
	PurposeReceipt         Purpose = "receipt"
	PurposeFee             Purpose = "fee"
	PurposePayout          Purpose = "payout"
	PurposePayoutReversal  Purpose = "payout_reversal"
	PurposeRefund          Purpose = "refund"
	PurposeRefundFailure   Purpose = "refund_failure"
	PurposeReturn          Purpose = "return"
	PurposeDispute         Purpose = "dispute"
	PurposeDisputeReversal Purpose = "dispute_reversal"
	PurposeStripeFee       Purpose = "stripe_fee"
	PurposeTopUp           Purpose = "topup"
	// PurposeSale is a payment without an invoice, on its day's document.
	PurposeSale Purpose = "sale"
	// PurposeChosen is booked against an account that a person has named.
	PurposeChosen Purpose = "chosen"
	// PurposeOpening brings the clearing account to what it has to hold on the
	// first day.
	PurposeOpening Purpose = "opening"
)

// The purposes of parts that leave the clearing account alone: what a
// customer owes again, what a person takes off a sale, what was lost.
const (
	PurposeReopen   Purpose = "reopen"
	PurposeCredit   Purpose = "credit"
	PurposeDiscount Purpose = "discount"
	PurposeLoss     Purpose = "loss"
	// PurposeRelink applies a receipt to the document by which its money went
	// back, in a ledger where that is a property of the receipt.
	PurposeRelink Purpose = "relink"
	// PurposeApply applies a credit to the invoice, or to the open debit, that
	// it is for.
	PurposeApply Purpose = "apply"
)

// Clearing is what a part of this purpose does to the clearing account: +1
// adds its amount, -1 takes it away, 0 leaves the account alone.
func (p Purpose) Clearing() int64 {
	switch p {
	case PurposeReceipt:
		return 1
	case PurposeReopen, PurposeCredit, PurposeDiscount, PurposeLoss, PurposeRelink, PurposeApply:
		return 0
	}
	return -1
}

// Part is the smallest thing that is booked: one purpose of one movement for
// one target (an invoice id where it concerns one, "" otherwise). A part has at
// most one live document, and the parts of a booked movement add up to it.
type Part struct {
	Movement string  `json:"movement"`
	Purpose  Purpose `json:"purpose"`
	Target   string  `json:"target,omitempty"`
	// Amount is in minor units of the movement's settlement currency; that of a
	// credit for a sale or against a cost in those of its booking. A receipt's
	// adds to the clearing account, any other takes away from it.
	Amount int64 `json:"amount"`
}

// Key names the part for good, within its book.
func (p Part) Key() string { return p.Movement + "/" + string(p.Purpose) + "/" + p.Target }

// Booking is one neutral ledger document that should stand. A vendor lowers
// it into one or several documents of its own, none of which takes a part in
// halves.
type Booking struct {
	// Book is the book's id; markers are made within it.
	Book     string                   `json:"book"`
	Kind     receivables.DocumentKind `json:"kind"`
	Parts    []Part                   `json:"parts"`
	Currency money.Currency           `json:"currency"`
	// Settlement is the currency of the parts, where it is another than that of
	// the booking: the ledger's home currency, in which the money came or went.
	// Lines then stand beside the parts, one for each: they say in the booking's
	// currency what the parts say in this one. "" is Currency.
	Settlement money.Currency `json:"settlement,omitempty"`
	// Rate is the ledger's rate for a foreign-currency document; "" = none
	// known. Its direction is the ledger's own; documents in home currency do
	// not need it.
	Rate string           `json:"rate,omitempty"`
	Date receivables.Date `json:"date"`
	// Of is the day that the document belongs to, where that lies in a closed
	// period and Date is the first open day after it; "" otherwise.
	Of receivables.Date `json:"of,omitempty"`
	// Due is the due date of an invoice, "" otherwise.
	Due receivables.Date `json:"due,omitempty"`
	// CustomerID is the ledger's customer of a receipt, invoice or credit.
	CustomerID string `json:"customer_id,omitempty"`
	// From and To are ledger accounts: a receipt has To (clearing), an
	// expense From (clearing) and To (the expense account), a transfer both.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Lines stand instead of To, and add up to the total, where one account
	// does not say it all: a customer's receivables, a tax code, an invoice's
	// own accounts. A vendor that cannot write lines refuses the booking,
	// because it has no To.
	Lines []BookingLine `json:"lines,omitempty"`
	// Credit is the customer's credit that an expense pays back; it has no
	// Lines then, and To only in a ledger whose receivables are posted to.
	Credit *Credit `json:"credit,omitempty"`
	// Draft asks for a document that a person has yet to approve.
	Draft bool `json:"draft,omitempty"`
	// Contact is the ledger's contact or vendor of an expense.
	Contact string `json:"contact,omitempty"`
	// Method is the ledger's payment method, "" where it has none.
	Method string `json:"method,omitempty"`
	// Source is the Stripe object behind it (charge or payout id), Memo a
	// sentence for whoever reads the ledger.
	Source string `json:"source"`
	Memo   string `json:"memo"`
	// By is the person who decided it, "" where a rule did.
	By string `json:"by,omitempty"`
}

// BookingLine is one line of a booking that has several, or that needs more
// than an account.
type BookingLine struct {
	// Account is "" in a credit for a sale, which takes the accounts and tax
	// codes of the lines of Invoice, pro rata.
	Account string `json:"account,omitempty"`
	// Amount contains Tax; both are in minor units of the booking's currency.
	Amount int64 `json:"amount"`
	// TaxCode is the ledger's code, "" for none; Tax what is named as tax in
	// Stripe's own words, never computed. Within a sale the ledger takes the
	// tax out of the amount by the code, and Tax is 0.
	TaxCode string `json:"tax_code,omitempty"`
	Tax     int64  `json:"tax,omitempty"`
	// CustomerID is the customer of a line on a receivables account, Invoice
	// the invoice that it concerns: its payment is linked to this line again.
	CustomerID string `json:"customer_id,omitempty"`
	Invoice    string `json:"invoice,omitempty"`
}

// Credit is an open credit of a customer in the ledger.
type Credit struct {
	ID       string                 `json:"id"`
	Kind     receivables.CreditKind `json:"kind"`
	Customer string                 `json:"customer"`
	// Open is what is left of it, in minor units of the movement's currency.
	Open int64 `json:"open"`
}

// Only is the booking reduced to the parts that are wanted, false when none is.
// Lines that stand for parts, one for each, go with them; any other booking of
// several lines cannot be divided and is left out unless it is wanted whole.
func (b Booking) Only(wanted func(Part) bool) (Booking, bool) {
	var parts []Part
	var lines []BookingLine
	for i, p := range b.Parts {
		if !wanted(p) {
			continue
		}
		parts = append(parts, p)
		if len(b.Lines) == len(b.Parts) {
			lines = append(lines, b.Lines[i])
		}
	}
	if len(b.Lines) == len(b.Parts) {
		b.Lines = lines
	} else if len(b.Lines) > 0 && len(parts) < len(b.Parts) {
		return b, false
	}
	b.Parts = parts
	return b, len(parts) > 0
}

// Total is the sum of the parts.
func (b Booking) Total() int64 {
	var sum int64
	for _, p := range b.Parts {
		sum += p.Amount
	}
	return sum
}

// Accounts are a book's choices of ledger accounts. What is not chosen is
// never guessed: the movements that need it are exceptions.
type Accounts struct {
	// Clearing holds, for each settlement currency, the Stripe clearing
	// account.
	Clearing map[money.Currency]string `json:"clearing"`
	// Fees is the expense account for Stripe's fees.
	Fees string `json:"fees"`
	// Banks holds the bank account for each payout destination. The key "*"+
	// currency is the choice for a currency: what the set-up proposes for its
	// only destination, and where payouts go of which the processor names none.
	Banks map[string]string `json:"banks"`
	// FeeContact is the ledger's contact (Xero) or vendor (QuickBooks) that
	// fees are owed to.
	FeeContact string `json:"fee_contact,omitempty"`
	// Method is the ledger's payment method for receipts, if it has one.
	Method string `json:"method,omitempty"`
	// FeeTaxCode is the ledger's code for input tax on Stripe's fees; "" leaves
	// the tax in the fee.
	FeeTaxCode string `json:"fee_tax_code,omitempty"`
	// Receivable holds the accounts receivable by currency, in a ledger that
	// lets them be posted to with a customer.
	Receivable map[money.Currency]string `json:"receivable,omitempty"`
	// Returned is the account 'Returned payments', in a ledger that does not.
	Returned string `json:"returned,omitempty"`
	// Disputes holds the current asset for disputed money by currency.
	Disputes map[money.Currency]string `json:"disputes,omitempty"`
	// Goodwill and BadDebt are cost accounts, for people's decisions.
	Goodwill string `json:"goodwill,omitempty"`
	BadDebt  string `json:"bad_debt,omitempty"`
	// TopUps holds the bank account that top-ups of a currency come from.
	TopUps map[money.Currency]string `json:"top_ups,omitempty"`
}

// Bank is the bank account of a payout's destination; false when nobody has
// chosen one. The choice for a currency answers for no destination that is
// named: money may have begun to go elsewhere.
func (a Accounts) Bank(destination string, currency money.Currency) (string, bool) {
	if destination == "" {
		destination = "*" + string(currency)
	}
	id := a.Banks[destination]
	return id, id != ""
}
