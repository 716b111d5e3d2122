package quickbooks

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The tests of this file send what client libraries are known to send.

// with sends a request with headers.
func (r *rig) with(method, path, body string, headers ...string) reply {
	r.t.Helper()
	req, err := http.NewRequest(method, r.http.URL+"/v3/company/"+r.co.RealmID()+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, text}
}

// TestEmptyProperties: serialisers send null and "" for what they do not know.
func TestEmptyProperties(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.post("Customer", `{"Id":null,"DisplayName":"Ada","Notes":"","Job":false,"BillAddr":null,"PrimaryEmailAddr":{"Address":""},"CurrencyRef":null}`)
	if cust.at("CurrencyRef.value") != "USD" || cust.at("Notes") != "" {
		t.Errorf("%v", cust)
	}
	inv := r.post("Invoice", `{"Id":"","DocNumber":null,"TxnDate":"","DueDate":"","PrivateNote":"","EmailStatus":"NotSet","PrintStatus":"NotSet","GlobalTaxCalculation":"TaxExcluded",
		"ExchangeRate":1,"TotalAmt":"","Balance":0,"LinkedTxn":[],"CustomField":[],"CustomerMemo":null,"CustomerRef":{"name":"","value":"`+cust.at("Id")+`","type":null},
		"Line":[{"Id":null,"LineNum":0,"Description":"","Amount":5,"LinkedTxn":[],"CustomField":[],"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1","name":"","type":""},"Qty":1,"UnitPrice":5,"ClassRef":null,"TaxCodeRef":null,"ServiceDate":""}}]}`)
	if inv.at("TxnDate") != "2026-11-20" || inv.at("DocNumber") != "1001" || inv.at("Line.0.Id") != "1" || inv.at("Line.0.SalesItemLineDetail.TaxCodeRef.value") != "NON" {
		t.Errorf("%v", inv)
	}
	if rep := r.do("GET", "/invoice/1/?minorversion=75&format=json", ""); rep.status != 200 {
		t.Errorf("a trailing slash: %d", rep.status)
	}
	// An object that was read is sent back whole.
	whole := r.do("GET", "/invoice/1", "")
	back := string(splitObject(whole.body).get("Invoice"))
	if again := r.post("Invoice?operation=update", back); again.at("SyncToken") != "1" || again.at("TotalAmt") != inv.at("TotalAmt") {
		t.Errorf("%v", again)
	}
	back = string(splitObject(r.do("GET", "/invoice/1", "").body).get("Invoice"))
	if rep := r.do("POST", "/invoice?operation=delete", back); rep.status != 200 {
		t.Errorf("%s", rep.body)
	}
	r.balanced()
}

// TestLooseTypes: numbers in quotes, ids without, dates with a time, zeros and
// empty references for what is not given.
func TestLooseTypes(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.post("Invoice", `{"SyncToken":0,"sparse":false,"domain":"QBO","DocNumber":77,"TxnDate":"2026-11-19T00:00:00-08:00","DueDate":"0001-01-01T00:00:00Z","SalesTermRef":{},"CurrencyRef":{"value":""},
		"MetaData":{"CreateTime":"0001-01-01T00:00:00Z"},"CustomerRef":{"value":`+cust+`,"type":"Customer"},
		"Line":[{"Amount":"100.00","DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":1,"type":"Item"},"Qty":0,"UnitPrice":0}}]}`)
	if inv.at("DocNumber") != "77" || inv.at("TxnDate") != "2026-11-19" || inv.at("DueDate") != "2026-12-19" || inv.at("CurrencyRef.value") != "USD" {
		t.Errorf("%v", inv)
	}
	if _, there := inv["SalesTermRef"]; there {
		t.Error("an empty reference was kept")
	}
	if _, number := inv["Line"].([]any)[0].(map[string]any)["Amount"].(json.Number); !number {
		t.Errorf("%v", inv["Line"])
	}
	pay := r.post("Payment", `{"PaymentRefNum":12,"TotalAmt":"40","CustomerRef":{"value":"`+cust+`"},"Line":[{"Amount":"40","LinkedTxn":[{"TxnId":`+inv.at("Id")+`,"TxnType":"Invoice","TxnLineId":1}]}]}`)
	if _, text := pay["PaymentRefNum"].(string); !text {
		t.Errorf("%v", pay)
	}
	r.want("balance", r.get("Invoice", inv.at("Id")).at("Balance"), "60")
	r.balanced()
}

