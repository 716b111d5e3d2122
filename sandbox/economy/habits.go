package economy

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Habit is the way in which an open invoice will be paid, or not.
type Habit string

// Habits of the payers. Each names what the company will see.
const (
	HabitLink        Habit = "link"               // by the link on the invoice, at once or days later
	HabitDeclined    Habit = "declined_then_link" // the first card is declined, the second is not
	HabitDebit       Habit = "debit_settles"      // bank debit by the link, settles days later
	HabitDebitFails  Habit = "debit_fails"        // bank debit by the link, fails days later
	HabitPart        Habit = "part"               // a payment intent over a part of the invoice
	HabitBatch       Habit = "batch"              // one payment for several invoices of one customer
	HabitNoReference Habit = "no_reference"       // the exact amount, without any number
	HabitByHand      Habit = "by_hand"            // at the bank; the bookkeeper enters it
	HabitUnknown     Habit = "unknown_payer"      // somebody whom the ledger does not know
	HabitNever       Habit = "never"              // not at all
)

// Reference says what of an invoice a payment names.
type Reference string

// References that a payment made without a link may carry.
const (
	InDescription Reference = "description"
	InMetadata    Reference = "metadata"
	OnlyEmail     Reference = "email"
	OnlyName      Reference = "name"
)

// Intention is what one payer will do about one or several open invoices.
// Invoices are indexes: into Book.Invoices for a plan, into the list of open
// invoices for a recorded company.
type Intention struct {
	Habit     Habit
	Invoices  []int
	At        time.Time // not before this
	Share     int       // permille of what is open
	Reference Reference
}

// candidate is an open invoice as the assignment of habits sees it.
type candidate struct {
	index  int
	family string // who pays, and in which currency
	closed bool   // its document cannot take a link: nobody will pay it
}

// candidates are the plan's open invoices. A memo without room cannot take a
// link, nor can a Xero invoice with a payment on it take a new line (Xero docs:
// accounting/invoices); so their customers never get one.
func (g *generator) candidates() []candidate {
	var all []candidate
	for _, index := range g.book.Open {
		inv := g.book.Invoices[index]
		all = append(all, candidate{
			index:  index,
			family: fmt.Sprintf("%d/%s", inv.Customer, inv.Currency),
			closed: len(inv.Memo) > 500 || g.book.Vendor == Xero && g.partPaid[index],
		})
	}
	return all
}

// quotas say how many of a hundred thousand open invoices each habit gets, in
// the order in which few invoices are handed out. The promised minima are 10 %
// in part, 5 % in batches, 3 % without reference, 2 % by hand, 1 % failing
// debits and 1 % unknown payers; every figure here is above its minimum.
var quotas = []struct {
	habit Habit
	of    int
}{
	{HabitLink, 1000},
	{HabitPart, 11500},
	{HabitNoReference, 3800},
	{HabitByHand, 2500},
	{HabitDebitFails, 1500},
	{HabitUnknown, 1500},
	{HabitDeclined, 2000},
	{HabitDebit, 4000},
	{HabitNever, 6000},
}

const (
	batchQuota = 6500 // of 100,000 invoices
	batchMost  = 4    // invoices in one payment
)

// intend gives every open invoice a habit. The result is ordered by time, then
// by the first invoice, and depends on nothing but its arguments.
func intend(rng *rand.Rand, open []candidate, now time.Time) []Intention {
	order := rng.Perm(len(open))
	taken := make([]bool, len(open))
	var out []Intention
	for _, k := range order {
		if open[k].closed {
			taken[k] = true
			out = append(out, Intention{Habit: HabitNever, Invoices: []int{open[k].index}, At: now})
		}
	}
	out = append(out, batches(rng, open, order, taken, now)...)
	free := order[:0:0]
	for _, k := range order {
		if !taken[k] {
			free = append(free, k)
		}
	}
	for _, q := range quotas {
		for i := 0; i < portion(q.of, len(open)) && len(free) > 0; i++ {
			out = append(out, one(rng, q.habit, open[free[0]].index, now))
			free = free[1:]
		}
	}
	for _, k := range free {
		out = append(out, one(rng, HabitLink, open[k].index, now))
	}
	slices.SortStableFunc(out, func(a, b Intention) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Invoices[0], b.Invoices[0]))
	})
	return out
}

// portion is of/100,000 of n, rounded up, at least 1.
func portion(of, n int) int { return max(1, (of*n+99999)/100000) }

// one is the intention of a payer of a single invoice.
func one(rng *rand.Rand, habit Habit, index int, now time.Time) Intention {
	it := Intention{Habit: habit, Invoices: []int{index}, At: now, Share: 1000, Reference: OnlyEmail}
	switch habit {
	case HabitLink: // a tenth of them takes some days
		if rng.IntN(10) == 0 {
			it.At = now.Add(time.Duration(1+rng.IntN(20)) * day)
		}
	case HabitPart:
		it.Share = 200 + rng.IntN(500)
		it.Reference = pick(rng, []Reference{InDescription, InMetadata})
	case HabitNoReference:
		it.Reference = pick(rng, []Reference{OnlyEmail, OnlyEmail, OnlyName})
	}
	return it
}

// batches covers its share of the invoices with payments for two to four
// invoices of one customer and currency.
func batches(rng *rand.Rand, open []candidate, order []int, taken []bool, now time.Time) []Intention {
	groups := make(map[string][]int)
	var names []string // in the order of first sight, for a stable walk
	for _, k := range order {
		if taken[k] {
			continue
		}
		f := open[k].family
		if len(groups[f]) == 0 {
			names = append(names, f)
		}
		groups[f] = append(groups[f], k)
	}
	var out []Intention
	want := portion(batchQuota, len(open))
	for _, f := range names {
		if want <= 0 {
			break
		}
		group := groups[f]
		if len(group) < 2 {
			continue
		}
		size := min(2+rng.IntN(batchMost-1), len(group))
		it := Intention{Habit: HabitBatch, At: now, Share: 1000, Reference: pick(rng, []Reference{InDescription, InMetadata, OnlyEmail})}
		for _, k := range group[:size] {
			taken[k] = true
			it.Invoices = append(it.Invoices, open[k].index)
		}
		slices.Sort(it.Invoices)
		out = append(out, it)
		want -= size
	}
	return out
}
