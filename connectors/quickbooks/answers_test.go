package quickbooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

func clearingUSD(id string) map[money.Currency]string { return map[money.Currency]string{"USD": id} }

func quoted(text string) string {
	raw, _ := json.Marshal(text)
	return string(raw)
}

func memoOf(t *testing.T, w connectors.Write) string {
	t.Helper()
	var r struct {
		Body struct {
			Sparse       bool `json:"sparse"`
			CustomerMemo struct{ Value string }
		}
	}
	if err := json.Unmarshal(w.Body, &r); err != nil || !r.Body.Sparse {
		t.Fatalf("body %s: %v", w.Body, err)
	}
	return r.Body.CustomerMemo.Value
}

// served is a session with a server that answers each path as told.
func served(t testing.TB, answer func(path string) (int, []byte)) *quickbooks.Session {
	t.Helper()
	return servedAt(t, "USD", answer)
}

// servedAt is served for a company with the home currency.
func servedAt(t testing.TB, home money.Currency, answer func(path string) (int, []byte)) *quickbooks.Session {
	t.Helper()
	return heardAt(t, home, func(path string, _ []byte) (int, []byte) { return answer(path) })
}

// heard is served by an answer that sees the request's body as well.
func heard(t testing.TB, answer func(path string, body []byte) (int, []byte)) *quickbooks.Session {
	t.Helper()
	return heardAt(t, "USD", answer)
}

func heardAt(t testing.TB, home money.Currency, answer func(path string, body []byte) (int, []byte)) *quickbooks.Session {
	t.Helper()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, _ := io.ReadAll(r.Body)
		status, body := answer(r.URL.Path, asked)
		w.Header().Set("Intuit-Tid", "tid-1")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	t.Cleanup(h.Close)
	return quickbooks.New(quickbooks.Config{API: h.URL}).Open(connectors.Access{
		Client: h.Client(), ExternalID: "123", Home: home, Now: func() time.Time { return start },
	}).(*quickbooks.Session)
}

