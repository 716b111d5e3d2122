package economy

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"
)

// xeroOrganisation is what the bookkeeper does in a Xero organisation; the
// stand-in's Organisation fulfils it.
type xeroOrganisation interface {
	Create(kind string, body []byte) ([]byte, error)
	Update(kind, id string, body []byte) ([]byte, error)
	Void(kind, id string) error
	Allocate(kind, id string, body []byte) ([]byte, error)
	Read(kind, id string) ([]byte, error)
	List(kind string) [][]byte
}

// xeroBooks keeps a Xero organisation's books.
type xeroBooks struct {
	org    xeroOrganisation
	zone   *time.Location
	home   string
	stripe string // the contact for fees
	money  map[string]Accounts
	emails map[string]string
}

// NewXero opens the books of an organisation. It creates nothing until asked.
func NewXero(org xeroOrganisation, zone *time.Location, home string) Books {
	return &xeroBooks{org: org, zone: zone, home: home, money: map[string]Accounts{}, emails: map[string]string{}}
}

func (x *xeroBooks) create(kind string, body fields, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("xero: %s: %w", kind, err)
	}
	answer, err := x.org.Create(kind, raw)
	if err != nil {
		return fmt.Errorf("xero: create %s: %w", kind, err)
	}
	if into == nil {
		return nil
	}
	return open(answer, kind, into)
}

func (x *xeroBooks) rate(at time.Time) string { return rate(12400, at) }

func (x *xeroBooks) date(at time.Time) string { return at.In(x.zone).Format(isoDate) }

// priced adds currency and rate to a document. CurrencyRate is foreign units
// for one of the base currency.
func (x *xeroBooks) priced(body fields, currency string, at time.Time) fields {
	body["CurrencyCode"] = currency
	return x.rated(body, currency, at)
}

func (x *xeroBooks) rated(body fields, currency string, at time.Time) fields {
	if currency != x.home {
		body["CurrencyRate"] = json.Number(x.rate(at))
	}
	return body
}

func (x *xeroBooks) AddCustomer(c Customer, _ string) (string, error) {
	body := fields{"Name": c.Name, "DefaultCurrency": c.Currency}
	if c.Email != "" {
		body["EmailAddress"] = c.Email
	}
	if c.TermDays > 0 {
		// Sales.Day counts days after the bill date (Xero docs: accounting/contacts).
		body["PaymentTerms"] = fields{"Sales": fields{"Day": c.TermDays, "Type": "DAYSAFTERBILLDATE"}}
	}
	var made struct{ ContactID string }
	err := x.create("Contacts", body, &made)
	x.emails[made.ContactID] = c.Email
	return made.ContactID, err
}

// xeroInvoice is what the economy reads of an Invoice.
type xeroInvoice struct {
	InvoiceID     string
	InvoiceNumber string
	Type          string
	Status        string
	Contact       struct{ ContactID, Name string }
	CurrencyCode  string
	Total         Minor
	AmountDue     Minor
	LineItems     []struct{ Description string }
}

func (x *xeroBooks) document(raw []byte) (Document, xeroInvoice, error) {
	var v xeroInvoice
	if err := open(raw, "Invoices", &v); err != nil {
		return Document{}, v, fmt.Errorf("xero: %w", err)
	}
	d := Document{
		ID: v.InvoiceID, Number: v.InvoiceNumber, Customer: v.Contact.ContactID, Name: v.Contact.Name,
		Email: x.emails[v.Contact.ContactID], Currency: v.CurrencyCode, Total: v.Total, Balance: v.AmountDue,
	}
	for _, l := range v.LineItems {
		d.Text += l.Description + "\n"
	}
	return d, v, nil
}

func (x *xeroBooks) AddInvoice(inv Invoice, customer string) (Document, error) {
	return added(x, inv, customer)
}

func (x *xeroBooks) Document(id string) (Document, error) {
	raw, err := x.org.Read("Invoices", id)
	if err != nil {
		return Document{}, fmt.Errorf("xero: read invoice %s: %w", id, err)
	}
	d, _, err := x.document(raw)
	return d, err
}

