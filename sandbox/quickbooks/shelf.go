package quickbooks

import (
	"cmp"
	"slices"
	"strings"
)

// shelf holds the objects of one kind with the indexes that queries need.
// Nothing here re-serialises or scans on a read by id, number or time.
type shelf struct {
	kind     *kind
	byID     map[string]*object
	ids      []*object // in order of id, may hold deleted ones until tidied
	sorted   bool
	gone     int
	recent   []*object // in order of (updated, id); stale entries until tidied
	stale    int
	inOrder  bool
	byNumber map[string][]*object
	byName   map[string]*object
	names    []*object // list entities in order of name; nil when stale
	deleted  []tombstone
}

// tombstone is what change data capture tells of a deleted object.
type tombstone struct {
	id string
	at int64
}

func newShelf(k *kind) *shelf {
	return &shelf{
		kind: k, byID: map[string]*object{}, sorted: true, inOrder: true,
		byNumber: map[string][]*object{}, byName: map[string]*object{},
	}
}

func (s *shelf) len() int { return len(s.byID) }

func (s *shelf) add(o *object) {
	s.byID[o.id] = o
	if n := len(s.ids); n > 0 && compareIDs(s.ids[n-1].id, o.id) > 0 {
		s.sorted = false
	}
	s.ids = append(s.ids, o)
	s.push(o)
	s.addNumber(o)
	s.addName(o)
}

func (s *shelf) push(o *object) {
	if n := len(s.recent); n > 0 && s.recent[n-1].updated > o.updated {
		s.inOrder = false
	} else if n > 0 && s.recent[n-1].updated == o.updated && compareIDs(s.recent[n-1].id, o.id) > 0 {
		s.inOrder = false
	}
	o.pos = len(s.recent)
	s.recent = append(s.recent, o)
}

// moved tells that an object was updated at a new time.
func (s *shelf) moved(o *object) {
	s.stale++
	s.push(o)
	if s.stale > len(s.byID)+1024 {
		s.tidyRecent()
	}
}

func (s *shelf) remove(o *object, at int64) {
	delete(s.byID, o.id)
	o.deleted = true
	s.gone++
	s.stale++
	s.dropNumber(o)
	s.dropName(o)
	s.deleted = append(s.deleted, tombstone{o.id, at})
}

// numberField is the property that a kind is looked up by.
func (k *kind) numberField() string {
	if k.name == "Payment" {
		return "PaymentRefNum"
	}
	return "DocNumber"
}

func (s *shelf) addNumber(o *object) {
	if o.txn != nil && o.txn.number != "" {
		key := strings.ToLower(o.txn.number)
		s.byNumber[key] = append(s.byNumber[key], o)
	}
}

func (s *shelf) dropNumber(o *object) {
	if o.txn == nil || o.txn.number == "" {
		return
	}
	key := strings.ToLower(o.txn.number)
	left := slices.DeleteFunc(s.byNumber[key], func(x *object) bool { return x == o })
	if len(left) == 0 {
		delete(s.byNumber, key)
		return
	}
	s.byNumber[key] = left
}

func (s *shelf) addName(o *object) {
	if s.kind.named && o.name != "" {
		s.byName[nameKey(o)] = o
		s.names = nil
	}
}

func (s *shelf) dropName(o *object) {
	if s.kind.named && s.byName[nameKey(o)] == o {
		delete(s.byName, nameKey(o))
		s.names = nil
	}
}

// nameKey is what must be unique, without regard to case. For accounts name is
// the full one: a sub-account may repeat a name that stands elsewhere in the
// tree (recorded chart: two accounts "Depreciation").
func nameKey(o *object) string { return strings.ToLower(o.name) }

// byIDs are the live objects in order of id.
func (s *shelf) byIDs() []*object {
	if s.gone > 0 {
		s.ids = slices.DeleteFunc(s.ids, func(o *object) bool { return o.deleted })
		s.gone = 0
	}
	if !s.sorted {
		slices.SortFunc(s.ids, func(a, b *object) int { return compareIDs(a.id, b.id) })
		s.sorted = true
	}
	return s.ids
}

// byTime are the live objects in order of last update, then id.
func (s *shelf) byTime() []*object {
	if s.stale > 0 || !s.inOrder {
		s.tidyRecent()
	}
	return s.recent
}

func (s *shelf) tidyRecent() {
	kept := s.recent[:0]
	for i, o := range s.recent {
		if o.pos == i && !o.deleted {
			o.pos = len(kept)
			kept = append(kept, o)
		}
	}
	clear(s.recent[len(kept):])
	s.recent, s.stale = kept, 0
	if s.inOrder {
		return
	}
	slices.SortFunc(kept, func(a, b *object) int {
		if c := cmp.Compare(a.updated, b.updated); c != 0 {
			return c
		}
		return compareIDs(a.id, b.id)
	})
	for i, o := range kept {
		o.pos = i
	}
	s.inOrder = true
}

// byNames are the live list objects in order of name.
func (s *shelf) byNames() []*object {
	if s.names == nil {
		s.names = slices.Clone(s.byIDs())
		slices.SortStableFunc(s.names, func(a, b *object) int {
			return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
		})
	}
	return s.names
}
