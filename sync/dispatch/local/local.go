// Package local dispatches due work inside one process. A scan every second
// is the guarantee that what is due is done; a hint only shortens the wait. It
// owns the goroutine; the steps that it runs own none.
package local

import (
	"context"
	"time"
)

// scan is the pause between two looks at what is due.
const scan = time.Second

// Dispatcher runs what is due, until its context ends.
type Dispatcher struct {
	// Due runs everything that is due now. It is never called twice at once.
	Due func(context.Context) error
	// Failed hears of an error; the next scan tries again.
	Failed func(error)
	hints  chan struct{}
	pause  time.Duration
}

// Every changes the pause between two looks, for a process that hears of what
// is due from others too. It is to be called before Run.
func (d *Dispatcher) Every(pause time.Duration) *Dispatcher {
	d.pause = pause
	return d
}

// New makes a dispatcher.
func New(due func(context.Context) error, failed func(error)) *Dispatcher {
	return &Dispatcher{Due: due, Failed: failed, hints: make(chan struct{}, 1), pause: scan}
}

// Hint says that something may be due. It never blocks; hints that come
// while one waits are one.
func (d *Dispatcher) Hint() {
	select {
	case d.hints <- struct{}{}:
	default:
	}
}

// Run scans until the context ends. What was begun is finished first: the
// steps see the end of the context themselves.
func (d *Dispatcher) Run(ctx context.Context) {
	tick := time.NewTicker(d.pause)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := d.Due(ctx); err != nil && ctx.Err() == nil {
			d.Failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-d.hints:
		}
	}
}
