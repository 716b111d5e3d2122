package xero

import (
	"net/http"
	"strconv"
	"time"

	"tieout/sandbox/throttle"
)

// Limits of Xero (Xero docs: oauth2/limits and the limits FAQ): calls a minute
// and calls at once for an organisation, calls a minute for the app, calls a
// day by tier. From Plus on, the first half hour of a new connection is free
// of the minute and the day limit (Rapid Sync).
const (
	minuteLimit     = 60
	concurrentLimit = 5
	appMinuteLimit  = 10000
	starterDayLimit = 1000
	otherDayLimit   = 5000
	rapidSync       = 30 * time.Minute
)

// Tiers of apps (developer.xero.com/pricing, March 2026).
const (
	TierStarter  = "starter"
	TierCore     = "core"
	TierPlus     = "plus"
	TierAdvanced = "advanced"
)

func dayLimit(tier string) int {
	if tier == TierStarter {
		return starterDayLimit
	}
	return otherDayLimit
}

// meter counts the calls for one organisation.
type meter struct {
	minute, day throttle.Window
	running     int
}

func newMeter() meter {
	return meter{minute: throttle.Window{Length: time.Minute}, day: throttle.Window{Length: 24 * time.Hour}}
}

// enter notes one call, sets the headers that every answer carries (with Limits
// off at their full figures) and, with Limits on, refuses what is over. false when it answered; otherwise the call
// must leave.
func (s *Server) enter(w http.ResponseWriter, o *Organisation, endpoint string) bool {
	now := s.opt.Clock.Now()
	s.mu.Lock()
	app, _ := s.appMinute.Take(now, 1)
	limits := s.limits
	s.mu.Unlock()
	o.mu.Lock()
	inMinute, minuteLeft := o.meter.minute.Take(now, 1)
	inDay, dayLeft := o.meter.day.Take(now, 1)
	o.meter.running++
	running := o.meter.running
	o.calls[endpoint]++
	free := (s.opt.Tier == TierPlus || s.opt.Tier == TierAdvanced) && o.connection != nil && now.Sub(o.connection.created) < rapidSync
	o.mu.Unlock()
	if !limits {
		// A client that obeys the headers must not slow down for nothing.
		app, inMinute, inDay = 0, 0, 0
	}
	h := w.Header()
	h.Set("X-MinLimit-Remaining", left(minuteLimit, inMinute))
	h.Set("X-DayLimit-Remaining", left(s.opt.DayLimit, inDay))
	h.Set("X-AppMinLimit-Remaining", left(appMinuteLimit, app))
	h.Set("Xero-Correlation-Id", s.ids.uuid())
	switch {
	case !limits:
		return true
	case running > concurrentLimit:
		tooMany(w, "concurrent", 0)
	case inDay > s.opt.DayLimit && !free:
		tooMany(w, "day", dayLeft)
	case inMinute > minuteLimit && !free:
		tooMany(w, "minute", minuteLeft)
	case app > appMinuteLimit:
		tooMany(w, "appminute", 0)
	default:
		return true
	}
	o.leave()
	return false
}

// leave ends a call that was entered.
func (o *Organisation) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.meter.running--
}

// SetLimits turns the refusal of calls over the limits on or off.
func (s *Server) SetLimits(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = on
}

func left(limit, used int) string { return strconv.Itoa(max(limit-used, 0)) }

// tooMany is the 429 answer. Its body is not documented and stays empty;
// Retry-After comes with the minute and the day limit only.
func tooMany(w http.ResponseWriter, problem string, wait time.Duration) {
	w.Header().Set("X-Rate-Limit-Problem", problem)
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64(wait/time.Second), 10))
	}
	w.WriteHeader(http.StatusTooManyRequests)
}
