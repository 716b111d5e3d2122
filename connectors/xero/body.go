package xero

import (
	"encoding/json"

	"tieout/money"
	"tieout/receivables"
)

// Ways of stating the amounts of lines (Xero docs: accounting/types, line
// amount types). Inclusive lines leave the total what was asked for, whatever
// tax there is in them.
const (
	noTax     = "NoTax"
	inclusive = "Inclusive"
	exclusive = "Exclusive"
)

// Bodies of requests. Fields that are left out take Xero's defaults.
type (
	bodyID struct {
		InvoiceID string `json:"InvoiceID,omitempty"`
		AccountID string `json:"AccountID,omitempty"`
		ContactID string `json:"ContactID,omitempty"`
		Name      string `json:"Name,omitempty"`
	}
	bodyPayment struct {
		Invoice bodyID
		Account bodyID
		Date    receivables.Date
		Amount  json.Number
		// BankAmount is in the currency of the account where that is not the
		// invoice's (Xero docs: accounting/payments, since June 2026).
		BankAmount   json.Number `json:",omitempty"`
		CurrencyRate json.Number `json:",omitempty"`
		Reference    string
		IsReconciled bool
	}
	bodyTransaction struct {
		Type            string
		Contact         bodyID
		BankAccount     bodyID
		Date            receivables.Date
		Reference       string      `json:"Reference,omitempty"`
		CurrencyRate    json.Number `json:",omitempty"`
		LineAmountTypes string
		IsReconciled    bool
		LineItems       []bodyLine
	}
	// bodyLine carries the account's id until the write is sent: users may
	// renumber codes, but lines are written by code (Xero docs:
	// accounting/banktransactions).
	bodyLine struct {
		Description string
		Quantity    json.Number
		UnitAmount  json.Number
		TaxType     string          `json:"TaxType,omitempty"`
		TaxAmount   json.Number     `json:"TaxAmount,omitempty"`
		Tracking    json.RawMessage `json:"Tracking,omitempty"`
		AccountID   string          `json:"AccountID,omitempty"`
		AccountCode string          `json:"AccountCode,omitempty"`
	}
	bodyTransfer struct {
		FromBankAccount  bodyID
		ToBankAccount    bodyID
		Amount           json.Number
		Date             receivables.Date
		Reference        string
		FromIsReconciled bool
		ToIsReconciled   bool
	}
	// bodyDocument is an invoice or a credit note.
	bodyDocument struct {
		Type            string
		Contact         bodyID
		Date            receivables.Date
		DueDate         receivables.Date `json:",omitempty"`
		Status          string
		Reference       string
		CurrencyCode    money.Currency
		CurrencyRate    json.Number `json:",omitempty"`
		LineAmountTypes string
		LineItems       []bodyLine
	}
	bodyJournal struct {
		Narration       string
		Date            receivables.Date
		Status          string
		LineAmountTypes string
		JournalLines    []bodyJournalLine
	}
	bodyJournalLine struct {
		Description string
		LineAmount  json.Number
		AccountID   string `json:"AccountID,omitempty"`
		AccountCode string `json:"AccountCode,omitempty"`
	}
)

type (
	bodyBatch struct {
		Account  bodyID
		Date     receivables.Date
		Details  string
		Payments []bodyBatched
	}
	bodyBatched struct {
		Invoice   bodyID
		Amount    json.Number
		Reference string
	}
	bodyAllocation struct {
		Invoice bodyID
		Amount  json.Number
		Date    receivables.Date
	}
	bodyRefund struct {
		CreditNote   *bodyCredit `json:",omitempty"`
		Overpayment  *bodyCredit `json:",omitempty"`
		Prepayment   *bodyCredit `json:",omitempty"`
		Account      bodyID
		Date         receivables.Date
		Amount       json.Number
		BankAmount   json.Number `json:",omitempty"`
		CurrencyRate json.Number `json:",omitempty"`
		Reference    string
		IsReconciled bool
	}
	bodyCredit struct {
		CreditNoteID  string `json:"CreditNoteID,omitempty"`
		OverpaymentID string `json:"OverpaymentID,omitempty"`
		PrepaymentID  string `json:"PrepaymentID,omitempty"`
	}
)
