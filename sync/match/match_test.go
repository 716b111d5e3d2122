package match

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tieout/receivables"
)

const day = receivables.Date("2026-03-10")

// open makes items of one customer, a month apart, the last due on day.
func open(amounts ...int64) []Item {
	items := make([]Item, len(amounts))
	for i, a := range amounts {
		due := day.AddDays(30 * (i + 1 - len(amounts)))
		items[i] = Item{ID: fmt.Sprint(i), Customer: "c", Amount: a, Issued: due.AddDays(-30), Due: due}
	}
	return items
}

func pays(amount int64) Payment {
	return Payment{ID: "p", On: day, Amount: amount, Payers: []Payer{{"c", 1}}}
}

func TestOne(t *testing.T) {
	t.Parallel()
	twins := open(500, 700, 700)
	twins[2].Due, twins[2].Issued = twins[1].Due, twins[1].Issued
	later := open(500, 700)
	later[1].Issued = day.AddDays(1)
	for _, c := range []struct {
		name   string
		items  []Item
		amount int64
		want   []string
		sure   bool
		why    string
	}{
		{"one item", open(10_00, 25_50, 7_31), 25_50, []string{"1"}, true, "The open item due on 8 Feb 2026 comes to exactly the amount; nothing else that is open does."},
		{"all items", open(10_00, 25_50, 7_31), 42_81, []string{"0", "1", "2"}, true, "All 3 open items together add up"},
		{"the oldest", open(10_00, 25_50, 7_31), 35_50, []string{"0", "1"}, true, "The 2 oldest open items add up"},
		{"a run", open(10_00, 25_50, 7_31, 99_99), 32_81, []string{"1", "2"}, true, "due from 9 Jan 2026 to 8 Feb 2026"},
		{"any set", open(10_00, 25_50, 7_31, 99_99), 17_31, []string{"0", "2"}, true, "2 of 4 open items"},
		{"nothing adds up", open(10_00, 25_50), 11_00, nil, false, ""},
		{"nothing is open", nil, 11_00, nil, false, ""},
		{"no amount", open(10_00), 0, nil, false, ""},
		{"twins are never told apart", twins, 700, []string{"1"}, false, "so does one other combination, and it is not clear which was meant"},
		{"both twins", twins, 1400, []string{"1", "2"}, true, ""},
		{"not issued yet", later, 700, nil, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := One(pays(c.amount), c.items, nil)
			if fmt.Sprint(f.Items) != fmt.Sprint(c.want) || f.Sure != c.sure || !strings.Contains(f.Why, c.why) {
				t.Errorf("got %+v, want %v, sure %v: %s", f, c.want, c.sure, c.why)
			}
		})
	}
}

// What a payer has done before decides between items that differ in their due
// dates alone; without it, nothing does.
func TestHabits(t *testing.T) {
	t.Parallel()
	items := open(700, 700, 700, 700)
	if f := One(pays(700), items, nil); f.Sure || f.Rivals != 3 {
		t.Errorf("without a habit: %+v", f)
	}
	habits := NewHabits()
	for range 12 {
		// Always what is due today, never what is older.
		habits.Learn("c", day, []receivables.Date{day}, []receivables.Date{day.AddDays(-30), day.AddDays(-60), day.AddDays(-90)})
	}
	if f := One(pays(700), items, habits); !f.Sure || fmt.Sprint(f.Items) != "[3]" || !strings.Contains(f.Why, "how this customer pays") {
		t.Errorf("with a habit: %+v", f)
	}
	if f := One(Payment{ID: "p", On: day, Amount: 700, Payers: []Payer{{"other", 1}}}, items, habits); len(f.Items) > 0 {
		t.Errorf("items of somebody else were matched: %+v", f)
	}
}

// With a name alone, the amount decides between the customers that it may mean,
// and where it does not, nobody is chosen.
func TestPayers(t *testing.T) {
	t.Parallel()
	items := append(open(10_07, 20_00), Item{ID: "x", Customer: "d", Amount: 33_33, Issued: "2026-01-01", Due: "2026-02-01"}, Item{ID: "y", Customer: "d", Amount: 20_00, Issued: "2026-01-01", Due: "2026-02-01"})
	both := []Payer{{"c", 0.5}, {"d", 0.5}}
	for _, c := range []struct {
		amount int64
		want   string
		sure   bool
	}{{10_07, "c [0]", true}, {33_33, "d [x]", true}, {53_33, "d [x y]", true}, {20_00, "", false}, {1_00, " []", false}} {
		f := One(Payment{ID: "p", On: day, Amount: c.amount, Name: "Somebody", Payers: both}, items, nil)
		if got := f.Customer + " " + fmt.Sprint(f.Items); f.Sure != c.sure || c.want != "" && got != c.want {
			t.Errorf("%d: got %s (sure %v), want %s (sure %v)", c.amount, got, f.Sure, c.want, c.sure)
		}
	}
}

