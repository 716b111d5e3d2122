package xero

import (
	"net/url"
	"slices"
)

// findAll chooses and orders the records of a list, and remembers them until
// the next write: whoever walks pages asks for the same again and again.
func (o *Organisation) findAll(k *kind, q *query) []*record {
	found := o.candidates(k, q)
	if q.plain(k) {
		return found
	}
	kept := make([]*record, 0, min(len(found), 1024))
	for _, r := range found {
		if q.selects(r) {
			kept = append(kept, r)
		}
	}
	// Candidates come in the default order already, or in that of their id.
	switch {
	case q.order == "" || q.order == "UpdatedDateUTC" && !q.down && len(q.then) == 0:
	case q.order == k.idKey && !q.down && len(q.then) == 0 && slices.IsSortedFunc(kept, compareIDs):
	default:
		kept = sorted(kept, q)
	}
	if q.key != "" {
		if o.lists == nil || len(o.lists) >= maxLists {
			o.lists = map[string][]*record{}
		}
		o.lists[q.key] = kept
	}
	return kept
}

// maxLists bounds the memory of remembered lists.
const maxLists = 16

// writing must be called before anything is changed.
func (o *Organisation) writing() { o.lists = nil }

// listKey is all of a request that chooses or orders.
func listKey(k *kind, q url.Values, since string) string {
	for _, name := range []string{"page", "pageSize", "unitdp", "summaryOnly"} {
		q.Del(name)
	}
	return k.name + "?" + q.Encode() + "\n" + since
}
