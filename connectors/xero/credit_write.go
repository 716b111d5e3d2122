package xero

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// creditPath is the list that credits of a kind are kept in.
func creditPath(kind receivables.CreditKind) (string, error) {
	switch kind {
	case receivables.CreditNote:
		return "CreditNotes", nil
	case receivables.CreditOverpaid:
		return "Overpayments", nil
	case receivables.CreditPrepaid:
		return "Prepayments", nil
	}
	return "", fmt.Errorf("xero has no credit of kind %q", kind)
}

// lowerUnapplied books received money that pays no invoice: as an overpayment,
// which Xero itself codes to accounts receivable, or, where the booking names
// the account that it is owed from, as a prepayment. Both are made as bank
// transactions and have one line (Xero docs: accounting/banktransactions). A
// reference is kept for plain spent and received money only, so the marker
// stands in the line.
func (s *session) lowerUnapplied(b mapping.Booking, part mapping.Part, generation int) (connectors.Write, error) {
	if b.CustomerID == "" || part.Amount <= 0 || b.To == "" {
		return connectors.Write{}, fmt.Errorf("part %s pays no invoice: it needs a customer, an account and an amount above zero", part.Key())
	}
	w := frame(opTransaction, receivables.DocumentReceipt, b, []mapping.Part{part}, generation)
	w.Natural.AccountID, w.Natural.Amount = b.To, part.Amount
	body := bodyTransaction{
		Type: "RECEIVE-OVERPAYMENT", Contact: bodyID{ContactID: b.CustomerID}, BankAccount: bodyID{AccountID: b.To},
		Date: b.Date, LineAmountTypes: noTax, CurrencyRate: s.rate(b),
		LineItems: []bodyLine{{
			Description: reference(w.Marker, b.Source), Quantity: "1", UnitAmount: amount(part.Amount, b.Currency), AccountID: b.From,
		}},
	}
	if b.From != "" {
		body.Type = "RECEIVE-PREPAYMENT"
	}
	return w, fill(&w, http.MethodPut, "BankTransactions", priced(), body)
}

// maxDetails is the longest text of a batch payment that every country's bank
// takes (Xero docs: accounting/batchpayments).
const maxDetails = 18

// lowerDeposit books several invoices' payments as one BatchPayment, which
// stands in the bank account as one line. Xero takes base currency and sales
// invoices only, and none of the payments can be deleted alone (Xero docs:
// accounting/batchpayments). What it keeps of a payment's reference is not
// documented, so the document is also found by what it pays.
func (s *session) lowerDeposit(b mapping.Booking, generation int) (connectors.Write, error) {
	if s.access.Home != "" && b.Currency != s.access.Home {
		return connectors.Write{}, fmt.Errorf("a batch payment is in %s only", s.access.Home)
	}
	if b.To == "" {
		return connectors.Write{}, errors.New("it needs an account")
	}
	w := frame(opDeposit, receivables.DocumentDeposit, b, b.Parts, generation)
	body := bodyBatch{Account: bodyID{AccountID: b.To}, Date: b.Date, Details: short(w.Marker)}
	seen := map[string]bool{}
	for _, part := range b.Parts {
		if part.Target == "" || part.Amount <= 0 || seen[part.Target] {
			return connectors.Write{}, fmt.Errorf("part %s needs an invoice of its own and an amount above zero", part.Key())
		}
		seen[part.Target] = true
		body.Payments = append(body.Payments, bodyBatched{
			Invoice: bodyID{InvoiceID: part.Target}, Amount: amount(part.Amount, b.Currency),
			Reference: reference(connectors.Marker(b.Book, []mapping.Part{part}), b.Source),
		})
	}
	w.Natural.AccountID, w.Natural.InvoiceID, w.Natural.Amount = b.To, b.Parts[0].Target, b.Parts[0].Amount
	return w, fill(&w, http.MethodPut, "BatchPayments", perElement(), body)
}

// short is a marker without its prefix, as far as it fits.
func short(marker string) string {
	return marker[max(0, len(marker)-min(maxDetails, len(marker)-len("TIE-"))):]
}

