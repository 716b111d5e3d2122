package xero_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// stock makes five invoices a minute apart: 10..50, the third a draft.
func stock(t *testing.T) *rig {
	r := newRig(t, nil).connect()
	for i := 1; i <= 5; i++ {
		r.clock.Advance(time.Minute)
		status := "AUTHORISED"
		if i == 3 {
			status = "DRAFT"
		}
		r.put("Invoices", fmt.Sprintf(`{"Type":"ACCREC","Contact":{"Name":"C%d","ContactNumber":"n%d"},"Date":"2026-05-%02d","DueDate":"2026-06-30","Reference":"ref %d","Status":%q,"LineItems":[{"Description":"a","UnitAmount":%d,"AccountCode":"200","TaxType":"NONE"}]}`, i%2, i%2, i, i, status, i*10))
	}
	return r
}

func numbers(p *reply) string {
	var out []string
	for _, row := range p.ok().rows("Invoices") {
		out = append(out, strings.TrimPrefix(row["InvoiceNumber"].(string), "INV-000"))
	}
	return strings.Join(out, "")
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	r := stock(t)
	third := id(r.get("Invoices/INV-0003").ok().first("Invoices"), "InvoiceID")
	fifth := r.get("Invoices/INV-0005").ok().first("Invoices")
	cid := fifth["Contact"].(map[string]any)["ContactID"].(string)
	cases := []struct{ query, want string }{
		{"", "12345"},
		{"page=1&pageSize=2", "12"},
		{"page=3&pageSize=2", "5"},
		{"page=9", ""},
		{"Statuses=DRAFT,PAID", "3"},
		{"InvoiceNumbers=INV-0002,INV-0004,nope", "24"},
		{"IDs=" + third + "," + fifth["InvoiceID"].(string), "35"},
		{"ContactIDs=" + cid, "135"},
		{"where=" + esc(`Status=="AUTHORISED" AND AmountDue>=20 AND AmountDue<50`), "24"},
		{"where=" + esc(`Status=="AUTHORISED" && Type="ACCREC" && Date>=DateTime(2026,05,04)`), "45"},
		{"where=" + esc(`Date>=DateTime(2026, 5, 2) AND Date<DateTime(2026,05,04)`), "23"},
		{"where=" + esc(`InvoiceID==guid("`+third+`") OR InvoiceId==guid("`+strings.ToUpper(fifth["InvoiceID"].(string))+`")`), "35"},
		{"where=" + esc(`(InvoiceNumber=="INV-0001" OR InvoiceNumber=="INV-0002") AND Reference=="ref 2"`), "2"},
		{"where=" + esc(`Contact.ContactID==guid("`+cid+`") AND Status!="DRAFT"`), "15"},
		{"where=" + esc(`Contact.Name=="c0"`), "24"},
		{"where=" + esc(`Contact.ContactNumber=="n0"`), "24"},
		{"where=" + esc(`Reference.Contains("f 4")`), "4"},
		{"where=" + esc(`InvoiceNumber.ToLower()=="inv-0001"`), "1"},
		{"where=" + esc(`FullyPaidOnDate!=null`), ""},
		{"where=" + esc(`Url==null`), "12345"},
		{"where=" + esc(`SentToContact==false AND AmountPaid==0`), "12345"},
		{"where=" + esc(`Reference=="ref ""4""" OR Reference=="" OR Reference=="ref 4"`), "4"},
		{"order=" + esc("Date DESC"), "54321"},
		{"order=" + esc("Contact.Name DESC, Date DESC"), "53142"},
		{"order=InvoiceNumber&page=1&pageSize=3", "123"},
		{"order=" + esc("AmountDue DESC") + "&page=1&pageSize=1", "5"},
		{"searchTerm=ref%204", "4"},
	}
	for _, c := range cases {
		t.Run(c.query, func(t *testing.T) {
			if got := numbers(r.get("Invoices?" + c.query)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestMalformedQueries(t *testing.T) {
	t.Parallel()
	r := stock(t)
	for _, q := range []string{
		"where=" + esc(`Status=`), "where=" + esc(`Nope=="x"`), "where=" + esc(`Status=="x`), "where=" + esc(`Status=="x" AND`),
		"where=" + esc(`Date>="2026"`), "where=" + esc(`AmountDue=="ten"`), "where=" + esc(`(Status=="x"`), "where=" + esc(`Date==DateTime(2026)`),
		"where=" + esc(`InvoiceID==guid(1)`), "order=Nope", "page=one", "where=" + esc(`Status=="x" Status=="y"`),
	} {
		if p := r.get("Invoices?" + q); p.status != 400 || p.body["Type"] != "QueryParseException" {
			t.Errorf("%s: %d %s", q, p.status, p.raw)
		}
	}
}

func TestPagingShapes(t *testing.T) {
	t.Parallel()
	r := stock(t)
	unpaged := r.get("Invoices").ok()
	if unpaged.body["pagination"] != nil || len(unpaged.first("Invoices")["LineItems"].([]any)) != 0 {
		t.Errorf("unpaged %s", unpaged.raw)
	}
	for _, k := range []string{"Id", "Status", "ProviderName", "DateTimeUTC"} {
		if unpaged.body[k] == nil {
			t.Errorf("envelope lacks %s", k)
		}
	}
	paged := r.get("Invoices?page=2&pageSize=2").ok()
	want(t, paged.body["pagination"].(map[string]any), "page", 2, "pageSize", 2, "pageCount", 3, "itemCount", 5)
	row := paged.first("Invoices")
	if len(row["LineItems"].([]any)) != 1 || row["AmountCredited"] == nil || row["UpdatedDateUTCString"] == nil {
		t.Errorf("paged row %v", row)
	}
	if ps := r.get("Invoices?pageSize=5000").ok().body["pagination"].(map[string]any); plain(ps["pageSize"]) != "1000" {
		t.Errorf("pageSize is not clamped: %v", ps)
	}
	sum := r.get("Invoices?summaryOnly=true").ok()
	if _, ok := sum.first("Invoices")["LineItems"]; ok || sum.body["pagination"] == nil {
		t.Errorf("summary %s", sum.raw)
	}
	for _, kind := range []string{"Contacts", "CreditNotes", "Payments", "BankTransactions", "Overpayments", "Prepayments"} {
		if r.get(kind + "?page=1").ok().body["pagination"] == nil {
			t.Errorf("%s is not paged", kind)
		}
	}
	if r.get("Accounts?page=1").ok().body["pagination"] != nil {
		t.Error("Accounts are paged")
	}
	for path, status := range map[string]int{"Invoices/INV-9999": 404, "Invoices/00000000-0000-4000-8000-000000000000": 404, "Quotes": 501} {
		if p := r.get(path); p.status != status {
			t.Errorf("%s: %d", path, p.status)
		}
	}
	if p := r.call("GET", "Invoices", "{}"); p.status != 200 {
		t.Errorf("GET with a body: %d", p.status)
	}
}

func TestModifiedSince(t *testing.T) {
	t.Parallel()
	r := stock(t) // updated 09:01 .. 09:05
	cases := []struct{ since, want string }{
		{"2026-05-20T09:03:00", "45"},
		{"2026-05-20T09:02:59", "345"},
		{"2030-01-01T00:00:00", ""},
		{"2026-05-20T09:03:00Z", "45"},
		{"2026-05-20T09:02:59.999Z", "345"},
		{"2026-05-20T11:03:00.000+02:00", "45"},
		{"Wed, 20 May 2026 09:03:00 GMT", "45"},
		{"nonsense", "12345"},
	}
	for _, c := range cases {
		if got := numbers(r.get("Invoices", "If-Modified-Since", c.since)); got != c.want {
			t.Errorf("since %s: %q, want %q", c.since, got, c.want)
		}
	}
	first := id(r.get("Invoices/INV-0001").ok().first("Invoices"), "InvoiceID")
	r.clock.Advance(time.Minute)
	p := r.pay(first, "1", "2026-05-20").ok().first("Payments")
	since := "2026-05-20T09:05:30"
	if got := numbers(r.get("Invoices?page=1", "If-Modified-Since", since)); got != "1" {
		t.Errorf("after a payment: %q", got)
	}
	if got := numbers(r.get("Invoices?page=1")); got != "23451" {
		t.Errorf("order after a payment: %q", got)
	}
	if n := len(r.get("Payments?page=1", "If-Modified-Since", since).ok().rows("Payments")); n != 1 {
		t.Errorf("%d payments", n)
	}
	r.clock.Advance(time.Minute)
	r.post("Payments/"+id(p, "PaymentID"), `{"Status":"DELETED"}`)
	if got := numbers(r.get("Invoices", "If-Modified-Since", "2026-05-20T09:06:30")); got != "1" {
		t.Errorf("after deleting the payment: %q", got)
	}
}

func TestWritesElementByElement(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	good := `{"Type":"ACCREC","Contact":{"Name":"G"},"LineItems":[]}`
	bad := `{"Type":"ACCREC","Contact":{"Name":"B"},"Status":"AUTHORISED","LineItems":[]}`
	r.call("PUT", "Invoices", `{"Invoices":[`+good+`,`+bad+`]}`).refused("One or more line items")
	if n := len(r.get("Invoices").rows("Invoices")); n != 0 {
		t.Errorf("%d invoices after a refused request", n)
	}
	p := r.call("PUT", "Invoices?summarizeErrors=false", `{"Invoices":[`+bad+`,`+good+`]}`).ok()
	rows := p.rows("Invoices")
	want(t, rows[0], "StatusAttributeString", "ERROR", "HasErrors", true)
	want(t, rows[1], "StatusAttributeString", "OK", "InvoiceNumber", "INV-0001")
	if n := len(rows[0]["ValidationErrors"].([]any)); n != 1 {
		t.Errorf("%d messages", n)
	}
	iid := id(r.invoice("P", "10", "2026-05-01"), "InvoiceID")
	one := fmt.Sprintf(`{"Invoice":{"InvoiceID":%q},"Account":{"Code":"090"},"Amount":6,"Date":"2026-05-02"}`, iid)
	r.call("PUT", "Payments", `{"Payments":[`+one+`,`+one+`]}`).refused("exceeds the amount outstanding")
	want(t, r.get("Invoices/"+iid).ok().first("Invoices"), "AmountDue", "10", "AmountPaid", "0")
	if tb := r.trial("Business Bank Account", "2026-12-31"); tb != "0.00" {
		t.Errorf("bank after a refused request: %s", tb)
	}
	for body, typ := range map[string]string{"": "NoDataProcessedException", "{": "PostDataInvalidException", "[]": "NoDataProcessedException", `{"Invoices":[]}`: "NoDataProcessedException", `{"Invoices":[1]}`: "NoDataProcessedException", "{}": "NoDataProcessedException"} {
		if p := r.call("PUT", "Invoices", body); p.status != 400 || p.body["Type"] != typ {
			t.Errorf("body %q: %d %s", body, p.status, p.raw)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	iid := id(r.invoice("P", "10", "2026-05-01"), "InvoiceID")
	body := fmt.Sprintf(`{"Invoice":{"InvoiceID":%q},"Account":{"Code":"090"},"Amount":3,"Date":"2026-05-02"}`, iid)
	first := r.call("PUT", "Payments", body, "Idempotency-Key", "k1").ok()
	again := r.call("PUT", "Payments", body, "Idempotency-Key", "k1").ok()
	if string(first.raw) != string(again.raw) {
		t.Error("the answer is not repeated")
	}
	if p := r.call("PUT", "Payments", body+" ", "Idempotency-Key", "k1"); p.status != 400 || !strings.Contains(string(p.raw), "k1 is used with a different request") {
		t.Errorf("%d %s", p.status, p.raw)
	}
	if p := r.call("PUT", "Payments", body, "Idempotency-Key", strings.Repeat("k", 129)); p.status != 400 {
		t.Errorf("long key: %d", p.status)
	}
	bad := strings.Replace(body, ":3,", ":30,", 1)
	for range 2 {
		r.call("PUT", "Payments", bad, "Idempotency-Key", "k2").refused("exceeds")
	}
	r.clock.Advance(6 * time.Minute)
	r.call("PUT", "Payments", body, "Idempotency-Key", "k1").ok()
	want(t, r.get("Invoices/"+iid).ok().first("Invoices"), "AmountDue", "4")
}

func TestSettingsAndOnlineInvoice(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	org := r.get("Organisation").ok().first("Organisations")
	want(t, org, "Name", "Acme", "BaseCurrency", "USD", "OrganisationID", r.org.ID())
	if n := len(r.get("Currencies").ok().rows("Currencies")); n != 3 {
		t.Errorf("%d currencies", n)
	}
	r.put("Currencies", `{"Code":"CAD"}`)
	if n := len(r.get("Currencies").ok().rows("Currencies")); n != 4 {
		t.Errorf("%d currencies", n)
	}
	want(t, r.get("TaxRates").ok().rows("TaxRates")[1], "TaxType", "OUTPUT", "EffectiveRate", "8.25")
	iid := id(r.invoice("P", "10", "2026-05-01"), "InvoiceID")
	u := r.get("Invoices/" + iid + "/OnlineInvoice").ok().first("OnlineInvoices")["OnlineInvoiceUrl"].(string)
	if p := r.get(strings.TrimPrefix(u, r.url)).ok(); !strings.Contains(string(p.raw), "INV-0001") {
		t.Errorf("page %s", p.raw)
	}
}
