package quickbooks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// LowerAllocation applies a credit memo by a Payment of 0 that links both ends
// (recorded: payment 74 of the sample company). InvoiceID may also name an open
// debit that is a document, such as "Purchase:145". The rest of a payment is
// applied by changing that payment: see LowerRelink.
func (s *Session) LowerAllocation(a connectors.CreditAllocation) (connectors.Write, error) {
	digits, ok := money.ISO(a.Credit.Currency)
	switch {
	case a.Credit.Kind != receivables.CreditNote:
		return connectors.Write{}, fmt.Errorf("quickbooks: apply credit %s: a %s is applied by changing the payment", a.Credit.ID, a.Credit.Kind)
	case !ok:
		return connectors.Write{}, fmt.Errorf("quickbooks: apply credit %s: %w %q", a.Credit.ID, money.ErrCurrency, string(a.Credit.Currency))
	case a.Amount <= 0 || a.Amount > a.Credit.Remaining:
		return connectors.Write{}, fmt.Errorf("quickbooks: apply credit %s: %s is not what is open on it", a.Credit.ID, money.Text(a.Amount, digits))
	case a.Credit.CustomerID == "":
		return connectors.Write{}, fmt.Errorf("quickbooks: apply credit %s: it has no customer", a.Credit.ID)
	}
	if _, err := receivables.ParseDate(string(a.Date)); err != nil {
		return connectors.Write{}, fmt.Errorf("quickbooks: apply credit %s: %w", a.Credit.ID, err)
	}
	to, err := linkTo(targetOf(a.InvoiceID))
	if err != nil {
		return connectors.Write{}, fmt.Errorf("quickbooks: apply credit %s: %w", a.Credit.ID, err)
	}
	// What was applied before makes the next allocation of the same amount a
	// new one, and a repeated one the same.
	l := lowering{home: s.access.Home, digits: digits, Booking: mapping.Booking{
		Currency: a.Credit.Currency, Rate: a.Credit.Rate, Date: a.Date, Memo: fmt.Sprintf("Credit %s applied", orElse(a.Credit.Number, a.Credit.ID)),
	}}
	l.marker = connectors.Marker(Name+" credit", []mapping.Part{{
		Movement: a.Credit.ID + "/" + money.Text(a.Credit.Total-a.Credit.Remaining, digits), Purpose: "allocation", Target: a.InvoiceID,
	}})
	amount := l.text(a.Amount)
	body := paymentBody{
		head: l.head(), CustomerRef: ref{a.Credit.CustomerID}, TotalAmt: l.text(0),
		Line: []paymentLine{{amount, []linkedTxn{to}}, {amount, []linkedTxn{{a.Credit.ID, "CreditMemo"}}}},
	}
	natural := connectors.Natural{Kind: receivables.DocumentReceipt, CustomerID: a.Credit.CustomerID, InvoiceID: a.InvoiceID}
	return l.write(opApply, a.Generation, 0, request{Entity: "Payment", Body: body, Unapplied: money.Text(0, digits)}, natural)
}

// targetOf is what an allocation names: an invoice, or a document by the id
// that the model gives it.
func targetOf(id string) receivables.Ref {
	if strings.Contains(id, ":") {
		return receivables.Ref{Kind: receivables.KindDocument, ID: id}
	}
	return receivables.Ref{Kind: receivables.KindInvoice, ID: id}
}

// linkTo is how a payment line names a transaction. A cash Purchase goes by
// the name of Expense (Intuit docs: payment, LinkedTxn).
func linkTo(target receivables.Ref) (linkedTxn, error) {
	e, id, ok := entityOf(target)
	if !ok {
		return linkedTxn{}, fmt.Errorf("there is no %s %q", target.Kind, target.ID)
	}
	switch e.name {
	case "Invoice", "CreditMemo", "JournalEntry", "Deposit":
		return linkedTxn{id, e.name}, nil
	case "Purchase":
		return linkedTxn{id, "Expense"}, nil
	}
	return linkedTxn{}, fmt.Errorf("a %s is not paid by a payment", e.name)
}

// LowerRelease takes back an allocation: the Payment of 0 that it is.
func (s *Session) LowerRelease(credit receivables.Ref, kind receivables.CreditKind, allocation string, generation int) (connectors.Write, error) {
	if kind != receivables.CreditNote || allocation == "" {
		return connectors.Write{}, fmt.Errorf("quickbooks: release credit %s: only that of a credit memo is a payment of its own", credit.ID)
	}
	r := request{Entity: "Payment", Query: map[string]string{"operation": "delete"}, Body: map[string]string{"Id": allocation}}
	key := hashedKey("release", generation, credit.ID, allocation)
	body, err := r.encode(key)
	return connectors.Write{Op: opRelease, Key: key, Target: receivables.Ref{Kind: receivables.KindReceipt, ID: allocation}, Body: body}, err
}

// withVersion reads the payment that is to be deleted, for its version, and
// refuses one that is money.
func (s *Session) withVersion(ctx context.Context, w connectors.Write) (json.RawMessage, error) {
	e, id, _ := entityOf(w.Target)
	raw, err := s.readRaw(ctx, w.Op, e, id)
	if err != nil {
		return nil, err
	}
	p, err := decode[wirePayment](raw)
	switch {
	case err != nil:
		return nil, malformed(w.Op, answer{}, err)
	case !isZero(p.TotalAmt):
		return nil, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: w.Op, Text: "payment " + id + " is money and no allocation of a credit"}
	}
	body, err := json.Marshal(version{p.ID, p.SyncToken})
	if err != nil {
		return nil, fmt.Errorf("quickbooks: release %s: %w", id, err)
	}
	return body, nil
}

// version names an object as it was last seen.
type version struct {
	ID        string `json:"Id"`
	SyncToken string `json:"SyncToken"`
}

// LowerRefund pays a credit back: a cash Purchase from clearing to receivables
// for the customer, an open debit. The credit is taken by applying it to that
// document, whose id is known once it stands: LowerAllocation for a credit
// memo, LowerRelink for the rest of a payment.
func (s *Session) LowerRefund(b mapping.Booking, credit receivables.Ref, kind receivables.CreditKind, generation int) (connectors.Write, error) {
	if b.Kind != receivables.DocumentExpense || b.Total() <= 0 {
		return connectors.Write{}, fmt.Errorf("quickbooks: refund of credit %s: not an expense", credit.ID)
	}
	if b.Credit == nil {
		b.Credit = &mapping.Credit{ID: credit.ID, Kind: kind, Customer: b.CustomerID}
	}
	writes, err := s.Lower(b, generation)
	if err != nil {
		return connectors.Write{}, err
	}
	return writes[0], nil
}

// hashedKey is a key of a write that makes no document. It holds what the write
// depends on, because a request id must not be used again for another body.
func hashedKey(what string, generation int, texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\n")))
	return fmt.Sprintf("%s:%s:g%d", what, hex.EncodeToString(sum[:12]), generation)
}
