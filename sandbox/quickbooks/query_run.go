package quickbooks

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// query answers a statement with the whole envelope. The room for it is lent:
// spare gives it back once the answer is written.
func (c *Company) query(text, include string) ([]byte, *Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	room, _ := c.rooms.Get().(*[]byte)
	if room == nil {
		room = new([]byte)
	}
	out, fault := c.askInto(append((*room)[:0], `{"QueryResponse":`...), text, include)
	if fault != nil {
		return nil, fault
	}
	out = append(append(out, `,"time":`...), quote(c.envelopeTime())...)
	return append(out, '}'), nil
}

// spare takes back what query lent.
func (c *Company) spare(answer []byte) {
	if answer != nil {
		c.rooms.Put(&answer)
	}
}

// ask answers a statement with what stands inside the envelope. The caller
// holds the lock.
func (c *Company) ask(text, include string) ([]byte, *Fault) { return c.askInto(nil, text, include) }

func (c *Company) askInto(out []byte, text, include string) ([]byte, *Fault) {
	st, fault := c.parseQuery(text)
	if fault != nil {
		return nil, fault
	}
	st.include = include
	if st.kind.name == exchangeRateName {
		inner, fault := c.askRates(st)
		return append(out, inner...), fault
	}
	rows, total := c.rows(st)
	switch {
	case st.count:
		return fmt.Appendf(out, `{"totalCount":%d}`, total), nil
	case len(rows) == 0:
		return append(out, "{}"...), nil
	}
	out = append(append(append(out, '{'), quote(st.kind.name)...), ':')
	out = c.rowsInto(out, st, rows)
	out = fmt.Appendf(out, `,"startPosition":%d,"maxResults":%d`, st.start, len(rows))
	if st.kind.totals {
		out = fmt.Appendf(out, `,"totalCount":%d`, total)
	}
	return append(out, '}'), nil
}

func (c *Company) rowsInto(out []byte, st *statement, rows []*object) []byte {
	size := 2
	for _, o := range rows {
		size += len(o.text(c.zone)) + 1
	}
	out = append(slices.Grow(out, size+envelopeRoom), '[')
	for i, o := range rows {
		if i > 0 {
			out = append(out, ',')
		}
		text := c.withLink(st.kind, c.shown(o), st.include)
		if st.fields != nil {
			text = projected(text, st.fields)
		}
		out = append(out, text...)
	}
	return append(out, ']')
}

// envelopeRoom is more than stands around the rows of an answer.
const envelopeRoom = 256

// projected keeps the chosen properties, the Id, and says that it is sparse. A
// path keeps that part of the property alone.
func projected(text []byte, fields []string) []byte {
	d := splitObject(text)
	out := &document{}
	for _, f := range d.fields {
		if f.name == "domain" || f.name == "Id" || contains(fields, f.name) {
			out.fields = append(out.fields, f)
			continue
		}
		var parts []string
		for _, path := range fields {
			if below, ok := strings.CutPrefix(path, f.name+"."); ok {
				parts = append(parts, below)
			}
		}
		if len(parts) > 0 && len(f.raw) > 0 && f.raw[0] == '{' {
			out.set(f.name, chosen(f.raw, parts))
		}
	}
	out.setBool("sparse", true)
	return out.bytes()
}

func chosen(raw []byte, parts []string) []byte {
	kept := &document{}
	for _, f := range splitObject(raw).fields {
		if slices.ContainsFunc(parts, func(p string) bool { return strings.EqualFold(p, f.name) }) {
			kept.fields = append(kept.fields, f)
		}
	}
	return kept.bytes()
}

// rows are the objects of the page, and how many match in all.
func (c *Company) rows(st *statement) ([]*object, int) {
	s := c.shelf(st.kind.name)
	where := st.where
	if st.kind.named && !slices.ContainsFunc(where, func(x condition) bool { return x.prop.path == "Active" }) {
		// Lists show active entities unless asked otherwise (recorded answers).
		where = append(slices.Clone(where), condition{prop: property{"Active", propBool}, op: "=", values: []operand{{flag: true}}})
	}
	all, backwards := c.chosen(s, st, where)
	from := min(st.start-1, len(all))
	to := min(from+st.max, len(all))
	if !backwards {
		return all[from:to], len(all)
	}
	page := make([]*object, 0, to-from)
	for i := from; i < to; i++ {
		page = append(page, all[len(all)-1-i])
	}
	return page, len(all)
}

