// Package match finds which open items a payment settles, from nothing but
// amounts, dates and how the payer has paid before. It is a pure function of
// its input: no clock, no randomness, no database, and the order of its input
// decides nothing. It does not know why a payment was made otherwise (a link,
// an invoice's number in the text): stronger evidence is used before it is
// asked.
//
// The way of a question:
//
//	subsets.go   which sets of the payer's open items add up to the amount
//	habit.go     how likely each item is to be paid on that day
//	chain.go     how likely a set is as a whole: neighbours are paid together
//	chance.go    how much weight all the sets have that were not looked at
//	bar.go       how sure an answer has to be
//	match.go     is the best set sure enough, and why
//	rounds.go    what is sure first teaches the rest
//	why.go       the answer in a sentence
//	near.go      what might explain an amount that nothing adds up to
//
// Where only a payer's name is known, names.go finds the customers that it may
// mean, and likeness.go what two spellings have in common.
package match

import (
	"cmp"
	"math"
	"slices"

	"tieout/receivables"
)

// Item is something open that a payment can settle.
type Item struct {
	ID       string
	Customer string
	// Amount is what can be paid on it, in minor units; items without one are
	// passed over.
	Amount int64
	// Issued and Due are civil dates; an item is not paid before it is issued.
	Issued, Due receivables.Date
}

// Payment is money that came in.
type Payment struct {
	ID string
	On receivables.Date
	// Amount is in minor units of the items' currency.
	Amount int64
	// Name is who paid, as the bank or the processor writes it; "" when only
	// the customer is known.
	Name string
	// Payers are the customers that it may come from.
	Payers []Payer
}

// Payer is a customer that a payment may come from.
type Payer struct {
	Customer string
	// Fit says how well the payer fits before amounts are looked at, relative to
	// the payment's other payers: 1 where the customer is known.
	Fit float64
}

// Finding is what was found out about a payment.
type Finding struct {
	Payment string
	// Customer is whose items they are.
	Customer string
	// Items are the ids of the best set, oldest due date first; empty when no
	// set adds up.
	Items []string
	// Share is the best set's part of the weight of everything that could
	// explain the payment, from 0 to 1. At Sure and above the set is sure.
	Share float64
	// Rivals counts the other sets that add up, as far as they were looked at.
	Rivals int
	// Sure says that the set can be taken without asking.
	Sure bool
	// Why explains it in a sentence for a person.
	Why string

	// bar is the share from which this set is sure.
	bar float64
}

// strange is how often a payment is for something else than open items in
// full. Such a payment could have any amount that is as round as the items'
// are, and a far-fetched set that adds up must be likelier than that.
const strange = 0.01

// candidate is a set of one payer's items that adds up.
type candidate struct {
	payer int
	set   []int
	// weight is a logarithm: what the evidence says for the set.
	weight float64
}

// weigh finds and weighs all that could explain a payment. open are the items
// of each payer in the order of due dates. strangers is how sure an answer with
// rivals has to be where nothing is known of anybody.
func weigh(p Payment, open [][]Item, h *Habits, strangers float64) Finding {
	var all []candidate
	var unseen []float64
	for i, payer := range p.Payers {
		if payer.Fit <= 0 {
			continue
		}
		items := payableOn(open[i], p.On)
		c := newChain(items, p.On, h.of(payer.Customer))
		sets, others := c.sets(p.Amount)
		if len(sets) == 0 {
			continue
		}
		prior := math.Log(payer.Fit)
		if len(p.Payers) > 1 {
			// Payers are compared by how much of all that they might have paid
			// the set is; for one payer that is a constant.
			prior -= c.total(0)
		}
		for _, set := range sets {
			all = append(all, candidate{payer: i, set: set, weight: prior + c.likelihood(set)})
		}
		unseen = append(unseen, prior+c.total(0)+math.Log(strange*c.grain(p.Amount, 1)/float64(p.Amount)), prior+others)
	}
	if len(all) == 0 {
		return Finding{Payment: p.ID}
	}
	best := slices.MaxFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.weight, b.weight), -cmp.Compare(a.payer, b.payer), -slices.Compare(a.set, b.set))
	})
	rest := 0.0
	for _, c := range all {
		rest += math.Exp(c.weight - best.weight)
	}
	for _, w := range unseen {
		rest += math.Exp(w - best.weight)
	}
	items := payableOn(open[best.payer], p.On)
	f := Finding{Payment: p.ID, Customer: p.Payers[best.payer].Customer, Share: 1 / rest / exchanges(items, best.set), Rivals: len(all) - 1}
	for _, at := range best.set {
		f.Items = append(f.Items, items[at].ID)
	}
	round := newChain(items, p.On, h.of(f.Customer)).grain(p.Amount, 1)
	f.bar = barOf(f.Rivals, float64(p.Amount)/round)
	if f.Rivals > 0 && !h.known() {
		f.bar = strangers
	}
	f.Sure = f.Share >= f.bar
	f.Why = why(f, p, items, best.set)
	return f
}

// exchanges is in how many ways items of the set can be exchanged for others
// that look the same in amount and dates: nothing tells which of them was paid.
func exchanges(items []Item, set []int) float64 {
	type look struct {
		amount      int64
		issued, due receivables.Date
	}
	in, all := map[look]int{}, map[look]int{}
	for _, item := range items {
		all[look{item.Amount, item.Issued, item.Due}]++
	}
	ways := 1.0
	for _, at := range set {
		item := look{items[at].Amount, items[at].Issued, items[at].Due}
		in[item]++
		ways *= float64(all[item]-in[item]+1) / float64(in[item])
	}
	return ways
}

// One matches a single payment against the open items of its payers. What is
// known of how they pay may be nil.
func One(p Payment, items []Item, known *Habits) Finding {
	open := make([][]Item, len(p.Payers))
	for i, payer := range p.Payers {
		for _, item := range items {
			if item.Customer == payer.Customer {
				open[i] = append(open[i], item)
			}
		}
		slices.SortFunc(open[i], byDue)
	}
	if known == nil {
		known = NewHabits()
	}
	return weigh(p, open, known, never)
}

// payableOn are the items that existed on a day and have an amount.
func payableOn(items []Item, on receivables.Date) []Item {
	kept := make([]Item, 0, len(items))
	for _, item := range items {
		if item.Issued <= on && item.Amount > 0 {
			kept = append(kept, item)
		}
	}
	return kept
}

func amounts(items []Item) []int64 {
	out := make([]int64, len(items))
	for i, item := range items {
		out[i] = item.Amount
	}
	return out
}

// byDue orders items as they fall due.
func byDue(a, b Item) int {
	return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Issued, b.Issued), cmp.Compare(a.ID, b.ID))
}
