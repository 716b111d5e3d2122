package statement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	// beforeArrival and afterArrival are how many days around the arrival that
	// the processor names a payout is looked for. Banks book late over week-ends
	// and holidays; the proof calls a payout overdue after five business days.
	beforeArrival, afterArrival = 2, 9
	// closely is how near a line without the processor's name has to be.
	closely = 4
)

// tie is a line that may be a payout.
type tie struct {
	line, payout int
	days         int
	named, id    bool
}

// payouts ties lines to payouts: the amount to the cent, near the arrival, and
// the processor named, or nothing else of the amount on either side. Of equal
// payouts the earlier line is the earlier one.
func (s *sorting) payouts() {
	var ties []tie
	rivals := map[int]int{}
	for i, l := range s.lines {
		for k, p := range s.world.Payouts {
			if days := l.On.DaysSince(p.Arrival); l.Amount == p.Amount && days >= -beforeArrival && days <= afterArrival && p.Arrival != "" {
				text := strings.ToLower(l.words())
				ties = append(ties, tie{i, k, days, p.Processor != "" && strings.Contains(text, strings.ToLower(p.Processor)), strings.Contains(text, strings.ToLower(p.ID))})
				rivals[i]++
			}
		}
	}
	slices.SortFunc(ties, func(a, b tie) int {
		return cmp.Or(-cmp.Compare(a.strength(), b.strength()), cmp.Compare(abs(a.days), abs(b.days)), cmp.Compare(s.lines[a.line].On, s.lines[b.line].On),
			cmp.Compare(s.world.Payouts[a.payout].ID, s.world.Payouts[b.payout].ID), cmp.Compare(a.line, b.line))
	})
	taken := map[int]bool{}
	for _, t := range ties {
		if !s.open(t.line) || taken[t.payout] || t.strength() == 0 && (abs(t.days) > closely || rivals[t.line] > 1 || s.contested(t, ties)) {
			continue
		}
		taken[t.payout] = true
		p := s.world.Payouts[t.payout]
		f := &s.found[t.line]
		f.Meaning, f.Sure, f.Payout = MeansPayout, t.strength() > 0, p.ID
		f.Why = fmt.Sprintf("The amount is that of the payout %s, %s its arrival on %s%s.", p.ID, distance(t.days), p.Arrival, t.because(p.Processor))
	}
}

// contested says whether another line may be the same payout.
func (s *sorting) contested(t tie, ties []tie) bool {
	return slices.ContainsFunc(ties, func(o tie) bool { return o.payout == t.payout && o.line != t.line && s.open(o.line) })
}

func (t tie) strength() int {
	switch {
	case t.id:
		return 2
	case t.named:
		return 1
	}
	return 0
}

func (t tie) because(processor string) string {
	switch {
	case t.id:
		return ", and the text names it"
	case t.named:
		return ", and the text names " + processor
	}
	return "; the text does not name " + processor
}

func distance(days int) string {
	switch {
	case days == 0:
		return "on"
	case days == 1:
		return "one day after"
	case days > 0:
		return fmt.Sprintf("%d days after", days)
	case days == -1:
		return "one day before"
	}
	return fmt.Sprintf("%d days before", -days)
}

func abs(n int) int { return max(n, -n) }
