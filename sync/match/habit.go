package match

import (
	"maps"
	"math"
	"time"

	"tieout/receivables"
)

// Habits are how payers have paid: on a day on which a payer paid, how late was
// what they paid, and how late what they left open.
type Habits struct {
	all    history
	payers map[string]history
}

// history counts items by how late they were.
type history struct{ paid, left map[int]float64 }

func newHistory() history { return history{paid: map[int]float64{}, left: map[int]float64{}} }

// NewHabits knows nothing of anybody.
func NewHabits() *Habits { return &Habits{all: newHistory(), payers: map[string]history{}} }

// Learn notes a payment whose items are known: when the items that it paid and
// those that it left open fell due.
func (h *Habits) Learn(customer string, on receivables.Date, paid, left []receivables.Date) {
	own, known := h.payers[customer]
	if !known {
		own = newHistory()
		h.payers[customer] = own
	}
	late := newCalendar(on)
	for _, due := range paid {
		own.paid[lateness(late.days(due))]++
		h.all.paid[lateness(late.days(due))]++
	}
	for _, due := range left {
		own.left[lateness(late.days(due))]++
		h.all.left[lateness(late.days(due))]++
	}
}

// of is one payer's habit, before the background of everybody's.
func (h *Habits) of(customer string) payerHabit {
	return payerHabit{all: h.all, own: h.payers[customer]}
}

// known says whether anybody has been seen paying.
func (h *Habits) known() bool { return len(h.all.paid) > 0 }

type payerHabit struct{ all, own history }

// odds is the logarithm of the odds that an item so many days late is paid.
// Before anything is known it is taken to be paid half as often as left. A
// payer's own habit, with that of the days around, counts like four items of
// everybody's for each of theirs; nothing is ever held for impossible.
func (p payerHabit) odds(days int) float64 {
	const background, surest = 4.0, 0.997
	at := lateness(days)
	share := (p.all.paid[at] + 0.5) / (p.all.paid[at] + p.all.left[at] + 1.5)
	var paid, left float64
	for near := -2; near <= 2; near++ {
		nearness := 1 / (1 + math.Abs(float64(near)))
		paid += nearness * p.own.paid[at+near]
		left += nearness * p.own.left[at+near]
	}
	share = (paid + background*share) / (paid + left + background)
	share = min(max(share, 1-surest), surest)
	return math.Log(share / (1 - share))
}

// lateness puts days together where single ones say little: day by day near
// the due date, in steps of five further off, all beyond two months as one.
func lateness(days int) int {
	switch {
	case days < -30:
		return -15
	case days > 60:
		return 29
	case days > 20:
		return 20 + (days-20)/5
	case days < -10:
		return -10 - (-days-10)/5
	}
	return days
}

// calendar counts days back from one day.
type calendar struct {
	on   time.Time
	seen map[receivables.Date]int
}

func newCalendar(on receivables.Date) calendar {
	return calendar{on: on.Midnight(time.UTC), seen: map[receivables.Date]int{}}
}

// days is how many days before the calendar's day a date lies; 0 for a date
// that is not known.
func (c calendar) days(date receivables.Date) int {
	if n, ok := c.seen[date]; ok {
		return n
	}
	n := 0
	if at := date.Midnight(time.UTC); !at.IsZero() && !c.on.IsZero() {
		n = int(c.on.Sub(at).Hours() / 24)
	}
	c.seen[date] = n
	return n
}

func (h *Habits) clone() *Habits {
	out := NewHabits()
	if h == nil {
		return out
	}
	out.all = h.all.clone()
	for customer, own := range h.payers {
		out.payers[customer] = own.clone()
	}
	return out
}

func (h history) clone() history {
	return history{paid: maps.Clone(h.paid), left: maps.Clone(h.left)}
}
