package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"tieout/internal/clock"
	"tieout/sandbox"
)

var testNow = time.Date(2026, 11, 20, 15, 4, 5, 0, time.UTC)

// world is a running sandbox and what a stranger needs to ask it.
type world struct {
	t      *testing.T
	ready  sandbox.Ready
	tokens map[string]string // by ledger id
}

func start(t *testing.T, cfg sandbox.Config) *world {
	t.Helper()
	s, err := sandbox.Start(t.Context(), cfg, clock.At(testNow))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, ready: s.Ready(), tokens: map[string]string{}}
	for _, l := range w.ready.Ledgers {
		w.tokens[l.ID] = w.connect(l)
	}
	return w
}

// specs is the folder of recordings, or a skip where it is absent.
func specs(t *testing.T) string {
	t.Helper()
	root := os.Getenv("TIEOUT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	dir := filepath.Join(root, "specs")
	if _, err := os.Stat(dir); err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("recordings required: %v", err)
		}
		t.Skipf("no recordings: %v", err)
	}
	return dir
}

// send performs a request and decodes the JSON answer; anything but 200 fails.
func (w *world) send(req *http.Request, into any) {
	w.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s %s: %s: %s", req.Method, req.URL, res.Status, raw)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		w.t.Fatalf("%s %s: %v: %.300s", req.Method, req.URL, err, raw)
	}
}

func (w *world) request(method, at, body string) *http.Request {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	return req
}

// connect goes through the vendor's consent page and returns an access token.
func (w *world) connect(l sandbox.ReadyLedger) string {
	w.t.Helper()
	app, authorize, token, scope := w.ready.QuickBooks, "/connect/oauth2", "/oauth2/v1/tokens/bearer", "com.intuit.quickbooks.accounting"
	if l.Vendor == "xero" {
		app, authorize, token = w.ready.Xero, "/identity/connect/authorize", "/connect/token"
		scope = "offline_access accounting.invoices accounting.payments accounting.banktransactions accounting.contacts accounting.settings accounting.reports.banksummary.read accounting.reports.trialbalance.read"
	}
	const back = "http://127.0.0.1/callback"
	form := url.Values{
		"client_id": {app.ClientID}, "redirect_uri": {back}, "response_type": {"code"}, "scope": {scope}, "state": {"s"},
		"decision": {"allow"}, "choice": {l.ID},
	}
	req := w.request(http.MethodPost, app.URL+authorize, form.Encode())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || to.Query().Get("code") == "" {
		w.t.Fatalf("consent for %s: %s to %q", l.Name, res.Status, to)
	}
	exchange := url.Values{"grant_type": {"authorization_code"}, "code": {to.Query().Get("code")}, "redirect_uri": {back}}
	req = w.request(http.MethodPost, app.URL+token, exchange.Encode())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(app.ClientID, app.ClientSecret)
	var got struct {
		AccessToken string `json:"access_token"`
	}
	w.send(req, &got)
	return got.AccessToken
}

// query asks QuickBooks for all rows of an entity, page by page.
func (w *world) query(l sandbox.ReadyLedger, entity string, row func(map[string]json.RawMessage)) {
	w.t.Helper()
	const size = 500
	var all []map[string]json.RawMessage // rows may be changed while they are walked
	defer func() {
		for _, r := range all {
			row(r)
		}
	}()
	for from := 1; ; from += size {
		ask := fmt.Sprintf("select * from %s startposition %d maxresults %d", entity, from, size)
		req := w.request(http.MethodGet, w.ready.QuickBooks.URL+"/v3/company/"+l.ID+"/query?query="+url.QueryEscape(ask), "")
		req.Header.Set("Authorization", "Bearer "+w.tokens[l.ID])
		var page struct{ QueryResponse map[string]json.RawMessage }
		w.send(req, &page)
		var rows []map[string]json.RawMessage
		if raw := page.QueryResponse[entity]; raw != nil {
			if err := json.Unmarshal(raw, &rows); err != nil {
				w.t.Fatal(err)
			}
		}
		all = append(all, rows...)
		if len(rows) < size {
			return
		}
	}
}

