package xero_test

import (
	"strings"
	"testing"
	"time"

	"tieout/sandbox/xero"
)

func TestBatchPayments(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	a, b := id(r.invoice("Ann", "10", "2026-05-01"), "InvoiceID"), id(r.invoice("Bob", "20", "2026-05-01"), "InvoiceID")
	body := func(one, two string) string {
		return `{"Account":{"Code":"090"},"Date":"2026-05-03","Reference":"po_1","Payments":[{"Invoice":{"InvoiceID":"` + a + `"},"Amount":` + one + `,"Reference":"ch_1"},{"Invoice":{"InvoiceID":"` + b + `"},"Amount":` + two + `}]}`
	}
	r.call("PUT", "BatchPayments", body("10", "21")).refused("exceeds the amount outstanding")
	batch := r.put("BatchPayments", body("10", "15"))
	want(t, batch, "Type", "RECBATCH", "Status", "AUTHORISED", "TotalAmount", "25", "DateString", "2026-05-03T00:00:00", "Reference", "po_1")
	want(t, r.get("Invoices/"+a).ok().first("Invoices"), "Status", "PAID", "AmountDue", "0")
	pays := r.get("Payments?page=1").ok().rows("Payments")
	want(t, pays[0], "BatchPaymentID", batch["BatchPaymentID"], "PaymentType", "ACCRECPAYMENT")
	want(t, pays[0]["BatchPayment"].(map[string]any), "TotalAmount", "25", "Status", "AUTHORISED")
	r.call("POST", "Payments/"+id(pays[0], "PaymentID"), `{"Status":"DELETED"}`).refused("batch payment")
	single := object(r.get("Payments/" + id(pays[0], "PaymentID")).ok().first("Payments")["Invoice"])
	want(t, object(single["Payments"]), "PaymentID", batch["BatchPaymentID"])
	if tb := r.trial("Business Bank Account", "2026-12-31"); tb != "25.00" {
		t.Errorf("bank %s", tb)
	}
	r.clock.Advance(time.Minute)
	want(t, r.post("BatchPayments", `{"BatchPaymentID":"`+id(batch, "BatchPaymentID")+`","Status":"DELETED"}`), "Status", "DELETED")
	want(t, r.get("Invoices/"+b).ok().first("Invoices"), "Status", "AUTHORISED", "AmountDue", "20")
	for _, p := range r.get("Payments?page=1").ok().rows("Payments") {
		want(t, p, "Status", "DELETED")
	}
	bill := id(r.put("Invoices", `{"Type":"ACCPAY","Contact":{"Name":"Cy"},`+approved+`}`), "InvoiceID")
	r.call("PUT", "BatchPayments", `{"Account":{"Code":"090"},"Payments":[{"Invoice":{"InvoiceID":"`+a+`"},"Amount":1},{"Invoice":{"InvoiceID":"`+bill+`"},"Amount":1}]}`).refused("both sales invoices and bills")
	euro := id(r.put("Invoices", `{"Type":"ACCREC","CurrencyCode":"EUR","Contact":{"Name":"Ann"},`+approved+`}`), "InvoiceID")
	r.call("PUT", "BatchPayments", `{"Account":{"Code":"090"},"Payments":[{"Invoice":{"InvoiceID":"`+euro+`"},"Amount":1}]}`).refused("base currency")
}

func TestItemsTrackingAndGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	r.put("Items", `{"Items":[{"Code":"BOOK","Name":"Book","SalesDetails":{"UnitPrice":19.95,"AccountCode":"200","TaxType":"NONE"}}]}`)
	r.call("PUT", "Items", `{"Code":"BOOK"}`).refused("Price List Item with Code 'BOOK' already exists")
	cat := r.put("TrackingCategories", `{"Name":"Region"}`)
	opt := r.call("PUT", "TrackingCategories/"+id(cat, "TrackingCategoryID")+"/Options", `{"name":"North"}`).ok().first("Options")
	inv := r.put("Invoices", `{"Type":"ACCREC","Contact":{"Name":"Ann"},"DueDate":"2026-06-01","Status":"AUTHORISED","LineItems":[{"ItemCode":"BOOK","Quantity":"2","Tracking":[{"Name":"Region","Option":"North"}]}]}`)
	line := object(inv["LineItems"])
	want(t, line, "Description", "Book", "UnitAmount", "19.95", "LineAmount", "39.9", "AccountCode", "200", "Quantity", "2")
	want(t, object(line["Tracking"]), "TrackingOptionID", opt["TrackingOptionID"], "TrackingCategoryID", cat["TrackingCategoryID"])
	want(t, object(line["Item"]), "Code", "BOOK", "Name", "Book")
	r.call("PUT", "Invoices", `{"Type":"ACCREC","Contact":{"Name":"Ann"},"LineItems":[{"Description":"x","Tracking":[{"Name":"Region","Option":"South"}]}]}`).refused("tracking option 'South'")
	r.call("PUT", "Invoices", `{"Type":"ACCREC","Contact":{"Name":"Ann"},"LineItems":[{"ItemCode":"NONE"}]}`).refused("Item code 'NONE' is not valid")

	cid := inv["Contact"].(map[string]any)["ContactID"].(string)
	g := r.put("ContactGroups", `{"ContactGroups":[{"Name":"VIPs"}]}`)
	gid := id(g, "ContactGroupID")
	r.call("PUT", "ContactGroups/"+gid+"/Contacts", `{"Contacts":[{"ContactID":"`+cid+`"}]}`).ok()
	want(t, object(r.get("Contacts/" + cid).ok().first("Contacts")["ContactGroups"]), "Name", "VIPs")
	if p := r.call("DELETE", "ContactGroups/"+gid+"/Contacts/"+cid, ""); p.status != 204 || len(p.raw) != 0 {
		t.Errorf("delete from group: %d %s", p.status, p.raw)
	}
	if n := len(r.get("ContactGroups/" + gid).ok().first("ContactGroups")["Contacts"].([]any)); n != 0 {
		t.Errorf("%d contacts left", n)
	}
}

