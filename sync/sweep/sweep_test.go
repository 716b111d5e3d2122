package sweep_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/pull"
	"tieout/sync/sweep"
)

// vendor lists invoices by version, in pages, and reads them singly.
type vendor struct {
	connectors.Session
	pages   [][]string
	orders  map[string]int64
	still   bool  // the cursor does not move
	fails   error // the last page
	fetched [][]string
	// unknown are ids that the vendor does not know; silent are left out.
	unknown, silent []string
	drafts          []mapping.Draft
}

func (v *vendor) Swept(time.Time) []connectors.Swept {
	return []connectors.Swept{{Kind: receivables.KindInvoice, Open: true}}
}

func (v *vendor) Sweep(_ context.Context, _ time.Time, cursor connectors.Cursor) (connectors.SweepPage, error) {
	n := 0
	if len(cursor) > 0 && json.Unmarshal(cursor, &n) != nil {
		return connectors.SweepPage{}, errors.New("a strange cursor")
	}
	if v.fails != nil && n == len(v.pages)-1 {
		return connectors.SweepPage{}, v.fails
	}
	page := connectors.SweepPage{More: n+1 < len(v.pages) || v.still, Cursor: connectors.Cursor(fmt.Sprint(n + 1)), Drafts: v.drafts}
	if v.still {
		page.Cursor = connectors.Cursor("0")
		n = 0
	}
	for _, id := range v.pages[n] {
		page.Seen = append(page.Seen, connectors.Seen{Ref: ref(id), Order: v.orders[id]})
	}
	return page, nil
}

func (v *vendor) Fetch(_ context.Context, refs []receivables.Ref) ([]mapping.Draft, error) {
	var ids []string
	var out []mapping.Draft
	for _, r := range refs {
		ids = append(ids, r.ID)
		switch {
		case slices.Contains(v.unknown, r.ID):
			out = append(out, mapping.Draft{Kind: r.Kind, ID: r.ID, Order: 50, Problem: "not known"})
		case !slices.Contains(v.silent, r.ID):
			out = append(out, mapping.Draft{Kind: r.Kind, ID: r.ID, Order: v.orders[r.ID], Raw: []byte("{}"), Problem: "odd"})
		}
	}
	v.fetched = append(v.fetched, ids)
	return out, nil
}

func ref(id string) receivables.Ref { return receivables.Ref{Kind: receivables.KindInvoice, ID: id} }

// memory holds invoices by version.
type memory struct {
	pull.Store
	held    map[string]int64
	refused map[string]int64
	deleted []string
	kept    []string
}

func (m *memory) StoredOrders(_ context.Context, _, _ string, _ receivables.Kind, ids []string) (map[string]int64, error) {
	out := map[string]int64{}
	for _, id := range ids {
		if o, ok := m.held[id]; ok {
			out[id] = o
		}
		if o, ok := m.refused[id]; ok {
			out[id] = o
		}
	}
	return out, nil
}

func (m *memory) SweptIDs(_ context.Context, _, _ string, _ connectors.Swept, after string, n int) ([]string, error) {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(m.held)), func(id string) bool { return id <= after })
	return ids[:min(n, len(ids))], nil
}

func (m *memory) SavePage(_ context.Context, _ lease.Lease, p pull.Page) (pull.Saved, error) {
	saved := pull.Saved{Changed: map[receivables.Kind]int{}}
	for _, r := range p.Records {
		if r.Deleted {
			m.deleted = append(m.deleted, r.Ref.ID)
		} else {
			m.kept = append(m.kept, r.Ref.ID)
		}
		saved.Changed[r.Ref.Kind]++
	}
	if !p.Mark || p.Stream != "" {
		return saved, errors.New("what a sweep finds is marked, and moves no cursor")
	}
	return saved, nil
}

func (m *memory) LastSweep(context.Context, string, string) (tried, finished time.Time, err error) {
	return time.Time{}, time.Time{}, nil
}

func (m *memory) SaveSweep(context.Context, lease.Lease, string, sweep.Record) error { return nil }

func run(t *testing.T, v connectors.Session, m *memory) (sweep.Result, error) {
	t.Helper()
	now := func() time.Time { return time.Unix(0, 0).UTC() }
	s := sweep.Sweeper{Store: m, Session: v, Now: now, Puller: &pull.Puller{Store: m, Tenant: "main", Connection: "c", Now: now}}
	return s.Run(t.Context(), func(context.Context) (lease.Lease, error) { return lease.Lease{}, nil })
}

