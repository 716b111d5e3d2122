package match

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// brute finds all sets by trying each.
func brute(amounts []int64, target int64) []string {
	var out []string
	for mask := 1; mask < 1<<len(amounts); mask++ {
		var sum int64
		for i, a := range amounts {
			if mask&(1<<i) != 0 {
				sum += a
			}
		}
		if sum == target {
			out = append(out, fmt.Sprint(members(uint32(mask), len(amounts))))
		}
	}
	slices.Sort(out)
	return out
}

func texts(sets [][]int) []string {
	var out []string
	for _, set := range sets {
		out = append(out, fmt.Sprint(set))
	}
	slices.Sort(out)
	return out
}

// Of few items all sets are found.
func TestEverySubset(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.SliceOfN(rapid.Int64Range(1, 30), 0, 12).Draw(t, "amounts")
		target := rapid.Int64Range(1, 120).Draw(t, "target")
		found := Subsets(amounts, target)
		if got, want := texts(found.Sets), brute(amounts, target); !found.Complete || !slices.Equal(got, want) {
			t.Fatalf("got %v (complete %v), want %v", got, found.Complete, want)
		}
	})
}

// Of many items the sets of the shapes that are looked for are found: here one
// of each is planted among amounts that hardly add up by accident.
func TestShapedSubsets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(wholeSearch+1, 60).Draw(t, "n")
		amounts := make([]int64, n)
		for i := range amounts {
			amounts[i] = rapid.Int64Range(1_000_000, 2_000_000).Draw(t, "amount")
		}
		var planted []int
		switch rapid.SampledFrom([]string{"run", "two runs", "few", "all but few"}).Draw(t, "shape") {
		case "run":
			planted = span(nil, n/4, n/2)
		case "two runs":
			planted = span(span(nil, 1, n/4), n/2, n-1)
		case "few":
			planted = []int{0, n / 3, n / 2, n - 1}
		default:
			planted = slices.Delete(slices.Delete(span(nil, 0, n), n/2, n/2+1), n/3, n/3+1)
		}
		var target int64
		for _, at := range planted {
			target += amounts[at]
		}
		found := Subsets(amounts, target)
		if !slices.Contains(texts(found.Sets), fmt.Sprint(planted)) {
			t.Fatalf("%v adds up to %d and was not found", planted, target)
		}
		for _, set := range found.Sets {
			var sum int64
			for _, at := range set {
				sum += amounts[at]
			}
			if sum != target || !slices.IsSorted(set) || len(slices.Compact(slices.Clone(set))) != len(set) {
				t.Fatalf("%v adds up to %d, not %d", set, sum, target)
			}
		}
	})
}

// What is larger than the amount stands in no set, and does not spoil the
// search among the rest.
func TestLargerItemsAreLeftOut(t *testing.T) {
	t.Parallel()
	amounts := []int64{900, 100, 900, 200, 900}
	for range 40 {
		amounts = append(amounts, 5_000)
	}
	if found := Subsets(amounts, 300); !found.Complete || fmt.Sprint(found.Sets) != "[[1 3]]" {
		t.Errorf("got %+v", found)
	}
}
