package bank

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tieout/receivables"
)

// on is a day of a month.
func on(d int) receivables.Date { return receivables.Date("2026-05-01").AddDays(d - 1) }

// background is what an ordinary month holds: names that come and go, so that
// the bank's own words can be told from them.
func background() ([]Line, []Entry) {
	first := []string{"Aldgate", "Bramble", "Corvus", "Dunmore", "Elstree", "Farrow", "Gannet", "Hollins", "Ivybridge", "Jarrow"}
	second := []string{"Timber", "Optics", "Freight", "Bakery", "Textiles", "Printing"}
	var lines []Line
	var entries []Entry
	for i, a := range first {
		for k, b := range second {
			n := i*len(second) + k
			amount := -int64(100_000 + 7919*n)
			lines = append(lines, Line{fmt.Sprintf("bg%03d", n), on(3 + n/3), strings.ToUpper("Card Debit " + a + " " + b), amount})
			entries = append(entries, Entry{fmt.Sprintf("bg%03d", n), on(2 + n/3), fmt.Sprintf("%s %s Ltd, bill %d", a, b, 7000+n), fmt.Sprintf("AP-%d", 7000+n), amount})
		}
	}
	return lines, entries
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		lines   []Line
		entries []Entry
		want    string
	}{
		{
			"one amount",
			[]Line{{"l", on(5), "CARD DEBIT ALDGATE OPTICS", -4242}},
			[]Entry{{"e", on(3), "Aldgate Optics Ltd", "", -4242}},
			"exact l [e]",
		},
		{
			"the payee is called otherwise",
			[]Line{{"l", on(5), "CARD DEBIT XQ*4411", -4242}},
			[]Entry{{"e", on(3), "Aldgate Optics Ltd", "", -4242}},
			"exact l [e]",
		},
		{
			"of one amount the names decide",
			[]Line{{"l", on(5), "CARD DEBIT ALDGATE OPTICS", -4242}, {"m", on(5), "CARD DEBIT FARROW BAKERY", -4242}},
			[]Entry{{"e", on(5), "Farrow Bakery Ltd", "", -4242}, {"f", on(3), "Aldgate Optics Ltd", "", -4242}},
			"exact l [f]; exact m [e]",
		},
		{
			"of one amount and one name the days decide",
			[]Line{{"l", on(5), "ALDGATE OPTICS", -4242}, {"m", on(12), "ALDGATE OPTICS", -4242}},
			[]Entry{{"f", on(11), "Aldgate Optics Ltd", "", -4242}, {"e", on(4), "Aldgate Optics Ltd", "", -4242}},
			"exact l [e]; exact m [f]",
		},
		{
			"a number names its entry",
			[]Line{{"l", on(9), "CHEQUE 0123456", -4242}},
			[]Entry{{"e", on(8), "Farrow Bakery Ltd", "CHQ-123455", -4242}, {"f", on(1), "Farrow Bakery Ltd", "CHQ-123456", -4242}},
			"exact l [f]",
		},
		{
			"two entries that could both be meant, and do not look the same",
			[]Line{{"l", on(9), "DEPOSIT", 4242}},
			[]Entry{{"e", on(8), "Farrow Bakery Ltd", "", 4242}, {"f", on(8), "Corvus Optics Ltd", "", 4242}},
			"",
		},
		{
			"too far apart",
			[]Line{{"l", on(5), "CARD DEBIT ALDGATE OPTICS", -4242}},
			[]Entry{{"e", on(90), "Aldgate Optics Ltd", "", -4242}},
			"",
		},
		{
			"several entries of one name",
			[]Line{{"l", on(9), "ACH ALDGATE OPTICS", 30_000}},
			[]Entry{{"e", on(8), "Aldgate Optics Ltd", "", 10_001}, {"f", on(5), "Aldgate Opitcs", "", 19_999}, {"g", on(8), "Aldgate Optics", "", 777}},
			"batch l [f e]",
		},
		{
			"several entries, of other names",
			[]Line{{"l", on(9), "ACH ALDGATE OPTICS", 30_000}},
			[]Entry{{"e", on(8), "Farrow Bakery", "", 10_001}, {"f", on(5), "Corvus Freight", "", 19_999}},
			"",
		},
		{
			"two digits swapped",
			[]Line{{"l", on(9), "WIRE IN ALDGATE OPTICS", 12_345_67}},
			[]Entry{{"e", on(8), "Aldgate Optics", "", 21_345_67}},
			"differs l [e]",
		},
		{
			"less a fee",
			[]Line{{"l", on(9), "WIRE IN ALDGATE OPTICS", 998_50}},
			[]Entry{{"e", on(8), "Aldgate Optics", "", 1_000_00}},
			"differs l [e]",
		},
		{
			"another amount altogether",
			[]Line{{"l", on(9), "WIRE IN ALDGATE OPTICS", 500_00}},
			[]Entry{{"e", on(8), "Aldgate Optics", "", 1_000_00}},
			"",
		},
		{
			"cancelled in the ledger, and paid again",
			[]Line{{"l", on(9), "CHEQUE 556", -4242}},
			[]Entry{{"e", on(3), "Farrow Bakery", "CHQ-555", -4242}, {"v", on(5), "VOID cheque 555 to Farrow Bakery", "CHQ-555-V", 4242}, {"f", on(6), "Farrow Bakery", "CHQ-556", -4242}},
			"exact l [f]; e cancelled by v",
		},
		{
			"returned through the bank: both are matched",
			[]Line{{"l", on(5), "FARROW BAKERY", -4242}, {"m", on(8), "FARROW BAKERY", 4242}},
			[]Entry{{"e", on(4), "Farrow Bakery, paid in error", "", -4242}, {"f", on(8), "Farrow Bakery, reversal of the payment", "", 4242}},
			"exact l [e]; exact m [f]",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lines, entries := background()
			r := Reconcile(append(lines, c.lines...), append(entries, c.entries...))
			var got []string
			for _, m := range r.Matches {
				if !strings.HasPrefix(m.Line, "bg") {
					got = append(got, fmt.Sprint(m.Kind, " ", m.Line, " ", m.Entries))
				} else if fmt.Sprint(m.Entries) != "["+m.Line+"]" {
					t.Errorf("line %s got %v", m.Line, m.Entries)
				}
				if m.Why == "" {
					t.Errorf("%s does not say why", m.Line)
				}
			}
			for _, o := range r.Offsets {
				got = append(got, o.Entry+" cancelled by "+o.By)
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("got %q, want %q; left over: %v and %v", got, c.want, r.Lines, r.Entries)
			}
		})
	}
}

