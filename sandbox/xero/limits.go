package xero

import (
	"net/http"
	"strconv"
	"time"
)

// Limits per minute, for each organisation and for the app (Xero docs:
// oauth2/limits). The limit of five concurrent calls is not imitated.
const (
	minuteLimit    = 60
	appMinuteLimit = 10000
)

// window counts calls in fixed windows.
type window struct {
	minute, day int64 // start of the windows, unix seconds
	inMinute    int
	inDay       int
}

func (w *window) roll(now time.Time) {
	if m := now.Unix() / 60 * 60; m != w.minute {
		w.minute, w.inMinute = m, 0
	}
	if d := now.Unix() / 86400 * 86400; d != w.day {
		w.day, w.inDay = d, 0
	}
}

// count notes one call, sets the headers that every answer carries and, with
// Limits on, refuses what is over. false when it answered.
func (s *Server) count(w http.ResponseWriter, o *Organisation, endpoint string) bool {
	now := s.opt.Clock.Now()
	s.mu.Lock()
	s.appWindow.roll(now)
	s.appWindow.inMinute++
	app := s.appWindow.inMinute
	s.mu.Unlock()
	o.mu.Lock()
	o.window.roll(now)
	o.window.inMinute++
	o.window.inDay++
	o.calls[endpoint]++
	win := o.window
	o.mu.Unlock()
	h := w.Header()
	h.Set("X-MinLimit-Remaining", left(minuteLimit, win.inMinute))
	h.Set("X-DayLimit-Remaining", left(s.opt.DayLimit, win.inDay))
	h.Set("X-AppMinLimit-Remaining", left(appMinuteLimit, app))
	h.Set("Xero-Correlation-Id", s.ids.uuid())
	if !s.opt.Limits {
		return true
	}
	switch {
	case win.inDay > s.opt.DayLimit:
		return tooMany(w, "day", win.day+86400-now.Unix())
	case win.inMinute > minuteLimit:
		return tooMany(w, "minute", win.minute+60-now.Unix())
	case app > appMinuteLimit:
		return tooMany(w, "appminute", win.minute+60-now.Unix())
	}
	return true
}

func left(limit, used int) string { return strconv.Itoa(max(limit-used, 0)) }

// tooMany is the 429 answer; its body is not documented and stays empty.
func tooMany(w http.ResponseWriter, problem string, seconds int64) bool {
	w.Header().Set("X-Rate-Limit-Problem", problem)
	w.Header().Set("Retry-After", strconv.FormatInt(max(seconds, 1), 10))
	w.WriteHeader(http.StatusTooManyRequests)
	return false
}
