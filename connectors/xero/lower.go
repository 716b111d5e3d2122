package xero

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// lowerExpense makes spent money; a sum below zero, such as a fee that was
// given back, is received money on the same account. One that pays a credit
// back is a payment on the credit.
func (s *session) lowerExpense(b mapping.Booking, generation int) (connectors.Write, error) {
	if c := b.Credit; c != nil {
		return s.lowerRefund(b, receivables.Ref{Kind: receivables.KindCredit, ID: c.ID}, c.Kind, generation)
	}
	total := b.Total()
	if total == 0 || b.From == "" {
		return connectors.Write{}, errors.New("it needs two accounts and an amount other than zero")
	}
	kind, sign := "SPEND", int64(1)
	if total < 0 {
		kind, sign = "RECEIVE", -1
	}
	lines, types, err := linesOfBooking(b, sign)
	if err != nil {
		return connectors.Write{}, err
	}
	w := frame(opTransaction, receivables.DocumentExpense, b, b.Parts, generation)
	w.Natural.AccountID, w.Natural.Amount = b.From, total
	body := bodyTransaction{
		Type: kind, Contact: contactOf(b.Contact), BankAccount: bodyID{AccountID: b.From},
		Date: b.Date, Reference: reference(w.Marker, b.Source), CurrencyRate: s.rate(b), LineAmountTypes: types, LineItems: lines,
	}
	return w, fill(&w, http.MethodPut, "BankTransactions", priced(), body)
}

// lowerIncome makes received money without tax over one account, such as that
// of a payment which was returned later (Xero Central: record dishonoured and
// reversed payments).
func (s *session) lowerIncome(b mapping.Booking, generation int) (connectors.Write, error) {
	if b.Total() <= 0 || b.From == "" || b.To == "" || len(b.Lines) > 0 {
		return connectors.Write{}, errors.New("it needs two accounts and an amount above zero")
	}
	w := frame(opTransaction, b.Kind, b, b.Parts, generation)
	w.Natural.AccountID, w.Natural.Amount = b.To, b.Total()
	body := bodyTransaction{
		Type: "RECEIVE", Contact: contactOf(b.Contact), BankAccount: bodyID{AccountID: b.To}, Date: b.Date,
		Reference: reference(w.Marker, b.Source), CurrencyRate: s.rate(b), LineAmountTypes: noTax,
		LineItems: []bodyLine{{Description: describe(b), Quantity: "1", UnitAmount: amount(b.Total(), b.Currency), AccountID: b.From}},
	}
	return w, fill(&w, http.MethodPut, "BankTransactions", priced(), body)
}

// lowerInvoice makes a sales invoice over the booking's own accounts, such as
// one that says that a customer owes a returned payment again. It has no
// number: Xero gives the next one.
func (s *session) lowerInvoice(b mapping.Booking, generation int) (connectors.Write, error) {
	parts := b.Parts
	if b.Settlement != "" {
		var err error
		if b, err = s.worthSettled(b); err != nil {
			return connectors.Write{}, err
		}
	}
	// An approved invoice needs a due date (Xero docs: accounting/invoices),
	// and Xero refuses one before the invoice's date (Link My Books help:
	// invoice due date out of range). That of an older invoice is then told.
	due := b.Due
	if due < b.Date {
		if due != "" {
			b.Memo = fmt.Sprintf("%s (was due on %s)", describe(b), due)
		}
		due = b.Date
	}
	w, body, err := s.document(opInvoice, b, generation)
	if err == nil {
		body.LineItems, body.LineAmountTypes, err = linesOfBooking(b, 1)
	}
	if err != nil {
		return connectors.Write{}, err
	}
	body.Type, body.DueDate, w.Parts = "ACCREC", due, parts
	return w, fill(&w, http.MethodPut, "Invoices", priced(), body)
}

// lowerCredit makes a credit note over the booking's own accounts. Applying it
// to an invoice is a call of its own, once Xero has given it an id (Xero docs:
// accounting/creditnotes, allocations): LowerAllocation.
func (s *session) lowerCredit(b mapping.Booking, generation int) (connectors.Write, error) {
	w, body, err := s.document(opCredit, b, generation)
	if err == nil {
		body.LineItems, body.LineAmountTypes, err = linesOfBooking(b, 1)
	}
	if err != nil {
		return connectors.Write{}, err
	}
	body.Type = typeCreditNote
	return w, fill(&w, http.MethodPut, "CreditNotes", priced(), body)
}

// typeCreditNote is a credit note to a customer (Xero docs: accounting/types,
// credit note types).
const typeCreditNote = "ACCRECCREDIT"

