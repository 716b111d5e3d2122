package sandbox_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tieout/internal/clock"
	"tieout/sandbox"
)

// inbox receives webhooks; bad signatures get 401, as Xero asks.
type inbox struct {
	*httptest.Server
	header, key string
	arrived     chan string
}

func newInbox(t *testing.T, header, key string) *inbox {
	t.Helper()
	in := &inbox{header: header, key: key, arrived: make(chan string, 64)}
	in.Server = httptest.NewServer(in)
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	mac := hmac.New(sha256.New, []byte(in.key))
	_, _ = mac.Write(body)
	if err != nil || r.Header.Get(in.header) != base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	in.arrived <- string(body)
}

// next is the next rightly signed post.
func (in *inbox) next(t *testing.T) string {
	t.Helper()
	patience := time.NewTimer(20 * time.Second)
	defer patience.Stop()
	select {
	case body := <-in.arrived:
		return body
	case <-patience.C:
		t.Fatal("no webhook arrived")
		return ""
	}
}

// control calls the control API and decodes the answer.
func (s *stranger) control(method, path, body string) reply {
	s.t.Helper()
	return s.send(method, s.ready.Control.URL+path, "", "application/json", body, nil)
}

func hookedStranger(t *testing.T) (*stranger, *inbox, *inbox) {
	t.Helper()
	s := &stranger{t: t, clock: clock.At(testNow)}
	q, x := newInbox(t, "intuit-signature", "verifier"), newInbox(t, "x-xero-signature", "key")
	box, err := sandbox.Start(t.Context(), sandbox.Config{
		QuickBooks: sandbox.Vendor{ClientID: "app", ClientSecret: "s", Webhook: sandbox.Webhook{URL: q.URL, Verifier: "verifier"}},
		Xero:       sandbox.Vendor{ClientID: "app", ClientSecret: "s", Webhook: sandbox.Webhook{URL: x.URL, Key: "key"}},
		Seed:       3, Invoices: sandbox.None, Limits: "vendor",
	}, s.clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	s.box, s.ready = box, box.Ready()
	return s, q, x
}

// makeCustomer is a write that no test is about.
func (s *stranger) makeCustomer(name string) {
	s.t.Helper()
	l := s.ready.Ledgers[0]
	if got := s.control("POST", "/quickbooks/"+l.ID+"/Customer/create", `{"DisplayName":"`+name+`"}`); got.status != http.StatusOK {
		s.t.Fatalf("customer: %d %s", got.status, got.raw)
	}
}

func TestWebhooksGoOutSigned(t *testing.T) {
	t.Parallel()
	s, q, x := hookedStranger(t)
	if got := s.control("GET", "/xero/intent-to-receive", ""); got.status != http.StatusOK || got.body["validated"] != true {
		t.Errorf("intent to receive: %d %s", got.status, got.raw)
	}
	for range 2 { // the two that are rightly signed
		if body := x.next(t); !strings.Contains(body, `"events":[]`) {
			t.Errorf("intent to receive posted %s", body)
		}
	}
	s.connect(s.ready.QuickBooks, intuitScope, s.ready.Ledgers[0].ID) // only connected companies are told of
	s.makeCustomer("First")
	s.control("POST", "/clock/advance", `{"seconds":5}`)
	if body := q.next(t); !strings.Contains(body, "qbo.customer.created.v1") || !strings.Contains(body, s.ready.Ledgers[0].ID) {
		t.Errorf("posted %s", body)
	}
	if got := s.control("POST", "/webhooks/quickbooks/lose", ""); got.status != http.StatusOK {
		t.Fatalf("lose: %s", got.raw)
	}
	s.makeCustomer("Lost")
	s.control("POST", "/clock/advance", `{"seconds":5}`)
	s.control("POST", "/webhooks/quickbooks/duplicate", "")
	s.makeCustomer("Twice")
	s.control("POST", "/clock/advance", `{"seconds":5}`)
	one, two := q.next(t), q.next(t)
	if one != two {
		t.Errorf("a duplicate differs:\n%s\n%s", one, two)
	}
	var log struct{ Deliveries []struct{ State string } }
	if err := json.Unmarshal(s.control("GET", "/webhooks/quickbooks", "").raw, &log); err != nil || len(log.Deliveries) != 3 || log.Deliveries[1].State != "lost" {
		t.Errorf("log %+v %v", log, err)
	}
}

func TestFaultsSpeakTheVendorsLanguage(t *testing.T) {
	t.Parallel()
	s, _, _ := hookedStranger(t)
	realm := s.ready.Ledgers[0].ID
	access := s.connect(s.ready.QuickBooks, intuitScope, realm)["access_token"].(string)
	company := s.ready.QuickBooks.URL + "/v3/company/" + realm + "/companyinfo/" + realm
	if got := s.control("POST", "/faults/quickbooks", `{"kind":"status","path":"/v3/*","times":1,"status":429}`); got.status != http.StatusOK {
		t.Fatalf("add: %d %s", got.status, got.raw)
	}
	if got := s.get(company, access); got.status != http.StatusTooManyRequests || !strings.Contains(string(got.raw), "3001") {
		t.Errorf("429: %d %s", got.status, got.raw)
	}
	if got := s.get(company, access); got.status != http.StatusOK {
		t.Errorf("once only: %d %s", got.status, got.raw)
	}
	s.control("POST", "/faults/quickbooks", `{"kind":"revoke","times":1}`)
	if got := s.get(company, access); got.status != http.StatusUnauthorized {
		t.Errorf("revoked: %d", got.status)
	}
	s.control("POST", "/faults/stripe", `{"kind":"status","times":1,"status":503}`)
	if got := s.get(s.ready.Stripe.URL+"/v1/balance", s.ready.Stripe.SecretKey); got.status != http.StatusServiceUnavailable || got.body["error"] == nil {
		t.Errorf("stripe's 503: %d %s", got.status, got.raw)
	}
}

func TestCommitThenTimeoutDoesTheWork(t *testing.T) {
	t.Parallel()
	s, _, _ := hookedStranger(t)
	s.control("POST", "/faults/stripe", `{"kind":"commit_then_timeout","method":"POST","path":"/v1/customers","times":1}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.ready.Stripe.URL+"/v1/customers", strings.NewReader(url.Values{"name": {"Kept"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", formType)
	req.Header.Set("Authorization", "Bearer "+s.ready.Stripe.SecretKey)
	if res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req); err == nil {
		_ = res.Body.Close()
		t.Fatalf("answered %s", res.Status)
	}
	if got := s.get(s.ready.Stripe.URL+"/v1/customers", s.ready.Stripe.SecretKey); !strings.Contains(string(got.raw), `"Kept"`) {
		t.Errorf("customers %s", got.raw)
	}
}

func TestResetStartsAnew(t *testing.T) {
	t.Parallel()
	s, _, _ := hookedStranger(t)
	before := s.control("GET", "/dump", "").raw
	realm := s.ready.Ledgers[0].ID
	access := s.connect(s.ready.QuickBooks, intuitScope, realm)["access_token"].(string)
	s.makeCustomer("Gone")
	s.control("POST", "/faults/xero", `{"kind":"cut"}`)
	s.control("POST", "/clock/advance", `{"days":40}`)
	s.control("POST", "/limits", `{"limits":"off"}`)
	if got := s.control("POST", "/reset", ""); got.status != http.StatusOK || got.body["now"] != testNow.Format(time.RFC3339) {
		t.Fatalf("reset: %d %s", got.status, got.raw)
	}
	if after := s.control("GET", "/dump", "").raw; string(after) != string(before) {
		t.Errorf("state after the reset differs: %d and %d bytes", len(before), len(after))
	}
	if got := s.get(s.ready.QuickBooks.URL+"/v3/company/"+realm+"/companyinfo/"+realm, access); got.status != http.StatusUnauthorized {
		t.Errorf("an old token: %d", got.status)
	}
	if got := s.control("GET", "/limits", ""); got.body["xero"] != "vendor" {
		t.Errorf("limits %s", got.raw)
	}
	if got := s.control("GET", "/faults/xero", ""); strings.TrimSpace(string(got.raw)) != "[]" {
		t.Errorf("faults %s", got.raw)
	}
}

func TestOnlyStripe(t *testing.T) {
	t.Parallel()
	cfg, err := sandbox.ReadConfig(strings.NewReader(`{"stripe":{"accounts":[{"secret_key":"sk_test_a"},{"secret_key":"sk_test_b","country":"GB","currency":"GBP"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.Start(t.Context(), cfg, clock.At(testNow))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	ready := box.Ready()
	line, err := json.Marshal(ready)
	if err != nil || strings.Contains(string(line), "quickbooks") || !strings.Contains(string(line), `"ledgers":[]`) || len(ready.Accounts) != 2 || ready.Stripe.SecretKey != "sk_test_a" {
		t.Errorf("ready %s %v", line, err)
	}
	s := &stranger{t: t, box: box, ready: ready}
	for _, key := range []string{"sk_test_a", "sk_test_b"} {
		if got := s.get(ready.Stripe.URL+"/v1/balance", key); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", key, got.status, got.raw)
		}
	}
}

func TestConsentByControl(t *testing.T) {
	t.Parallel()
	s, _, _ := hookedStranger(t)
	app := s.ready.Xero
	q := url.Values{"response_type": {"code"}, "client_id": {app.ClientID}, "redirect_uri": {callback}, "scope": {xeroScope}, "state": {"x"}}
	body, err := json.Marshal(map[string]any{"url": app.Authorize + "?" + q.Encode(), "choice": s.ids("xero")})
	if err != nil {
		t.Fatal(err)
	}
	got := s.control("POST", "/consent/xero", string(body))
	to, err := url.Parse(got.body["location"].(string))
	if err != nil || to.Query().Get("state") != "x" {
		t.Fatalf("%s %v", got.raw, err)
	}
	if tok := s.exchange(app, to.Query().Get("code")); tok.status != http.StatusOK {
		t.Errorf("%d %s", tok.status, tok.raw)
	}
}

func TestSlowAnswersCountAsRunning(t *testing.T) {
	t.Parallel()
	s, _, _ := hookedStranger(t)
	tenant := s.ids("xero")[0]
	access := s.connect(s.ready.Xero, xeroScope, tenant)["access_token"].(string)
	s.control("POST", "/faults/xero", `{"kind":"slow","path":"/api.xro/*","times":5,"millis":600000}`)
	ctx, enough := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	for range 5 {
		waiting.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.ready.Xero.API+"/Organisation", http.NoBody)
			if err != nil {
				return
			}
			req.Header.Set("Authorization", "Bearer "+access)
			req.Header.Set("xero-tenant-id", tenant)
			if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
				_ = res.Body.Close()
			}
		})
	}
	for strings.TrimSpace(string(s.control("GET", "/faults/xero", "").raw)) != "[]" { // until all five wait
		if ctx.Err() != nil {
			t.Fatal(ctx.Err())
		}
	}
	got := reply{}
	for range 20 { // the fifth may be on its way in still
		if got = s.get(s.ready.Xero.API+"/Organisation", access, "xero-tenant-id", tenant); got.status == http.StatusTooManyRequests {
			break
		}
	}
	if got.status != http.StatusTooManyRequests || got.header.Get("X-Rate-Limit-Problem") != "concurrent" {
		t.Errorf("the sixth: %d %v", got.status, got.header)
	}
	enough()
	waiting.Wait()
}
