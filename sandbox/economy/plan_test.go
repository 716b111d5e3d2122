package economy

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

var testNow = time.Date(2026, 11, 20, 15, 4, 5, 0, time.UTC)

// minima are the promised shares of the open invoices, in permille.
var minima = map[Habit]int{
	HabitPart: 100, HabitBatch: 50, HabitNoReference: 30, HabitByHand: 20, HabitDebitFails: 10, HabitUnknown: 10,
	// One each is enough for these.
	HabitLink: 1, HabitDeclined: 1, HabitDebit: 1, HabitNever: 1,
}

func TestPlanKeepsItsMinima(t *testing.T) {
	t.Parallel()
	for _, size := range []int{20, 33, 50, 100, 300, 1000} {
		for seed := range int64(12) {
			t.Run(fmt.Sprintf("%d invoices seed %d", size, seed), func(t *testing.T) {
				t.Parallel()
				plan := Generate(Options{Seed: seed, Invoices: size, Now: testNow, History: true})
				if len(plan.Books) != 2 {
					t.Fatalf("%d books, want 2", len(plan.Books))
				}
				for _, b := range plan.Books {
					checkBook(t, b, size)
				}
			})
		}
	}
}

func checkBook(t *testing.T, b Book, size int) {
	t.Helper()
	c := b.Counts()
	if c.Invoices != size || c.Past < size {
		t.Errorf("%s: %d open, %d past invoices, want %d and more than that", b.Vendor, c.Invoices, c.Past, size)
	}
	for habit, permille := range minima {
		if got, want := c.ByHabit[habit], max(1, (size*permille+999)/1000); got < want {
			t.Errorf("%s: %d invoices of habit %s, want at least %d of %d", b.Vendor, got, habit, want, size)
		}
	}
	total := 0
	for _, n := range c.ByHabit {
		total += n
	}
	if total != size {
		t.Errorf("%s: %d invoices have a habit, want %d", b.Vendor, total, size)
	}
	if c.Currencies != 2 || c.Batches < 1 || c.CreditNotes < 1 || c.Voids < 1 || c.Unapplied < 1 || c.Charges < 1 {
		t.Errorf("%s: something is missing: %+v", b.Vendor, c)
	}
	if b.Vendor == QuickBooks && c.Journals != 1 {
		t.Errorf("%d journals on receivables, want 1", c.Journals)
	}
}

func TestPlanIsPure(t *testing.T) {
	t.Parallel()
	opts := Options{Seed: 7, Invoices: 60, Now: testNow, History: true}
	a, b := Generate(opts), Generate(opts)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed gave two plans")
	}
	opts.Seed = 8
	if reflect.DeepEqual(a.Books[0].Invoices, Generate(opts).Books[0].Invoices) {
		t.Error("another seed gave the same invoices")
	}
}

func TestPlanOrder(t *testing.T) {
	t.Parallel()
	for _, b := range Generate(Options{Seed: 3, Invoices: 120, Now: testNow, History: true}).Books {
		issued := map[int]bool{}
		for i, s := range b.Steps {
			if i > 0 && s.At.Before(b.Steps[i-1].At) {
				t.Fatalf("%s: step %d is before step %d", b.Vendor, i, i-1)
			}
			if s.At.After(testNow.Add(-quiet + time.Hour)) {
				t.Errorf("%s: step %d at %s is not before the last midnight", b.Vendor, i, s.At)
			}
			if s.Kind == Issue {
				issued[s.Invoice] = true
			} else if s.Invoice >= 0 && !issued[s.Invoice] {
				t.Errorf("%s: step %d touches invoice %d before its issue", b.Vendor, i, s.Invoice)
			}
		}
		seen := map[string]bool{}
		for _, inv := range b.Invoices {
			if seen[inv.Number] || inv.Number == "" {
				t.Errorf("%s: number %q twice or empty", b.Vendor, inv.Number)
			}
			seen[inv.Number] = true
		}
	}
}

func TestPlanWithoutHistory(t *testing.T) {
	t.Parallel()
	for _, b := range Generate(Options{Seed: 1, Invoices: 40, Now: testNow}).Books {
		c := b.Counts()
		if c.Past != 0 || c.Charges != 0 || c.Invoices != 40 {
			t.Errorf("%s: %+v, want 40 open invoices and no past", b.Vendor, c)
		}
	}
}

func TestBatchesAreOfOneCustomerAndCurrency(t *testing.T) {
	t.Parallel()
	for seed := range int64(20) {
		for _, b := range Generate(Options{Seed: seed, Invoices: 200, Now: testNow}).Books {
			for _, it := range b.Intends {
				if it.Habit == HabitBatch && len(it.Invoices) < 2 {
					t.Errorf("a batch of %d", len(it.Invoices))
				}
				first := b.Invoices[it.Invoices[0]]
				for _, index := range it.Invoices {
					inv := b.Invoices[index]
					if inv.Customer != first.Customer || inv.Currency != first.Currency {
						t.Errorf("seed %d: a payment for two customers or currencies", seed)
					}
				}
			}
		}
	}
}

func TestFewInvoicesAreHandedOutInOrder(t *testing.T) {
	t.Parallel()
	for n := range 12 {
		plan := Generate(Options{Seed: int64(n), Invoices: n, Now: testNow, History: true})
		for _, b := range plan.Books {
			total := 0
			for _, it := range b.Intends {
				total += len(it.Invoices)
			}
			if total != max(n, 1) {
				t.Errorf("%d invoices: %d have a habit", n, total)
			}
		}
	}
}

func TestParseMinor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want Minor
		ok   bool
	}{
		{"0", 0, true},
		{"12", 1200, true},
		{"12.3", 1230, true},
		{"-0.05", -5, true},
		{"100.000", 10000, true},
		{"", 0, true},
		{"0.005", 0, false},
		{"1e3", 0, false},
		{"x", 0, false},
	}
	for _, tt := range tests {
		got, err := parseMinor(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("parseMinor(%q) = %v, %v; want %v, ok %v", tt.in, got, err, tt.want, tt.ok)
		}
	}
	if s := Minor(-5).String(); s != "-0.05" {
		t.Errorf("Minor(-5) = %s, want -0.05", s)
	}
}
