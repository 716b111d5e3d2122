package xero

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// number is a decimal as Xero wrote it, "" when absent. Real answers print
// JSON numbers, many documented examples strings; both are taken as text, so
// that no digit is lost.
type number string

// UnmarshalJSON accepts a number, a string or null.
func (n *number) UnmarshalJSON(data []byte) error {
	text := string(data)
	if text == "null" {
		return nil
	}
	if strings.HasPrefix(text, `"`) {
		var inner string
		if err := json.Unmarshal(data, &inner); err != nil {
			return err
		}
		text = strings.TrimSpace(inner)
	} else if text == "true" || text == "false" || strings.ContainsAny(text[:1], "{[") {
		return fmt.Errorf("xero: %.20q where a number should stand", text)
	}
	*n = number(text)
	return nil
}

// zero reports that the number is absent or naught.
func (n number) zero() bool { return strings.Trim(string(n), "-0.") == "" }

// equal compares the values of two numbers; one that cannot be read equals
// none.
func equal(a, b number) bool {
	x, errX := decimal.NewFromString(string(a))
	y, errY := decimal.NewFromString(string(b))
	return errX == nil && errY == nil && x.Equal(y)
}

// boolean is a truth value that may be printed as a string.
type boolean bool

// UnmarshalJSON accepts true, "true", null and their opposites.
func (f *boolean) UnmarshalJSON(data []byte) error {
	switch strings.ToLower(strings.Trim(string(data), `"`)) {
	case "true":
		*f = true
	case "false", "null", "":
		*f = false
	default:
		return fmt.Errorf("xero: %.20q where true or false should stand", data)
	}
	return nil
}

