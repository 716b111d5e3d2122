package xero_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tieout/sandbox/xero"
)

// The points of the project's checklist of what stand-ins get wrong, one test
// each; the README's table names them.

const approved = `"Date":"2026-05-01","DueDate":"2026-05-31","Status":"AUTHORISED","LineItems":[{"Description":"a","Quantity":2,"UnitAmount":50,"AccountCode":"200","TaxType":"OUTPUT"}]`

func (r *rig) sale() map[string]any {
	r.t.Helper()
	return r.put("Invoices", `{"Type":"ACCREC","Contact":{"Name":"Ann"},`+approved+`}`)
}

func TestPoint08OneTokenSeveralTenants(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, xero.OrganisationOptions{Name: "One"}, xero.OrganisationOptions{Name: "Two"}, xero.OrganisationOptions{Name: "Three"})
	orgs := r.srv.Organisations()
	r.token = r.consent(allScopes, orgs[0].ID(), orgs[1].ID())["access_token"].(string)
	for _, o := range orgs[:2] {
		want(t, r.get("Organisation", "xero-tenant-id", o.ID()).ok().first("Organisations"), "OrganisationID", o.ID())
	}
	p := r.get("Organisation", "xero-tenant-id", orgs[2].ID())
	if p.status != 403 || p.body["title"] != "Forbidden" || p.body["detail"] != "AuthenticationUnsuccessful" {
		t.Errorf("foreign tenant: %d %s", p.status, p.raw)
	}
}

func TestPoint09GranularScopes(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, scope := range []string{"accounting.transactions", "accounting.transactions.read", "accounting.reports.read", "paymentservices"} {
		if e := r.authorize("openid "+scope, r.org.ID()).Get("error"); e != "invalid_scope" {
			t.Errorf("%s: %q", scope, e)
		}
	}
	for scope, opens := range map[string][]string{
		"accounting.invoices.read":            {"Invoices", "CreditNotes", "Items"},
		"accounting.payments.read":            {"Payments", "BatchPayments", "Overpayments", "Prepayments"},
		"accounting.banktransactions.read":    {"BankTransactions", "BankTransfers"},
		"accounting.contacts.read":            {"Contacts", "ContactGroups"},
		"accounting.settings.read":            {"Organisation", "Accounts", "BrandingThemes", "Currencies", "TaxRates", "TrackingCategories", "Users", "InvoiceReminders/Settings", "Items"},
		"accounting.reports.aged.read":        {"Reports"},
		"accounting.reports.banksummary.read": {"Reports/BankSummary"},
	} {
		r.token = r.consent(scope, r.org.ID())["access_token"].(string)
		for _, path := range []string{
			"Invoices", "CreditNotes", "Items", "Payments", "BatchPayments", "Overpayments", "Prepayments", "BankTransactions", "BankTransfers", "Contacts", "ContactGroups",
			"Organisation", "Accounts", "BrandingThemes", "Currencies", "TaxRates", "TrackingCategories", "Users", "InvoiceReminders/Settings", "Reports/BankSummary", "PaymentServices",
		} {
			opened := strings.Contains(" "+strings.Join(opens, " ")+" ", " "+path+" ")
			if p := r.get(path); (p.status == 200) != opened {
				t.Errorf("%s on %s: %d", scope, path, p.status)
			}
		}
		p := r.call("PUT", opens[0], "{}")
		if p.status != 401 || p.header.Get("WWW-Authenticate") != "insufficent_scope" {
			t.Errorf("%s writes: %d", scope, p.status)
		}
	}
}

func TestPoint12Dates(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	inv := r.sale()
	want(t, inv, "Date", "/Date(1777593600000+0000)/", "DateString", "2026-05-01T00:00:00", "DueDate", "/Date(1780185600000+0000)/", "DueDateString", "2026-05-31T00:00:00")
	if !regexp.MustCompile(`^/Date\(\d+\+0000\)/$`).MatchString(inv["UpdatedDateUTC"].(string)) {
		t.Errorf("UpdatedDateUTC %v", inv["UpdatedDateUTC"])
	}
	want(t, inv, "UpdatedDateUTCString", "2026-05-20T09:00:00Z")
}

func TestPoint13Envelope(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	p := r.get("Organisation").ok()
	want(t, p.body, "Status", "OK", "ProviderName", "Tieout Sandbox")
	if !regexp.MustCompile(`^/Date\(\d+\)/$`).MatchString(p.body["DateTimeUTC"].(string)) || len(p.body["Id"].(string)) != 36 {
		t.Errorf("envelope %s", p.raw)
	}
	if ct := p.header.Get("Content-Type"); ct != "application/json; charset=utf-8" {
		t.Errorf("type %s", ct)
	}
}

