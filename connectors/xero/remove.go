package xero

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

var (
	_ connectors.Remover = (*session)(nil)
	_ connectors.Kept    = (*session)(nil)
)

// removable is as much of any object as says whether and how it goes.
type removable struct {
	PaymentID, BankTransactionID, BankTransferID, BatchPaymentID, ManualJournalID string
	InvoiceID, CreditNoteID, OverpaymentID, PrepaymentID, AccountID, ContactID    string

	Type, Status, ContactStatus, SystemAccount, Narration string
	CurrencyCode                                          string
	Total, AmountDue, RemainingCredit                     number
	IsReconciled, FromIsReconciled, ToIsReconciled        boolean
	BatchPayment                                          *struct {
		BatchPaymentID string
		IsReconciled   boolean
	}
	Account, BankAccount wireAccount
	LineItems            []json.RawMessage
	Allocations          []wireAllocation
	stamp
}

// removal is what takes an object back: the list and the element that is
// posted to it, or why it stays. Without either there is nothing to do.
type removal struct {
	plural string
	id     string
	body   map[string]any
	// release are the allocations that have to go before.
	release []string
	why     string
}

// LowerRemoval takes a document back in Xero's own way: payments, spent and
// received money, transfers and batches are DELETED, approved invoices, credit
// notes and posted journals VOIDED, drafts DELETED, accounts and contacts
// ARCHIVED. What is reconciled stays: Xero documents no removal of it, and a
// person has matched it with the bank.
func (s *session) LowerRemoval(r connectors.Removal) (connectors.Write, bool, string, error) {
	d, err := decode[removable](r.Raw)
	if err != nil {
		return connectors.Write{}, false, "", fmt.Errorf("xero: lower removal of %s %s: %w", r.Document.Kind, r.Document.ID, err)
	}
	plan := d.removal(r)
	if plan.body == nil {
		return connectors.Write{}, false, plan.why, nil
	}
	w, err := plan.write(r, d.at().UnixMilli())
	if err != nil {
		return connectors.Write{}, false, "", fmt.Errorf("xero: lower removal of %s %s: %w", r.Document.Kind, r.Document.ID, err)
	}
	return w, true, "", nil
}

// removal decides by what the body is: payments and bank transactions both
// stand for more than one kind of the model.
func (d removable) removal(r connectors.Removal) removal {
	ref := r.Document
	switch {
	case gone(d.Status):
		return removal{}
	case ref.Kind == receivables.KindInvoice:
		return d.unsell("Invoices", "InvoiceID", d.InvoiceID, d.AmountDue, nil, r.Freed)
	case ref.Kind == receivables.KindCredit && d.CreditNoteID != "":
		return d.unsell("CreditNotes", "CreditNoteID", d.CreditNoteID, d.RemainingCredit, d.Allocations, r.Freed)
	case ref.Kind == receivables.KindCredit:
		return removal{why: "Xero lets nobody take back an overpayment or a prepayment by its interface: it can be paid back, or removed in Xero itself"}
	case ref.Kind == receivables.KindAccount:
		return d.archiveAccount()
	case ref.Kind == receivables.KindCustomer:
		return d.archiveContact()
	case d.PaymentID != "":
		return d.deletePayment()
	case d.BankTransactionID != "":
		return d.deleteTransaction()
	case d.BankTransferID != "" && (bool(d.FromIsReconciled) || bool(d.ToIsReconciled)):
		return removal{why: reconciled("transfer")}
	case d.BankTransferID != "":
		return removal{plural: "BankTransfers", id: d.BankTransferID, body: deleted()}
	case d.ManualJournalID != "":
		return d.voidJournal()
	case d.BatchPaymentID != "" && bool(d.IsReconciled):
		return removal{why: reconciled("batch payment")}
	case d.BatchPaymentID != "":
		return removal{plural: "BatchPayments", id: d.BatchPaymentID, body: deleted()}
	}
	return removal{why: "it is of no kind that Xero removes"}
}

func deleted() map[string]any { return map[string]any{"Status": "DELETED"} }

func gone(status string) bool { return status == "DELETED" || status == "VOIDED" }

func reconciled(what string) string {
	return "the " + what + " is reconciled with the bank: somebody has to unreconcile it in Xero first"
}

