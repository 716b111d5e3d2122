package schedule_test

import (
	"testing"
	"time"

	"tieout/sync/schedule"
)

// FuzzParseSchedule: an expression that is taken leads forward in time.
func FuzzParseSchedule(f *testing.F) {
	for _, text := range []string{"@hourly", "*/5 * * * *", "@every 1ns", "0 0 31 2 *", "TZ=Nowhere/X * * * * *", "CRON_TZ=UTC 0 0 1 1 *", "@every 9999999h"} {
		f.Add(text)
	}
	now := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := schedule.ParseSchedule(text)
		if err != nil {
			return
		}
		if next := plan.Next(now); !next.IsZero() && !next.After(now) {
			t.Errorf("%q leads from %v to %v", text, now, next)
		}
	})
}
