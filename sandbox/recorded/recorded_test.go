package recorded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieout/sandbox/recorded"
)

// specs is the folder of recordings, or a skip where it is absent.
func specs(t *testing.T) string {
	t.Helper()
	root := os.Getenv("TIEOUT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(root, "specs")
	if _, err := os.Stat(dir); err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("recordings required: %v", err)
		}
		t.Skipf("no recordings: %v", err)
	}
	return dir
}

func TestReadRecordedCompanies(t *testing.T) {
	t.Parallel()
	dir := specs(t)
	tests := []struct {
		folder, vendor string
		counts         map[string]int
	}{
		{"quickbooks/json/nango", recorded.QuickBooks, map[string]int{
			"Invoice": 37, "Payment": 20, "CreditMemo": 9, "Deposit": 13, "Purchase": 35, "JournalEntry": 13, "Account": 92, "Customer": 33, "Transfer": 0,
		}},
		{"quickbooks/company", recorded.QuickBooks, map[string]int{"Customer": 30, "Invoice": 31}},
		{"xero/recorded-2026-04", recorded.Xero, map[string]int{"Invoices": 75, "Payments": 55, "Organisation": 1}},
	}
	for _, tt := range tests {
		t.Run(tt.folder, func(t *testing.T) {
			t.Parallel()
			c, err := recorded.Read(filepath.Join(dir, tt.folder))
			if err != nil {
				t.Fatal(err)
			}
			if c.Vendor != tt.vendor {
				t.Errorf("vendor %s, want %s", c.Vendor, tt.vendor)
			}
			for kind, want := range tt.counts {
				if got := c.Count(kind); got != want {
					t.Errorf("%s: %d recorded, want %d", kind, got, want)
				}
			}
		})
	}
}

func TestReadRefusesTheParentOfCompanies(t *testing.T) {
	t.Parallel()
	_, err := recorded.Read(filepath.Join(specs(t), "quickbooks"))
	if !errors.Is(err, recorded.ErrUnknown) || !strings.Contains(err.Error(), "company") {
		t.Errorf("want an unknown folder with a hint to company, got %v", err)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	const (
		invoices = `{"QueryResponse":{"Invoice":[{"Id":"1","Balance":1.50}],"startPosition":1,"maxResults":1}}`
		page2    = `{"QueryResponse":{"Invoice":[{"Id":"2"}],"startPosition":2,"maxResults":1}}`
		single   = `{"Invoice":{"Id":"1"},"time":"2026-05-05T02:04:00.000-07:00"}`
		older    = `{"Invoice":[{"Id":"1","MetaData":{}}]}`
		xero     = `{"request":{"method":"GET","path":"/api.xro/2.0/Invoices"},"response":{"Invoices":[{"InvoiceID":"a"}]}}`
		oneXero  = `{"request":{"method":"GET","path":"/api.xro/2.0/Invoices/a"},"response":{"Invoices":[{"InvoiceID":"a"}]}}`
	)
	tests := []struct {
		name    string
		files   map[string]string
		want    error
		kind    string
		objects int
	}{
		{"list beside a single answer", map[string]string{"query_invoices.json": invoices, "read_invoice.json": single}, nil, "Invoice", 1},
		{"two pages", map[string]string{"query_1.json": invoices, "query_2.json": page2}, nil, "Invoice", 2},
		{"read by id is not a list", map[string]string{"a.json": xero, "b.json": oneXero}, nil, "Invoices", 1},
		{"same company twice", map[string]string{"query_1.json": invoices, "invoices.json": older}, recorded.ErrTwoCompanies, "", 0},
		{"two vendors", map[string]string{"query_1.json": invoices, "getInvoices.json": xero}, recorded.ErrTwoCompanies, "", 0},
		{"only single answers", map[string]string{"read_invoice.json": single}, recorded.ErrUnknown, "", 0},
		{"other JSON", map[string]string{"a.json": `[1,2]`, "b.json": `{"x":[{"y":1}]}`}, recorded.ErrUnknown, "", 0},
		{"empty", nil, recorded.ErrUnknown, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, body := range tt.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c, err := recorded.Read(dir)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if got := c.Count(tt.kind); got != tt.objects {
				t.Errorf("%d objects of %s, want %d", got, tt.kind, tt.objects)
			}
		})
	}
}

func TestReadKeepsBodies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "query.json"), []byte(`{"QueryResponse":{"Customer":[{"Id":"1","Balance":100.00,"X":1}]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := recorded.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(c.Sets[0].Bodies[0]), `{"Id":"1","Balance":100.00,"X":1}`; got != want {
		t.Errorf("body %s, want %s", got, want)
	}
}

func TestReadBrokenFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "query.json"), []byte(`{"QueryResponse":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := recorded.Read(dir); err == nil || !strings.Contains(err.Error(), "query.json") {
		t.Errorf("want an error naming the file, got %v", err)
	}
}
