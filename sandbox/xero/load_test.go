package xero_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
	"tieout/sandbox/xero"
)

// dataFolder is the folder of specs and recordings; the test is skipped where
// it is absent, unless the run requires data.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TIEOUT_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "shared")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", dir) // relative to the repository's root
	}
	dir = filepath.Join(dir, "specs", "xero")
	if _, err := os.Stat(dir); err != nil {
		if slices.Contains(strings.Split(os.Getenv("TIEOUT_TEST_REQUIRE"), ","), "data") {
			t.Fatalf("recordings are required: %v", err)
		}
		t.Skipf("no recordings: %v", err)
	}
	return dir
}

func recording(t *testing.T, dir, file, kind string) [][]byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "recorded-2026-04", file))
	if err != nil {
		t.Fatal(err)
	}
	var rec struct {
		Response map[string]json.RawMessage `json:"response"`
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(raw, &rec); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(rec.Response[kind], &rows); err != nil {
		t.Fatal(err)
	}
	out := make([][]byte, len(rows))
	for i := range rows {
		out[i] = rows[i]
	}
	return out
}

// recordedRig serves the organisation recorded in April 2026.
func recordedRig(t *testing.T) *rig {
	t.Helper()
	dir := dataFolder(t)
	r := newRig(t, nil, xero.OrganisationOptions{Empty: true})
	for _, p := range [][3]string{
		{"Organisation", "getOrganisation.json", "Organisations"},
		{"Accounts", "getAccounts.json", "Accounts"},
		{"Contacts", "getContacts.page1.json", "Contacts"},
		{"Invoices", "getInvoices.unpaged.json", "Invoices"},
		{"Payments", "getPayments.paged.json", "Payments"},
		{"BankTransactions", "getBankTransactions.page1.json", "BankTransactions"},
	} {
		if err := r.org.Load(p[0], recording(t, dir, p[1], p[2])); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.org.FinishLoad(); err != nil {
		t.Fatal(err)
	}
	return r.connect()
}

func TestRecordedOrganisation(t *testing.T) {
	t.Parallel()
	r := recordedRig(t)
	want(t, r.get("Organisation").ok().first("Organisations"), "Name", "Demo Company (Global)")
	rows := r.get("Invoices").ok().rows("Invoices")
	bills, due := 0, int64(0)
	var open string
	for _, inv := range rows {
		if inv["Type"] == "ACCPAY" {
			bills++
		}
		if inv["Type"] == "ACCREC" && (inv["Status"] == "AUTHORISED" || inv["Status"] == "PAID") {
			due += hundredths(t, inv["AmountDue"])
		}
		if inv["InvoiceNumber"] == "INV-0017" {
			open = id(inv, "InvoiceID")
		}
	}
	if len(rows) != 75 || bills != 41 || due != 919451 {
		t.Fatalf("%d invoices, %d bills, %d due", len(rows), bills, due)
	}
	at := "2026-12-31"
	if tb := r.trial("Accounts Receivable", at); tb != "9194.51" {
		t.Errorf("receivables %s", tb)
	}
	p := r.pay(open, "1.70", "2026-04-25").ok().first("Payments")
	if tb := r.trial("Accounts Receivable", at); tb != "9192.81" {
		t.Errorf("receivables after a payment %s", tb)
	}
	want(t, r.get("Invoices/"+open).ok().first("Invoices"), "AmountDue", "20", "AmountPaid", "1.7")
	r.post("Payments/"+id(p, "PaymentID"), `{"Status":"DELETED"}`)
	if tb := r.trial("Accounts Receivable", at); tb != "9194.51" {
		t.Errorf("receivables after deleting it %s", tb)
	}
	if n := len(r.get("Payments?page=1").ok().rows("Payments")); n != 56 {
		t.Errorf("%d payments", n)
	}
	if n := len(r.get("BankTransactions?page=1").ok().rows("BankTransactions")); n != 35 {
		t.Errorf("%d bank transactions", n)
	}
	next := r.invoice("City Limousines", "5", "2026-05-01")
	if n := next["InvoiceNumber"].(string); n <= "INV-0017" {
		t.Errorf("next number %s", n)
	}
}

func hundredths(t *testing.T, v any) int64 {
	t.Helper()
	whole, frac, _ := strings.Cut(v.(json.Number).String(), ".")
	var n int64
	if _, err := fmt.Sscan(whole+(frac + "00")[:2], &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// What was loaded is what is served: every recorded member comes back as it was
// in the unpaged list.
func TestRecordedObjectsAreServedAsTheyAre(t *testing.T) {
	t.Parallel()
	r := recordedRig(t)
	for kind, file := range map[string]string{"Invoices": "getInvoices.unpaged.json", "Payments": "getPayments.paged.json", "Contacts": "getContacts.page1.json", "Accounts": "getAccounts.json"} {
		served := map[string]map[string]any{}
		key := strings.TrimSuffix(kind, "s") + "ID"
		for _, row := range r.get(kind).ok().rows(kind) {
			served[row[key].(string)] = row
		}
		for _, body := range recording(t, dataFolder(t), file, kind) {
			var was map[string]any
			d := json.NewDecoder(strings.NewReader(string(body)))
			d.UseNumber()
			if err := d.Decode(&was); err != nil {
				t.Fatal(err)
			}
			a, _ := json.Marshal(was)
			b, _ := json.Marshal(served[was[key].(string)])
			if string(a) != string(b) {
				t.Fatalf("%s\n%s\n%s", kind, a, b)
			}
		}
	}
}

func TestRecordedPaidInvoiceReopens(t *testing.T) {
	t.Parallel()
	r := recordedRig(t)
	for _, p := range r.get("Payments").ok().rows("Payments") {
		if p["Status"] != "AUTHORISED" || p["PaymentType"] != "ACCRECPAYMENT" {
			continue
		}
		pid := id(p, "PaymentID")
		inv := p["Invoice"].(map[string]any)
		if p["BatchPaymentID"] != nil {
			r.call("POST", "Payments/"+pid, `{"Status":"DELETED"}`).refused("batch")
			continue
		}
		if inv["InvoiceNumber"] == "INV-0006" {
			continue // recorded after the list of invoices, which does not know it
		}
		r.post("Payments/"+pid, `{"Status":"DELETED"}`)
		got := r.get("Invoices/" + inv["InvoiceID"].(string)).ok().first("Invoices")
		if got["Status"] != "AUTHORISED" || hundredths(t, got["AmountDue"]) == 0 || got["FullyPaidOnDate"] != nil {
			t.Errorf("%s: %v %v", inv["InvoiceNumber"], got["Status"], got["AmountDue"])
		}
	}
}

func TestGoAPIAndDump(t *testing.T) {
	t.Parallel()
	s := xero.New(xero.Options{Clock: clock.At(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)), Seed: 3, ClientID: "a", ClientSecret: "b"})
	o, err := s.AddOrganisation(xero.OrganisationOptions{Name: "Go"})
	if err != nil {
		t.Fatal(err)
	}
	create := func(kind, body, key string) string {
		t.Helper()
		out, err := o.Create(kind, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(out, &m); err != nil {
			t.Fatal(err)
		}
		return m[key].(string)
	}
	line := `"Contact":{"Name":"X"},"Date":"2026-05-01","DueDate":"2026-06-01","Status":"AUTHORISED","LineItems":[{"Description":"a","UnitAmount":10,"AccountCode":"200","TaxType":"NONE"}]`
	inv := create("Invoices", `{"Type":"ACCREC",`+line+`}`, "InvoiceID")
	cn := create("CreditNotes", `{"Type":"ACCRECCREDIT",`+line+`}`, "CreditNoteID")
	pay := create("Payments", `{"Invoice":{"InvoiceNumber":"INV-0001"},"Account":{"Code":"090"},"Amount":4}`, "PaymentID")
	alloc, err := o.Allocate("CreditNotes", cn, []byte(`{"Amount":6,"Invoice":{"InvoiceID":"`+inv+`"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Void("Invoices", inv); err == nil {
		t.Error("voided with a payment")
	}
	var a struct{ AllocationID string }
	if err := json.Unmarshal(alloc, &a); err != nil {
		t.Fatal(err)
	}
	if err := o.Deallocate("CreditNotes", cn, a.AllocationID); err != nil {
		t.Fatal(err)
	}
	if err := o.Delete("Payments", pay); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Update("Invoices", inv, []byte(`{"Reference":"R"}`)); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(s.Dump())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), `"receivables":"0.00"`) || !strings.Contains(string(raw), `"Reference":"R"`) {
		t.Errorf("dump %s", raw)
	}
	if err := o.Void("Invoices", inv); err != nil {
		t.Fatal(err)
	}
	if b, err := o.Read("Invoices", inv); err != nil || !strings.Contains(string(b), `"Status":"VOIDED"`) {
		t.Errorf("%s %v", b, err)
	}
	if n := len(o.List("Payments")); n != 1 {
		t.Errorf("%d payments", n)
	}
	for _, err := range []error{
		o.Delete("Nothing", "x"), o.Delete("Payments", "x"), o.Load("Nothing", [][]byte{[]byte("{}")}), o.Load("Invoices", [][]byte{[]byte("{")}),
		o.Load("Invoices", [][]byte{[]byte("{}")}),
	} {
		if err == nil {
			t.Error("no error")
		}
	}
}

func TestSameSeedSameIDs(t *testing.T) {
	t.Parallel()
	run := func() string {
		r := newRig(t, nil).connect()
		return id(r.invoice("X", "1", "2026-05-01"), "InvoiceID")
	}
	if a, b := run(), run(); a != b {
		t.Errorf("%s != %s", a, b)
	}
}

func BenchmarkLoadAndPage(b *testing.B) {
	const n = 100_000
	for range b.N {
		s := xero.New(xero.Options{Clock: clock.At(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)), Seed: 3, ClientID: "a", ClientSecret: "b"})
		o, err := s.AddOrganisation(xero.OrganisationOptions{Name: "Big"})
		if err != nil {
			b.Fatal(err)
		}
		for i := range n {
			if _, err := o.Create("Invoices", fmt.Appendf(nil, `{"Type":"ACCREC","Contact":{"Name":"C%d"},"Date":"2026-04-01","DueDate":"2026-06-01","Status":"AUTHORISED","LineItems":[{"Description":"a","Quantity":2,"UnitAmount":10,"AccountCode":"200","TaxType":"NONE"}]}`, i%1000)); err != nil {
				b.Fatal(err)
			}
			if _, err := o.Create("Payments", fmt.Appendf(nil, `{"Invoice":{"InvoiceNumber":"INV-%04d"},"Account":{"Code":"090"},"Amount":4}`, i+1)); err != nil {
				b.Fatal(err)
			}
		}
		if got := len(o.List("Invoices")); got != n {
			b.Fatal(got)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-live")
		runtime.KeepAlive(o)
	}
}
