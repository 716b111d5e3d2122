package sweep

import (
	"testing"
	"time"
)

func TestDue(t *testing.T) {
	t.Parallel()
	sydney, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		got, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for name, c := range map[string]struct {
		now, made, tried, finished string
		zone                       *time.Location
		want                       bool
	}{
		"the first night":               {now: "2026-11-21 02:00", made: "2026-11-20 09:00", zone: time.UTC, want: true},
		"before the night":              {now: "2026-11-21 00:59", made: "2026-11-20 09:00", zone: time.UTC},
		"after the night":               {now: "2026-11-21 05:00", made: "2026-11-20 09:00", zone: time.UTC},
		"night in Sydney":               {now: "2026-11-21 15:30", made: "2026-11-20 09:00", zone: sydney, want: true},
		"day in Sydney":                 {now: "2026-11-21 02:00", made: "2026-11-20 09:00", zone: sydney},
		"connected in this very night":  {now: "2026-11-21 02:00", made: "2026-11-21 01:00", zone: time.UTC},
		"done in this night":            {now: "2026-11-21 04:00", made: "2026-11-01 09:00", tried: "2026-11-21 01:00", finished: "2026-11-21 01:00", zone: time.UTC},
		"done in the last night":        {now: "2026-11-22 01:00", made: "2026-11-01 09:00", tried: "2026-11-21 04:59", finished: "2026-11-21 04:59", zone: time.UTC, want: true},
		"failed just now":               {now: "2026-11-22 01:59", made: "2026-11-01 09:00", tried: "2026-11-22 01:00", finished: "2026-11-21 04:00", zone: time.UTC},
		"failed an hour ago":            {now: "2026-11-22 02:00", made: "2026-11-01 09:00", tried: "2026-11-22 01:00", finished: "2026-11-21 04:00", zone: time.UTC, want: true},
		"switched off at night":         {now: "2026-11-23 11:00", made: "2026-11-01 09:00", tried: "2026-11-21 11:00", finished: "2026-11-21 11:00", zone: time.UTC, want: true},
		"switched off at night, failed": {now: "2026-11-23 11:00", made: "2026-11-01 09:00", tried: "2026-11-23 10:30", finished: "2026-11-21 11:00", zone: time.UTC},
	} {
		if got := Due(at(c.now), at(c.made), at(c.tried), at(c.finished), c.zone); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
