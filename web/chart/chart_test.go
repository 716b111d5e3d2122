package chart

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestColumns(t *testing.T) {
	t.Parallel()
	c := NewColumns([]int64{0, 75, 300}, []int64{150, -20, 290})
	var ticks []int64
	for _, x := range c.Ticks {
		ticks = append(ticks, x.Value)
	}
	if len(ticks) != 5 || ticks[0] != 300 || ticks[3] != 0 || ticks[4] != -100 || c.Ticks[0].Y != 0 || c.Ticks[4].Y != Size {
		t.Errorf("ticks %+v, want 300 to -100 by hundreds", c.Ticks)
	}
	if b := c.Bars[4]; b.Value != 300 || b.Y != 0 || b.Height != 750 {
		t.Errorf("the highest %+v, want all from the top to the line of 0", b)
	}
	if b := c.Bars[3]; b.Value != -20 || b.Y != 750 || b.Height != 50 {
		t.Errorf("the negative one %+v, want it below the line of 0", b)
	}
}

// TestColumnsFit: whatever the values, bars stand beside each other within the
// plane, and heights keep the order of the values.
func TestColumnsFit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 24).Draw(t, "groups")
		edge := rapid.SampledFrom([]int64{10, 1_000_000, math.MaxInt64}).Draw(t, "edge")
		draw := rapid.SliceOfN(rapid.Int64Range(-edge, edge), n, n)
		c := NewColumns(draw.Draw(t, "a"), draw.Draw(t, "b"))
		if len(c.Bars) != 2*n || len(c.Ticks) < 2 || len(c.Ticks) > maxParts+1 {
			t.Fatalf("%d bars, ticks %v", len(c.Bars), c.Ticks)
		}
		zero := false
		for i, x := range c.Ticks {
			zero = zero || x.Value == 0
			if i > 0 && c.Ticks[i-1].Y >= x.Y {
				t.Fatalf("ticks %v", c.Ticks)
			}
		}
		if !zero {
			t.Fatalf("no line of 0 in %v", c.Ticks)
		}
		right := 0
		for i, b := range c.Bars {
			if b.X < right || b.Width <= 0 || b.Height < 0 || b.Y < 0 || b.Y+b.Height > Size {
				t.Fatalf("bar %d of %v", i, c.Bars)
			}
			right = b.X + b.Width
			for _, o := range c.Bars {
				if b.Value >= 0 && o.Value > b.Value && o.Height < b.Height {
					t.Fatalf("%d is higher than %d", b.Value, o.Value)
				}
			}
		}
		if right > Size {
			t.Fatalf("the last ends at %d", right)
		}
	})
}
