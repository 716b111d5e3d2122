package bank

import (
	"fmt"
	"slices"
	"strings"
)

// longestCancel is how many days after an entry it is still cancelled by
// another.
const longestCancel = 62

// offsets pairs entries that cancel each other out: opposite amounts, the
// later says that it cancels, and the bank has no line for it. A payment and
// its return, of which the bank shows both, are no such pair.
func (m *matcher) offsets() {
	lines := map[int64]int{}
	for _, l := range m.lines {
		lines[l.Amount]++
	}
	entries := map[int64][]int{}
	for i, x := range m.entries {
		entries[x.Amount] = append(entries[x.Amount], i)
	}
	for i, x := range m.entries {
		if x.done || lines[x.Amount] > 0 || !cancels(x.Text) {
			continue
		}
		best, most := -1, 0.0
		for _, k := range entries[-x.Amount] {
			other := m.entries[k]
			if days := x.day - other.day; other.done || k == i || days < 0 || days > longestCancel {
				continue
			}
			if s := m.words.cancelled(x, other); s > most {
				best, most = k, s
			}
		}
		if best >= 0 {
			m.entries[i].done, m.entries[best].done = true, true
			m.paired = append(m.paired, Offset{
				Entry: m.entries[best].ID, By: x.ID,
				Why: fmt.Sprintf("%q is cancelled by %q, and the bank saw neither.", m.entries[best].Text, x.Text),
			})
		}
	}
}

// cancels says whether a text speaks of taking something back.
func cancels(text string) bool {
	lower := strings.ToLower(text)
	return slices.ContainsFunc([]string{"void", "cancel", "revers", "storno", "correct"}, func(w string) bool { return strings.Contains(lower, w) })
}

// cancelled is how surely x takes other back: both are known by one number, or
// speak of one name. 0 is not at all.
func (e evidence) cancelled(x, other entry) float64 {
	const sameReference, near = 2.0, 0.01
	score := e.alike(line{traits: traits{pieces: other.pieces, weight: e.weigh(other.pieces)}}, x)
	for _, n := range other.references {
		if slices.Contains(x.references, n) || slices.Contains(x.numbers, n) {
			score += sameReference
		}
	}
	if score < 0.5 {
		return 0
	}
	return score - near*float64(x.day-other.day)
}
