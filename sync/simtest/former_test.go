package simtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// former remembers the ledger's objects as reads have shown them, so that one
// that is asked for by its id can be shown as it was before it last changed: a
// read may be answered by a copy that the last writes have not reached, long
// after a list has shown them.
type former struct {
	mu   sync.Mutex
	seen map[string][]shown
}

// maxShown is how many states of an object are remembered.
const maxShown = 4

// shown is an object at a time of its change.
type shown struct {
	at  time.Time
	row any
}

// formerSeeds says for which seeds it happens: one of sixteen, whatever else
// they draw, so that the others stay what they are.
func formerSeeds(seed uint64) bool { return seed%32 == 11 || seed%32 == 15 }

// asFormer has objects be shown as they were, and events come late and twice, by
// which they are asked for once more.
func (c *chaos) asFormer() *chaos {
	c.threats = slices.DeleteFunc(c.threats, func(t *threat) bool { return t.kind == noHooks || t.kind == loseHook })
	c.threats = append(c.threats, &threat{kind: outdated, at: named, permille: 1000, left: 12})
	for _, k := range []kind{lateHook, doubleHook} {
		if !c.has(k) {
			c.threats = append(c.threats, &threat{kind: k})
		}
	}
	c.former = &former{seen: map[string][]shown{}}
	return c
}

// byID says whether a call asks a ledger for objects by their ids.
func byID(r *http.Request, body []byte) bool {
	query := r.URL.Query()
	return query.Has("IDs") || strings.Contains(query.Get("query"), " Id IN ") || bytes.Contains(body, []byte(" Id IN "))
}

// passes remembers what an answer shows and, if it is to be an old one, puts each
// object in it back to the state before.
func (f *former) passes(w *world, answer *http.Response, old bool) {
	text, _ := io.ReadAll(answer.Body)
	answer.Body = io.NopCloser(bytes.NewReader(text))
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var all map[string]any
	if answer.StatusCode != http.StatusOK || d.Decode(&all) != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	put := 0
	for _, list := range objectsIn(all) {
		rows, _ := list.in[list.name].([]any)
		for i, row := range rows {
			before, ok := f.saw(list.name, row)
			if ok && old {
				rows[i] = before
				put++
			}
		}
	}
	if put == 0 {
		return
	}
	if text, err := json.Marshal(all); err == nil {
		w.tell("%d objects are shown as they were before", put)
		answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		answer.Header.Set("Content-Length", fmt.Sprint(len(text)))
	}
}

// saw remembers a row, and gives the object's state before it.
func (f *former) saw(list string, row any) (before any, ok bool) {
	o, _ := row.(map[string]any)
	id, _ := o["Id"].(string)
	if id == "" {
		id, _ = o[strings.TrimSuffix(list, "s")+"ID"].(string)
	}
	at := changedAt(row)
	if id == "" || at.IsZero() {
		return nil, false
	}
	key := list + "/" + id
	states := f.seen[key]
	for _, s := range states {
		if s.at.Before(at) {
			before, ok = s.row, true
		}
	}
	if n := len(states); n == 0 || states[n-1].at.Before(at) {
		f.seen[key] = append(states[max(0, n-maxShown+1):], shown{at, row})
	}
	return before, ok
}

// objectsIn are the lists of objects in an answer, however short.
func objectsIn(all map[string]any) (out []listed) {
	for name, v := range all {
		switch name {
		case "QueryResponse":
			if q, ok := v.(map[string]any); ok {
				out = append(out, objectsIn(q)...)
			}
		case "BatchItemResponse", "CDCResponse":
			for _, one := range list(v) {
				out = append(out, objectsIn(one)...)
			}
		default:
			if rows, ok := v.([]any); ok && len(rows) > 0 {
				out = append(out, listed{all, name})
			}
		}
	}
	return out
}
