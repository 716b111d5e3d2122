package receivables

import (
	"time"

	"tieout/money"
)

// Line is one line of an invoice or credit. Amounts of lines are decimal
// text: ledgers carry more digits there than a currency has.
type Line struct {
	ID          string `json:"id,omitempty"`
	Description string `json:"description,omitempty"`
	Quantity    string `json:"quantity,omitempty"`
	UnitPrice   string `json:"unit_price,omitempty"`
	Amount      string `json:"amount,omitempty"`
	TaxCode     string `json:"tax_code,omitempty"`
	AccountID   string `json:"account_id,omitempty"`
	ItemID      string `json:"item_id,omitempty"`
}

// Invoice is a sales invoice as the ledger holds it, or one that the processor
// has made itself (Billed is set then, and the connection is the processor's).
//
// Total = Balance + Deposit + Paid + Credited while it is live, where the
// ledger states all of them; QuickBooks states only Total, Balance and
// Deposit, so there Settled() is the sum of what was applied.
type Invoice struct {
	ID         string         `json:"id"`
	Number     string         `json:"number,omitempty"`
	Reference  string         `json:"reference,omitempty"`
	CustomerID string         `json:"customer_id"`
	State      State          `json:"state"`
	Currency   money.Currency `json:"currency"`
	Issued     Date           `json:"issued"`
	Due        Date           `json:"due,omitempty"`
	Terms      string         `json:"terms,omitempty"`
	Total      int64          `json:"total"`
	Tax        int64          `json:"tax"`
	// Balance is what is still owed, the ledger's own figure.
	Balance int64 `json:"balance"`
	// Deposit was taken on the form and lowers Balance without a receipt.
	Deposit int64 `json:"deposit,omitempty"`
	// Paid and Credited are the ledger's figures; nil where it states none.
	Paid     *int64 `json:"paid,omitempty"`
	Credited *int64 `json:"credited,omitempty"`
	// HomeBalance is Balance at the ledger's carrying rate, in minor units
	// of the home currency.
	HomeBalance int64  `json:"home_balance"`
	Rate        string `json:"rate,omitempty"`
	Lines       []Line `json:"lines,omitempty"`
	// Memo is the text that the customer sees; Note the one for staff.
	Memo        string     `json:"memo,omitempty"`
	Note        string     `json:"note,omitempty"`
	Sent        bool       `json:"sent"`
	SentAt      *time.Time `json:"sent_at,omitempty"`
	Recipients  []string   `json:"recipients,omitempty"`
	Attachments bool       `json:"attachments,omitempty"`
	// Link is our payment link as it stands in the document now, empty when
	// it carries none.
	Link string `json:"link,omitempty"`
	// LinkVisible says whether the customer sees Link on the document.
	LinkVisible bool `json:"link_visible,omitempty"`
	// Billed is what the processor says of an invoice of its own; nil for
	// those of a ledger.
	Billed *Billed `json:"billed,omitempty"`
}

