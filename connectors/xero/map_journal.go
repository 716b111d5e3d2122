package xero

import (
	"encoding/json"
	"fmt"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// manualJournal maps a manual journal. Its total is what it debits. A journal
// that somebody has archived is not taken: no source says whether Xero still
// counts it.
func (m mapper) manualJournal(raw json.RawMessage) row {
	w, err := decode[wireManual](raw)
	if err != nil {
		return unreadable(receivables.KindDocument, "ManualJournalID", raw, err)
	}
	r := row{draft: draftOf(receivables.KindDocument, w.ManualJournalID, w.stamp, raw), keep: true}
	doc := &mapping.DocumentDraft{
		Document: receivables.Document{
			ID: w.ManualJournalID, Kind: receivables.DocumentJournal, Note: w.Narration, Marker: connectors.FindMarker(w.Narration),
		},
		Currency: string(m.home), Date: w.civil(),
	}
	var debits decimal.Decimal
	for _, l := range w.JournalLines {
		net, debit, err := w.amounts(l)
		if err != nil {
			r.draft.Problem = fmt.Sprintf("a line of the journal has no amount: %v", err)
			break
		}
		debits = debits.Add(debit)
		if l.AccountID != "" {
			doc.Postings = append(doc.Postings, mapping.PostingDraft{AccountID: l.AccountID, Amount: net.String()})
		}
	}
	doc.Total = debits.String()
	status := w.Status
	if status == "POSTED" {
		status = "AUTHORISED"
	}
	doc.State = r.state(status)
	if status == "ARCHIVED" {
		r.draft.Problem = "the journal is archived, and nothing says whether Xero still counts it"
	}
	r.draft.Document = doc
	return r
}

// amounts are what a line puts on its account, and what it debits with tax.
func (w wireManual) amounts(l wireManualLine) (net, debit decimal.Decimal, err error) {
	if net, err = decimal.NewFromString(string(l.LineAmount)); err != nil {
		return net, debit, err
	}
	gross := net
	if tax, err := decimal.NewFromString(string(l.TaxAmount)); err == nil {
		switch w.LineAmountTypes {
		case inclusive:
			net = net.Sub(tax)
		case exclusive:
			gross = gross.Add(tax)
		}
	}
	return net, decimal.Max(gross, decimal.Zero), nil
}

// batchPayment maps a batch of customers' payments: a document that contains
// them and moves nothing itself, because each of them stands on the bank
// account. Batches that pay suppliers are not kept.
func (m mapper) batchPayment(raw json.RawMessage) row {
	w, err := decode[wireBatch](raw)
	if err != nil {
		return unreadable(receivables.KindDocument, "BatchPaymentID", raw, err)
	}
	r := row{draft: draftOf(receivables.KindDocument, w.BatchPaymentID, w.stamp, raw), keep: w.Type != "PAYBATCH"}
	doc := &mapping.DocumentDraft{
		Document: receivables.Document{
			ID: w.BatchPaymentID, Kind: receivables.DocumentDeposit, Reference: w.Reference, Note: w.Details, Reconciled: bool(w.IsReconciled),
		},
		Currency: string(m.batchCurrency(w)), Date: w.civil(), Total: string(w.TotalAmount),
	}
	for _, p := range w.Payments {
		doc.Contains = append(doc.Contains, receivables.Ref{Kind: receivables.KindReceipt, ID: p.PaymentID})
	}
	if w.Type != "RECBATCH" && w.Type != "PAYBATCH" {
		r.draft.Problem = fmt.Sprintf("the type %.30q is not known", w.Type)
	}
	doc.State = r.state(w.Status)
	r.draft.Document = doc
	return r
}

// batchCurrency is that of the batch's account where it is shown. Batches are
// made in base currency only (Xero docs: accounting/batchpayments).
func (m mapper) batchCurrency(w wireBatch) money.Currency {
	if c := m.currency(w.Account); c != "" {
		return c
	}
	return m.home
}