// TestUploadShapes: with metadata and base64 in bare newlines, with a file
// alone, and two at once of which one is refused.
func TestUploadShapes(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	inv := r.invoice(r.customer("Ada"), "5").at("Id")
	meta := `{"FileName":"a.txt","ContentType":"text/plain","AttachableRef":[{"EntityRef":{"type":"Invoice","value":"` + inv + `"},"IncludeOnSend":false}]}`
	python := "\n--XX\nContent-Disposition: form-data; name=\"file_metadata_01\"\nContent-Type: application/json\n\n" + meta +
		"\n\n--XX\nContent-Disposition: form-data; name=\"file_content_01\"\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString([]byte("hello")) + "\n\n--XX--\n"
	n := decode(t, r.with("POST", "/upload", python, "Content-Type", "multipart/form-data; boundary=XX", "Accept", "application/json").body)
	id := n.at("AttachableResponse.0.Attachable.Id")
	if len(id) != 19 || n.at("AttachableResponse.0.Attachable.Size") != "5" || n.at("AttachableResponse.0.Attachable.FileAccessUri") != "/v3/company/"+r.co.RealmID()+"/download/"+id {
		t.Fatalf("%v", n)
	}
	link := string(r.do("GET", "/download/"+id, "").body)
	if file, status := fetch(t, link); status != 200 || file != "hello" {
		t.Errorf("%d %q", status, file)
	}
	node := "--YY\r\nContent-Disposition: form-data; name=\"file_content_01\"; filename=\"b.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--YY--\r\n"
	n = decode(t, r.with("POST", "/upload", node, "Content-Type", "multipart/form-data; boundary=YY").body)
	second := n.at("AttachableResponse.0.Attachable.Id")
	linked := r.post("Attachable?operation=update", `{"Id":"`+second+`","SyncToken":"0","AttachableRef":[{"EntityRef":{"type":"Invoice","value":"`+inv+`"}}]}`)
	if linked.at("FileAccessUri") == "" || linked.at("AttachableRef.0.EntityRef.value") != inv {
		t.Errorf("%v", linked)
	}
	if got := r.rows("Attachable", "select * from attachable where AttachableRef.EntityRef.Type = 'invoice' and AttachableRef.EntityRef.value = '"+inv+"'"); len(got) != 2 {
		t.Errorf("%v", got)
	}
	two := "--ZZ\r\nContent-Disposition: form-data; name=\"file_metadata_01\"\r\n\r\n{\"Nope\":1}\r\n--ZZ\r\nContent-Disposition: form-data; name=\"file_content_01\"; filename=\"c\"\r\n\r\nx\r\n" +
		"--ZZ\r\nContent-Disposition: form-data; name=\"file_content_02\"; filename=\"d\"\r\n\r\nx\r\n--ZZ--\r\n"
	rep := r.with("POST", "/upload", two, "Content-Type", "multipart/form-data; boundary=ZZ")
	n = decode(t, rep.body)
	if rep.status != 200 || n.at("AttachableResponse.0.Fault.Error.0.code") != "2010" || n.at("AttachableResponse.1.Attachable.FileName") != "d" {
		t.Errorf("%d %s", rep.status, rep.body)
	}
	r.clock.Advance(linkLife + time.Second)
	if _, status := fetch(t, link); status != 403 {
		t.Errorf("an old link answers %d", status)
	}
	token := linked.at("SyncToken")
	if rep := r.do("POST", "/attachable?operation=delete", `{"Id":"`+second+`","SyncToken":"`+token+`"}`); !strings.Contains(string(rep.body), `"status":"Deleted"`) {
		t.Errorf("%s", rep.body)
	}
	r.refuse("6050", "/attachable", `{"Note":"x","AttachableRef":[{"EntityRef":{"type":"Nothing","value":"1"}}]}`)
	r.refuse("1050", "/upload", "x")
}

