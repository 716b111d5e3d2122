package match

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func directory() *Directory {
	return NewDirectory([]Name{
		{"1", "Northwind Traders Ltd"},
		{"2", "Südsee Großhandel GmbH & Co. KG"},
		{"3", "O'Brien & Sons Manufacturing Inc."},
		{"4", "Hartley Systems"},
		{"5", "Hartley Foods International LLC"},
		{"6", "Meridian Systems Corp"},
		{"7", "Baker Systems"},
		{"8", "Lakeside Trust"},
		{"9", "US Lumber"},
		{"10", "Pacific Trust"},
		{"11", "Quarry Trust"},
		{"12", "SA Metals"},
		{"13", "Harbor Electric, Jones"},
		{"14", "Pacific US"},
		{"15", "Meadow US"},
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	d := directory()
	for _, c := range []struct{ name, want string }{
		{"Northwind Traders Ltd", "1"},
		{"NORTHWIND TRADERS LIMITED", "1"},
		{"traders, northwind", "1"},
		{"Northwnd Traders", "1"},
		{"NorthwindTraders", "1"},
		{"NORTHWIND TRA", "1"},
		{"Sudsee Grosshandel", "2"},
		{"SUEDSEE GROSSHANDEL GMBH", "2"},
		{"O BRIEN AND SONS MFG", "3"},
		{"OBRIEN SONS MANUFACTURING", "3"},
		{"Hartley Systems Inc", "4"},
		{"HARTLEY FOODS INTL", "5"},
		{"Meridian Corporation", "6"},
		{"Lakeside Foundation", "8"},
		{"US Trust", "9"},
		{"SA Corp", "12"},
		{"Jones Harbor Electric", "13"},
		{"Zebra Unlimited", ""},
		{"", ""},
		{"&", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if payers := directory().Payers(c.name); len(payers) > 0 {
				got = payers[0].Customer
			}
			if got != c.want {
				t.Errorf("got customer %q, want %q", got, c.want)
			}
		})
	}
	again, once := d.Payers("Hartley"), d.Payers("Hartley")
	if len(once) < 2 || !slices.Equal(once, again) {
		t.Errorf("Hartley may be two customers; got %v, then %v", once, again)
	}
	for _, p := range once {
		if p.Fit <= 0 || p.Fit > 1 {
			t.Errorf("fit %v", p.Fit)
		}
	}
}

func TestRank(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		same bool
		why  string
	}{
		{"NORTHWIND TRADERS, LIMITED", true, `the name is that of "Northwind Traders Ltd"`},
		{"Northwnd Traders", false, `% like "Northwind Traders Ltd"`},
	} {
		ranked := directory().Rank(c.name)
		if len(ranked) == 0 || ranked[0].Customer != "1" || ranked[0].Same != c.same || !strings.Contains(ranked[0].Why, c.why) || ranked[0].Like > 1.0001 {
			t.Errorf("%s: %+v", c.name, ranked)
		}
	}
	if found := directory().Rank("Zebra Unlimited"); len(found) > 0 {
		t.Errorf("nobody is called so: %+v", found)
	}
}

func TestNearness(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		near bool
	}{
		{"acme", "acme", true},
		{"manufacturing", "manufac", true},
		{"mfg", "manufacturing", true},
		{"traders", "tradres", true},
		{"smith", "smyth", true},
		{"a", "acme", false},
		{"north", "south", false},
		{"fee", "manufee", false},
		{"", "", true},
	} {
		if got := nearness(c.a, c.b); got > 0 != c.near || got != nearness(c.b, c.a) || got > 1 {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, name := range []string{"Hartley", "ß", "\x80\xff", "a b c d e", "Co", "  "} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		d := NewDirectory([]Name{{"1", name}, {"2", "Hartley Systems"}})
		for _, p := range d.Payers(name) {
			if !(p.Fit > 0 && p.Fit <= 1.0001) {
				t.Fatalf("fit %v", p.Fit)
			}
		}
	})
}

// TestSpellings looks one spelling of each customer up among all the others'
// names: the real lists have several spellings for one customer number.
func TestSpellings(t *testing.T) {
	t.Parallel()
	root := os.Getenv("TIEOUT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "shared")
	}
	if !filepath.IsAbs(root) {
		root = filepath.Join("..", "..", root) // relative to the repository's root
	}
	file, err := os.Open(filepath.Join(root, "data", "highradius_ar", "open_invoices_9681.csv"))
	if err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("names are required: %v", err)
		}
		t.Skipf("no names: %v", err)
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	customer, name := slices.Index(rows[0], "cust_number"), slices.Index(rows[0], "name_customer")
	first, asked, found := map[string]string{}, map[string][]string{}, 0
	var names []Name
	for _, row := range rows[1:] {
		switch id := row[customer]; {
		case first[id] == "":
			first[id] = row[name]
			names = append(names, Name{id, row[name]})
		case row[name] != first[id] && !slices.Contains(asked[id], row[name]):
			asked[id] = append(asked[id], row[name])
		}
	}
	d, total := NewDirectory(names), 0
	for id, spellings := range asked {
		for _, s := range spellings {
			total++
			if slices.ContainsFunc(d.Payers(s), func(p Payer) bool { return p.Customer == id }) {
				found++
			}
		}
	}
	if 100*found < 98*total {
		t.Errorf("%d of %d other spellings lead to their customer", found, total)
	}
	t.Logf("%d of %d", found, total)
}
