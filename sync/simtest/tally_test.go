package simtest_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// tally counts what happened in the disturbed runs of this program: a fault
// that never comes is not tested.
type tally struct {
	mu    sync.Mutex
	count map[string]int
}

func (t *tally) add(what string, places ...where) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count[what]++
	for _, p := range places {
		t.count[what+" @ "+string(p)]++
	}
}

// String is a table.
func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out strings.Builder
	for _, what := range slices.Sorted(maps.Keys(t.count)) {
		fmt.Fprintf(&out, "%7d  %s\n", t.count[what], what)
	}
	return out.String()
}

func (t *tally) some(what string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count[what] += n
}
