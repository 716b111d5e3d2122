package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"
)

// reaper kills the program at chosen gates of the wire, counted over all its
// lives: each call passes one before the vendor gets it, and one behind.
type reaper struct {
	gate, deaths int
	// next is the gate of the next death, 0 for none.
	next  int
	after func() int
}

// sync runs tieout sync until it comes to its end alive. What has died stays
// dead for six minutes, longer than its leases.
func (r *reaper) sync(t *testing.T, d *drill) {
	t.Helper()
	for r.dies(t, d) {
		r.deaths++
		r.next = r.gate + r.after()
		d.move(t, 6*time.Minute)
	}
}

// dies says whether one run was killed.
func (r *reaper) dies(t *testing.T, d *drill) bool {
	t.Helper()
	c := d.command(t, "sync")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	killed, dead := false, make(chan struct{})
	var mu sync.Mutex
	d.wire.set(func(call) bool {
		mu.Lock()
		defer mu.Unlock()
		if killed {
			return false
		}
		if r.gate++; r.gate != r.next {
			return true
		}
		killed = true
		_ = c.Process.Kill() // SIGKILL: nothing of the program runs after it
		<-dead
		return false
	})
	_ = c.Wait()
	close(dead)
	d.wire.set(nil)
	return killed
}

// history is a first sync, payments, and what they lead to.
func (r *reaper) history(t *testing.T, d *drill) string {
	t.Helper()
	d.setUp(t)
	r.sync(t, d)
	d.ask(t, "/economy/act", "{}")
	r.sync(t, d)
	r.sync(t, d)
	d.rests(t)
	return d.stands(t)
}

func never() int { return 0 }

// TestKilledAnywhere kills the program with SIGKILL at gates between it and the
// vendors, again and again: the end is that of an undisturbed history, no
// document stands twice, and the proof ties out. With TIEOUT_KILLS=all it kills
// one program at each gate of its history instead.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, vendor string
		// A run has to live long enough, now and then, to come past what it reads
		// each time.
		longest  int
		database func(*testing.T) string
	}{
		{"quickbooks", "quickbooks", 32, func(*testing.T) string { return "" }},
		{"xero on postgres", "xero", 128, func(t *testing.T) string { return server.Database(t) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			calm := &reaper{after: never}
			want := calm.history(t, newDrill(t, c.vendor, c.database(t)))
			if os.Getenv("TIEOUT_KILLS") == "all" {
				for k := 1; k <= calm.gate; k++ {
					t.Run(fmt.Sprint("gate ", k), func(t *testing.T) {
						r := &reaper{next: k, after: never}
						r.compared(t, newDrill(t, c.vendor, c.database(t)), want)
						if r.deaths != 1 {
							t.Errorf("%d deaths", r.deaths)
						}
					})
				}
				return
			}
			chance := rand.New(rand.NewPCG(1, uint64(c.longest)))
			r := &reaper{after: func() int { return 1 + chance.IntN(c.longest>>chance.IntN(4)) }}
			r.next = r.after()
			r.compared(t, newDrill(t, c.vendor, c.database(t)), want)
			if r.deaths < 5 {
				t.Errorf("%d deaths, want more", r.deaths)
			}
			t.Logf("%d deaths at %d gates", r.deaths, r.gate)
		})
	}
}

// compared plays the history and compares its end.
func (r *reaper) compared(t *testing.T, d *drill, want string) {
	t.Helper()
	first := r.next
	if got := r.history(t, d); got != want {
		t.Errorf("killed from gate %d on, %d times: the vendors hold, and in a calm history they do not:\n%s\nthe other way round:\n%s",
			first, r.deaths, without(got, want), without(want, got))
	}
}