// deletePayment sends nothing but the status: any other key is refused (Xero
// docs: accounting/payments; XeroAPI/xero-php-oauth2 issue 91).
func (d removable) deletePayment() removal {
	batch := d.BatchPaymentID != "" || d.BatchPayment != nil && d.BatchPayment.BatchPaymentID != ""
	switch {
	case batch:
		return removal{why: "the payment was made in a batch, and Xero deletes the batch as a whole only"}
	case bool(d.IsReconciled):
		return removal{why: reconciled("payment")}
	}
	return removal{plural: "Payments", id: d.PaymentID, body: deleted()}
}

// deleteTransaction repeats what Xero's description asks for on every bank
// transaction. Only plain spent and received money can be deleted (Xero docs:
// accounting/banktransactions).
func (d removable) deleteTransaction() removal {
	switch {
	case d.Type != "SPEND" && d.Type != "RECEIVE":
		return removal{why: "Xero lets nobody take back an overpayment or a prepayment by its interface: it can be paid back, or removed in Xero itself"}
	case bool(d.IsReconciled):
		return removal{why: reconciled("bank transaction")}
	}
	return removal{plural: "BankTransactions", id: d.BankTransactionID, body: map[string]any{
		"BankTransactionID": d.BankTransactionID, "Type": d.Type, "Status": "DELETED",
		"BankAccount": bodyID{AccountID: d.BankAccount.AccountID}, "LineItems": echoed(d.LineItems),
	}}
}

// unsell voids an approved invoice or credit note, or deletes a draft. What a
// credit note was applied to is part of it and goes with it; what was paid has
// to be taken back first (Xero docs: accounting/invoices, status codes): freed
// is, by documents that go before.
func (d removable) unsell(plural, key, id string, open number, applied []wireAllocation, freed int64) removal {
	r := removal{plural: plural, id: id, body: map[string]any{key: id, "Status": "VOIDED"}}
	switch d.Status {
	case "DRAFT", "SUBMITTED":
		r.body["Status"] = "DELETED"
		return r
	case "AUTHORISED", "PAID":
	default:
		return removal{why: fmt.Sprintf("its status %.20q is not known", d.Status)}
	}
	left, err := decimal.NewFromString(string(open))
	for _, a := range applied {
		if bool(a.IsDeleted) {
			continue
		}
		amount, errAmount := decimal.NewFromString(string(a.Amount))
		left, err = left.Add(amount), errors.Join(err, errAmount)
		r.release = append(r.release, plural+"/"+url.PathEscape(id)+"/Allocations/"+url.PathEscape(a.AllocationID))
	}
	digits, _ := money.ISO(money.Currency(d.CurrencyCode))
	left = left.Add(decimal.New(freed, -int32(digits)))
	total, errTotal := decimal.NewFromString(string(d.Total))
	if errors.Join(err, errTotal) != nil || left.LessThan(total) {
		return removal{why: "money or credit has been applied to it: that has to be taken back first"}
	}
	return r
}

// voidJournal repeats the narration, which Xero's description asks for.
func (d removable) voidJournal() removal {
	status := map[string]string{"POSTED": "VOIDED", "DRAFT": "DELETED"}[d.Status]
	if status == "" {
		return removal{why: "somebody has archived the journal: it has to be restored in Xero first"}
	}
	return removal{plural: "ManualJournals", id: d.ManualJournalID, body: map[string]any{
		"ManualJournalID": d.ManualJournalID, "Narration": d.Narration, "Status": status,
	}}
}

// archiveAccount changes the status and nothing else (Xero docs:
// accounting/accounts, archive an account).
func (d removable) archiveAccount() removal {
	switch {
	case d.Status == "ARCHIVED":
		return removal{}
	case d.SystemAccount != "":
		return removal{why: "it is one of Xero's own accounts"}
	}
	return removal{plural: "Accounts", id: d.AccountID, body: map[string]any{"AccountID": d.AccountID, "Status": "ARCHIVED"}}
}

func (d removable) archiveContact() removal {
	if d.ContactStatus != "ACTIVE" && d.ContactStatus != "" {
		return removal{}
	}
	return removal{plural: "Contacts", id: d.ContactID, body: map[string]any{"ContactID": d.ContactID, "ContactStatus": "ARCHIVED"}}
}