func TestFailures(t *testing.T) {
	t.Parallel()
	fault := func(code, message, detail string) string {
		return fmt.Sprintf(`{"Fault":{"Error":[{"Message":%q,"Detail":%q,"code":%q}],"type":"ValidationFault"},"time":"2026-01-01T00:00:00Z"}`, message, detail, code)
	}
	tests := []struct {
		name   string
		status int
		body   string
		read   connectors.Class
		write  connectors.Class
	}{
		{"stale", 400, fault("5010", "Stale Object Error", "You and Ada were working on this"), connectors.ClassStale, connectors.ClassStale},
		{"not found", 400, fault("610", "Object Not Found", "Something you're trying to use has been made inactive."), connectors.ClassGone, connectors.ClassGone},
		{"closed", 400, fault("6210", "Account Period Closed", ""), connectors.ClassClosed, connectors.ClassClosed},
		{"business rule", 400, fault("6000", "A business validation error has occurred", "Amounts differ"), connectors.ClassRequest, connectors.ClassRequest},
		{"unknown code", 400, fault("7777", "What", ""), connectors.ClassRequest, connectors.ClassRequest},
		{"subscription", 400, fault("6190", "Invalid Company Status", ""), connectors.ClassPermanent, connectors.ClassPermanent},
		{"number as code", 400, `{"Fault":{"Error":[{"Message":"m","code":5010}]}}`, connectors.ClassStale, connectors.ClassStale},
		{"the worst decides", 400, `{"Fault":{"Error":[{"code":"2020"},{"code":"6210"},{"code":"6000"}]}}`, connectors.ClassClosed, connectors.ClassClosed},
		{"fault in 200", 200, fault("5010", "Stale", ""), connectors.ClassStale, connectors.ClassStale},
		{"gateway", 401, `{"warnings":null,"fault":{"error":[{"message":"message=AuthenticationFailed; errorCode=003200; statusCode=401","detail":"Token expired: eyJabcdefghijk","code":"3200"}],"type":"AUTHENTICATION"}}`, connectors.ClassReconnect, connectors.ClassReconnect},
		{"another realm", 403, `<?xml version="1.0"?><IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="AuthorizationFault"><Error code="3100"><Message>message=ApplicationAuthorizationFailed</Message></Error></Fault></IntuitResponse>`, connectors.ClassReconnect, connectors.ClassReconnect},
		{"throttled", 429, `<IntuitResponse><Fault type="SERVICE"><Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message></Error></Fault></IntuitResponse>`, connectors.ClassLater, connectors.ClassLater},
		{"throttled of old", 403, `<IntuitResponse><Fault type="SERVICE"><Error code="003001"><Message>m</Message></Error></Fault></IntuitResponse>`, connectors.ClassLater, connectors.ClassLater},
		{"trouble", 503, `<html>down</html>`, connectors.ClassRetry, connectors.ClassUnknown},
		{"trouble with a fault", 500, fault("10000", "An application error has occurred", ""), connectors.ClassRetry, connectors.ClassUnknown},
		{"no JSON", 200, `<html>hello</html>`, connectors.ClassRetry, connectors.ClassUnknown},
		{"cut off", 200, `{"QueryResponse":{"Invoice":[{"Id":"1"`, connectors.ClassRetry, connectors.ClassUnknown},
		{"redirect", 302, ``, connectors.ClassPermanent, connectors.ClassPermanent},
	}
	w := connectors.Write{Op: "payment.create", Body: json.RawMessage(`{"method":"POST","path":"/payment","entity":"Payment","query":{"requestid":"k"},"body":{"TotalAmt":1}}`)}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := served(t, func(string) (int, []byte) { return test.status, []byte(test.body) })
			_, readErr := s.Pull(t.Context(), "invoices", nil)
			_, writeErr := s.Send(t.Context(), w)
			for _, c := range []struct {
				err  error
				want connectors.Class
			}{{readErr, test.read}, {writeErr, test.write}} {
				f, ok := connectors.AsFailure(c.err)
				if !ok || f.Class != c.want || f.RequestID != "tid-1" || f.Text == "" {
					t.Fatalf("got %#v (%v), want %s", f, c.err, c.want)
				}
				if strings.Contains(f.Error(), "Ada") || strings.Contains(f.Error(), "eyJ") {
					t.Errorf("%q tells a name or a token", f.Error())
				}
				if (f.Class == connectors.ClassLater) != f.At.Equal(start.Add(time.Minute)) {
					t.Errorf("at %v", f.At)
				}
			}
		})
	}
}

func TestUnreadableRowsAreKept(t *testing.T) {
	t.Parallel()
	body := `{"QueryResponse":{"Invoice":[
		{"Id":"1","SyncToken":"0","TotalAmt":5,"Balance":5,"TxnDate":"2026-01-01","CustomerRef":{"value":"9"}},
		{"Id":"2","SyncToken":"0","TotalAmt":"five","Balance":5},
		{"Id":"3","SyncToken":"x"},
		{"SyncToken":"0","CustomerRef":7},
		"nonsense",
		{"Id":"4","SyncToken":"0","TotalAmt":5.001,"Balance":5,"TxnDate":"2026-01-01","CustomerRef":{"value":"9"}}
	],"startPosition":1},"time":"2026-01-01T00:00:00Z"}`
	s := served(t, func(string) (int, []byte) { return 200, []byte(body) })
	p, err := s.Pull(t.Context(), "invoices", nil)
	if err != nil || len(p.Drafts) != 6 {
		t.Fatalf("%d drafts, %v; want 6", len(p.Drafts), err)
	}
	accepted, ids := 0, map[string]bool{}
	for _, d := range p.Drafts {
		r := mapping.Accept(d)
		ids[d.ID] = d.ID != ""
		if r.Rejection == nil {
			accepted++
		}
	}
	if accepted != 1 || len(ids) != 6 {
		t.Errorf("%d accepted under %d ids, want 1 and 6", accepted, len(ids))
	}
}

