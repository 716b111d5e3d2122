package quickbooks

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestQueryLanguage(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	amy := r.customer("Amy's Bird Sanctuary")
	rob := r.customer("Robertson & Associates")
	var ids []string
	for i := range 5 {
		r.clock.Advance(time.Minute)
		cust := amy
		if i%2 == 1 {
			cust = rob
		}
		ids = append(ids, r.post("Invoice", fmt.Sprintf(`{"CustomerRef":{"value":%q},"DocNumber":"INV-%d","TxnDate":"2026-01-%02d","Line":[{"Amount":%d,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{}}]}`, cust, i, i+1, 10*(i+1))).at("Id"))
	}
	r.clock.Advance(time.Minute)
	r.pay(amy, "10", ids[0], "10") // touches invoice 0 last
	pick := func(n ...int) string {
		var out []string
		for _, i := range n {
			out = append(out, ids[i])
		}
		return strings.Join(out, " ")
	}
	at := func(i int) string {
		return start.Add(time.Duration(i+1) * time.Minute).In(r.co.zone).Format(time.RFC3339)
	}
	for _, c := range []struct{ q, want string }{
		{"select * from invoice orderby id", pick(0, 1, 2, 3, 4)},
		{"SELECT * FROM Invoice", pick(0, 4, 3, 2, 1)}, // the latest change first
		{"Select * From INVOICE Order By Id Desc MaxResults 2 StartPosition 2", pick(3, 2)},
		{"select * from Invoice startposition 2 maxresults 2 orderby Id", pick(1, 2)},
		{"select * from Invoice where Balance > '0' and TotalAmt < 40 orderby Id", pick(1, 2)},
		{"select * from Invoice where docnumber = 'inv-3'", pick(3)},
		{"select * from Invoice where DocNumber in ('INV-3', 'INV-1') orderby TxnDate desc", pick(3, 1)},
		{"select * from Invoice where DocNumber LIKE 'INV-%' and TxnDate >= '2026-01-04' orderby TxnDate", pick(3, 4)},
		{"select * from Invoice where Id in ('" + ids[1] + "','" + ids[4] + "','999')", pick(4, 1)},
		{"select * from Invoice where CustomerRef = '" + rob + "' orderby Id", pick(1, 3)},
		{"select * from Invoice where MetaData.LastUpdatedTime >= '" + at(3) + "' orderby MetaData.LastUpdatedTime", pick(3, 4, 0)},
		{"select * from Invoice where MetaData.LastUpdatedTime < '" + at(3) + "' orderby MetaData.LastUpdatedTime desc", pick(2, 1)},
		{"select * from Invoice where MetaData.LastUpdatedTime = '" + at(2) + "'", pick(2)},
		{"select * from Invoice where MetaData.CreateTime > '" + at(2) + "' orderby Balance desc", pick(4, 3)},
		{"select * from Invoice startposition 6", ""},
	} {
		if got := strings.Join(r.rows("Invoice", c.q), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.q, got, c.want)
		}
	}
	if got := r.rows("Customer", `select * from Customer where DisplayName = 'Amy\'s Bird Sanctuary'`); len(got) != 1 || got[0] != amy {
		t.Errorf("escaped name: %v", got)
	}
	if got := r.rows("Customer", `select * from Customer where DisplayName = 'Robertson & Associates'`); len(got) != 1 || got[0] != rob {
		t.Errorf("ampersand: %v", got)
	}
	n := r.query("select Id, Balance from Invoice where Id = '" + ids[1] + "'")
	if n.at("QueryResponse.Invoice.0.Balance") == "" || n.at("QueryResponse.Invoice.0.sparse") != "true" || n.at("QueryResponse.Invoice.0.Line") != "" {
		t.Errorf("projection %v", n)
	}
}

func TestQueryEnvelope(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	if n := r.query("select * from Invoice"); n.at("QueryResponse") != "{}" || n.at("time") == "" {
		t.Errorf("no rows: %v", n)
	}
	cust := r.customer("Ada")
	for range 3 {
		r.invoice(cust, "1")
	}
	n := r.query("select * from Invoice startposition 3 maxresults 10")
	if n.at("QueryResponse.startPosition") != "3" || n.at("QueryResponse.maxResults") != "1" || n.at("QueryResponse.totalCount") != "3" {
		t.Errorf("%v", n)
	}
	n = r.query("select count(*) from Invoice where Balance > '0'")
	if n.at("QueryResponse.totalCount") != "3" || n.at("QueryResponse.Invoice") != "" {
		t.Errorf("%v", n)
	}
	n = r.query("select * from Customer")
	if n.at("QueryResponse.totalCount") != "" || n.at("QueryResponse.maxResults") != "1" {
		t.Errorf("%v", n)
	}
	rep := r.do(http.MethodPost, "/query", "select * from CompanyInfo")
	if decode(t, rep.body).at("QueryResponse.CompanyInfo.0.CompanyName") != "Test & Co" {
		t.Errorf("%s", rep.body)
	}
}

