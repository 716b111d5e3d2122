package pull_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	pages  []pull.Page
	fresh  bool
	states map[string]pull.StreamState
}

func (m *memory) Streams(context.Context, string, string) (map[string]pull.StreamState, error) {
	return m.states, nil
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
		saved int // records
		ok    bool
	}{
		{"a list that moves on", [][]string{{"1", "2"}, {"3", "4"}, {"5"}}, false, 5, true},
		{"pages that overlap", [][]string{{"1", "2"}, {"2", "3"}, {"3"}}, false, 5, true},
		{"empty pages on the way", [][]string{{}, {}, {"1"}}, false, 1, true},
		{"the same objects behind a new cursor", [][]string{{"1", "2"}, {"1", "2"}, {"3"}}, false, 2, false},
		{"the same cursor", [][]string{{"1"}, {"2"}, {"3"}, {"4"}}, true, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := &memory{}
			p := pull.Puller{Store: store, Session: &forgetful{pages: c.pages, same: c.same}, Now: func() time.Time { return time.Unix(0, 0).UTC() }}
			_, err := p.Run(t.Context(), func(context.Context) (lease.Lease, error) { return lease.Lease{}, nil })
			saved := 0
			for _, page := range store.pages {
				saved += len(page.Records)
			}
			if (err == nil) != c.ok || store.fresh != c.ok || saved != c.saved {
				t.Errorf("got %v, %d records saved, fresh %t; want ok %t, %d records", err, saved, store.fresh, c.ok, c.saved)
			}
		})
	}
}

// TestPausesAreNotReading: what a first reading has taken goes on from where it
// was cut, however long nobody read on.
func TestPausesAreNotReading(t *testing.T) {
	t.Parallel()
	began := time.Unix(0, 0).UTC()
	moved, now := began.Add(10*time.Second), began.Add(12*time.Hour)
	for _, c := range []struct {
		states map[string]pull.StreamState
		want   time.Time
	}{
		{nil, now},
		{map[string]pull.StreamState{"invoices": {Began: &began, Moved: &moved}}, now.Add(-10 * time.Second)},
	} {
		store := &memory{states: c.states}
		p := pull.Puller{Store: store, Session: &forgetful{pages: [][]string{{"1"}}}, Now: func() time.Time { return now }}
		if _, err := p.Run(t.Context(), func(context.Context) (lease.Lease, error) { return lease.Lease{}, nil }); err != nil {
			t.Fatal(err)
		}
		if got := store.pages[0].Began; !got.Equal(c.want) {
			t.Errorf("began at %s, want %s", got, c.want)
		}
	}
}

// TestCutKeepsWhatWasRead lets the vendor fail at each page: what came before
// is saved with its cursor, and the next run goes on after it.
func TestCutKeepsWhatWasRead(t *testing.T) {
	t.Parallel()
	pages := [][]string{{"1", "2"}, {"3"}, {"4", "5"}}
	for cut := range pages {
		store := &memory{}
		vendor := &cutting{forgetful: forgetful{pages: pages}, cut: cut}
		p := pull.Puller{Store: store, Session: vendor, Now: func() time.Time { return time.Unix(0, 0).UTC() }}
		_, err := p.Run(t.Context(), func(context.Context) (lease.Lease, error) { return lease.Lease{}, nil })
		var ids []string
		for _, page := range store.pages {
			for _, r := range page.Records {
				ids = append(ids, r.Ref.ID)
			}
		}
		if want := slices.Concat(pages[:cut]...); err == nil || store.fresh || !slices.Equal(ids, want) {
			t.Errorf("cut at page %d: saved %v, want %v; %v", cut, ids, want, err)
		}
		if n := len(store.pages); n > 0 && (store.pages[n-1].Done || string(store.pages[n-1].Cursor) != fmt.Sprint(cut)) {
			t.Errorf("cut at page %d: saved as %+v", cut, store.pages[n-1])
		}
	}
}

// cutting is a vendor that fails at one page.
type cutting struct {
	forgetful
	cut int
}

func (c *cutting) Pull(ctx context.Context, stream string, cursor connectors.Cursor) (connectors.Page, error) {
	if c.asked == c.cut {
		return connectors.Page{}, errors.New("cut")
	}
	return c.forgetful.Pull(ctx, stream, cursor)
}
