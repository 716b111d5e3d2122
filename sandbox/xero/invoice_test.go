package xero_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestInvoiceTotalsAreComputed(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, types, lines   string
		sub, tax, total      string
		firstTax, firstTotal string
	}{
		{"exclusive by default", "", `{"Description":"a","Quantity":1,"UnitAmount":100,"AccountCode":"200"}`, "100", "8.25", "108.25", "8.25", "100"},
		{"inclusive", "Inclusive", `{"Description":"a","Quantity":1,"UnitAmount":250,"AccountCode":"200"}`, "230.95", "19.05", "250", "19.05", "250"},
		{"no tax", "NoTax", `{"Description":"a","Quantity":3,"UnitAmount":"33.33","AccountCode":"200"}`, "99.99", "0", "99.99", "0", "99.99"},
		{"tax rounded per line", "", `{"Description":"a","UnitAmount":25.06,"AccountCode":"200"},{"Description":"b","UnitAmount":25.61,"AccountCode":"200"}`, "50.67", "4.18", "54.85", "2.07", "25.06"},
		{"discount", "NoTax", `{"Description":"a","Quantity":2,"UnitAmount":10,"DiscountRate":10,"AccountCode":"200"}`, "18", "0", "18", "0", "18"},
		{"own tax amount", "", `{"Description":"a","Quantity":1,"UnitAmount":100,"TaxAmount":8.30,"AccountCode":"200"}`, "100", "8.3", "108.3", "8.3", "100"},
		{"description only", "", `{"Description":"a","UnitAmount":100,"AccountCode":"200","TaxType":"NONE"},{"Description":"Pay here: https://pay.example/1"}`, "100", "0", "100", "0", "100"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil).connect()
			inv := r.put("Invoices", fmt.Sprintf(`{"Invoices":[{"Type":"ACCREC","Contact":{"Name":"X"},"Date":"2026-05-01","DueDate":"2026-05-31","Status":"AUTHORISED","LineAmountTypes":%q,"LineItems":[%s]}]}`, c.types, c.lines))
			want(t, inv, "SubTotal", c.sub, "TotalTax", c.tax, "Total", c.total, "AmountDue", c.total, "InvoiceNumber", "INV-0001", "CurrencyCode", "USD",
				"Date", "/Date(1777593600000+0000)/", "DateString", "2026-05-01T00:00:00", "DueDateString", "2026-05-31T00:00:00", "Status", "AUTHORISED")
			line := inv["LineItems"].([]any)[0].(map[string]any)
			want(t, line, "TaxAmount", c.firstTax, "LineAmount", c.firstTotal)
			if line["LineItemID"] == nil {
				t.Error("line without id")
			}
		})
	}
}

func TestInvoiceRefusals(t *testing.T) {
	t.Parallel()
	line := `"LineItems":[{"Description":"a","UnitAmount":10,"AccountCode":"200"}]`
	head := `"Type":"ACCREC","Date":"2026-05-01","DueDate":"2026-05-31","Status":"AUTHORISED"`
	cases := []struct{ name, body, message string }{
		{"no contact", `{` + head + `,` + line + `}`, "A Contact must be specified"},
		{"no lines", `{` + head + `,"Contact":{"Name":"X"}}`, "One or more line items"},
		{"unknown account", `{` + head + `,"Contact":{"Name":"X"},"LineItems":[{"Description":"a","UnitAmount":1,"AccountCode":"999"}]}`, "Account code '999' is not a valid code for this document."},
		{"bank account", `{` + head + `,"Contact":{"Name":"X"},"LineItems":[{"Description":"a","UnitAmount":1,"AccountCode":"090"}]}`, "Account code '090' is not a valid code"},
		{"no account", `{` + head + `,"Contact":{"Name":"X"},"LineItems":[{"Description":"a","UnitAmount":1}]}`, "Account code must be specified"},
		{"currency", `{` + head + `,"CurrencyCode":"JPY","Contact":{"Name":"X"},` + line + `}`, "Organisation is not subscribed to currency JPY"},
		{"line total", `{` + head + `,"Contact":{"Name":"X"},"LineItems":[{"Description":"a","Quantity":2,"UnitAmount":10,"LineAmount":21,"AccountCode":"200"}]}`, "The line total 21.00 does not match the expected line total 20.00"},
		{"taken number", `{` + head + `,"InvoiceNumber":"INV-0001","Contact":{"Name":"X"},` + line + `}`, "Invoice # must be unique."},
		{"url", `{` + head + `,"Url":"https://xero.example/1","Contact":{"Name":"X"},` + line + `}`, "must not contain 'xero'"},
		{"created as paid", `{"Type":"ACCREC","Status":"PAID","Contact":{"Name":"X"},` + line + `}`, "not of valid status"},
	}
	r := newRig(t, nil).connect()
	r.invoice("First", "10", "2026-05-01")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.call("PUT", "Invoices", c.body).refused(c.message)
		})
	}
	if n := len(r.get("Invoices").rows("Invoices")); n != 1 {
		t.Errorf("%d invoices", n)
	}
	if n := len(r.get("Contacts").rows("Contacts")); n != 1 {
		t.Errorf("%d contacts: a refused invoice left its contact behind", n)
	}
}

