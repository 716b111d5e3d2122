package quickbooks

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/receivables"
)

// The operations that this connector writes.
const (
	opPayment  = "payment.create"
	opPurchase = "purchase.create"
	opDeposit  = "deposit.create"
	opTransfer = "transfer.create"
	opJournal  = "journalentry.create"
	opCredit   = "creditmemo.create"
	opApply    = "payment.apply"
	opRelink   = "payment.relink"
	opRelease  = "payment.release"
	opRemove   = "remove"
	opLink     = "invoice.link"
	opAccount  = "account.create"
	opVendor   = "vendor.create"
	opMethod   = "paymentmethod.create"
)

// makesDocument says whether an operation makes a transaction.
func makesDocument(op string) bool {
	switch op {
	case opPayment, opPurchase, opDeposit, opTransfer, opJournal, opCredit, opApply:
		return true
	}
	return false
}

// request is a write as it is stored and sent: POST to the entity's path with
// the query and the body (Intuit docs: rest-api-features).
type request struct {
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Query  map[string]string `json:"query"`
	Body   any               `json:"body"`
	// Entity names the object in the answer.
	Entity string `json:"entity"`
	// Link, Total and Tax are what the document must show afterwards; Applied
	// is all that a payment must be applied to.
	Link    string        `json:"link,omitempty"`
	Total   string        `json:"total,omitempty"`
	Tax     string        `json:"tax,omitempty"`
	Applied []paymentLine `json:"applied,omitempty"`
	// Unapplied is what a payment is meant to leave as credit.
	Unapplied string `json:"unapplied,omitempty"`
	// Settled is what a document in a foreign currency must be worth at home.
	Settled string `json:"settled,omitempty"`
	// Lookup is the name by which an account, vendor or method is found.
	Lookup string `json:"lookup,omitempty"`
}

// encode completes the request. requestid makes QuickBooks answer a repetition
// with the first answer, even when the document was deleted since: the
// generation in the key is what makes a new one (Intuit blog: best practices,
// 2018-09-10).
func (r request) encode(key string) (json.RawMessage, error) {
	r.Method, r.Path = http.MethodPost, "/"+strings.ToLower(r.Entity)
	query := map[string]string{"requestid": key}
	maps.Copy(query, r.Query)
	r.Query = query
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("quickbooks: encode %s: %w", r.Entity, err)
	}
	return raw, nil
}

// stored is a request as it was read back, its body untouched.
type stored struct {
	request
	Body json.RawMessage `json:"body"`
}

func readRequest(w connectors.Write) (stored, error) {
	var r stored
	if err := json.Unmarshal(w.Body, &r); err != nil || r.Path == "" || r.Entity == "" || len(r.Body) == 0 {
		return r, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: w.Op, Text: "the stored request cannot be read", Err: err}
	}
	return r, nil
}

// Send makes the write with one call; a foreign document without a rate takes
// another, that reads it. A name that is taken already is looked
// up: then the account, vendor or method of that name is the answer.
func (s *Session) Send(ctx context.Context, w connectors.Write) (connectors.Answer, error) {
	r, err := readRequest(w)
	if err != nil {
		return connectors.Answer{}, err
	}
	query := url.Values{}
	for k, v := range r.Query {
		query.Set(k, v)
	}
	query.Set("requestid", w.Key) // a write that was given up is tried again under a new one
	if r.Body, err = s.completed(ctx, w, r.Body); err != nil {
		if removes(w.Op) && connectors.ClassOf(err) == connectors.ClassGone {
			return gone(w), nil
		}
		return connectors.Answer{}, err
	}
	a, err := s.call(ctx, w.Op, r.Method, r.Path, query, r.Body)
	if err != nil {
		if removes(w.Op) && connectors.ClassOf(err) == connectors.ClassGone {
			return gone(w), nil
		}
		if f, ok := connectors.AsFailure(err); ok && f.Code == "6240" && r.Lookup != "" {
			if found, ok, findErr := s.findByName(ctx, w.Op, r); ok || findErr != nil {
				return found, findErr
			}
		}
		return connectors.Answer{}, err
	}
	raw, err := single(w.Op, r.Entity, a)
	if err != nil { // it was made, but nobody can say what it is
		return connectors.Answer{}, brokenAnswer(w.Op, r.Method, a, "the answer cannot be read", err)
	}
	answer, err := s.written(w, r, a, raw)
	if err == nil && r.Settled != "" {
		return answer, s.checkSettled(ctx, w, r, raw)
	}
	return answer, err
}

// completed is the body with what is known only when it is sent: the rate of a
// foreign document, the version of an allocation that is taken back.
func (s *Session) completed(ctx context.Context, w connectors.Write, body json.RawMessage) (json.RawMessage, error) {
	switch {
	case w.Op == opRelease:
		return s.withVersion(ctx, w)
	case w.Op == opRemove && w.Target.Kind == receivables.KindAccount:
		return body, s.stillEmpty(ctx, w)
	}
	return s.withRate(ctx, w, body)
}

