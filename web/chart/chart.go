// Package chart lays out charts as whole numbers on a plane of a thousand by a
// thousand; pages draw them as SVG and set the words beside them as text, so
// that a chart fits every width and its words stay as large as all others. It
// knows nothing of what the numbers mean.
package chart

import (
	"math"
	"math/bits"
)

// Size is how wide and how high the plane is. Y grows downwards, as in SVG.
const Size = 1000

// Columns is a chart of groups of bars side by side.
type Columns struct {
	Bars []Bar
	// Ticks are the round values of the lines, from the top down, at equal
	// distances. One of them is 0.
	Ticks []Tick
}

// Bar is one value of a series. A value of 0 has no height.
type Bar struct {
	Group, Series       int
	Value               int64
	X, Y, Width, Height int
}

// Tick is a value and how far down its line is.
type Tick struct {
	Value int64
	Y     int
}

// How much of a group's width is left free, and into how many parts the ticks
// divide the height at most.
const (
	gapShare = 4
	maxParts = 4
)

// NewColumns lays out series of equal length; what a longer one has beyond the
// first is left out.
func NewColumns(series ...[]int64) Columns {
	low, high := int64(0), int64(0)
	for _, values := range series {
		for _, v := range values {
			low, high = min(low, bounded(v)), max(high, bounded(v))
		}
	}
	step := roundStep(low, high)
	low, high = -upTo(-low, step), upTo(high, step)
	if low == high {
		high = low + step
	}
	y := func(v int64) int { return share(high-v, high-low) }
	out := Columns{}
	for v := high; v >= low; v -= step {
		out.Ticks = append(out.Ticks, Tick{v, y(v)})
	}
	if len(series) == 0 || len(series[0]) == 0 {
		return out
	}
	groups := len(series[0])
	width := Size * (gapShare - 1) / (gapShare * groups * len(series))
	for g := range groups {
		left := Size*g/groups + Size/(2*gapShare*groups)
		for s, values := range series {
			if g >= len(values) {
				continue
			}
			v := bounded(values[g])
			top, bottom := y(max(v, 0)), y(min(v, 0))
			out.Bars = append(out.Bars, Bar{Group: g, Series: s, Value: values[g], X: left + s*width, Y: top, Width: width, Height: bottom - top})
		}
	}
	return out
}

// bounded keeps sums of a few values within 64 bits.
func bounded(v int64) int64 { return min(max(v, math.MinInt64/16), math.MaxInt64/16) }

// roundStep is the smallest of 1, 2, 5, 10, 20, ... that takes a span in a few
// steps.
func roundStep(low, high int64) int64 {
	for unit := int64(1); unit <= math.MaxInt64/100; unit *= 10 {
		for _, n := range []int64{1, 2, 5} {
			if step := n * unit; upTo(high, step)/step+upTo(-low, step)/step <= maxParts {
				return step
			}
		}
	}
	return math.MaxInt64 / 16
}

// upTo is the least multiple of step that v does not exceed, for v from 0 on.
func upTo(v, step int64) int64 { return (v + step - 1) / step * step }

// share is the part of a whole on the plane, for 0 <= part <= whole. Their
// product may be wider than 64 bits.
func share(part, whole int64) int {
	high, low := bits.Mul64(uint64(part), Size)
	quotient, _ := bits.Div64(high, low, uint64(whole))
	return int(quotient)
}