func TestPaymentMovesTheInvoice(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	inv := r.invoice("Acme", "100", "2026-05-10")
	iid := id(inv, "InvoiceID")
	r.clock.Advance(10 * time.Minute)
	part := r.pay(iid, "40", "2026-05-01").ok().first("Payments")
	if w := part["Warnings"].([]any)[0].(map[string]any)["Message"]; w != "The payment date is prior to the invoice date." {
		t.Errorf("warning %v", w)
	}
	want(t, part, "Status", "AUTHORISED", "PaymentType", "ACCRECPAYMENT", "BankAmount", "40", "Amount", "40", "IsReconciled", false)
	nested := part["Invoice"].(map[string]any)
	want(t, nested, "AmountDue", "60", "AmountPaid", "40", "UpdatedDateUTC", part["UpdatedDateUTC"], "InvoiceNumber", "INV-0001")
	r.pay(iid, "60.01", "2026-05-12").refused("Payment amount exceeds the amount outstanding on this document")
	rest := r.pay(iid, "60", "2026-05-12").ok().first("Payments")
	paid := r.get("Invoices/INV-0001").ok().first("Invoices")
	want(t, paid, "Status", "PAID", "AmountDue", "0", "AmountPaid", "100", "FullyPaidOnDate", "/Date(1778544000000+0000)/")
	if n := len(paid["Payments"].([]any)); n != 2 {
		t.Errorf("%d nested payments", n)
	}
	r.pay(iid, "1", "2026-05-12").refused("exceeds the amount outstanding")
	r.call("POST", "Invoices", fmt.Sprintf(`{"InvoiceID":%q,"Status":"VOIDED"}`, iid)).refused("The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it")
	r.clock.Advance(10 * time.Minute)
	pid := id(rest, "PaymentID")
	r.call("POST", "Payments/"+pid, `{"Status":"DELETED","Amount":1}`).refused("Only Status accepted for updates.")
	gone := r.post("Payments/"+pid, `{"Status":"DELETED"}`)
	want(t, gone, "Status", "DELETED")
	open := r.get("Invoices/" + iid).ok().first("Invoices")
	want(t, open, "Status", "AUTHORISED", "AmountDue", "60", "AmountPaid", "40", "UpdatedDateUTC", gone["UpdatedDateUTC"], "FullyPaidOnDate", nil)
	if rows := r.get("Payments?where=" + esc(`Invoice.InvoiceID==guid("`+iid+`")`)).ok().rows("Payments"); len(rows) != 2 {
		t.Errorf("%d payments of the invoice, want the deleted one too", len(rows))
	}
	r.call("POST", "Payments/"+pid, `{"Status":"DELETED"}`).refused("already been deleted")
}

func esc(s string) string {
	return strings.NewReplacer(" ", "%20", `"`, "%22", "=", "%3D", "&", "%26", "<", "%3C", ">", "%3E", "+", "%2B").Replace(s)
}

