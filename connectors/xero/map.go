package xero

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// mapper turns elements of answers into drafts. It is pure: what an element
// does not say itself, it is given.
type mapper struct {
	home money.Currency
	// currencies are those of bank accounts, by AccountID: bank transfers
	// name none.
	currencies map[string]money.Currency
}

// row is one element of a list. A row that is not kept belongs to another
// side of the books, such as a bill.
type row struct {
	draft mapping.Draft
	keep  bool
}

// draftOf is the frame of a draft. Order is the millisecond of Xero's own
// last change.
func draftOf(kind receivables.Kind, id string, s stamp, raw json.RawMessage) mapping.Draft {
	d := mapping.Draft{Kind: kind, ID: id, Changed: s.at(), Raw: raw, Scale: money.ISO}
	if !d.Changed.IsZero() {
		d.Order = d.Changed.UnixMilli()
	}
	return d
}

// unreadable keeps an element that cannot be decoded, under its own id if
// that can be read, else under one made of its content.
func unreadable(kind receivables.Kind, idKey string, raw json.RawMessage, err error) row {
	var keys map[string]json.RawMessage
	var id string
	var s stamp
	if json.Unmarshal(raw, &keys) == nil {
		_ = json.Unmarshal(keys[idKey], &id)
		_ = json.Unmarshal(keys["UpdatedDateUTC"], &s.UpdatedDateUTC)
	}
	if id == "" {
		sum := sha256.Sum256(raw)
		id = "unreadable-" + hex.EncodeToString(sum[:8])
	}
	d := draftOf(kind, id, s, raw)
	d.Problem = err.Error()
	return row{draft: d, keep: true}
}

// stateOf reads a document's status. DELETED is not a state of the model but
// the end of the document.
func stateOf(status string) (state receivables.State, deleted bool, err error) {
	switch status {
	case "DRAFT", "SUBMITTED":
		return receivables.StateDraft, false, nil
	case "AUTHORISED", "PAID":
		return receivables.StateLive, false, nil
	case "VOIDED":
		return receivables.StateVoid, false, nil
	case "DELETED":
		return receivables.StateDeleted, true, nil
	}
	return "", false, fmt.Errorf("the status %.20q is not known", status)
}

// state puts the status into the draft; an unknown one becomes its problem.
func (r *row) state(status string) receivables.State {
	state, deleted, err := stateOf(status)
	if err != nil {
		r.draft.Problem = err.Error()
	}
	r.draft.Deleted = deleted
	return state
}

// base is amount in the organisation's currency at the document's own rate,
// which is foreign units for one unit of the base currency (Xero docs:
// accounting/currencies). "" when there is no rate to go by.
func (m mapper) base(amount number, currency string, rate number) string {
	if m.home == "" || currency == string(m.home) {
		return string(amount)
	}
	if amount.zero() {
		return "0"
	}
	a, err := decimal.NewFromString(string(amount))
	if err != nil || rate.zero() {
		return ""
	}
	r, err := decimal.NewFromString(string(rate))
	if err != nil {
		return ""
	}
	digits, ok := money.ISO(m.home)
	if !ok {
		return ""
	}
	return a.DivRound(r, int32(digits)).StringFixed(int32(digits))
}

// rateText is a rate worth keeping: Xero prints 0 or nothing for documents in
// the base currency.
func rateText(rate number) string {
	if rate.zero() {
		return ""
	}
	return string(rate)
}

