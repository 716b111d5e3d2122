package stripemock_test

import (
	"net/http"
	"testing"

	"tieout/judge/stripemock"
)

// TestJudgeRefuses shows that the judge can say no, and to what.
func TestJudgeRefuses(t *testing.T) {
	judge := stripemock.Start(t)
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Stripe-Version": {"2023-10-16"}}
	judge.Demand(t, []stripemock.Request{
		{Method: "GET", Target: "/v1/charges?limit=3&expand[]=data.refunds", Header: form},
		{Method: "POST", Target: "/v1/products", Body: "name=Work", Header: form},
	})
	newer := form.Clone()
	newer.Set("Stripe-Version", "2025-03-31.basil")
	for name, wrong := range map[string]stripemock.Request{
		"unknown route":     {Method: "GET", Target: "/v1/nonsense", Header: form},
		"unknown parameter": {Method: "POST", Target: "/v1/products", Body: "name=Work&nonsense=1", Header: form},
		"missing parameter": {Method: "POST", Target: "/v1/products", Header: form},
		"another version":   {Method: "GET", Target: "/v1/charges", Header: newer},
	} {
		if status := judge.Status(t, wrong); status < 400 {
			t.Errorf("%s: status %d", name, status)
		}
	}
}
