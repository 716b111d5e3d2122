package quickbooks

import (
	"strings"
	"testing"
	"time"
)

// TestNestedProperties: unknown names are refused below the top level too.
func TestNestedProperties(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	for class, body := range map[string]string{
		"PhysicalAddress":     `{"DisplayName":"A","BillAddr":{"Street":"x"}}`,
		"EmailAddress":        `{"DisplayName":"A","PrimaryEmailAddr":{"Email":"x"}}`,
		"ReferenceType":       `{"DisplayName":"A","SalesTermRef":{"id":"1"}}`,
		"SalesItemLineDetail": `{"CustomerRef":{"value":"1"},"Line":[{"Amount":1,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"Item":1}}]}`,
	} {
		path := "/customer"
		if strings.Contains(body, "Line") {
			path = "/invoice"
		}
		if d := r.refuse("2010", path, body).at("Fault.Error.0.Detail"); !strings.Contains(d, "finance.v3."+class+")") {
			t.Errorf("%s: %s", class, d)
		}
	}
}

// TestHugeNumbers: an exponent is not worked out.
func TestHugeNumbers(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{Multicurrency: true})
	r.refuse("2080", "/payment", `{"CurrencyRef":{"value":"USD"},"CustomerRef":{"value":"`+r.customer("Ada")+`"},"TotalAmt":1e999999999}`)
	r.refuse("2080", "/exchangerate", `{"SourceCurrencyCode":"EUR","Rate":1e-999999999}`)
}

// TestCorePlus: a month's metered calls, over all companies, until the month
// ends.
func TestCorePlus(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	r.server.opt.CorePlus = 3
	r.server.SetLimits(true)
	read := func() int {
		r.clock.Advance(time.Second)
		return r.do("GET", "/preferences", "").status
	}
	for i, want := range []int{200, 200, 200, 429, 429} {
		if got := read(); got != want {
			t.Errorf("call %d: %d, want %d", i+1, got, want)
		}
	}
	if rep := r.do("POST", "/customer", `{"DisplayName":"Ada"}`); rep.status != 200 {
		t.Errorf("a write is not metered: %d", rep.status)
	}
	if month, n := r.server.CorePlus(); month != "2026-11" || n != 5 {
		t.Errorf("%s %d", month, n)
	}
	r.clock.Advance(11 * 24 * time.Hour)
	r.token = r.connect()["access_token"].(string)
	if got := read(); got != 200 {
		t.Errorf("next month: %d", got)
	}
}

// TestJobs: sub-customers and who owes.
func TestJobs(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	top := r.customer("Ada")
	job := r.post("Customer", `{"DisplayName":"Shed","Job":true,"ParentRef":{"value":"`+top+`"}}`)
	if job.at("FullyQualifiedName") != "Ada:Shed" || job.at("Level") != "1" || job.at("Job") != "true" {
		t.Errorf("%v", job)
	}
	inv := r.invoice(job.at("Id"), "100").at("Id")
	r.want("parent", r.get("Customer", top).at("Balance"), "0")
	r.want("with jobs", r.get("Customer", top).at("BalanceWithJobs"), "100")
	r.pay(top, "60", inv, "60")
	r.want("job", r.get("Customer", job.at("Id")).at("Balance"), "40")
	other := r.customer("Bob")
	r.refuse("620", "/payment", paymentBody(other, "10", inv, "10"))
	r.balanced()
}
