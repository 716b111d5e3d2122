package match

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// What is summed along the chain is what adding up all sets one by one gives.
func TestChainSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "n")
		c := chain{amounts: make([]int64, n), odds: make([]float64, n)}
		for i := range n {
			c.amounts[i] = rapid.Int64Range(1, 500).Draw(t, "amount")
			c.odds[i] = rapid.Float64Range(-6, 6).Draw(t, "odds")
			if i == 0 || rapid.Bool().Draw(t, "another day") {
				c.days = append(c.days, i)
			}
		}
		c.days = append(c.days, n)
		tilt := rapid.Float64Range(-0.02, 0.02).Draw(t, "tilt")
		var all float64
		with := make([]float64, n)
		for mask := range 1 << n {
			set := members(uint32(mask), n)
			weight, sum := c.weight(set), 0.0
			for _, at := range set {
				sum += float64(c.amounts[at])
			}
			weight = math.Exp(weight + tilt*sum)
			all += weight
			for _, at := range set {
				with[at] += weight
			}
		}
		if total := c.total(tilt); math.Abs(total-math.Log(all)) > 1e-6 {
			t.Fatalf("total %v, want %v", total, math.Log(all))
		}
		for i, odds := range c.marginals(tilt) {
			if want := math.Log(with[i] / (all - with[i])); math.Abs(odds-want) > 1e-6*(1+math.Abs(want)) {
				t.Fatalf("item %d: %v, want %v", i, odds, want)
			}
		}
	})
}
