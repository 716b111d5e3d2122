package match

import (
	"math"
	"slices"

	"tieout/receivables"
)

// tear is what it costs a set, as a logarithm, to treat what falls due on one
// day otherwise than what falls due before, and part what it costs to take
// some of what falls due on one day and leave the rest. People pay what is due
// together together.
const (
	tear = 1.2
	part = 2.4
)

// chain is the likelihood of a set of items as a whole. Each item is taken or
// left with its own odds; what falls due on one day hangs together, and so do
// neighbouring days. Within a day the order of the items says nothing.
type chain struct {
	amounts []int64
	// odds are the logarithms of the odds that an item is paid that day.
	odds []float64
	// days are where each due date's items begin; the last is their number.
	days []int
}

// newChain weighs the items, which are in the order of due dates, for a
// payment on a day.
func newChain(items []Item, on receivables.Date, h payerHabit) chain {
	c := chain{amounts: amounts(items), odds: make([]float64, len(items))}
	late := newCalendar(on)
	for i, item := range items {
		c.odds[i] = h.odds(late.days(item.Due))
		if i == 0 || item.Due != items[i-1].Due {
			c.days = append(c.days, i)
		}
	}
	c.days = append(c.days, len(items))
	return c
}

// state says how much of a day's items a set takes.
type state int

const (
	none state = iota
	some
	every
	states
)

// between is what it costs that two neighbouring days are treated as they are.
func between(a, b state) float64 { return tear * math.Abs(float64(a-b)) / float64(every) }

// weight is the logarithm of a set's likelihood, up to a constant of the chain.
// set is sorted.
func (c chain) weight(set []int) float64 {
	sum, before := 0.0, none
	for d := 0; d+1 < len(c.days); d++ {
		taken := 0
		for len(set) > 0 && set[0] < c.days[d+1] {
			sum += c.odds[set[0]]
			set = set[1:]
			taken++
		}
		now := some
		switch taken {
		case 0:
			now = none
		case c.days[d+1] - c.days[d]:
			now = every
		default:
			sum -= part
		}
		if d > 0 {
			sum -= between(before, now)
		}
		before = now
	}
	return sum
}

// cleared is how often more than many items are paid because the account is
// cleared: everything open up to a date, whoever paid what before. Such a set is
// one of as many as there are due dates, and the odds of its single items, one
// multiplied with the next, make far too little of it. Shorter ones are decided
// by their items.
const (
	cleared = 0.05
	many    = 20
)

// likelihood is the logarithm of a set's likelihood as total counts it; that it
// clears the account is included.
func (c chain) likelihood(set []int) float64 {
	weight := c.weight(set)
	if len(set) > many && slices.Contains(c.days, len(set)) && set[len(set)-1] == len(set)-1 {
		return either(weight, c.total(0)+math.Log(cleared/float64(len(c.days)-1)))
	}
	return weight
}

// weights are logarithms, by how much of a day's items is taken.
type weights [states]float64

// add gives the weight of all states together.
func (w weights) add() float64 {
	most := max(w[none], w[some], w[every])
	return most + math.Log(math.Exp(w[none]-most)+math.Exp(w[some]-most)+math.Exp(w[every]-most))
}

// shift carries weights over to the neighbouring day.
func (w weights) shift() (next weights) {
	for now := range states {
		costly := w
		for before := range states {
			costly[before] -= between(before, now)
		}
		next[now] = costly.add()
	}
	return next
}

func (w weights) times(other weights) weights {
	for s := range states {
		w[s] += other[s]
	}
	return w
}

// day gives the weights of all sets of one day's items when each item's odds
// are changed by tilt for each minor unit of its amount.
func (c chain) day(d int, tilt float64) weights {
	taken, either := 0.0, 0.0
	for i := c.days[d]; i < c.days[d+1]; i++ {
		odds := c.odds[i] + tilt*float64(c.amounts[i])
		taken += odds
		either += softplus(odds)
	}
	w := weights{none: 0, some: math.Inf(-1), every: taken}
	if c.days[d+1]-c.days[d] > 1 {
		w[some] = either + math.Log(max(0, 1-math.Exp(-either)-math.Exp(taken-either))) - part
	}
	return w
}

// total is the logarithm of the weight of all sets, the empty one included,
// when each item's odds are changed by tilt for each minor unit of its amount.
func (c chain) total(tilt float64) float64 {
	if len(c.odds) == 0 {
		return 0
	}
	line := c.day(0, tilt)
	for d := 1; d+1 < len(c.days); d++ {
		line = line.shift().times(c.day(d, tilt))
	}
	return line.add()
}

// marginals are the logarithms of the odds that each item is in a set of the
// chain, tilted as in total (forward and backward sums over the days).
func (c chain) marginals(tilt float64) []float64 {
	n := len(c.days) - 1
	days, after := make([]weights, n), make([]weights, n)
	for d := n - 1; d >= 0; d-- {
		days[d] = c.day(d, tilt)
		if d+1 < n {
			after[d] = days[d+1].times(after[d+1]).shift()
		}
	}
	out := make([]float64, len(c.odds))
	var before weights
	for d := range n {
		if d > 0 {
			before = before.times(days[d-1]).shift()
		}
		c.fates(d, tilt, before.times(after[d]), out)
	}
	return out
}

// fates gives the odds of a day's items; around is the weight of all other days
// by how much of this one's is taken.
func (c chain) fates(d int, tilt float64, around weights, out []float64) {
	from, to := c.days[d], c.days[d+1]
	all, either := 0.0, 0.0
	for i := from; i < to; i++ {
		odds := c.odds[i] + tilt*float64(c.amounts[i])
		all += odds
		either += softplus(odds)
	}
	for i := from; i < to; i++ {
		odds := c.odds[i] + tilt*float64(c.amounts[i])
		taken, left := weights{math.Inf(-1), math.Inf(-1), all}, weights{0, math.Inf(-1), math.Inf(-1)}
		if to-from > 1 {
			others := either - softplus(odds)
			taken[some] = odds + others + math.Log(max(0, 1-math.Exp(all-odds-others))) - part
			left[some] = others + math.Log(max(0, 1-math.Exp(-others))) - part
		}
		out[i] = taken.times(around).add() - left.times(around).add()
	}
}

// softplus is the logarithm of the weight of an item that may be taken or left.
func softplus(odds float64) float64 { return either(0, odds) }

// either adds two weights that are given as logarithms.
func either(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return a + math.Log1p(math.Exp(b-a))
}
