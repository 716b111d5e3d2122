package stripe

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// listener is a webhook endpoint of a client, which fails as often as it is
// told to.
type listener struct {
	*httptest.Server
	mu    sync.Mutex
	fail  int
	heard []heard
}

type heard struct {
	header http.Header
	body   []byte
	event  map[string]any
}

func listen(t *testing.T) *listener {
	t.Helper()
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		h := heard{header: r.Header, body: raw}
		if err != nil || json.Unmarshal(raw, &h.event) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.heard = append(l.heard, h)
		if l.fail > 0 {
			l.fail--
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) types() (out []string) {
	for _, h := range l.heard {
		out = append(out, h.event["type"].(string))
	}
	return out
}

// signed tells whether Stripe-Signature holds for the body under the secret,
// and its timestamp (Stripe docs: webhooks/signature, "Verify manually").
func signed(h heard, secret string) (string, bool) {
	var at, v1 string
	for part := range strings.SplitSeq(h.header.Get("Stripe-Signature"), ",") {
		switch k, v, _ := strings.Cut(part, "="); k {
		case "t":
			at = v
		case "v1":
			v1 = v
		}
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "." + string(h.body)))
	return at, hex.EncodeToString(mac.Sum(nil)) == v1
}

func (b *bench) endpoint(url string, kv ...string) map[string]any {
	b.t.Helper()
	return b.post("/v1/webhook_endpoints", append([]string{"url", url}, kv...)...)
}

func TestPoint66Webhooks(t *testing.T) {
	t.Parallel()
	b, l := setup(t, AccountOptions{}), listen(t)
	we := b.endpoint(l.URL, "enabled_events[]", "customer.created", "enabled_events[]", "customer.updated", "metadata[a]", "b", "description", "d")
	secret, id := at(t, we, "secret"), at(t, we, "id")
	if !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("secret %s", secret)
	}
	if again := b.get("/v1/webhook_endpoints/" + id); again["secret"] != nil || again["status"] != "enabled" {
		t.Errorf("the secret is shown twice: %v", again)
	}
	l.fail = 1
	cus := at(t, b.post("/v1/customers", "name", "A"), "id")
	b.post("/v1/products", "name", "not subscribed")
	ctx := t.Context()
	b.srv.Deliver(ctx)
	expect(t, b.get("/v1/events?delivery_success=false"), "data.0.type", "customer.created", "data.0.pending_webhooks", "1", "has_more", "false")
	b.clock.Advance(time.Hour)
	b.srv.Deliver(ctx)
	if len(l.heard) != 2 {
		t.Fatalf("heard %v", l.types())
	}
	first, second := l.heard[0], l.heard[1]
	t1, ok1 := signed(first, secret)
	t2, ok2 := signed(second, secret)
	if !ok1 || !ok2 || t1 == t2 {
		t.Errorf("signatures %v at %s, %v at %s", ok1, t1, ok2, t2)
	}
	if string(first.body) != string(second.body) || at(t, first.event, "id") != at(t, second.event, "id") {
		t.Error("the retry is another event")
	}
	expect(t, first.event, "data.object.id", cus, "api_version", APIVersion, "object", "event", "pending_webhooks", "1")
	if got := first.header.Get("Content-Type") + " " + first.header.Get("User-Agent"); got != "application/json; charset=utf-8 Stripe/1.0 (+https://stripe.com/docs/webhooks)" {
		t.Errorf("headers %s", got)
	}
	expect(t, b.get("/v1/events/"+at(t, first.event, "id")), "pending_webhooks", "0")
	expect(t, b.get("/v1/events?delivery_success=false"), "data", "[]")
	b.post("/v1/webhook_endpoints/"+id, "disabled", "true")
	b.post("/v1/customers/"+cus, "name", "B")
	b.post("/v1/webhook_endpoints/"+id, "disabled", "false", "enabled_events[]", "*")
	b.srv.Deliver(ctx)
	if len(l.heard) != 2 {
		t.Errorf("a disabled endpoint was told: %v", l.types())
	}
	gone := b.send(http.MethodDelete, "/v1/webhook_endpoints/"+id, "", nil)
	expect(t, gone.obj, "deleted", "true", "id", id, "object", "webhook_endpoint")
	expect(t, b.get("/v1/webhook_endpoints"), "data", "[]")
}

