package xero_test

import (
	"encoding/xml"
	"strings"
	"testing"
)

type xmlInvoices struct {
	XMLName  xml.Name
	Status   string
	Invoices []struct {
		InvoiceID, InvoiceNumber, Date, Total, Reference string
		Contact                                          struct{ Name string }
		LineItems                                        struct {
			LineItem []struct{ Description, LineAmount string }
		}
	} `xml:"Invoices>Invoice"`
	ErrorNumber int
	Elements    []struct {
		Type   string   `xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		Errors []string `xml:"ValidationErrors>ValidationError>Message"`
	} `xml:"Elements>DataContractBase"`
}

func (p *reply) xml() (out xmlInvoices) {
	p.t.Helper()
	if ct := p.header.Get("Content-Type"); ct != "text/xml; charset=utf-8" {
		p.t.Errorf("type %q", ct)
	}
	if err := xml.Unmarshal(p.raw, &out); err != nil {
		p.t.Fatalf("%v in %s", err, p.raw)
	}
	return out
}

func TestXMLIsTheDefault(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	sent := `<Invoices><Invoice><Type>ACCREC</Type><Contact><Name>A &amp; B</Name></Contact><Date>2026-05-01</Date><DueDate>2026-05-31</DueDate><Status>AUTHORISED</Status>
		<LineItems><LineItem><Description>Work</Description><Quantity>2.5</Quantity><UnitAmount>10.00</UnitAmount><AccountCode>200</AccountCode></LineItem></LineItems></Invoice></Invoices>`
	made := r.call("PUT", "Invoices", sent, "Accept", "application/xml", "Content-Type", "text/xml").ok().xml()
	if len(made.Invoices) != 1 || made.Invoices[0].Date != "2026-05-01T00:00:00" || made.Invoices[0].Contact.Name != "A & B" || made.Invoices[0].LineItems.LineItem[0].LineAmount != "25.00" {
		t.Fatalf("%+v", made)
	}
	for _, accept := range []string{"", "*/*", "text/xml"} {
		got := r.get("Invoices?page=1", "Accept", accept).ok().xml()
		if got.XMLName.Local != "Response" || got.Status != "OK" || len(got.Invoices) != 1 {
			t.Errorf("Accept %q: %+v", accept, got)
		}
	}
	bad := r.call("PUT", "Invoices", strings.Replace(sent, "<AccountCode>200</AccountCode>", "", 1), "Accept", "text/xml").xml()
	if bad.ErrorNumber != 10 || bad.Elements[0].Type != "Invoice" || bad.Elements[0].Errors[0] != "Account code must be specified." {
		t.Errorf("refusal %+v", bad)
	}
	form := "xml=%3CContacts%3E%3CContact%3E%3CName%3EBo%3C%2FName%3E%3C%2FContact%3E%3C%2FContacts%3E"
	p := r.call("POST", "Contacts", form, "Content-Type", "application/x-www-form-urlencoded").ok()
	want(t, p.first("Contacts"), "Name", "Bo")
	for _, body := range []string{"<Invoices>", "<", strings.Repeat("<a>", 100)} {
		if p := r.call("PUT", "Invoices", body); p.status != 400 || p.body["Type"] != "PostDataInvalidException" {
			t.Errorf("%q: %d %s", body, p.status, p.raw)
		}
	}
}

func TestFaultsInXerosWords(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	for _, c := range []struct {
		status     int
		code, want string
	}{
		{400, "Account is closed", `"Message":"Account is closed"`},
		{401, "TokenExpired", `"Detail":"TokenExpired: token expired at 05/20/2026 09:00:00"`},
		{401, "", `"Detail":"AuthenticationUnsuccessful"`},
		{403, "", `"title":"Forbidden"`},
		{404, "", "The resource you're looking for cannot be found"},
		{412, "", "conditions given"},
		{429, "day", ""},
		{500, "", `"Title":"An error occurred"`},
		{501, "", "not been implemented"},
		{503, "", "The Organisation is offline"},
		{503, "html", "<!DOCTYPE html>"},
		{502, "", "<!DOCTYPE html>"},
	} {
		p := r.rendered(c.status, c.code)
		if p.status != c.status || !strings.Contains(string(p.raw), c.want) {
			t.Errorf("%d %s: %d %s", c.status, c.code, p.status, p.raw)
		}
		if c.status == 429 && (p.header.Get("Retry-After") != "54000" || p.header.Get("X-Rate-Limit-Problem") != "day" || len(p.raw) != 0) {
			t.Errorf("429: %v %s", p.header, p.raw)
		}
	}
}
