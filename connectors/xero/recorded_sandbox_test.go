package xero

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
	sandbox "tieout/sandbox/xero"
)

// TestRecordedOrganisationOverHTTP pulls the real organisation from a server
// and compares its open invoices with the server's own trial balance.
func TestRecordedOrganisationOverHTTP(t *testing.T) {
	t.Parallel()
	files := []struct{ kind, file string }{
		{"Organisation", "getOrganisation"},
		{"Accounts", "getAccounts"},
		{"Contacts", "getContacts.page1"},
		{"Invoices", "getInvoices.unpaged"},
		{"Payments", "getPayments.paged"},
		{"BankTransactions", "getBankTransactions.page1"},
	}
	bodies := map[string][][]byte{}
	for _, f := range files {
		plural := f.kind
		if plural == "Organisation" {
			plural = "Organisations"
		}
		var elements []json.RawMessage
		if err := json.Unmarshal(body(t, data(t, "recorded-2026-04", f.file+".json"))[plural], &elements); err != nil {
			t.Fatal(f.file, err)
		}
		for _, e := range elements {
			bodies[f.kind] = append(bodies[f.kind], e)
		}
	}
	r := newRig(t, sandbox.OrganisationOptions{Empty: true, Name: "Recorded"}, func(o *sandbox.Organisation) error {
		for _, f := range files {
			if err := o.Load(f.kind, bodies[f.kind]); err != nil {
				return fmt.Errorf("load %s: %w", f.kind, err)
			}
		}
		return o.FinishLoad()
	})
	p, err := r.session.Profile(context.Background())
	if err != nil || p.Live || p.Home != "USD" || p.Zone != "America/New_York" || p.Lock != "2008-09-30" {
		t.Errorf("profile %+v, %v", p, err)
	}
	var open, credits int64
	for _, stream := range r.session.Streams() {
		records, _ := pull(t, r.session, stream.Name, nil)
		accepted(t, records)
		for _, record := range records {
			switch e := record.Entity.(type) {
			case receivables.Invoice:
				if e.State == receivables.StateLive {
					open += e.HomeBalance
				}
			case receivables.Credit:
				if e.State == receivables.StateLive {
					credits += e.HomeRemaining
				}
			}
		}
	}
	if money.Text(open, 2) != "9194.51" {
		t.Errorf("open invoices %s, want 9194.51", money.Text(open, 2))
	}
	figures, err := r.session.Figures(context.Background(), connectors.FigureQuery{AsOf: "2026-12-31"})
	if err != nil {
		t.Fatal(err)
	}
	if figures.Receivable["USD"] != open-credits {
		t.Errorf("the trial balance says %d, invoices less credits are %d", figures.Receivable["USD"], open-credits)
	}
}

// TestBackfillOverSeveralPages has more rows of one instant than a page holds.
func TestBackfillOverSeveralPages(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	var contacts [][]byte
	for i := range 2300 {
		contacts = append(contacts, fmt.Appendf(nil, `{"Name":"Customer %04d"}`, i))
	}
	if _, err := r.org.CreateMany("Contacts", contacts); err != nil {
		t.Fatal(err)
	}
	records, cursor := pull(t, r.session, "contacts", nil)
	accepted(t, records)
	seen := map[string]bool{}
	for _, record := range records {
		seen[record.Ref.ID] = true
	}
	if len(seen) != 2300 {
		t.Errorf("%d contacts were brought, want 2300", len(seen))
	}
	if len(cursor) > 64<<10 {
		t.Errorf("the cursor has %d bytes", len(cursor))
	}
}
