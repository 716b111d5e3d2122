package xero

import (
	"context"
	"encoding/json"
	"fmt"

	"tieout/connectors"
	"tieout/receivables"
)

// Send makes the write once. Everything that is read before it only decides
// whether it may be sent.
func (s *session) Send(ctx context.Context, w connectors.Write) (connectors.Answer, error) {
	request, err := unseal(w)
	if err != nil {
		return connectors.Answer{}, err
	}
	if request.Unchanged != 0 {
		if err := s.checkUnchanged(ctx, w, request); err != nil {
			return connectors.Answer{}, err
		}
	}
	if request.Body, err = s.withCodes(ctx, w.Op, request.Body); err != nil {
		return connectors.Answer{}, err
	}
	if err := s.release(ctx, w, request); err != nil {
		return connectors.Answer{}, err
	}
	rows, e, err := s.all(ctx, call{
		op: w.Op, method: request.Method, path: request.Path, query: request.Query, body: request.Body, key: w.Key,
	}, request.Plural)
	if f, ok := connectors.AsFailure(err); ok && w.Op == opAllocation && f.Code == nothingProcessed {
		rows, e, err = s.sendBare(ctx, w, request)
	}
	if err != nil && w.Op == opRemoval {
		return s.alreadyRemoved(ctx, w, request, err)
	}
	if err != nil {
		s.forget(err)
		return connectors.Answer{}, err
	}
	if len(rows) != 1 {
		f := fault(connectors.ClassUnknown, w.Op, fmt.Sprintf("the answer holds %d objects instead of one", len(rows)), nil)
		f.RequestID = e.requestID
		return connectors.Answer{}, f
	}
	answer, err := answerOf(w, request, rows[0], e.requestID)
	s.forget(err)
	if err == nil && request.BankAmount != "" {
		err = s.checkSettled(ctx, w, request, answer)
	}
	return answer, err
}

// nothingProcessed is Xero's answer to a body in which it has found nothing to
// do (XeroAPI/xero-node issue 288: allocations in a list).
const nothingProcessed = "NoDataProcessedException"

// sendBare sends the one element without the list around it. Both forms are
// documented, and not every organisation takes both; the refused call has done
// nothing, and its key must not be used for another body.
func (s *session) sendBare(ctx context.Context, w connectors.Write, request wireWrite) ([]json.RawMessage, envelope, error) {
	elements := elementsOf[json.RawMessage](request)
	if len(elements) != 1 {
		return nil, envelope{}, fault(connectors.ClassRequest, w.Op, "the stored request does not hold one object", nil)
	}
	return s.all(ctx, call{
		op: w.Op, method: request.Method, path: request.Path, query: request.Query, body: elements[0], key: w.Key + ":bare",
	}, request.Plural)
}

func unseal(w connectors.Write) (wireWrite, error) {
	var request wireWrite
	if err := json.Unmarshal(w.Body, &request); err != nil {
		return request, fault(connectors.ClassRequest, w.Op, "the stored request cannot be read", err)
	}
	return request, nil
}

// answerOf checks the one element of a 200: it may still carry errors.
func answerOf(w connectors.Write, request wireWrite, raw json.RawMessage, requestID string) (connectors.Answer, error) {
	e, err := decode[element](raw)
	if err != nil {
		return connectors.Answer{}, bodyFailure(w.Op, true, err)
	}
	if messages := e.errors(); len(messages) > 0 {
		f := fault(connectors.ClassRequest, w.Op, "", nil)
		f.Code, f.RequestID = "ValidationException", requestID
		messageFailure(f, messages)
		return connectors.Answer{}, f
	}
	ref := refOf(w, raw)
	if ref.ID == "" || ref.ID == noID {
		return connectors.Answer{}, fault(connectors.ClassUnknown, w.Op, "the answer names no object", nil)
	}
	a := connectors.Answer{Ref: ref, Warnings: e.warnings(), RequestID: requestID, Raw: raw}
	if request.Link != "" {
		a.URL = request.Link
	}
	a.Warnings = append(a.Warnings, totalWarning(request, raw)...)
	return a, nil
}

// noID stands in the echo of an element that was not made.
const noID = "00000000-0000-0000-0000-000000000000"