func (x *xeroBooks) OpenInvoices() ([]Document, error) {
	for _, raw := range x.org.List("Contacts") {
		var c struct{ ContactID, EmailAddress string }
		if open(raw, "Contacts", &c) == nil {
			x.emails[c.ContactID] = c.EmailAddress
		}
	}
	var out []Document
	for _, raw := range x.org.List("Invoices") {
		d, v, err := x.document(raw)
		if err != nil {
			return nil, err
		}
		if v.Type == "ACCREC" && v.Status == "AUTHORISED" && d.Balance > 0 {
			out = append(out, d)
		}
	}
	sortDocuments(out)
	return out, nil
}

func (x *xeroBooks) Void(id string) error {
	if err := x.org.Void("Invoices", id); err != nil {
		return fmt.Errorf("xero: void invoice %s: %w", id, err)
	}
	return nil
}

// Receive enters one Payment for each invoice, as a Xero payment settles one
// document; money for nothing in particular is an overpayment.
func (x *xeroBooks) Receive(r Receipt) error {
	accounts, err := x.Accounts(r.Currency, r.Into == ToClearing)
	if err != nil {
		return err
	}
	account := accounts.Bank
	if r.Into == ToClearing {
		account = accounts.Clearing
	}
	for _, a := range r.Pays {
		body := x.rated(fields{
			"Invoice": fields{"InvoiceID": a.Invoice.ID}, "Account": fields{"AccountID": account},
			"Date": x.date(r.At), "Amount": a.Amount, "Reference": r.Note,
		}, r.Currency, r.At)
		if err := x.create("Payments", body, nil); err != nil {
			return err
		}
	}
	if len(r.Pays) > 0 {
		return nil
	}
	return x.bankTransaction("RECEIVE-OVERPAYMENT", r.Customer, account, fields{"Description": "Payment on account", "Quantity": 1, "UnitAmount": r.Amount, "TaxType": "NONE"}, r.Currency, r.At, r.Note)
}

func (x *xeroBooks) bankTransaction(kind, contact, account string, line fields, currency string, at time.Time, note string) error {
	body := x.priced(fields{
		"Type": kind, "Contact": fields{"ContactID": contact}, "BankAccount": fields{"AccountID": account},
		"Date": x.date(at), "LineAmountTypes": "NoTax", "LineItems": []fields{line},
	}, currency, at)
	if kind == "SPEND" || kind == "RECEIVE" { // others take no reference (Xero docs: accounting/banktransactions)
		body["Reference"] = note
	}
	return x.create("BankTransactions", body, nil)
}

func (x *xeroBooks) Credit(customer, currency string, amount Minor, at time.Time, applied *Document) error {
	var made struct{ CreditNoteID string }
	err := x.create("CreditNotes", x.priced(fields{
		"Type": "ACCRECCREDIT", "Status": "AUTHORISED", "Contact": fields{"ContactID": customer}, "Date": x.date(at), "LineAmountTypes": "NoTax",
		"LineItems": []fields{{"Description": "Credit", "Quantity": 1, "UnitAmount": amount, "AccountCode": "200"}},
	}, currency, at), &made)
	if err != nil || applied == nil {
		return err
	}
	raw, err := json.Marshal(fields{"Amount": amount, "Invoice": fields{"InvoiceID": applied.ID}})
	if err != nil {
		return fmt.Errorf("xero: allocation: %w", err)
	}
	if _, err := x.org.Allocate("CreditNotes", made.CreditNoteID, raw); err != nil {
		return fmt.Errorf("xero: allocate credit note to %s: %w", applied.Number, err)
	}
	return nil
}

func (x *xeroBooks) Fee(currency string, amount Minor, at time.Time, note string) error {
	accounts, err := x.Accounts(currency, true)
	if err != nil {
		return err
	}
	contact, err := x.stripeContact()
	if err != nil {
		return err
	}
	line := fields{"Description": "Stripe fees", "Quantity": 1, "UnitAmount": amount, "AccountCode": "404", "TaxType": "NONE"}
	return x.bankTransaction("SPEND", contact, accounts.Clearing, line, currency, at, note)
}

