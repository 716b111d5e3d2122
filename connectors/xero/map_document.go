package xero

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// payment maps a Payment: on a sales invoice it is a receipt, any other is a
// document that moves money on a bank account.
func (m mapper) payment(raw json.RawMessage) row {
	w, err := decode[wirePayment](raw)
	if err != nil {
		return unreadable(receivables.KindReceipt, "PaymentID", raw, err)
	}
	settled := w.settled()
	if w.PaymentType == "ACCRECPAYMENT" {
		return m.receipt(w, settled, raw)
	}
	kind, sign, known := paymentEffect(w.PaymentType)
	r := row{draft: draftOf(receivables.KindDocument, w.PaymentID, w.stamp, raw), keep: true}
	doc := &mapping.DocumentDraft{
		Document: receivables.Document{
			ID: w.PaymentID, Kind: kind, CustomerID: settled.Contact.ContactID, Rate: rateText(w.CurrencyRate),
			Reference: w.Reference, Note: w.PaymentType, Marker: connectors.FindMarker(w.Reference),
			Reconciled: w.reconciled(),
		},
		Currency: settled.CurrencyCode, Date: w.civil(), Total: string(w.Amount),
	}
	doc.State = r.state(w.Status)
	if w.Account.AccountID != "" {
		amount, in := m.onAccount(w, settled.CurrencyCode)
		doc.Postings = []mapping.PostingDraft{{
			AccountID: w.Account.AccountID, Amount: signed(sign, w.Amount), Settled: signed(sign, number(amount)), SettledIn: in,
		}}
	}
	if !known {
		r.draft.Problem = fmt.Sprintf("the payment type %.30q is not known", w.PaymentType)
	}
	r.draft.Document = doc
	return r
}

func (m mapper) receipt(w wirePayment, settled wireSettled, raw json.RawMessage) row {
	r := row{draft: draftOf(receivables.KindReceipt, w.PaymentID, w.stamp, raw), keep: true}
	receipt := &mapping.ReceiptDraft{
		Receipt: receivables.Receipt{
			ID: w.PaymentID, CustomerID: settled.Contact.ContactID, Rate: rateText(w.CurrencyRate),
			AccountID: w.Account.AccountID, Reference: w.Reference,
			Marker: connectors.FindMarker(w.Reference), Reconciled: w.reconciled(),
		},
		Currency: settled.CurrencyCode, Home: string(m.home), Date: w.civil(),
		Total: string(w.Amount), Unapplied: "0",
		Allocations: []mapping.AllocationDraft{{
			Target: receivables.Ref{Kind: receivables.KindInvoice, ID: settled.InvoiceID},
			Amount: string(w.Amount),
		}},
	}
	receipt.Settled, receipt.SettledIn = m.onAccount(w, settled.CurrencyCode)
	receipt.State = r.state(w.Status)
	r.draft.Receipt = receipt
	return r
}

// onAccount is what a payment in a currency puts on an account in another one:
// BankAmount, which is in the account's currency (Xero docs:
// accounting/payments, since June 2026), or what follows from the rate where an
// older payment states none. The body rarely names the account's currency: on
// foreign documents it is taken for the home currency, and counts only where the
// account is in that.
func (m mapper) onAccount(w wirePayment, currency string) (amount, in string) {
	if in = w.Account.CurrencyCode; in == "" && currency != string(m.home) {
		in = string(m.home)
	}
	digits, known := money.ISO(money.Currency(in))
	put, err := decimal.NewFromString(string(w.BankAmount))
	switch {
	case !known || in == currency:
		return "", ""
	case err == nil && put.Equal(put.Truncate(int32(digits))):
		return string(w.BankAmount), in
	case w.BankAmount == "" && in == string(m.home):
		return m.base(w.Amount, currency, w.CurrencyRate), in
	}
	return "", ""
}

// settled is the document that the payment settles. A refund of an
// overpayment was seen to stand under Invoice (calcinai/xero-php issue 889).
func (w wirePayment) settled() wireSettled {
	for _, d := range []*wireSettled{w.Invoice, w.CreditNote, w.Overpayment, w.Prepayment} {
		if d != nil {
			return *d
		}
	}
	return wireSettled{}
}

// reconciled prefers the batch's word: on payments in a batch Xero's own field
// was seen to be wrong (XeroAPI/Xero-OpenAPI issue 205).
func (w wirePayment) reconciled() bool {
	if w.BatchPayment != nil {
		return bool(w.BatchPayment.IsReconciled)
	}
	return bool(w.IsReconciled)
}

// paymentEffect is what a payment other than a receipt does to its bank
// account (Xero docs: accounting/types, payment types): it pays suppliers or
// returns credits, or suppliers return theirs.
func paymentEffect(paymentType string) (kind receivables.DocumentKind, sign int, known bool) {
	switch paymentType {
	case "ACCPAYPAYMENT", "ARCREDITPAYMENT", "AROVERPAYMENTPAYMENT", "ARPREPAYMENTPAYMENT":
		return receivables.DocumentExpense, -1, true
	case "APCREDITPAYMENT", "APOVERPAYMENTPAYMENT", "APPREPAYMENTPAYMENT":
		return receivables.DocumentIncome, 1, true
	}
	return receivables.DocumentExpense, -1, false
}

