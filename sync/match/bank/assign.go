package bank

import "math"

// hungarian finds the assignment of rows to columns that is worth most, by
// shortest augmenting paths (Kuhn 1955, Jonker and Volgenant 1987). Each row
// may also stay without a column, which is worth nothing. A worth is evidence,
// as a logarithm, and no amount: hence the floats here.
func hungarian(worth [][]float64) []int {
	a := newAssignment(worth)
	for row := 1; row <= len(worth); row++ {
		a.add(row)
	}
	out := make([]int, len(worth))
	for row := range out {
		out[row] = -1
	}
	for c := 1; c <= len(worth[0]); c++ {
		if row := a.owner[c]; row > 0 && worth[row-1][c-1] > 0 {
			out[row-1] = c - 1
		}
	}
	return out
}

// assignment is the best one of the rows that were added. Rows and columns
// count from 1; 0 is the outside, from where a new row comes.
type assignment struct {
	worth [][]float64
	// owner is the row of a column, from the column before it on a path.
	owner, from []int
	// The prices say what a row or column costs beyond the others.
	rowPrice, columnPrice []float64
	// least is the cheapest way to a column found so far.
	least []float64
	done  []bool
}

func newAssignment(worth [][]float64) *assignment {
	// Behind the columns stands one for each row that stays without.
	rows, columns := len(worth)+1, len(worth[0])+len(worth)+1
	return &assignment{
		worth: worth, owner: make([]int, columns), from: make([]int, columns), rowPrice: make([]float64, rows),
		columnPrice: make([]float64, columns), least: make([]float64, columns), done: make([]bool, columns),
	}
}

// cost of a row in a column. What is worth less than nothing costs more than
// staying without.
func (a *assignment) cost(row, column int) float64 {
	if column > len(a.worth[0]) {
		return 0
	}
	return -max(a.worth[row-1][column-1], -1)
}

// add finds a place for a row along the cheapest path to a free column, and
// moves the rows on it.
func (a *assignment) add(row int) {
	for c := range a.least {
		a.least[c], a.done[c] = math.Inf(1), false
	}
	a.owner[0] = row
	at := 0
	for a.owner[at] != 0 {
		at = a.step(at)
	}
	for at != 0 {
		a.owner[at] = a.owner[a.from[at]]
		at = a.from[at]
	}
}

// step goes on from a column to the cheapest one that was not visited, and
// adjusts the prices.
func (a *assignment) step(at int) int {
	a.done[at] = true
	least, next := math.Inf(1), 0
	for c := 1; c < len(a.owner); c++ {
		if a.done[c] {
			continue
		}
		if now := a.cost(a.owner[at], c) - a.rowPrice[a.owner[at]] - a.columnPrice[c]; now < a.least[c] {
			a.least[c], a.from[c] = now, at
		}
		if a.least[c] < least {
			least, next = a.least[c], c
		}
	}
	for c := range a.done {
		if a.done[c] {
			a.rowPrice[a.owner[c]] += least
			a.columnPrice[c] -= least
		} else {
			a.least[c] -= least
		}
	}
	return next
}