// Where amounts collide more is asked for: the same share is taken among odd
// amounts, and asked about among whole hundreds.
func TestBar(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		rivals int
		apart  float64
		want   float64
	}{
		{"nothing else adds up", 0, 8, Sure},
		{"odd amounts", 40, 80_000, Sure},
		{"whole hundreds", 3, 8, contested},
		{"large whole hundreds", 16, 400, contested},
		{"more combinations than amounts", 8, 8, never},
	} {
		if got := barOf(c.rivals, c.apart); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A payment of more invoices than anybody would pick one by one is sure when it
// clears the account up to a date, and a question when it takes some of them.
func TestClearedAccount(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(3))
	amounts := make([]int64, 60)
	for i := range amounts {
		amounts[i] = 1_000 + r.Int63n(900_000)
	}
	items := open(amounts...)
	habits := NewHabits()
	for range 30 {
		// One at a time, on the day it is due: nothing like what comes now.
		habits.Learn("c", day, []receivables.Date{day}, []receivables.Date{day.AddDays(-30), day.AddDays(-60)})
	}
	for _, c := range []struct {
		name string
		set  []int
		sure bool
	}{
		{"up to a date", span(nil, 0, 34), true},
		{"all that is open", span(nil, 0, 60), true},
		{"many here and there", []int{1, 2, 4, 6, 7, 9, 12, 13, 15, 18, 20, 21, 24, 27, 28, 30, 33, 36, 37, 40, 42, 45, 48, 51}, false},
	} {
		var sum int64
		for _, at := range c.set {
			sum += amounts[at]
		}
		for _, h := range []*Habits{nil, habits} {
			f := One(pays(sum), items, h)
			if f.Sure != c.sure || c.sure && fmt.Sprint(f.Items) != fmt.Sprint(ids(items, c.set)) {
				t.Errorf("%s (habits %v): %+v", c.name, h != nil, f)
			}
		}
	}
}

// drawn is a random economy: customers with items, and payments of which most
// truly pay something.
func drawn(t *rapid.T) ([]Payment, []Item) {
	items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Item {
		issued := rapid.IntRange(0, 90).Draw(t, "issued")
		return Item{
			Customer: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "customer"), Amount: rapid.Int64Range(0, 60).Draw(t, "amount"),
			Issued: day.AddDays(issued), Due: day.AddDays(issued + rapid.SampledFrom([]int{0, 15, 30}).Draw(t, "terms")),
		}
	}), 0, 30).Draw(t, "items")
	for i := range items {
		items[i].ID = fmt.Sprintf("i%02d", i)
	}
	payments := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Payment {
		p := Payment{On: day.AddDays(rapid.IntRange(0, 120).Draw(t, "on")), Amount: rapid.Int64Range(-1, 150).Draw(t, "amount")}
		for _, c := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 3, rapid.ID[string]).Draw(t, "payers") {
			p.Payers = append(p.Payers, Payer{c, rapid.SampledFrom([]float64{0, 0.1, 1}).Draw(t, "fit")})
		}
		return p
	}), 0, 12).Draw(t, "payments")
	for i := range payments {
		payments[i].ID = fmt.Sprintf("p%02d", i)
	}
	return payments, items
}

// Whatever the input: what is found adds up to the cent, is of the customer
// named and issued by then, and no sure answers share an item.
func TestAnswersHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		payments, items := drawn(t)
		byID := map[string]Item{}
		for _, item := range items {
			byID[item.ID] = item
		}
		taken := map[string]string{}
		for i, f := range All(payments, items, nil) {
			var sum int64
			for _, id := range f.Items {
				item := byID[id]
				sum += item.Amount
				if item.Customer != f.Customer || item.Issued > payments[i].On {
					t.Fatalf("%+v names %+v", f, item)
				}
				if other, ok := taken[id]; ok && f.Sure {
					t.Fatalf("item %s is taken by %s and %s", id, other, f.Payment)
				}
				if f.Sure {
					taken[id] = f.Payment
				}
			}
			if f.Payment != payments[i].ID || len(f.Items) > 0 && sum != payments[i].Amount || f.Sure && (len(f.Items) == 0 || f.Why == "") {
				t.Fatalf("%+v for %+v adds up to %d", f, payments[i], sum)
			}
		}
	})
}

