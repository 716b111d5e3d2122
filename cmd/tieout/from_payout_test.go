package main

import (
	"encoding/json"
	"net/http"
	"testing"
)

// TestBookFromPayout begins a book of a company with years behind it with its
// newest payout, at the command line.
func TestBookFromPayout(t *testing.T) {
	t.Parallel()
	m := newMachine(t, map[string]string{"sandbox.json": `{"seed": 9, "invoices": 6}`})
	w := startWorld(t, m)
	realm, key := w.ledger(t, "quickbooks")
	stripe := found(t, `connection (\S+)`, m.run(t, key+"\n", "connect", "stripe").out)
	ledger := found(t, `connection (\S+)`, m.consent(t, realm, "quickbooks").out)
	book := found(t, `Book (\S+):`, m.run(t, "", "book", "new", "--demo", "--ledger", ledger, "--stripe", stripe).out)
	cutover := "book cutover " + book
	m.steps(t, []step{
		{args: "sync"},
		{args: "book accounts " + book + " --create"},
		{args: cutover, code: 2, err: []string{`missing flags: .*--from-payout=ID`}},
		{args: cutover + " --day 2026-11-01 --from-payout po_1", code: 2, err: []string{`--day and --from-payout can't be used together`}},
		{args: cutover + " --from-payout po_nothing", code: 1, err: []string{`"po_nothing" is none of the payouts of this book's Stripe accounts`}},
	})
	first := newestPayout(t, w.ready.Stripe.URL, key)
	m.steps(t, []step{
		{args: cutover + " --from-payout " + first, out: []string{`Payout ` + first + ` was made on`, `these are Tieout's`, `Not Tieout's: \d+ movements`, `Nothing was changed`}},
	})
}

// newestPayout is the id of the newest payout of an account.
func newestPayout(t *testing.T, address, key string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/v1/payouts?limit=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(key, "")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var list struct{ Data []struct{ ID string } }
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil || len(list.Data) == 0 {
		t.Fatalf("payouts %+v, %v", list, err)
	}
	return list.Data[0].ID
}
