package faults

import (
	"net/http"
	"slices"
)

// past remembers, while a stale rule is in force, what reads were answered and
// after how many writes, so that a later read can be answered as if the last
// writes had not reached it yet.
type past struct {
	writes int
	reads  map[string][]answer // by request, oldest first
	order  []string            // requests, oldest first, to bound the memory
}

// answer was good from the time when so many writes had been made.
type answer struct {
	after int
	rec   *recorder
}

// Bounds of what is remembered.
const (
	keptReads   = 1000
	keptAnswers = 8
)

// reads says whether a request only reads.
func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// remembers says whether a stale rule is in force. The caller holds the lock.
func (i *Injector) remembers() bool {
	return slices.ContainsFunc(i.rules, func(r *rule) bool { return r.Kind == Stale })
}

func (i *Injector) watching() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.remembers()
}

// wrote counts a write that was made while a stale rule is in force.
func (i *Injector) wrote(r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !reads(r) && i.remembers() {
		i.past.writes++
	}
}

// key tells requests apart by what they ask and for whom.
func key(r *http.Request) string {
	h := r.Header
	return r.Method + " " + r.URL.RequestURI() + "\n" + h.Get("Xero-Tenant-Id") + h.Get("Stripe-Account") + h.Get("Authorization") + h.Get("Accept") + h.Get("If-Modified-Since")
}

// serveWatched serves a request and remembers it as far as needed.
func (i *Injector) serveWatched(w http.ResponseWriter, r *http.Request) {
	if !i.watching() {
		i.next.ServeHTTP(w, r)
		return
	}
	if !reads(r) {
		i.next.ServeHTTP(w, r)
		i.wrote(r)
		return
	}
	i.fresh(r).replay(w)
}

// fresh serves a read and remembers its answer.
func (i *Injector) fresh(r *http.Request) *recorder {
	i.mu.Lock()
	after := i.past.writes
	i.mu.Unlock()
	rec := newRecorder()
	i.next.ServeHTTP(rec, r)
	if rec.status < http.StatusBadRequest || rec.status == http.StatusNotFound {
		i.keep(key(r), answer{after, rec})
	}
	return rec
}

func (i *Injector) keep(key string, a answer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	p := &i.past
	if p.reads == nil {
		p.reads = map[string][]answer{}
	}
	if _, known := p.reads[key]; !known {
		p.order = append(p.order, key)
		if len(p.order) > keptReads {
			delete(p.reads, p.order[0])
			p.order = p.order[1:]
		}
	}
	kept := slices.DeleteFunc(p.reads[key], func(o answer) bool { return o.after == a.after })
	kept = append(kept, a)
	if len(kept) > keptAnswers {
		kept = kept[1:]
	}
	p.reads[key] = kept
}

// serveStale answers a read with what it was answered before the last writes,
// as far as it was asked then. It is asked now as well, so that a later read
// can be that far behind.
func (i *Injector) serveStale(w http.ResponseWriter, r *http.Request, behind int) {
	old := i.fresh(r)
	i.mu.Lock()
	for _, a := range slices.Backward(i.past.reads[key(r)]) {
		old = a.rec
		if a.after <= i.past.writes-behind {
			break
		}
	}
	i.mu.Unlock()
	old.replay(w)
}