// document is what invoices and credit notes share, but for their lines.
func (s *session) document(op string, b mapping.Booking, generation int) (connectors.Write, bodyDocument, error) {
	if b.CustomerID == "" || b.Total() <= 0 {
		return connectors.Write{}, bodyDocument{}, errors.New("it needs a customer and an amount above zero")
	}
	w := frame(op, b.Kind, b, b.Parts, generation)
	w.Natural.Amount = b.Total()
	body := bodyDocument{
		Contact: bodyID{ContactID: b.CustomerID}, Date: b.Date, Status: "AUTHORISED", Reference: reference(w.Marker, b.Source),
		CurrencyCode: b.Currency, CurrencyRate: s.rate(b),
	}
	if b.Draft {
		body.Status = "DRAFT"
	}
	return w, body, nil
}

// lowerJournal makes a manual journal that takes the booking's lines out of
// From. Journals are in base currency, and Xero keeps them off bank accounts,
// receivables and payables (Xero docs: accounting/manualjournals). They have
// no reference: the marker begins the narration.
func (s *session) lowerJournal(b mapping.Booking, generation int) (connectors.Write, error) {
	switch {
	case s.access.Home != "" && b.Currency != s.access.Home:
		return connectors.Write{}, fmt.Errorf("a manual journal is in %s only", s.access.Home)
	case b.From == "" || b.Total() == 0:
		return connectors.Write{}, errors.New("it needs two accounts and an amount other than zero")
	}
	lines, types, err := linesOfBooking(b, 1)
	if err != nil {
		return connectors.Write{}, err
	}
	if types != noTax {
		return connectors.Write{}, errors.New("a journal with tax is not written")
	}
	w := frame(opJournal, b.Kind, b, b.Parts, generation)
	w.Natural.AccountID, w.Natural.Amount = b.From, b.Total()
	body := bodyJournal{
		Narration: reference(w.Marker, b.Source) + ": " + describe(b), Date: b.Date, Status: "POSTED", LineAmountTypes: noTax,
	}
	if b.Draft {
		body.Status = "DRAFT"
	}
	for _, l := range lines {
		body.JournalLines = append(body.JournalLines, bodyJournalLine{Description: l.Description, LineAmount: l.UnitAmount, AccountID: l.AccountID})
	}
	body.JournalLines = append(body.JournalLines, bodyJournalLine{
		Description: describe(b), LineAmount: amount(-b.Total(), b.Currency), AccountID: b.From,
	})
	return w, fill(&w, http.MethodPut, "ManualJournals", perElement(), body)
}

// linesOfBooking are the lines that say where the booking's total goes: one
// without tax to To, or the booking's own. Amounts contain their tax, so that
// the total stays what it is; the tax is what the booking says, which Xero
// takes instead of its own (Xero spec: LineItem.TaxAmount), or Xero's own where
// it says none, as of sales. A document has either a tax code on each of its
// lines or none: which code means "no tax" differs from country to country
// (Xero docs: accounting/types, tax types).
func linesOfBooking(b mapping.Booking, sign int64) (lines []bodyLine, types string, err error) {
	from := b.Lines
	if len(from) == 0 {
		from = []mapping.BookingLine{{Account: b.To, Amount: b.Total()}}
	}
	var sum int64
	coded := 0
	for _, l := range from {
		if l.Account == "" {
			return nil, "", noAccount(l)
		}
		line := bodyLine{Description: describe(b), Quantity: "1", UnitAmount: amount(sign*l.Amount, b.Currency), AccountID: l.Account}
		if l.TaxCode != "" {
			line.TaxType = l.TaxCode
			if l.Tax != 0 {
				line.TaxAmount = amount(sign*l.Tax, b.Currency)
			}
			coded++
		}
		sum += l.Amount
		lines = append(lines, line)
	}
	switch {
	case sum != b.Total():
		return nil, "", fmt.Errorf("its lines come to %s, its parts to %s", said(sum, b), said(b.Total(), b))
	case coded == 0:
		return lines, noTax, nil
	case coded < len(from):
		return nil, "", errors.New("some of its lines have a tax code and others have none")
	}
	return lines, inclusive, nil
}

func noAccount(l mapping.BookingLine) error {
	if l.Invoice != "" {
		return fmt.Errorf("it credits the sale of invoice %s: the invoice's own lines are needed", l.Invoice)
	}
	return errors.New("it needs two accounts and an amount other than zero")
}

// rate is the booking's rate for Xero, foreign units for one of the base
// currency: "" where the document is in the base currency or no rate is known,
// and Xero takes that of the day (Xero docs: accounting/currencies).
func (s *session) rate(b mapping.Booking) json.Number {
	r, err := decimal.NewFromString(b.Rate)
	if err != nil || !r.IsPositive() || b.Currency == s.access.Home || s.access.Home == "" && r.Equal(decimal.New(1, 0)) {
		return ""
	}
	return json.Number(b.Rate)
}

// priced asks for prices as they were sent, beside a reason for each element.
func priced() url.Values {
	query := perElement()
	query.Set("unitdp", "4")
	return query
}
