// Package throttle counts calls as vendors do: in fixed windows of the
// stand-in's clock, and by how many run at once. It must know no vendor: the
// numbers, headers and bodies stay in the vendors' folders.
package throttle

import (
	"sync"
	"time"
)

// Window counts calls in fixed windows that begin at multiples of the length
// since 1970. Its owner guards it against concurrent use.
type Window struct {
	Length time.Duration // whole seconds
	start  int64         // unix seconds
	count  int
}

// Take counts n calls at an instant and says how many the window holds now and
// how long it still lasts, rounded up to whole seconds and at least one.
func (w *Window) Take(now time.Time, n int) (count int, left time.Duration) {
	length := int64(w.Length / time.Second)
	if start := now.Unix() / length * length; start != w.start {
		w.start, w.count = start, 0
	}
	w.count += n
	return w.count, time.Duration(w.start+length-now.Unix()) * time.Second
}

// Gate counts the calls that run at once. It is safe for concurrent use.
type Gate struct {
	mu      sync.Mutex
	running int
}

// Enter counts a call in unless so many run already; who was let in must call
// Leave.
func (g *Gate) Enter(most int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running >= most {
		return false
	}
	g.running++
	return true
}

// Leave counts a call out.
func (g *Gate) Leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
}
