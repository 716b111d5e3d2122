package match

import (
	"cmp"
	"math"
	"slices"

	"tieout/receivables"
)

// All matches many payments against many open items. It goes over them several
// times: what is sure takes its items away from the rest and shows how its payer
// pays, so that the next round knows more. In the first rounds only what is
// nearly certain counts, because what is learned from a mistake is wrong too.
// known are the habits from before; they are not changed.
func All(payments []Payment, items []Item, known *Habits) []Finding {
	b := newBoard(payments, items)
	for round := range rounds {
		least := Sure
		if round < earlyRounds {
			least = early
		}
		if b.round(known, least) == 0 && round >= earlyRounds {
			break
		}
	}
	out := make([]Finding, len(payments))
	for i := range b.payments {
		out[b.payments[i].at] = b.findings[i]
	}
	return out
}

const (
	rounds      = 6
	earlyRounds = 2
	// early is the share that counts in the first rounds.
	early = 0.9999
)

// board is where the matching stands.
type board struct {
	payments []placed
	findings []Finding
	// items are each customer's, as they fall due.
	items map[string][]Item
	// taken says when an item was paid: the day and the payment.
	taken map[string]taking
	// sure counts the payments that are, learned those that this round has
	// learned from, and asked is what both were when a payment was asked about.
	sure, learned int
	asked         []standing
}

// standing is what an answer depends on; the same again gives the same answer.
type standing struct{ sure, learned int }

type placed struct {
	Payment
	at int // in the caller's order
}

type taking struct {
	payment string
	on      receivables.Date
}

func newBoard(payments []Payment, items []Item) *board {
	b := &board{items: map[string][]Item{}, taken: map[string]taking{}, findings: make([]Finding, len(payments)), asked: make([]standing, len(payments))}
	for i := range b.asked {
		b.asked[i].sure = -1
	}
	for i, p := range payments {
		b.payments = append(b.payments, placed{p, i})
	}
	slices.SortFunc(b.payments, func(p, q placed) int { return cmp.Or(cmp.Compare(p.On, q.On), cmp.Compare(p.ID, q.ID)) })
	for _, item := range items {
		b.items[item.Customer] = append(b.items[item.Customer], item)
	}
	for _, list := range b.items {
		slices.SortFunc(list, byDue)
	}
	return b
}

// round asks about every payment that is not sure yet, and counts those that
// have become so.
func (b *board) round(known *Habits, least float64) int {
	habits := b.learn(known)
	b.learned = b.sure
	for i, p := range b.payments {
		if b.findings[i].Sure {
			continue
		}
		f := b.findings[i]
		if now := (standing{b.sure, b.learned}); b.asked[i] != now {
			b.asked[i] = now
			f = b.ask(p.Payment, habits)
		}
		if f.Sure = f.Share >= max(f.bar, least); f.Sure {
			b.sure++
			for _, id := range f.Items {
				b.taken[id] = taking{p.ID, p.On}
			}
		}
		b.findings[i] = f
	}
	return b.sure - b.learned
}

func (b *board) ask(p Payment, habits *Habits) Finding {
	open := make([][]Item, len(p.Payers))
	for k, payer := range p.Payers {
		open[k] = b.open(payer.Customer)
	}
	// Somebody has to teach the others: of many payments the nearly certain ones
	// do, although nobody has been seen paying.
	f := weigh(p, open, habits, early)
	if len(f.Items) > 0 {
		f.Share /= 1 + b.swaps(p, f, habits.of(f.Customer))
	}
	return f
}

// swaps is how likely it is, against the finding, that an item of it and one of
// the same amount that another payment has taken belong the other way round.
// What was taken is no rival any more, and yet it may have been taken wrongly.
func (b *board) swaps(p Payment, f Finding, h payerHabit) float64 {
	paid := newCalendar(p.On)
	sum := 0.0
	for _, mine := range b.items[f.Customer] {
		if !slices.Contains(f.Items, mine.ID) {
			continue
		}
		for _, other := range b.items[f.Customer] {
			by, gone := b.taken[other.ID]
			if !gone || other.Amount != mine.Amount || other.Issued > p.On || mine.Issued > by.on {
				continue
			}
			then := newCalendar(by.on)
			sum += math.Exp(h.odds(paid.days(other.Due)) - h.odds(paid.days(mine.Due)) + h.odds(then.days(mine.Due)) - h.odds(then.days(other.Due)))
		}
	}
	return sum
}

// open are a customer's items that no payment has taken.
func (b *board) open(customer string) []Item {
	var out []Item
	for _, item := range b.items[customer] {
		if _, gone := b.taken[item.ID]; !gone {
			out = append(out, item)
		}
	}
	return out
}

// learn adds to the known habits what the sure findings show.
func (b *board) learn(known *Habits) *Habits {
	habits := known.clone()
	for i, p := range b.payments {
		f := b.findings[i]
		if !f.Sure {
			continue
		}
		var paid, left []receivables.Date
		for _, item := range b.items[f.Customer] {
			switch by, gone := b.taken[item.ID]; {
			case item.Issued > p.On:
			case gone && by.payment == p.ID:
				paid = append(paid, item.Due)
			case !gone || by.on > p.On:
				left = append(left, item.Due)
			}
		}
		habits.Learn(f.Customer, p.On, paid, left)
	}
	return habits
}
