package mapping_test

import (
	"testing"

	"tieout/mapping"
	"tieout/receivables"
)

func TestMirrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		invoice   receivables.Invoice
		id, other string
	}{
		"nothing":          {receivables.Invoice{Number: "INV-1"}, "", ""},
		"in the number":    {receivables.Invoice{Number: "in_00000000000000"}, "in_00000000000000", ""},
		"in the reference": {receivables.Invoice{Reference: "in_1NXYZabcdefghij"}, "in_1NXYZabcdefghij", "IN1NXYZABCDEFGHIJ"},
		"in a text":        {receivables.Invoice{Note: "Stripe (in_1NXYZabcdefghij): paid", Reference: "AB12-0007"}, "in_1NXYZabcdefghij", "AB120007"},
		"a word":           {receivables.Invoice{Memo: "work in_progress, check_in_00000000000000"}, "", ""},
		"the processor's":  {receivables.Invoice{Number: "in_00000000000000", Reference: "x", Billed: &receivables.Billed{}}, "", ""},
	} {
		if id, other := mapping.Mirrors(c.invoice); id != c.id || other != c.other {
			t.Errorf("%s: %q and %q, want %q and %q", name, id, other, c.id, c.other)
		}
	}
}

// TestMinorUnitsAreWhole: an amount in minor units that is written with decimals
// is somebody's decimal amount, and not a hundredth of it.
func TestMinorUnitsAreWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]mapping.Reason{"10": "", "10.00": mapping.ReasonAmount, "10.5": mapping.ReasonAmount} {
		r := mapping.Accept(mapping.Draft{Kind: receivables.KindRefund, ID: "re_1", Minor: true, Refund: &mapping.RefundDraft{
			Refund: receivables.Refund{ID: "re_1", Created: at("2026-01-01T00:00:00Z")}, Currency: "USD", Amount: text,
		}})
		var got mapping.Reason
		if r.Rejection != nil {
			got = r.Rejection.Reason
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestOwnInvoiceIsAnException: a payment of an invoice that only the processor
// holds is named, and nothing is booked for it; while its debit is under way it
// waits, and when it failed there is only a fee.
func TestOwnInvoiceIsAnException(t *testing.T) {
	t.Parallel()
	for status, want := range map[receivables.ChargeStatus]mapping.Verdict{
		receivables.ChargeSucceeded: mapping.Exception, receivables.ChargePending: mapping.Waiting, receivables.ChargeFailed: mapping.Booked,
	} {
		plan := mapping.PlanFor(cardCase(berlin(t), func(c *mapping.Case) {
			c.Matches, c.Own, c.Charge.Status = nil, "AB12-0007", status
		}))
		if plan.Verdict != want || want == mapping.Exception && (plan.Kind != mapping.ExceptionOwnInvoice || len(plan.Bookings) != 0) {
			t.Errorf("%s: %+v, want %s", status, plan, want)
		}
	}
	if plan := mapping.PlanFor(cardCase(berlin(t), func(c *mapping.Case) { c.Own = "AB12-0007" })); plan.Verdict != mapping.Booked {
		t.Errorf("matched all the same: %+v", plan)
	}
}
