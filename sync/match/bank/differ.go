package bank

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	// surelyAlike is how much of the line's name has to stand in an entry of
	// another amount.
	surelyAlike = 0.7
	// differBefore and differAfter are how many days before and after the line
	// such an entry may lie.
	differBefore, differAfter = 15, 3
	// feeShare is the largest part of an amount, one in so many, that a bank's
	// fee or a rounding explains.
	feeShare = 20
	// clearly is by how much the best pair must be better than the next.
	clearly = 1.0
)

// pair is a line and an entry whose amounts differ.
type pair struct {
	line, entry int
	score       float64
	why         string
}

// differing pairs what is left by name, where the difference of the amounts has
// an explanation. A pair that another would contradict is none.
func (m *matcher) differing() {
	index := m.index()
	var pairs []pair
	for l := range m.lines {
		if m.lines[l].done || m.lines[l].weight < leastName {
			continue
		}
		for _, x := range m.alike(index, l, surelyAlike) {
			gap := m.lines[l].day - m.entries[x].day
			why, worth := difference(abs64(m.lines[l].Amount), abs64(m.entries[x].Amount))
			if gap > differBefore || gap < -differAfter || why == "" {
				continue
			}
			score := worth + m.words.name(m.lines[l], m.entries[x]) + date(m.lines[l], m.entries[x])
			pairs = append(pairs, pair{l, x, score, why})
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(-cmp.Compare(a.score, b.score), cmp.Compare(a.line, b.line), cmp.Compare(a.entry, b.entry))
	})
	for i, p := range pairs {
		if m.lines[p.line].done || m.entries[p.entry].done || m.rivalled(p, pairs[i+1:]) {
			continue
		}
		m.take(Differs, p.line, fmt.Sprintf("The name is the same, %d days apart; %s.", m.gap(p.line, p.entry), p.why), p.entry)
	}
}

// rivalled says whether a pair that is nearly as good wants one of its sides.
func (m *matcher) rivalled(p pair, others []pair) bool {
	for _, o := range others {
		if o.score < p.score-clearly {
			return false
		}
		if (o.line == p.line) != (o.entry == p.entry) && !m.lines[o.line].done && !m.entries[o.entry].done {
			return true
		}
	}
	return false
}

// difference explains why two amounts may be one, in words and as evidence; ""
// when nothing does.
func difference(bank, ledger int64) (string, float64) {
	const slip, small = 4.0, 3.0
	switch off := abs64(bank - ledger); {
	case off == 0:
		// What has the same amount and was not taken is contested.
		return "", 0
	case swapped(bank, ledger):
		return "two digits are swapped in one of the amounts", slip
	case off <= max(bank, ledger)/feeShare:
		return "the amounts differ by no more than a fee would", small
	}
	return "", 0
}

// swapped says whether two neighbouring digits are all that differs.
func swapped(a, b int64) bool {
	x, y := strconv.FormatInt(a, 10), strconv.FormatInt(b, 10)
	long := max(len(x), len(y))
	x, y = strings.Repeat("0", long-len(x))+x, strings.Repeat("0", long-len(y))+y
	for i := range long - 1 {
		if x[i] != y[i] {
			return x[i] == y[i+1] && x[i+1] == y[i] && x[i+2:] == y[i+2:]
		}
	}
	return false
}
