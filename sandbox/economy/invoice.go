package economy

import (
	"encoding/json"
	"fmt"
)

// The invoices are the bulk of a past, so that they alone are written from
// types of their own; all else is written from fields. Properties stand in the
// order of the alphabet, as those of fields do.

type quickbooksForm struct {
	BillEmail    *quickbooksAddress `json:",omitempty"`
	CurrencyRef  *quickbooksRef     `json:",omitempty"`
	CustomerMemo *quickbooksRef     `json:",omitempty"`
	CustomerRef  quickbooksRef
	DocNumber    string
	DueDate      string
	EmailStatus  string      `json:",omitempty"`
	ExchangeRate json.Number `json:",omitempty"`
	Line         []quickbooksLine
	SalesTermRef *quickbooksRef `json:",omitempty"`
	TxnDate      string
}

type quickbooksAddress struct{ Address string }

type quickbooksRef struct {
	Value string `json:"value"`
}

type quickbooksLine struct {
	Amount              json.Number
	Description         string
	DetailType          string
	SalesItemLineDetail struct {
		ItemRef   quickbooksRef
		Qty       int64
		UnitPrice json.Number
	}
}

// WriteInvoice writes an invoice and returns its Id.
func (q *quickbooksBooks) WriteInvoice(inv Invoice, customer string) (string, error) {
	item, err := q.service()
	if err != nil {
		return "", err
	}
	form := quickbooksForm{
		CustomerRef: quickbooksRef{customer}, DocNumber: inv.Number, Line: make([]quickbooksLine, len(inv.Lines)),
		TxnDate: q.date(inv.Issued), DueDate: q.date(inv.Issued.AddDate(0, 0, inv.DueDays)),
	}
	for i, l := range inv.Lines {
		line := &form.Line[i]
		line.DetailType, line.Description, line.Amount = "SalesItemLineDetail", l.Text, (l.Unit * Minor(l.Quantity)).number()
		line.SalesItemLineDetail.ItemRef.Value = item
		line.SalesItemLineDetail.Qty, line.SalesItemLineDetail.UnitPrice = l.Quantity, l.Unit.number()
	}
	if q.multi {
		form.CurrencyRef = &quickbooksRef{inv.Currency}
		if inv.Currency != q.home {
			form.ExchangeRate = json.Number(q.rate(inv.Issued))
		}
	}
	if term := q.term(inv.DueDays); term != "" {
		form.SalesTermRef = &quickbooksRef{term}
	}
	if inv.Memo != "" {
		form.CustomerMemo = &quickbooksRef{inv.Memo}
	}
	if email := q.emails[customer]; inv.Sent && email != "" {
		form.BillEmail, form.EmailStatus = &quickbooksAddress{email}, "EmailSent"
	}
	raw, err := json.Marshal(form)
	if err != nil {
		return "", fmt.Errorf("quickbooks: invoice: %w", err)
	}
	answer, err := q.company.Create("Invoice", raw)
	if err != nil {
		return "", fmt.Errorf("quickbooks: create Invoice %s: %w", inv.Number, err)
	}
	return madeID(answer, "Id")
}

type xeroForm struct {
	Contact         xeroRef
	CurrencyCode    string
	CurrencyRate    json.Number `json:",omitempty"`
	Date            string
	DueDate         string
	InvoiceNumber   string
	LineAmountTypes string
	LineItems       []xeroLine
	SentToContact   bool `json:",omitempty"`
	Status          string
	Type            string
}

type xeroRef struct{ ContactID string }

type xeroLine struct {
	AccountCode string
	Description string
	Quantity    int64
	TaxType     string
	UnitAmount  json.Number
}

// WriteInvoice writes an invoice and returns its InvoiceID.
func (x *xeroBooks) WriteInvoice(inv Invoice, customer string) (string, error) {
	tax := "NONE"
	if inv.Taxed && inv.Currency == x.home {
		tax = "OUTPUT2" // 20 % VAT on income (Xero docs: tax rates, United Kingdom)
	}
	form := xeroForm{
		Type: "ACCREC", Status: "AUTHORISED", Contact: xeroRef{customer}, InvoiceNumber: inv.Number, CurrencyCode: inv.Currency,
		Date: x.date(inv.Issued), DueDate: x.date(inv.Issued.AddDate(0, 0, inv.DueDays)),
		LineAmountTypes: "Exclusive", LineItems: make([]xeroLine, len(inv.Lines)), SentToContact: inv.Sent,
	}
	if inv.Currency != x.home {
		form.CurrencyRate = json.Number(x.rate(inv.Issued))
	}
	for i, l := range inv.Lines {
		form.LineItems[i] = xeroLine{Description: l.Text, Quantity: l.Quantity, UnitAmount: l.Unit.number(), AccountCode: "200", TaxType: tax}
	}
	raw, err := json.Marshal(form)
	if err != nil {
		return "", fmt.Errorf("xero: invoice: %w", err)
	}
	answer, err := x.org.Create("Invoices", raw)
	if err != nil {
		return "", fmt.Errorf("xero: create invoice %s: %w", inv.Number, err)
	}
	return madeID(answer, "InvoiceID")
}

// madeID reads one text property of the object that an answer is. The rest of
// it is passed over undecoded: nobody asks for it.
func madeID(answer []byte, name string) (string, error) {
	depth, key := 0, false
	for i := 0; i < len(answer); i++ {
		switch answer[i] {
		case '{', '[':
			depth++
			key = true
		case '}', ']':
			depth--
		case ',':
			key = true
		case ':':
			key = false
		case '"':
			from := i + 1
			for i++; i < len(answer) && answer[i] != '"'; i++ {
				if answer[i] == '\\' {
					i++
				}
			}
			if text := answer[from:min(i, len(answer))]; key && depth == 1 && string(text) == name {
				return textAfter(answer[i+1:], name)
			}
		}
	}
	return "", fmt.Errorf("answer without %s", name)
}

// textAfter reads the text after a name and its colon.
func textAfter(rest []byte, name string) (string, error) {
	var parts [2]int // the quotes
	found := 0
	for i := 0; i < len(rest) && found < 2; i++ {
		if rest[i] == '"' {
			parts[found], found = i, found+1
		}
	}
	if found < 2 {
		return "", fmt.Errorf("answer with %s that is no text", name)
	}
	return string(rest[parts[0]+1 : parts[1]]), nil
}
