package pull_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/pull"
)

// forgetful is a vendor whose cursor moves on while its list does not: each
// page holds the given ids.
type forgetful struct {
	connectors.Session
	pages [][]string
	same  bool
	asked int
}

func (f *forgetful) Streams() []connectors.Stream { return []connectors.Stream{{Name: "invoices"}} }

func (f *forgetful) Pull(context.Context, string, connectors.Cursor) (connectors.Page, error) {
	ids := f.pages[min(f.asked, len(f.pages)-1)]
	f.asked++
	page := connectors.Page{More: f.same || f.asked < len(f.pages), Cursor: json.RawMessage(fmt.Sprint(f.asked))}
	if f.same {
		page.Cursor = json.RawMessage("1")
	}
	for _, id := range ids {
		page.Drafts = append(page.Drafts, mapping.Draft{Kind: receivables.KindInvoice, ID: id, Raw: []byte(id), Deleted: true})
	}
	return page, nil
}

// memory keeps what the puller saves.
type memory struct {
	pull.Store
	pages []pull.Page
	fresh bool
}

func (m *memory) Streams(context.Context, string, string) (map[string]pull.StreamState, error) {
	return nil, nil
}

func (m *memory) SavePage(_ context.Context, _ lease.Lease, p pull.Page) (pull.Saved, error) {
	m.pages = append(m.pages, p)
	return pull.Saved{}, nil
}

func (m *memory) MarkBooks(context.Context, string, string, time.Time) error { return nil }

func (m *memory) SetFresh(context.Context, lease.Lease, string, time.Time) error {
	m.fresh = true
	return nil
}

func TestRepeatedPage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		pages [][]string
		same  bool
		saved int
		ok    bool
	}{
		{"a list that moves on", [][]string{{"1", "2"}, {"3", "4"}, {"5"}}, false, 3, true},
		{"pages that overlap", [][]string{{"1", "2"}, {"2", "3"}, {"3"}}, false, 3, true},
		{"empty pages on the way", [][]string{{}, {}, {"1"}}, false, 3, true},
		{"the same objects behind a new cursor", [][]string{{"1", "2"}, {"1", "2"}, {"3"}}, false, 1, false},
		{"the same cursor", [][]string{{"1"}, {"2"}, {"3"}, {"4"}}, true, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := &memory{}
			p := pull.Puller{Store: store, Session: &forgetful{pages: c.pages, same: c.same}, Now: func() time.Time { return time.Unix(0, 0).UTC() }}
			_, err := p.Run(t.Context(), func(context.Context) (lease.Lease, error) { return lease.Lease{}, nil })
			if (err == nil) != c.ok || store.fresh != c.ok || len(store.pages) != c.saved {
				t.Errorf("got %v, %d pages saved, fresh %t; want ok %t, %d pages", err, len(store.pages), store.fresh, c.ok, c.saved)
			}
		})
	}
}
