package economy

import (
	"testing"
	"time"

	"tieout/internal/clock"
)

func TestStage(t *testing.T) {
	t.Parallel()
	base := clock.At(testNow)
	s := NewStage(base)
	if got := s.Now(); !got.Equal(testNow) {
		t.Errorf("before: %s, want %s", got, testNow)
	}
	past := testNow.AddDate(-3, 0, 0)
	s.Set(past.Add(300 * time.Millisecond))
	base.Advance(time.Hour)
	if got := s.Now(); !got.Equal(past) {
		t.Errorf("staged: %s, want %s", got, past)
	}
	s.Release()
	if got, want := s.Now(), testNow.Add(time.Hour); !got.Equal(want) {
		t.Errorf("released: %s, want %s", got, want)
	}
}
