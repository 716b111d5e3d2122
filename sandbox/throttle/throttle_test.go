package throttle_test

import (
	"testing"
	"time"

	"tieout/sandbox/throttle"
)

func TestWindow(t *testing.T) {
	t.Parallel()
	w := throttle.Window{Length: time.Minute}
	at := time.Date(2026, 11, 20, 12, 0, 58, 0, time.UTC)
	for _, c := range []struct {
		after time.Duration
		n     int
		count int
		left  time.Duration
	}{
		{0, 1, 1, 2 * time.Second}, {time.Second, 3, 4, time.Second}, {2 * time.Second, 1, 1, time.Minute}, {24 * time.Hour, 2, 2, 2 * time.Second},
	} {
		if count, left := w.Take(at.Add(c.after), c.n); count != c.count || left != c.left {
			t.Errorf("after %s: %d, %s left; want %d, %s", c.after, count, left, c.count, c.left)
		}
	}
}

func TestGate(t *testing.T) {
	t.Parallel()
	var g throttle.Gate
	for n, want := range []bool{true, true, false} {
		if g.Enter(2) != want {
			t.Fatalf("call %d: let in %t, want %t", n+1, !want, want)
		}
	}
	g.Leave()
	if !g.Enter(2) {
		t.Fatal("a place was free")
	}
}
