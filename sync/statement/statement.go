// Package statement reads bank statements, so that the bank is a side of the
// tie-out: CSV with a column map that a person has confirmed, CAMT.053 and OFX.
// It is pure: bytes in, lines out, amounts exact. A statement whose lines do
// not add up to its balances is refused with what differs; nothing is guessed
// about a line that cannot be read. What a line means is not decided here but
// in sort.go's answer, and nothing is written into a ledger from here without
// a person's word.
package statement

import (
	"errors"

	"tieout/money"
	"tieout/receivables"
)

// Errors of reading a statement.
var (
	// ErrFormat: the bytes are no statement of the kind, or a value in them
	// cannot be read.
	ErrFormat = errors.New("the statement cannot be read")
	// ErrBalance: the lines do not add up to the balances.
	ErrBalance = errors.New("the statement does not add up")
	// ErrMap: a CSV file needs a column map, or the map does not fit it.
	ErrMap = errors.New("the column map does not fit")
	// ErrEmpty: the file names no statement at all.
	ErrEmpty = errors.New("there is no statement in the file")
)

// Format is the way in which a statement is written.
type Format string

// The formats.
const (
	FormatCSV  Format = "csv"
	FormatCAMT Format = "camt.053"
	FormatOFX  Format = "ofx"
)

// Balance is what stood on the account at the beginning or end of a day.
type Balance struct {
	On receivables.Date `json:"on,omitempty"`
	// Amount is in minor units, negative when overdrawn.
	Amount int64 `json:"amount"`
}

// Statement is what a bank says about one account in one currency.
type Statement struct {
	Format Format `json:"format"`
	// ID is the bank's own, "" where it gives none.
	ID string `json:"id,omitempty"`
	// Account is the account as the bank calls it (IBAN, number), "" where the
	// file does not say.
	Account  string         `json:"account,omitempty"`
	Currency money.Currency `json:"currency"`
	// Opening and Closing are nil where the file does not give them.
	Opening *Balance `json:"opening,omitempty"`
	Closing *Balance `json:"closing,omitempty"`
	// Lines are in the order of the file.
	Lines []Line `json:"lines"`
	// Pending counts lines that the bank has not booked yet; they are left out.
	Pending int `json:"pending,omitempty"`
}

// Line is one booked movement on the account.
type Line struct {
	// ID is the same whenever the line is read again: the bank's reference, or
	// a hash of what the line says (see identify).
	ID string `json:"id"`
	// On is the booking date, Value the value date where there is one.
	On    receivables.Date `json:"on"`
	Value receivables.Date `json:"value,omitempty"`
	// Amount is in minor units, negative for what left the account.
	Amount int64 `json:"amount"`
	// Name and Account are the other side's.
	Name    string `json:"name,omitempty"`
	Account string `json:"account,omitempty"`
	// Text is what else the line says.
	Text string `json:"text,omitempty"`
	// Reference is the bank's, Number the payer's end-to-end reference or a
	// cheque's number.
	Reference string `json:"reference,omitempty"`
	Number    string `json:"number,omitempty"`
	// Kind is the bank's own code of the transaction, such as PMNT/RCDT/ESCT or
	// CHECK.
	Kind string `json:"kind,omitempty"`
	// Reversal says that the line takes an earlier one back.
	Reversal bool `json:"reversal,omitempty"`
}

// Period is the first and the last day with a line or a balance.
func (s Statement) Period() (from, to receivables.Date) {
	widen := func(day receivables.Date) {
		if day == "" {
			return
		}
		if from == "" || day < from {
			from = day
		}
		to = max(to, day)
	}
	for _, l := range s.Lines {
		widen(l.On)
	}
	if s.Closing != nil {
		widen(s.Closing.On)
	}
	return from, to
}

const (
	// maxFile bounds what is read, maxLines what a statement may hold: a year of
	// a busy account is a tenth of it.
	maxFile  = 64 << 20
	maxLines = 500_000
)
