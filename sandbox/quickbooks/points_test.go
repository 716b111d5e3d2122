package quickbooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The tests of this file are the points of the checklist that are about
// QuickBooks, by number.

const saleLine = `"Line":[{"Amount":100.00,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]`

func TestPoint34Types(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	rep := r.do("POST", "/invoice", `{"CustomerRef":{"value":"`+cust+`"},`+saleLine+`}`)
	for _, want := range []string{`"Id":"1"`, `"SyncToken":"0"`, `"TotalAmt":100.00`, `"CustomerRef":{"value":"` + cust + `","name":"Ada"}`} {
		if !strings.Contains(string(rep.body), want) {
			t.Errorf("no %s in %s", want, rep.body)
		}
	}
}

func TestPoint35Times(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	offset := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-08:00$`)
	made := r.post("Customer", `{"DisplayName":"Ada"}`)
	for _, f := range []string{"MetaData.CreateTime", "MetaData.LastUpdatedTime"} {
		if !offset.MatchString(made.at(f)) {
			t.Errorf("%s %q", f, made.at(f))
		}
	}
	for _, path := range []string{"/customer/1", "/customer/99", "/query?query=select+*+from+Customer", "/query?query=nonsense", "/cdc?entities=Customer&changedSince=2026-11-19", "/preferences", "/companyinfo/1"} {
		if got := decode(t, r.do("GET", path, "").body).at("time"); !strings.HasSuffix(got, "-08:00") || !strings.Contains(got, ".") {
			t.Errorf("%s: time %q", path, got)
		}
	}
}

func TestPoint36Tid(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	for _, token := range []string{r.token, "bad"} {
		r.token = token
		for _, path := range []string{"/customer/99", "/nothing", "/query?query=x"} {
			res, err := http.Get(r.http.URL + "/v3/company/" + r.co.RealmID() + path)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.Header.Get("intuit_tid") == "" {
				t.Errorf("%s: no intuit_tid", path)
			}
		}
	}
}

func TestPoint37UnknownProperty(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	for _, body := range []string{`{"BadJson":true}`, `{"CustomerRef":{"value":"1"},"Line":[{"Amount":1,"Nope":1}]}`} {
		n := r.refuse("2010", "/invoice", body)
		if !strings.Contains(n.at("Fault.Error.0.Detail"), "Unrecognized field") || !strings.Contains(n.at("Fault.Error.0.Detail"), "com.intuit.schema.finance.v3.") {
			t.Errorf("%s", n.at("Fault.Error.0.Detail"))
		}
	}
}

func TestPoint38Faults(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.invoice(cust, "10").at("Id")
	for _, c := range []struct{ code, method, path, body string }{
		{"610", "GET", "/invoice/999", ""},
		{"2030", "GET", "/invoice/abc", ""},
		{"2020", "POST", "/item", `{"Type":"Service"}`},
		{"2500", "POST", "/invoice", `{"CustomerRef":{"value":"77"},` + saleLine + `}`},
		{"5010", "POST", "/invoice", `{"Id":"` + inv + `","SyncToken":"9","sparse":true,"PrivateNote":"x"}`},
		{"6240", "POST", "/customer", `{"DisplayName":"ADA"}`},
		{"6140", "POST", "/invoice", `{"DocNumber":"1001","CustomerRef":{"value":"` + cust + `"},` + saleLine + `}`},
		{"6070", "POST", "/invoice", `{"CustomerRef":{"value":"` + cust + `"},"Line":[{"Amount":9,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"},"Qty":2,"UnitPrice":5}}]}`},
		{"2210", "POST", "/customer", `{"DisplayName":"B","PrimaryEmailAddr":{"Address":"nobody"}}`},
		{"2170", "POST", "/invoice", `{"EmailStatus":"Mailed","CustomerRef":{"value":"` + cust + `"},` + saleLine + `}`},
		{"2020", "POST", "/invoice", `{"EmailStatus":"NeedToSend","CustomerRef":{"value":"` + cust + `"},` + saleLine + `}`},
		{"500", "POST", "/unicorn", `{}`},
		{"500", "GET", "/reports/BalanceSheet", ""},
	} {
		rep := r.do(c.method, c.path, c.body)
		n := decode(t, rep.body)
		if c.path == "/reports/BalanceSheet" && rep.status == 400 {
			continue
		}
		if rep.status != 400 || n.at("Fault.type") != "ValidationFault" || n.at("Fault.Error.0.code") != c.code || n.at("Fault.Error.0.Message") == "" {
			t.Errorf("%s %s %s: want %s, got %d %s", c.method, c.path, c.body, c.code, rep.status, rep.body)
		}
		if !strings.Contains(string(rep.body), `"code":"`) {
			t.Errorf("the code is not a text: %s", rep.body)
		}
	}
	if d := r.refuse("6140", "/invoice", `{"DocNumber":"1001","CustomerRef":{"value":"`+cust+`"},`+saleLine+`}`).at("Fault.Error.0.Detail"); !strings.HasSuffix(d, "DocNumber=1001 is assigned to TxnType=Invoice with TxnId="+inv) {
		t.Error(d)
	}
	r.post("Invoice?include=allowduplicatedocnum", `{"DocNumber":"1001","CustomerRef":{"value":"`+cust+`"},`+saleLine+`}`)
	r.balanced()
}

func TestPoint39Gateway(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	other, err := r.server.AddCompany(CompanyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	mine, good := r.co, r.token
	r.token = "nonsense"
	rep := r.do("GET", "/customer/1", "")
	n := decode(t, rep.body)
	if rep.status != 401 || n.at("fault.error.0.code") != "3200" || n.at("fault.type") != "AUTHENTICATION" || rep.header.Get("WWW-Authenticate") == "" || strings.Contains(n.at("time"), "-") {
		t.Errorf("%d %s", rep.status, rep.body)
	}
	r.token, r.co = good, other
	rep = r.do("GET", "/customer/1", "")
	if n := decode(t, rep.body); rep.status != 403 || n.at("fault.error.0.code") != "3100" {
		t.Errorf("%d %s", rep.status, rep.body)
	}
	r.co = mine
}

func TestPoint40Pages(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	for i := range 105 {
		r.customer(fmt.Sprintf("Customer %03d", i))
	}
	n := r.query("select * from Customer")
	if n.at("QueryResponse.startPosition") != "1" || n.at("QueryResponse.maxResults") != "100" {
		t.Errorf("first page %s/%s", n.at("QueryResponse.startPosition"), n.at("QueryResponse.maxResults"))
	}
	n = r.query("select * from Customer startposition 101 maxresults 1000")
	if n.at("QueryResponse.startPosition") != "101" || n.at("QueryResponse.maxResults") != "5" {
		t.Errorf("second page %s/%s", n.at("QueryResponse.startPosition"), n.at("QueryResponse.maxResults"))
	}
	if got := string(r.do("GET", "/query?query=select+*+from+Customer+startposition+106", "").body); !strings.HasPrefix(got, `{"QueryResponse":{},"time":`) {
		t.Errorf("past the end: %s", got)
	}
}

func TestPoint41Count(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	r.customer("Ada")
	if got := string(r.do("GET", "/query?query=SELECT+COUNT(*)+FROM+Customer", "").body); !strings.HasPrefix(got, `{"QueryResponse":{"totalCount":1},"time":`) {
		t.Error(got)
	}
}

func TestPoint42Language(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	ada := r.post("Customer", `{"DisplayName":"Amy's \\ Shop","GivenName":"Amy","PrimaryEmailAddr":{"Address":"amy@example.com"}}`).at("Id")
	bob := r.post("Customer", `{"DisplayName":"Bob","GivenName":"Amy"}`).at("Id")
	for q, want := range map[string]string{
		`SELECT * FROM CUSTOMER WHERE displayname = 'Amy\'s \\ Shop'`:                                                                                     ada,
		`select * from customer Where GivenName = 'amy' OrderBy DisplayName Desc`:                                                                         bob + "," + ada,
		`select * from Customer where GivenName='Amy' order by GivenName asc,DisplayName asc`:                                                             ada + "," + bob,
		`select * from Customer where Id in ('` + bob + `','` + ada + `') orderby Id`:                                                                     ada + "," + bob,
		`select * from Customer where DisplayName like '%b%' maxresults 1 startposition 1`:                                                                bob,
		`select * from Customer startposition 2 maxresults 1`:                                                                                             bob,
		`select * from Customer where PrimaryEmailAddr = 'AMY@example.com'`:                                                                               ada,
		`select * from Customer where Active in (true, false) and Balance = 0 orderby Id`:                                                                 ada + "," + bob,
		`select * from Customer where MetaData.CreateTime > '2026-11-20T19:30:00+01:00'`:                                                                  "",
		`select * from Customer where metadata.lastupdatedtime >= '2026-11-20T10:30:00-08:00' and GivenName = 'Amy' orderby MetaData.LastUpdatedTime, Id`: ada + "," + bob,
	} {
		if got := strings.Join(r.rows("Customer", q), ","); got != want {
			t.Errorf("%s: %s, want %s", q, got, want)
		}
	}
	n := r.query("select Id, DisplayName, MetaData.CreateTime from Customer where Id = '" + ada + "'")
	row := n["QueryResponse"].(map[string]any)["Customer"].([]any)[0].(map[string]any)
	if len(row) != 5 || len(row["MetaData"].(map[string]any)) != 1 || row["sparse"] != true {
		t.Errorf("projection %v", row)
	}
	for _, q := range []string{"select * from Customer where Id = '1' or Id = '2'", "select * from Customer where not Id = '1'", "select * from Customer where Id != '1'"} {
		if rep := r.do("POST", "/query", q); rep.status != 400 || decode(t, rep.body).at("Fault.Error.0.code") != "4000" {
			t.Errorf("%s: %d %s", q, rep.status, rep.body)
		}
	}
}

func TestPoint43BadQueries(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	for q, code := range map[string]string{
		"select * from null": "4000", "": "4000", "selct * from Item": "4000", "select * from Item where": "4000", "select * from Item where Name = 'x": "4000",
		"select * from Custmoer": "4001", "select * from Item startposition 0": "4001", "select * from Item startposition -1": "4001",
		"select * from Item maxresults 0": "4001", "select * from Item maxresults 1001": "4001", "select * from Item where Nope = '1'": "4001",
		"select * from Invoice where PrivateNote = 'x'": "4001", "select Nope from Item": "4001",
	} {
		if rep := r.do("POST", "/query", q); rep.status != 400 || decode(t, rep.body).at("Fault.Error.0.code") != code {
			t.Errorf("%q: want %s, got %d %s", q, code, rep.status, rep.body)
		}
	}
	req, _ := http.NewRequest("POST", r.http.URL+"/v3/company/"+r.co.RealmID()+"/query?minorversion=75", strings.NewReader("select * from Item"))
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Content-Type", "application/text")
	req.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		t.Errorf("posted query: %v %v", res, err)
	}
	res.Body.Close()
}

func TestPoint44Create(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	inv := r.post("Invoice", `{"CustomerRef":{"value":"`+r.customer("Ada")+`"},`+saleLine+`}`)
	if inv.at("Line.1.DetailType") != "SubTotalLineDetail" || inv.at("LinkedTxn") != "[]" || inv.at("EmailStatus") != "NotSet" ||
		inv.at("DocNumber") != "1001" || inv.at("DueDate") != "2026-12-20" || inv.at("TxnDate") != "2026-11-20" {
		t.Errorf("%v", inv)
	}
	r.want("subtotal", inv.at("Line.1.Amount"), "100")
}

func TestPoint45Updates(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	id := r.post("Customer", `{"DisplayName":"Ada","Notes":"old","CompanyName":"Ada Ltd"}`).at("Id")
	sparse := r.post("Customer", `{"Id":"`+id+`","SyncToken":"0","sparse":true,"Notes":"new"}`)
	if sparse.at("CompanyName") != "Ada Ltd" || sparse.at("Notes") != "new" || sparse.at("SyncToken") != "1" {
		t.Errorf("sparse: %v", sparse)
	}
	full := r.post("Customer", `{"Id":"`+id+`","SyncToken":"1","DisplayName":"Ada"}`)
	if full.at("CompanyName") != "" || full.at("Notes") != "" || full.at("SyncToken") != "2" {
		t.Errorf("full: %v", full)
	}
	r.refuse("5010", "/customer", `{"Id":"`+id+`","SyncToken":"1","sparse":true,"Notes":"late"}`)
	inv := r.post("Invoice", `{"CustomerMemo":{"value":"pay here"},"BillEmail":{"Address":"a@example.com"},"CustomerRef":{"value":"`+id+`"},`+saleLine+`}`)
	bare := r.post("Invoice", `{"Id":"`+inv.at("Id")+`","SyncToken":"0","sparse":true,"CustomerMemo":{"value":""},"BillEmail":{},"CurrencyRef":null}`)
	if bare.at("CustomerMemo.value") != "" || bare.at("BillEmail.Address") != "a@example.com" || bare.at("CurrencyRef.value") != "USD" {
		t.Errorf("emptied: %v", bare)
	}
	cleared := r.post("Customer?operation=update", `{"Id":"`+id+`","SyncToken":"2","sparse":true,"PrintOnCheckName":null,"Notes":""}`)
	if cleared.at("DisplayName") != "Ada" || cleared.at("Notes") != "" {
		t.Errorf("cleared: %v", cleared)
	}
}

func TestPoint46RequestID(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	body := `{"CustomerRef":{"value":"` + r.customer("Ada") + `"},"TotalAmt":5}`
	first := r.do("POST", "/payment?requestid=a:g1", body)
	r.clock.Advance(time.Hour - time.Minute)
	if again := r.do("POST", "/payment?requestid=a:g1", body); string(again.body) != string(first.body) {
		t.Errorf("%s", again.body)
	}
	batch := `{"BatchItemRequest":[{"bId":"1","operation":"create","Payment":` + body + `}]}`
	first = r.do("POST", "/batch?requestid=b:g1", batch)
	if again := r.do("POST", "/batch?requestid=b:g1", batch); string(again.body) != string(first.body) || first.status != 200 {
		t.Errorf("%s", again.body)
	}
	if n := r.query("select count(*) from Payment").at("QueryResponse.totalCount"); n != "2" {
		t.Errorf("%s payments", n)
	}
}

func TestPoint47PaymentLinks(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.invoice(cust, "5").at("Id")
	pay := r.pay(cust, "30", inv, "30")
	r.want("unapplied", pay.at("UnappliedAmt"), "25")
	after := r.get("Invoice", inv)
	if after.at("LinkedTxn.0.TxnId") != pay.at("Id") || after.at("LinkedTxn.0.TxnType") != "Payment" || after.at("SyncToken") != "1" {
		t.Errorf("%v", after)
	}
	r.want("balance", after.at("Balance"), "0")
	r.balanced()
}

func TestPoint48Credit(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.invoice(cust, "100").at("Id")
	memo := r.post("CreditMemo", `{"CustomerRef":{"value":"`+cust+`"},"Line":[{"Amount":30,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`).at("Id")
	pay := r.post("Payment", `{"CustomerRef":{"value":"`+cust+`"},"TotalAmt":0,"Line":[{"Amount":30,"LinkedTxn":[{"TxnId":"`+inv+`","TxnType":"Invoice"}]},{"Amount":30,"LinkedTxn":[{"TxnId":"`+memo+`","TxnType":"CreditMemo"}]}]}`)
	if pay.at("DepositToAccountRef.value") != "" {
		t.Error("a payment without money names an account")
	}
	r.want("invoice", r.get("Invoice", inv).at("Balance"), "70")
	r.want("credit", r.get("CreditMemo", memo).at("RemainingCredit"), "0")
	r.balanced()
}

func TestPoint49VoidAndDelete(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.post("Invoice", `{"PrivateNote":"mine","CustomerRef":{"value":"`+cust+`"},`+saleLine+`}`)
	voided := r.post("Invoice?operation=void", `{"Id":"`+inv.at("Id")+`","SyncToken":"0"}`)
	r.want("total", voided.at("TotalAmt"), "0")
	r.want("line", voided.at("Line.0.Amount"), "0")
	if !strings.HasPrefix(voided.at("PrivateNote"), "Voided") || voided.at("DocNumber") != inv.at("DocNumber") || voided.at("SyncToken") != "1" {
		t.Errorf("%v", voided)
	}
	rep := r.do("POST", "/invoice?operation=delete", `{"Id":"`+inv.at("Id")+`","SyncToken":"1"}`)
	if want := `{"Invoice":{"domain":"QBO","status":"Deleted","Id":"` + inv.at("Id") + `"},"time":`; !strings.HasPrefix(string(rep.body), want) {
		t.Errorf("%s", rep.body)
	}
	if rep := r.do("GET", "/invoice/"+inv.at("Id"), ""); decode(t, rep.body).at("Fault.Error.0.code") != "610" {
		t.Errorf("%s", rep.body)
	}
	r.balanced()
}

func TestPoint50VoidPayment(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.invoice(cust, "100").at("Id")
	pay := r.pay(cust, "40", inv, "40")
	voided := r.post("Payment?operation=update&include=void", `{"Id":"`+pay.at("Id")+`","SyncToken":"0","sparse":true}`)
	r.want("payment", voided.at("TotalAmt"), "0")
	if voided.at("Line") != "[]" || voided.at("PrivateNote") != "Voided" {
		t.Errorf("%v", voided)
	}
	r.want("invoice", r.get("Invoice", inv).at("Balance"), "100")
	r.want("customer", r.get("Customer", cust).at("Balance"), "100")
	r.balanced()
}

func TestPoint51Batch(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	pay := r.post("Payment", `{"CustomerRef":{"value":"`+cust+`"},"TotalAmt":5}`).at("Id")
	rep := r.do("POST", "/batch", `{"BatchItemRequest":[
		{"bId":"a","operation":"create","Invoice":{"CustomerRef":{"value":"`+cust+`"},`+saleLine+`}},
		{"bId":"b","operation":"create","Customer":{"DisplayName":"Ada"}},
		{"bId":"c","Query":"select * from Customer where DisplayName = 'Ada'"},
		{"bId":"d","operation":"update","optionsData":"void","Payment":{"Id":"`+pay+`","SyncToken":"0","sparse":true}},
		{"bId":"e","CDCQuery":{"Entities":"Customer","ChangedSince":"2026-11-01T00:00:00-08:00"}},
		{"bId":"f","operation":"delete","Payment":{"Id":"999","SyncToken":"0"}},
		{"bId":"g","operation":"create","Nonsense":{}},
		{"bId":"h","Query":"select * from Nonsense"}]}`)
	n := decode(t, rep.body)
	if rep.status != 200 || n.at("time") == "" {
		t.Fatalf("%d %s", rep.status, rep.body)
	}
	for i, want := range []string{"Invoice.Id", "Fault.Error.0.code=6240", "QueryResponse.Customer.0.Id", "Payment.PrivateNote=Voided", "CDCResponse.0.QueryResponse.0.Customer.0.Id", "Fault.Error.0.code=610", "Fault.Error.0.code=2010", "Fault.Error.0.code=4001"} {
		path, value, exact := strings.Cut(want, "=")
		got := n.at(fmt.Sprintf("BatchItemResponse.%d.%s", i, path))
		if got == "" || exact && got != value {
			t.Errorf("item %d: %s is %q in %s", i, want, got, rep.body)
		}
		if id := n.at(fmt.Sprintf("BatchItemResponse.%d.bId", i)); id != string(rune('a'+i)) {
			t.Errorf("item %d has bId %q", i, id)
		}
	}
	var many []string
	for i := range 31 {
		many = append(many, fmt.Sprintf(`{"bId":"%d","Query":"select * from Item"}`, i))
	}
	r.refuse("1040", "/batch", `{"BatchItemRequest":[`+strings.Join(many, ",")+`]}`)
	if rep := r.do("POST", "/batch", `{"BatchItemRequest":[`+strings.Join(many[:30], ",")+`]}`); rep.status != 200 {
		t.Errorf("%d", rep.status)
	}
	if got := r.co.Calls()["query"]; got != 32 {
		t.Errorf("%d queries counted, every item is a call", got)
	}
	r.balanced()
}

func TestPoint52CDC(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	pay := r.post("Payment", `{"CustomerRef":{"value":"`+cust+`"},"TotalAmt":5}`).at("Id")
	if _, err := r.co.Delete("Payment", pay); err != nil {
		t.Fatal(err)
	}
	rep := r.do("GET", "/cdc?entities=Invoice,Payment,Customer&changedSince=2026-11-20T10:00:00-08:00", "")
	n := decode(t, rep.body)
	if n.at("CDCResponse.0.QueryResponse.0") != "{}" || n.at("CDCResponse.0.QueryResponse.2.Customer.0.DisplayName") != "Ada" {
		t.Errorf("%s", rep.body)
	}
	want := `{"domain":"QBO","status":"Deleted","Id":"` + pay + `","MetaData":{"LastUpdatedTime":"2026-11-20T10:30:00-08:00"}}`
	if !strings.Contains(string(rep.body), want) {
		t.Errorf("no %s in %s", want, rep.body)
	}
	for _, path := range []string{"/cdc?entities=TaxCode&changedSince=2026-11-20", "/cdc?entities=Invoice&changedSince=2026-10-01", "/cdc?entities=Invoice"} {
		if rep := r.do("GET", path, ""); rep.status != 400 {
			t.Errorf("%s: %d", path, rep.status)
		}
	}
}

func TestPoint53LinkAndSend(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.post("Invoice", `{"BillEmail":{"Address":"ada@example.com"},"AllowOnlineCreditCardPayment":true,"CustomerRef":{"value":"`+cust+`"},`+saleLine+`}`)
	if r.get("Invoice", inv.at("Id")).at("InvoiceLink") != "" {
		t.Error("a link that nobody asked for")
	}
	with := decode(t, r.do("GET", "/invoice/"+inv.at("Id")+"?include=invoiceLink&minorversion=75", "").body)
	link := with.at("Invoice.InvoiceLink")
	if !strings.HasPrefix(link, r.http.URL) {
		t.Fatalf("link %q", link)
	}
	if page, err := http.Get(link); err != nil || page.StatusCode != 200 {
		t.Errorf("%v %v", page, err)
	}
	if n := decode(t, r.do("GET", "/query?include=invoiceLink&query=select+*+from+Invoice", "").body); n.at("QueryResponse.Invoice.0.InvoiceLink") != link {
		t.Errorf("query: %v", n)
	}
	r.clock.Advance(time.Minute)
	sent := r.send("Invoice", inv.at("Id"), "?sendTo=bob%40example.com")
	if sent.at("EmailStatus") != "EmailSent" || sent.at("DeliveryInfo.DeliveryType") != "Email" || sent.at("DeliveryInfo.DeliveryTime") != "2026-11-20T10:31:00-08:00" ||
		sent.at("BillEmail.Address") != "bob@example.com" || sent.at("SyncToken") != "0" {
		t.Errorf("%v", sent)
	}
	bare := r.invoice(cust, "5").at("Id")
	r.refuse("2020", "/invoice/"+bare+"/send", "")
	r.refuse("2210", "/invoice/"+bare+"/send?sendTo=nobody", "")
	r.refuse("610", "/invoice/999/send", "")
}

func TestPoint54Limits(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	r.server.SetLimits(true)
	statuses := func(n int, every time.Duration, method, path, body string) (refused int, last reply) {
		for range n {
			rep := r.do(method, path, body)
			if rep.status == 429 {
				refused++
				last = rep
			}
			r.clock.Advance(every)
		}
		return refused, last
	}
	refused, last := statuses(12, 0, "GET", "/preferences", "")
	if refused != 2 || !strings.Contains(string(last.body), `<Error code="3001">`) || !strings.Contains(string(last.body), "ThrottleExceeded") || last.header.Get("Retry-After") != "" {
		t.Errorf("%d refused, %v %s", refused, last.header, last.body)
	}
	r.clock.Advance(time.Minute)
	if refused, _ := statuses(510, 101*time.Millisecond, "GET", "/preferences", ""); refused != 10 {
		t.Errorf("%d of 510 in a minute refused", refused)
	}
	r.clock.Advance(time.Minute)
	if refused, _ := statuses(41, 200*time.Millisecond, "POST", "/batch", `{"BatchItemRequest":[{"bId":"1","Query":"select * from Item"}]}`); refused != 1 {
		t.Errorf("%d of 41 batches refused", refused)
	}
	cust := r.post("Customer", `{"DisplayName":"Ada"}`).at("Id")
	inv := r.post("Invoice", `{"BillEmail":{"Address":"a@example.com"},"CustomerRef":{"value":"`+cust+`"},`+saleLine+`}`).at("Id")
	if refused, _ := statuses(41, 2*time.Second, "POST", "/invoice/"+inv+"/send", ""); refused != 1 {
		t.Errorf("%d of 41 emails refused", refused)
	}
}

func TestPoint55CloudEvents(t *testing.T) {
	t.Parallel()
	r, inbox := newHookRig(t)
	r.invoice(r.customer("Ada"), "5")
	posts := inbox.take(t, r)
	if len(posts) != 1 {
		t.Fatalf("%d posts", len(posts))
	}
	var events []map[string]any
	if err := json.Unmarshal(posts[0].body, &events); err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, e := range events {
		types = append(types, e["type"].(string))
		if e["specversion"] != "1.0" || e["intuitaccountid"] != r.co.RealmID() || e["intuitentityid"] != "1" || !strings.HasSuffix(e["time"].(string), "Z") || e["id"] == "" {
			t.Errorf("%v", e)
		}
	}
	if got := strings.Join(types, " "); got != "qbo.customer.created.v1 qbo.invoice.created.v1" {
		t.Error(got)
	}
}

func TestPoint56Signature(t *testing.T) {
	t.Parallel()
	r, inbox := newHookRig(t)
	r.customer("Ada")
	post := inbox.take(t, r)[0]
	mac := hmac.New(sha256.New, []byte("verifier"))
	mac.Write(post.body)
	if got := post.header.Get("intuit-signature"); got != base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		t.Errorf("signature %q", got)
	}
	if got := post.header.Get("Content-Type"); got != "application/cloudevents-batch+json; charset=utf-8" {
		t.Errorf("type %q", got)
	}
}
