package match

import (
	"fmt"
	"testing"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	items := open(100_00, 250_00, 80_00)
	credits := []Credit{{ID: "note", Customer: "c", Amount: 12_34}, {ID: "rest", Customer: "c", Amount: 5_00}}
	discount := []Discount{{Item: "1", Amount: 5_00, Until: day}, {Item: "2", Amount: 1_60, Until: day.AddDays(-1)}}
	for _, c := range []struct {
		name   string
		amount int64
		want   string
	}{
		{"a discount in time", 245_00, "discount [1] [] 500"},
		{"a discount on one of two", 345_00, "discount [0 1] [] 500"},
		{"a discount too late is a short pay", 78_40, "short [2] [] 160"},
		{"a credit", 87_66, "credit [0] [note] 1234"},
		{"all credits", 82_66, "credit [0] [rest note] 1734"},
		{"bank charges", 99_00, "short [0] [] 100"},
		{"the oldest together, short", 349_00, "short [0 1] [] 100"},
		{"far too little", 40_00, ""},
		{"more than all", 500_00, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if found := Explain(pays(c.amount), items, credits, discount); len(found) > 0 {
				got = fmt.Sprint(found[0].Kind, " ", found[0].Items, " ", found[0].Credits, " ", found[0].Gap)
				if found[0].Why == "" {
					t.Error("it does not say why")
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