func TestReportsAgree(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.token = r.consent(strings.TrimSuffix(everyScope, " paymentservices"), r.org.ID())["access_token"].(string)
	inv := r.sale()
	r.pay(id(inv, "InvoiceID"), "8.25", "2026-05-02").ok()
	r.put("BankTransactions", `{"Type":"SPEND","Contact":{"Name":"Bank"},"Date":"2026-05-03","LineItems":[{"Description":"Fee","UnitAmount":3,"AccountCode":"404"}],"BankAccount":{"Code":"090"}}`)
	value := func(report, line string) string {
		for _, s := range r.get("Reports/" + report).ok().first("Reports")["Rows"].([]any) {
			rows, _ := s.(map[string]any)["Rows"].([]any)
			for _, row := range rows {
				cells := row.(map[string]any)["Cells"].([]any)
				if cells[0].(map[string]any)["Value"] == line {
					return cells[len(cells)-1].(map[string]any)["Value"].(string)
				}
			}
		}
		return "none"
	}
	for _, c := range [][3]string{
		{"BalanceSheet?date=2026-05-31", "Business Bank Account", "5.25"},
		{"BalanceSheet?date=2026-05-31", "Accounts Receivable", "100.00"},
		{"BalanceSheet?date=2026-05-31", "Net Assets", "97.00"},
		{"BalanceSheet?date=2026-05-31", "Total Equity", "97.00"},
		{"ProfitAndLoss?fromDate=2026-05-01&toDate=2026-05-31", "Net Profit", "97.00"},
		{"ProfitAndLoss?fromDate=2026-06-01&toDate=2026-06-30", "Net Profit", "0.00"},
		{"AgedReceivablesByContact?contactId=" + inv["Contact"].(map[string]any)["ContactID"].(string), "Total", "100.00"},
	} {
		if got := value(c[0], c[1]); got != c[2] {
			t.Errorf("%s, %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
	if n := len(r.get("Reports/BalanceSheet?date=2026-05-31&periods=2&timeframe=MONTH").ok().first("Reports")["Rows"].([]any)[0].(map[string]any)["Cells"].([]any)); n != 4 {
		t.Errorf("%d columns", n)
	}
	for _, bad := range []string{"BalanceSheet?date=x", "BalanceSheet?periods=12", "ProfitAndLoss?periods=1&timeframe=DAY", "AgedReceivablesByContact"} {
		if p := r.get("Reports/" + bad); p.status != 400 {
			t.Errorf("%s: %d", bad, p.status)
		}
	}
}

func TestFilesAndEmail(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.token = r.consent(strings.TrimSuffix(everyScope, " paymentservices"), r.org.ID())["access_token"].(string)
	inv := r.sale()
	iid := id(inv, "InvoiceID")
	r.call("POST", "Invoices/"+iid+"/Email", "").refused("no email address")
	r.post("Contacts", `{"ContactID":"`+inv["Contact"].(map[string]any)["ContactID"].(string)+`","EmailAddress":"ann@example.com"}`)
	if p := r.call("POST", "Invoices/"+iid+"/Email", ""); p.status != 204 {
		t.Errorf("email: %d %s", p.status, p.raw)
	}
	want(t, r.get("Invoices/"+iid).ok().first("Invoices"), "SentToContact", true, "SentToEmailAddress", "ann@example.com")
	a := r.call("PUT", "Invoices/"+iid+"/Attachments/my%20file.pdf?IncludeOnline=true", "data").ok().first("Attachments")
	want(t, a, "FileName", "my file.pdf", "MimeType", "application/pdf", "ContentLength", 4, "IncludeOnline", true)
	for _, name := range []string{"my%20file.pdf", id(a, "AttachmentID")} {
		if p := r.get("Invoices/"+iid+"/Attachments/"+name, "Accept", "application/pdf"); string(p.raw) != "data" || p.header.Get("Content-Type") != "application/pdf" {
			t.Errorf("%s: %d %v", name, p.status, p.header)
		}
	}
	want(t, r.get("Invoices/"+iid).ok().first("Invoices"), "HasAttachments", true)
	want(t, r.get("Invoices?page=1").ok().first("Invoices"), "HasAttachments", true)
	if p := r.get("Invoices/"+iid, "Accept", "application/pdf"); p.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("pdf: %v", p.header)
	}
}

func TestChartsByCountry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ country, currency, version, tax, output, rate string }{
		{"AU", "AUD", "AU", "GST", "OUTPUT", "10"},
		{"GB", "GBP", "UK", "VAT", "OUTPUT2", "20"},
		{"NZ", "NZD", "NZ", "GST", "OUTPUT2", "15"},
		{"US", "USD", "US", "Sales Tax", "OUTPUT", "8.25"},
		{"CA", "CAD", "GLOBAL", "Sales Tax", "OUTPUT", "8.25"},
	} {
		r := newRig(t, nil, xero.OrganisationOptions{Name: "X", Country: c.country, BaseCurrency: c.currency}).connect()
		want(t, r.get("Organisation").ok().first("Organisations"), "Version", c.version, "BaseCurrency", c.currency, "CountryCode", c.country)
		for code, typ := range map[string]string{"090": "BANK", "200": "REVENUE"} {
			want(t, r.get("Accounts?where="+esc(`Code=="`+code+`"`)).ok().first("Accounts"), "Type", typ, "Status", "ACTIVE")
		}
		want(t, r.get("Accounts?where="+esc(`SystemAccount=="GST"`)).ok().first("Accounts"), "Code", "820", "Name", c.tax)
		want(t, r.get("TaxRates/"+c.output).ok().first("TaxRates"), "EffectiveRate", c.rate)
	}
}

