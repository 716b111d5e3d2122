package quickbooks

import (
	"sort"
	"strconv"
	"strings"
	"time"
)

const (
	// Change data capture looks back 30 days and answers at most 1000 objects
	// (Intuit docs: change data capture).
	cdcLookBack = 30 * 24 * time.Hour
	cdcMax      = 1000
)

// changes answers change data capture: one block per entity asked for, in that
// order, the changed objects whole and the deleted ones as tombstones, oldest
// change first.
func (c *Company) changes(entities, since string) ([]byte, *Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	inner, fault := c.changed(entities, since)
	if fault != nil {
		return nil, fault
	}
	return c.envelope("CDCResponse", inner), nil
}

// changed is the inside of the envelope. The caller holds the lock.
func (c *Company) changed(entities, since string) ([]byte, *Fault) {
	if since == "" {
		return nil, faultMissing("changedSince")
	}
	if strings.TrimSpace(entities) == "" {
		return nil, faultMissing("entities")
	}
	from, err := c.parseInstant(since)
	if err != nil {
		return nil, faultMalformed("changedSince")
	}
	if from < c.clock.Now().Add(-cdcLookBack).Unix() {
		return nil, faultQuery("changedSince must be within the last 30 days")
	}
	var blocks []*document
	left := cdcMax
	for name := range strings.SplitSeq(entities, ",") {
		k := c.kinds[strings.ToLower(strings.TrimSpace(name))]
		if k == nil || k.unchanging || k.name == exchangeRateName {
			return nil, faultQuery("invalid context declaration: " + strings.TrimSpace(name))
		}
		block, n := c.changedSince(k, from, left)
		left -= n
		blocks = append(blocks, block)
	}
	inner := &document{}
	inner.set("QueryResponse", joinArray(blocks))
	return joinArray([]*document{inner}), nil
}

func (c *Company) changedSince(k *kind, from int64, limit int) (*document, int) {
	type row struct {
		at   int64
		text func() []byte
	}
	s := c.shelf(k.name)
	var rows []row
	live := s.byTime()
	live = live[sort.Search(len(live), func(i int) bool { return live[i].updated >= from }):]
	for _, o := range live[:min(len(live), limit)] {
		rows = append(rows, row{o.updated, func() []byte { return c.shown(o) }})
	}
	first := sort.Search(len(s.deleted), func(i int) bool { return s.deleted[i].at >= from })
	gone := s.deleted[first:]
	for _, t := range gone[:min(len(gone), limit)] {
		rows = append(rows, row{t.at, func() []byte { return c.tombstone(t) }})
	}
	if len(rows) == 0 || limit == 0 {
		return &document{}, 0
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].at < rows[j].at })
	rows = rows[:min(len(rows), limit)]
	out := []byte{'['}
	for i, r := range rows {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, r.text()...)
	}
	d := &document{}
	d.set(k.name, append(out, ']'))
	d.set("startPosition", []byte("1"))
	d.set("maxResults", []byte(strconv.Itoa(len(rows))))
	d.set("totalCount", []byte(strconv.Itoa(len(rows))))
	return d, len(rows)
}

// tombstone is what is left of a deleted object.
func (c *Company) tombstone(t tombstone) []byte {
	meta := &document{}
	meta.setStr("LastUpdatedTime", stamp(t.at, c.zone))
	d := &document{}
	d.setStr("domain", "QBO")
	d.setStr("status", "Deleted")
	d.setStr("Id", t.id)
	d.set("MetaData", meta.bytes())
	return d.bytes()
}
