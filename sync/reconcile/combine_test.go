package reconcile

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tieout/receivables"
)

// openWorld is a world with open invoices of one customer, oldest first.
func openWorld(owed []int64, due []receivables.Date) (*world, []receivables.Invoice) {
	w := &world{invoices: map[string]receivables.Invoice{}, ofInvoice: map[string][]Allocation{}, parts: map[string]PartRow{}}
	var list []receivables.Invoice
	for i, n := range owed {
		inv := receivables.Invoice{ID: fmt.Sprintf("%03d", i), State: receivables.StateLive, Currency: "USD", Balance: n, Total: n, Due: due[i], Issued: due[i]}
		w.invoices[inv.ID] = inv
		list = append(list, inv)
	}
	sortInvoices(list)
	return w, list
}

func dates(n int, day func(int) int) []receivables.Date {
	out := make([]receivables.Date, n)
	for i := range out {
		out[i] = receivables.Date("2026-01-01").AddDays(day(i))
	}
	return out
}

func TestCombine(t *testing.T) {
	t.Parallel()
	byMonth := func(i int) int { return 30 * i }
	cases := []struct {
		name   string
		owed   []int64
		due    []receivables.Date
		amount int64
		want   []string
		rule   Rule
	}{
		{"one invoice has the amount", []int64{100, 250, 75}, dates(3, byMonth), 250, []string{"001"}, RuleExact},
		{"two invoices have the amount", []int64{100, 250, 250}, dates(3, byMonth), 250, nil, ""},
		{"the oldest add up", []int64{100, 250, 75}, dates(3, byMonth), 350, []string{"000", "001"}, RuleCombination},
		{"a run of due dates adds up", []int64{101, 250, 75, 33}, dates(4, func(i int) int { return []int{0, 30, 30, 60}[i] }), 325, []string{"001", "002"}, RuleCombination},
		{"half a due date is no run", []int64{101, 250, 75, 75}, dates(4, func(i int) int { return []int{0, 30, 30, 30}[i] }), 325, nil, ""},
		{"the only subset", []int64{101, 250, 77, 33}, dates(4, byMonth), 134, []string{"000", "003"}, RuleCombination},
		{"two subsets", []int64{10, 20, 5, 30, 40}, dates(5, byMonth), 50, nil, ""},
		{"nothing adds up", []int64{100, 250}, dates(2, byMonth), 99, nil, ""},
		{"nothing is open", nil, nil, 99, nil, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, open := openWorld(c.owed, c.due)
			found, rule, ok := w.combine(open, c.amount)
			var ids []string
			for _, inv := range found {
				ids = append(ids, inv.ID)
			}
			if ok != (c.want != nil) || rule != c.rule || fmt.Sprint(ids) != fmt.Sprint(c.want) {
				t.Errorf("got %v by %q (%v), want %v by %q", ids, rule, ok, c.want, c.rule)
			}
		})
	}
}

// Whatever is found adds up to the amount and names no invoice twice.
func TestCombineAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		owed := rapid.SliceOfN(rapid.Int64Range(1, 40), 0, 12).Draw(t, "owed")
		w, open := openWorld(owed, dates(len(owed), func(i int) int { return i / 2 * 7 }))
		amount := rapid.Int64Range(1, 200).Draw(t, "amount")
		found, _, ok := w.combine(open, amount)
		var sum int64
		seen := map[string]bool{}
		for _, inv := range found {
			if seen[inv.ID] {
				t.Fatalf("invoice %s twice", inv.ID)
			}
			seen[inv.ID] = true
			sum += inv.Balance
		}
		if ok && sum != amount || !ok && len(found) > 0 {
			t.Fatalf("%v adds up to %d, not %d", found, sum, amount)
		}
	})
}

// The search over halves finds exactly what trying every subset finds.
func TestUniqueSubsetIsTheOnlyOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		owed := rapid.SliceOfN(rapid.Int64Range(1, 30), 2, 10).Draw(t, "owed")
		amount := rapid.Int64Range(1, 120).Draw(t, "amount")
		count := 0
		for mask := 1; mask < 1<<len(owed); mask++ {
			var sum int64
			for i, o := range owed {
				if mask&(1<<i) != 0 {
					sum += o
				}
			}
			if sum == amount {
				count++
			}
		}
		picked, ok := uniqueSubset(owed, amount)
		if ok != (count == 1) {
			t.Fatalf("%d subsets of %v add up to %d; found %v, %v", count, owed, amount, picked, ok)
		}
	})
}
