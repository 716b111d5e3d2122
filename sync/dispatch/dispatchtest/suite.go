package dispatchtest

import (
	"context"
	"slices"
	"testing"
	"time"

	"tieout/books"
	"tieout/store"
	"tieout/sync/dispatch"
)

// Several is the name of the story of several processes.
const Several = "several processes share the work"

// Suite runs every story, or only those named, each on a database of its own
// that open makes.
func Suite(t *testing.T, open func(*testing.T) (*store.Store, Start), only ...string) {
	t.Helper()
	for _, story := range []struct {
		name string
		tell func(*world)
	}{
		{"one process", oneProcess},
		{Several, several},
		{"hints are lost", lost},
		{"hints come twice and too late", doubled},
		{"a worker is killed", killed},
		{"a process ends in good order", handedOver},
		{"a clock jumps", jump},
		{"an older version works beside", older},
	} {
		if len(only) > 0 && !slices.Contains(only, story.name) {
			continue
		}
		t.Run(story.name, func(t *testing.T) {
			t.Parallel()
			s, start := open(t)
			story.tell(newWorld(t, s, start))
		})
	}
}

func oneProcess(w *world) {
	p := w.process("one", true, false)
	w.await(1)
	w.clock.Advance(time.Hour)
	p.hint()
	w.await(2)
}

func several(w *world) {
	for _, name := range []string{"one", "two", "three"} {
		w.process(name, true, false)
	}
	for n := range 3 {
		w.await(n + 1)
		w.clock.Advance(time.Hour)
	}
}

// lost has no hint arrive anywhere: the looks at the rows alone do the work.
func lost(w *world) {
	one := w.process("one", false, false)
	w.process("two", false, false)
	w.await(1)
	w.clock.Advance(time.Hour)
	one.hint()
	w.await(2)
}

func doubled(w *world) {
	one, two := w.process("one", true, false), w.process("two", true, false)
	w.await(1)
	w.clock.Advance(time.Hour)
	for range 20 {
		one.hint()
		two.hint()
	}
	w.await(2)
	for range 20 {
		one.hint()
		two.hint()
	}
	w.clock.Advance(time.Hour)
	w.await(3)
}

// killed has a process die with work in its hands: others do it when its claims
// have ended, and not before.
func killed(w *world) {
	dying := w.process("dying", true, true)
	w.until("a worker has taken work", func() bool { return w.claimed("dying") >= workers })
	taken := w.claimed("dying")
	dying.kill()
	w.process("other", true, false)
	w.until("the rest is run", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.ran) == stocked-taken
	})
	w.exactly(1)
	w.clock.Advance(dispatch.ClaimLife)
	w.await(1)
}

// handedOver ends a process while another one works: nothing waits for a claim.
func handedOver(w *world) {
	first := w.process("first", true, false)
	w.until("something is run", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.ran) > 0 })
	w.process("second", true, false)
	first.stop()
	w.await(1)
}

// jump moves the clock a day ahead, and back again: what is due is run, and
// nothing is lost.
func jump(w *world) {
	w.process("one", true, false)
	w.process("two", true, false)
	w.await(1)
	w.clock.Advance(24 * time.Hour)
	w.await(2)
	w.clock.Advance(-24 * time.Hour)
	w.clock.Advance(25 * time.Hour)
	w.await(3)
}

// older has a process beside that knows of no claims: it looks for what is due
// and takes the lease, as every version does.
func older(w *world) {
	w.process("new", true, false)
	ctx, cancel := context.WithCancel(w.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			due, err := w.store.DueConnections(ctx, books.Tenant, w.clock.Now(), 2)
			if err != nil {
				return
			}
			for _, c := range due {
				if err := w.work(context.WithoutCancel(ctx), "old", c.ID); err != nil {
					w.Error(err)
				}
			}
		}
	}()
	for n := range 3 {
		w.await(n + 1)
		w.clock.Advance(time.Hour)
	}
	cancel()
	<-ended
}

// claimed is how many connections a holder has claimed.
func (w *world) claimed(holder string) int {
	var n int
	row := w.store.DB().QueryRowContext(w.Context(), `select count(*) from connection where claimed_by = $1`, holder)
	if err := row.Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}
