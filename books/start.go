package books

import (
	"time"

	"tieout/receivables"
)

// Start is what a person lets a book begin with: the midnight that a day begins
// with, or, where Payout is named, a payout.
type Start struct {
	Day    receivables.Date `json:"day,omitempty"`
	Payout string           `json:"payout,omitempty"`
}

// PayoutStart is the payout that a book begins with: a movement is ours when it
// or a later payout was the first to pay it out, or none has, unless the
// invoice carried a receipt for it when the book began.
type PayoutStart struct {
	Connection string    `json:"connection"`
	Payout     string    `json:"payout"`
	Made       time.Time `json:"made"`
	// Compared is the day on whose evening the clearing accounts held the
	// opening figures: what others enter there later is not of the opening.
	Compared receivables.Date `json:"compared"`
}

// Opened is the first day of which documents of others are not part of the
// opening figures; "" without a cut-over.
func (b Book) Opened() receivables.Date {
	switch {
	case b.From != nil:
		return b.From.Compared.AddDays(1)
	case b.CutOver != nil:
		return receivables.DateIn(*b.CutOver, b.Location())
	}
	return ""
}

// Earlier is a movement made since a book's cut-over that is not the book's.
type Earlier struct {
	Connection, Movement string
	Cause                Cause
}

// Cause is why a movement is earlier than what a book begins with.
type Cause string

// A payout before the first one had paid it out, or is it; or a receipt stood
// for it in the ledger when the book began.
const (
	CausePaidOut Cause = "paid_out"
	CauseReceipt Cause = "receipt"
)
