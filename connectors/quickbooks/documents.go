package quickbooks

import (
	"encoding/json"
	"strings"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// settle says of each posting of a foreign document what it is worth in home
// currency, in which the account may be: Intuit states one rate for all of them.
func (m mapper) settle(d *mapping.DocumentDraft) {
	w := wireMoney{CurrencyRef: wireRef{Value: d.Currency}, ExchangeRate: json.Number(d.Rate)}
	for i, p := range d.Postings {
		d.Postings[i].Settled, d.Postings[i].SettledIn = m.inHome(json.Number(p.Amount), w), string(m.home)
	}
}

// document fills what all other transactions have in common. Postings name
// the accounts that the transaction itself names; sides that QuickBooks keeps
// to itself (tax, items, undeposited funds behind a linked payment) are not
// made up, so they need not add up to zero.
func (m mapper) document(h wireHead, w wireMoney, kind receivables.DocumentKind, entity string) *mapping.DocumentDraft {
	return &mapping.DocumentDraft{
		Document: receivables.Document{
			ID: entity + ":" + h.ID, Kind: kind, State: w.state(nil), Number: w.DocNumber,
			Rate: plain(w.ExchangeRate), Note: w.PrivateNote, Marker: connectors.FindMarker(w.PrivateNote),
		},
		Currency: m.currency(w.CurrencyRef), Date: w.TxnDate, Total: plain(w.TotalAmt),
	}
}

func post(d *mapping.DocumentDraft, account wireRef, amount, customer string) {
	if account.Value != "" && amount != "" {
		d.Postings = append(d.Postings, mapping.PostingDraft{AccountID: account.Value, Amount: amount, CustomerID: customer})
	}
}

// minus negates an amount as text, exactly.
func minus(n json.Number) string {
	text := plain(n)
	switch {
	case isZero(n):
		return text
	case strings.HasPrefix(text, "-"):
		return text[1:]
	}
	return "-" + text
}

// purchase maps an expense: it takes from its account and adds to those of
// its lines; a credit (refund of a card purchase) is the other way round.
func (m mapper) purchase(raw []byte, d *mapping.Draft) (wireHead, error) {
	w, err := decode[wirePurchase](raw)
	if err != nil {
		return w.wireHead, err
	}
	doc := m.document(w.wireHead, w.wireMoney, receivables.DocumentExpense, "Purchase")
	out, in := minus(w.TotalAmt), plain
	if w.Credit {
		out, in = plain(w.TotalAmt), minus
	}
	post(doc, w.AccountRef, out, "")
	if strings.EqualFold(w.EntityRef.Type, "Customer") {
		doc.CustomerID = w.EntityRef.Value
	}
	for _, l := range w.Line {
		if detail := l.AccountBasedExpenseLineDetail; detail != nil {
			post(doc, detail.AccountRef, in(l.Amount), orElse(detail.CustomerRef.Value, doc.CustomerID))
		}
	}
	d.Document = doc
	return w.wireHead, nil
}

func (m mapper) transfer(raw []byte, d *mapping.Draft) (wireHead, error) {
	w, err := decode[wireTransfer](raw)
	if err != nil {
		return w.wireHead, err
	}
	w.TotalAmt = w.Amount // a transfer states Amount and no TotalAmt
	doc := m.document(w.wireHead, w.wireMoney, receivables.DocumentTransfer, "Transfer")
	post(doc, w.FromAccountRef, minus(w.Amount), "")
	post(doc, w.ToAccountRef, plain(w.Amount), "")
	d.Document = doc
	return w.wireHead, nil
}

// deposit maps a bank deposit. Lines that link a transaction take it out of
// undeposited funds, whose account the body does not name: Contains lists
// them. Other lines state their account; negative amounts are allowed there.
func (m mapper) deposit(raw []byte, d *mapping.Draft) (wireHead, error) {
	w, err := decode[wireDeposit](raw)
	if err != nil {
		return w.wireHead, err
	}
	doc := m.document(w.wireHead, w.wireMoney, receivables.DocumentDeposit, "Deposit")
	post(doc, w.DepositToAccountRef, plain(w.TotalAmt), "")
	for _, l := range w.Line {
		for _, linked := range l.LinkedTxn {
			doc.Contains = append(doc.Contains, linkedRef(linked))
		}
		if detail := l.DepositLineDetail; detail != nil && len(l.LinkedTxn) == 0 {
			customer := ""
			if strings.EqualFold(detail.Entity.Type, "Customer") {
				customer = detail.Entity.Value
			}
			post(doc, detail.AccountRef, minus(l.Amount), customer)
		}
	}
	if w.CashBack != nil {
		post(doc, w.CashBack.AccountRef, plain(w.CashBack.Amount), "")
	}
	d.Document = doc
	return w.wireHead, nil
}

// journal maps a journal entry. Its TotalAmt is 0 in what the API sends
// (recorded), so the total is the sum of its debits.
func (m mapper) journal(raw []byte, d *mapping.Draft) (wireHead, error) {
	w, err := decode[wireJournal](raw)
	if err != nil {
		return w.wireHead, err
	}
	debits := decimal.Zero
	doc := m.document(w.wireHead, w.wireMoney, receivables.DocumentJournal, "JournalEntry")
	for _, l := range w.Line {
		detail := l.JournalEntryLineDetail
		if detail == nil {
			continue
		}
		customer := ""
		if strings.EqualFold(detail.Entity.Type, "Customer") {
			customer = detail.Entity.EntityRef.Value
		}
		amount := plain(l.Amount)
		if detail.PostingType == "Credit" {
			amount = minus(l.Amount)
		} else if n, err := decimal.NewFromString(amount); err == nil {
			debits = debits.Add(n)
		}
		post(doc, detail.AccountRef, amount, customer)
	}
	doc.Total = debits.String()
	if !debits.IsZero() {
		doc.State = receivables.StateLive
	}
	d.Document = doc
	return w.wireHead, nil
}

func (m mapper) salesReceipt(raw []byte, d *mapping.Draft) (wireHead, error) {
	w, err := decode[wireReceipt](raw)
	if err != nil {
		return w.wireHead, err
	}
	d.Document = m.document(w.wireHead, w.wireMoney, receivables.DocumentSalesReceipt, "SalesReceipt")
	d.Document.CustomerID, d.Document.Reference = w.CustomerRef.Value, w.PaymentRefNum
	post(d.Document, w.DepositToAccountRef, plain(w.TotalAmt), "")
	return w.wireHead, nil
}

// refundReceipt maps a refund: DepositToAccountRef is the account that the
// money leaves (Intuit docs: refundreceipt).
func (m mapper) refundReceipt(raw []byte, d *mapping.Draft) (wireHead, error) {
	w, err := decode[wireReceipt](raw)
	if err != nil {
		return w.wireHead, err
	}
	d.Document = m.document(w.wireHead, w.wireMoney, receivables.DocumentRefundReceipt, "RefundReceipt")
	d.Document.CustomerID, d.Document.Reference = w.CustomerRef.Value, w.PaymentRefNum
	post(d.Document, w.DepositToAccountRef, minus(w.TotalAmt), "")
	return w.wireHead, nil
}
