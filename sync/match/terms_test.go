package match

import "testing"

func TestDiscountOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		terms  string
		amount int64
		until  string
	}{
		{"2/10 net 30", 2_00, "2026-03-14"},
		{"2% 10 Net 30", 2_00, "2026-03-14"},
		{"2.5 % 10 days, net 30", 2_50, "2026-03-14"},
		{"1% 15 days net 45", 1_00, "2026-03-19"},
		{"3/7 n/30", 3_00, "2026-03-11"},
		{"Net 30", 0, ""},
		{"0/10 net 30", 0, ""},
		{"Due on receipt", 0, ""},
		{"50/50", 0, ""},
	} {
		d, ok := DiscountOf("i", c.terms, "2026-03-04", 100_00)
		if ok != (c.amount > 0) || d.Amount != c.amount || string(d.Until) != c.until {
			t.Errorf("%q: %+v, %v", c.terms, d, ok)
		}
	}
	if d, ok := DiscountOf("i", "2/10 net 30", "2026-03-04", 75); !ok || d.Amount != 2 {
		t.Errorf("1.5 cents are %+v", d)
	}
}
