package quickbooks

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

// removes says whether an operation takes something back, so that finding it
// gone is success.
func removes(op string) bool { return op == opRemove || op == opRelease }

// removable is what has to be known of an object to take it back.
type removable struct {
	wireHead
	wireMoney
	RemainingCredit json.Number
	Balance         json.Number
	CurrentBalance  json.Number
	Active          *bool
	LinkedTxn       []wireLinked
	Line            []wireLine
}

// LowerRemoval voids a payment or an invoice, which leaves a row of zeros, and
// deletes every other document. A payment that only applies a credit is deleted
// too. An account, vendor or payment method that was made for a book becomes
// inactive: QuickBooks deletes none. Whether a document was reconciled with the
// bank is not said by the API.
func (s *Session) LowerRemoval(r connectors.Removal) (w connectors.Write, needed bool, why string, err error) {
	name, id, known := removalOf(r.Document)
	current, err := decode[removable](r.Raw)
	switch {
	case !known:
		return w, false, "", fmt.Errorf("quickbooks: remove: there is no %s %q", r.Document.Kind, r.Document.ID)
	case err != nil || current.ID == "":
		return w, false, "", fmt.Errorf("quickbooks: remove: %s %s has no body that can be read: %w", name, id, orSyntax(err))
	case current.ID != id:
		return w, false, "", fmt.Errorf("quickbooks: remove: the body is that of %s %s, not %s", name, current.ID, id)
	case current.Status == "Deleted" || current.state(current.Line) == receivables.StateVoid:
		return w, false, "", nil
	case current.SyncToken == "":
		return w, false, "", fmt.Errorf("quickbooks: remove: %s %s has no version", name, id)
	case lists(name):
		return s.deactivation(r, name, current)
	}
	if why = inTheWay(name, current, r); why != "" {
		return w, false, why, nil
	}
	q := request{Entity: name, Query: map[string]string{"operation": "delete"}, Body: version{current.ID, current.SyncToken}}
	switch {
	case name == "Payment" && !isZero(current.TotalAmt): // Intuit docs: payment, void
		q.Query = map[string]string{"operation": "update", "include": "void"}
		q.Body = map[string]any{"Id": current.ID, "SyncToken": current.SyncToken, "sparse": true}
	case name == "Invoice": // Intuit docs: invoice, void
		q.Query = map[string]string{"operation": "void"}
	}
	return removal(r, q, current)
}

func removal(r connectors.Removal, q request, current removable) (w connectors.Write, needed bool, why string, err error) {
	key := hashedKey("remove", r.Generation, q.Entity, current.ID, current.SyncToken)
	w = connectors.Write{Op: opRemove, Key: key, Target: r.Document}
	w.Body, err = q.encode(key)
	return w, err == nil, "", err
}

// removalOf is Intuit's entity and id of what is to be taken back.
func removalOf(document receivables.Ref) (name, id string, ok bool) {
	switch document.Kind {
	case "contact":
		return "Vendor", document.ID, document.ID != ""
	case "method":
		return "PaymentMethod", document.ID, document.ID != ""
	}
	e, id, ok := entityOf(document)
	return e.name, id, ok && e.name != "Customer"
}

func lists(name string) bool { return name == "Account" || name == "Vendor" || name == "PaymentMethod" }

// voidable are the entities that we void and that stay; the others have gone
// once they are taken back.
func voidable(name string) bool { return name == "Payment" || name == "Invoice" }

// inTheWay says what rests on a document, as far as its body shows it, and does
// not go before it.
func inTheWay(name string, current removable, r connectors.Removal) string {
	var payments []string
	for _, l := range current.LinkedTxn {
		switch l.TxnType {
		case "Deposit":
			return fmt.Sprintf("it is part of the bank deposit %s: take it out there first", l.TxnID)
		case "Payment":
			if !slices.Contains(r.Going, receivables.Ref{Kind: receivables.KindReceipt, ID: l.TxnID}) {
				payments = append(payments, l.TxnID)
			}
		}
	}
	switch {
	case name != "Invoice" && len(payments) > 0:
		return fmt.Sprintf("the payment %s is applied to it: take that off first", strings.Join(payments, ", "))
	case name == "Invoice" && len(payments) > 0 && !sameAmount(plain(current.Balance), plain(current.TotalAmt)):
		return fmt.Sprintf("the payment %s has paid on it: take that off first", strings.Join(payments, ", "))
	case name == "CreditMemo" && !unused(current, r.Freed):
		return "a part of the credit has been used: take that back first"
	}
	return ""
}