func TestInactive(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	id := r.customer("Ada")
	c := r.post("Customer", `{"Id":"`+id+`","SyncToken":"0","sparse":true,"Active":false}`)
	if c.at("DisplayName") != "Ada (deleted)" || c.at("Active") != "false" {
		t.Errorf("%v", c)
	}
	if got := r.rows("Customer", "select * from Customer"); len(got) != 0 {
		t.Errorf("inactive shown: %v", got)
	}
	if got := r.rows("Customer", "select * from Customer where Active in (true, false)"); len(got) != 1 {
		t.Errorf("inactive hidden: %v", got)
	}
	r.refuse("610", "/payment", `{"CustomerRef":{"value":"`+id+`"},"TotalAmt":1}`)
	r.customer("Ada") // the name is free again
	r.refuse("500", "/customer?operation=delete", `{"Id":"`+id+`","SyncToken":"1"}`)
}

func TestQueryFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	for q, want := range map[string]string{
		"SELECT * FROM Custmoer":                                          "4001 QueryValidationError: invalid context declaration: Custmoer",
		"SELECT * FROM Invoice STARTPOSITION 0":                           "4001 QueryValidationError: value 0 is too small. Min allowed value is 1",
		"SELECT * FROM Invoice MAXRESULTS 1001":                           "4001 QueryValidationError: value 1001 is too large. Max allowed value is 1000",
		"SELECT * FROM Invoice WHERE Nope = '1'":                          "4001 QueryValidationError: Property Nope not found for Entity Invoice",
		"SELECT * FROM Invoice WHERE PrivateNote = '1'":                   "4001 QueryValidationError: property 'PrivateNote' is not queryable",
		"SELECT * FROM Invoice WHERE Balance = 'x'":                       "4001 QueryValidationError: invalid value 'x' for property 'Balance'",
		"SELECT * FROM null":                                              "4000 QueryParserError",
		"SELECT * FROM Invoice WHERE Id = '1' OR Id = '2'":                "4000 QueryParserError",
		"SELECT * FROM Invoice WHERE Id = 'x":                             "4000 QueryParserError",
		"DELETE FROM Invoice":                                             "4000 QueryParserError",
		"":                                                                "4000 QueryParserError",
		"SELECT * FROM Invoice, Payment":                                  "4000 QueryParserError",
		"SELECT * FROM Invoice WHERE Id IN ('1'":                          "4000 QueryParserError",
		"SELECT * FROM Invoice WHERE TotalAmt LIKE '1%'":                  "4001 QueryValidationError",
		"SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime > 'monday'": "4001 QueryValidationError",
	} {
		rep := r.do(http.MethodGet, "/query?query="+url.QueryEscape(q), "")
		n := decode(t, rep.body)
		got := n.at("Fault.Error.0.code") + " " + n.at("Fault.Error.0.Detail")
		if rep.status != 400 || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %d %s, want %s", q, rep.status, got, want)
		}
	}
}

func TestChangeDataCapture(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	a, b := r.invoice(cust, "10").at("Id"), r.invoice(cust, "20").at("Id")
	r.clock.Advance(10 * time.Minute)
	since := url.QueryEscape(r.clock.Now().In(r.co.zone).Format(time.RFC3339))
	p := r.pay(cust, "10", a, "10").at("Id")
	r.clock.Advance(time.Minute)
	gone := r.pay(cust, "1", b, "1").at("Id")
	r.clock.Advance(time.Minute)
	r.post("Payment?operation=delete", `{"Id":"`+gone+`","SyncToken":"0"}`)
	rep := r.do(http.MethodGet, "/cdc?entities=Payment,Transfer,Invoice&changedSince="+since, "")
	n := decode(t, rep.body)
	q := "CDCResponse.0.QueryResponse."
	if n.at(q+"0.Payment.0.Id") != p || n.at(q+"0.Payment.1.Id") != gone || n.at(q+"0.Payment.1.status") != "Deleted" ||
		n.at(q+"0.Payment.1.MetaData.LastUpdatedTime") == "" || n.at(q+"0.Payment.1.SyncToken") != "" {
		t.Errorf("payments: %s", rep.body)
	}
	if n.at(q+"1") != "{}" {
		t.Errorf("an entity without changes: %s", n.at(q+"1"))
	}
	if n.at(q+"2.Invoice.0.Id") != a || n.at(q+"2.Invoice.1.Id") != b || n.at(q+"2.maxResults") != "2" {
		t.Errorf("invoices: %s", rep.body)
	}
	old := url.QueryEscape(r.clock.Now().Add(-31 * 24 * time.Hour).Format(time.RFC3339))
	if rep := r.do(http.MethodGet, "/cdc?entities=Payment&changedSince="+old, ""); rep.status != 400 {
		t.Errorf("31 days back: %d", rep.status)
	}
}