func (m mapper) invoice(raw json.RawMessage) row {
	w, err := decode[wireInvoice](raw)
	if err != nil {
		return unreadable(receivables.KindInvoice, "InvoiceID", raw, err)
	}
	r := row{draft: draftOf(receivables.KindInvoice, w.InvoiceID, w.stamp, raw), keep: w.Type != "ACCPAY"}
	link, visible := linkOf(w)
	i := &mapping.InvoiceDraft{
		Invoice: receivables.Invoice{
			ID: w.InvoiceID, Number: w.InvoiceNumber, Reference: w.Reference,
			CustomerID: w.Contact.ContactID, Rate: rateText(w.CurrencyRate), Lines: linesOf(w.LineItems),
			Sent: bool(w.SentToContact), Attachments: bool(w.HasAttachments),
			Link: link, LinkVisible: visible,
		},
		Currency: w.CurrencyCode, Home: string(m.home),
		Issued: w.civil(), Due: civilOf(w.DueDate, w.DueDateString),
		Total: string(w.Total), Tax: string(w.TotalTax),
		Balance: string(w.AmountDue), Paid: string(w.AmountPaid), Credited: string(w.AmountCredited),
		HomeBalance: m.base(w.AmountDue, w.CurrencyCode, w.CurrencyRate),
	}
	if w.SentToEmailAddress != "" {
		i.Recipients = []string{w.SentToEmailAddress}
	}
	i.State = r.state(w.Status)
	if w.Type != "ACCREC" {
		r.draft.Problem = fmt.Sprintf("the type %.20q is not known", w.Type)
	}
	if i.Credited == "" {
		i.Credited = creditedOf(w)
	}
	r.draft.Invoice = i
	return r
}

// creditedOf stands in where an answer leaves AmountCredited out, as answers
// about a single invoice do: it is what Total, due and paid leave.
func creditedOf(w wireInvoice) string {
	total, errT := decimal.NewFromString(string(w.Total))
	due, errD := decimal.NewFromString(string(w.AmountDue))
	paid, errP := decimal.NewFromString(string(w.AmountPaid))
	if errT != nil || errD != nil || errP != nil || w.Status == "VOIDED" {
		return ""
	}
	return total.Sub(due).Sub(paid).String()
}

func linesOf(wire []wireLine) []receivables.Line {
	var lines []receivables.Line
	for _, l := range wire {
		item := l.Item.ItemID
		if item == "" {
			item = l.ItemCode
		}
		lines = append(lines, receivables.Line{
			ID: l.LineItemID, Description: l.Description,
			Quantity: string(l.Quantity), UnitPrice: string(l.UnitAmount), Amount: string(l.LineAmount),
			TaxCode: l.TaxType, AccountID: l.AccountID, ItemID: item,
		})
	}
	return lines
}

// credit maps credit notes, overpayments and prepayments, which share their
// shape. Those of suppliers are not kept.
func (m mapper) credit(kind receivables.CreditKind, idKey string) func(json.RawMessage) row {
	return func(raw json.RawMessage) row {
		w, err := decode[wireCredit](raw)
		if err != nil {
			return unreadable(receivables.KindCredit, idKey, raw, err)
		}
		id := map[string]string{
			"CreditNoteID": w.CreditNoteID, "OverpaymentID": w.OverpaymentID, "PrepaymentID": w.PrepaymentID,
		}[idKey]
		sales := w.Type == "ACCRECCREDIT" || strings.HasPrefix(w.Type, "RECEIVE-") || strings.HasPrefix(w.Type, "AR")
		purchase := suppliers(w.Type)
		r := row{draft: draftOf(receivables.KindCredit, id, w.stamp, raw), keep: !purchase}
		c := &mapping.CreditDraft{
			Credit: receivables.Credit{
				ID: id, Kind: kind, Number: w.CreditNoteNumber, CustomerID: w.Contact.ContactID,
				Rate: rateText(w.CurrencyRate), Note: w.Reference, Marker: markerOf(w.Type, w.Reference, w.LineItems),
			},
			Currency: w.CurrencyCode, Home: string(m.home), Issued: w.civil(),
			Total: string(w.Total), Remaining: string(w.RemainingCredit),
			HomeRemaining: m.base(w.RemainingCredit, w.CurrencyCode, w.CurrencyRate),
			Allocations:   allocationsOf(w.Allocations),
		}
		c.State = r.state(w.Status)
		if !sales && !purchase {
			r.draft.Problem = fmt.Sprintf("the type %.30q is not known", w.Type)
		}
		r.draft.Credit = c
		return r
	}
}

func allocationsOf(wire []wireAllocation) []mapping.AllocationDraft {
	var out []mapping.AllocationDraft
	for _, a := range wire {
		if !bool(a.IsDeleted) {
			out = append(out, mapping.AllocationDraft{
				Target: receivables.Ref{Kind: receivables.KindInvoice, ID: a.Invoice.InvoiceID},
				Amount: string(a.Amount),
			})
		}
	}
	return out
}