// drawn is a random month.
func drawn(t *rapid.T) ([]Line, []Entry) {
	text := rapid.SampledFrom([]string{"ALDGATE OPTICS", "Farrow Bakery", "DEPOSIT", "Void Farrow Bakery 555", "", "CHEQUE 555"})
	amount := rapid.Int64Range(-6, 6)
	day := rapid.IntRange(1, 40)
	lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Line {
		return Line{On: on(day.Draw(t, "day")), Text: text.Draw(t, "text"), Amount: amount.Draw(t, "amount") * 1111}
	}), 0, 12).Draw(t, "lines")
	entries := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Entry {
		return Entry{On: on(day.Draw(t, "day")), Text: text.Draw(t, "text"), Reference: rapid.SampledFrom([]string{"", "CHQ-555"}).Draw(t, "ref"), Amount: amount.Draw(t, "amount") * 1111}
	}), 0, 12).Draw(t, "entries")
	for i := range lines {
		lines[i].ID = fmt.Sprintf("l%02d", i)
	}
	for i := range entries {
		entries[i].ID = fmt.Sprintf("e%02d", i)
	}
	return lines, entries
}

// Whatever the input: everything is in the result once, exact matches and
// batches add up to the cent, pairs that cancel out add up to nothing, and the
// order of the input changes nothing.
func TestResultsHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines, entries := drawn(t)
		r := Reconcile(lines, entries)
		amounts, seen := map[string]int64{}, map[string]int{}
		for _, l := range lines {
			amounts[l.ID] = l.Amount
		}
		for _, e := range entries {
			amounts[e.ID] = e.Amount
		}
		for _, m := range r.Matches {
			var sum int64
			seen[m.Line]++
			for _, id := range m.Entries {
				seen[id]++
				sum += amounts[id]
			}
			if m.Kind != Differs && sum != amounts[m.Line] {
				t.Fatalf("%+v adds up to %d, not %d", m, sum, amounts[m.Line])
			}
		}
		for _, o := range r.Offsets {
			seen[o.Entry]++
			seen[o.By]++
			if amounts[o.Entry]+amounts[o.By] != 0 {
				t.Fatalf("%+v does not cancel out", o)
			}
		}
		for _, id := range append(slices.Clone(r.Lines), r.Entries...) {
			seen[id]++
		}
		for id := range amounts {
			if seen[id] != 1 {
				t.Fatalf("%s is in the result %d times", id, seen[id])
			}
		}
		random := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		random.Shuffle(len(lines), func(i, k int) { lines[i], lines[k] = lines[k], lines[i] })
		random.Shuffle(len(entries), func(i, k int) { entries[i], entries[k] = entries[k], entries[i] })
		if again := Reconcile(lines, entries); fmt.Sprint(again) != fmt.Sprint(r) {
			t.Fatalf("in another order\n%+v, before\n%+v", again, r)
		}
	})
}

