// Package mapping turns what vendors say into the model, and what should
// stand in a ledger into neutral bookings. A vendor fills a Draft with text as
// it came over the wire; Accept checks it once, in one place, and gives a
// validated value or a typed rejection. Plan computes the bookings that
// movements call for. It reads no clock, network or database.
package mapping

import (
	"time"

	"tieout/money"
	"tieout/receivables"
)

// Draft is one vendor object before it is checked. Exactly one of the value
// fields is set, unless Deleted. Amounts are decimal text as the vendor wrote
// them; in drafts of Stripe objects they are whole minor units (Minor).
type Draft struct {
	Kind receivables.Kind
	ID   string
	// Order ranks versions of one object: a lower order never replaces a
	// higher one. Each vendor documents what it uses.
	Order int64
	// Changed is when the vendor says that the object changed.
	Changed time.Time
	// Deleted says that the vendor has said so; absence is never a deletion.
	Deleted bool
	// Raw is the vendor's own body of the object.
	Raw []byte
	// Scale gives the digits of currencies at this vendor.
	Scale money.Scale
	// Minor says that amounts are whole minor units, not decimals.
	Minor bool
	// Problem is set when the vendor's own mapping could not read the body;
	// Accept turns it into a rejection.
	Problem string

	Customer *CustomerDraft
	Payer    *receivables.Payer
	Account  *AccountDraft
	Invoice  *InvoiceDraft
	Credit   *CreditDraft
	Receipt  *ReceiptDraft
	Document *DocumentDraft
	Charge   *ChargeDraft
	Checkout *CheckoutDraft
	Refund   *RefundDraft
	Dispute  *DisputeDraft
	Payout   *PayoutDraft
	Movement *MovementDraft
}

// CustomerDraft is a customer whose balance is still text; "" where the
// vendor gives none.
type CustomerDraft struct {
	receivables.Customer
	Balance string
}

// AccountDraft is an account whose balance is still text.
type AccountDraft struct {
	receivables.Account
	Balance string
}

// InvoiceDraft is an invoice whose amounts and dates are still text. The
// embedded value carries the fields that need no check.
type InvoiceDraft struct {
	receivables.Invoice
	Currency, Issued, Due                        string
	Total, Tax, Balance, Deposit, Paid, Credited string
	HomeBalance                                  string
	// Home is the ledger's home currency; "" means the invoice's own.
	Home string
	// WrittenOff belongs to Billed; "" where there is none.
	WrittenOff string
}

// CreditDraft is a credit whose amounts and dates are still text.
type CreditDraft struct {
	receivables.Credit
	Currency, Issued                string
	Total, Remaining, HomeRemaining string
	Home                            string
	Allocations                     []AllocationDraft
}

// ReceiptDraft is a receipt whose amounts and dates are still text.
type ReceiptDraft struct {
	receivables.Receipt
	Currency, Date                  string
	Total, Unapplied, HomeUnapplied string
	Home                            string
	// Settled is the total in SettledIn, the currency of the account where that
	// is another one; "" where it is not stated.
	Settled, SettledIn string
	Allocations        []AllocationDraft
}

// AllocationDraft is an allocation whose amount is still text.
type AllocationDraft struct {
	Target receivables.Ref
	Amount string
}

// DocumentDraft is another ledger document with amounts and dates as text.
type DocumentDraft struct {
	receivables.Document
	Currency, Date, Total string
	Postings              []PostingDraft
}

// PostingDraft is a posting whose amount is still text.
type PostingDraft struct {
	AccountID, Amount, CustomerID string
	// Settled is the amount in SettledIn, the currency of the account where that
	// is another one; "" where it is not stated.
	Settled, SettledIn string
}

// ChargeDraft is a charge whose amounts are still text.
type ChargeDraft struct {
	receivables.Charge
	Currency, Amount, Refunded string
}

// CheckoutDraft is a checkout session whose amount is still text.
type CheckoutDraft struct {
	receivables.Checkout
	Currency, Amount string
}

// RefundDraft is a refund whose amount is still text.
type RefundDraft struct {
	receivables.Refund
	Currency, Amount string
}

// DisputeDraft is a dispute whose amount is still text.
type DisputeDraft struct {
	receivables.Dispute
	Currency, Amount string
}

// PayoutDraft is a payout whose amount and arrival date are still text.
type PayoutDraft struct {
	receivables.Payout
	Currency, Amount, Arrival string
}

// MovementDraft is a balance transaction whose amounts are still text.
type MovementDraft struct {
	receivables.BalanceTransaction
	Currency, Amount, Fee, Net string
	Fees                       []FeeDraft
}

// FeeDraft is one part of a fee with its amount as text.
type FeeDraft struct {
	Type, Amount, Currency, Description string
}

// Reason is why a draft was rejected; it is stored and shown.
type Reason string

// The reasons of rejections.
const (
	ReasonMalformed Reason = "malformed"
	ReasonCurrency  Reason = "unknown_currency"
	ReasonAmount    Reason = "bad_amount"
	ReasonDate      Reason = "bad_date"
	ReasonMissing   Reason = "missing_field"
	ReasonInvariant Reason = "broken_invariant"
)

// Rejection says which vendor object could not be taken into the model, and
// why, in words for a person.
type Rejection struct {
	Ref    receivables.Ref `json:"ref"`
	Reason Reason          `json:"reason"`
	Field  string          `json:"field,omitempty"`
	Text   string          `json:"text"`
}

// Error is the text for a person.
func (r *Rejection) Error() string { return r.Text }

// Record is an accepted or rejected draft, ready to be stored. Entity is nil
// when the object is deleted or rejected.
type Record struct {
	Ref       receivables.Ref
	Order     int64
	Changed   time.Time
	Deleted   bool
	Raw       []byte
	Entity    receivables.Entity
	Rejection *Rejection
}