func TestWebhookRetriesEndAndEndpointIsDisabled(t *testing.T) {
	t.Parallel()
	b, l := setup(t, AccountOptions{}), listen(t)
	id := at(t, b.endpoint(l.URL, "enabled_events[]", "*"), "id")
	l.fail = 1000
	b.post("/v1/customers", "name", "A")
	for range 40 {
		b.srv.Deliver(t.Context())
		b.clock.Advance(time.Hour)
	}
	if len(l.heard) != testAttempts {
		t.Errorf("%d attempts, want %d", len(l.heard), testAttempts)
	}
	b.days(3)
	b.post("/v1/customers", "name", "B")
	b.srv.Deliver(t.Context())
	expect(t, b.get("/v1/webhook_endpoints/"+id), "status", "disabled")
}

func TestWebhookInTheVersionOfItsEndpoint(t *testing.T) {
	t.Parallel()
	b, l := setup(t, AccountOptions{}), listen(t)
	b.endpoint(l.URL, "enabled_events[]", "charge.succeeded", "api_version", "2025-03-31.basil")
	b.endpoint(l.URL, "enabled_events[]", "charge.succeeded")
	b.post("/v1/payment_intents", "amount", "500", "currency", "usd", "confirm", "true", "payment_method", "pm_card_visa")
	b.srv.Deliver(t.Context())
	if len(l.heard) != 2 {
		t.Fatalf("heard %v", l.types())
	}
	for _, h := range l.heard {
		_, has := h.event["data"].(map[string]any)["object"].(map[string]any)["invoice"]
		if old := h.event["api_version"] == APIVersion; old != has {
			t.Errorf("version %v shows invoice: %v", h.event["api_version"], has)
		}
	}
}

func TestWebhookEndpointErrors(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{Livemode: true})
	for name, c := range map[string]struct{ form, want string }{
		"no url":      {"enabled_events[]=*", "url"},
		"no events":   {"url=https://a.example", "enabled_events"},
		"bad url":     {"url=nonsense&enabled_events[]=*", "url"},
		"plain http":  {"url=http://a.example&enabled_events[]=*", "url"},
		"bad event":   {"url=https://a.example&enabled_events[]=no.such", "enabled_events"},
		"bad version": {"url=https://a.example&enabled_events[]=*&api_version=2020", "api_version"},
	} {
		t.Run(name, func(t *testing.T) {
			a := b.send(http.MethodPost, "/v1/webhook_endpoints", c.form, nil)
			if a.status != http.StatusBadRequest {
				t.Fatalf("%d %s", a.status, a.raw)
			}
			expect(t, a.obj, "error.param", c.want)
		})
	}
	for range maxEndpoints {
		b.endpoint("https://a.example", "enabled_events[]", "*")
	}
	if a := b.send(http.MethodPost, "/v1/webhook_endpoints", "url=https://a.example&enabled_events[]=*", nil); a.status != http.StatusBadRequest {
		t.Errorf("one endpoint too many: %d", a.status)
	}
}

func TestPoint65Events(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	key := http.Header{"Idempotency-Key": {"k1"}}
	cus := at(t, b.send(http.MethodPost, "/v1/customers", form("name", "A", "email", "a@a.example"), key).obj, "id")
	b.post("/v1/customers/"+cus, "name", "B")
	b.send(http.MethodDelete, "/v1/customers/"+cus, "", nil)
	events := b.get("/v1/events?types[]=customer.updated&types[]=customer.created&limit=5")
	expect(t, events, "data.0.type", "customer.updated", "data.0.data.object.name", "B", "data.0.data.previous_attributes.name", "A",
		"data.1.type", "customer.created", "data.1.data.object.name", "A", "data.1.request.idempotency_key", "k1", "data.1.api_version", APIVersion)
	before := events["data"].([]any)[0].(map[string]any)["data"].(map[string]any)["previous_attributes"].(map[string]any)
	if len(before) != 1 {
		t.Errorf("previous_attributes %v", before)
	}
	if _, has := events["data"].([]any)[1].(map[string]any)["data"].(map[string]any)["previous_attributes"]; has {
		t.Error("a created object has previous attributes")
	}
	if !strings.HasPrefix(at(t, events, "data.0.request.id"), "req_") {
		t.Error("no request in the event")
	}
	expect(t, b.get("/v1/events?type=customer.*"), "data.0.type", "customer.deleted")
	if a := b.send(http.MethodGet, "/v1/events?type=a&types[]=b", "", nil); a.status != http.StatusBadRequest {
		t.Errorf("type and types: %d", a.status)
	}
	b.days(31)
	expect(t, b.get("/v1/events"), "data", "[]")
	if a := b.send(http.MethodGet, "/v1/events/"+at(t, events, "data.0.id"), "", nil); a.status != http.StatusNotFound {
		t.Errorf("an event of 31 days ago: %d", a.status)
	}
}

