package receivables

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestCountBackByHand(t *testing.T) {
	t.Parallel()
	months := Months(map[Date]Month{
		"2026-01-01": {Invoiced: 310_00},
		"2026-02-01": {Invoiced: 280_00},
		"2026-03-01": {Invoiced: 120_00, Credited: 20_00},
	}, "2026-01-15", "2026-03-10")
	for _, c := range []struct {
		owed   int64
		tenths int64
		steps  int
		beyond bool
	}{
		{0, 0, 0, false},
		{-5, 0, 0, false},
		{50_00, 50, 1, false},               // half of the 100.00 of ten days
		{100_00, 100, 1, false},             // exactly March so far
		{240_00, 100 + 140, 2, false},       // and half of February
		{380_00 + 10_00, 390, 3, false},     // and one day of January
		{690_00, 100 + 280 + 310, 3, false}, // all there is
		{690_01, 690, 3, true},
	} {
		d := CountBack(c.owed, months, "2026-03-10")
		if d.Tenths != c.tenths || len(d.Steps) != c.steps || d.Beyond != c.beyond {
			t.Errorf("%d owed: %d tenths in %d steps, beyond %t; want %d in %d, %t", c.owed, d.Tenths, len(d.Steps), d.Beyond, c.tenths, c.steps, c.beyond)
		}
	}
}

func TestCountBackAcrossAMonthOfCredits(t *testing.T) {
	t.Parallel()
	months := Months(map[Date]Month{"2026-01-01": {Invoiced: 31_00}, "2026-02-01": {Credited: 9_00}}, "2026-01-01", "2026-02-28")
	if d := CountBack(15_50, months, "2026-02-28"); d.Tenths != 280+155 || d.Days() != 44 {
		t.Errorf("%d tenths, %d days; want all of February and half of January", d.Tenths, d.Days())
	}
}

// TestCountBackDirectly compares with a computation that walks day by day in
// exact fractions, each day of a month having billed its equal share.
func TestCountBackDirectly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := Date("2024-01-01")
		asOf := first.AddDays(rapid.IntRange(0, 800).Draw(t, "day"))
		months := Months(nil, first, asOf)
		top := rapid.SampledFrom([]int64{5, 1000, math.MaxInt64 / 64}).Draw(t, "top")
		for i := range months {
			months[i].Invoiced = rapid.Int64Range(0, top).Draw(t, "invoiced")
			months[i].Credited = rapid.Int64Range(0, top/2).Draw(t, "credited")
		}
		owed := rapid.Int64Range(0, top).Draw(t, "owed")
		d := CountBack(owed, months, asOf)
		want, beyond := slowly(owed, months, asOf)
		if diff := new(big.Rat).Sub(big.NewRat(d.Tenths, 10), want); d.Beyond != beyond || diff.Abs(diff).Cmp(big.NewRat(1, 20)) > 0 {
			t.Fatalf("%d owed of %v as of %s: %d tenths, beyond %t; want %s days, %t", owed, months, asOf, d.Tenths, d.Beyond, want.FloatString(3), beyond)
		}
		sum := int64(0)
		for _, s := range d.Steps {
			sum += s.Taken
		}
		if !beyond && sum != owed {
			t.Fatalf("the steps explain %d of %d", sum, owed)
		}
	})
}

func slowly(owed int64, months []Month, asOf Date) (days *big.Rat, beyond bool) {
	days, left := new(big.Rat), big.NewRat(owed, 1)
	shares := map[Date]*big.Rat{}
	for _, m := range months {
		n := min(m.First.MonthEnd(), asOf).DaysSince(m.First) + 1
		shares[m.First] = big.NewRat(max(m.Invoiced-m.Credited, 0), int64(n))
	}
	for day := asOf; left.Sign() > 0; day = day.AddDays(-1) {
		share, known := shares[day.MonthStart()]
		if !known {
			return days, true
		}
		if share.Cmp(left) <= 0 {
			left.Sub(left, share)
			days.Add(days, big.NewRat(1, 1))
			continue
		}
		days.Add(days, new(big.Rat).Quo(left, share))
		left = new(big.Rat)
	}
	return days, false
}

func TestMonths(t *testing.T) {
	t.Parallel()
	list := Months(map[Date]Month{"2026-02-01": {Invoices: 3}}, "2025-12-31", "2026-02-01")
	if len(list) != 3 || list[0].First != "2025-12-01" || list[2].Invoices != 3 || list[2].First != "2026-02-01" {
		t.Errorf("%+v", list)
	}
	if list := Months(nil, "", "2026-01-01"); len(list) != 0 {
		t.Errorf("without a beginning %v", list)
	}
}