// best tries every assignment.
func best(worth [][]float64, row int, taken []bool) float64 {
	if row == len(worth) {
		return 0
	}
	most := best(worth, row+1, taken)
	for c, w := range worth[row] {
		if !taken[c] && w > 0 {
			taken[c] = true
			most = max(most, w+best(worth, row+1, taken))
			taken[c] = false
		}
	}
	return most
}

func TestAssignmentIsTheBest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows, columns := rapid.IntRange(1, 5).Draw(t, "rows"), rapid.IntRange(1, 5).Draw(t, "columns")
		worth := make([][]float64, rows)
		for i := range worth {
			for range columns {
				worth[i] = append(worth[i], float64(rapid.IntRange(-5, 9).Draw(t, "worth")))
			}
		}
		sum := 0.0
		taken := make([]bool, columns)
		for i, k := range hungarian(worth) {
			if k < 0 {
				continue
			}
			if taken[k] {
				t.Fatalf("column %d twice", k)
			}
			taken[k] = true
			sum += worth[i][k]
		}
		if want := best(worth, 0, make([]bool, columns)); sum != want {
			t.Fatalf("%v is worth %v, not %v", worth, sum, want)
		}
	})
}

// Hundreds of lines of one amount are matched in their order.
func TestOneAmountOften(t *testing.T) {
	t.Parallel()
	var lines []Line
	var entries []Entry
	for i := range 2 * largestGroup {
		lines = append(lines, Line{fmt.Sprintf("%04d", i), on(2 + 7*i), "SUBSCRIPTION", 1500})
		entries = append(entries, Entry{fmt.Sprintf("%04d", i), on(1 + 7*i), "Subscription", "", 1500})
	}
	r := Reconcile(lines, entries)
	for _, m := range r.Matches {
		if m.Entries[0] != m.Line {
			t.Fatalf("line %s got %v", m.Line, m.Entries)
		}
	}
	if len(r.Matches) != len(lines) {
		t.Errorf("%d of %d", len(r.Matches), len(lines))
	}
}

func TestSwapped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b int64
		want bool
	}{{1234, 1324, true}, {1234, 1234, false}, {1234, 4231, false}, {950, 9050, true}, {95092, 905092, true}, {12, 21, true}, {100, 10, true}, {1, 2, false}} {
		if swapped(c.a, c.b) != c.want || swapped(c.b, c.a) != c.want {
			t.Errorf("%d and %d: want %v", c.a, c.b, c.want)
		}
	}
}