func fetch(t *testing.T, link string) (string, int) {
	t.Helper()
	res, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), res.StatusCode
}

func TestPDF(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	inv := r.post("Invoice", `{"CustomerMemo":{"value":"naïve (ok) 漢"},"CustomerRef":{"value":"`+r.customer("Ada")+`"},`+saleLine+`}`).at("Id")
	rep := r.with("GET", "/invoice/"+inv+"/pdf", "", "Accept", "application/pdf")
	if rep.status != 200 || rep.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(string(rep.body), "%PDF-1.4") || !strings.HasSuffix(string(rep.body), "%%EOF\n") {
		t.Fatalf("%d %v", rep.status, rep.header)
	}
	// The cross-reference table points at what it says.
	text := string(rep.body)
	_, after, _ := strings.Cut(text, "startxref\n")
	var at int
	if _, err := fmt.Sscan(after, &at); err != nil || !strings.HasPrefix(text[at:], "xref\n0 6\n") {
		t.Errorf("startxref %d", at)
	}
	first, err := strconv.Atoi(strings.Split(text[at:], "\n")[3][:10])
	if err != nil || !strings.HasPrefix(text[first:], "1 0 obj") {
		t.Errorf("object 1 at %d", first)
	}
	if !strings.Contains(text, `na\357ve \(ok\) ?`) {
		t.Error("the memo is not there")
	}
	r.post("Account", `{"Name":"Spare","AccountType":"Bank"}`)
	if rep := r.do("GET", "/account/1/pdf", ""); decode(t, rep.body).at("Fault.Error.0.code") != "500" {
		t.Errorf("%s", rep.body)
	}
}

