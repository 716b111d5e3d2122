package receivables

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestPaceByHand(t *testing.T) {
	t.Parallel()
	p := PaceOf([]Payment{
		{Issued: "2026-01-01", Due: "2026-01-31", Paid: "2026-01-11", Amount: 100_00}, // 10 days, 20 early
		{Issued: "2026-01-01", Due: "2026-01-31", Paid: "2026-03-02", Amount: 300_00}, // 60 days, 30 late
		{Issued: "2026-01-01", Paid: "2026-01-01", Amount: 0},
		{Issued: "2026-01-01", Amount: 5},
	})
	if p.Count != 2 || p.Tenths != 475 || p.BeyondTenths != 175 || p.Paid.Int64() != 400_00 || p.Weighted.Int64() != 19_000_00 {
		t.Errorf("%+v, want 47.5 days, 17.5 after the due date", p)
	}
	if p := PaceOf([]Payment{{Issued: "2026-01-01", Due: "2026-01-31", Paid: "2026-01-06", Amount: 1}}); p.Tenths != 50 || p.BeyondTenths != -250 {
		t.Errorf("paid early: %+v", p)
	}
	if p := PaceOf(nil); p.Count != 0 || p.Tenths != 0 {
		t.Errorf("nothing: %+v", p)
	}
}

// TestPaceIsAnAverage compares with exact fractions, whatever the amounts.
func TestPaceIsAnAverage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var list []Payment
		sum, weight := new(big.Rat), new(big.Rat)
		for range rapid.IntRange(1, 20).Draw(t, "n") {
			amount := rapid.SampledFrom([]int64{1, 100, math.MaxInt64}).Draw(t, "amount")
			issued := Date("2026-01-01").AddDays(rapid.IntRange(0, 900).Draw(t, "issued"))
			days := rapid.IntRange(-30, 900).Draw(t, "days")
			list = append(list, Payment{Issued: issued, Paid: issued.AddDays(days), Amount: amount})
			sum.Add(sum, new(big.Rat).Mul(big.NewRat(int64(days), 1), big.NewRat(amount, 1)))
			weight.Add(weight, big.NewRat(amount, 1))
		}
		p := PaceOf(list)
		off := new(big.Rat).Sub(big.NewRat(p.Tenths, 10), sum.Quo(sum, weight))
		if off.Abs(off).Cmp(big.NewRat(1, 20)) > 0 || p.Tenths != p.BeyondTenths {
			t.Fatalf("%v: %d tenths", list, p.Tenths)
		}
	})
}
