package xero

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

// findAllocation reads the credit. An allocation carries no sign of its maker;
// the write says what should be applied to the invoice in all, so that it has
// been made when as much is applied. One that should go is gone when it is not
// listed.
func (s *session) findAllocation(ctx context.Context, w connectors.Write, request wireWrite) (connectors.Answer, bool, error) {
	path, rest, _ := strings.Cut(request.Path, "/")
	_, allocation, _ := strings.Cut(rest, "/Allocations")
	allocation = strings.TrimPrefix(allocation, "/")
	rows, e, err := s.all(ctx, call{op: "find " + w.Op, method: http.MethodGet, path: path + "/" + url.PathEscape(w.Target.ID)}, path)
	if err != nil {
		return connectors.Answer{}, false, err
	}
	if len(rows) != 1 {
		return connectors.Answer{}, false, fault(connectors.ClassGone, "find "+w.Op, "the answer does not hold one credit", nil)
	}
	credit, err := decode[wireCredit](rows[0])
	if err != nil {
		return connectors.Answer{}, false, bodyFailure("find "+w.Op, false, err)
	}
	applied, listed := int64(0), false
	for _, a := range credit.Allocations {
		if bool(a.IsDeleted) {
			continue
		}
		listed = listed || strings.EqualFold(a.AllocationID, allocation)
		if !strings.EqualFold(a.Invoice.InvoiceID, w.Natural.InvoiceID) {
			continue
		}
		part, err := money.Parse(string(a.Amount), w.Natural.Currency, money.ISO)
		if err != nil {
			return connectors.Answer{}, false, bodyFailure("find "+w.Op, false, err)
		}
		applied += part.Minor
	}
	if w.Op == opRelease && listed || w.Op == opAllocation && applied < w.Natural.Amount {
		return connectors.Answer{}, false, nil
	}
	return connectors.Answer{Ref: w.Target, RequestID: e.requestID, Raw: rows[0]}, true, nil
}

// batchedPayment is a payment as a search for its batch shows it.
type batchedPayment struct {
	Status, Reference, BatchPaymentID string
	Amount                            number
	Account                           wireAccount
	BatchPayment                      struct{ BatchPaymentID, Status, Details string }
	day
}

// findDeposit looks for the batch that pays the first of the invoices. What a
// batch keeps of our reference is not documented: the payments' reference and
// the batch's details count where they are shown, else account, date and
// amount.
func (s *session) findDeposit(ctx context.Context, w connectors.Write, request wireWrite) (connectors.Answer, bool, error) {
	query := url.Values{
		"page": {"1"}, "pageSize": {strconv.Itoa(pageSize)},
		"where": {fmt.Sprintf("Invoice.InvoiceID==guid(%q)", w.Natural.InvoiceID)},
	}
	var live, deleted json.RawMessage
	var id string
	e, err := s.do(ctx, call{op: "find " + w.Op, method: http.MethodGet, path: "Payments", query: query}, "Payments",
		func(row json.RawMessage) error {
			p, err := decode[batchedPayment](row)
			if err != nil {
				return bodyFailure("find "+w.Op, false, err)
			}
			if !p.is(w, request) {
				return nil
			}
			if p.Status == "DELETED" {
				deleted = row
				return nil
			}
			live, id = row, p.batch()
			return nil
		})
	if err != nil {
		return connectors.Answer{}, false, err
	}
	if live == nil && deleted != nil {
		return connectors.Answer{}, false, fault(connectors.ClassGone, "find "+w.Op, "the document was made and has been deleted since", nil)
	}
	return connectors.Answer{
		Ref: receivables.Ref{Kind: receivables.KindDocument, ID: id}, RequestID: e.requestID, Raw: live,
	}, live != nil, nil
}

func (p batchedPayment) batch() string {
	if p.BatchPaymentID != "" {
		return p.BatchPaymentID
	}
	return p.BatchPayment.BatchPaymentID
}

func (p batchedPayment) is(w connectors.Write, request wireWrite) bool {
	if p.batch() == "" {
		return false
	}
	for _, body := range elementsOf[bodyBatch](request) {
		if marker := connectors.FindMarker(p.Reference); marker != "" && len(body.Payments) > 0 {
			return marker == connectors.FindMarker(body.Payments[0].Reference)
		}
		if p.BatchPayment.Details != "" {
			return p.BatchPayment.Details == body.Details
		}
	}
	paid, err := money.Parse(string(p.Amount), w.Natural.Currency, money.ISO)
	return err == nil && paid.Minor == w.Natural.Amount && p.civil() == string(w.Natural.Date) &&
		(p.Account.AccountID == "" || strings.EqualFold(p.Account.AccountID, w.Natural.AccountID))
}
