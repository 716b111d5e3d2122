package xero

import (
	"testing"

	"tieout/connectors"
	"tieout/receivables"
	sandbox "tieout/sandbox/xero"
)

// TestSweep shows the open invoices with their time of change, by two calls,
// and none that is voided, a draft or a bill.
func TestSweep(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.OrganisationOptions{Name: "Swept"})
	enter := func(kind, status string) string {
		id, _ := r.create(t, "Invoices", `{"Type":"`+kind+`","Status":"`+status+`","Contact":{"Name":"Ada"},"Date":"2026-05-01","DueDate":"2026-06-01",
			"LineItems":[{"Description":"Work","Quantity":"1","UnitAmount":"10","AccountCode":"200"}]}`)["InvoiceID"].(string)
		return id
	}
	open := enter("ACCREC", "AUTHORISED")
	enter("ACCREC", "DRAFT")
	enter("ACCPAY", "AUTHORISED")
	records, _ := pull(t, r.session, "invoices", nil)
	order := int64(0)
	for _, x := range records {
		if x.Ref.ID == open {
			order = x.Order
		}
	}
	r.calls.reset()
	var seen []connectors.Seen
	var cursor connectors.Cursor
	for more := true; more; {
		page, err := r.session.Sweep(t.Context(), r.clock.Now(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, page.Seen...)
		cursor, more = page.Cursor, page.More
	}
	want := connectors.Seen{Ref: receivables.Ref{Kind: receivables.KindInvoice, ID: open}, Order: order}
	if len(seen) != 1 || seen[0] != want || order == 0 || r.calls.count() != 2 {
		t.Errorf("%+v by %d calls, want %+v", seen, r.calls.count(), want)
	}
	for _, odd := range []string{`{"v":2,"page":1}`, `{"v":1,"list":2,"page":1}`, `x`} {
		if _, err := r.session.Sweep(t.Context(), r.clock.Now(), connectors.Cursor(odd)); err == nil {
			t.Errorf("the cursor %s is taken", odd)
		}
	}
}