// refOf names the object of an answer; of an allocation, the credit that it
// belongs to.
func refOf(w connectors.Write, raw json.RawMessage) receivables.Ref {
	var ids struct {
		PaymentID, BankTransactionID, BankTransferID, BatchPaymentID, AccountID, ContactID, InvoiceID string
		CreditNoteID, ManualJournalID                                                                 string
	}
	_ = json.Unmarshal(raw, &ids)
	switch w.Op {
	case opPayment:
		return receivables.Ref{Kind: receivables.KindReceipt, ID: ids.PaymentID}
	case opRefund:
		return receivables.Ref{Kind: receivables.KindDocument, ID: ids.PaymentID}
	case opTransaction:
		return receivables.Ref{Kind: receivables.KindDocument, ID: ids.BankTransactionID}
	case opTransfer:
		return receivables.Ref{Kind: receivables.KindDocument, ID: ids.BankTransferID}
	case opDeposit:
		return receivables.Ref{Kind: receivables.KindDocument, ID: ids.BatchPaymentID}
	case opAccount:
		return receivables.Ref{Kind: receivables.KindAccount, ID: ids.AccountID}
	case opContact:
		return receivables.Ref{Kind: receivables.KindCustomer, ID: ids.ContactID}
	case opCredit:
		return receivables.Ref{Kind: receivables.KindCredit, ID: ids.CreditNoteID}
	case opJournal:
		return receivables.Ref{Kind: receivables.KindDocument, ID: ids.ManualJournalID}
	case opAllocation, opRelease, opRemoval:
		return w.Target
	}
	return receivables.Ref{Kind: receivables.KindInvoice, ID: ids.InvoiceID}
}

// totalWarning says when sending an invoice's lines changed its total, which
// it must not: somebody has to look.
func totalWarning(request wireWrite, raw json.RawMessage) []string {
	if request.Total == "" {
		return nil
	}
	var after struct{ Total number }
	_ = json.Unmarshal(raw, &after)
	if equal(number(request.Total), after.Total) {
		return nil
	}
	return []string{fmt.Sprintf("The invoice's total was %s and is %s after the link was written.", request.Total, after.Total)}
}

// checkUnchanged reads the target again before its lines are replaced: Xero
// has no version to write against, so this narrows the window to the time
// between two calls.
func (s *session) checkUnchanged(ctx context.Context, w connectors.Write, request wireWrite) error {
	st, _ := findStream("invoices")
	raw, err := s.one(ctx, st, w.Target.ID)
	if err != nil {
		return err
	}
	invoice, err := decode[wireInvoice](raw)
	if err != nil {
		return bodyFailure(w.Op, false, err)
	}
	if invoice.at().UnixMilli() != request.Unchanged {
		return fault(connectors.ClassStale, w.Op, "the invoice has changed since it was read", nil)
	}
	return nil
}

// withCodes gives each line of a new document the code of its account as it
// is today. Lines that Xero codes itself name none.
func (s *session) withCodes(ctx context.Context, op string, body json.RawMessage) (json.RawMessage, error) {
	switch op {
	case opTransaction, opInvoice, opCredit, opJournal:
	default:
		return body, nil
	}
	var request map[string][]map[string]json.RawMessage
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, fault(connectors.ClassRequest, op, "the stored request cannot be read", err)
	}
	for _, elements := range request {
		for _, element := range elements {
			for _, key := range []string{"LineItems", "JournalLines"} {
				if element[key] == nil {
					continue
				}
				coded, err := s.codedLines(ctx, op, element[key])
				if err != nil {
					return nil, err
				}
				element[key] = coded
			}
		}
	}
	return json.Marshal(request)
}

func (s *session) codedLines(ctx context.Context, op string, raw json.RawMessage) (json.RawMessage, error) {
	var lines []map[string]json.RawMessage
	if err := json.Unmarshal(raw, &lines); err != nil {
		return nil, fault(connectors.ClassRequest, op, "the stored request cannot be read", err)
	}
	for _, line := range lines {
		var id string
		if _ = json.Unmarshal(line["AccountID"], &id); id == "" {
			continue
		}
		code, err := s.code(ctx, id)
		if err != nil {
			return nil, err
		}
		delete(line, "AccountID")
		line["AccountCode"] = quoted(code)
	}
	return json.Marshal(lines)
}

// code is the account's code.
func (s *session) code(ctx context.Context, accountID string) (string, error) {
	all, _, err := s.accounts(ctx, accountID)
	if err != nil {
		return "", err
	}
	if all[accountID].Code == "" {
		return "", fault(connectors.ClassRequest, "read accounts", "the account that the line is coded to is gone or has no code; choose another", nil)
	}
	return all[accountID].Code, nil
}