// unused says whether nothing of a credit is used, once so much has been given
// back to it.
func unused(current removable, freed int64) bool {
	left, err := decimal.NewFromString(plain(current.RemainingCredit))
	total, errTotal := decimal.NewFromString(plain(current.TotalAmt))
	digits, known := money.ISO(money.Currency(current.CurrencyRef.Value))
	if err != nil || errTotal != nil || !known {
		return sameAmount(plain(current.RemainingCredit), plain(current.TotalAmt))
	}
	return left.Add(decimal.New(freed, -int32(digits))).GreaterThanOrEqual(total)
}

// deactivation makes a list entry inactive: there is no deleting one. It is a
// full update, so that nothing of it is lost.
func (s *Session) deactivation(r connectors.Removal, name string, current removable) (w connectors.Write, needed bool, why string, err error) {
	switch {
	case current.Active != nil && !*current.Active:
		return w, false, "", nil
	case !isZero(current.CurrentBalance) || !isZero(current.Balance):
		return w, false, fmt.Sprintf("it is not empty: %s stands on it", orElse(plain(current.CurrentBalance), plain(current.Balance))), nil
	}
	body, err := echoed(r.Raw, map[string]any{"Active": false})
	if err != nil {
		return w, false, "", fmt.Errorf("quickbooks: remove %s %s: %w", name, current.ID, err)
	}
	return removal(r, request{Entity: name, Body: json.RawMessage(body)}, current)
}

// stillEmpty looks again before an account is made inactive: its balance moves
// without its version, and QuickBooks would book a balance away by itself.
func (s *Session) stillEmpty(ctx context.Context, w connectors.Write) error {
	e, id, _ := entityOf(w.Target)
	raw, err := s.readRaw(ctx, w.Op, e, id)
	if err != nil {
		return err
	}
	current, err := decode[removable](raw)
	switch {
	case err != nil:
		return malformed(w.Op, answer{}, err)
	case !isZero(current.CurrentBalance):
		return &connectors.Failure{Class: connectors.ClassRequest, Vendor: Name, Op: w.Op, Text: "account " + id + " is not empty any more: it stays active"}
	}
	return nil
}

// KeptAfterRemoval says what QuickBooks still shows, of what was made for a
// book where no kind is given. Its audit log, which no one can change, keeps
// every document as it was.
func (s *Session) KeptAfterRemoval(kind receivables.DocumentKind) string {
	switch kind {
	case receivables.DocumentReceipt:
		return "A voided payment of 0.00 with its note, and the audit log."
	case receivables.DocumentInvoice:
		return "A voided invoice of 0.00 with its number, and the audit log."
	case "", "account", "contact", "method":
		return "The inactive entry, whose name QuickBooks marks as deleted and keeps taken."
	}
	return "An entry in the audit log; the document itself is deleted."
}

// gone is the answer to a removal of what is no longer there.
func gone(w connectors.Write) connectors.Answer {
	return connectors.Answer{Ref: w.Target, Warnings: []string{"it had been deleted already"}}
}

// checkRemoval says when a document is not as it should be once it is taken
// back.
func checkRemoval(r stored, head wireHead, raw []byte) []string {
	if removed(r, head, raw) {
		return nil
	}
	return []string{fmt.Sprintf("%s %s is still there", r.Entity, head.ID)}
}

// removed says whether a body is that of something taken back.
func removed(r stored, head wireHead, raw []byte) bool {
	current, err := decode[removable](raw)
	switch {
	case err != nil:
		return false
	case head.Status == "Deleted":
		return true
	case lists(r.Entity):
		return current.Active != nil && !*current.Active
	}
	return voidable(r.Entity) && current.state(current.Line) == receivables.StateVoid
}

// findRemoved reads what was to be taken back: the write was made when it has
// gone, or stands there as void or inactive.
func (s *Session) findRemoved(ctx context.Context, w connectors.Write, r stored) (connectors.Answer, bool, error) {
	_, id, ok := removalOf(w.Target)
	if !ok {
		return connectors.Answer{}, false, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: w.Op, Text: "the write names nothing to take back"}
	}
	raw, err := s.readRaw(ctx, w.Op, entity{name: r.Entity}, id)
	if connectors.ClassOf(err) == connectors.ClassGone {
		return connectors.Answer{Ref: w.Target}, true, nil
	}
	if err != nil {
		return connectors.Answer{}, false, err
	}
	head, err := decode[wireHead](raw)
	if err != nil {
		return connectors.Answer{}, false, malformed(w.Op, answer{}, err)
	}
	if !removed(r, head, raw) {
		return connectors.Answer{}, false, nil
	}
	return connectors.Answer{Ref: w.Target, Raw: raw}, true, nil
}
