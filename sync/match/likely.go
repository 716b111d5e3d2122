package match

import (
	"cmp"
	"math"
	"slices"
)

// likely finds sets that add up to the amount among those that people are
// likely to pay: where too many items are open to try all, most are hardly
// paid on that day, some hardly left, and only the rest is undecided. All sets
// of the most undecided items are tried.
//
// unseen is the logarithm of the weight of the sets that were not tried and
// add up by accident.
func (c chain) likely(amount int64) (sets [][]int, unseen float64) {
	tilt := c.tilt(amount, 0)
	all, fate := c.chance(amount, tilt), c.marginals(tilt)
	order := make([]int, len(fate))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(math.Abs(fate[a]), math.Abs(fate[b])), cmp.Compare(a, b))
	})
	undecided := order[:min(len(order), wholeSearch)]
	slices.Sort(undecided)
	tried := chain{amounts: c.amounts, odds: slices.Clone(c.odds), days: c.days}
	target := amount
	var taken []int
	for _, at := range order[len(undecided):] {
		if fate[at] > 0 {
			taken = append(taken, at)
			target -= c.amounts[at]
		}
		tried.odds[at] = math.Copysign(decided, fate[at])
	}
	if target < 0 {
		return nil, all
	}
	some := make([]int64, len(undecided))
	for i, at := range undecided {
		some[i] = c.amounts[at]
	}
	found := everySubset(some, target)
	for k, set := range found.Sets {
		for i := range set {
			set[i] = undecided[set[i]]
		}
		found.Sets[k] = append(set, taken...)
		slices.Sort(found.Sets[k])
	}
	seen := tried.chance(amount, tried.tilt(amount, tilt))
	for _, at := range taken {
		seen -= decided - c.odds[at]
	}
	if !found.Complete || seen >= all {
		seen = all - 1
	}
	return found.Sets, all + math.Log1p(-math.Exp(seen-all))
}

// decided stands for the odds of an item whose fate is not left open.
const decided = 60

// sets are all sets that add up, or of many items those of the shapes that
// people pay in and those that are likely for this payer. unseen is the
// logarithm of the weight of the others that add up by accident.
func (c chain) sets(amount int64) (sets [][]int, unseen float64) {
	found := Subsets(c.amounts, amount)
	if found.Complete || amount > largest || amount <= 0 {
		return found.Sets, math.Inf(-1)
	}
	more, unseen := c.likely(amount)
	found.Sets = append(found.Sets, more...)
	slices.SortFunc(found.Sets, slices.Compare)
	return slices.CompactFunc(found.Sets, slices.Equal), unseen
}