// write posts to the object's own address; payments, transfers and batches take
// the bare element there (Xero spec: deletePayment, deleteBankTransfer,
// deleteBatchPaymentByUrlParam).
// The key is new for each version of the object: Xero would answer with the
// refusal of before, for some minutes after what stood in the way has gone.
func (p removal) write(r connectors.Removal, version int64) (connectors.Write, error) {
	if p.id == "" {
		return connectors.Write{}, errors.New("its body names no id")
	}
	var element any = map[string]any{p.plural: []any{p.body}}
	if len(p.body) == 1 {
		element = p.body
	}
	body, err := json.Marshal(element)
	if err != nil {
		return connectors.Write{}, err
	}
	w := connectors.Write{
		Op: opRemoval, Key: fmt.Sprintf("remove:%s:%d:g%d", p.id, version, r.Generation), Target: r.Document,
		Natural: connectors.Natural{Kind: r.Kind},
	}
	return w, seal(&w, wireWrite{
		Method: http.MethodPost, Path: p.plural + "/" + url.PathEscape(p.id), Plural: p.plural, Body: body, Release: p.release,
	})
}

// release takes the allocations back that stand in the way of a removal. One
// that has gone already is no failure: the removal may be tried again.
func (s *session) release(ctx context.Context, w connectors.Write, request wireWrite) error {
	for i, path := range request.Release {
		_, _, err := s.all(ctx, call{op: w.Op, method: http.MethodDelete, path: path, key: fmt.Sprintf("%s:a%d", w.Key, i)}, "")
		if err != nil && connectors.ClassOf(err) != connectors.ClassGone {
			return err
		}
	}
	return nil
}

// findRemoved reads the object: the removal was made when it shows it.
func (s *session) findRemoved(ctx context.Context, w connectors.Write, request wireWrite) (connectors.Answer, bool, error) {
	rows, e, err := s.all(ctx, call{op: "find " + w.Op, method: http.MethodGet, path: request.Path}, request.Plural)
	if err != nil {
		return connectors.Answer{}, false, err
	}
	if len(rows) != 1 {
		return connectors.Answer{}, false, fault(connectors.ClassGone, "find "+w.Op, "the answer does not hold one object", nil)
	}
	d, err := decode[removable](rows[0])
	if err != nil {
		return connectors.Answer{}, false, bodyFailure("find "+w.Op, false, err)
	}
	done := gone(d.Status) || d.Status == "ARCHIVED" || d.ContactStatus == "ARCHIVED"
	return connectors.Answer{Ref: w.Target, RequestID: e.requestID, Raw: rows[0]}, done, nil
}

// alreadyRemoved takes a refused removal for done where the object shows that
// it has been removed, by an earlier call or by a person.
func (s *session) alreadyRemoved(ctx context.Context, w connectors.Write, request wireWrite, refusal error) (connectors.Answer, error) {
	switch connectors.ClassOf(refusal) {
	case connectors.ClassRequest, connectors.ClassStale, connectors.ClassGone:
	default:
		return connectors.Answer{}, refusal
	}
	if answer, done, err := s.findRemoved(ctx, w, request); err == nil && done {
		return answer, nil
	}
	return connectors.Answer{}, refusal
}

// KeptAfterRemoval says what Xero still shows of what was removed.
func (s *session) KeptAfterRemoval(kind receivables.DocumentKind) string {
	switch kind {
	case receivables.DocumentInvoice:
		return "Xero keeps a voided invoice with its number, lines and total, and the row of a deleted draft."
	case receivables.DocumentCredit:
		return "Xero keeps a voided credit note with its number, lines and total, and the row of a deleted draft."
	case receivables.DocumentReceipt:
		return "Xero keeps the payment as a deleted row and names it in the invoice's history. An overpayment cannot be removed by the interface at all."
	case receivables.DocumentJournal:
		return "Xero keeps the manual journal as voided, with its lines."
	case receivables.DocumentTransfer:
		return "Xero keeps the transfer and its two bank transactions as deleted rows."
	case receivables.DocumentDeposit:
		return "Xero keeps the batch and its payments as deleted rows."
	case receivables.DocumentExpense, receivables.DocumentIncome:
		return "Xero keeps the bank transaction, or the payment of a credit, as a deleted row."
	}
	return "Xero keeps the account or contact as archived."
}
