package xero_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// Many callers at once: every payment is applied once, and the lists read in
// between are whole.
func TestCallersInParallel(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	iid := id(r.invoice("P", "100", "2026-05-01"), "InvoiceID")
	var wg sync.WaitGroup
	results := make([]int, 40)
	for i := range results {
		wg.Go(func() {
			if i%4 == 3 {
				results[i] = r.get("Payments?page=1").status
				return
			}
			body := fmt.Sprintf(`{"Invoice":{"InvoiceID":%q},"Account":{"Code":"090"},"Amount":4,"Date":"2026-05-02"}`, iid)
			results[i] = r.call(http.MethodPut, "Payments", body).status
		})
	}
	wg.Wait()
	paid, refused := 0, 0
	for i, status := range results {
		switch {
		case i%4 == 3 && status == 200:
		case status == 200:
			paid++
		case status == 400:
			refused++
		default:
			t.Errorf("call %d: %d", i, status)
		}
	}
	if paid != 25 || refused != 5 {
		t.Errorf("%d paid, %d refused", paid, refused)
	}
	want(t, r.get("Invoices/"+iid).ok().first("Invoices"), "Status", "PAID", "AmountDue", "0")
}

func BenchmarkReads(b *testing.B) {
	r := benchRig(b, 2000)
	for _, path := range []string{"Invoices/INV-0007", "Invoices?page=1&pageSize=1000", "Invoices?page=1&pageSize=1"} {
		b.Run(path, func(b *testing.B) {
			for range b.N {
				r.get(path).ok()
			}
		})
	}
}
