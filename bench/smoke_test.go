package bench

import (
	"maps"
	"slices"
	"testing"
)

// The benchmarks' work at a small size, on every engine: what they measure is
// done, and done whole.
func TestBackfillSmall(t *testing.T) {
	t.Parallel()
	const pairs = 30
	// Objects beside the pairs are the chart of accounts, customers, payouts.
	kinds := map[string][]string{
		"quickbooks": {"invoice", "receipt"}, "xero": {"invoice", "receipt"}, "stripe": {"charge", "balance_transaction"},
	}
	for _, vendor := range vendorNames() {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			shop := start(t, "vendor", load{Vendor: vendor, Pairs: pairs})
			t.Cleanup(shop.end)
			var at served
			shop.hear(t, &at)
			for _, engine := range slices.Sorted(maps.Keys(engines())) {
				t.Run(engine, func(t *testing.T) {
					t.Parallel()
					r := run(t, job{Task: "backfill", Vendor: vendor, At: at, Database: engines()[engine](t)})
					for _, kind := range kinds[vendor] {
						if r.Counts[kind] < pairs {
							t.Errorf("%d of %d %ss were pulled", r.Counts[kind], pairs, kind)
						}
					}
					if r.IdleWrites != 0 {
						t.Errorf("a second pull changed %d records", r.IdleWrites)
					}
					if most := map[string]int{"quickbooks": 1, "xero": 10, "stripe": 2}[vendor]; total(r.IdleCalls) > most {
						t.Errorf("an idle pull took %v, want at most %d calls", r.IdleCalls, most)
					}
				})
			}
		})
	}
}

func TestReconcileSmall(t *testing.T) {
	t.Parallel()
	for _, engine := range slices.Sorted(maps.Keys(engines())) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			const invoices, payments = 800, 160
			j := job{Task: "fill", Database: engines()[engine](t), Invoices: invoices, Payments: payments, Links: true}
			run(t, j)
			j.Task = "reconcile"
			r := run(t, j)
			// Two ways in eight leave a question. Every other payment is a
			// receipt and a fee; two ways pay three invoices, four pay one; and
			// what stays open gets a link.
			const way = payments / ways
			want := map[string]int{"matched": 6 * way, "decisions": 2 * way, "intents": 2*6*way + invoices - (4+2*3)*way}
			// The held ones are looked at once more when the others are settled.
			if r.Records != payments+2*way || !maps.Equal(r.Counts, want) {
				t.Errorf("%d movements, %v, want %v", r.Records, r.Counts, want)
			}
			if r.IdleWrites != 0 {
				t.Errorf("a second pass planned %d writes", r.IdleWrites)
			}
			j.Task = "ageing"
			if r := run(t, j); r.Records != invoices || r.Counts["current"] == 0 || r.Counts["over90"] == 0 {
				t.Errorf("ageing: %d invoices, %v", r.Records, r.Counts)
			}
		})
	}
}
