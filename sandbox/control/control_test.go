package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
	"tieout/sandbox/control"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
)

// shelf is a ledger of one kind of object, for the routing alone.
type shelf struct{ calls []string }

func (s *shelf) Create(kind string, body []byte) ([]byte, error) {
	s.calls = append(s.calls, "create "+kind+" "+string(body))
	return []byte(`{"Id":"1"}`), nil
}

func (s *shelf) Update(kind string, body []byte) ([]byte, error) {
	s.calls = append(s.calls, "update "+kind+" "+string(body))
	return []byte(`{"Id":"1"}`), nil
}

func (s *shelf) Delete(kind, id string) ([]byte, error) {
	s.calls = append(s.calls, "delete "+kind+" "+id)
	return nil, errors.New("stale object")
}
func (s *shelf) Read(kind, id string) ([]byte, error) { return []byte(`{"Id":"` + id + `"}`), nil }
func (s *shelf) List(string) [][]byte                 { return [][]byte{[]byte(`{"Id":"1"}`)} }
func (s *shelf) Load(kind string, bodies [][]byte) error {
	s.calls = append(s.calls, "load "+kind)
	return nil
}

type box struct {
	shelf   *shelf
	account *stripe.Account
}

func (b box) Ledgers() []control.Ledger {
	return []control.Ledger{
		{ID: "42", Vendor: "quickbooks", Records: b.shelf, Payers: &economy.Payers{}},
		{ID: "t1", Vendor: "xero", Records: b.shelf, Payers: &economy.Payers{}},
	}
}
func (b box) Account(id string) (control.Account, bool) { return b.account, id == b.account.ID() }
func (b box) Dump() any                                 { return map[string]string{"state": "all"} }
func (b box) LoadFolder(_ context.Context, folder string) (any, error) {
	return map[string]string{"folder": folder}, nil
}

func newAPI(t *testing.T) (*httptest.Server, *shelf, *stripe.Account, *clock.Adjustable) {
	t.Helper()
	c := clock.At(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
	server := stripe.New(stripe.Options{Clock: c, Seed: 1})
	server.SetBaseURL("http://stripe.test")
	account, err := server.AddAccount(stripe.AccountOptions{SecretKey: "sk_test_1", ID: "acct_1", DelayDays: 2})
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{}
	api := httptest.NewServer(control.New(c, box{shelf: s, account: account}))
	t.Cleanup(api.Close)
	return api, s, account, c
}

// call sends a request and returns status and body.
func call(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(raw))
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, path, body string
		status             int
		want               string // in the answer
		reached            string // call of the ledger
	}{
		{"GET", "/healthz", "", 200, `"ok":true`, ""},
		{"GET", "/clock", "", 200, "2026-11-20T12:00:00Z", ""},
		{"POST", "/clock/advance", `{"days":1,"seconds":30}`, 200, "2026-11-21T12:00:30Z", ""},
		{"POST", "/clock/advance", `{"days":-1}`, 400, "positive", ""},
		{"POST", "/clock/advance", `{"days":99999999}`, 400, "hundred years", ""},
		{"POST", "/clock/advance", `{`, 400, "bad input", ""},
		{"GET", "/dump", "", 200, `"state":"all"`, ""},
		{"POST", "/load", `{"folder":"x"}`, 200, `"folder":"x"`, ""},
		{"POST", "/load", `{"ledger":"42","kind":"Invoice","bodies":[{"Id":"1"},{"Id":"2"}]}`, 200, `"loaded":2`, "load Invoice"},
		{"GET", "/quickbooks/42/Invoice", "", 200, `[{"Id":"1"}]`, ""},
		{"GET", "/quickbooks/42/Invoice/7", "", 200, `{"Id":"7"}`, ""},
		{"POST", "/quickbooks/42/Invoice/create", `{"a":1}`, 200, `{"Id":"1"}`, `create Invoice {"a":1}`},
		{"POST", "/quickbooks/42/Invoice/delete", `{"id":"7"}`, 422, "stale object", "delete Invoice 7"},
		{"POST", "/quickbooks/42/Invoice/delete", ``, 400, "id", ""},
		{"POST", "/quickbooks/42/Invoice/frob", `{}`, 404, "frob", ""},
		{"POST", "/quickbooks/t1/Invoice/create", `{}`, 404, "quickbooks/t1", ""},
		{"POST", "/xero/t1/CreditNotes/9/Allocations/create", `{}`, 200, "Id", "create CreditNotes/9/Allocations {}"},
		{"POST", "/xero/t1/Invoices/void", `{"id":"9"}`, 200, "Id", `update Invoices {"InvoiceID":"9","Status":"VOIDED"}`},
		{"POST", "/economy/act", `{"ledger":"nobody"}`, 404, "nobody", ""},
		{"POST", "/stripe/acct_2/payouts/run", ``, 404, "acct_2", ""},
		{"POST", "/stripe/acct_1/frob", ``, 404, "frob", ""},
		{"POST", "/stripe/acct_1/fail", `{"id":"ch_none"}`, 422, "ch_none", ""},
		{"POST", "/ledgers/nobody/remove-link", `{}`, 404, "nobody", ""},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path+" "+tt.body, func(t *testing.T) {
			t.Parallel()
			api, s, _, _ := newAPI(t)
			status, answer := call(t, tt.method, api.URL+tt.path, tt.body)
			if status != tt.status || !strings.Contains(answer, tt.want) {
				t.Errorf("%d %s; want %d with %q", status, answer, tt.status, tt.want)
			}
			if got := strings.Join(s.calls, "|"); got != tt.reached {
				t.Errorf("the ledger saw %q, want %q", got, tt.reached)
			}
		})
	}
}

func TestStripeActs(t *testing.T) {
	t.Parallel()
	api, _, account, c := newAPI(t)
	at := api.URL + "/stripe/" + account.ID()
	var paid stripe.Payment
	status, answer := call(t, "POST", at+"/pay-direct", `{"amount":5000,"currency":"usd","description":"x","method":"bank_debit"}`)
	if err := json.Unmarshal([]byte(answer), &paid); err != nil || status != 200 || paid.Status != "pending" {
		t.Fatalf("pay-direct: %d %s %v", status, answer, err)
	}
	if _, answer = call(t, "GET", at+"/debits", ""); !strings.Contains(answer, paid.Charge) {
		t.Errorf("pending debits %s lack %s", answer, paid.Charge)
	}
	if _, answer = call(t, "POST", at+"/settle", `{"id":"`+paid.Charge+`"}`); !strings.Contains(answer, paid.Charge) {
		t.Errorf("settle answered %s", answer)
	}
	c.Advance(10 * 24 * time.Hour)
	if status, answer = call(t, "POST", at+"/payouts/run", ""); status != 200 || !strings.Contains(answer, "po_") {
		t.Errorf("payouts: %d %s", status, answer)
	}
	if status, answer = call(t, "POST", at+"/refund", `{"id":"`+paid.Charge+`","amount":100}`); status != 200 || !strings.Contains(answer, "re_") {
		t.Errorf("refund: %d %s", status, answer)
	}
	if status, _ = call(t, "POST", at+"/open-link", `{"link":"plink_none"}`); status != 422 {
		t.Errorf("opening no link: %d, want 422", status)
	}
}
