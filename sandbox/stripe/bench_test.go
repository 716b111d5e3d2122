package stripe

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tieout/internal/clock"
)

// BenchmarkListPage reads pages of 100 charges out of 100,000.
func BenchmarkListPage(b *testing.B) {
	s := New(Options{Clock: clock.At(start)})
	a, err := s.AddAccount(AccountOptions{SecretKey: "sk_test_1"})
	if err != nil {
		b.Fatal(err)
	}
	past := make([]PastCharge, 100_000)
	for i := range past {
		past[i] = PastCharge{At: start.Add(-time.Duration(len(past)-i) * time.Minute), Amount: 5000, Currency: "usd", Description: "Invoice"}
	}
	began := start.AddDate(0, 0, -60)
	var payouts []time.Time
	for d := range 50 {
		payouts = append(payouts, began.AddDate(0, 0, d))
	}
	if _, err := a.LoadHistory(past, payouts); err != nil {
		b.Fatal(err)
	}
	cursor := a.charges.items[50_000].ident()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "/v1/charges?limit=100&starting_after="+cursor, nil)
		r.Header.Set("Authorization", "Bearer sk_test_1")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
