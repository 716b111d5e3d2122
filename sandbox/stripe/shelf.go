package stripe

import (
	"slices"
	"sort"
)

// shelf keeps the objects of one kind oldest first, with named sub-lists for
// the filters that must not scan everything.
type shelf struct {
	kind  string // Stripe's word in messages: "charge"
	items []object
	index map[string][]object
}

func newShelf(kind string) *shelf { return &shelf{kind: kind, index: map[string][]object{}} }

// add puts an object behind all objects that are not younger. Objects nearly
// always come in order; only history and a clock moved back need the shift.
func (s *shelf) add(o object, keys ...string) {
	at := o.madeAt()
	i := len(s.items)
	for i > 0 && s.items[i-1].madeAt() > at {
		i--
	}
	s.items = append(s.items, nil)
	copy(s.items[i+1:], s.items[i:])
	s.items[i] = o
	for ; i < len(s.items); i++ {
		s.items[i].place().pos = i
	}
	for _, k := range keys {
		s.link(k, o)
	}
}

// link adds an object to a sub-list, in shelf order.
func (s *shelf) link(key string, o object) {
	l := s.index[key]
	l = append(l, o)
	for i := len(l) - 1; i > 0 && l[i-1].place().pos > l[i].place().pos; i-- {
		l[i-1], l[i] = l[i], l[i-1]
	}
	s.index[key] = l
}

// addAll puts many objects in at once; keys names the sub-lists of each.
func (s *shelf) addAll(objects []object, keys func(object) []string) {
	s.items = append(s.items, objects...)
	sort.SliceStable(s.items, func(i, j int) bool { return s.items[i].madeAt() < s.items[j].madeAt() })
	for i, o := range s.items {
		o.place().pos = i
	}
	for _, o := range objects {
		for _, k := range keys(o) {
			s.index[k] = append(s.index[k], o)
		}
	}
	for _, l := range s.index {
		sort.Slice(l, func(i, j int) bool { return l[i].place().pos < l[j].place().pos })
	}
}

// dropOldest forgets the first n objects; used for events past their age.
func (s *shelf) dropOldest(n int) {
	s.items = append([]object(nil), s.items[n:]...)
	for i, o := range s.items {
		o.place().pos = i
	}
}

// query is one page request over a shelf.
type query struct {
	key           string // sub-list, "" for the whole shelf
	from, to      int64  // created within [from, to]
	after, before object // cursors, exclusive
	limit         int
	keep          func(object) bool // further filters; nil keeps all
}

// page answers a query newest first, with has_more exact.
func (s *shelf) page(q query) (out []object, more bool) {
	l := s.items
	if q.key != "" {
		l = s.index[q.key]
	}
	lo := sort.Search(len(l), func(i int) bool { return l[i].madeAt() >= q.from })
	hi := sort.Search(len(l), func(i int) bool { return l[i].madeAt() > q.to })
	if q.after != nil {
		p := q.after.place().pos
		hi = min(hi, sort.Search(len(l), func(i int) bool { return l[i].place().pos >= p }))
	}
	if q.before != nil {
		p := q.before.place().pos
		lo = max(lo, sort.Search(len(l), func(i int) bool { return l[i].place().pos > p }))
		return s.upwards(l, lo, hi, q)
	}
	for i := hi - 1; i >= lo; i-- {
		if q.keep != nil && !q.keep(l[i]) {
			continue
		}
		if len(out) == q.limit {
			return out, true
		}
		out = append(out, l[i])
	}
	return out, false
}

// upwards is the page just newer than ending_before, still shown newest first.
func (s *shelf) upwards(l []object, lo, hi int, q query) (out []object, more bool) {
	for i := lo; i < hi; i++ {
		if q.keep != nil && !q.keep(l[i]) {
			continue
		}
		if len(out) == q.limit {
			more = true
			break
		}
		out = append(out, l[i])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, more
}

// remove takes an object off its shelf (deleted customers are not listed).
func (s *shelf) remove(o object) {
	p := o.place().pos
	s.items = append(s.items[:p], s.items[p+1:]...)
	for ; p < len(s.items); p++ {
		s.items[p].place().pos = p
	}
}

// unlink takes an object off a sub-list.
func (s *shelf) unlink(key string, o object) {
	s.index[key] = slices.DeleteFunc(s.index[key], func(x object) bool { return x == o })
}