func TestRepeatingPageEnds(t *testing.T) {
	t.Parallel()
	var rows []string
	for i := range 1000 {
		rows = append(rows, fmt.Sprintf(`{"Id":"%d","SyncToken":"0","MetaData":{"LastUpdatedTime":"2026-01-01T00:00:00-08:00"}}`, i))
	}
	body := []byte(`{"QueryResponse":{"Payment":[` + strings.Join(rows, ",") + `]}}`)
	s := served(t, func(string) (int, []byte) { return 200, body })
	var cursor connectors.Cursor
	for range 5 {
		p, err := s.Pull(t.Context(), "payments", cursor)
		if f, ok := connectors.AsFailure(err); ok && f.Code == "repeats" {
			return
		}
		if err != nil || !p.More {
			t.Fatalf("more %v, %v", p.More, err)
		}
		cursor = p.Cursor
	}
	t.Fatal("a page that repeats is pulled for ever")
}

func TestChangeData(t *testing.T) {
	t.Parallel()
	cdc := `{"CDCResponse":[{"QueryResponse":[{},{"Invoice":[{"domain":"QBO","status":"Deleted","Id":"65"},{"domain":"QBO","status":"Deleted","Id":"66"}]},
		{"Transfer":[{"domain":"QBO","status":"Deleted","Id":"9","MetaData":{"LastUpdatedTime":"2026-03-02T09:00:00-08:00"}}],"totalCount":1}]}],"time":"2026-03-02T10:30:00.123-08:00"}`
	// Invoice 66 was said to be deleted, but it is there.
	alive := `{"BatchItemResponse":[{"bId":"2","QueryResponse":{}},
		{"QueryResponse":{"Invoice":[{"Id":"66","SyncToken":"4","TotalAmt":1,"Balance":1,"TxnDate":"2026-03-01","CustomerRef":{"value":"1"}}]},"bId":"1"}]}`
	s := served(t, func(path string) (int, []byte) {
		if strings.HasSuffix(path, "/cdc") {
			return 200, []byte(cdc)
		}
		return 200, []byte(alive)
	})
	p, err := s.Pull(t.Context(), "changes", nil)
	if err != nil || p.More {
		t.Fatalf("more %v, %v", p.More, err)
	}
	got := map[string]bool{}
	for _, d := range p.Drafts {
		got[string(d.Kind)+" "+d.ID] = d.Deleted
	}
	want := map[string]bool{"invoice 65": true, "invoice 66": false, "document Transfer:9": true}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("drafts %v, want %v", got, want)
	}
	if !strings.Contains(string(p.Cursor), `"since":"2026-03-02T18:25:00+00:00"`) {
		t.Errorf("cursor %s does not go on from the vendor's clock less the overlap", p.Cursor)
	}
}

func TestBadCursor(t *testing.T) {
	t.Parallel()
	s := served(t, func(string) (int, []byte) { return 500, nil })
	for _, cursor := range []string{`{`, `{"v":99}`, `[]`} {
		for _, stream := range []string{"changes", "invoices"} {
			_, err := s.Pull(t.Context(), stream, connectors.Cursor(cursor))
			if f, ok := connectors.AsFailure(err); !ok || f.Code != "cursor" {
				t.Errorf("%s %s: %v", stream, cursor, err)
			}
		}
	}
	if _, err := s.Pull(t.Context(), "bills", nil); connectors.ClassOf(err) != connectors.ClassPermanent {
		t.Errorf("an unknown stream: %v", err)
	}
}

func TestTokenFailure(t *testing.T) {
	t.Parallel()
	v := quickbooks.New(quickbooks.Config{})
	refused := func(status int, code string) error {
		return &oauth2.RetrieveError{Response: &http.Response{StatusCode: status}, ErrorCode: code, Body: []byte("secret body")}
	}
	for _, test := range []struct {
		err  error
		want connectors.Class
	}{
		{refused(400, "invalid_grant"), connectors.ClassReconnect},
		{refused(401, "invalid_client"), connectors.ClassPermanent},
		{refused(400, "invalid_request"), connectors.ClassPermanent},
		{refused(503, ""), connectors.ClassRetry},
		{refused(429, ""), connectors.ClassRetry},
		{errors.New("connection refused"), connectors.ClassRetry},
		{context.DeadlineExceeded, connectors.ClassRetry},
	} {
		f := v.TokenFailure(fmt.Errorf("refresh: %w", test.err))
		if f.Class != test.want || strings.Contains(f.Error()+fmt.Sprint(f.Err), "secret body") {
			t.Errorf("%v: %s, %v; want %s", test.err, f.Class, f, test.want)
		}
	}
}

