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
// database's than a lease's margin. It looks once a minute, and each time while
// it was wrong. A file has no clock of its own, and a clock that is not the
// system's is moved on purpose.
func (a *App) ClockRight(ctx context.Context) error {
	if !a.config.CompareClock {
		return nil
	}
	w := &a.clockWatch
	w.mu.Lock()
	defer w.mu.Unlock()
	before := a.config.Clock.Now()
	if w.at.IsZero() || before.Sub(w.at).Abs() >= clockEvery || w.off.Abs() > lease.Margin {
		there, ok, err := a.Store.Clock(ctx)
		if err != nil {
			return err
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
	if w.off.Abs() <= lease.Margin {
		return nil
	}
	way := "ahead of"
	if w.off < 0 {
		way = "behind"
	}
	return fmt.Errorf("%w: it is %s %s the database's. Nothing is begun here until it is set right; let the system keep it (NTP)", ErrClock, w.off.Abs().Round(time.Second), way)
}
