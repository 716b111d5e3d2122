package receivables_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"tieout/money"
	"tieout/receivables"
)

func TestAgeBuckets(t *testing.T) {
	t.Parallel()
	const asOf = receivables.Date("2026-03-31")
	for days, want := range map[int][2]string{ // days since -> bucket by due, by invoice date
		-1: {"current", "current"}, 0: {"current", "30"}, 1: {"30", "30"}, 30: {"30", "30"}, 31: {"60", "60"},
		60: {"60", "60"}, 61: {"90", "90"}, 90: {"90", "90"}, 91: {"over", "over"}, 4000: {"over", "over"},
	} {
		date := asOf.AddDays(-days)
		for i, basis := range []receivables.Basis{receivables.ByDue, receivables.ByIssued} {
			item := receivables.OpenItem{Balance: 100, Due: date, Issued: date}
			if basis == receivables.ByDue {
				item.Issued = "2001-01-01"
			} else {
				item.Due = "2001-01-01"
			}
			a, err := receivables.Age([]receivables.OpenItem{item}, 0, asOf, basis)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int64{"current": a.Current, "30": a.To30, "60": a.To60, "90": a.To90, "over": a.Over90}
			if got[want[i]] != 100 {
				t.Errorf("%d days %s: %+v, want bucket %s", days, basis, a, want[i])
			}
		}
	}
}

func TestAgeWithoutDates(t *testing.T) {
	t.Parallel()
	items := []receivables.OpenItem{{Balance: 5, Issued: "2026-01-01"}, {Balance: 7}}
	a, err := receivables.Age(items, 2, "2026-01-11", receivables.ByDue)
	if err != nil || a.To30 != 5 || a.Current != 7 || a.Credit != 2 {
		t.Errorf("%+v %v", a, err)
	}
	if total, err := a.Total(); err != nil || total != 10 {
		t.Errorf("total %d %v", total, err)
	}
}

func TestAgeOverflow(t *testing.T) {
	t.Parallel()
	items := []receivables.OpenItem{{Balance: math.MaxInt64, Issued: "2026-01-01"}, {Balance: 1, Issued: "2025-01-01"}}
	if _, err := receivables.Age(items, 0, "2026-01-11", receivables.ByDue); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("error %v", err)
	}
}

// Every ageing, whatever its date and basis, adds up to what is open.
func TestAgeLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.Custom(func(t *rapid.T) receivables.Date {
			return receivables.Date("2020-01-01").AddDays(rapid.IntRange(0, 3000).Draw(t, "day"))
		})
		n := rapid.IntRange(0, 50).Draw(t, "n")
		items := make([]receivables.OpenItem, 0, n)
		credit := rapid.Int64Range(0, 1_000_000).Draw(t, "credit")
		want := -credit
		for range n {
			item := receivables.OpenItem{
				Balance: rapid.Int64Range(0, 10_000_000).Draw(t, "balance"), Due: day.Draw(t, "due"), Issued: day.Draw(t, "issued"),
			}
			items, want = append(items, item), want+item.Balance
		}
		basis := rapid.SampledFrom([]receivables.Basis{receivables.ByDue, receivables.ByIssued}).Draw(t, "basis")
		a, err := receivables.Age(items, credit, day.Draw(t, "as of"), basis)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.Total(); err != nil || got != want {
			t.Fatalf("total %d %v, want %d", got, err, want)
		}
	})
}

func TestOpenAt(t *testing.T) {
	t.Parallel()
	i := receivables.Invoice{ID: "1", State: receivables.StateLive, Currency: "USD", Issued: "2026-01-10", Total: 1000, Deposit: 100, Balance: 0}
	applied := []receivables.Applied{{"2026-01-20", 400}, {"2026-02-01", 500}}
	for asOf, want := range map[receivables.Date]int64{
		"2026-01-09": 0, "2026-01-10": 900, "2026-01-19": 900, "2026-01-20": 500, "2026-01-31": 500, "2026-02-01": 0, "2027-01-01": 0,
	} {
		if got, err := i.OpenAt(asOf, applied); err != nil || got != want {
			t.Errorf("open at %s: %d %v, want %d", asOf, got, err, want)
		}
	}
	i.State = receivables.StateVoid
	if got, err := i.OpenAt("2026-01-19", nil); err != nil || got != 0 {
		t.Errorf("a voided invoice has %d open (%v)", got, err)
	}
	i.State = receivables.StateLive
	if _, err := i.OpenAt("2026-02-19", []receivables.Applied{{"2026-01-20", math.MinInt64}}); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkAge(b *testing.B) {
	items := make([]receivables.OpenItem, 100_000)
	for n := range items {
		issued := receivables.Date("2026-01-01").AddDays(n % 400)
		items[n] = receivables.OpenItem{Balance: int64(n), Issued: issued, Due: issued.AddDays(30)}
	}
	for b.Loop() {
		if _, err := receivables.Age(items, 0, "2026-12-31", receivables.ByDue); err != nil {
			b.Fatal(err)
		}
	}
}
