package web

import (
	"strings"
	"testing"

	"tieout/money"
	"tieout/people"
)

// TestBilling: the first page draws what the months billed and collected, says how
// the days sales outstanding are counted, and leads to the invoices behind them.
func TestBilling(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/"), 200, "35.5 days", "Count-back", "/receivables?status=billed&amp;sort=issued&amp;currency=USD&amp;month=2026-10",
		"Billed in Sep 2026: −90.00 USD", "Collected in Oct 2026: 31.00 USD", ">Left<", "15.5 <span", `value="20.00"`, "on 2 invoices that Stripe itself has made")
	b.want(b.get("/receivables?status=billed&month=2026-10"), 200, "Issued in Oct 2026", "All months")
	sales := r.as(b, people.Sales)
	got := sales.want(sales.get("/"), 200, "You see the customers that you are responsible for", "Open receivables")
	for _, words := range []string{"Days sales outstanding", "Nothing is connected", "Every payment has found", "No payment yet"} {
		if strings.Contains(got.body, words) {
			t.Errorf("somebody of sales is told %q, of the whole organisation", words)
		}
	}
}

// TestShort writes a chart's scale.
func TestShort(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]money.Money{
		"0": {Currency: "USD"}, "−50": {Minor: -50_00, Currency: "USD"}, "0.50": {Minor: 50, Currency: "USD"}, "20k": {Minor: 20_000, Currency: "JPY"},
		"1.500": {Minor: 1_500, Currency: "KWD"}, "−2m": {Minor: -2_000_000_00, Currency: "USD"}, "5bn": {Minor: 5_000_000_000, Currency: "JPY"}, "1,200": {Minor: 1_200_00, Currency: "EUR"},
	} {
		if got := short(m); got != want {
			t.Errorf("%v is %q, want %q", m, got, want)
		}
	}
}
