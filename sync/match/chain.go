package match

import (
	"math"

	"tieout/receivables"
)

// tear is what it costs a set, as a logarithm, to take one item and leave its
// neighbour in the order of due dates; it costs that again when both fall due
// on one day. People pay what is due together together: with 1.2 a neighbour
// is about three times as likely to share its neighbour's fate.
const tear = 1.2

// chain is the likelihood of a set of items as a whole. Each item is taken or
// left with its own odds, and neighbours hang together.
type chain struct {
	amounts []int64
	// odds are the logarithms of the odds that an item is paid that day.
	odds []float64
	// tears[i] is the cost of treating items i-1 and i differently.
	tears []float64
}

// newChain weighs the items, which are in the order of due dates, for a
// payment on a day.
func newChain(items []Item, on receivables.Date, h payerHabit) chain {
	c := chain{amounts: amounts(items), odds: make([]float64, len(items)), tears: make([]float64, len(items))}
	late := newCalendar(on)
	for i, item := range items {
		c.odds[i] = h.odds(late.days(item.Due))
		c.tears[i] = tear
		if i > 0 && item.Due == items[i-1].Due {
			c.tears[i] += tear
		}
	}
	return c
}

// weight is the logarithm of a set's likelihood, up to a constant of the chain.
// set is sorted.
func (c chain) weight(set []int) float64 {
	sum := 0.0
	for k, at := range set {
		sum += c.odds[at]
		if at > 0 && (k == 0 || set[k-1] != at-1) {
			sum -= c.tears[at]
		}
		if next := at + 1; next < len(c.odds) && (k+1 == len(set) || set[k+1] != next) {
			sum -= c.tears[next]
		}
	}
	return sum
}

// total is the logarithm of the weight of all sets, the empty one included,
// when each item's odds are changed by tilt for each minor unit of its amount.
func (c chain) total(tilt float64) float64 {
	if len(c.odds) == 0 {
		return 0
	}
	left, taken := 0.0, c.odds[0]+tilt*float64(c.amounts[0])
	for i := 1; i < len(c.odds); i++ {
		odds := c.odds[i] + tilt*float64(c.amounts[i])
		left, taken = either(left, taken-c.tears[i]), either(taken, left-c.tears[i])+odds
	}
	return either(left, taken)
}

// either adds two weights that are given as logarithms.
func either(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return a + math.Log1p(math.Exp(b-a))
}