// instantOf reads a timestamp: "/Date(1518685950940+0000)/" where the offset
// is decoration, or ISO 8601, where a missing zone means UTC (Xero docs:
// accounting/requests-and-responses). The zero time when it is neither.
func instantOf(text string) time.Time {
	if inner, ok := strings.CutPrefix(text, "/Date("); ok {
		inner, _, _ = strings.Cut(inner, ")")
		// An offset begins with a sign that is not the number's own.
		if i := strings.LastIndexAny(inner, "+-"); i > 0 {
			inner = inner[:i]
		}
		ms, err := strconv.ParseInt(inner, 10, 64)
		if err != nil {
			return time.Time{}
		}
		return time.UnixMilli(ms).UTC()
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// civilOf is the calendar date of a document: Xero keeps it as midnight UTC,
// whatever the organisation's zone. The first text that is a date counts; an
// unreadable one is returned as it is, so that the check names it.
func civilOf(texts ...string) string {
	unreadable := ""
	for _, t := range texts {
		if t == "" {
			continue
		}
		if at := instantOf(t); !at.IsZero() {
			return at.Format("2006-01-02")
		}
		unreadable = t
	}
	return unreadable
}

// stamp is when Xero changed an object.
type stamp struct {
	UpdatedDateUTC       string
	UpdatedDateUTCString string
}

// at prefers the millisecond form: its twin may be cut to the second.
func (s stamp) at() time.Time {
	if at := instantOf(s.UpdatedDateUTC); !at.IsZero() {
		return at
	}
	return instantOf(s.UpdatedDateUTCString)
}

// day is a document's date with its twin.
type day struct {
	Date, DateString string
}

func (d day) civil() string { return civilOf(d.Date, d.DateString) }

// element is what every element of an answer to a write may carry. One
// documented example says Description where the others say Message.
type element struct {
	StatusAttributeString string
	HasErrors             boolean
	HasValidationErrors   boolean
	ValidationErrors      []message
	Warnings              []message
}

type message struct{ Message, Description string }

func (m message) text() string {
	if m.Message != "" {
		return m.Message
	}
	return m.Description
}

// errors lists what is wrong with the element; nil when it was taken. A 200
// is no proof of that (Xero docs: accounting/requests-and-responses,
// summarizeErrors).
func (e element) errors() []string {
	var texts []string
	for _, m := range e.ValidationErrors {
		texts = append(texts, m.text())
	}
	if len(texts) == 0 && (e.StatusAttributeString == "ERROR" || bool(e.HasErrors) || bool(e.HasValidationErrors)) {
		texts = append(texts, "Xero marks the element as wrong without a reason.")
	}
	return texts
}

func (e element) warnings() []string {
	var texts []string
	for _, m := range e.Warnings {
		texts = append(texts, m.text())
	}
	return texts
}

// wireContact is a Contact; other documents carry a short form of it.
type wireContact struct {
	ContactID, ContactNumber, ContactStatus  string
	Name, FirstName, LastName                string
	EmailAddress, TaxNumber, DefaultCurrency string
	CompanyNumber, AccountNumber             string
	MergedToContactID                        string
	Phones                                   []wirePhone
	Addresses                                []wireAddress
	ContactPersons                           []wirePerson
	PaymentTerms                             struct{ Sales wireTerms }
	stamp
}

type wirePhone struct {
	PhoneType, PhoneNumber, PhoneAreaCode, PhoneCountryCode string
}

type wireAddress struct {
	AddressType, AddressLine1, AddressLine2, AddressLine3, AddressLine4 string
	City, Region, PostalCode, Country, AttentionTo                      string
}

type wirePerson struct {
	FirstName, LastName, EmailAddress string
	IncludeInEmails                   boolean
}

type wireTerms struct {
	Day  number
	Type string
}

// wireAccount is an Account, or a document's pointer to one.
type wireAccount struct {
	AccountID, Code, Name, Type, Status string
	BankAccountType, CurrencyCode       string
	SystemAccount                       string
	stamp
}

type wireLine struct {
	LineItemID, Description          string
	Quantity, UnitAmount, LineAmount number
	TaxType                          string
	TaxAmount                        number
	AccountCode, AccountID, ItemCode string
	Item                             struct{ ItemID string }
}

// wireInvoice is an Invoice, a sales invoice or a bill.
type wireInvoice struct {
	InvoiceID, Type, Status, InvoiceNumber, Reference string
	Contact                                           wireContact
	day
	DueDate, DueDateString                string
	CurrencyCode                          string
	CurrencyRate                          number
	Total, TotalTax                       number
	AmountDue, AmountPaid, AmountCredited number
	LineItems                             []wireLine
	URL                                   string `json:"Url"`
	SentToContact, HasAttachments         boolean
	SentToEmailAddress                    string
	stamp
}

// wireCredit is a CreditNote, Overpayment or Prepayment.
type wireCredit struct {
	CreditNoteID, OverpaymentID, PrepaymentID string
	Type, Status, CreditNoteNumber, Reference string
	Contact                                   wireContact
	day
	CurrencyCode           string
	CurrencyRate           number
	Total, RemainingCredit number
	LineItems              []wireLine
	Allocations            []wireAllocation
	stamp
}

type wireAllocation struct {
	AllocationID string
	Amount       number
	IsDeleted    boolean
	Invoice      struct{ InvoiceID string }
}

// wirePayment is a Payment: it settles exactly one document.
type wirePayment struct {
	PaymentID, Status, PaymentType, Reference string
	Amount, BankAmount, CurrencyRate          number
	IsReconciled                              boolean
	Account                                   wireAccount
	Invoice                                   *wireSettled
	CreditNote                                *wireSettled
	Overpayment                               *wireSettled
	Prepayment                                *wireSettled
	BatchPayment                              *struct{ IsReconciled boolean }
	day
	stamp
}

// wireSettled is the document inside a payment. Nothing of it is used but
// whose it is: its nested ids are not reliable.
type wireSettled struct {
	InvoiceID, CreditNoteID, OverpaymentID, PrepaymentID string
	Type, CurrencyCode                                   string
	Contact                                              wireContact
}

// wireBankTransaction is spent or received money.
type wireBankTransaction struct {
	LineAmountTypes                            string
	BankTransactionID, Type, Status, Reference string
	OverpaymentID, PrepaymentID                string
	Contact                                    wireContact
	BankAccount                                wireAccount
	day
	CurrencyCode string
	CurrencyRate number
	Total        number
	TotalTax     number
	IsReconciled boolean
	LineItems    []wireLine
	stamp
}

// wireTransfer is a BankTransfer. It carries no date of change.
type wireTransfer struct {
	BankTransferID, Status, Reference    string
	FromBankAccount, ToBankAccount       wireAccount
	Amount, CurrencyRate                 number
	FromIsReconciled, ToIsReconciled     boolean
	CreatedDateUTC, CreatedDateUTCString string
	day
}

// wireManual is a ManualJournal. Debits are above zero, and it is always in the
// base currency.
type wireManual struct {
	ManualJournalID, Narration, Status, LineAmountTypes string
	JournalLines                                        []wireManualLine
	day
	stamp
}

type wireManualLine struct {
	AccountID             string
	LineAmount, TaxAmount number
}

// wireBatch is a BatchPayment: payments that stand in the bank account as one
// line.
type wireBatch struct {
	BatchPaymentID, Type, Status, Reference, Details string
	Account                                          wireAccount
	TotalAmount                                      number
	IsReconciled                                     boolean
	Payments                                         []struct{ PaymentID, Reference string }
	day
	stamp
}

// decode reads one element; unknown keys come without notice and are ignored.
func decode[T any](raw []byte) (T, error) {
	var value T
	err := json.NewDecoder(bytes.NewReader(raw)).Decode(&value)
	return value, err
}
