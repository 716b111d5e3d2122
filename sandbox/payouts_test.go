package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"tieout/internal/clock"
	"tieout/sandbox"
)

// paidOut starts what a file describes, takes a card, lets eight days pass and
// counts the payouts of the first account.
func paidOut(t *testing.T, file string) int {
	t.Helper()
	cfg, err := sandbox.ReadConfig(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	s := &stranger{t: t, clock: clock.At(testNow)}
	if s.box, err = sandbox.Start(t.Context(), cfg, s.clock); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.box.Close() })
	s.ready = s.box.Ready()
	account := "/stripe/" + s.ready.Accounts[0].ID
	before := payoutsOf(s)
	if got := s.control("POST", account+"/pay-direct", `{"amount":10000,"currency":"usd"}`); got.status != http.StatusOK {
		t.Fatalf("pay: %d %s", got.status, got.raw)
	}
	s.control("POST", "/clock/advance", `{"days":8}`)
	return payoutsOf(s) - before
}

func payoutsOf(s *stranger) int {
	s.t.Helper()
	got := s.send("GET", s.ready.Stripe.URL+"/v1/payouts?limit=100", s.ready.Accounts[0].SecretKey, "", "", nil)
	rows, ok := got.body["data"].([]any)
	if !ok {
		s.t.Fatalf("payouts: %d %s", got.status, got.raw)
	}
	return len(rows)
}

// TestPayoutsOfAFile: an account pays out by itself as a standard account does,
// also one with a past; a file may say otherwise.
func TestPayoutsOfAFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file string
		want       bool
	}{
		{"Stripe alone", `{"stripe":{"secret_key":"sk_test_x"}}`, true},
		{"a ledger's account", `{"invoices":5,"quickbooks":{"client_id":"c"},"stripe":{"secret_key":"sk_test_x"}}`, true},
		{"manual", `{"stripe":{"secret_key":"sk_test_x","payouts":"manual"}}`, false},
		{"by control", `{"stripe":{"secret_key":"sk_test_x","payouts":"control"}}`, false},
		{"one account's own", `{"stripe":{"payouts":"manual","accounts":[{"secret_key":"sk_test_x","payouts":"daily"}]}}`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if n := paidOut(t, c.file); (n > 0) != c.want {
				t.Errorf("%d payouts made by the clock", n)
			}
		})
	}
}

// TestRestrictedKeyOfAFile: it reads what it may, and nothing once revoked.
func TestRestrictedKeyOfAFile(t *testing.T) {
	t.Parallel()
	cfg, err := sandbox.ReadConfig(strings.NewReader(`{"stripe":{"secret_key":"sk_test_x","restricted_keys":[{"key":"rk_test_y","permissions":["charge_read"]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	s := &stranger{t: t, clock: clock.At(testNow)}
	if s.box, err = sandbox.Start(t.Context(), cfg, s.clock); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.box.Close() })
	s.ready = s.box.Ready()
	ask := func(path string, want int) {
		if got := s.send("GET", s.ready.Stripe.URL+path, "rk_test_y", "", "", nil); got.status != want {
			t.Errorf("%s: %d %s, want %d", path, got.status, got.raw, want)
		}
	}
	ask("/v1/charges", http.StatusOK)
	ask("/v1/customers", http.StatusForbidden)
	s.control("POST", "/stripe/"+s.ready.Accounts[0].ID+"/revoke-key", `{"key":"rk_test_y"}`)
	ask("/v1/charges", http.StatusUnauthorized)
}

// TestClosingDate: one call closes the books of either ledger.
func TestClosingDate(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	books, org := s.ready.Ledgers[0].ID, s.ready.Ledgers[1].ID
	for _, ledger := range []string{books, org} {
		if got := s.control("POST", "/ledgers/"+ledger+"/lock", `{"period":"2026-06-30"}`); got.status != http.StatusOK {
			t.Fatalf("lock %s: %d %s", ledger, got.status, got.raw)
		}
	}
	entry := `{"TxnDate":"2026-06-30","Line":[
		{"Amount":1,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Debit","AccountRef":{"value":"1"}}},
		{"Amount":1,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Credit","AccountRef":{"value":"2"}}}]}`
	got := s.control("POST", "/quickbooks/"+books+"/JournalEntry/create", entry)
	if got.status != http.StatusUnprocessableEntity || !strings.Contains(string(got.raw), "closed") {
		t.Errorf("entry in closed books: %d %s", got.status, got.raw)
	}
}
