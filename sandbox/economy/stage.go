package economy

import (
	"sync"
	"time"

	"tieout/internal/clock"
)

// Stage is the clock of the stand-ins. While the past is written it shows the
// instant of each step, so that documents carry the times at which they were
// made; afterwards it shows the real one.
type Stage struct {
	base clock.Clock

	mu sync.Mutex
	at time.Time // zero: the base clock's time
}

// NewStage returns a clock that shows the base clock's time.
func NewStage(base clock.Clock) *Stage { return &Stage{base: base} }

// Now is the staged instant, or the base clock's.
func (s *Stage) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.IsZero() {
		return s.base.Now()
	}
	return s.at
}

// Set stops the clock at an instant of the past.
func (s *Stage) Set(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = at.UTC().Truncate(time.Second)
}

// Release lets the base clock show through again.
func (s *Stage) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = time.Time{}
}
