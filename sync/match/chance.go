package match

import "math"

// chance is the logarithm of the weight of all sets that add up to the amount
// by accident: with many open items some set hits any amount, and then adding
// up proves nothing. The sums of all sets spread like a bell; its height at
// the amount, for one minor unit, is that weight. Far from its middle a bell is
// a bad picture, so the odds are first tilted until the middle lies at the
// amount, and the tilt is taken back from the result (a saddlepoint
// approximation: Daniels, Saddlepoint Approximations in Statistics, 1954).
func (c chain) chance(amount int64) float64 {
	largest := 1.0
	for _, a := range c.amounts {
		largest = max(largest, float64(a))
	}
	const far, steps = 600, 60
	small := 1e-3 / largest
	mean := func(tilt float64) float64 { return (c.total(tilt+small) - c.total(tilt-small)) / (2 * small) }
	low, high := -far/largest, far/largest
	for range steps {
		middle := (low + high) / 2
		if mean(middle) < float64(amount) {
			low = middle
		} else {
			high = middle
		}
	}
	tilt := (low + high) / 2
	wide := 1e-2 / largest
	spread := (c.total(tilt+wide) - 2*c.total(tilt) + c.total(tilt-wide)) / (wide * wide)
	return c.total(tilt) - tilt*float64(amount) - 0.5*math.Log(2*math.Pi*max(spread, 1))
}