// xero reads a whole Xero list, page by page where the endpoint has pages.
func (w *world) xero(l sandbox.ReadyLedger, kind string, row func(map[string]json.RawMessage)) {
	w.t.Helper()
	paged := kind != "Accounts" && kind != "BankTransfers"
	var all []map[string]json.RawMessage // rows may be changed while they are walked
	defer func() {
		for _, r := range all {
			row(r)
		}
	}()
	for page := 1; ; page++ {
		at := w.ready.Xero.URL + "/api.xro/2.0/" + kind
		if paged {
			at += fmt.Sprintf("?page=%d&pageSize=500", page)
		}
		req := w.request(http.MethodGet, at, "")
		req.Header.Set("Authorization", "Bearer "+w.tokens[l.ID])
		req.Header.Set("xero-tenant-id", l.ID)
		var answer map[string]json.RawMessage
		w.send(req, &answer)
		var rows []map[string]json.RawMessage
		if err := json.Unmarshal(answer[kind], &rows); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, rows...)
		if !paged || len(rows) < 500 {
			return
		}
	}
}

// stripe calls Stripe with the key of a ledger's account.
func (w *world) stripe(l sandbox.ReadyLedger, method, path string, form url.Values, into any) {
	w.t.Helper()
	req := w.request(method, w.ready.Stripe.URL+path, form.Encode())
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Authorization", "Bearer "+l.StripeKey)
	w.send(req, into)
}

// control calls the control API.
func (w *world) control(method, path string, body, into any) {
	w.t.Helper()
	raw := []byte{}
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			w.t.Fatal(err)
		}
	}
	w.send(w.request(method, w.ready.Control.URL+path, string(raw)), into)
}

// balance is Stripe's own balance, available and pending, by upper-case
// currency, in major units.
func (w *world) balance(l sandbox.ReadyLedger) map[string]decimal.Decimal {
	w.t.Helper()
	type sum struct {
		Amount   int64
		Currency string
	}
	var b struct{ Available, Pending []sum }
	w.stripe(l, http.MethodGet, "/v1/balance", nil, &b)
	out := map[string]decimal.Decimal{}
	for _, s := range append(b.Available, b.Pending...) {
		c := strings.ToUpper(s.Currency)
		out[c] = out[c].Add(decimal.New(s.Amount, -2))
	}
	return out
}

// rows are Stripe's balance transactions, read page by page, as net by
// currency; of a payout when one is given.
func (w *world) rows(l sandbox.ReadyLedger, payout string) map[string]decimal.Decimal {
	w.t.Helper()
	out := map[string]decimal.Decimal{}
	for after := ""; ; {
		q := url.Values{"limit": {"100"}}
		if after != "" {
			q.Set("starting_after", after)
		}
		if payout != "" {
			q.Set("payout", payout)
		}
		var page struct {
			HasMore bool `json:"has_more"`
			Data    []struct {
				ID               string
				Amount, Fee, Net int64
				Currency         string
				Type             string
			}
		}
		w.stripe(l, http.MethodGet, "/v1/balance_transactions?"+q.Encode(), nil, &page)
		for _, r := range page.Data {
			if r.Amount-r.Fee != r.Net {
				w.t.Errorf("%s: amount %d - fee %d is not net %d", r.ID, r.Amount, r.Fee, r.Net)
			}
			after = r.ID
			if payout != "" && r.Type == "payout" {
				continue // the payout's own row
			}
			c := strings.ToUpper(r.Currency)
			out[c] = out[c].Add(decimal.New(r.Net, -2))
		}
		if !page.HasMore {
			return out
		}
	}
}

// text is a JSON string field.
func text(w *world, row map[string]json.RawMessage, name string) string {
	w.t.Helper()
	var s string
	if raw := row[name]; raw != nil {
		if err := json.Unmarshal(raw, &s); err != nil {
			w.t.Fatalf("%s: %v", name, err)
		}
	}
	return s
}

// number is a JSON number field, exactly.
func number(w *world, raw json.RawMessage) decimal.Decimal {
	w.t.Helper()
	if raw == nil {
		return decimal.Zero
	}
	d, err := decimal.NewFromString(strings.Trim(string(raw), `"`))
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// inner is a field of an object field.
func inner(w *world, row map[string]json.RawMessage, outer, name string) string {
	w.t.Helper()
	if row[outer] == nil {
		return ""
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(row[outer], &fields); err != nil {
		w.t.Fatal(err)
	}
	return text(w, fields, name)
}
