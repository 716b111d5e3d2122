package statement

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/match"
	"tieout/sync/match/bank"
)

func item(id, number, customer string, amount int64, due receivables.Date) Open {
	return Open{match.Item{ID: id, Customer: customer, Amount: amount, Issued: due.AddDays(-30), Due: due}, number}
}

func ledger() World {
	return World{
		Payouts: []Payout{
			{ID: "po_1", Amount: 50_000, Arrival: "2026-03-04", Processor: "Stripe"},
			{ID: "po_2", Amount: 50_000, Arrival: "2026-03-06", Processor: "Stripe"},
			{ID: "po_3", Amount: 7_777, Arrival: "2026-03-10", Processor: "Stripe"},
			{ID: "po_4", Amount: 8_888, Arrival: "2026-03-11", Returned: "2026-03-16", Processor: "Stripe"},
			{ID: "po_5", Amount: -10_010, Arrival: "2026-03-11", Returned: "2026-03-16", Processor: "Stripe"},
		},
		Entries: []bank.Entry{{ID: "receipt/9", On: "2026-03-05", Text: "Gannet Freight", Amount: 33_333}},
		Open: []Open{
			item("1", "INV-1001", "n", 10_010, "2026-03-01"), item("2", "INV-1002", "n", 20_020, "2026-03-15"),
			item("3", "INV-1003", "m", 9_900, "2026-03-01"), item("4", "INV-1004", "f", 40_000, "2026-03-10"),
		},
		Customers: []match.Name{{Customer: "n", Name: "Northwind Traders Ltd"}, {Customer: "m", Name: "Meridian Systems"}, {Customer: "f", Name: "Farrow Bakery"}},
		Credits:   []match.Credit{{ID: "k", Customer: "m", Amount: 900}},
		Discounts: []match.Discount{{Item: "4", Amount: 800, Until: "2026-03-12"}},
	}
}

