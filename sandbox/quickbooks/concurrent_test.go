package quickbooks

import (
	"fmt"
	"sync"
	"testing"
)

// TestConcurrentWriters lets writers and readers meet; run with -race.
func TestConcurrentWriters(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.invoice(cust, "1000").at("Id")
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := range 10 {
				out, err := r.co.Create("Payment", []byte(paymentBody(cust, "1", inv, "1")))
				if err != nil {
					t.Error(err)
					return
				}
				if i%2 == 0 {
					if _, err := r.co.Delete("Payment", splitObject(out).str("Id")); err != nil {
						t.Error(err)
					}
				}
				if _, fault := r.co.query(fmt.Sprintf("select * from Payment startposition %d", n+1), ""); fault != nil {
					t.Error(fault)
				}
				r.server.Dump()
			}
		})
	}
	wg.Wait()
	r.want("Balance", r.get("Invoice", inv).at("Balance"), "960")
	r.balanced()
}