// What a platform hears of an account that is connected to it.
func TestConnectedAccounts(t *testing.T) {
	t.Parallel()
	b, l := setup(t, AccountOptions{ID: "acct_platform", ClientID: "ca_1", Name: "Platform", RedirectURIs: []string{"http://127.0.0.1:1/back"}}), listen(t)
	if _, err := b.srv.AddAccount(AccountOptions{SecretKey: "sk_test_merchant1", ID: "acct_merchant", Name: "Merchant"}); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	authorise := b.http.URL + "/oauth/authorize?response_type=code&client_id=ca_1&scope=read_write&state=s1"
	page, err := client.Get(authorise)
	if err != nil {
		t.Fatal(err)
	}
	html, err := io.ReadAll(page.Body)
	page.Body.Close()
	if err != nil || !strings.Contains(string(html), "acct_merchant") || strings.Contains(string(html), "<script") {
		t.Fatalf("consent page %s %v", html, err)
	}
	consent := func(decision string) *http.Response {
		res, err := client.Post(authorise, "application/x-www-form-urlencoded", strings.NewReader(form("decision", decision, "account", "acct_merchant")))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	if to := consent("deny").Header.Get("Location"); !strings.Contains(to, "error=access_denied") || !strings.Contains(to, "state=s1") {
		t.Errorf("denied: %s", to)
	}
	to, err := consent("allow").Location()
	if err != nil {
		t.Fatal(err)
	}
	code := to.Query().Get("code")
	exchange := form("grant_type", "authorization_code", "code", code)
	token := b.send(http.MethodPost, "/oauth/token", exchange, nil)
	expect(t, token.obj, "stripe_user_id", "acct_merchant", "scope", "read_write", "token_type", "bearer", "livemode", "false")
	connected := http.Header{"Stripe-Account": {"acct_merchant"}}
	b.endpoint(l.URL, "enabled_events[]", "*", "connect", "true")
	cus := b.send(http.MethodPost, "/v1/customers", "name=A", connected)
	if cus.status != http.StatusOK || cus.header.Get("Stripe-Account") != "acct_merchant" {
		t.Fatalf("%d %s", cus.status, cus.raw)
	}
	b.post("/v1/customers", "name", "of the platform itself")
	expect(t, b.send(http.MethodGet, "/v1/customers", "", http.Header{"Authorization": {"Bearer " + at(t, token.obj, "access_token")}}).obj, "data.0.name", "A")
	expect(t, b.send(http.MethodGet, "/v1/accounts/acct_merchant", "", nil).obj, "id", "acct_merchant")
	b.srv.Deliver(t.Context())
	if len(l.heard) != 1 || at(t, l.heard[0].event, "account") != "acct_merchant" {
		t.Fatalf("heard %v", l.types())
	}
	if again := b.send(http.MethodPost, "/oauth/token", exchange, nil); again.status != http.StatusBadRequest || again.obj["error"] != "invalid_grant" {
		t.Errorf("a code works twice: %d %s", again.status, again.raw)
	}
	gone := b.send(http.MethodPost, "/oauth/deauthorize", form("client_id", "ca_1", "stripe_user_id", "acct_merchant"), nil)
	expect(t, gone.obj, "stripe_user_id", "acct_merchant")
	b.srv.Deliver(t.Context())
	expect(t, l.heard[len(l.heard)-1].event, "type", "account.application.deauthorized", "data.object.id", "ca_1", "account", "acct_merchant")
	if a := b.send(http.MethodGet, "/v1/customers", "", connected); a.status != http.StatusForbidden {
		t.Errorf("still connected: %d", a.status)
	}
}

func TestRestrictedKeys(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{ID: "acct_1"})
	if err := b.srv.AddRestrictedKey("acct_1", "rk_test_reader01", []string{"rak_charge_read", "customer_write"}); err != nil {
		t.Fatal(err)
	}
	key := http.Header{"Authorization": {"Bearer rk_test_reader01"}}
	for path, want := range map[string]int{"/v1/charges": 200, "/v1/customers": 200, "/v1/payouts": 403, "/v1/account": 403, "/v1/refunds": 200, "/v1/balance_transactions": 403} {
		a := b.send(http.MethodGet, path, "", key)
		if a.status != want {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
	}
	a := b.send(http.MethodPost, "/v1/refunds", "charge=ch_1", key)
	expect(t, a.obj, "error.type", "invalid_request_error", "error.message", "The provided key 'rk_test_****er01' does not have the required permissions for this endpoint on "+
		"account 'acct_1'. Having the 'rak_charge_write' permission would allow this request to continue.")
	b.srv.RevokeKey("rk_test_reader01")
	if a := b.send(http.MethodGet, "/v1/charges", "", key); a.status != http.StatusUnauthorized || at(t, a.obj, "error.code") != "api_key_expired" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	for _, bad := range [][]string{{"sk_test_1", "charge_read"}, {"rk_test_2", "charge"}} {
		if b.srv.AddRestrictedKey("acct_1", bad[0], bad[1:]) == nil {
			t.Errorf("took %v", bad)
		}
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{Livemode: true})
	b.srv.SetLimits(true)
	var last answer
	for range endpointRate + 1 {
		last = b.send(http.MethodGet, "/v1/charges", "", nil)
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Stripe-Rate-Limited-Reason") != "endpoint-rate" || at(t, last.obj, "error.code") != "rate_limit" {
		t.Errorf("%d %v %s", last.status, last.header, last.raw)
	}
	if a := b.send(http.MethodGet, "/v1/refunds", "", nil); a.status != http.StatusOK {
		t.Errorf("another endpoint: %d", a.status)
	}
	for i := range liveRate {
		last = b.send(http.MethodGet, "/v1/"+[]string{"payouts", "disputes", "events", "balance", "customers"}[i%5], "", nil)
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Stripe-Rate-Limited-Reason") != "global-rate" {
		t.Errorf("%d %v", last.status, last.header)
	}
	b.clock.Advance(time.Second)
	if a := b.send(http.MethodGet, "/v1/charges", "", nil); a.status != http.StatusOK {
		t.Errorf("a second later: %d", a.status)
	}
}

func TestRenderedFaults(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	for _, c := range []struct {
		status             int
		code, header, want string
	}{
		{429, "lock_timeout", "Stripe-Should-Retry=true", `"code":"lock_timeout"`},
		{429, "endpoint-concurrency", "Stripe-Rate-Limited-Reason=endpoint-concurrency", `"code":"rate_limit"`},
		{409, "", "Stripe-Should-Retry=true", `"type":"idempotency_error"`},
		{500, "", "Stripe-Should-Retry=true", `"type":"api_error"`},
		{402, "insufficient_funds", "Content-Type=application/json", `"decline_code":"insufficient_funds"`},
		{401, "", `WWW-Authenticate=Basic realm="Stripe"`, "Invalid API Key"},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/v1/charges", nil)
		r.Header.Set("Authorization", "Bearer "+b.acct.SecretKey())
		b.srv.RenderFault(w, r, c.status, c.code)
		name, value, _ := strings.Cut(c.header, "=")
		if w.Code != c.status || w.Header().Get(name) != value || !strings.Contains(w.Body.String(), c.want) || w.Header().Get("Request-Id") == "" {
			t.Error(fmt.Sprint(c.status, c.code), w.Code, w.Header(), w.Body)
		}
	}
}