func TestSort(t *testing.T) {
	t.Parallel()
	alias := ledger()
	alias.Rules = []Rule{{ID: "r", Kind: RuleAlias, Key: "name:zenith payments", Customer: "f"}, {ID: "h", Kind: RuleHabit, Customer: "n", On: "2026-02-01", Paid: []receivables.Date{"2026-02-01"}}}
	for _, c := range []struct {
		name string
		w    World
		line Line
		want string
		why  string
	}{
		{"a payout by its processor", ledger(), Line{On: "2026-03-05", Amount: 50_000, Name: "STRIPE", Text: "TRANSFER"}, "payout true po_1 [] ", "one day after its arrival on 4 Mar 2026, and the text names Stripe"},
		{"a payout by its id", ledger(), Line{On: "2026-03-06", Amount: 50_000, Text: "po_2"}, "payout true po_2 [] ", "on its arrival"},
		{"a payout by amount and day alone", ledger(), Line{On: "2026-03-11", Amount: 7_777, Text: "CREDIT"}, "payout false po_3 [] ", "does not name Stripe"},
		{"too late for a payout", ledger(), Line{On: "2026-03-30", Amount: 7_777, Text: "STRIPE"}, "unknown false  [] ", ""},
		{"two payouts without a name", ledger(), Line{On: "2026-03-05", Amount: 50_000, Text: "CREDIT"}, "unknown false  [] ", ""},
		{"a payout that comes back, by its processor", ledger(), Line{On: "2026-03-13", Amount: -8_888, Name: "STRIPE", Text: "RETURN"}, "payout_return true po_4 [] ", "3 days before the day on which Stripe took it back, 16 Mar 2026"},
		{"a payout that comes back, by its id", ledger(), Line{On: "2026-03-20", Amount: -8_888, Text: "R02 po_4"}, "payout_return true po_4 [] ", "the text names it"},
		{"a payout that comes back, by amount and day alone", ledger(), Line{On: "2026-03-17", Amount: -8_888, Text: "DEBIT"}, "payout_return false po_4 [] ", "does not name Stripe"},
		{"a way back before the payout came", ledger(), Line{On: "2026-03-05", Amount: -8_888, Name: "STRIPE"}, "unknown false  [] ", ""},
		{"a way back of a payout that stayed", ledger(), Line{On: "2026-03-11", Amount: -7_777, Name: "STRIPE"}, "unknown false  [] ", ""},
		{"a debit that comes back is no customer's payment", ledger(), Line{On: "2026-03-16", Amount: 10_010, Name: "STRIPE", Text: "INV-1001"}, "payout_return true po_5 [] ", ""},
		{"the ledger has it", ledger(), Line{On: "2026-03-06", Amount: 33_333, Name: "GANNET FREIGHT"}, "booked true  [] ", "The ledger shows it"},
		{"a number", ledger(), Line{On: "2026-03-06", Amount: 30_030, Name: "X", Text: "INV-1001 INV-1002"}, "receipt true  [1=10010 2=20020] n", "names INV-1001, INV-1002"},
		{"a number, in part", ledger(), Line{On: "2026-03-06", Amount: 5_000, Text: "inv 1001, first part"}, "receipt false  [1=5000] n", "a part"},
		{"numbers of two customers", ledger(), Line{On: "2026-03-06", Amount: 19_910, Text: "INV-1001 INV-1003"}, "unknown false  [] ", ""},
		{"a name", ledger(), Line{On: "2026-03-06", Amount: 10_010, Name: "NORTHWIND TRADERS LIMITED"}, "receipt true  [1=10010] n", "exactly the amount"},
		{"a name cut off in the text", ledger(), Line{On: "2026-03-06", Amount: 10_010, Text: "NORTHWIND TRAD"}, "receipt true  [1=10010] n", ""},
		{"a payer who was confirmed before", alias, Line{On: "2026-03-06", Amount: 40_000, Name: "Zenith Payments"}, "receipt true  [4=40000] f", "exactly the amount"},
		{"a credit was used", ledger(), Line{On: "2026-03-06", Amount: 9_000, Name: "Meridian Systems"}, "receipt false  [] m", "together with the open credit"},
		{"a discount in time", ledger(), Line{On: "2026-03-06", Amount: 39_200, Name: "Farrow Bakery"}, "receipt false  [] f", "discount"},
		{"money back to a customer", ledger(), Line{On: "2026-03-06", Amount: -1_234, Name: "Farrow Bakery Ltd"}, "refund false  [] f", ""},
		{"a fee by its code", ledger(), Line{On: "2026-03-06", Amount: -150, Kind: "PMNT/RCDT/CHRG"}, "fee false  [] ", ""},
		{"a fee by its words", ledger(), Line{On: "2026-03-06", Amount: -150, Text: "Kontoführung/Entgelt"}, "fee false  [] ", ""},
		{"nobody knows", ledger(), Line{On: "2026-03-06", Amount: 1, Name: "Zebra Unlimited"}, "unknown false  [] ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.line.ID = "l"
			f := Sort([]Line{c.line}, c.w)[0]
			var pays []string
			for _, p := range f.Pays {
				pays = append(pays, fmt.Sprintf("%s=%d", p.Invoice, p.Amount))
			}
			got := fmt.Sprint(f.Meaning, " ", f.Sure, " ", f.Payout, " ", pays, " ", f.Customer)
			if got != c.want || !strings.Contains(f.Why, c.why) || f.Why == "" {
				t.Errorf("got %s (%s), want %s (%s)", got, f.Why, c.want, c.why)
			}
		})
	}
}

// Of two payouts of one amount the earlier line is the earlier one, and an
// invoice is not paid twice.
func TestSortTogether(t *testing.T) {
	t.Parallel()
	found := Sort([]Line{
		{ID: "b", On: "2026-03-06", Amount: 50_000, Name: "STRIPE"},
		{ID: "a", On: "2026-03-04", Amount: 50_000, Name: "STRIPE"},
		{ID: "c", On: "2026-03-06", Amount: 10_010, Text: "INV-1001"},
		{ID: "d", On: "2026-03-07", Amount: 10_010, Text: "INV-1001"},
	}, ledger())
	back := Sort([]Line{
		{ID: "b", On: "2026-03-14", Amount: -8_888, Name: "STRIPE"},
		{ID: "a", On: "2026-03-11", Amount: 8_888, Name: "STRIPE"},
		{ID: "c", On: "2026-03-15", Amount: -8_888, Name: "STRIPE"},
	}, ledger())
	if back[0].Meaning != MeansUnknown || back[1].Meaning != MeansPayout || back[2].Meaning != MeansPayoutReturn || back[2].Payout != "po_4" {
		t.Errorf("a payout comes and goes once: %+v", back)
	}
	if found[0].Payout != "po_2" || found[1].Payout != "po_1" || found[2].Meaning != MeansReceipt || found[3].Meaning != MeansUnknown {
		t.Errorf("%+v", found)
	}
}

