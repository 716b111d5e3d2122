package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tieout/sync/lease"
)

// clockEvery is how often the clock of this machine is held against the
// database's.
const clockEvery = time.Minute

// ErrClock says that this machine's clock is not the database's, by which all
// machines can be told apart from one that is wrong. Leases end by the clocks of
// those who hold them: further apart than their margin, two machines could take
// the same work.
var ErrClock = errors.New("the clock of this machine is wrong")

// clockWatch is how far the clock was from the database's at the last look.
type clockWatch struct {
	mu  sync.Mutex
	at  time.Time
	off time.Duration
}

// ClockRight is ErrClock while this machine's clock is further from the
// database's than a lease's margin.
func (a *App) ClockRight(ctx context.Context) error {
	off, err := a.clockOff(ctx, false)
	if err != nil {
		return err
	}
	if words := clockWords("it", off); words != "" {
		return fmt.Errorf("%w: %s", ErrClock, words)
	}
	return nil
}

// clockWords say what is wrong with a clock, with what is to be done; "" while it
// is right.
func clockWords(which string, off time.Duration) string {
	way := "ahead of"
	switch {
	case off.Abs() <= lease.Margin:
		return ""
	case off < 0:
		way = "behind"
	}
	return fmt.Sprintf("%s is %s %s the database's. Nothing is begun there until it is set right; let the system keep it (NTP)", which, off.Abs().Round(time.Second), way)
}

// clockOff is how far this machine's clock is ahead of the database's. It looks once
// a minute, and each time while it was wrong, or at once where that is asked for. A
// file has no clock of its own, and a clock that is not the system's is moved on
// purpose.
func (a *App) clockOff(ctx context.Context, atOnce bool) (time.Duration, error) {
	if !a.config.CompareClock {
		return 0, nil
	}
	w := &a.clockWatch
	w.mu.Lock()
	defer w.mu.Unlock()
	before := a.config.Clock.Now()
	if atOnce || w.at.IsZero() || before.Sub(w.at).Abs() >= clockEvery || w.off.Abs() > lease.Margin {
		there, ok, err := a.Store.Clock(ctx)
		if err != nil {
			return 0, err
		}
		after := a.config.Clock.Now()
		w.at, w.off = after, 0
		switch { // how long the asking took is no difference
		case ok && there.Before(before):
			w.off = before.Sub(there)
		case ok && there.After(after):
			w.off = after.Sub(there)
		}
	}
	return w.off, nil
}
