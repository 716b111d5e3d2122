package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
	"tieout/sync/schedule"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	now := clock.At(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC))
	p := &progress{console: console{err: &screen, clock: now}}
	long := "quickbooks " + strings.Repeat("A very long company name ", 5)
	for range 4 {
		p.hear(schedule.Event{Subject: long, Step: "ledger_documents", Seen: 1000})
		now.Advance(time.Second)
	}
	p.hear(schedule.Event{Subject: long, Ended: true})
	p.hear(schedule.Event{Subject: "stripe quick", Step: "charges", Seen: 3})
	p.hear(schedule.Event{Subject: "stripe quick", Ended: true})
	p.hear(schedule.Event{Subject: "book slow", Step: "write", Written: 1})
	now.Advance(2 * time.Second)
	p.hear(schedule.Event{Subject: "book slow", Step: "write", Written: 9})
	p.hear(schedule.Event{Subject: "other", Step: "charges"}) // ends the book's line
	lines := strings.Split(screen.String(), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines, want two that stay and one that is written over: %q", len(lines), lines)
	}
	if got := last(lines[0]); !strings.HasSuffix(got, "…: 4000 read in 4s, 1000/s") || len([]rune(got)) > lineWidth {
		t.Errorf("the long line ends as %q", got)
	}
	if got := last(lines[1]); got != "book slow: 9 written in 2s, 4/s" {
		t.Errorf("the book's line ends as %q", got)
	}
	for _, line := range lines {
		for drawn := range strings.SplitSeq(line, "\r") {
			if len([]rune(drawn)) > lineWidth+1 {
				t.Errorf("%q does not fit on a line", drawn)
			}
		}
	}
}

// last is what stands on a line after everything was written over.
func last(line string) string {
	drawn := strings.Split(line, "\r")
	return strings.TrimRight(drawn[len(drawn)-1], " ")
}