// signed turns an amount around without reading it as a number, so that what
// is not one is still shown as it came.
func signed(sign int, amount number) string {
	text := string(amount)
	if sign > 0 || text == "" {
		return text
	}
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		return rest
	}
	return "-" + text
}

// bankTransaction maps spent and received money. The two halves of a bank
// transfer, which this list also shows, are not kept: the transfer itself is
// one document.
func (m mapper) bankTransaction(raw json.RawMessage) row {
	w, err := decode[wireBankTransaction](raw)
	if err != nil {
		return unreadable(receivables.KindDocument, "BankTransactionID", raw, err)
	}
	r := row{
		draft: draftOf(receivables.KindDocument, w.BankTransactionID, w.stamp, raw),
		keep:  !strings.HasSuffix(w.Type, "-TRANSFER"),
	}
	doc := &mapping.DocumentDraft{
		Document: receivables.Document{
			ID: w.BankTransactionID, Kind: receivables.DocumentExpense, CustomerID: w.Contact.ContactID,
			Rate: rateText(w.CurrencyRate), Reference: w.Reference,
			Marker: markerOf(w.Type, w.Reference, w.LineItems), Reconciled: bool(w.IsReconciled),
		},
		Currency: w.CurrencyCode, Date: w.civil(), Total: string(w.Total),
	}
	sign := -1
	switch {
	case strings.HasPrefix(w.Type, "RECEIVE"):
		doc.Kind, sign = receivables.DocumentIncome, 1
	case !strings.HasPrefix(w.Type, "SPEND"):
		r.draft.Problem = fmt.Sprintf("the type %.30q is not known", w.Type)
	}
	if len(w.LineItems) > 0 {
		doc.Note = w.LineItems[0].Description
	}
	doc.Postings = append([]mapping.PostingDraft{{AccountID: w.BankAccount.AccountID, Amount: signed(sign, w.Total)}},
		linePostings(w, -sign)...)
	doc.State = r.state(w.Status)
	r.draft.Document = doc
	return r
}

// linePostings are the other side of plain spent or received money, without
// tax. Over- and prepayments have theirs in a credit of their own.
func linePostings(w wireBankTransaction, sign int) []mapping.PostingDraft {
	if w.Type != "SPEND" && w.Type != "RECEIVE" {
		return nil
	}
	var out []mapping.PostingDraft
	for _, l := range w.LineItems {
		amount, err := decimal.NewFromString(string(l.LineAmount))
		if l.AccountID == "" || err != nil {
			continue
		}
		if tax, err := decimal.NewFromString(string(l.TaxAmount)); err == nil && w.LineAmountTypes == "Inclusive" {
			amount = amount.Sub(tax)
		}
		out = append(out, mapping.PostingDraft{AccountID: l.AccountID, Amount: signed(sign, number(amount.String()))})
	}
	return out
}

// transfer maps a bank transfer. It names no currency, so that the accounts'
// own must be known, and it shows no date of change: its order is that of its
// creation, and its state decides.
func (m mapper) transfer(raw json.RawMessage) row {
	w, err := decode[wireTransfer](raw)
	if err != nil {
		return unreadable(receivables.KindDocument, "BankTransferID", raw, err)
	}
	created := stamp{w.CreatedDateUTC, w.CreatedDateUTCString}
	r := row{draft: draftOf(receivables.KindDocument, w.BankTransferID, created, raw), keep: true}
	doc := &mapping.DocumentDraft{
		Document: receivables.Document{
			ID: w.BankTransferID, Kind: receivables.DocumentTransfer, Rate: rateText(w.CurrencyRate),
			Reference: w.Reference, Marker: connectors.FindMarker(w.Reference),
			// The bank's own statement shows the To side.
			Reconciled: bool(w.ToIsReconciled),
		},
		Currency: string(m.currency(w.FromBankAccount)), Date: w.civil(), Total: string(w.Amount),
		Postings: []mapping.PostingDraft{
			{AccountID: w.FromBankAccount.AccountID, Amount: signed(-1, w.Amount)},
			{AccountID: w.ToBankAccount.AccountID, Amount: string(w.Amount)},
		},
	}
	status := w.Status
	if status == "" {
		// Answers before July 2026 carry no Status; only live ones were shown.
		status = "AUTHORISED"
	}
	doc.State = r.state(status)
	r.draft.Document = doc
	return r
}

func (m mapper) currency(a wireAccount) money.Currency {
	if a.CurrencyCode != "" {
		return money.Currency(a.CurrencyCode)
	}
	return m.currencies[a.AccountID]
}
