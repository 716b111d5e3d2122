package simtest_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tieout/connectors"
	"tieout/internal/app"
	"tieout/sync/schedule"
)

// troubled bounds for how long things go wrong.
const troubled = 7 * time.Hour

// trouble lets one or two programs work while things go wrong.
func (w *world) trouble(ctx context.Context) {
	c := w.chaos
	if c.has(coarseTime) {
		w.vendors.every([]time.Duration{time.Second, time.Minute, 10 * time.Minute}[int(c.some(0, 3))])
	}
	if c.has(stale) {
		w.remember()
	}
	c.hooks(w)
	var working sync.WaitGroup
	times := w.timetable()
	for i, at := range times {
		working.Go(func() {
			// Who begins first must not be the machine's choice.
			pause(time.Duration(i+1) * time.Millisecond)
			w.worker(ctx, fmt.Sprintf("worker %d", i+1), at)
		})
	}
	done := make(chan struct{})
	var around sync.WaitGroup
	around.Go(func() { w.deliver(ctx, done) })
	around.Go(func() { w.people(times[0]) })
	if c.has(onlooker) {
		around.Go(func() { w.onlook(ctx, times[0]) })
	}
	working.Wait()
	close(done)
	around.Wait()
	w.late.Wait()
}

// timetable is when each worker is to work. Two of them come at the same time,
// or the second when the first one's lease has ended should it be asleep, or as
// it happens.
func (w *world) timetable() [][]time.Time {
	c, at := w.chaos, w.now()
	workers := 1
	sleepy := c.has(asleep, asleepAfter, dozing, slow)
	if sleepy || c.has(twoWorkers) {
		workers = 2
	}
	times := make([][]time.Time, workers)
	for range 4 + int(c.some(0, 4)) {
		at = at.Add(c.some(10*time.Second, 50*time.Minute))
		times[0] = append(times[0], at)
		if workers == 1 {
			continue
		}
		behind := c.some(0, 20*time.Millisecond)
		switch how := int(c.some(0, 10)); {
		case how < 2:
			behind = c.some(time.Second, 30*time.Minute)
		case how < 4 || how < 8 && sleepy:
			behind = c.some(5*time.Minute, 9*time.Minute)
		}
		times[1] = append(times[1], at.Add(behind))
	}
	return times
}

// deliver brings webhooks until the work is done.
func (w *world) deliver(ctx context.Context, done <-chan struct{}) {
	pause(10 * time.Millisecond)
	for {
		w.box.Step(ctx)
		select {
		case <-done:
			return
		case <-time.After(w.chaos.some(20*time.Second, 15*time.Minute)):
		}
	}
}

// people do some of what they are going to while the program is at work.
func (w *world) people(times []time.Time) {
	for _, at := range times {
		w.until(at.Add(w.chaos.some(20*time.Millisecond, 3*time.Second)))
		if w.chaos.chance(400) {
			w.hand()
		}
	}
}

// onlook opens a page that asks the ledger, in a program of its own and when a
// worker begins: that uses the same consent and waits for no worker.
func (w *world) onlook(ctx context.Context, times []time.Time) {
	pause(20 * time.Microsecond)
	p, err := w.open(ctx, "onlooker")
	if err != nil {
		w.tell("the onlooker does not start: %v", err)
		return
	}
	for _, at := range times {
		w.until(at.Add(w.chaos.some(0, 15*time.Millisecond)))
		b, err := p.book(ctx)
		if err == nil {
			_, err = p.Connect.Create(ctx, b, connectors.AccountPlan{})
		}
		w.tell("onlooker: %v", err)
		if p.isDead() {
			break
		}
	}
	p.close()
}

// worker is a program that is started again whenever it has died.
func (w *world) worker(ctx context.Context, name string, times []time.Time) {
	c, end := w.chaos, w.now().Add(troubled)
	var p *process
	for _, at := range times {
		w.until(at)
		if w.now().After(end) {
			break
		}
		if p != nil && p.isDead() {
			p.close()
			p = nil
		}
		if p == nil {
			var err error
			if p, err = w.open(ctx, name); err != nil {
				w.tell("%s does not start: %v", name, err)
				continue
			}
		}
		if c.has(clockJump) {
			p.jump(c.some(-6*time.Hour, 30*time.Hour))
			w.tell("%s believes that it is %s", name, p.Now().Format(time.DateTime))
			w.excuse() // clocks that are hours apart do not agree on who holds a lease
		}
		which := int(c.some(0, 8))
		if c.has(noHooks) {
			which = 2 + which%6
		}
		w.turn(ctx, p, which)
	}
}

// turn is one thing that a program does by itself or is asked to.
func (w *world) turn(ctx context.Context, p *process, which int) {
	var runs []app.BookRun
	var err error
	what := "did what was due"
	switch which {
	case 0, 1:
		what = "webhooks taken"
		runs, err = p.Hooked(ctx)
	case 2, 3, 4:
		what = "synced"
		runs, err = p.Sync(ctx, schedule.Options{Prove: which == 2})
	default:
		runs, err = p.Due(ctx, p.Now())
	}
	w.tell("%s: %s: %v", p.name, what, results(runs, err))
	for _, r := range runs {
		tallied.some("sent", r.Result.Pushed.Sent)
		tallied.some("found", r.Result.Pushed.Found)
		tallied.some("parked", r.Result.Pushed.Parked)
	}
	tallied.add("turn: " + what)
}
