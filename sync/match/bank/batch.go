package bank

import (
	"cmp"
	"fmt"
	"slices"

	"tieout/sync/match"
)

const (
	// leastAlike is how much of a line's name has to stand in each entry that is
	// put together with others.
	leastAlike = 0.7
	// batchBefore and batchAfter are how many days before and after the bank's
	// line the entries of a batch may lie.
	batchBefore, batchAfter = 31, 2
	// mostParts is how many entries are tried together.
	mostParts = 22
	// nearby are the heaviest pieces of a line's name by which entries are looked
	// up that may bear it.
	nearby = 6
)

// batches puts entries of one name together that add up to a line.
func (m *matcher) batches() {
	index := m.index()
	for l := range m.lines {
		if m.lines[l].done || m.lines[l].weight < leastName {
			continue
		}
		var parts []int
		for _, x := range m.alike(index, l, leastAlike) {
			if gap := m.lines[l].day - m.entries[x].day; gap <= batchBefore && gap >= -batchAfter && abs64(m.entries[x].Amount) < abs64(m.lines[l].Amount) {
				parts = append(parts, x)
			}
		}
		if set, ok := m.together(l, parts); ok {
			m.take(Batch, l, fmt.Sprintf("%d entries of this name add up to the amount, and no others do.", len(set)), set...)
		}
	}
}

// together finds the only entries that add up to a line; of several the ones
// that lie closest to it, if no others are as close.
func (m *matcher) together(l int, parts []int) ([]int, bool) {
	slices.SortFunc(parts, func(a, b int) int {
		return cmp.Or(cmp.Compare(m.gap(l, a), m.gap(l, b)), cmp.Compare(a, b))
	})
	parts = parts[:min(len(parts), mostParts)]
	slices.Sort(parts)
	amounts := make([]int64, len(parts))
	for i, x := range parts {
		amounts[i] = abs64(m.entries[x].Amount)
	}
	found := match.Subsets(amounts, abs64(m.lines[l].Amount))
	var best []int
	closest, tied := 0, false
	for _, set := range found.Sets {
		chosen := make([]int, len(set))
		far := 0
		for i, at := range set {
			chosen[i] = parts[at]
			far = max(far, m.gap(l, parts[at]))
		}
		switch {
		case best == nil || far < closest:
			best, closest, tied = chosen, far, false
		case far == closest:
			tied = true
		}
	}
	return best, best != nil && !tied
}

func (m *matcher) gap(l, x int) int { return abs(m.lines[l].day - m.entries[x].day) }

// index says which entries that are left have a piece.
func (m *matcher) index() map[match.Piece][]int {
	index := map[match.Piece][]int{}
	for i, x := range m.entries {
		if x.done {
			continue
		}
		for _, p := range x.pieces {
			index[p] = append(index[p], i)
		}
	}
	return index
}

// alike are the entries left of a line's sign that bear its name, in order.
func (m *matcher) alike(index map[match.Piece][]int, l int, least float64) []int {
	telling := slices.Clone(m.lines[l].pieces)
	slices.SortFunc(telling, func(a, b match.Piece) int {
		return cmp.Or(-cmp.Compare(m.words.worth[a], m.words.worth[b]), cmp.Compare(a, b))
	})
	var found []int
	for _, p := range telling[:min(len(telling), nearby)] {
		found = append(found, index[p]...)
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return slices.DeleteFunc(found, func(x int) bool {
		e := m.entries[x]
		return e.done || e.Amount < 0 != (m.lines[l].Amount < 0) || m.words.alike(m.lines[l], e) < least
	})
}

func abs(n int) int { return max(n, -n) }

func abs64(n int64) int64 { return max(n, -n) }
