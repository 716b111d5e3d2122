package mapping

import (
	"tieout/money"
	"tieout/receivables"
)

// Purpose is what a part of a movement is booked as.
type Purpose string

// The purposes of the main job. Others are named exceptions until they are
// planned.
const (
	PurposeReceipt Purpose = "receipt"
	PurposeFee     Purpose = "fee"
	PurposePayout  Purpose = "payout"
)

// Part is the smallest thing that is booked: one purpose of one movement for
// one target (an invoice id for receipts, "" otherwise). A part has at most
// one live document, and the parts of a booked movement add up to it.
type Part struct {
	Movement string  `json:"movement"`
	Purpose  Purpose `json:"purpose"`
	Target   string  `json:"target,omitempty"`
	// Amount is in minor units of the movement's settlement currency.
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
	// Rate is the ledger's rate for a foreign-currency document; "" = none
	// known. Its direction is the ledger's own; documents in home currency do
	// not need it.
	Rate string           `json:"rate,omitempty"`
	Date receivables.Date `json:"date"`
	// CustomerID is the ledger's customer of a receipt.
	CustomerID string `json:"customer_id,omitempty"`
	// From and To are ledger accounts: a receipt has To (clearing), an
	// expense From (clearing) and To (the expense account), a transfer both.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Contact is the ledger's contact or vendor of an expense.
	Contact string `json:"contact,omitempty"`
	// Method is the ledger's payment method, "" where it has none.
	Method string `json:"method,omitempty"`
	// Source is the Stripe object behind it (charge or payout id), Memo a
	// sentence for whoever reads the ledger.
	Source string `json:"source"`
	Memo   string `json:"memo"`
}

// Total is the sum of the parts.
func (b Booking) Total() int64 {
	var sum int64
	for _, p := range b.Parts {
		sum += p.Amount
	}
	return sum
}

// Accounts are a book's choices of ledger accounts.
type Accounts struct {
	// Clearing holds, for each settlement currency, the Stripe clearing
	// account.
	Clearing map[money.Currency]string `json:"clearing"`
	// Fees is the expense account for Stripe's fees.
	Fees string `json:"fees"`
	// Banks holds the bank account for each payout destination; the key "*"+
	// currency is the choice for every destination of that currency.
	Banks map[string]string `json:"banks"`
	// FeeContact is the ledger's contact (Xero) or vendor (QuickBooks) that
	// fees are owed to.
	FeeContact string `json:"fee_contact,omitempty"`
	// Method is the ledger's payment method for receipts, if it has one.
	Method string `json:"method,omitempty"`
}

// Bank is the bank account of a payout's destination; false when nobody has
// chosen one.
func (a Accounts) Bank(destination string, currency money.Currency) (string, bool) {
	if id, ok := a.Banks[destination]; ok && id != "" {
		return id, true
	}
	id, ok := a.Banks["*"+string(currency)]
	return id, ok && id != ""
}