// listing are the objects that a statement chooses, in order.
type listing struct {
	objects   []*object
	backwards bool
}

// chosen finds the objects of a statement and remembers them until the next
// write: whoever walks pages asks for the same again and again.
func (c *Company) chosen(s *shelf, st *statement, where []condition) ([]*object, bool) {
	key := fmt.Sprintf("%s %#v %#v", st.kind.name, where, st.order)
	if known, ok := c.listings[key]; ok {
		return known.objects, known.backwards
	}
	list, backwards, left := c.candidates(s, st, where)
	all := list
	if len(left) > 0 {
		all = nil
		for _, o := range list {
			if c.matches(o, left) {
				all = append(all, o)
			}
		}
	}
	if len(list) < longList {
		return all, backwards
	}
	if c.listings == nil || len(c.listings) >= maxListings {
		c.listings = map[string]listing{}
	}
	c.listings[key] = listing{all, backwards}
	return all, backwards
}

// Listings are remembered of longList objects to choose from, maxListings of
// them, so that they take little memory.
const (
	longList    = 1000
	maxListings = 16
)

// writing must be called before anything is changed.
func (c *Company) writing() { c.listings = nil }

// candidates picks the smallest index that serves the statement, in the order
// the answer needs, and the conditions that are left to check.
func (c *Company) candidates(s *shelf, st *statement, where []condition) (list []*object, backwards bool, left []condition) {
	if few, rest, ok := s.pick(where); ok {
		return c.sorted(few, st), false, rest
	}
	if len(st.order) == 0 {
		if s.kind.named {
			return s.byNames(), false, where
		}
		list, left := timeRange(s.byTime(), where)
		return list, true, left // the latest change first, as recorded
	}
	if len(st.order) == 1 {
		switch o := st.order[0]; o.prop.path {
		case "Id":
			return s.byIDs(), o.desc, where
		case "MetaData.LastUpdatedTime":
			list, left := timeRange(s.byTime(), where)
			return list, o.desc, left
		}
	}
	list, left = timeRange(s.byTime(), where)
	return c.sorted(slices.Clone(list), st), false, left
}

// pick uses the index by id or number for = and IN.
func (s *shelf) pick(where []condition) (few []*object, rest []condition, ok bool) {
	for i, cond := range where {
		byID := cond.prop.path == "Id"
		if cond.op != "=" && cond.op != "IN" || !byID && cond.prop.path != s.kind.numberField() {
			continue
		}
		seen := map[*object]bool{}
		for _, v := range cond.values {
			found := s.byNumber[v.text]
			if byID {
				found = nil
				if o := s.byID[v.text]; o != nil {
					found = []*object{o}
				}
			}
			for _, o := range found {
				if !seen[o] {
					seen[o] = true
					few = append(few, o)
				}
			}
		}
		return few, slices.Delete(slices.Clone(where), i, i+1), true
	}
	return nil, nil, false
}

// timeRange cuts a list that is in order of update to the wanted times.
func timeRange(list []*object, where []condition) ([]*object, []condition) {
	var left []condition
	for _, cond := range where {
		if cond.prop.path != "MetaData.LastUpdatedTime" || cond.op == "IN" {
			left = append(left, cond)
			continue
		}
		at := cond.values[0].unix
		first := func(t int64) int { return sort.Search(len(list), func(i int) bool { return list[i].updated >= t }) }
		switch cond.op {
		case ">=":
			list = list[first(at):]
		case ">":
			list = list[first(at+1):]
		case "<":
			list = list[:first(at)]
		case "<=":
			list = list[:first(at+1)]
		case "=":
			list = list[first(at):first(at+1)]
		}
	}
	return list, left
}

// sorted orders by the ORDERBY clauses, else as the default order goes; equal
// rows stay in order of id.
func (c *Company) sorted(list []*object, st *statement) []*object {
	type row struct {
		o    *object
		keys []operand
	}
	rows := make([]row, len(list))
	for i, o := range list {
		rows[i].o = o
		for _, ord := range st.order {
			rows[i].keys = append(rows[i].keys, c.value(o, ord.prop))
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		for i, ord := range st.order {
			n := compareOperands(ord.prop.typ, a.keys[i], b.keys[i])
			if ord.desc {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		if len(st.order) == 0 && !st.kind.named && a.o.updated != b.o.updated {
			return int(b.o.updated - a.o.updated)
		}
		return compareIDs(a.o.id, b.o.id)
	})
	for i := range rows {
		list[i] = rows[i].o
	}
	return list
}
