package receivables

import (
	"time"

	"tieout/money"
)

// ChargeStatus is how far a charge has come.
type ChargeStatus string

// A bank debit is pending until its bank has answered.
const (
	ChargeSucceeded ChargeStatus = "succeeded"
	ChargePending   ChargeStatus = "pending"
	ChargeFailed    ChargeStatus = "failed"
)

// Charge is one payment by a payer. Amount and Currency are what the payer
// paid; fee and net stand on its balance transaction only.
type Charge struct {
	ID            string `json:"id"`
	PaymentIntent string `json:"payment_intent,omitempty"`
	// InvoiceID is the processor's own invoice that the charge pays, if any.
	InvoiceID   string            `json:"invoice_id,omitempty"`
	PayerID     string            `json:"payer_id,omitempty"`
	Email       string            `json:"email,omitempty"`
	Name        string            `json:"name,omitempty"`
	Description string            `json:"description,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Amount      int64             `json:"amount"`
	Currency    money.Currency    `json:"currency"`
	Refunded    int64             `json:"refunded,omitempty"`
	Status      ChargeStatus      `json:"status"`
	Method      string            `json:"method,omitempty"`
	Created     time.Time         `json:"created"`
	// Succeeded is when a delayed payment became real, from its event; nil
	// when the event was not seen, and for cards.
	Succeeded *time.Time `json:"succeeded,omitempty"`
	// Movement and FailureMovement are ids of balance transactions.
	Movement        string `json:"movement,omitempty"`
	FailureMovement string `json:"failure_movement,omitempty"`
}

// Recall completes a new reading of a charge with what an earlier one knew and
// the object itself never states: the moment of an event. A charge that failed
// later had succeeded all the same.
func (c Charge) Recall(earlier Charge) Charge {
	if c.Succeeded == nil {
		c.Succeeded = earlier.Succeeded
	}
	return c
}

// Checkout is a Stripe Checkout Session: it joins a payment link to the
// payment intent that it led to.
type Checkout struct {
	ID            string            `json:"id"`
	Link          string            `json:"link,omitempty"`
	PaymentIntent string            `json:"payment_intent,omitempty"`
	Status        string            `json:"status"`
	PaymentStatus string            `json:"payment_status"`
	Amount        int64             `json:"amount"`
	Currency      money.Currency    `json:"currency,omitempty"`
	Email         string            `json:"email,omitempty"`
	Metadata      map[string]string `json:"metadata,omitempty"`
	Created       time.Time         `json:"created"`
}

// Refund returns a charge or a part of it.
type Refund struct {
	ID              string         `json:"id"`
	ChargeID        string         `json:"charge_id"`
	Amount          int64          `json:"amount"`
	Currency        money.Currency `json:"currency"`
	Status          string         `json:"status"`
	Created         time.Time      `json:"created"`
	Movement        string         `json:"movement,omitempty"`
	FailureMovement string         `json:"failure_movement,omitempty"`
}

// Dispute is a payer's bank taking a charge back, or asking about it.
type Dispute struct {
	ID        string         `json:"id"`
	ChargeID  string         `json:"charge_id"`
	Amount    int64          `json:"amount"`
	Currency  money.Currency `json:"currency"`
	Status    string         `json:"status"`
	Reason    string         `json:"reason,omitempty"`
	Created   time.Time      `json:"created"`
	Movements []string       `json:"movements,omitempty"`
}

// Payout moves money from the Stripe balance to a bank account.
type Payout struct {
	ID       string         `json:"id"`
	Amount   int64          `json:"amount"`
	Currency money.Currency `json:"currency"`
	Status   string         `json:"status"`
	// Automatic payouts itemise their members, manual ones do not.
	Automatic bool `json:"automatic"`
	// Reconciled says that Stripe has finished the list of members.
	Reconciled      bool      `json:"reconciled"`
	Arrival         Date      `json:"arrival"`
	Destination     string    `json:"destination,omitempty"`
	Created         time.Time `json:"created"`
	Movement        string    `json:"movement,omitempty"`
	FailureMovement string    `json:"failure_movement,omitempty"`
}

// BalanceTransaction is one movement of a Stripe balance, in its settlement
// currency. Net = Amount - Fee, always.
type BalanceTransaction struct {
	ID        string         `json:"id"`
	Type      string         `json:"type"`
	Category  string         `json:"category"`
	Source    string         `json:"source,omitempty"`
	Amount    int64          `json:"amount"`
	Fee       int64          `json:"fee"`
	Net       int64          `json:"net"`
	Currency  money.Currency `json:"currency"`
	Fees      []FeeDetail    `json:"fees,omitempty"`
	Rate      string         `json:"rate,omitempty"`
	Created   time.Time      `json:"created"`
	Available time.Time      `json:"available"`
	Status    string         `json:"status"`
	// Payout is the automatic payout that took the movement out, once known.
	Payout      string `json:"payout,omitempty"`
	Description string `json:"description,omitempty"`
}

// FeeDetail is one part of a fee as Stripe names it.
type FeeDetail struct {
	Type        string         `json:"type"`
	Amount      int64          `json:"amount"`
	Currency    money.Currency `json:"currency"`
	Description string         `json:"description,omitempty"`
}