// The order of the input changes nothing.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		payments, items := drawn(t)
		want := map[string]string{}
		for _, f := range All(payments, items, nil) {
			want[f.Payment] = fmt.Sprint(f.Items, f.Sure, f.Rivals)
		}
		r := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		r.Shuffle(len(items), func(i, k int) { items[i], items[k] = items[k], items[i] })
		r.Shuffle(len(payments), func(i, k int) { payments[i], payments[k] = payments[k], payments[i] })
		for _, f := range All(payments, items, nil) {
			if got := fmt.Sprint(f.Items, f.Sure, f.Rivals); got != want[f.Payment] {
				t.Fatalf("%s: %s, in another order %s", f.Payment, want[f.Payment], got)
			}
		}
	})
}

// An answer that an equal one contradicts is none: a twin of any item of a sure
// answer takes the sureness away.
func TestTwinsContradict(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := open(rapid.SliceOfNDistinct(rapid.Int64Range(100, 100_000), 1, 8, rapid.ID[int64]).Draw(t, "amounts")...)
		set := rapid.SliceOfNDistinct(rapid.IntRange(0, len(items)-1), 1, len(items), rapid.ID[int]).Draw(t, "paid")
		var sum int64
		for _, at := range set {
			sum += items[at].Amount
		}
		twin := items[rapid.SampledFrom(set).Draw(t, "twin")]
		twin.ID = "twin"
		if f := One(pays(sum), append(slices.Clone(items), twin), nil); f.Sure && !slices.Contains(f.Items, "twin") {
			t.Fatalf("%+v is sure, but %s looks the same as one of them", f, twin.ID)
		}
	})
}

// Thousands of open items end in an answer, however many sets hit the amount.
func TestManyItems(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(1))
	same, various := make([]int64, 10_000), make([]int64, 10_000)
	for i := range same {
		same[i], various[i] = 100, 1+r.Int63n(100_000)
	}
	for _, c := range []struct {
		amounts []int64
		amount  int64
	}{{same, 500_000}, {same[:300], 400}, {same[:22], 1100}, {various, 5_000_000}, {various[:300], 200_000}} {
		if f := One(pays(c.amount), open(c.amounts...), nil); f.Sure {
			t.Errorf("%d items: one of very many sets is sure: share %v of %d", len(c.amounts), f.Share, f.Rivals)
		}
	}
}

func FuzzOne(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6}, int64(7))
	f.Add([]byte{255, 0, 9}, int64(1)<<62)
	f.Fuzz(func(t *testing.T, raw []byte, amount int64) {
		var items []Item
		for i := 0; i+2 < len(raw); i += 3 {
			items = append(items, Item{
				ID: fmt.Sprint(i), Customer: "c", Amount: int64(raw[i]) << (raw[i+1] % 63),
				Issued: receivables.Date(fmt.Sprint(raw[i+1])), Due: day.AddDays(int(raw[i+2])),
			})
		}
		p := pays(amount)
		found := One(p, items, nil)
		if found.Share < 0 || found.Share > 1 || found.Share != found.Share {
			t.Fatalf("share %v", found.Share)
		}
		Explain(p, items, []Credit{{ID: "k", Customer: "c", Amount: amount / 3}}, []Discount{{"0", 5, day}})
	})
}

// What another payment has taken of the same amount stays a rival: two
// payments that have each other's items are both doubtful.
func TestSwaps(t *testing.T) {
	t.Parallel()
	items := open(700, 700)
	habits := NewHabits()
	for range 20 {
		habits.Learn("c", day, []receivables.Date{day}, []receivables.Date{day.AddDays(-30), day.AddDays(30)})
	}
	first, second := Payment{ID: "p", On: items[0].Due}, Payment{ID: "q", On: items[1].Due}
	for _, c := range []struct {
		name    string
		mine    Item
		other   Item
		doubted bool
	}{{"as they pay", items[0], items[1], false}, {"the wrong way round", items[1], items[0], true}} {
		b := newBoard([]Payment{first, second}, items)
		b.taken[c.other.ID] = taking{second.ID, second.On}
		c.mine.Issued = "2026-01-01"
		got := b.swaps(first, Finding{Customer: "c", Items: []string{c.mine.ID}}, habits.of("c"))
		if got > 1 != c.doubted {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