func (s *Session) written(w connectors.Write, r stored, a answer, raw []byte) (connectors.Answer, error) {
	head, err := decode[wireHead](raw)
	if err != nil || head.ID == "" {
		return connectors.Answer{}, brokenAnswer(w.Op, r.Method, a, "the answer names no document", err)
	}
	out := connectors.Answer{Ref: refOf(r.Entity, head.ID), RequestID: a.requestID, Raw: raw}
	switch {
	case w.Op == opLink:
		out.Warnings = checkLink(r.request, raw)
	case w.Op == opRelink:
		out.Warnings = checkRelink(r.request, raw)
	case removes(w.Op):
		out.Ref, out.Warnings = w.Target, checkRemoval(r, head, raw)
	case makesDocument(w.Op):
		out.Warnings = checkDocument(r, raw, nowOrZero(s.access.Now)())
	}
	return out, nil
}

// refOf is the reference of a written object. Vendors and methods are no
// objects of the model; their reference carries the name of their use.
func refOf(entity, id string) receivables.Ref {
	switch entity {
	case "Vendor":
		return receivables.Ref{Kind: "contact", ID: id}
	case "PaymentMethod":
		return receivables.Ref{Kind: "method", ID: id}
	}
	if e, ok := entityNamed(entity); ok {
		return receivables.Ref{Kind: e.kind, ID: e.externalID(id)}
	}
	return receivables.Ref{ID: id}
}

// documentFigures are the fields by which a written document is checked.
type documentFigures struct {
	wireHead
	TotalAmt     json.Number
	Amount       json.Number
	UnappliedAmt json.Number
	PrivateNote  string
	TxnDate      string
	ExchangeRate json.Number
	TxnTaxDetail wireTax
	Line         []struct {
		Amount                 json.Number
		JournalEntryLineDetail *struct{ PostingType string }
	}
}

// total is what the document comes to. A journal entry states 0 (recorded):
// there it is the sum of the debits.
func (d documentFigures) total() string {
	sum, journal := decimal.Zero, false
	for _, l := range d.Line {
		if l.JournalEntryLineDetail == nil {
			continue
		}
		journal = true
		if n, err := decimal.NewFromString(plain(l.Amount)); err == nil && l.JournalEntryLineDetail.PostingType == "Debit" {
			sum = sum.Add(n)
		}
	}
	if journal {
		return sum.String()
	}
	return orElse(string(d.TotalAmt), string(d.Amount))
}

// checkDocument says what QuickBooks made otherwise than it was asked: it
// ignores what it does not like in read-only fields without an error, and it
// answers a requestid that it knows with what it answered then.
func checkDocument(r stored, raw []byte, now time.Time) []string {
	got, err := decode[documentFigures](raw)
	if err != nil {
		return []string{"the written document cannot be read"}
	}
	var warnings []string
	if made := instant(got.MetaData.CreateTime); !made.IsZero() && now.Sub(made) > overlap {
		warnings = append(warnings, fmt.Sprintf("%s %s was made before, on %s: it may have been deleted since", r.Entity, got.ID, made.Format(time.DateOnly)))
	}
	if !sameAmount(r.Total, got.total()) {
		warnings = append(warnings, fmt.Sprintf("%s %s has the total %s instead of %s", r.Entity, got.ID, got.total(), r.Total))
	}
	asked, err := decode[documentFigures](r.Body)
	if err == nil && got.PrivateNote != asked.PrivateNote {
		warnings = append(warnings, fmt.Sprintf("%s %s has another note than it was given", r.Entity, got.ID))
	}
	if asked.ExchangeRate != "" && !sameAmount(string(got.ExchangeRate), string(asked.ExchangeRate)) {
		warnings = append(warnings, fmt.Sprintf("%s %s has the rate %s instead of %s", r.Entity, got.ID, orElse(string(got.ExchangeRate), "1"), asked.ExchangeRate))
	}
	if tax := got.TxnTaxDetail.total(); r.Tax != "" && !sameAmount(r.Tax, tax) {
		warnings = append(warnings, fmt.Sprintf("%s %s has the tax %s instead of %s", r.Entity, got.ID, orElse(tax, "0"), r.Tax))
	}
	if r.Entity == "Payment" && !sameAmount(string(got.UnappliedAmt), r.Unapplied) {
		warnings = append(warnings, fmt.Sprintf("payment %s leaves %s unapplied", got.ID, orElse(string(got.UnappliedAmt), "0")))
	}
	return warnings
}

func sameAmount(a, b string) bool {
	x, errX := decimal.NewFromString(orElse(a, "0"))
	y, errY := decimal.NewFromString(orElse(b, "0"))
	return errX == nil && errY == nil && x.Equal(y)
}
