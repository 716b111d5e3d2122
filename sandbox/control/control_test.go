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
	"tieout/sandbox/delivery"
	"tieout/sandbox/economy"
	"tieout/sandbox/faults"
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

func (s *shelf) Merge(kind, winner, loser string) error {
	s.calls = append(s.calls, "merge "+kind+" "+winner+" "+loser)
	return nil
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
	vendors []control.Vendor
	server  *stripe.Server
}

func (b box) Ledgers() []control.Ledger {
	return []control.Ledger{
		{ID: "42", Vendor: "quickbooks", Records: b.shelf, Payers: &economy.Payers{}, Disconnect: func() { b.shelf.calls = append(b.shelf.calls, "disconnect") }},
		{ID: "t1", Vendor: "xero", Records: b.shelf, Payers: &economy.Payers{}},
	}
}
func (b box) Account(id string) (control.Account, bool) { return b.account, id == b.account.ID() }
func (b box) Dump() any                                 { return map[string]string{"state": "all"} }
func (b box) LoadFolder(_ context.Context, folder string) (any, error) {
	return map[string]string{"folder": folder}, nil
}

func (b box) Open(_ context.Context, c control.Company) (any, error) { return c, nil }
func (b box) Reset(context.Context) error {
	b.shelf.calls = append(b.shelf.calls, "reset")
	return nil
}
func (b box) Stripe() *stripe.Server    { return b.server }
func (b box) Pulse()                    {}
func (b box) Vendors() []control.Vendor { return b.vendors }

