package schedule

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tieout/books"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestParseSchedule(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"@hourly", "@daily", "@every 1m", "@every 90m", "* * * * *", "*/15 * * * *", "0 6 * * 1-5", "0 0 29 2 *", "CRON_TZ=Europe/Berlin 0 6 * * *"} {
		if _, err := ParseSchedule(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "hourly", "@never", "61 * * * *", "* * * *", "0 * * * * *", "0 0 30 2 *", "@every 1s", "@every 59s", "@every -1h", "CRON_TZ=Mars/Olympus * * * * *"} {
		if plan, err := ParseSchedule(bad); err == nil {
			t.Errorf("%q was taken as %v", bad, plan)
		}
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expression, now string
		jitter          float64
		want            string
	}{
		{"@hourly", "2026-03-02T09:30:00Z", 0, "2026-03-02T10:00:00Z"},
		{"@hourly", "2026-03-02T09:30:00Z", 0.5, "2026-03-02T10:03:00Z"},
		{"@hourly", "2026-03-02T10:00:00Z", 0, "2026-03-02T11:00:00Z"},
		// The run of ten o'clock was late: it is caught up once, not again.
		{"@hourly", "2026-03-02T13:59:59Z", 0, "2026-03-02T14:00:00Z"},
		{"*/5 * * * *", "2026-03-02T09:31:00Z", 0.5, "2026-03-02T09:35:15Z"},
		// A long pause is not spread over hours.
		{"0 6 * * *", "2026-03-02T07:00:00Z", 0.5, "2026-03-03T06:05:00Z"},
		{"0 6 * * 1-5", "2026-03-06T05:00:00Z", 0.9, "2026-03-06T06:09:00Z"},
		{"@every 90m", "2026-03-02T09:30:00Z", 0, "2026-03-02T11:00:00Z"},
		{"CRON_TZ=Europe/Berlin 0 6 * * *", "2026-07-01T00:00:00Z", 0, "2026-07-01T04:00:00Z"},
		// Cron looks five years ahead, and 2100 is no leap year.
		{"0 0 29 2 *", "2097-01-01T00:00:00Z", 0.5, "2098-01-02T00:00:00Z"},
	} {
		s := &Scheduler{Jitter: func() float64 { return c.jitter }}
		due, err := s.next(books.Connection{Schedule: c.expression}, at(t, c.now))
		if err != nil || !due.Equal(at(t, c.want)) {
			t.Errorf("%s after %s with jitter %v: %s, %v; want %s", c.expression, c.now, c.jitter, due, err, c.want)
		}
	}
	if _, err := (&Scheduler{}).next(books.Connection{Schedule: "sometimes"}, at(t, "2026-03-02T09:30:00Z")); err == nil {
		t.Error("a schedule that cannot be read gave a time")
	}
}

// TestNextIsAhead: whatever the schedule, the next run lies ahead, and before
// the one that follows it.
func TestNextIsAhead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		expression := rapid.SampledFrom([]string{"@hourly", "@daily", "@weekly", "@monthly", "*/7 * * * *", "0 6 * * 1-5", "30 2 29 2 *", "@every 61s"}).Draw(r, "expression")
		now := time.Unix(rapid.Int64Range(1_700_000_000, 3_000_000_000).Draw(r, "now"), 0).UTC()
		jitter := rapid.Float64Range(0, 0.999).Draw(r, "jitter")
		s := &Scheduler{Jitter: func() float64 { return jitter }}
		due, err := s.next(books.Connection{Schedule: expression}, now)
		if err != nil {
			r.Fatal(err)
		}
		plan, _ := ParseSchedule(expression)
		first := plan.Next(now)
		if !due.After(now) || due.Before(first) || !due.Before(plan.Next(first)) {
			r.Errorf("%s after %s: %s", expression, now, due)
		}
	})
}

func TestInterval(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-03-06T05:00:00Z")
	for expression, want := range map[string]time.Duration{
		"@hourly": time.Hour, "*/15 * * * *": 15 * time.Minute, "0 6 * * 1-5": 72 * time.Hour, "@every 90m": 90 * time.Minute, "nonsense": time.Hour,
	} {
		if got := Interval(expression, now); got != want {
			t.Errorf("%s: %s, want %s", expression, got, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]time.Duration{
		0: time.Minute, 1: time.Minute, 2: 2 * time.Minute, 3: 4 * time.Minute, 9: 256 * time.Minute, 10: 6 * time.Hour, 11: 6 * time.Hour, 1 << 40: 6 * time.Hour,
	} {
		if got := backoff(n); got != want {
			t.Errorf("after %d failures: %s, want %s", n, got, want)
		}
	}
}
