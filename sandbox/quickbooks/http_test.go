package quickbooks

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestConsent(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	if q := r.consent("deny"); q.Get("error") != "access_denied" || q.Get("state") != "st" || q.Get("code") != "" {
		t.Errorf("declined: %v", q)
	}
	q := r.consent("allow")
	form := url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {"http://localhost:9/cb"}}
	status, tok := r.tokenCall(form, nil)
	if status != 200 || tok["token_type"] != "bearer" || tok["expires_in"].(float64) != 3600 || tok["x_refresh_token_expires_in"].(float64) != 8726400 {
		t.Fatalf("%d %v", status, tok)
	}
	if status, out := r.tokenCall(form, nil); status != 400 || out["error"] != "invalid_grant" {
		t.Errorf("second use of a code: %d %v", status, out)
	}
}

func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	tok := r.connect()
	r.token = tok["access_token"].(string)
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tok["refresh_token"].(string)}}
	r.clock.Advance(time.Hour)
	if rep := r.do("GET", "/companyinfo/"+r.co.RealmID(), ""); rep.status != 401 {
		t.Fatalf("expired token: %d", rep.status)
	}
	status, again := r.tokenCall(refresh, http.Header{"X-Include-Refresh-Token-Hard-Expires-In": {"true"}})
	if status != 200 || again["refresh_token"] == tok["refresh_token"] {
		t.Fatalf("%d %v", status, again)
	}
	if left := again["x_refresh_token_hard_expires_in"].(float64); left != 5*365*24*3600-3600 {
		t.Errorf("hard expiry %v", left)
	}
	if status, out := r.tokenCall(refresh, nil); status != 400 || out["error"] != "invalid_grant" {
		t.Errorf("used refresh token: %d %v", status, out)
	}
	r.token = again["access_token"].(string)
	if rep := r.do("GET", "/companyinfo/"+r.co.RealmID(), ""); rep.status != 200 {
		t.Fatalf("fresh token: %d %s", rep.status, rep.body)
	}
	if n := r.server.Disconnect(r.co.RealmID()); n == 0 {
		t.Error("nothing to disconnect")
	}
	if rep := r.do("GET", "/companyinfo/"+r.co.RealmID(), ""); rep.status != 401 {
		t.Errorf("disconnected: %d", rep.status)
	}
}

func TestGatewayFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	other, err := r.server.AddCompany(CompanyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	good := r.token
	r.token = "nonsense"
	rep := r.do("GET", "/query?query=select", "")
	n := decode(t, rep.body)
	if rep.status != 401 || n.at("fault.error.0.code") != "3200" || n.at("fault.type") != "AUTHENTICATION" || rep.header.Get("WWW-Authenticate") == "" {
		t.Errorf("%d %s", rep.status, rep.body)
	}
	r.token = good
	mine := r.co
	r.co = other
	rep = r.do("GET", "/customer/1", "")
	if n := decode(t, rep.body); rep.status != 403 || n.at("fault.error.0.code") != "3100" {
		t.Errorf("%d %s", rep.status, rep.body)
	}
	r.co = mine
	rep = r.do("GET", "/customer/999", "")
	if n := decode(t, rep.body); rep.status != 400 || n.at("Fault.Error.0.code") != "610" || n.at("time") == "" {
		t.Errorf("%d %s", rep.status, rep.body)
	}
	r.refuse("500", "/unicorn", `{}`)
}

func TestBodyFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.invoice(cust, "10")
	line := `"Line":[{"Amount":5,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]`
	long := strings.Repeat("x", 1001)
	for _, c := range []struct{ code, path, body, element string }{
		{"2010", "/invoice", `{"BadJson":true}`, ""},
		{"2010", "/invoice", `{"CustomerRef":{"value":"1"},"Line":[{"Nope":1}]}`, ""},
		{"2010", "/invoice", `{"CustomerRef":`, ""},
		{"2020", "/invoice", `{"CustomerRef":{"value":"` + cust + `"}}`, "Line"},
		{"2020", "/invoice", `{` + line + `}`, "CustomerRef"},
		{"2020", "/invoice", `{"CustomerRef":{"value":"` + cust + `"},"Line":[{"Amount":1}]}`, "Line.DetailType"},
		{"2500", "/invoice", `{"CustomerRef":{"value":"999"},` + line + `}`, "CustomerRef"},
		{"2500", "/payment", `{"CustomerRef":{"value":"` + cust + `"},"TotalAmt":1,"DepositToAccountRef":{"value":"999"}}`, "DepositToAccountRef"},
		{"2050", "/invoice", `{"CustomerRef":{"value":"` + cust + `"},"CustomerMemo":{"value":"` + long + `"},` + line + `}`, "CustomerMemo.value"},
		{"2050", "/invoice", `{"CustomerRef":{"value":"` + cust + `"},"DocNumber":"1234567890123456789012",` + line + `}`, "DocNumber"},
		{"2050", "/payment", `{"CustomerRef":{"value":"` + cust + `"},"TotalAmt":1,"PaymentRefNum":"1234567890123456789012"}`, "PaymentRefNum"},
		{"2020", "/payment", `{"CustomerRef":{"value":"` + cust + `"}}`, "TotalAmt"},
		{"2080", "/payment", `{"CustomerRef":{"value":"` + cust + `"},"TotalAmt":1.234}`, "TotalAmt"},
		{"6240", "/customer", `{"DisplayName":"ada"}`, ""},
		{"6240", "/vendor", `{"DisplayName":"Ada"}`, ""},
		{"6240", "/account", `{"Name":"Checking","AccountType":"Bank"}`, ""},
		{"2170", "/account", `{"Name":"X","AccountType":"Banana"}`, "AccountType"},
		{"5010", "/invoice", `{"Id":"` + inv.at("Id") + `","SyncToken":"7","sparse":true,"PrivateNote":"x"}`, ""},
		{"2020", "/invoice", `{"Id":"` + inv.at("Id") + `","sparse":true,"PrivateNote":"x"}`, "SyncToken"},
		{"610", "/invoice", `{"Id":"998","SyncToken":"0","sparse":true,"PrivateNote":"x"}`, ""},
		{"6000", "/journalentry", `{"Line":[{"Amount":5,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Debit","AccountRef":{"value":"1"}}}]}`, ""},
		{"6000", "/invoice", `{"CustomerRef":{"value":"` + cust + `"},"CurrencyRef":{"value":"EUR"},` + line + `}`, ""},
	} {
		n := r.refuse(c.code, c.path, c.body)
		if got := n.at("Fault.Error.0.element"); got != c.element {
			t.Errorf("%s %s: element %q, want %q", c.path, c.body, got, c.element)
		}
	}
	r.balanced()
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	body := `{"CustomerRef":{"value":"` + cust + `"},"TotalAmt":5}`
	first := r.do("POST", "/payment?requestid=abc:g1", body)
	id := r.entity(first.body, "Payment").at("Id")
	r.clock.Advance(time.Minute)
	if again := r.do("POST", "/payment?requestid=abc:g1", body); string(again.body) != string(first.body) {
		t.Errorf("replayed %s", again.body)
	}
	if _, err := r.co.Delete("Payment", id); err != nil {
		t.Fatal(err)
	}
	if again := r.do("POST", "/payment?requestid=abc:g1", body); string(again.body) != string(first.body) {
		t.Error("a dead object is replayed too")
	}
	if n := r.query("select count(*) from Payment"); n.at("QueryResponse.totalCount") != "0" {
		t.Errorf("payments: %v", n)
	}
	// A refused request is not remembered.
	r.refuse("2020", "/payment?requestid=r2", `{"TotalAmt":5}`)
	if rep := r.do("POST", "/payment?requestid=r2", body); rep.status != 200 {
		t.Errorf("%d %s", rep.status, rep.body)
	}
}

func TestTimesCarryOffsets(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{TimeZone: "UTC"})
	n := r.post("Customer", `{"DisplayName":"Zulu"}`)
	if got := n.at("MetaData.LastUpdatedTime"); got != "2026-11-20T18:30:00+00:00" {
		t.Errorf("LastUpdatedTime %q", got)
	}
	la := newRig(t, CompanyOptions{})
	inv := la.invoice(la.customer("Ada"), "1")
	if got := inv.at("MetaData.CreateTime"); got != "2026-11-20T10:30:00-08:00" {
		t.Errorf("CreateTime %q", got)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	r.server.SetLimits(true)
	var rep reply
	for range perSecond + 1 {
		rep = r.do("GET", "/query?query=select+*+from+Item", "")
	}
	if rep.status != 429 || !strings.Contains(string(rep.body), `<Error code="3001">`) || rep.header.Get("Content-Type") != "application/xml" {
		t.Errorf("%d %s", rep.status, rep.body)
	}
	r.clock.Advance(time.Second)
	if rep = r.do("GET", "/query?query=select+*+from+Item", ""); rep.status != 200 {
		t.Errorf("a second later: %d", rep.status)
	}
	if got := r.co.Calls()["query"]; got != perSecond+2 {
		t.Errorf("%d calls counted", got)
	}
}
