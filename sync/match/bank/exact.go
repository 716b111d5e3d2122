package bank

import (
	"cmp"
	"fmt"
	"slices"
)

const (
	// leastScore is what a line and an entry of one amount need to be taken for
	// the same.
	leastScore = 1.5
	// largestGroup is how many lines of one amount are assigned as a whole;
	// beyond it the best pair goes first.
	largestGroup = 200
)

// exact pairs lines and entries of one amount. Where several have it, they are
// assigned so that the evidence of all pairs together is largest.
func (m *matcher) exact() {
	lines, entries := map[int64][]int{}, map[int64][]int{}
	for i, l := range m.lines {
		lines[l.Amount] = append(lines[l.Amount], i)
	}
	for i, x := range m.entries {
		if !x.done {
			entries[x.Amount] = append(entries[x.Amount], i)
		}
	}
	for amount, ls := range lines {
		xs := entries[amount]
		if len(xs) == 0 {
			continue
		}
		worth := make([][]float64, len(ls))
		for i, l := range ls {
			worth[i] = make([]float64, len(xs))
			for k, x := range xs {
				worth[i][k] = m.words.score(m.lines[l], m.entries[x]) - leastScore
				if len(ls) == 1 && len(xs) == 1 {
					worth[i][k] += onlyAmount
				}
			}
		}
		chosen := assign(worth)
		for i, k := range chosen {
			if k >= 0 && !m.contested(worth, chosen, i, xs) {
				m.take(Exact, ls[i], m.exactly(ls[i], xs[k], len(ls), len(xs)), xs[k])
			}
		}
	}
}

// contested says whether another line could as well have the entry of row, and
// whether it matters: two entries of one text are the same to everybody.
func (m *matcher) contested(worth [][]float64, chosen []int, row int, xs []int) bool {
	const clearly = 0.5
	mine := chosen[row]
	for k := range xs {
		if k == mine || slices.Equal(m.entries[xs[k]].pieces, m.entries[xs[mine]].pieces) {
			continue
		}
		gain := worth[row][mine] - worth[row][k]
		if other := slices.Index(chosen, k); other >= 0 {
			gain += worth[other][k] - max(worth[other][mine], 0)
		}
		if gain < clearly {
			return true
		}
	}
	return false
}

func (m *matcher) exactly(l, x, lines, entries int) string {
	why := "The amount is the same, and nothing else has it"
	switch {
	case m.words.number(m.lines[l], m.entries[x]) > 0:
		why = "The amount and the number are the same"
	case m.words.name(m.lines[l], m.entries[x]) > 0:
		why = "The amount and the name are the same"
	case lines > 1 || entries > 1:
		why = "The amount is the same, and the dates fit best"
	}
	return fmt.Sprintf("%s, %d days apart.", why, abs(m.lines[l].day-m.entries[x].day))
}

// assign gives each row one column, or none (-1), so that the worth of all is
// largest. What is worth nothing or less is not assigned.
func assign(worth [][]float64) []int {
	if len(worth) > largestGroup || len(worth[0]) > largestGroup {
		return greedy(worth)
	}
	return hungarian(worth)
}

// greedy takes the best pair first.
func greedy(worth [][]float64) []int {
	type pair struct {
		row, column int
		worth       float64
	}
	var pairs []pair
	out := make([]int, len(worth))
	for i, row := range worth {
		out[i] = -1
		for k, w := range row {
			if w > 0 {
				pairs = append(pairs, pair{i, k, w})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(-cmp.Compare(a.worth, b.worth), cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column))
	})
	taken := make([]bool, len(worth[0]))
	for _, p := range pairs {
		if out[p.row] < 0 && !taken[p.column] {
			out[p.row], taken[p.column] = p.column, true
		}
	}
	return out
}
