package xero

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// Fetch reads single objects. Invoices and contacts are asked for by their
// list parameter, which gives the same shape as a pull; of the others each
// list that may hold the id is asked. An id that no list knows brings no
// draft: Xero keeps what was deleted, so that absence says nothing.
func (s *session) Fetch(ctx context.Context, refs []receivables.Ref) ([]mapping.Draft, error) {
	var drafts []mapping.Draft
	listed := map[receivables.Kind][]string{}
	for _, ref := range refs {
		switch ref.Kind {
		case receivables.KindInvoice, receivables.KindCustomer:
			listed[ref.Kind] = append(listed[ref.Kind], ref.ID)
		default:
			found, err := s.fetchOne(ctx, ref)
			if err != nil {
				return nil, err
			}
			drafts = append(drafts, found...)
		}
	}
	for _, list := range []struct {
		kind receivables.Kind
		name string
	}{{receivables.KindInvoice, "invoices"}, {receivables.KindCustomer, "contacts"}} {
		found, err := s.fetchListed(ctx, list.name, listed[list.kind])
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, found...)
	}
	return drafts, nil
}

// fetchListed asks for up to idsPerCall ids at once.
func (s *session) fetchListed(ctx context.Context, name string, ids []string) ([]mapping.Draft, error) {
	st, _ := findStream(name)
	m, err := s.mapper(ctx)
	if err != nil {
		return nil, err
	}
	var drafts []mapping.Draft
	for len(ids) > 0 {
		n := min(len(ids), idsPerCall)
		query := st.call("", cursor{Page: 1}, false).query
		query.Del("where")
		query.Set("IDs", strings.Join(ids[:n], ","))
		ids = ids[n:]
		toRow := st.rows(m)
		_, err := s.do(ctx, call{op: "fetch " + name, method: http.MethodGet, path: st.path, query: query}, st.plural,
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

// listsOf are the lists that objects of a kind come from.
func listsOf(kind receivables.Kind) []stream {
	names := map[receivables.Kind][]string{
		receivables.KindAccount:  {"accounts"},
		receivables.KindReceipt:  {"payments"},
		receivables.KindCredit:   {"credit_notes", "overpayments", "prepayments"},
		receivables.KindDocument: {"bank_transactions", "bank_transfers", "payments", "manual_journals"},
		receivables.KindInvoice:  {"invoices"},
		receivables.KindCustomer: {"contacts"},
	}[kind]
	var out []stream
	for _, name := range names {
		st, _ := findStream(name)
		out = append(out, st)
	}
	if kind == receivables.KindDocument {
		out = append(out, batches())
	}
	return out
}

func (s *session) fetchOne(ctx context.Context, ref receivables.Ref) ([]mapping.Draft, error) {
	for _, st := range listsOf(ref.Kind) {
		raw, err := s.one(ctx, st, ref.ID)
		if err != nil && connectors.ClassOf(err) == connectors.ClassGone || st.optional && errors.Is(err, errScope) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var banks []string
		if st.currencies {
			banks = banksOf([]json.RawMessage{raw})
		}
		m, err := s.mapper(ctx, banks...)
		if err != nil {
			return nil, err
		}
		if r := st.rows(m)(raw); r.keep {
			return []mapping.Draft{r.draft}, nil
		}
		return nil, nil
	}
	return nil, nil
}

// one reads a single object of a list.
func (s *session) one(ctx context.Context, st stream, id string) (json.RawMessage, error) {
	op := "read " + st.path
	query := url.Values{}
	if st.query.Has("unitdp") {
		query.Set("unitdp", "4")
	}
	path := st.path + "/" + url.PathEscape(id)
	rows, _, err := s.all(ctx, call{op: op, method: http.MethodGet, path: path, query: query}, st.plural)
	if err != nil {
		return nil, err
	}
	if len(rows) != 1 {
		return nil, fault(connectors.ClassGone, op, "the answer does not hold one object", nil)
	}
	return rows[0], nil
}