// newVendor is a stand-in that only counts, with its faults and webhooks.
func newVendor(t *testing.T, c delivery.Clock) control.Vendor {
	t.Helper()
	queue := delivery.New(delivery.Options{Clock: c})
	queue.Enqueue(delivery.Message{ID: "evt_1", Endpoint: "we_1", Label: "invoice.paid", Make: func(int, time.Time) (delivery.Post, bool) { return delivery.Post{}, false }})
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("decision") != "allow" || r.FormValue("choice") != "t1" || r.URL.RawQuery != "" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		w.Header().Set("Location", "http://localhost/cb?code=1&state="+r.FormValue("state"))
		w.WriteHeader(http.StatusFound)
	})
	injector := faults.New(page, faults.Options{})
	return control.Vendor{
		Name: "xero", Handler: injector, Faults: injector, Deliveries: queue, SetLimits: func(bool) {}, Limits: true, SetWebhook: func(string, string) {}, RevokeAll: func() int { return 3 },
		IntentToReceive: func(context.Context) (any, error) { return map[string]bool{"validated": true}, nil },
	}
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
	api := httptest.NewServer(control.New(c, box{shelf: s, account: account, vendors: []control.Vendor{newVendor(t, c)}, server: server}))
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
		{"POST", "/clock/advance", `{"hours":1,"minutes":2}`, 200, "2026-11-20T13:02:00Z", ""},
		{"POST", "/clock/advance", `{"weeks":1}`, 400, "weeks", ""},
		{"POST", "/clock/set", `{"now":"2026-12-24T00:00:00Z"}`, 200, "2026-12-24T00:00:00Z", ""},
		{"POST", "/clock/set", `{"now":"2020-12-24T00:00:00Z"}`, 400, "forward", ""},
		{"GET", "/", "", 200, "POST /faults/{vendor}", ""},
		{"GET", "/nowhere", "", 404, "lists the routes", ""},
		{"GET", "/faults", "", 200, `"xero":{"requests":[]`, ""},
		{"DELETE", "/faults", "", 200, `"removed":0`, ""},
		{"GET", "/faults/xero", "", 200, `[]`, ""},
		{"GET", "/faults/stripe", "", 404, "not served", ""},
		{"POST", "/faults/xero", `{"kind":"status","status":503,"times":2}`, 200, `"id":"fault_1"`, ""},
		{"POST", "/faults/xero", `{"kind":"status","status":200}`, 400, "400 to 599", ""},
		{"POST", "/faults/xero", `{"kin":"status"}`, 400, "kin", ""},
		{"DELETE", "/faults/xero/fault_9", "", 404, "fault_9", ""},
		{"GET", "/webhooks/xero", "", 200, `"label":"invoice.paid"`, ""},
		{"POST", "/webhooks/xero/lose", `{"times":3,"match":"invoice"}`, 200, `"times":3`, ""},
		{"POST", "/webhooks/xero/reorder", ``, 200, `"times":2`, ""},
		{"POST", "/webhooks/xero/eat", ``, 400, "eat", ""},
		{"POST", "/webhooks/xero/redeliver", `{"id":"evt_1"}`, 200, `"redelivered":1`, ""},
		{"POST", "/webhooks/xero/target", `{"url":"http://x/"}`, 400, "url and key", ""},
		{"POST", "/webhooks/xero/target", `{"url":"http://x/","key":"k"}`, 200, "http://x/", ""},
		{"POST", "/webhooks/xero/redeliver", `{"id":"evt_2"}`, 404, "evt_2", ""},
		{"POST", "/webhooks/xero/clear", ``, 200, `"faults":[]`, ""},
		{"GET", "/xero/intent-to-receive", "", 200, `"validated":true`, ""},
		{"POST", "/xero/intent-to-receive", "", 200, `"validated":true`, ""},
		{"GET", "/limits", "", 200, `"xero":"vendor"`, ""},
		{"POST", "/limits", `{"limits":"off"}`, 200, `"xero":"off"`, ""},
		{"POST", "/limits", `{"xero":"some"}`, 400, "vendor or off", ""},
		{"POST", "/limits", `{"stripe":"off"}`, 404, "stripe", ""},
		{"POST", "/tokens/xero/revoke", ``, 200, `"revoked":3`, ""},
		{"POST", "/consent/xero", `{"url":"http://x/identity/connect/authorize?state=s","choice":["t1"]}`, 200, `http://localhost/cb?code=1\u0026state=s`, ""},
		{"POST", "/consent/xero", `{"url":"http://x/a?state=s","choice":["t1"],"decision":"deny"}`, 422, "400", ""},
		{"POST", "/consent/xero", `{"url":"nowhere"}`, 400, "authorisation address", ""},
		{"POST", "/companies", `{"vendor":"xero","name":"New","country":"GB","currency":"GBP"}`, 200, `"name":"New"`, ""},
		{"POST", "/companies", `{"vendor":"sage"}`, 400, "sage", ""},
		{"POST", "/ledgers/42/disconnect", ``, 200, `"disconnected":true`, "disconnect"},
		{"POST", "/ledgers/42/merge", `{"kind":"Customer","winner":"1","loser":"2"}`, 200, `"Winner":"1"`, "merge Customer 1 2"},
		{"POST", "/ledgers/42/lock", `{"period":"2026-06-30"}`, 200, "2026-06-30", `update Preferences {"AccountingInfoPrefs":{"BookCloseDate":"2026-06-30"},"Id":"1"}`},
		{"POST", "/ledgers/42/lock", `{"end_of_year":"2026-06-30"}`, 400, "closing date", ""},
		{"POST", "/stripe/acct_1/end-mandate", `{"id":"mandate_none"}`, 422, "mandate_none", ""},
		{"POST", "/stripe/acct_1/revoke-key", `{"key":"rk_test_none"}`, 200, "rk_test_none", ""},
		{"POST", "/stripe/acct_1/restricted-key", `{"key":"rk_test_1","permissions":["charge_read"]}`, 200, "rk_test_1", ""},
		{"POST", "/stripe/acct_1/restricted-key", `{"key":"rk_test_1","permissions":["charge"]}`, 422, "neither", ""},
		{"POST", "/stripe/acct_1/platform", `{"platform":"acct_2"}`, 404, "acct_2", ""},
		{"POST", "/stripe/acct_1/platform", `{"platform":"acct_1"}`, 200, `"connected":true`, ""},
		{"POST", "/stripe/acct_1/dispute", `{"id":"ch_none"}`, 422, "ch_none", ""},
		{"POST", "/stripe/acct_1/fail-payout", `{"id":"po_none"}`, 422, "po_none", ""},
		{"POST", "/stripe/acct_1/fail-refund", `{"id":"re_none"}`, 422, "re_none", ""},
		{"POST", "/stripe/acct_1/decide-dispute", `{"id":"dp_none"}`, 422, "dp_none", ""},
		{"POST", "/stripe/acct_1/pay-invoice", `{"id":"in_none"}`, 422, "in_none", ""},
		{"POST", "/stripe/acct_1/authenticate", `{"id":"pi_none"}`, 422, "pi_none", ""},
		{"POST", "/stripe/acct_1/bill-monthly", `{"customer":"cus_none","amount":100,"currency":"usd","months":3}`, 422, "cus_none", ""},
		{"POST", "/stripe/acct_1/manual-payout", `{"currency":"usd","amount":100}`, 422, "funds", ""},
		{"POST", "/stripe/acct_1/settle-in", `{"currency":"eur","settlement":{"currency":"usd","rate":"1.08"}}`, 200, "eur", ""},
		{"POST", "/stripe/acct_1/settle-in", `{"currency":"eur","settlement":{"currency":"usd","rate":"-1"}}`, 422, "rate", ""},
		{"POST", "/stripe/acct_1/change-bank", `{"currency":"usd","bank":{"name":"CHASE","number":"000987654321"}}`, 200, "ba_", ""},
		{"POST", "/stripe/acct_1/change-bank", `{"currency":"usd","bank":{"name":"CHASE"}}`, 422, "account number", ""},
		{"POST", "/reset", ``, 200, "2026-11-20T12:00:00Z", "reset"},
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