func TestPoint14PagesAndLines(t *testing.T) {
	t.Parallel()
	r := stock(t)
	p := r.get("Invoices?page=1").ok()
	if len(p.first("Invoices")["LineItems"].([]any)) != 1 {
		t.Error("a page has no lines")
	}
	want(t, p.body["pagination"].(map[string]any), "page", 1, "pageSize", 100, "pageCount", 1, "itemCount", 5)
	p = r.get("Invoices?page=2&pageSize=2").ok()
	want(t, p.body["pagination"].(map[string]any), "page", 2, "pageSize", 2, "pageCount", 3, "itemCount", 5)
}

func TestPoint15PastTheEnd(t *testing.T) {
	t.Parallel()
	r := stock(t)
	for _, kind := range []string{"Invoices", "Contacts", "Payments", "CreditNotes", "BankTransactions"} {
		if p := r.get(kind + "?page=99"); p.status != 200 || !strings.Contains(string(p.raw), `"`+kind+`":[]`) {
			t.Errorf("%s: %d %s", kind, p.status, p.raw)
		}
	}
}

func TestPoint16UnpagedList(t *testing.T) {
	t.Parallel()
	r := stock(t)
	p := r.get("Invoices").ok()
	rows := p.rows("Invoices")
	if len(rows) != 5 || p.body["pagination"] != nil {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		if l, ok := row["LineItems"].([]any); !ok || len(l) != 0 {
			t.Errorf("LineItems %v", row["LineItems"])
		}
	}
}

func TestPoint17Where(t *testing.T) {
	t.Parallel()
	r := stock(t)
	third := id(r.get("Invoices/INV-0003").ok().first("Invoices"), "InvoiceID")
	for clause, found := range map[string]string{
		`Status=="AUTHORISED" AND Date>=DateTime(2026,05,04)`: "45", `InvoiceID==guid("` + third + `")`: "3", `AmountDue>=20 AND AmountDue<=40`: "234",
	} {
		if got := numbers(r.get("Invoices?where=" + esc(clause))); got != found {
			t.Errorf("%s: %s", clause, got)
		}
	}
	if p := r.get("Invoices?where=" + esc(`Status==`)); p.status != 400 || p.body["Type"] != "QueryParseException" || plain(p.body["ErrorNumber"]) != "16" {
		t.Errorf("malformed: %d %s", p.status, p.raw)
	}
}

func TestPoint18ListsAndOrder(t *testing.T) {
	t.Parallel()
	r := stock(t)
	all := r.get("Invoices").ok().rows("Invoices")
	cid := all[1]["Contact"].(map[string]any)["ContactID"].(string)
	for query, found := range map[string]string{
		"IDs=" + id(all[0], "InvoiceID") + "," + id(all[4], "InvoiceID"): "15", "InvoiceNumbers=INV-0002,INV-0003": "23", "ContactIDs=" + cid: "24",
		"Statuses=DRAFT,VOIDED": "3", "order=" + esc("Date DESC"): "54321", "createdByMyApp=true": "12345",
	} {
		if got := numbers(r.get("Invoices?" + query)); got != found {
			t.Errorf("%s: %s", query, got)
		}
	}
}

func TestPoint19ModifiedSince(t *testing.T) {
	t.Parallel()
	r := stock(t)
	p := r.get("Invoices", "If-Modified-Since", "2030-01-01T00:00:00").ok()
	if len(p.rows("Invoices")) != 0 {
		t.Error("the future has invoices")
	}
	if got := numbers(r.get("Invoices", "If-Modified-Since", "2026-05-20T09:03:30")); got != "45" {
		t.Errorf("got %s", got)
	}
}

func TestPoint20GetWithBody(t *testing.T) {
	t.Parallel()
	r := stock(t)
	for _, body := range []string{"{}", "null", "x"} {
		r.call("GET", "Invoices", body, "Content-Type", "application/json").ok()
	}
}

func TestPoint21ReadByNumber(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	inv := r.sale()
	want(t, r.get("Invoices/"+id(inv, "InvoiceNumber")).ok().first("Invoices"), "InvoiceID", inv["InvoiceID"])
	want(t, r.get("Invoices/"+strings.ToUpper(id(inv, "InvoiceID"))).ok().first("Invoices"), "InvoiceID", inv["InvoiceID"])
	if p := r.get("Invoices/INV-9999"); p.status != 404 || string(p.raw) != "The resource you're looking for cannot be found" {
		t.Errorf("unknown: %d %s", p.status, p.raw)
	}
}

