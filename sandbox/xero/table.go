package xero

import (
	"slices"
	"sort"
	"strings"
)

// table holds the objects of one kind, found by id and walked in the order of
// UpdatedDateUTC, then id (Xero docs: requests-and-responses).
type table struct {
	byID  map[string]*record
	order []*record
	moved []*record // not in order, or at a stale place in it
	named []*record // in the order of id; nil when it has to be made anew
}

func newTable() *table { return &table{byID: map[string]*record{}} }

func (t *table) insert(r *record) {
	t.byID[r.id] = r
	t.named = nil
	r.moved = true
	t.moved = append(t.moved, r)
}

func (t *table) remove(r *record) {
	delete(t.byID, r.id)
	t.named = nil
	t.settle()
	t.order = slices.DeleteFunc(t.order, func(x *record) bool { return x == r })
}

// touch notes that the record's update time changed.
func (t *table) touch(r *record) {
	if !r.moved {
		r.moved = true
		t.moved = append(t.moved, r)
	}
}

func before(a, b *record) bool {
	if a.updated != b.updated {
		return a.updated < b.updated
	}
	return a.id < b.id
}

// settle brings the order up to date: one pass over the table after any number
// of changes, nothing when there were none.
func (t *table) settle() {
	if len(t.moved) == 0 {
		return
	}
	kept := make([]*record, 0, len(t.byID))
	for _, r := range t.order {
		if !r.moved {
			kept = append(kept, r)
		}
	}
	fresh := t.moved[:0]
	for _, r := range t.moved {
		if r.moved && t.byID[r.id] == r {
			fresh = append(fresh, r)
			r.moved = false
		}
	}
	slices.SortFunc(fresh, compareRecords)
	t.order = merge(kept, fresh)
	t.moved = nil
}

func compareRecords(a, b *record) int {
	switch {
	case a.updated < b.updated:
		return -1
	case a.updated > b.updated:
		return 1
	}
	return strings.Compare(a.id, b.id)
}

func merge(a, b []*record) []*record {
	if len(b) == 0 {
		return a
	}
	if len(a) == 0 || before(a[len(a)-1], b[0]) {
		return append(a, b...)
	}
	out := make([]*record, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if before(b[0], a[0]) {
			out, b = append(out, b[0]), b[1:]
		} else {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return append(append(out, a...), b...)
}

// all walks the table in its default order.
func (t *table) all() []*record {
	t.settle()
	return t.order
}

// byName walks the table in the order of id.
func (t *table) byName() []*record {
	if t.named == nil {
		t.named = slices.Clone(t.all())
		slices.SortFunc(t.named, compareIDs)
	}
	return t.named
}

func compareIDs(a, b *record) int { return strings.Compare(a.id, b.id) }

// since is the part of the order updated after the instant.
func (t *table) since(ms int64) []*record {
	t.settle()
	i := sort.Search(len(t.order), func(i int) bool { return t.order[i].updated > ms })
	return t.order[i:]
}
