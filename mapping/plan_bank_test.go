package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"tieout/mapping"
)

func TestPlanBankLine(t *testing.T) {
	t.Parallel()
	line := func(by string, amount int64, matches ...mapping.Match) mapping.BankCase {
		return mapping.BankCase{Book: "b", Account: "35", Line: "ref:1", On: "2026-03-04", Currency: "USD", Amount: amount, Matches: matches, Payer: "Northwind", By: by}
	}
	pays := func(invoice, customer string, amount int64) mapping.Match {
		return mapping.Match{Invoice: invoice, Customer: customer, Amount: amount}
	}
	locked := line("ann", 100, pays("1", "c", 100))
	locked.Lock = "2026-03-31"
	for _, c := range []struct {
		name string
		in   mapping.BankCase
		want string
		why  string
	}{
		{"one invoice", line("ann", 100, pays("1", "c", 100)), "2026-03-04 c 35 [bank/35/ref:1/receipt/1 100]", "Bank receipt from Northwind"},
		{"two customers", line("ann", 100, pays("1", "c", 60), pays("2", "d", 30), pays("3", "c", 10)), "2026-03-04 c 35 [bank/35/ref:1/receipt/1 60 bank/35/ref:1/receipt/3 10]; 2026-03-04 d 35 [bank/35/ref:1/receipt/2 30]", ""},
		{"the rest is a credit", line("ann", 100, pays("1", "c", 60), pays("", "c", 40)), "2026-03-04 c 35 [bank/35/ref:1/receipt/1 60 bank/35/ref:1/receipt/ 40]", ""},
		{"closed books", locked, "2026-04-01 c 35 [bank/35/ref:1/receipt/1 100]", "books closed until 2026-03-31"},
		{"nobody has confirmed it", line("", 100, pays("1", "c", 100)), "", "waits for a person"},
		{"not all of it", line("ann", 100, pays("1", "c", 99)), "", "is of 1.00 USD, and what it should pay comes to 0.99 USD"},
		{"an invoice twice", line("ann", 100, pays("1", "c", 50), pays("1", "c", 50)), "", "one invoice twice"},
		{"no customer", line("ann", 100, pays("1", "", 100)), "", "no customer"},
		{"money that went out", line("ann", -100), "", "is of −1.00 USD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			plan := mapping.PlanBankLine(c.in)
			var got []string
			text := plan.Why
			for _, b := range plan.Bookings {
				var parts []string
				for _, p := range b.Parts {
					parts = append(parts, fmt.Sprint(p.Key(), " ", p.Amount))
				}
				got = append(got, fmt.Sprint(b.Date, " ", b.CustomerID, " ", b.To, " ", parts))
				text += b.Memo
				if b.By != "ann" || b.Source != "ref:1" {
					t.Errorf("%+v", b)
				}
			}
			if strings.Join(got, "; ") != c.want || !strings.Contains(text, c.why) {
				t.Errorf("got %s (%s), want %s (%s)", strings.Join(got, "; "), text, c.want, c.why)
			}
		})
	}
}
