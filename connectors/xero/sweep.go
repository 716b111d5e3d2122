package xero

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

var _ connectors.Sweeper = (*session)(nil)

// sweepDays is how far back payments are compared. Xero keeps what was deleted
// and lists it as changed, so that only what such a list has left out is to be
// found; every byte read counts (Xero docs: pricing, data egress).
const sweepDays = 35

// sweepCursor is which list is read, and which of its pages is next.
type sweepCursor struct {
	V    int `json:"v"`
	List int `json:"list"`
	Page int `json:"page"`
}

// sweepList is a list that is compared: the documents that are open, and the
// newer payments.
type sweepList struct {
	stream string
	set    connectors.Swept
	// query are the filters, each an optimised one (Xero docs:
	// accounting/invoices, accounting/creditnotes).
	query url.Values
}

func (s *session) sweepLists(now time.Time) []sweepList {
	zone := s.access.Zone
	if zone == nil {
		zone = time.UTC
	}
	since := now.In(zone).AddDate(0, 0, -sweepDays)
	return []sweepList{
		{
			stream: "invoices", set: connectors.Swept{Kind: receivables.KindInvoice, Open: true},
			// Few fields are enough (Xero docs: accounting/invoices, summaryOnly).
			query: url.Values{"where": {`Type=="ACCREC"`}, "Statuses": {"AUTHORISED"}, "summaryOnly": {"true"}},
		},
		{
			stream: "payments", set: connectors.Swept{Kind: receivables.KindReceipt, Since: receivables.DateIn(since, zone)},
			query: url.Values{"where": {fmt.Sprintf("Date>=DateTime(%d,%02d,%02d)", since.Year(), since.Month(), since.Day())}},
		},
	}
}

// Swept are the open invoices of any age, and the payments of the last weeks.
func (s *session) Swept(now time.Time) []connectors.Swept {
	var out []connectors.Swept
	for _, l := range s.sweepLists(now) {
		out = append(out, l.set)
	}
	return out
}

// Sweep reads a page of up to a thousand rows with one call.
func (s *session) Sweep(ctx context.Context, now time.Time, raw connectors.Cursor) (connectors.SweepPage, error) {
	at := sweepCursor{V: cursorVersion, Page: 1}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &at); err != nil {
			return connectors.SweepPage{}, fault(connectors.ClassPermanent, "sweep", "the cursor cannot be read", err)
		}
	}
	lists := s.sweepLists(now)
	if at.V != cursorVersion || at.List < 0 || at.List >= len(lists) {
		return connectors.SweepPage{}, fault(connectors.ClassPermanent, "sweep", "the cursor cannot be used", nil)
	}
	list := lists[at.List]
	st, _ := findStream(list.stream)
	list.query.Set("page", strconv.Itoa(at.Page))
	list.query.Set("pageSize", strconv.Itoa(pageSize))
	list.query.Set("order", st.id+" ASC")
	m, err := s.mapper(ctx)
	if err != nil {
		return connectors.SweepPage{}, err
	}
	var page connectors.SweepPage
	rows := 0
	toRow := st.rows(m)
	e, err := s.do(ctx, call{op: "compare " + st.name, method: http.MethodGet, path: st.path, query: list.query}, st.plural, func(raw json.RawMessage) error {
		rows++
		if r := toRow(raw); r.keep && r.draft.ID != "" {
			page.Seen = append(page.Seen, connectors.Seen{Ref: receivables.Ref{Kind: r.draft.Kind, ID: r.draft.ID}, Order: r.draft.Order})
		}
		return nil
	})
	if err != nil {
		return connectors.SweepPage{}, err
	}
	next := sweepCursor{V: cursorVersion, List: at.List, Page: at.Page + 1}
	if ended(e.pages, at.Page, rows) {
		next = sweepCursor{V: cursorVersion, List: at.List + 1, Page: 1}
	}
	page.More = next.List < len(lists)
	if page.Cursor, err = json.Marshal(next); err != nil {
		return connectors.SweepPage{}, fmt.Errorf("xero: save cursor: %w", err)
	}
	return page, nil
}

// ended says whether a page was the last of its list.
func ended(p *pages, page, rows int) bool {
	if rows == 0 || page >= maxPages {
		return true
	}
	if p != nil && p.PageCount > 0 {
		return page >= p.PageCount
	}
	return rows < defaultPageSize
}