// writer lowers a booking into one write.
type writer struct {
	connectors.Ledger
	err error
}

func (w writer) Lower(b mapping.Booking, _ int) ([]connectors.Write, error) {
	return []connectors.Write{{Op: "payment.create", Parts: b.Parts, Marker: "M"}}, w.err
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	line := Line{ID: "l", On: "2026-03-06", Amount: 10_010, Name: "Zenith Payments"}
	none := Finding{Line: "l", Meaning: MeansUnknown}
	for _, c := range []struct {
		name   string
		line   Line
		found  Finding
		choice Choice
		want   string
		refuse string
	}{
		{"what was found", line, Finding{Line: "l", Meaning: MeansReceipt, Customer: "n", Pays: []Paid{{Invoice: "1", Amount: 10_010}}}, Choice{By: "ann"}, "n 1=10010", ""},
		{"an invoice", line, none, Choice{By: "ann", Pays: []Paid{{Invoice: "1"}}}, "n 1=10010", ""},
		{"in part, the rest a credit", line, none, Choice{By: "ann", Pays: []Paid{{Invoice: "3"}}, Credit: true}, "m 3=9900 =110", ""},
		{"all a credit", line, none, Choice{By: "ann", Customer: "f", Credit: true}, "f =10010", ""},
		{"nobody", line, none, Choice{}, "", "nobody has said who confirms"},
		{"nothing", line, none, Choice{By: "ann"}, "", "pays no invoice"},
		{"too little", line, none, Choice{By: "ann", Pays: []Paid{{Invoice: "3"}}}, "", "pays no invoice"},
		{"too much", line, none, Choice{By: "ann", Pays: []Paid{{Invoice: "1", Amount: 10_010}, {Invoice: "2", Amount: 1}}}, "", "more than the line has"},
		{"more than is open", line, none, Choice{By: "ann", Pays: []Paid{{Invoice: "3", Amount: 9_901}}}, "", "less open"},
		{"not open", line, none, Choice{By: "ann", Pays: []Paid{{Invoice: "77"}}}, "", "is not open"},
		{"a payout", line, Finding{Line: "l", Meaning: MeansPayout, Why: "It is po_1."}, Choice{By: "ann", Customer: "n", Credit: true}, "", "It is po_1"},
		{"a payout that came back", line, Finding{Line: "l", Meaning: MeansPayoutReturn, Why: "It is po_5."}, Choice{By: "ann", Customer: "n", Credit: true}, "", "It is po_5"},
		{"money that went out", Line{ID: "l", On: "2026-03-06", Amount: -1}, none, Choice{By: "ann", Customer: "n", Credit: true}, "", "money went out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			k := Confirmer{Book: books.Book{Tenant: "main", ID: "b", Ledger: "q"}, Ledger: writer{}, Now: time.Unix(0, 0), NewID: func() string { n++; return fmt.Sprint(n) }}
			done, err := k.Confirm("35", c.line, "USD", c.found, c.choice, ledger().Open)
			if c.refuse != "" {
				if !errors.Is(err, ErrConfirm) || !strings.Contains(err.Error(), c.refuse) {
					t.Errorf("got %v, want %q", err, c.refuse)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := done.Finding.Customer
			for _, p := range done.Parts {
				got += fmt.Sprintf(" %s=%d", p.Part.Target, p.Part.Amount)
				if p.Part.Movement != "bank/35/l" || p.Intent != done.Intents[0].ID {
					t.Errorf("%+v", p)
				}
			}
			if got != c.want || len(done.Intents) != 1 || done.Intents[0].Booking.By != "ann" || done.Rules[0].Key != "name:zenith payments" {
				t.Errorf("got %s, want %s; %+v", got, c.want, done.Rules)
			}
		})
	}
	k := Confirmer{Ledger: writer{err: errors.New("no such account")}, NewID: func() string { return "" }}
	if _, err := k.Confirm("35", line, "USD", none, Choice{By: "ann", Customer: "n", Credit: true}, nil); !errors.Is(err, ErrConfirm) {
		t.Errorf("a booking that cannot be written: %v", err)
	}
}