func (x *xeroBooks) Payout(currency string, amount Minor, at time.Time, note string) error {
	accounts, err := x.Accounts(currency, true)
	if err != nil {
		return err
	}
	from, to := accounts.Clearing, accounts.Bank
	if amount < 0 {
		from, to, amount = to, from, -amount
	}
	return x.create("BankTransfers", fields{
		"FromBankAccount": fields{"AccountID": from}, "ToBankAccount": fields{"AccountID": to},
		"Amount": amount, "Date": x.date(at), "Reference": note,
	}, nil)
}

// xeroAccount is what the economy reads of an Account.
type xeroAccount struct {
	AccountID    string
	Code         string
	Name         string
	Type         string
	Status       string
	CurrencyCode string
}

// bank gives the active bank account of this name, or, without words, the one
// of lowest code that is not Stripe's, in this currency; an account without a
// currency is in the base currency.
func (x *xeroBooks) bank(words, currency string) (id, name string) {
	var best xeroAccount
	for _, raw := range x.org.List("Accounts") {
		var a xeroAccount
		if open(raw, "Accounts", &a) != nil || a.Type != "BANK" || a.Status == "ARCHIVED" {
			continue
		}
		if a.CurrencyCode == "" {
			a.CurrencyCode = x.home
		}
		stripes := strings.HasPrefix(a.Name, "Stripe")
		if a.CurrencyCode != currency || words == "" && stripes || words != "" && !strings.EqualFold(a.Name, words) {
			continue
		}
		if best.AccountID == "" || a.Code < best.Code {
			best = a
		}
	}
	return best.AccountID, best.Name
}

func (x *xeroBooks) Accounts(currency string, create bool) (Accounts, error) {
	if a, ok := x.money[currency]; ok {
		return a, nil
	}
	a := Accounts{Currency: currency, ClearingName: "Stripe Clearing " + currency}
	a.Clearing, _ = x.bank(a.ClearingName, currency)
	a.Bank, a.BankName = x.bank("", currency)
	if !create {
		return a, nil
	}
	if a.Bank == "" {
		a.BankName = "Bank Account " + currency
		if err := x.addBank(&a.Bank, a.BankName, "09"+currency[:1], currency); err != nil {
			return a, err
		}
	}
	if a.Clearing == "" {
		if err := x.addBank(&a.Clearing, a.ClearingName, "08"+currency[:1], currency); err != nil {
			return a, err
		}
	}
	x.money[currency] = a
	return a, nil
}

func (x *xeroBooks) addBank(id *string, name, code, currency string) error {
	var made xeroAccount
	// Xero wants a BankAccountNumber for a BANK account (Xero docs: accounting/accounts).
	err := x.create("Accounts", fields{"Code": code, "Name": name, "Type": "BANK", "BankAccountNumber": "0000-" + code, "CurrencyCode": currency}, &made)
	*id = made.AccountID
	return err
}

func (x *xeroBooks) stripeContact() (string, error) {
	if x.stripe != "" {
		return x.stripe, nil
	}
	for _, raw := range x.org.List("Contacts") {
		var c struct{ ContactID, Name string }
		if open(raw, "Contacts", &c) == nil && c.Name == "Stripe" {
			x.stripe = c.ContactID
			return x.stripe, nil
		}
	}
	var made struct{ ContactID string }
	err := x.create("Contacts", fields{"Name": "Stripe"}, &made)
	x.stripe = made.ContactID
	return x.stripe, err
}

// sortDocuments orders by number, then by id: numbers rise with time.
func sortDocuments(docs []Document) {
	sort.Slice(docs, func(i, j int) bool {
		a, b := docs[i], docs[j]
		if len(a.Number) != len(b.Number) {
			return len(a.Number) < len(b.Number)
		}
		if a.Number != b.Number {
			return a.Number < b.Number
		}
		return a.ID < b.ID
	})
}
