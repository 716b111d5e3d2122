package xero

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

// maxFindPages bounds a search; a day's transactions of one type are fewer.
const maxFindPages = 20

// Find looks for the outcome of an earlier Send. A document is ours when its
// reference carries the write's marker (for spent money also: no marker, but
// the same Stripe id and amount). When only deleted ones carry it, a person has removed the
// document: that is ClassGone, so that nobody writes it again unasked.
func (s *session) Find(ctx context.Context, w connectors.Write) (connectors.Answer, bool, error) {
	request, err := unseal(w)
	if err != nil {
		return connectors.Answer{}, false, err
	}
	switch w.Op {
	case opLink:
		return s.findLink(ctx, w, request)
	case opAccount, opContact:
		return s.findNamed(ctx, w, request)
	case opAllocation, opRelease:
		return s.findAllocation(ctx, w, request)
	case opDeposit:
		return s.findDeposit(ctx, w, request)
	case opRemoval:
		return s.findRemoved(ctx, w, request)
	}
	hit, err := s.search(ctx, w, request, referenceOf(request))
	if err != nil || hit.live == nil && hit.deleted == nil {
		return connectors.Answer{}, false, err
	}
	if hit.live == nil {
		return connectors.Answer{Ref: refOf(w, hit.deleted)}, false,
			fault(connectors.ClassGone, "find "+w.Op, "the document was made and has been deleted since", nil)
	}
	if put := bankAmountOf(hit.live); request.BankAmount != "" && put != "" && !equal(put, number(request.BankAmount)) {
		return connectors.Answer{Ref: refOf(w, hit.live)}, false, settledOtherwise("find "+w.Op, put, request)
	}
	return connectors.Answer{Ref: refOf(w, hit.live), RequestID: hit.requestID, Raw: hit.live}, true, nil
}

// found are the documents that a search came upon.
type found struct {
	live, deleted json.RawMessage
	requestID     string
}

func (s *session) search(ctx context.Context, w connectors.Write, request wireWrite, reference string) (found, error) {
	var hit found
	for page := 1; page <= maxFindPages; page++ {
		query, paged := searchQuery(w, request, page)
		rows := 0
		e, err := s.do(ctx, call{op: "find " + w.Op, method: http.MethodGet, path: request.Path, query: query}, request.Plural,
			func(raw json.RawMessage) error {
				rows++
				// One that cannot be read may be ours: to pass it over would
				// write the document a second time.
				d, err := decode[candidate](raw)
				if err != nil {
					return bodyFailure("find "+w.Op, false, err)
				}
				if !d.is(w, reference) {
					return nil
				}
				if d.Status == "DELETED" || d.Status == "VOIDED" {
					hit.deleted = raw
				} else {
					hit.live = raw
				}
				return nil
			})
		if err != nil {
			return found{}, err
		}
		hit.requestID = e.requestID
		last := rows < defaultPageSize || e.pages != nil && page >= e.pages.PageCount
		if hit.live != nil || !paged || last {
			return hit, nil
		}
	}
	return found{}, fault(connectors.ClassPermanent, "find "+w.Op, "the search does not come to an end", nil)
}

// searchQuery narrows the list by what is filtered reliably: the reference is
// compared on our side (Xero docs: accounting/banktransactions names no filter
// on it).
func searchQuery(w connectors.Write, request wireWrite, page int) (query url.Values, paged bool) {
	on := ""
	if d, err := receivables.ParseDate(string(w.Natural.Date)); err == nil {
		at := d.Midnight(time.UTC)
		on = fmt.Sprintf("Date==DateTime(%d,%02d,%02d)", at.Year(), at.Month(), at.Day())
	}
	pages := url.Values{"page": {strconv.Itoa(page)}, "pageSize": {strconv.Itoa(pageSize)}}
	switch w.Op {
	case opPayment:
		pages.Set("where", fmt.Sprintf("Invoice.InvoiceID==guid(%q)", w.Natural.InvoiceID))
		return pages, true
	case opTransfer:
		return url.Values{"where": {on}, "includeDeleted": {"true"}}, false
	}
	switch w.Op {
	case opRefund, opJournal:
		pages.Set("where", on)
		return pages, true
	}
	for _, element := range elementsOf[struct{ Type string }](request) {
		pages.Set("where", fmt.Sprintf("Type==%q AND %s", element.Type, on))
	}
	return pages, true
}

