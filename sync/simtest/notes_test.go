package simtest_test

import (
	"net/http"
	"sync"
)

// notes watches from outside that every write to a vendor was noted before it
// went out: a process that has no note of a call does not look for it when its
// outcome is unknown.
type notes struct {
	mu sync.Mutex
	// sent are the keys under which each process has sent since its last note.
	sent map[*process]map[string]bool
}

// keyOf is the key by which a vendor knows a repeated write; "" for none.
func keyOf(r *http.Request) string {
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		return key
	}
	return r.URL.Query().Get("requestid")
}

// taken notes that a process has written down what it sends.
func (n *notes) taken(p *process) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.sent, p)
}

// sends says whether a call goes out once more without a note.
func (n *notes) sends(p *process, key string) (again bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sent[p] == nil {
		n.sent[p] = map[string]bool{}
	}
	again = key != "" && n.sent[p][key]
	n.sent[p][key] = true
	return again
}

// refused forgets a call: with another token it may go out again.
func (n *notes) refused(p *process, key string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.sent[p], key)
}