func TestReachedNeedsARealm(t *testing.T) {
	t.Parallel()
	v := quickbooks.New(quickbooks.Config{})
	for _, realm := range []string{"", "12/../34", "abc"} {
		if got, err := v.Reached(t.Context(), http.DefaultClient, map[string][]string{"realmId": {realm}}); err == nil {
			t.Errorf("realm %q reached %v", realm, got)
		}
	}
}

func TestRefreshLife(t *testing.T) {
	t.Parallel()
	v := quickbooks.New(quickbooks.Config{})
	token := (&oauth2.Token{}).WithExtra(map[string]any{"x_refresh_token_expires_in": float64(8726400)})
	if got := v.RefreshLife(token); got != 101*24*time.Hour {
		t.Errorf("life %v, want 101 days", got)
	}
	if got := v.RefreshLife(&oauth2.Token{}); got != 100*24*time.Hour {
		t.Errorf("unstated life %v, want 100 days", got)
	}
}

func TestDetectAccountsLeavesDoubtToPeople(t *testing.T) {
	t.Parallel()
	s := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	bank := func(id, name string, c money.Currency) receivables.Account {
		return receivables.Account{ID: id, Name: name, Type: receivables.AccountBank, Currency: c, Active: true}
	}
	plan := s.DetectAccounts([]receivables.Account{
		bank("1", "Checking", "USD"), bank("2", "Savings", "USD"), bank("3", "Konto A", "EUR"), bank("4", "Konto B", "EUR"),
		bank("5", "Stripe clearing EUR", "EUR"),
		{ID: "6", Name: "Stripe disputes EUR", Type: receivables.AccountAsset, Currency: "EUR", Active: true},
		{ID: "7", Name: "Stripe disputes", Type: receivables.AccountAsset, Currency: "USD"},
		{ID: "8", Name: "Accounts Receivable (A/R)", Type: receivables.AccountReceivable, Currency: "USD", Active: true},
		{ID: "9", Name: "Accounts Receivable (A/R) - EUR", Type: receivables.AccountReceivable, Currency: "EUR", Active: true},
		{ID: "10", Name: "Trade debtors EUR", Type: receivables.AccountReceivable, Currency: "EUR", Active: true},
		bank("11", "Livret", "CHF"),
	}, connectors.AccountNeeds{Currencies: []money.Currency{"USD", "EUR", "CHF"}})
	// Two banks in EUR, two receivables in EUR.
	if plan.Accounts.Banks["*USD"] != "1" || len(plan.Missing) != 2 || plan.Accounts.Clearing["EUR"] != "5" {
		t.Errorf("plan %+v", plan)
	}
	want := mapping.Accounts{
		Clearing: plan.Accounts.Clearing, Banks: map[string]string{"*USD": "1", "*CHF": "11"},
		Receivable: map[money.Currency]string{"USD": "8"}, Disputes: map[money.Currency]string{"EUR": "6"},
		// Money for top-ups comes from a bank that is the only one.
		TopUps: map[money.Currency]string{"CHF": "11"},
	}
	if !reflect.DeepEqual(plan.Accounts, want) {
		t.Errorf("accounts %+v, want %+v", plan.Accounts, want)
	}
	create := []connectors.NewAccount{
		{Use: "clearing", Name: "Stripe clearing CHF", Currency: "CHF"},
		{Use: "disputes", Name: "Stripe disputes CHF", Currency: "CHF"},
		{Use: "clearing", Name: "Stripe clearing", Currency: "USD"},
		{Use: "disputes", Name: "Stripe disputes", Currency: "USD", Existing: "7"}, // it is inactive
		{Use: "fees", Name: "Stripe fees", Currency: "USD"},
		{Use: "contact", Name: "Stripe", Currency: "USD"},
		{Use: "method", Name: "Stripe"},
	}
	if !reflect.DeepEqual(plan.Create, create) {
		t.Errorf("create %+v", plan.Create)
	}
}
