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
	"tieout/mapping"
	"tieout/receivables"
)

var _ connectors.NamedFetcher = (*session)(nil)

// clausesPerCall is how many invoices one filter names: the address stays
// below two thousand characters (XeroAPI/xero-node issue 404: longer ones
// break).
const clausesPerCall = 20

// FetchNamed reads the objects of events, and with invoices that have changed
// the payments on them, because no webhook tells of a payment (Xero docs:
// webhooks/overview): it shows as a change of its invoice.
func (s *session) FetchNamed(ctx context.Context, events []connectors.Event) ([]mapping.Draft, error) {
	var refs []receivables.Ref
	seen, changed := map[receivables.Ref]bool{}, map[string]bool{}
	for _, e := range events {
		if e.Ref.Kind == receivables.KindInvoice && strings.HasSuffix(e.Type, ".UPDATE") {
			changed[e.Ref.ID] = true
		}
		if e.Ref.ID != "" && !seen[e.Ref] {
			seen[e.Ref] = true
			refs = append(refs, e.Ref)
		}
	}
	drafts, err := s.Fetch(ctx, refs)
	if err != nil {
		return nil, err
	}
	var invoices []string
	for _, d := range drafts { // bills have been left out
		if d.Kind == receivables.KindInvoice && changed[d.ID] {
			invoices = append(invoices, d.ID)
		}
	}
	payments, err := s.paymentsOf(ctx, invoices)
	return append(drafts, payments...), err
}

// paymentsOf are the payments on the invoices, deleted ones too. One page is
// more than invoices have; what is left comes with the list of payments.
func (s *session) paymentsOf(ctx context.Context, invoices []string) ([]mapping.Draft, error) {
	var drafts []mapping.Draft
	st, _ := findStream("payments")
	m, err := s.mapper(ctx)
	if err != nil {
		return nil, err
	}
	toRow := st.rows(m)
	for len(invoices) > 0 {
		n := min(len(invoices), clausesPerCall)
		query := paymentsQuery(invoices[:n])
		invoices = invoices[n:]
		_, err := s.do(ctx, call{op: "fetch payments", method: http.MethodGet, path: st.path, query: query}, st.plural,
			func(raw json.RawMessage) error {
				if r := toRow(raw); r.keep {
					drafts = append(drafts, r.draft)
				}
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	return drafts, nil
}

// paymentsQuery joins the invoices by OR, which is a quick filter for them
// (Xero docs: accounting/payments, optimised use of where).
func paymentsQuery(invoices []string) url.Values {
	clauses := make([]string, len(invoices))
	for i, id := range invoices {
		clauses[i] = fmt.Sprintf("Invoice.InvoiceID==guid(%q)", id)
	}
	return url.Values{
		"where": {strings.Join(clauses, " OR ")}, "page": {"1"}, "pageSize": {strconv.Itoa(pageSize)},
	}
}