func TestPoint22TotalsAreComputed(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	inv := r.sale()
	want(t, inv, "SubTotal", "100", "TotalTax", "8.25", "Total", "108.25", "AmountDue", "108.25")
	r.pay(id(inv, "InvoiceID"), "8.25", "2026-05-02").ok()
	want(t, r.get("Invoices/"+id(inv, "InvoiceID")).ok().first("Invoices"), "AmountDue", "100", "AmountPaid", "8.25", "Total", "108.25")
	for types, total := range map[string]string{"Inclusive": "100", "Exclusive": "108.25", "NoTax": "100"} {
		got := r.put("Invoices", `{"Type":"ACCREC","Contact":{"Name":"Ann"},"LineAmountTypes":"`+types+`",`+approved+`}`)
		want(t, got, "Total", total, "LineAmountTypes", types)
	}
}

func TestPoint23PaidAndBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	inv := r.sale()
	pay := r.pay(id(inv, "InvoiceID"), "108.25", "2026-05-07").ok().first("Payments")
	want(t, r.get("Invoices/"+id(inv, "InvoiceID")).ok().first("Invoices"), "Status", "PAID", "FullyPaidOnDate", "/Date(1778112000000+0000)/", "AmountDue", "0")
	r.call("POST", "Payments/"+id(pay, "PaymentID"), `{"Status":"DELETED","Amount":1}`).refused("Only Status accepted for updates.")
	want(t, r.post("Payments/"+id(pay, "PaymentID"), `{"Status":"DELETED"}`), "Status", "DELETED")
	got := r.get("Invoices/" + id(inv, "InvoiceID")).ok().first("Invoices")
	want(t, got, "Status", "AUTHORISED", "AmountDue", "108.25", "AmountPaid", "0", "FullyPaidOnDate", nil)
}

func TestPoint24Overpayment(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	r.pay(id(r.sale(), "InvoiceID"), "108.26", "2026-05-07").refused("Payment amount exceeds the amount outstanding on this document")
}

func TestPoint25VoidAndDelete(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	inv := r.sale()
	pay := r.pay(id(inv, "InvoiceID"), "1", "2026-05-07").ok().first("Payments")
	r.call("POST", "Invoices/"+id(inv, "InvoiceID"), `{"Status":"VOIDED"}`).refused("has payments or credit notes allocated to it")
	r.post("Payments/"+id(pay, "PaymentID"), `{"Status":"DELETED"}`)
	want(t, r.post("Invoices/"+id(inv, "InvoiceID"), `{"Status":"VOIDED"}`), "Status", "VOIDED", "AmountDue", "0", "Total", "108.25")
	r.call("POST", "Invoices/"+id(inv, "InvoiceID"), `{"Reference":"x"}`).refused("Invoice not of valid status for modification")
	draft := r.put("Invoices", `{"Type":"ACCREC","Contact":{"Name":"Ann"}}`)
	want(t, r.post("Invoices/"+id(draft, "InvoiceID"), `{"Status":"DELETED"}`), "Status", "DELETED")
}

func TestPoint26Allocations(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	inv := r.sale()
	note := r.put("CreditNotes", `{"Type":"ACCRECCREDIT","Contact":{"Name":"Ann"},`+strings.Replace(approved, `"UnitAmount":50`, `"UnitAmount":10`, 1)+`}`)
	want(t, note, "RemainingCredit", "21.65")
	path := "CreditNotes/" + id(note, "CreditNoteID") + "/Allocations"
	body := func(amount string) string {
		return `{"Allocations":[{"Amount":` + amount + `,"Invoice":{"InvoiceID":"` + id(inv, "InvoiceID") + `"}}]}`
	}
	r.call("PUT", path, body("21.66")).refused("exceeds the remaining credit")
	a := r.call("PUT", path, body("20")).ok().first("Allocations")
	want(t, r.get("CreditNotes/"+id(note, "CreditNoteID")).ok().first("CreditNotes"), "RemainingCredit", "1.65")
	want(t, r.get("Invoices/"+id(inv, "InvoiceID")).ok().first("Invoices"), "AmountCredited", "20", "AmountDue", "88.25")
	want(t, r.call("DELETE", path+"/"+id(a, "AllocationID"), "").ok().body, "IsDeleted", true)
	want(t, r.get("Invoices/"+id(inv, "InvoiceID")).ok().first("Invoices"), "AmountDue", "108.25")
}

func TestPoint27ValidationException(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	p := r.call("PUT", "Invoices", `{"Invoices":[{"Type":"ACCREC","Status":"AUTHORISED","LineItems":[]}]}`)
	if p.status != 400 {
		t.Fatalf("%d %s", p.status, p.raw)
	}
	want(t, p.body, "ErrorNumber", 10, "Type", "ValidationException", "Message", "A validation exception occurred")
	e := p.first("Elements")
	want(t, e, "Type", "ACCREC", "InvoiceID", "00000000-0000-0000-0000-000000000000", "HasErrors", true)
	if m := object(e["ValidationErrors"])["Message"]; m != "One or more line items must be specified" {
		t.Errorf("message %v", m)
	}
}

