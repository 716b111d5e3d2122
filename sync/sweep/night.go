package sweep

import "time"

const (
	// nightBegins and nightEnds are hours of the connection's own clock: people
	// are asleep, and the vendors' daily budgets are hardly used.
	nightBegins, nightEnds = 1, 5
	// apart is the least time between two sweeps: longer than a night.
	apart = 6 * time.Hour
	// overdue is after how long the time of day does not matter any more, for
	// machines that are switched off at night.
	overdue = 48 * time.Hour
	// rest is how long a connection is left alone after a sweep that failed.
	rest = time.Hour
)

// Due says whether a connection is to be swept at now: once in its night, by
// its own zone. since is when it was made, tried and finished are those of its
// last sweep.
func Due(now, since, tried, finished time.Time, zone *time.Location) bool {
	if now.Sub(tried) < rest {
		return false
	}
	last := finished
	if last.IsZero() {
		last = since
	}
	if age := now.Sub(last); age < apart || age >= overdue {
		return age >= overdue
	}
	hour := now.In(zone).Hour()
	return hour >= nightBegins && hour < nightEnds
}