func TestQuietChangesOfPartlyPaidInvoices(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	inv := r.sale()
	r.pay(id(inv, "InvoiceID"), "1", "2026-05-02").ok()
	r.clock.Advance(time.Minute)
	got := r.post("Invoices/"+id(inv, "InvoiceID"), `{"DueDate":"2026-07-01"}`)
	want(t, got, "DueDateString", "2026-07-01T00:00:00", "UpdatedDateUTCString", "2026-05-20T09:00:00Z")
	want(t, r.post("Invoices/"+id(inv, "InvoiceID"), `{"Reference":"x"}`), "UpdatedDateUTCString", "2026-05-20T09:01:00Z")
}

func TestAddressesChangeByTheirType(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	c := r.put("Contacts", `{"Name":"Ann","Addresses":[{"AddressType":"POBOX","City":"Oslo"}],"Phones":[{"PhoneType":"MOBILE","PhoneNumber":"1"}]}`)
	got := r.post("Contacts/"+id(c, "ContactID"), `{"Addresses":[{"AddressType":"STREET","City":"Bergen"}]}`)
	cities := map[string]string{}
	for _, a := range got["Addresses"].([]any) {
		m := a.(map[string]any)
		cities[m["AddressType"].(string)] = m["City"].(string)
	}
	if len(cities) != 2 || cities["POBOX"] != "Oslo" || cities["STREET"] != "Bergen" || len(got["Phones"].([]any)) != 4 {
		t.Errorf("addresses %v, phones %v", cities, got["Phones"])
	}
	inv := r.put("Invoices", `{"Type":"ACCREC","Contact":{"Name":"Ann"},"ExpectedPaymentDate":"2026-06-03",`+approved+`}`)
	want(t, inv, "ExpectedPaymentDate", "/Date(1780444800000+0000)/", "ExpectedPaymentDateString", "2026-06-03T00:00:00")
}

func TestCustomConnectionNeedsNoTenant(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.token = r.consent("accounting.settings.read", r.org.ID())["access_token"].(string)
	want(t, r.get("Organisation", "xero-tenant-id", "").ok().first("Organisations"), "OrganisationID", r.org.ID())
	r.token = r.consent("openid accounting.settings.read", r.org.ID())["access_token"].(string)
	if p := r.get("Organisation", "xero-tenant-id", ""); p.status != 403 {
		t.Errorf("a user's token without a tenant: %d", p.status)
	}
}