// TestDifferences: what is missing, older or vanished is fetched, and only what
// the vendor does not know is deleted.
func TestDifferences(t *testing.T) {
	t.Parallel()
	v := &vendor{
		pages:  [][]string{{"same", "older", "missing"}, {"older", "newer", "refused", "odd"}},
		orders: map[string]int64{"same": 3, "older": 4, "missing": 1, "newer": 1, "refused": 2, "odd": 9, "paid": 7},
		// The list shows odd, so that no single answer makes it a deletion.
		unknown: []string{"vanished", "odd"}, silent: []string{"silent"},
	}
	m := &memory{
		held:    map[string]int64{"same": 3, "older": 3, "newer": 2, "vanished": 1, "paid": 6, "silent": 1, "odd": 8},
		refused: map[string]int64{"refused": 2},
	}
	got, err := run(t, v, m)
	if err != nil {
		t.Fatal(err)
	}
	want := sweep.Result{Pages: 2, Seen: 6, Held: 7, Fetched: 6, Missing: 1, Older: 2, Vanished: 3, Changed: map[receivables.Kind]int{receivables.KindInvoice: 5}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if want := [][]string{{"older", "missing", "odd", "paid", "silent", "vanished"}}; !slices.EqualFunc(v.fetched, want, slices.Equal) {
		t.Errorf("fetched %v, want %v", v.fetched, want)
	}
	if !slices.Equal(m.deleted, []string{"vanished"}) || !slices.Equal(m.kept, []string{"older", "missing", "odd", "paid"}) {
		t.Errorf("deleted %v, kept %v", m.deleted, m.kept)
	}
}

// TestWholeObjects: drafts that a list brings are kept, but for those that are
// missing, which are read with what they lead to.
func TestWholeObjects(t *testing.T) {
	t.Parallel()
	v := &vendor{pages: [][]string{{"a", "b"}}, drafts: []mapping.Draft{
		{Kind: receivables.KindInvoice, ID: "a", Raw: []byte("{}")}, {Kind: receivables.KindInvoice, ID: "b", Raw: []byte("{}")},
	}}
	m := &memory{held: map[string]int64{"a": 1}}
	if _, err := run(t, v, m); err != nil || !slices.Equal(m.kept, []string{"a", "b"}) || len(v.fetched) != 1 || !slices.Equal(v.fetched[0], []string{"b"}) {
		t.Errorf("kept %v, fetched %v, %v", m.kept, v.fetched, err)
	}
}

// TestCutSweep: a list that was not read to its end says nothing about what is
// gone.
func TestCutSweep(t *testing.T) {
	t.Parallel()
	later := &connectors.Failure{Class: connectors.ClassLater, Quota: "day"}
	for name, v := range map[string]*vendor{
		"the budget ends":          {pages: [][]string{{"a"}, {"b"}}, fails: later},
		"the list does not go on":  {pages: [][]string{{"a"}}, still: true},
		"it fails from the start":  {pages: [][]string{{"a"}}, fails: later},
		"it fails with the answer": {pages: [][]string{{"a"}, {}, {}}, fails: errors.New("cut")},
	} {
		m := &memory{held: map[string]int64{"gone": 1}}
		if _, err := run(t, v, m); err == nil || len(v.fetched) > 0 || len(m.deleted) > 0 {
			t.Errorf("%s: %v, fetched %v, deleted %v", name, err, v.fetched, m.deleted)
		}
	}
	if _, err := run(t, plainSession{}, &memory{}); !errors.Is(err, sweep.ErrUnable) {
		t.Errorf("a vendor without lists: %v", err)
	}
}

type plainSession struct{ connectors.Session }

// TestTooMuch: a sweep fetches so much and leaves the rest to the next night.
func TestTooMuch(t *testing.T) {
	t.Parallel()
	var ids []string
	for i := range 2345 {
		ids = append(ids, fmt.Sprintf("%05d", i))
	}
	v, m := &vendor{pages: [][]string{ids}}, &memory{}
	got, err := run(t, v, m)
	if err != nil || got.Fetched != 2000 || got.Left != 345 || len(v.fetched) != 20 || len(v.fetched[0]) != 100 {
		t.Errorf("%+v in %d calls, %v", got, len(v.fetched), err)
	}
}

// TestManyHeld walks what is held page by page.
func TestManyHeld(t *testing.T) {
	t.Parallel()
	v, m := &vendor{pages: [][]string{{}}}, &memory{held: map[string]int64{}}
	for i := range 1500 {
		m.held[fmt.Sprintf("%05d", i)] = 1
	}
	if got, err := run(t, v, m); err != nil || got.Held != 1500 || got.Vanished != 1500 || got.Fetched != 1500 {
		t.Errorf("%+v, %v", got, err)
	}
}
