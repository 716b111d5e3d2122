package monthend_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tieout/sync/monthend"
	"tieout/sync/proof"
)

// TestMonth checks the days of months, and what is none.
func TestMonth(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"2026-02": "2026-02-01 2026-02-28", "2028-02": "2028-02-01 2028-02-29", "2026-12": "2026-12-01 2026-12-31"} {
		m, err := monthend.ParseMonth(text)
		if got := string(m.First()) + " " + string(m.Last()); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "2026", "2026-13", "2026-1", "10-2026"} {
		if _, err := monthend.ParseMonth(text); err == nil {
			t.Errorf("%q is taken for a month", text)
		}
	}
}

// TestPack: the same figures give the same digest and files, whoever signs;
// another figure gives another digest; what was not measured says so.
func TestPack(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	p := monthend.Pack{
		Book: "Main", Month: "2026-10", Currency: "JPY", MadeAt: at,
		Stripe: monthend.Stripe{Opening: 5, Closing: 12, Activity: []monthend.Activity{
			{Category: "payout", Count: 1, Amount: -90, Net: -90}, {Category: "charge", Count: 2, Amount: 100, Fee: 3, Net: 97},
		}},
		Proof: proof.Proof{ID: "p", At: at, Lines: []proof.Line{{Check: proof.CheckClearing, Currency: "JPY", Why: "the ledger did not answer"}}},
	}
	if p.Stripe.Rest() != 0 {
		t.Errorf("rest %d", p.Stripe.Rest())
	}
	write := func(p monthend.Pack) (string, string) {
		var table, pdf bytes.Buffer
		if err := p.CSV(&table); err != nil {
			t.Fatal(err)
		}
		if err := p.PDF(&pdf); err != nil {
			t.Fatal(err)
		}
		return table.String(), pdf.String()
	}
	table, pdf := write(p)
	if again, same := write(p); again != table || same != pdf {
		t.Error("the same pack gives other files")
	}
	for _, want := range []string{"Stripe,charge,2,100,3,97", "not measured: the ledger did not answer"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
	if strings.Index(table, "Stripe,payout") < strings.Index(table, "Stripe,charge") {
		t.Error("payouts stand before the activity")
	}
	first, err := p.Digest()
	if err != nil {
		t.Fatal(err)
	}
	signed := p
	signed.SignOffs, signed.MadeAt = []monthend.SignOff{{Role: monthend.RolePrepared, By: "Ann", At: at}}, at.Add(time.Hour)
	other := p
	other.Stripe.Closing++
	if d, _ := signed.Digest(); d != first {
		t.Error("a signature changes the digest of what is signed")
	}
	if d, _ := other.Digest(); d == first {
		t.Error("another figure has the same digest")
	}
}
