package xero_test

import (
	"testing"

	"tieout/sandbox/xero"
)

// A made-up recording with every gap that FinishLoad closes: no chart beyond
// one account, a contact that is only named, documents without lines, nested
// elements with and without their counterpart.
func TestFinishLoadClosesGaps(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, xero.OrganisationOptions{Empty: true})
	load := func(kind string, bodies ...string) {
		t.Helper()
		raw := make([][]byte, len(bodies))
		for i, b := range bodies {
			raw[i] = []byte(b)
		}
		if err := r.org.Load(kind, raw); err != nil {
			t.Fatal(err)
		}
	}
	load("Organisation", `{"Name":"Rec","BaseCurrency":"GBP","OrganisationID":"59712f8f-45a3-4d45-a705-5d0c97483170","Version":"UK","Timezone":"GMTSTANDARDTIME"}`)
	load("Accounts", `{"AccountID":"00000000-0000-4000-8000-0000000000a1","Code":"090","Name":"Bank","Type":"BANK","Status":"ACTIVE"}`)
	const contact = `"Contact":{"ContactID":"00000000-0000-4000-8000-0000000000c1","Name":"Only Named"}`
	load("Invoices",
		`{"Type":"ACCREC","InvoiceID":"00000000-0000-4000-8000-000000000001","InvoiceNumber":"INV-0030",`+contact+`,"Date":"/Date(1771977600000+0000)/","Status":"AUTHORISED","LineAmountTypes":"Exclusive","LineItems":[],"SubTotal":100,"TotalTax":20,"Total":120,"AmountDue":60,"AmountPaid":40,"AmountCredited":20,"CurrencyCode":"GBP","UpdatedDateUTC":"/Date(1229791330237+0000)/",
		 "Payments":[{"PaymentID":"00000000-0000-4000-8000-0000000000b1","Date":"/Date(1772064000000+0000)/","Amount":30},{"PaymentID":"00000000-0000-4000-8000-0000000000b9","Date":"/Date(1772064000000+0000)/","Amount":10}],
		 "CreditNotes":[{"CreditNoteID":"00000000-0000-4000-8000-0000000000d1","ID":"00000000-0000-4000-8000-0000000000d1","AppliedAmount":20}]}`,
		`{"Type":"ACCREC","InvoiceID":"00000000-0000-4000-8000-000000000002","InvoiceNumber":"INV-0031",`+contact+`,"Date":"/Date(1771977600000+0000)/","Status":"AUTHORISED","SubTotal":50,"TotalTax":0,"Total":50,"AmountDue":50,"AmountPaid":0,"AmountCredited":0,"CurrencyCode":"EUR","CurrencyRate":2,"UpdatedDateUTC":"/Date(1229791330238+0000)/"}`)
	load("CreditNotes", `{"Type":"ACCRECCREDIT","CreditNoteID":"00000000-0000-4000-8000-0000000000d1","CreditNoteNumber":"CN-0003",`+contact+`,"Date":"/Date(1771977600000+0000)/","Status":"AUTHORISED","SubTotal":25,"TotalTax":0,"Total":25,"RemainingCredit":5,"CurrencyCode":"GBP","UpdatedDateUTC":"/Date(1229791330239+0000)/",
		"Allocations":[{"AllocationID":"00000000-0000-4000-8000-0000000000e1","Amount":20,"Date":"/Date(1772064000000+0000)/","Invoice":{"InvoiceID":"00000000-0000-4000-8000-000000000001"}}]}`)
	pay := func(id, amount, extra string) string {
		return `{"PaymentID":"00000000-0000-4000-8000-0000000000` + id + `","Date":"/Date(1772064000000+0000)/","Amount":` + amount + `,"BankAmount":` + amount + `,"PaymentType":"ACCRECPAYMENT","Status":"AUTHORISED","Account":{"AccountID":"00000000-0000-4000-8000-0000000000a1"},"Invoice":{"InvoiceID":"00000000-0000-4000-8000-000000000001"}` + extra + `,"UpdatedDateUTC":"/Date(1229791330240+0000)/"}`
	}
	load("Payments", pay("b1", "30", ""), pay("b2", "7", ""))
	if err := r.org.FinishLoad(); err != nil {
		t.Fatal(err)
	}
	r.connect()
	if tb := r.trial("Accounts Receivable", "2026-12-31"); tb != "80.00" { // 60 + 50/2 - 5
		t.Errorf("receivables %s", tb)
	}
	if tb := r.trial("Bank", "2026-12-31"); tb != "37.00" {
		t.Errorf("bank %s", tb)
	}
	want(t, r.get("Contacts").ok().first("Contacts"), "Name", "Only Named", "ContactStatus", "ACTIVE")
	inv := r.get("Invoices?page=1").ok().first("Invoices")
	want(t, inv["LineItems"].([]any)[0].(map[string]any), "LineAmount", "100", "TaxAmount", "20", "TaxType", "OUTPUT2")
	// A payment that its invoice does not list leaves it alone when deleted.
	r.post("Payments/00000000-0000-4000-8000-0000000000b2", `{"Status":"DELETED"}`)
	want(t, r.get("Invoices/INV-0030").ok().first("Invoices"), "AmountDue", "60")
	r.post("Payments/00000000-0000-4000-8000-0000000000b1", `{"Status":"DELETED"}`)
	got := r.get("Invoices/INV-0030").ok().first("Invoices")
	want(t, got, "AmountDue", "90", "AmountPaid", "10", "AmountCredited", "20")
	if n := len(got["Payments"].([]any)); n != 1 {
		t.Errorf("%d nested payments", n)
	}
	r.call("DELETE", "CreditNotes/CN-0003/Allocations/00000000-0000-4000-8000-0000000000e1", "").ok()
	want(t, r.get("CreditNotes/CN-0003").ok().first("CreditNotes"), "RemainingCredit", "25")
	if tb := r.trial("Accounts Receivable", "2026-12-31"); tb != "110.00" { // 110 + 25 - 25
		t.Errorf("receivables %s", tb)
	}
	next := r.put("Invoices", `{"Type":"ACCREC","Contact":{"Name":"Only Named"},"LineItems":[]}`)
	want(t, next, "InvoiceNumber", "INV-0032", "CurrencyCode", "GBP")
	if err := r.org.Load("Payments", [][]byte{[]byte(pay("b1", "1", ""))}); err == nil {
		t.Error("the same id was loaded twice")
	}
}