func TestPartialUpdateKeepsLines(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	inv := r.invoice("Acme", "100", "2026-05-10")
	iid := id(inv, "InvoiceID")
	lineID := inv["LineItems"].([]any)[0].(map[string]any)["LineItemID"]
	r.clock.Advance(time.Minute)
	upd := r.post("Invoices", fmt.Sprintf(`{"Invoices":[{"InvoiceID":%q,"Url":"https://pay.example/1"}]}`, iid))
	want(t, upd, "Url", "https://pay.example/1", "Total", "100", "Status", "AUTHORISED")
	if upd["LineItems"].([]any)[0].(map[string]any)["LineItemID"] != lineID || upd["UpdatedDateUTC"] == inv["UpdatedDateUTC"] {
		t.Errorf("update %v", upd)
	}
	// A description-only line is added: the present line is named by its id.
	upd = r.post("Invoices/"+iid, fmt.Sprintf(`{"LineItems":[{"LineItemID":%q},{"Description":"Pay: https://pay.example/1"}]}`, lineID))
	lines := upd["LineItems"].([]any)
	if len(lines) != 2 || lines[0].(map[string]any)["LineItemID"] != lineID || lines[0].(map[string]any)["Description"] != "Work" {
		t.Fatalf("lines %v", lines)
	}
	want(t, upd, "Total", "100", "AmountDue", "100")
	// Lines without ids are recreated.
	upd = r.post("Invoices/"+iid, `{"LineItems":[{"Description":"New","UnitAmount":50,"AccountCode":"200","TaxType":"NONE"}]}`)
	lines = upd["LineItems"].([]any)
	if len(lines) != 1 || lines[0].(map[string]any)["LineItemID"] == lineID {
		t.Errorf("lines %v", lines)
	}
	want(t, upd, "Total", "50", "AmountDue", "50")
	r.pay(iid, "20", "2026-05-11").ok()
	r.call("POST", "Invoices/"+iid, `{"Date":"2026-05-02"}`).refused("This document cannot be edited as it has a payment")
	r.call("POST", "Invoices/"+iid, `{"LineItems":[{"Description":"New","UnitAmount":60,"AccountCode":"200"}]}`).refused("This document cannot be edited")
	upd = r.post("Invoices/"+iid, `{"Url":"https://pay.example/2","Reference":"PO 7","DueDate":"2026-07-01"}`)
	want(t, upd, "Url", "https://pay.example/2", "Reference", "PO 7", "DueDateString", "2026-07-01T00:00:00", "AmountDue", "30")
	r.pay(iid, "30", "2026-05-11").ok()
	want(t, r.post("Invoices/"+iid, `{"Url":"https://pay.example/3"}`), "Status", "PAID", "Url", "https://pay.example/3")
}

func TestStatusMoves(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	draft := r.put("Invoices", `{"Type":"ACCREC","Contact":{"Name":"X"},"LineItems":[{"Description":"a","UnitAmount":10,"AccountCode":"200"}]}`)
	did := id(draft, "InvoiceID")
	want(t, draft, "Status", "DRAFT", "AmountDue", "10.83", "DateString", "2026-05-20T00:00:00", "DueDate", nil)
	r.pay(did, "1", "2026-05-20").refused("Payments can only be made against Authorised documents")
	r.call("POST", "Invoices/"+did, `{"Status":"VOIDED"}`).refused("Invoice not of valid status for modification")
	want(t, r.post("Invoices/"+did, `{"Status":"AUTHORISED","DueDate":"2026-06-01"}`), "Status", "AUTHORISED")
	r.call("POST", "Invoices/"+did, `{"Status":"DRAFT"}`).refused("Invoice not of valid status for modification")
	want(t, r.post("Invoices/"+did, `{"Status":"VOIDED"}`), "Status", "VOIDED", "AmountDue", "0", "Total", "10.83")
	r.call("POST", "Invoices/"+did, `{"Reference":"x"}`).refused("Invoice not of valid status for modification")
	if tb := r.trial("Accounts Receivable", "2026-12-31"); tb != "0.00" {
		t.Errorf("receivables %s", tb)
	}
	other := id(r.put("Invoices", `{"Type":"ACCPAY","Contact":{"Name":"X"},"LineItems":[]}`), "InvoiceID")
	want(t, r.post("Invoices/"+other, `{"Status":"DELETED"}`), "Status", "DELETED")
}

