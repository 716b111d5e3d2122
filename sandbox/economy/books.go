package economy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"time"
)

// Books is a ledger as its bookkeeper uses it. The economy implements it for
// each vendor; nobody else needs to.
type Books interface {
	// AddCustomer writes a customer and returns its id; parent is empty or
	// the id of the customer it belongs to.
	AddCustomer(c Customer, parent string) (string, error)
	// WriteInvoice writes an approved invoice for the customer and returns its
	// id; AddInvoice reads it as well.
	WriteInvoice(inv Invoice, customer string) (string, error)
	AddInvoice(inv Invoice, customer string) (Document, error)
	// Document reads an invoice as it stands now.
	Document(id string) (Document, error)
	// OpenInvoices are all sales invoices with something left to pay, in the
	// ledger's own order of ids.
	OpenInvoices() ([]Document, error)
	// Receive enters money from a customer.
	Receive(r Receipt) error
	// Credit writes a credit note; applied names the invoice it is used on.
	Credit(customer, currency string, amount Minor, at time.Time, applied *Document) error
	// Void voids an unpaid invoice.
	Void(id string) error
	// Fee enters Stripe's fees as an expense out of the clearing account.
	Fee(currency string, amount Minor, at time.Time, note string) error
	// Payout moves money from the clearing account to the bank; a negative
	// amount moves it back.
	Payout(currency string, amount Minor, at time.Time, note string) error
	// Accounts finds the accounts for a currency, opening missing ones when
	// create is set.
	Accounts(currency string, create bool) (Accounts, error)
}

// Accounts are the ids of one currency's accounts; a missing one is empty.
type Accounts struct {
	Currency     string `json:"currency"`
	Clearing     string `json:"clearing_account,omitempty"`
	ClearingName string `json:"clearing_name,omitempty"`
	Bank         string `json:"bank_account,omitempty"`
	BankName     string `json:"bank_name,omitempty"`
}

// Document is an invoice as its ledger shows it. Text is all that the
// customer can read on it.
type Document struct {
	ID       string `json:"id"`
	Number   string `json:"number"`
	Customer string `json:"customer"`
	Name     string `json:"name"`
	Email    string `json:"email,omitempty"`
	Currency string `json:"currency"`
	Total    Minor  `json:"total"`
	Balance  Minor  `json:"balance"`
	Text     string `json:"-"`
}

// Place is where received money goes.
type Place int

// Places for received money.
const (
	ToBank        Place = iota
	ToUndeposited       // where the ledger has it, else the bank
	ToClearing
)

// Receipt is money received: for Pays, each with its amount, or for nothing
// in particular.
type Receipt struct {
	Customer string
	Currency string
	Amount   Minor
	At       time.Time
	Into     Place
	Pays     []Applied
	Note     string
}

// Applied is the part of a receipt used on one invoice.
type Applied struct {
	Invoice Document
	Amount  Minor
}

// added writes an invoice and reads it.
func added(b Books, inv Invoice, customer string) (Document, error) {
	id, err := b.WriteInvoice(inv, customer)
	if err != nil {
		return Document{}, err
	}
	return b.Document(id)
}

// fields builds JSON objects; amounts go in as Minor.
type fields map[string]any

func ref(id string) fields { return fields{"value": id} }

// open decodes a vendor's answer, whether the object stands alone, under its
// entity's name, or in an envelope with a list of one.
func open(raw []byte, name string, into any) error {
	if !bytes.Contains(raw, []byte(`"`+name+`":`)) { // stands alone: the common case, decoded once
		if err := json.Unmarshal(raw, into); err != nil {
			return fmt.Errorf("answer for %s: %w", name, err)
		}
		return nil
	}
	var outer map[string]json.RawMessage
	if err := json.Unmarshal(raw, &outer); err != nil {
		return fmt.Errorf("answer for %s: %w", name, err)
	}
	if inner, ok := outer[name]; ok && len(inner) > 0 {
		switch inner[0] {
		case '{':
			raw = inner
		case '[':
			var rows []json.RawMessage
			if err := json.Unmarshal(inner, &rows); err == nil && len(rows) > 0 && rows[0][0] == '{' {
				raw = rows[0]
			}
		}
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("answer for %s: %w", name, err)
	}
	return nil
}

// links finds URLs in what a customer reads.
var links = regexp.MustCompile(`https?://[^\s"<>]+`)

const isoDate = "2006-01-02"

// rate is a plausible price of one unit of the dearer currency, moving from
// quarter to quarter, as decimal text with four digits.
func rate(base int64, at time.Time) string {
	quarter := int64(at.Year()*4 + int(at.Month()-1)/3)
	v := base + (quarter*37)%300
	return fmt.Sprintf("%d.%04d", v/10000, v%10000)
}
