package reconcile

import (
	"slices"

	"tieout/receivables"
)

// maxSubset bounds the search for a subset of open invoices: 2^20 sums are
// looked at in a few milliseconds, and a customer with more open invoices than
// that has too many subsets for any one to be evidence.
const maxSubset = 20

// sortInvoices puts the oldest first.
func sortInvoices(list []receivables.Invoice) {
	slices.SortFunc(list, func(a, b receivables.Invoice) int {
		if olderInvoice(a, b) {
			return -1
		}
		return 1
	})
}

// combine finds the invoices whose payable amounts add up to exactly amount:
// a single one; the oldest ones; a run of due dates; the only subset there is.
// open is sorted, oldest first. A result that another of the same kind would
// contradict is none.
func (w *world) combine(open []receivables.Invoice, amount int64) ([]receivables.Invoice, Rule, bool) {
	owed := make([]int64, len(open))
	for i, inv := range open {
		owed[i] = w.payable(inv)
	}
	single := slices.Index(owed, amount)
	if single >= 0 {
		if slices.Index(owed[single+1:], amount) >= 0 {
			return nil, "", false
		}
		return open[single : single+1], RuleExact, true
	}
	if n := prefix(owed, amount); n > 0 {
		return open[:n], RuleCombination, true
	}
	if from, to, ok := window(open, owed, amount); ok {
		return open[from:to], RuleCombination, true
	}
	if chosen, ok := uniqueSubset(owed, amount); ok {
		picked := make([]receivables.Invoice, len(chosen))
		for i, at := range chosen {
			picked[i] = open[at]
		}
		return picked, RuleCombination, true
	}
	return nil, "", false
}

// prefix is how many of the oldest add up to amount; 0 when none do.
func prefix(owed []int64, amount int64) int {
	var sum int64
	for i, o := range owed {
		if sum += o; sum == amount {
			return i + 1
		} else if sum > amount {
			return 0
		}
	}
	return 0
}

// window finds the one run of whole due dates that adds up to amount: people
// pay "everything due in March".
func window(open []receivables.Invoice, owed []int64, amount int64) (from, to int, ok bool) {
	found := 0
	for i := range open {
		if i > 0 && open[i].Due == open[i-1].Due {
			continue
		}
		var sum int64
		for j := i; j < len(open) && sum < amount; j++ {
			sum += owed[j]
			whole := j+1 == len(open) || open[j+1].Due != open[j].Due
			if sum == amount && whole {
				from, to = i, j+1
				found++
			}
		}
	}
	return from, to, found == 1
}

// uniqueSubset finds the only subset that adds up to amount, by walking all
// sums of the first half against those of the second.
func uniqueSubset(owed []int64, amount int64) ([]int, bool) {
	if len(owed) < 2 || len(owed) > maxSubset {
		return nil, false
	}
	half := len(owed) / 2
	left := map[int64][]uint32{}
	eachSum(owed[:half], func(sum int64, mask uint32) {
		if len(left[sum]) < 2 {
			left[sum] = append(left[sum], mask)
		}
	})
	count, chosen := 0, uint32(0)
	eachSum(owed[half:], func(sum int64, mask uint32) {
		for _, m := range left[amount-sum] {
			count++
			chosen = m | mask<<half
		}
	})
	if count != 1 {
		return nil, false
	}
	var picked []int
	for i := range owed {
		if chosen&(1<<i) != 0 {
			picked = append(picked, i)
		}
	}
	return picked, true
}

// eachSum calls f with the sum of every subset, the empty one included.
func eachSum(owed []int64, f func(sum int64, mask uint32)) {
	sums := make([]int64, 1<<len(owed))
	f(0, 0)
	for mask := 1; mask < len(sums); mask++ {
		low := 0
		for mask&(1<<low) == 0 {
			low++
		}
		sums[mask] = sums[mask&(mask-1)] + owed[low]
		f(sums[mask], uint32(mask))
	}
}