// Billed is what is known of an invoice that the processor has made and
// collects itself, such as the monthly one of a subscription.
type Billed struct {
	// PaymentIntent and Charge are the payment that was made or is awaited.
	PaymentIntent string `json:"payment_intent,omitempty"`
	Charge        string `json:"charge,omitempty"`
	Subscription  string `json:"subscription,omitempty"`
	// Automatic says that the payer is charged without being asked.
	Automatic bool `json:"automatic,omitempty"`
	// PaidElsewhere says that somebody has marked it as paid outside of the
	// processor, so that no charge belongs to it.
	PaidElsewhere bool `json:"paid_elsewhere,omitempty"`
	// WrittenOff is what the processor has given up as uncollectible; it is a
	// part of Credited, in the invoice's minor units.
	WrittenOff int64 `json:"written_off,omitempty"`
	// URL is the page on which the payer sees and pays it.
	URL string `json:"url,omitempty"`
	// PayerName is the customer's name as it stands on the document.
	PayerName string            `json:"payer_name,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	// LinesMore says that the document has more lines than are listed.
	LinesMore bool `json:"lines_more,omitempty"`
}

// Allocation applies an amount of a receipt or credit to a document.
type Allocation struct {
	Target Ref   `json:"target"`
	Amount int64 `json:"amount"`
}

// CreditKind is what an open credit is.
type CreditKind string

// An unapplied payment is the rest of a Receipt; see Receipt.Unapplied.
const (
	CreditNote      CreditKind = "credit_note"
	CreditOverpaid  CreditKind = "overpayment"
	CreditPrepaid   CreditKind = "prepayment"
	CreditUnapplied CreditKind = "unapplied_payment"
)

// Credit lowers what a customer owes: a credit note, overpayment or
// prepayment, or the unapplied rest of a payment.
type Credit struct {
	ID         string         `json:"id"`
	Kind       CreditKind     `json:"kind"`
	Number     string         `json:"number,omitempty"`
	CustomerID string         `json:"customer_id"`
	State      State          `json:"state"`
	Currency   money.Currency `json:"currency"`
	Issued     Date           `json:"issued"`
	Total      int64          `json:"total"`
	Remaining  int64          `json:"remaining"`
	// HomeRemaining is Remaining at the ledger's carrying rate.
	HomeRemaining int64        `json:"home_remaining"`
	Rate          string       `json:"rate,omitempty"`
	AccountID     string       `json:"account_id,omitempty"`
	Marker        string       `json:"marker,omitempty"`
	Note          string       `json:"note,omitempty"`
	Allocations   []Allocation `json:"allocations,omitempty"`
}

// Receipt is money received from a customer as the ledger has booked it: a
// QuickBooks Payment or a Xero Payment.
type Receipt struct {
	ID         string         `json:"id"`
	CustomerID string         `json:"customer_id"`
	State      State          `json:"state"`
	Currency   money.Currency `json:"currency"`
	Date       Date           `json:"date"`
	Total      int64          `json:"total"`
	// Unapplied is the open credit that the receipt leaves.
	Unapplied     int64  `json:"unapplied"`
	HomeUnapplied int64  `json:"home_unapplied,omitempty"`
	Rate          string `json:"rate,omitempty"`
	AccountID     string `json:"account_id,omitempty"`
	// Settled is Total in the currency of an account that is in another one
	// than the receipt; 0 where the ledger states none. See Posting.Settled.
	Settled     int64        `json:"settled,omitempty"`
	Method      string       `json:"method,omitempty"`
	Reference   string       `json:"reference,omitempty"`
	Note        string       `json:"note,omitempty"`
	Marker      string       `json:"marker,omitempty"`
	Reconciled  bool         `json:"reconciled,omitempty"`
	Allocations []Allocation `json:"allocations,omitempty"`
}

// DocumentKind is what a ledger document is, in the ledger's neutral words.
type DocumentKind string

// The kinds of ledger documents.
const (
	DocumentInvoice       DocumentKind = "invoice"
	DocumentCredit        DocumentKind = "credit"
	DocumentReceipt       DocumentKind = "receipt"
	DocumentExpense       DocumentKind = "expense"
	DocumentIncome        DocumentKind = "other_receipt"
	DocumentTransfer      DocumentKind = "transfer"
	DocumentDeposit       DocumentKind = "deposit"
	DocumentJournal       DocumentKind = "journal"
	DocumentSalesReceipt  DocumentKind = "sales_receipt"
	DocumentRefundReceipt DocumentKind = "refund_receipt"
)

// Posting is what a document does to one account, in the document's currency:
// positive adds to an asset (debit), negative takes away (credit).
type Posting struct {
	AccountID string `json:"account_id"`
	Amount    int64  `json:"amount"`
	// Settled is Amount in the currency of the account, which counts where the
	// account is in another currency than the document; 0 where none is known.
	// QuickBooks states it for every foreign document, in home currency.
	Settled    int64  `json:"settled,omitempty"`
	CustomerID string `json:"customer_id,omitempty"`
}

// Document is anything else in the ledger that touches receivables, clearing
// or the bank: an expense, transfer, deposit, journal. Receipts and credits
// have types of their own and show themselves as a Document too.
type Document struct {
	ID         string         `json:"id"`
	Kind       DocumentKind   `json:"kind"`
	State      State          `json:"state"`
	Number     string         `json:"number,omitempty"`
	CustomerID string         `json:"customer_id,omitempty"`
	Currency   money.Currency `json:"currency"`
	Date       Date           `json:"date"`
	Total      int64          `json:"total"`
	// Rate is the ledger's rate of the document, its direction the vendor's.
	Rate       string    `json:"rate,omitempty"`
	Postings   []Posting `json:"postings,omitempty"`
	Reference  string    `json:"reference,omitempty"`
	Note       string    `json:"note,omitempty"`
	Marker     string    `json:"marker,omitempty"`
	Reconciled bool      `json:"reconciled,omitempty"`
	// Contains are the documents that this one takes in, such as the
	// receipts of a bank deposit.
	Contains []Ref `json:"contains,omitempty"`
}
