package xero

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// body is the vendor's answer in a recorded or example file.
func body(t *testing.T, path string) map[string]json.RawMessage {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]json.RawMessage
	if json.Unmarshal(raw, &out) != nil {
		return nil // a list of connections
	}
	if out["response"] != nil && out["request"] != nil {
		var inner map[string]json.RawMessage
		if json.Unmarshal(out["response"], &inner) != nil {
			return nil
		}
		return inner
	}
	return out
}

// every maps all elements of a body whose list is one that we read.
func every(t *testing.T, m mapper, envelope map[string]json.RawMessage) []row {
	t.Helper()
	var rows []row
	for _, st := range append(streams(), batches()) {
		var elements []json.RawMessage
		if envelope[st.plural] == nil {
			continue
		}
		if err := json.Unmarshal(envelope[st.plural], &elements); err != nil {
			t.Fatal(err)
		}
		for _, raw := range elements {
			rows = append(rows, st.rows(m)(raw))
		}
	}
	return rows
}

// TestRecordedReceivables adds up what the real organisation's invoices say,
// in figures of their own: 75 in the list, 41 of them bills.
func TestRecordedReceivables(t *testing.T) {
	t.Parallel()
	rows := every(t, mapper{home: "USD"}, body(t, data(t, "recorded-2026-04", "getInvoices.unpaged.json")))
	var sales int
	var open int64
	want := decimal.Zero
	for _, r := range rows {
		if !r.keep {
			continue
		}
		sales++
		var plain struct {
			Status                                       string
			AmountDue, Total, AmountPaid, AmountCredited json.Number
		}
		if err := json.Unmarshal(r.draft.Raw, &plain); err != nil {
			t.Fatal(err)
		}
		record := mapping.Accept(r.draft)
		i, ok := record.Entity.(receivables.Invoice)
		if !ok {
			t.Fatalf("%s: %v", r.draft.ID, record.Rejection)
		}
		if i.State == receivables.StateLive {
			open += i.Balance
			if i.HomeBalance != i.Balance {
				t.Errorf("%s: home balance %d, balance %d", i.Number, i.HomeBalance, i.Balance)
			}
		}
		if plain.Status == "AUTHORISED" || plain.Status == "PAID" {
			want = want.Add(decimal.RequireFromString(plain.AmountDue.String()))
		}
	}
	if len(rows) != 75 || sales != 34 {
		t.Errorf("%d invoices, %d sales invoices, want 75 and 34", len(rows), sales)
	}
	if text := money.Text(open, 2); text != "9194.51" || !want.Equal(decimal.RequireFromString(text)) {
		t.Errorf("open %s, by the bodies %s, want 9194.51", text, want)
	}
}

func TestRecordedPayments(t *testing.T) {
	t.Parallel()
	rows := every(t, mapper{home: "USD"}, body(t, data(t, "recorded-2026-04", "getPayments.paged.json")))
	count := map[string]int{}
	for _, r := range rows {
		record := mapping.Accept(r.draft)
		switch e := record.Entity.(type) {
		case receivables.Receipt:
			count["receipt"]++
			if e.Allocations[0].Amount != e.Total || e.CustomerID == "" || e.AccountID == "" {
				t.Errorf("receipt %+v", e)
			}
		case receivables.Document:
			count[string(e.Kind)]++
			if len(e.Postings) != 1 || e.Postings[0].Amount != -e.Total {
				t.Errorf("document %+v", e)
			}
		default:
			if record.Deleted {
				count["deleted"]++
			}
		}
	}
	if count["receipt"] != 17 || count["expense"] != 21 || count["deleted"] != 17 {
		t.Errorf("%v, want 17 receipts, 21 expenses, 17 deleted", count)
	}
}

func TestReportsAreRead(t *testing.T) {
	t.Parallel()
	report := func(name string) wireReport {
		var list []wireReport
		if err := json.Unmarshal(body(t, data(t, "recorded-more", "openapi-reports", name))["Reports"], &list); err != nil || len(list) != 1 {
			t.Fatalf("%s: %v", name, err)
		}
		return list[0]
	}
	trial := report("getReportTrialBalance.json")
	var receivable string
	for _, section := range trial.Rows {
		for _, r := range section.Rows {
			if strings.HasPrefix(r.Cells[0].Value, "Accounts Receivable") {
				receivable = r.Cells[0].Attributes[0].Value
			}
		}
	}
	for column, want := range map[string]int64{"YTD Debit": 3655504, "YTD Credit": 0, "Debit": 119000} {
		if got, found, err := trial.cell(receivable, column, "USD"); got != want || !found || err != nil {
			t.Errorf("%s: %d %v %v, want %d", column, got, found, err, want)
		}
	}
	if _, _, err := trial.cell(receivable, "Balance", "USD"); err == nil {
		t.Error("a column that is not there was read")
	}
	summary := report("getReportBankSummary.json")
	if got, found, err := summary.cell("03f9cf1e-2deb-4bf1-b0a8-b57f08672eb8", "Closing Balance", "AUD"); got != 1000 || !found || err != nil {
		t.Errorf("closing balance %d %v %v", got, found, err)
	}
}

func TestEveryDocumentedZoneHasAName(t *testing.T) {
	t.Parallel()
	codes := specification(t).Components.Schemas["TimeZone"].Value.Enum
	if len(codes) < 100 {
		t.Fatalf("%d zones in the specification", len(codes))
	}
	for _, code := range codes {
		zone := zoneOf(code.(string))
		if _, err := time.LoadLocation(zone); zone == "" || err != nil {
			t.Errorf("%s: %q %v", code, zone, err)
		}
	}
	if zoneOf("") != "" || zoneOf("MARSSTANDARDTIME") != "" || zoneOf("STANDARDTIME") != "" {
		t.Error("an unknown zone has a name")
	}
}