// referenceOf is the reference that the stored request writes: in the line where
// Xero keeps no other.
func referenceOf(request wireWrite) string {
	elements := elementsOf[struct {
		Reference, Narration string
		LineItems            []struct{ Description string }
	}](request)
	switch {
	case len(elements) != 1:
		return ""
	case elements[0].Narration != "":
		return elements[0].Narration
	case elements[0].Reference == "" && len(elements[0].LineItems) == 1:
		return elements[0].LineItems[0].Description
	}
	return elements[0].Reference
}

// candidate is a document that a search came upon.
type candidate struct {
	Reference, Narration, Status string
	Total                        number
	LineItems                    []wireLine
	Type                         string
}

// is compares marker with marker. Only the reference of spent or received
// money can be edited by a person; there the Stripe id and the amount together
// stand for a marker that was cut away.
func (c candidate) is(w connectors.Write, reference string) bool {
	if marker := markerOf(c.Type, c.Reference+" "+c.Narration, c.LineItems); marker != "" || w.Op != opTransaction {
		return marker == w.Marker && marker != ""
	}
	_, source, ok := strings.Cut(reference, " ")
	total, err := money.Parse(string(c.Total), w.Natural.Currency, money.ISO)
	return ok && source != "" && strings.Contains(c.Reference, source) &&
		err == nil && (total.Minor == w.Natural.Amount || total.Minor == -w.Natural.Amount)
}

// markerOf finds our marker: in the reference, or in the line of money that
// Xero keeps no reference for.
func markerOf(kind, reference string, lines []wireLine) string {
	if marker := connectors.FindMarker(reference); marker != "" || len(lines) == 0 || kind == "SPEND" || kind == "RECEIVE" {
		return marker
	}
	return connectors.FindMarker(lines[0].Description)
}

// findLink reads the invoice and sees whether the link stands.
func (s *session) findLink(ctx context.Context, w connectors.Write, request wireWrite) (connectors.Answer, bool, error) {
	st, _ := findStream("invoices")
	raw, err := s.one(ctx, st, w.Target.ID)
	if err != nil {
		return connectors.Answer{}, false, err
	}
	invoice, err := decode[wireInvoice](raw)
	if err != nil {
		return connectors.Answer{}, false, bodyFailure("find "+w.Op, false, err)
	}
	if !request.stands(invoice) {
		return connectors.Answer{}, false, nil
	}
	return connectors.Answer{Ref: w.Target, URL: request.Link, Raw: raw}, true, nil
}

// findNamed finds an account or contact by the name that it was to get. An
// archived one is not found, but named in the answer, so that it can be made
// active again; archived contacts are listed only when asked for (Xero docs:
// accounting/contacts, includeArchived).
func (s *session) findNamed(ctx context.Context, w connectors.Write, request wireWrite) (connectors.Answer, bool, error) {
	name := nameOf(request)
	path := strings.TrimSuffix(request.Path, "/")
	query := url.Values{"where": {fmt.Sprintf("Name==%q", name)}}
	if w.Op == opContact {
		query.Set("includeArchived", "true")
	}
	var hit, archived json.RawMessage
	e, err := s.do(ctx, call{op: "find " + w.Op, method: http.MethodGet, path: path, query: query}, request.Plural,
		func(raw json.RawMessage) error {
			var d struct{ Name, Status, ContactStatus string }
			switch {
			case json.Unmarshal(raw, &d) != nil || !strings.EqualFold(d.Name, name):
			case d.Status == "ARCHIVED" || d.ContactStatus == "ARCHIVED":
				archived = raw
			default:
				hit = raw
			}
			return nil
		})
	switch {
	case err != nil || hit == nil && archived == nil:
		return connectors.Answer{}, false, err
	case hit == nil:
		return connectors.Answer{Ref: refOf(w, archived), RequestID: e.requestID, Raw: archived}, false, nil
	}
	return connectors.Answer{Ref: refOf(w, hit), RequestID: e.requestID, Raw: hit}, true, nil
}
