package quickbooks

import (
	"fmt"
	"runtime"
	"testing"

	"tieout/internal/clock"
)

const benchRows = 100_000

// filled is a company with benchRows invoices, each paid in part.
func filled(b *testing.B) (*Server, *Company) {
	b.Helper()
	s := New(Options{Clock: clock.At(start), Seed: 1, ClientID: "c", ClientSecret: "s"})
	co, err := s.AddCompany(CompanyOptions{})
	if err != nil {
		b.Fatal(err)
	}
	cust, err := co.Create("Customer", []byte(`{"DisplayName":"Ada"}`))
	if err != nil {
		b.Fatal(err)
	}
	id := splitObject(cust).str("Id")
	invoices := make([][]byte, benchRows)
	for i := range invoices {
		invoices[i] = fmt.Appendf(nil, `{"CustomerRef":{"value":%q},"Line":[{"Amount":100,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`, id)
	}
	made, err := co.CreateMany("Invoice", invoices)
	if err != nil {
		b.Fatal(err)
	}
	payments := make([][]byte, benchRows)
	for i := range payments {
		payments[i] = []byte(paymentBody(id, "40", splitObject(made[i]).str("Id"), "40"))
	}
	if _, err := co.CreateMany("Payment", payments); err != nil {
		b.Fatal(err)
	}
	return s, co
}

// BenchmarkCreate makes 100,000 invoices and 100,000 payments.
func BenchmarkCreate(b *testing.B) {
	for b.Loop() {
		_, co := filled(b)
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-held")
		runtime.KeepAlive(co)
	}
}

// BenchmarkPages walks all invoices in pages of 1000 by time of update.
func BenchmarkPages(b *testing.B) {
	_, co := filled(b)
	for b.Loop() {
		for at := 1; at <= benchRows; at += maxPage {
			q := fmt.Sprintf("select * from Invoice where MetaData.LastUpdatedTime >= '2020-01-01' orderby MetaData.LastUpdatedTime startposition %d maxresults %d", at, maxPage)
			if _, fault := co.query(q, ""); fault != nil {
				b.Fatal(fault)
			}
		}
	}
	b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkRead reads single invoices.
func BenchmarkRead(b *testing.B) {
	_, co := filled(b)
	ids := co.shelf("Invoice").byIDs()
	i := 0
	for b.Loop() {
		text, err := co.Read("Invoice", ids[i%len(ids)].id)
		if err != nil || len(text) == 0 {
			b.Fatal(err)
		}
		i++
	}
}