func TestPoint28SummarizeErrors(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	rows := r.call("PUT", "Invoices?summarizeErrors=false", `{"Invoices":[{"Type":"ACCREC","Contact":{"Name":"Ann"}},{"Type":"ACCREC","Status":"AUTHORISED"}]}`).ok().rows("Invoices")
	want(t, rows[0], "StatusAttributeString", "OK", "HasErrors", false)
	want(t, rows[1], "StatusAttributeString", "ERROR", "HasErrors", true)
}

func TestPoint29IdempotencyKey(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	body := `{"Type":"ACCREC","Contact":{"Name":"Ann"},` + approved + `}`
	first := r.call("PUT", "Invoices", body, "Idempotency-Key", "k1").ok()
	if again := r.call("PUT", "Invoices", body, "Idempotency-Key", "k1").ok(); string(again.raw) != string(first.raw) {
		t.Error("the replay differs")
	}
	p := r.call("PUT", "Invoices", strings.Replace(body, "Ann", "Bob", 1), "Idempotency-Key", "k1")
	if p.status != 400 || !strings.Contains(string(p.raw), "Idempotency Key: k1 is used with a different request") {
		t.Errorf("other request: %d %s", p.status, p.raw)
	}
	if p := r.call("PUT", "Invoices", body, "Idempotency-Key", strings.Repeat("k", 129)); p.status != 400 {
		t.Errorf("long key: %d", p.status)
	}
	r.clock.Advance(6 * time.Minute)
	r.call("PUT", "Invoices", body, "Idempotency-Key", "k1").ok()
	if n := len(r.get("Invoices").ok().rows("Invoices")); n != 2 {
		t.Errorf("%d invoices", n)
	}
}

func TestPoint30PartialUpdateWarningOnlineHistory(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	inv := r.sale()
	iid := id(inv, "InvoiceID")
	got := r.post("Invoices", `{"Invoices":[{"InvoiceID":"`+iid+`","Url":"https://pay.example.com/1","Reference":"r"}]}`)
	want(t, got, "Url", "https://pay.example.com/1", "Reference", "r", "Total", "108.25")
	if a, b := object(got["LineItems"])["LineItemID"], object(inv["LineItems"])["LineItemID"]; a != b {
		t.Errorf("the line changed: %v, %v", a, b)
	}
	pay := r.pay(iid, "1", "2026-04-30").ok().first("Payments")
	want(t, object(pay["Warnings"]), "Message", "The payment date is prior to the invoice date.")
	link := r.get("Invoices/" + iid + "/OnlineInvoice").ok().first("OnlineInvoices")["OnlineInvoiceUrl"].(string)
	if _, err := url.Parse(link); err != nil || !strings.HasPrefix(link, r.url) {
		t.Errorf("online invoice %q", link)
	}
	note := r.call("PUT", "Invoices/"+iid+"/History", `{"HistoryRecords":[{"Details":"Paid by card"}]}`).ok().first("HistoryRecords")
	want(t, note, "Details", "Paid by card", "DateUTCString", "2026-05-20T09:00:00")
	want(t, r.get("Invoices/"+iid+"/History").ok().first("HistoryRecords"), "Details", "Paid by card", "User", "System Generated", "Changes", "Note")
	r.call("PUT", "Invoices/"+userless+"/History", `{"HistoryRecords":[{"Details":"x"}]}`).refused("The document with the supplied id was not found for this endpoint.")
	r.call("PUT", "Invoices/"+iid+"/History", `{"HistoryRecords":[{"Details":"`+strings.Repeat("x", 2501)+`"}]}`).refused("2500")
}

const userless = "00000000-0000-4000-8000-000000000000"

func TestPoint33PaymentIsAnInvoiceUpdate(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	inv := h.sale()
	h.take()
	h.clock.Advance(time.Second)
	h.pay(id(inv, "InvoiceID"), "1", "2026-05-02").ok()
	got := h.take()
	if len(got) != 1 || fmt.Sprint(got[0]) != "INVOICE UPDATE "+id(inv, "InvoiceID") {
		t.Errorf("events %v", got)
	}
	h.srv.SetWebhook(xero.Webhook{URL: h.receiver.URL, Key: hookKey, Categories: []string{"PAYMENT"}})
	h.pay(id(inv, "InvoiceID"), "1", "2026-05-02").ok()
	if got := h.take(); len(got) != 1 || got[0].Category != "PAYMENT" || got[0].Data["PaymentType"] != "ACCRECPAYMENT" {
		t.Errorf("with the category on: %v", got)
	}
	if !json.Valid(h.last) {
		t.Error("the body is no JSON")
	}
}
