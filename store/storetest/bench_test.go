package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tieout/books"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/lease"
	"tieout/sync/pull"
)

// pageSize is that of the vendors with the largest pages.
const pageSize = 1000

// BenchmarkSavePage measures pages of new invoices, of new receipts, and of
// invoices that have not changed, each of 1,000 records.
func BenchmarkSavePage(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": engines.SQLite, "postgres": engines.Postgres} {
		for kind, build := range map[string]func(n int) receivables.Entity{"invoices": bigInvoice, "receipts": bigReceipt} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				savePages(b, open(b), build, func(page int) int { return page * pageSize })
			})
		}
		b.Run(name+"/unchanged", func(b *testing.B) {
			savePages(b, open(b), bigInvoice, func(int) int { return 0 })
		})
	}
}

func savePages(b *testing.B, s *store.Store, entity func(n int) receivables.Entity, first func(page int) int) {
	ctx := context.Background()
	l, _, err := s.AcquireLease(ctx, lease.Lease{Tenant: books.Tenant, Name: "connection/x", Holder: "me", Until: now.Add(time.Hour)}, now)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	page := 0
	for b.Loop() {
		b.StopTimer()
		p := pull.Page{Tenant: books.Tenant, Connection: "x", Stream: "s", Cursor: json.RawMessage("{}"), At: now}
		for i := range pageSize {
			e := entity(first(page) + i)
			raw, err := json.Marshal(map[string]any{"Value": e, "MetaData": map[string]any{"CreateTime": now, "Domain": "QBO", "sparse": false}})
			if err != nil {
				b.Fatal(err)
			}
			p.Records = append(p.Records, mapping.Record{Ref: e.Ref(), Order: 1, Changed: now, Entity: e, Raw: raw})
		}
		page++
		b.StartTimer()
		if _, err := s.SavePage(ctx, l, p); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(pageSize*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func bigInvoice(n int) receivables.Entity {
	i := invoice(fmt.Sprintf("%08d", n), fmt.Sprintf("c%d", n%997), int64(n*37%100000), int64(n%5*100))
	i.Memo, i.Recipients = "Thank you for your business and have a great day!", []string{"billing@example.com"}
	for line := range 3 {
		i.Lines = append(i.Lines, receivables.Line{ID: fmt.Sprint(line), Description: "Consulting, as agreed", Quantity: "2", UnitPrice: "41.50", Amount: "83.00", AccountID: "79"})
	}
	return i
}

func bigReceipt(n int) receivables.Entity {
	r := receipt(fmt.Sprintf("%08d", n), fmt.Sprintf("c%d", n%997), 100, pays(fmt.Sprintf("%08d", n), 100))
	r.Marker, r.Reference, r.Method = fmt.Sprintf("TIE-%016d", n), "ch_123456789", "Stripe"
	return r
}
