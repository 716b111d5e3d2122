package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tieout/receivables"
)

// Credit is money of a customer that the ledger holds and that a payment may
// have used.
type Credit struct {
	ID, Customer string
	// Amount is in minor units, above 0.
	Amount int64
}

// Discount is what a customer may keep who pays an item in time.
type Discount struct {
	Item string
	// Amount is in minor units; Until is the last day on which it may be taken.
	Amount int64
	Until  receivables.Date
}

// NearKind is why an amount differs from what is open.
type NearKind string

// The kinds, in the order in which they are believed.
const (
	NearDiscount NearKind = "discount"
	NearCredit   NearKind = "credit"
	NearShort    NearKind = "short"
)

// Near is what might explain a payment that no set of items adds up to. It is
// shown to a person and never taken by itself.
type Near struct {
	Kind NearKind
	// Items are what would be paid, Credits what would be used for it.
	Items, Credits []string
	// Gap is by how much the payment falls short of the items, in minor units.
	Gap int64
	Why string
}

const (
	// shortShare is the largest part of what is owed, one in so many, by which a
	// payment is taken to fall short of it.
	shortShare = 20
	// mostNear is how many explanations are given.
	mostNear = 3
)

// Explain looks for what a payment of one customer may have meant: a discount
// taken in time, a credit used, a little too little. items are open, of any
// order.
func Explain(p Payment, items []Item, credits []Credit, discounts []Discount) []Near {
	if p.Amount <= 0 || p.Amount > largest {
		return nil
	}
	items = payableOn(items, p.On)
	slices.SortFunc(items, byDue)
	var found []Near
	if n, ok := discounted(p, items, discounts); ok {
		found = append(found, n)
	}
	found = append(found, credited(p, items, credits)...)
	found = append(found, short(p, items)...)
	return found[:min(len(found), mostNear)]
}

// discounted takes off every discount that is still open on the day of the
// payment. It answers when one set of items adds up then.
func discounted(p Payment, items []Item, discounts []Discount) (Near, bool) {
	off := map[string]int64{}
	for _, d := range discounts {
		if p.On <= d.Until && d.Amount > 0 {
			off[d.Item] = d.Amount
		}
	}
	if len(off) == 0 {
		return Near{}, false
	}
	less := slices.Clone(items)
	for i, item := range less {
		less[i].Amount -= min(off[item.ID], item.Amount)
	}
	less = payableOn(less, p.On)
	found := Subsets(amounts(less), p.Amount)
	if !found.Complete || len(found.Sets) != 1 {
		return Near{}, false
	}
	n := Near{Kind: NearDiscount, Items: ids(less, found.Sets[0])}
	for _, id := range n.Items {
		n.Gap += off[id]
	}
	n.Why = fmt.Sprintf("%s to the amount when the discount for paying in time is taken off.", count(len(n.Items), "open item adds up", "open items add up"))
	return n, n.Gap > 0
}

// credited adds each credit, and all together, to the payment. It answers for
// those with which one set of items adds up.
func credited(p Payment, items []Item, credits []Credit) []Near {
	credits = slices.DeleteFunc(slices.Clone(credits), func(c Credit) bool { return c.Amount <= 0 || c.Amount > largest })
	slices.SortFunc(credits, func(a, b Credit) int { return cmp.Or(cmp.Compare(a.Amount, b.Amount), cmp.Compare(a.ID, b.ID)) })
	var choices [][]Credit
	for i := range credits {
		choices = append(choices, credits[i:i+1])
	}
	if len(credits) > 1 {
		choices = append(choices, credits)
	}
	const mostCredits = 10
	var out []Near
	for _, used := range choices[max(0, len(choices)-mostCredits):] {
		n := Near{Kind: NearCredit}
		for _, c := range used {
			n.Gap = min(n.Gap+c.Amount, largest)
			n.Credits = append(n.Credits, c.ID)
		}
		found := Subsets(amounts(items), p.Amount+n.Gap)
		if !found.Complete || len(found.Sets) != 1 {
			continue
		}
		n.Items = ids(items, found.Sets[0])
		n.Why = fmt.Sprintf("%s to the amount together with the open credit %s.", count(len(n.Items), "open item adds up", "open items add up"), strings.Join(n.Credits, ", "))
		out = append(out, n)
	}
	return out
}

// short are single items, and the oldest together, that the payment nearly
// pays; the smallest gap first.
func short(p Payment, items []Item) []Near {
	var out []Near
	consider := func(from, to int, owed int64) {
		if gap := owed - p.Amount; gap > 0 && gap <= owed/shortShare {
			n := Near{Kind: NearShort, Gap: gap}
			for _, item := range items[from:to] {
				n.Items = append(n.Items, item.ID)
			}
			n.Why = fmt.Sprintf("The payment is a little less than what is open on %s: bank charges, or a deduction.", number(to-from))
			out = append(out, n)
		}
	}
	var sum int64
	for i, item := range items {
		consider(i, i+1, item.Amount)
		if sum <= p.Amount && item.Amount <= largest {
			if sum += item.Amount; i > 0 {
				consider(0, i+1, sum)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Near) int { return cmp.Or(cmp.Compare(a.Gap, b.Gap), cmp.Compare(len(a.Items), len(b.Items))) })
	return out[:min(len(out), mostNear)]
}

func ids(items []Item, set []int) []string {
	out := make([]string, len(set))
	for i, at := range set {
		out[i] = items[at].ID
	}
	return out
}

func count(n int, one, many string) string {
	if n == 1 {
		return "One " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// number says how many of the oldest items there are.
func number(n int) string {
	if n == 1 {
		return "one item"
	}
	return fmt.Sprintf("the %d oldest items together", n)
}