// LowerAllocation applies part of a credit to an invoice (Xero docs:
// accounting/creditnotes, overpayments, prepayments: allocations). One
// allocation goes into a call: those that stand already must not be sent again
// (calcinai/xero-php issue 335).
func (s *session) LowerAllocation(a connectors.CreditAllocation) (connectors.Write, error) {
	path, err := creditPath(a.Credit.Kind)
	if err == nil && (a.Credit.ID == "" || a.InvoiceID == "" || a.Amount <= 0) {
		err = errors.New("it needs a credit, an invoice and an amount above zero")
	}
	if err == nil {
		err = checkMoney(a.Credit.Currency, a.Date)
	}
	if err != nil {
		return connectors.Write{}, fmt.Errorf("xero: lower allocation of credit %s: %w", a.Credit.ID, err)
	}
	var standing int64
	for _, old := range a.Credit.Allocations {
		if old.Target.ID == a.InvoiceID {
			standing += old.Amount
		}
	}
	w := connectors.Write{
		Op: opAllocation, Key: fmt.Sprintf("allocate:%s:%s:%d+%d:g%d", a.Credit.ID, a.InvoiceID, standing, a.Amount, a.Generation),
		Target: receivables.Ref{Kind: receivables.KindCredit, ID: a.Credit.ID},
		Natural: connectors.Natural{
			Kind: receivables.DocumentCredit, CustomerID: a.Credit.CustomerID, InvoiceID: a.InvoiceID,
			Date: a.Date, Amount: standing + a.Amount, Currency: a.Credit.Currency,
		},
	}
	body := map[string]any{"Allocations": []any{bodyAllocation{
		Invoice: bodyID{InvoiceID: a.InvoiceID}, Amount: amount(a.Amount, a.Credit.Currency), Date: a.Date,
	}}}
	raw, err := json.Marshal(body)
	if err == nil {
		err = seal(&w, wireWrite{
			Method: http.MethodPut, Path: path + "/" + url.PathEscape(a.Credit.ID) + "/Allocations",
			Query: perElement(), Plural: "Allocations", Body: raw,
		})
	}
	if err != nil {
		return connectors.Write{}, fmt.Errorf("xero: lower allocation of credit %s: %w", a.Credit.ID, err)
	}
	return w, nil
}

// LowerRelease deletes an allocation from the credit's side, which opens both
// ends again. The answer is the allocation itself, without a list around it
// (Xero spec: deleteCreditNoteAllocations).
func (s *session) LowerRelease(credit receivables.Ref, kind receivables.CreditKind, allocation string, generation int) (connectors.Write, error) {
	path, err := creditPath(kind)
	if err == nil && (credit.ID == "" || allocation == "") {
		err = errors.New("it needs a credit and an allocation")
	}
	w := connectors.Write{Op: opRelease, Key: fmt.Sprintf("release:%s:g%d", allocation, generation), Target: credit}
	if err == nil {
		err = seal(&w, wireWrite{
			Method: http.MethodDelete, Path: path + "/" + url.PathEscape(credit.ID) + "/Allocations/" + url.PathEscape(allocation),
		})
	}
	if err != nil {
		return connectors.Write{}, fmt.Errorf("xero: lower release of credit %s: %w", credit.ID, err)
	}
	return w, nil
}

// LowerRefund pays a credit back: a Payment on the credit note, overpayment or
// prepayment (Xero docs: accounting/payments).
func (s *session) LowerRefund(b mapping.Booking, credit receivables.Ref, kind receivables.CreditKind, generation int) (connectors.Write, error) {
	w, err := s.lowerRefund(b, credit, kind, generation)
	if err != nil {
		return connectors.Write{}, fmt.Errorf("xero: lower refund of credit %s: %w", credit.ID, err)
	}
	return w, nil
}

func (s *session) lowerRefund(b mapping.Booking, credit receivables.Ref, kind receivables.CreditKind, generation int) (connectors.Write, error) {
	if err := checkBooking(b); err != nil {
		return connectors.Write{}, err
	}
	body, err := s.refundAmounts(b)
	if err != nil {
		return connectors.Write{}, err
	}
	if credit.ID == "" || b.From == "" || b.Total() <= 0 {
		return connectors.Write{}, errors.New("it needs a credit, an account and an amount above zero")
	}
	w := frame(opRefund, receivables.DocumentExpense, b, b.Parts, generation)
	w.Target = credit
	w.Natural.AccountID, w.Natural.Amount = b.From, b.Total()
	if b.Settlement != "" {
		w.Natural.Currency = b.Settlement
	}
	body.Account, body.Date, body.Reference = bodyID{AccountID: b.From}, b.Date, reference(w.Marker, b.Source)
	switch kind {
	case receivables.CreditNote:
		body.CreditNote = &bodyCredit{CreditNoteID: credit.ID}
	case receivables.CreditOverpaid:
		body.Overpayment = &bodyCredit{OverpaymentID: credit.ID}
	case receivables.CreditPrepaid:
		body.Prepayment = &bodyCredit{PrepaymentID: credit.ID}
	default:
		return connectors.Write{}, fmt.Errorf("xero has no credit of kind %q", kind)
	}
	return w, fillIn(&w, paymentsRequest(body.BankAmount), body)
}

// refundAmounts is what is paid back, in the credit's currency, and what that
// takes from the account where it is in the base currency.
func (s *session) refundAmounts(b mapping.Booking) (bodyRefund, error) {
	if b.Settlement == "" {
		return bodyRefund{Amount: amount(b.Total(), b.Currency), CurrencyRate: s.rate(b)}, nil
	}
	if err := s.checkTwoCurrencies(b); err != nil {
		return bodyRefund{}, err
	}
	var back int64
	for _, l := range b.Lines {
		back += l.Amount
	}
	if back <= 0 {
		return bodyRefund{}, errors.New("its lines need an amount above zero")
	}
	return bodyRefund{Amount: amount(back, b.Currency), BankAmount: amount(b.Total(), b.Settlement)}, nil
}

func checkMoney(c money.Currency, d receivables.Date) error {
	if _, err := receivables.ParseDate(string(d)); err != nil {
		return err
	}
	if _, ok := money.ISO(c); !ok {
		return fmt.Errorf("%w %q", money.ErrCurrency, string(c))
	}
	return nil
}
