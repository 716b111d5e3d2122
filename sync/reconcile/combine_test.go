package reconcile

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tieout/receivables"
	matcher "tieout/sync/match"
)

// openWorld is a world with open invoices of one customer, oldest first.
func openWorld(owed []int64, due []receivables.Date) (*world, []receivables.Invoice) {
	w := &world{
		zone: time.UTC, invoices: map[string]receivables.Invoice{}, ofInvoice: map[string][]Allocation{}, parts: map[string]PartRow{},
		habits: map[string]*matcher.Habits{},
	}
	var list []receivables.Invoice
	for i, n := range owed {
		inv := receivables.Invoice{
			ID: fmt.Sprintf("%03d", i), CustomerID: "payer", State: receivables.StateLive, Currency: "USD", Balance: n, Total: n, Due: due[i], Issued: due[i],
		}
		w.invoices[inv.ID] = inv
		list = append(list, inv)
	}
	sortInvoices(list)
	return w, list
}

// paid is a payment of the amount, made in February.
func paid(amount int64) Movement {
	return Movement{
		Row:    receivables.BalanceTransaction{ID: "txn", Created: time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)},
		Charge: &receivables.Charge{Amount: amount, Currency: "USD"},
	}
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
		why    string
	}{
		{"one invoice has the amount", []int64{100, 250, 75}, dates(3, byMonth), 250, []string{"001"}, RuleExact, "nothing else that is open does"},
		{"two invoices have the amount", []int64{100, 250, 250}, dates(3, byMonth), 250, nil, "", "not clear which was meant"},
		{"the oldest add up", []int64{100, 250, 75}, dates(3, byMonth), 350, []string{"000", "001"}, RuleCombination, "The 2 oldest open items"},
		{"a run of due dates adds up", []int64{101, 250, 75, 33}, dates(4, func(i int) int { return []int{0, 30, 30, 60}[i] }), 325, []string{"001", "002"}, RuleCombination, "due from 31 Jan 2026 to 31 Jan 2026"},
		{"half a due date is no run", []int64{101, 250, 75, 75}, dates(4, func(i int) int { return []int{0, 30, 30, 30}[i] }), 325, nil, "", "not clear"},
		{"the only subset", []int64{101, 250, 77, 33}, dates(4, byMonth), 134, []string{"000", "003"}, RuleCombination, "2 of 4 open items"},
		{"several subsets", []int64{10, 20, 5, 30, 40}, dates(5, byMonth), 50, nil, "", "other combination"},
		{"nothing adds up", []int64{100, 250}, dates(2, byMonth), 99, nil, "", ""},
		{"nothing is open", nil, nil, 99, nil, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, open := openWorld(c.owed, c.due)
			found, rule, why := w.combine(paid(c.amount), "payer", open)
			var ids []string
			for _, inv := range found {
				ids = append(ids, inv.ID)
			}
			if rule != c.rule || fmt.Sprint(ids) != fmt.Sprint(c.want) || !strings.Contains(why, c.why) {
				t.Errorf("got %v by %q: %s; want %v by %q: %s", ids, rule, why, c.want, c.rule, c.why)
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
		found, rule, _ := w.combine(paid(amount), "payer", open)
		var sum int64
		seen := map[string]bool{}
		for _, inv := range found {
			if seen[inv.ID] {
				t.Fatalf("invoice %s twice", inv.ID)
			}
			seen[inv.ID] = true
			sum += inv.Balance
		}
		if rule != "" && sum != amount || rule == "" && len(found) > 0 {
			t.Fatalf("%v adds up to %d, not %d", found, sum, amount)
		}
	})
}

// A payer who has always paid what fell due two weeks before decides between
// two invoices that are alike but for their day.
func TestHabitsDecide(t *testing.T) {
	t.Parallel()
	due := []receivables.Date{"2026-01-27", "2026-02-24"}
	w, open := openWorld([]int64{500, 500}, due)
	if _, rule, why := w.combine(paid(500), "payer", open); rule != "" {
		t.Fatalf("without a habit it was decided: %s", why)
	}
	var receipts []receivables.Receipt
	invoices := map[string]receivables.Invoice{}
	for i := range 10 {
		id, day := fmt.Sprintf("old-%d", i), receivables.Date("2025-09-01").AddDays(14*i)
		invoices[id] = receivables.Invoice{ID: id, CustomerID: "payer", State: receivables.StateLive, Issued: day.AddDays(-30), Due: day}
		receipts = append(receipts, receivables.Receipt{
			ID: "r-" + id, CustomerID: "payer", Date: day.AddDays(14),
			Allocations: []receivables.Allocation{{Target: receivables.Ref{Kind: receivables.KindInvoice, ID: id}, Amount: 1}},
		})
	}
	w.habits["payer"] = habitsOf("payer", receipts, byCustomer(invoices)["payer"])
	found, rule, why := w.combine(paid(500), "payer", open)
	if rule != RuleExact || len(found) != 1 || found[0].ID != "000" || !strings.Contains(why, "how this customer pays") {
		t.Errorf("got %v by %q: %s", found, rule, why)
	}
}
