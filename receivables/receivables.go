// Package receivables is the one model of what customers owe and have paid,
// whichever vendor said it: invoices, credits, receipts and the documents
// behind them on the ledger's side; charges, balance transactions and payouts
// on Stripe's. It holds types, their invariants and ageing, and nothing that
// reads a clock, a network or a database.
//
// Amounts are int64 minor units of the document's currency. Ids are the
// vendor's own strings, unique for a kind within one connection.
package receivables

import "tieout/money"

// Kind names what a vendor object is in the model.
type Kind string

// The kinds of the model.
const (
	KindCustomer           Kind = "customer"
	KindAccount            Kind = "account"
	KindInvoice            Kind = "invoice"
	KindCredit             Kind = "credit"
	KindReceipt            Kind = "receipt"
	KindDocument           Kind = "document"
	KindCharge             Kind = "charge"
	KindRefund             Kind = "refund"
	KindDispute            Kind = "dispute"
	KindPayout             Kind = "payout"
	KindBalanceTransaction Kind = "balance_transaction"
	KindCheckout           Kind = "checkout"
	KindPayer              Kind = "payer"
)

// Ref points to one object of one connection.
type Ref struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
}

// Entity is a validated value of the model. Only this package implements it.
type Entity interface {
	Ref() Ref
	// Check reports the first invariant that the value breaks.
	Check() error
}

// State says whether a ledger document counts.
type State string

// A draft, voided or deleted document is no receivable (its amounts are kept
// as the vendor states them).
const (
	StateDraft   State = "draft"
	StateLive    State = "live"
	StateVoid    State = "void"
	StateDeleted State = "deleted"
)

// Contact is a person or mailbox at a customer.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
	// Role is what the ledger says of the contact: "primary", "billing", ...
	Role string `json:"role,omitempty"`
}

// Address is a postal address as the vendor holds it.
type Address struct {
	Kind    string   `json:"kind,omitempty"`
	Lines   []string `json:"lines,omitempty"`
	City    string   `json:"city,omitempty"`
	Region  string   `json:"region,omitempty"`
	Postal  string   `json:"postal,omitempty"`
	Country string   `json:"country,omitempty"`
}

// Customer is who owes: a QuickBooks customer or job, a Xero contact.
type Customer struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Company    string         `json:"company,omitempty"`
	Contacts   []Contact      `json:"contacts,omitempty"`
	Language   string         `json:"language,omitempty"`
	Addresses  []Address      `json:"addresses,omitempty"`
	TaxID      string         `json:"tax_id,omitempty"`
	ParentID   string         `json:"parent_id,omitempty"`
	MergedInto string         `json:"merged_into,omitempty"`
	Terms      string         `json:"terms,omitempty"`
	Currency   money.Currency `json:"currency,omitempty"`
	Active     bool           `json:"active"`
	// Balance is what the ledger itself says the customer owes, without its
	// sub-customers; nil where the ledger gives no such figure.
	Balance *int64 `json:"balance,omitempty"`
}

// Payer is a Stripe customer: who pays, before it is known whom that is in
// the ledger.
type Payer struct {
	ID       string            `json:"id"`
	Name     string            `json:"name,omitempty"`
	Email    string            `json:"email,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// AccountType is the part that an account plays for receivables.
type AccountType string

// Other holds every account type that receivables work has no use for.
const (
	AccountReceivable AccountType = "receivable"
	AccountBank       AccountType = "bank"
	AccountExpense    AccountType = "expense"
	AccountIncome     AccountType = "income"
	AccountAsset      AccountType = "current_asset"
	AccountOther      AccountType = "other"
)

// Account is an account of the ledger's chart.
type Account struct {
	ID       string         `json:"id"`
	Code     string         `json:"code,omitempty"`
	Name     string         `json:"name"`
	Type     AccountType    `json:"type"`
	Currency money.Currency `json:"currency,omitempty"`
	Active   bool           `json:"active"`
	// Undeposited marks the account where QuickBooks puts receipts that name
	// no other.
	Undeposited bool `json:"undeposited,omitempty"`
	// Balance is the ledger's own figure in the account's currency; nil where
	// the list of accounts does not give it.
	Balance *int64 `json:"balance,omitempty"`
}
