package statement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tieout/receivables"
)

const (
	// beforeArrival and afterArrival are how many days around the arrival that
	// the processor names a payout is looked for. Banks book late over week-ends
	// and holidays; the proof calls a payout overdue after five business days.
	beforeArrival, afterArrival = 2, 9
	// closely is how near a line without the processor's name has to be.
	closely = 4
)

// expected is a line that the bank should show for a payout: its arrival, or
// its way back when it failed after it was paid.
type expected struct {
	payout   Payout
	amount   int64
	means    Meaning
	on       receivables.Date
	from, to receivables.Date
}

// expect gives the lines that a payout leads to. A bank sends a payout back
// after it came, and tells the processor in its own time: the way back stands
// between the arrival and some days after the processor has heard of it.
func (p Payout) expect() []expected {
	if p.Arrival == "" {
		return nil
	}
	from := p.Arrival.AddDays(-beforeArrival)
	list := []expected{{p, p.Amount, MeansPayout, p.Arrival, from, p.Arrival.AddDays(afterArrival)}}
	if p.Returned != "" {
		list = append(list, expected{p, -p.Amount, MeansPayoutReturn, p.Returned, from, p.Returned.AddDays(afterArrival)})
	}
	return list
}

// tie is a line that may be an expected one.
type tie struct {
	line, expected int
	days           int
	named, id      bool
}

// payouts ties lines to payouts: the amount to the cent, near the day, and the
// processor named, or nothing else of the amount on either side. Of equal
// payouts the earlier line is the earlier one.
func (s *sorting) payouts() {
	var list []expected
	for _, p := range s.world.Payouts {
		list = append(list, p.expect()...)
	}
	ties, rivals := s.ties(list)
	slices.SortFunc(ties, func(a, b tie) int {
		return cmp.Or(-cmp.Compare(a.strength(), b.strength()), cmp.Compare(abs(a.days), abs(b.days)), cmp.Compare(s.lines[a.line].On, s.lines[b.line].On),
			cmp.Compare(list[a.expected].payout.ID, list[b.expected].payout.ID), cmp.Compare(a.line, b.line))
	})
	taken := map[int]bool{}
	for _, t := range ties {
		if !s.open(t.line) || taken[t.expected] || t.strength() == 0 && (abs(t.days) > closely || rivals[t.line] > 1 || s.contested(t, ties)) {
			continue
		}
		taken[t.expected] = true
		e := list[t.expected]
		f := &s.found[t.line]
		f.Meaning, f.Sure, f.Payout, f.Why = e.means, t.strength() > 0, e.payout.ID, e.why(t)
	}
}

// ties gives every line that may be an expected one, and how many each line
// may be.
func (s *sorting) ties(list []expected) (ties []tie, rivals map[int]int) {
	rivals = map[int]int{}
	for i, l := range s.lines {
		text := strings.ToLower(l.words())
		for k, e := range list {
			if l.Amount == e.amount && l.On >= e.from && l.On <= e.to {
				p := e.payout
				ties = append(ties, tie{i, k, l.On.DaysSince(e.on), p.Processor != "" && strings.Contains(text, strings.ToLower(p.Processor)), strings.Contains(text, strings.ToLower(p.ID))})
				rivals[i]++
			}
		}
	}
	return ties, rivals
}

// contested says whether another line may be the same one.
func (s *sorting) contested(t tie, ties []tie) bool {
	return slices.ContainsFunc(ties, func(o tie) bool { return o.expected == t.expected && o.line != t.line && s.open(o.line) })
}

// why is the sentence for a person.
func (e expected) why(t tie) string {
	p := e.payout
	if e.means == MeansPayoutReturn {
		return fmt.Sprintf("The payout %s failed and came back: the amount is the same the other way, %s the day on which %s took it back, %s%s.", p.ID, distance(t.days), cmp.Or(p.Processor, "the processor"), e.on.Words(), t.because(p.Processor))
	}
	return fmt.Sprintf("The amount is that of the payout %s, %s its arrival on %s%s.", p.ID, distance(t.days), e.on.Words(), t.because(p.Processor))
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