func TestLockDates(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	old := id(r.invoice("X", "10", "2026-03-31"), "InvoiceID")
	if err := r.org.SetLockDates("2026-03-31", "2025-12-31"); err != nil {
		t.Fatal(err)
	}
	const words = "cannot be before the period lock date, currently set at 31 March 2026"
	r.call("PUT", "Invoices", `{"Type":"ACCREC","Contact":{"Name":"X"},"Date":"2026-03-30","DueDate":"2026-05-01","Status":"AUTHORISED","LineItems":[{"Description":"a","UnitAmount":1,"AccountCode":"200"}]}`).refused("The document date " + words)
	r.call("POST", "Invoices/"+old, `{"Reference":"x"}`).refused(words)
	r.call("POST", "Invoices/"+old, `{"Status":"VOIDED"}`).refused(words)
	r.pay(old, "1", "2026-03-31").refused("The payment date " + words)
	p := r.pay(old, "1", "2026-04-01").ok().first("Payments")
	if err := r.org.SetLockDates("2026-04-01", ""); err != nil {
		t.Fatal(err)
	}
	r.call("POST", "Payments/"+id(p, "PaymentID"), `{"Status":"DELETED"}`).refused("The payment date cannot be before")
	r.call("PUT", "BankTransfers", `{"FromBankAccount":{"Code":"090"},"ToBankAccount":{"Code":"091"},"Amount":1,"Date":"2026-01-01"}`).refused("lock date")
}

func TestUnitPrices(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	body := `{"Type":"ACCREC","Contact":{"Name":"X"},"LineItems":[{"Description":"a","Quantity":1000,"UnitAmount":0.1234,"AccountCode":"200","TaxType":"NONE"}]}`
	unit := func(m map[string]any) string { return plain(m["LineItems"].([]any)[0].(map[string]any)["UnitAmount"]) }
	cut := r.put("Invoices", body)
	full := r.put("Invoices?unitdp=4", body)
	want(t, cut, "Total", "120")
	want(t, full, "Total", "123.4")
	if unit(full) != "0.1234" || unit(cut) != "0.12" {
		t.Errorf("%s %s", unit(full), unit(cut))
	}
	if u := unit(r.get("Invoices/" + id(full, "InvoiceID")).ok().first("Invoices")); u != "0.12" {
		t.Errorf("read without unitdp: %s", u)
	}
	if u := unit(r.get("Invoices/" + id(full, "InvoiceID") + "?unitdp=4").ok().first("Invoices")); u != "0.1234" {
		t.Errorf("read with unitdp: %s", u)
	}
}

func TestUnknownMembersSurvive(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	inv := r.put("Invoices", `{"Type":"ACCREC","Contact":{"Name":"X"},"LineItems":[{"Description":"a","UnitAmount":1,"AccountCode":"200","Odd":[1,{"b":2}]}],"Strange":{"x":"ü\n\"y\""}}`)
	inv = r.post("Invoices/"+id(inv, "InvoiceID"), `{"Reference":"r"}`)
	if s := inv["Strange"].(map[string]any)["x"]; s != "ü\n\"y\"" {
		t.Errorf("member %q", s)
	}
	if _, ok := inv["LineItems"].([]any)[0].(map[string]any)["Odd"].([]any); !ok {
		t.Error("member of a line lost")
	}
}

// A client that reads an object, changes one member and sends all of it back
// changes that member alone, on unpaid and paid documents.
func TestSendingBackWhatWasRead(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	r.put("Contacts", `{"Name":"Ann","EmailAddress":"ann@example.com"}`)
	inv := r.sale()
	iid := id(inv, "InvoiceID")
	for i, amount := range []string{"", "8.25", "100"} {
		if amount != "" {
			r.pay(iid, amount, "2026-05-02").ok()
		}
		if i == 1 {
			r.call("POST", "Invoices/"+iid+"/Email", "").ok204()
		}
		read := r.get("Invoices/" + iid).ok().first("Invoices")
		read["Reference"] = fmt.Sprint("change ", i)
		body, err := json.Marshal(map[string]any{"Invoices": []any{read}})
		if err != nil {
			t.Fatal(err)
		}
		got := r.post("Invoices", string(body))
		want(t, got, "Reference", read["Reference"], "Total", "108.25", "AmountDue", read["AmountDue"], "Status", read["Status"])
		if a, b := object(got["LineItems"])["LineItemID"], object(inv["LineItems"])["LineItemID"]; a != b {
			t.Errorf("line %v, was %v", a, b)
		}
	}
	listed := object(r.get("Invoices?page=1").ok().first("Invoices")["LineItems"])
	if _, ok := listed["ValidationErrors"]; ok {
		t.Error("a list shows the errors of lines")
	}
}

func (p *reply) ok204() {
	p.t.Helper()
	if p.status != 204 {
		p.t.Fatalf("status %d: %s", p.status, p.raw)
	}
}