// TestXML: clients that speak XML, as PHP and Ruby libraries do.
func TestXML(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	asXML := []string{"Accept", "application/xml", "Content-Type", "application/xml"}
	rep := r.with("POST", "/customer", `<?xml version="1.0" encoding="UTF-8"?><Customer xmlns="`+xmlSpace+`"><DisplayName>Ada &amp; Co</DisplayName><PrimaryEmailAddr><Address>a@example.com</Address></PrimaryEmailAddr></Customer>`, asXML...)
	var made struct {
		Time     string `xml:"time,attr"`
		Customer struct {
			Domain      string `xml:"domain,attr"`
			ID          string `xml:"Id"`
			DisplayName string
			CurrencyRef struct {
				Name  string `xml:"name,attr"`
				Value string `xml:",chardata"`
			}
		}
	}
	if err := xml.Unmarshal(rep.body, &made); err != nil || rep.status != 200 {
		t.Fatalf("%v %d %s", err, rep.status, rep.body)
	}
	if made.Time == "" || made.Customer.Domain != "QBO" || made.Customer.DisplayName != "Ada & Co" || made.Customer.CurrencyRef.Value != "USD" || made.Customer.CurrencyRef.Name == "" {
		t.Errorf("%s", rep.body)
	}
	rep = r.with("POST", "/invoice", `<Invoice xmlns="`+xmlSpace+`"><Line><Amount>12.50</Amount><DetailType>SalesItemLineDetail</DetailType><SalesItemLineDetail><ItemRef>1</ItemRef><Qty>1</Qty><UnitPrice>12.50</UnitPrice></SalesItemLineDetail></Line><CustomerRef name="x">`+made.Customer.ID+`</CustomerRef><CustomerMemo>true</CustomerMemo></Invoice>`, asXML...)
	if rep.status != 200 || !strings.Contains(string(rep.body), "<TotalAmt>12.50</TotalAmt>") || !strings.Contains(string(rep.body), "<CustomerMemo>true</CustomerMemo>") {
		t.Fatalf("%d %s", rep.status, rep.body)
	}
	inv := r.get("Invoice", "1")
	if inv.at("Line.0.Amount") != "12.50" || inv.at("CustomerMemo.value") != "true" {
		t.Errorf("%v", inv)
	}
	q := "/query?query=" + url.QueryEscape("select * from Invoice")
	if rep := r.with("GET", q, "", "Accept", "application/xml"); !strings.Contains(string(rep.body), `<QueryResponse startPosition="1" maxResults="1" totalCount="1"><Invoice domain="QBO" sparse="false"><Id>1</Id>`) {
		t.Errorf("%s", rep.body)
	}
	if rep := r.with("GET", "/invoice/99", "", "Accept", "text/xml"); rep.status != 400 || !strings.Contains(string(rep.body), `<Fault type="ValidationFault"><Error code="610" element=""><Message>Object Not Found</Message>`) {
		t.Errorf("%s", rep.body)
	}
	rep = r.with("POST", "/batch", `<IntuitBatchRequest xmlns="`+xmlSpace+`"><BatchItemRequest bId="b1"><Query>select * from Item</Query></BatchItemRequest></IntuitBatchRequest>`, asXML...)
	if !strings.Contains(string(rep.body), `<BatchItemResponse bId="b1"><QueryResponse startPosition="1"`) {
		t.Errorf("%s", rep.body)
	}
	rep = r.with("POST", "/invoice?operation=delete", `<Invoice><Id>1</Id><SyncToken>0</SyncToken></Invoice>`, asXML...)
	if !strings.Contains(string(rep.body), `<Invoice domain="QBO" status="Deleted"><Id>1</Id></Invoice>`) {
		t.Errorf("%s", rep.body)
	}
	for _, bad := range []string{"<Customer>", "no", strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)} {
		if rep := r.with("POST", "/customer", bad, asXML...); rep.status != 400 || !strings.Contains(string(rep.body), `code="2010"`) {
			t.Errorf("%s: %d %s", bad, rep.status, rep.body)
		}
	}
	r.token = "bad"
	if rep := r.with("GET", q, "", "Accept", "application/xml"); rep.status != 401 || !strings.Contains(string(rep.body), `<Error code="3200">`) {
		t.Errorf("%d %s", rep.status, rep.body)
	}
}

// TestRenderedFaults: what a fault injector asks for comes in Intuit's words.
func TestRenderedFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	for _, c := range []struct {
		status int
		code   string
		want   string
	}{
		{401, "", `"code":"3200"`},
		{401, "120", `"type":"AuthorizationFault"`},
		{403, "", `"code":"3100"`},
		{403, "3001", "statusCode=403"},
		{429, "", "ThrottleExceeded"},
		{400, "6190", `"code":"6190"`},
		{400, "5010", "Stale Object Error"},
		{400, "6210", "account books cannot be updated"},
		{400, "", `"code":"6000"`},
		{500, "", `"type":"SystemFault"`},
		{503, "", `"code":"10000"`},
		{502, "", "<html>"},
		{504, "", "<html>"},
	} {
		w := &memory{header: http.Header{}}
		req, err := http.NewRequest("GET", r.http.URL+"/v3/company/"+r.co.RealmID()+"/invoice/1", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.server.RenderFault(w, req, c.status, c.code)
		name := "intuit_tid" // spelled as it is sent
		if w.status != c.status || !strings.Contains(w.body.String(), c.want) || len(w.header[name]) == 0 {
			t.Errorf("%d %s: %d %s", c.status, c.code, w.status, w.body.String())
		}
	}
}

// memory keeps an answer.
type memory struct {
	header http.Header
	status int
	body   strings.Builder
}

func (m *memory) Header() http.Header         { return m.header }
func (m *memory) WriteHeader(status int)      { m.status = status }
func (m *memory) Write(b []byte) (int, error) { return m.body.Write(b) }
