package xero_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func (r *rig) creditNote(contact, amount, date string) string {
	r.t.Helper()
	return id(r.put("CreditNotes", fmt.Sprintf(`{"Type":"ACCRECCREDIT","Contact":{"Name":%q},"Date":%q,"Status":"AUTHORISED","LineItems":[{"Description":"Back","UnitAmount":%s,"AccountCode":"200","TaxType":"NONE"}]}`, contact, date, amount)), "CreditNoteID")
}

func allocation(invoice, amount string) string {
	return fmt.Sprintf(`{"Amount":%s,"Invoice":{"InvoiceID":%q}}`, amount, invoice)
}

func TestCreditNoteAllocations(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	iid := id(r.invoice("Acme", "100", "2026-05-10"), "InvoiceID")
	other := id(r.invoice("Other", "100", "2026-05-10"), "InvoiceID")
	cn := r.creditNote("Acme", "60", "2026-05-12")
	if tb := r.trial("Accounts Receivable", "2026-05-31"); tb != "140.00" {
		t.Errorf("receivables %s", tb)
	}
	path := "CreditNotes/" + cn + "/Allocations"
	r.call("PUT", path, allocation(other, "10")).refused("same contact")
	r.call("PUT", path, allocation(iid, "60.01")).refused("exceeds the remaining credit")
	if p := r.call("PUT", path, "["+allocation(iid, "10")+"]"); p.status != 400 || p.body["Type"] != "NoDataProcessedException" {
		t.Errorf("bare array: %d %s", p.status, p.raw)
	}
	a := r.call("PUT", path, allocation(iid, "50")).ok().first("Allocations")
	want(t, a, "Amount", "50", "DateString", "2026-05-12T00:00:00")
	r.call("PUT", path, `{"Allocations":[`+allocation(iid, "10")+`]}`).ok()
	note := r.get("CreditNotes/" + cn).ok().first("CreditNotes")
	want(t, note, "Status", "PAID", "RemainingCredit", "0", "Total", "60")
	inv := r.get("Invoices/" + iid).ok().first("Invoices")
	want(t, inv, "AmountDue", "40", "AmountCredited", "60", "AmountPaid", "0", "Status", "AUTHORISED")
	if n := len(inv["CreditNotes"].([]any)); n != 2 {
		t.Errorf("%d nested credits", n)
	}
	r.call("POST", "CreditNotes/"+cn, `{"Status":"VOIDED"}`).refused("has payments or credit notes allocated")
	gone := r.call("DELETE", path+"/"+id(a, "AllocationID"), "").ok()
	want(t, gone.body, "IsDeleted", true)
	want(t, r.get("CreditNotes/"+cn).ok().first("CreditNotes"), "RemainingCredit", "50", "Status", "AUTHORISED")
	want(t, r.get("Invoices/"+iid).ok().first("Invoices"), "AmountDue", "90")
	refund := r.put("Payments", fmt.Sprintf(`{"CreditNote":{"CreditNoteID":%q},"Account":{"Code":"090"},"Amount":50,"Date":"2026-05-15"}`, cn))
	want(t, refund, "PaymentType", "ARCREDITPAYMENT")
	want(t, r.get("CreditNotes/"+cn).ok().first("CreditNotes"), "RemainingCredit", "0", "Status", "PAID")
	if tb := r.trial("Accounts Receivable", "2026-05-31"); tb != "190.00" {
		t.Errorf("receivables %s", tb)
	}
	if tb := r.trial("Business Bank Account", "2026-05-31"); tb != "-50.00" {
		t.Errorf("bank %s", tb)
	}
}

func TestOverpaymentsAndPrepayments(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	iid := id(r.invoice("Acme", "100", "2026-05-10"), "InvoiceID")
	for i, c := range []struct{ typ, kind, key, payment string }{
		{"RECEIVE-OVERPAYMENT", "Overpayments", "OverpaymentID", "AROVERPAYMENTPAYMENT"},
		{"RECEIVE-PREPAYMENT", "Prepayments", "PrepaymentID", "ARPREPAYMENTPAYMENT"},
	} {
		bt := r.put("BankTransactions", fmt.Sprintf(`{"Type":%q,"Contact":{"Name":"Acme"},"BankAccount":{"Code":"090"},"Date":"2026-05-11","LineItems":[{"Description":"Extra","UnitAmount":30,"AccountCode":"200","TaxType":"NONE"}]}`, c.typ))
		oid := id(bt, c.key)
		over := r.get(c.kind + "/" + oid).ok().first(c.kind)
		want(t, over, "RemainingCredit", "30", "Status", "AUTHORISED", "Type", c.typ)
		if n := len(r.get(c.kind + "?page=1").ok().rows(c.kind)); n != 1 {
			t.Errorf("%d %s", n, c.kind)
		}
		r.call("PUT", c.kind+"/"+oid+"/Allocations", allocation(iid, "20")).ok()
		want(t, r.get("Invoices/"+iid).ok().first("Invoices"), "AmountCredited", fmt.Sprint(20*(i+1)), "AmountDue", fmt.Sprint(100-20*(i+1)))
		single := strings.TrimSuffix(c.kind, "s")
		p := r.put("Payments", fmt.Sprintf(`{%q:{%q:%q},"Account":{"Code":"090"},"Amount":10,"Date":"2026-05-12"}`, single, c.key, oid))
		want(t, p, "PaymentType", c.payment)
		if p["Invoice"].(map[string]any)["InvoiceID"] != oid || p[single] != nil {
			t.Errorf("refund names its credit as %v", p["Invoice"])
		}
		want(t, r.get(c.kind+"/"+oid).ok().first(c.kind), "RemainingCredit", "0", "Status", "PAID")
		r.call("POST", "BankTransactions/"+id(bt, "BankTransactionID"), `{"Status":"DELETED"}`).refused("cannot be modified")
		if p := r.call("PUT", c.kind, "{}"); p.status != 501 {
			t.Errorf("%s can be written: %d", c.kind, p.status)
		}
	}
	if tb := r.trial("Accounts Receivable", "2026-05-31"); tb != "60.00" {
		t.Errorf("receivables %s", tb)
	}
	r.call("PUT", "BankTransactions", `{"Type":"RECEIVE-OVERPAYMENT","Contact":{"Name":"Acme"},"BankAccount":{"Code":"090"},"LineItems":[{"Description":"a","UnitAmount":1},{"Description":"b","UnitAmount":1}]}`).refused("exactly one line")
}

func TestBankTransactionsAndTransfers(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	spend := r.put("BankTransactions", `{"Type":"SPEND","Contact":{"Name":"Stripe"},"BankAccount":{"Code":"090"},"Date":"2026-05-03","Reference":"fees","LineItems":[{"Description":"Fee","UnitAmount":20,"AccountCode":"400"}]}`)
	want(t, spend, "Total", "20", "SubTotal", "18.48", "TotalTax", "1.52", "LineAmountTypes", "Inclusive", "CurrencyCode", "USD", "IsReconciled", false)
	tr := r.put("BankTransfers", `{"FromBankAccount":{"Code":"090"},"ToBankAccount":{"Code":"091"},"Amount":"5.50","Date":"2026-05-04","Reference":"po_1"}`)
	want(t, tr, "Amount", "5.5", "Status", "AUTHORISED", "Reference", "po_1")
	legs := r.get("BankTransactions?where=" + esc(`Type=="SPEND-TRANSFER"`)).ok().rows("BankTransactions")
	if len(legs) != 1 || legs[0]["BankTransactionID"] != tr["FromBankTransactionID"] {
		t.Errorf("legs %v", legs)
	}
	check := func(when, opening, received, spent, closing string) {
		t.Helper()
		rows := r.get("Reports/BankSummary?fromDate=2026-05-02&toDate=2026-05-31").ok().first("Reports")["Rows"].([]any)[1].(map[string]any)["Rows"].([]any)
		cells := rows[0].(map[string]any)["Cells"].([]any)
		var got []string
		for _, c := range cells {
			got = append(got, c.(map[string]any)["Value"].(string))
		}
		if w := fmt.Sprint([]string{"Business Bank Account", opening, received, spent, closing}); fmt.Sprint(got) != w {
			t.Errorf("%s: %v, want %v", when, got, w)
		}
		if a := cells[0].(map[string]any)["Attributes"].([]any)[0].(map[string]any)["Id"]; a != "accountID" {
			t.Errorf("attribute %v", a)
		}
	}
	check("after spend and transfer", "0.00", "0.00", "25.50", "-25.50")
	inv := id(r.invoice("Acme", "100", "2026-05-01"), "InvoiceID")
	r.pay(inv, "70", "2026-05-01").ok()
	r.pay(inv, "30", "2026-05-05").ok()
	check("after payments", "70.00", "30.00", "25.50", "74.50")
	r.post("BankTransfers/"+id(tr, "BankTransferID"), `{"Status":"DELETED"}`)
	r.post("BankTransactions", fmt.Sprintf(`{"BankTransactionID":%q,"Status":"DELETED"}`, spend["BankTransactionID"]))
	check("after deletions", "70.00", "30.00", "0.00", "100.00")
	if n := len(r.get("BankTransfers").rows("BankTransfers")); n != 0 {
		t.Errorf("deleted transfer is listed")
	}
	if n := len(r.get("BankTransfers?includeDeleted=true").rows("BankTransfers")); n != 1 {
		t.Errorf("deleted transfer is not listed with includeDeleted")
	}
	want(t, r.get("BankTransactions/"+id(spend, "BankTransactionID")).ok().first("BankTransactions"), "Status", "DELETED")
}

func TestBankTransactionUpdate(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	bid := id(r.put("BankTransactions", `{"Type":"RECEIVE","Contact":{"Name":"X"},"BankAccount":{"Code":"090"},"Date":"2026-05-03","LineItems":[{"Description":"a","UnitAmount":10,"AccountCode":"200","TaxType":"NONE"}]}`), "BankTransactionID")
	upd := r.post("BankTransactions/"+bid, `{"Reference":"new","IsReconciled":true,"BankAccount":{"Code":"091"},"LineItems":[{"Description":"b","UnitAmount":15,"AccountCode":"260","TaxType":"NONE"}]}`)
	want(t, upd, "Reference", "new", "IsReconciled", true, "Total", "15", "DateString", "2026-05-03T00:00:00")
	for account, bal := range map[string]string{"Business Bank Account": "0.00", "Business Savings Account": "15.00", "Other Revenue": "-15.00", "Sales": "0.00"} {
		if tb := strings.Replace(r.trial(account, "2026-05-31"), "-0.00", "0.00", 1); tb != bal {
			t.Errorf("%s %s, want %s", account, tb, bal)
		}
	}
	r.call("PUT", "BankTransactions", `{"Type":"SPEND","Contact":{"Name":"X"},"BankAccount":{"Code":"200"},"LineItems":[{"Description":"a","UnitAmount":10,"AccountCode":"400"}]}`).refused("not a valid code")
	r.call("PUT", "BankTransactions", `{"Type":"SPEND","Contact":{"Name":"X"},"BankAccount":{"Code":"090"},"LineItems":[{"Description":"a","UnitAmount":-10,"AccountCode":"400"}]}`).refused("greater than zero")
}

// An invoice in euro, paid from an account in euro and from one in base
// currency: carrying value is round2(AmountDue / CurrencyRate) at every step,
// the rest is a realised currency gain, and the books balance.
func TestMultiCurrency(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	r.put("Accounts", `{"Code":"095","Name":"Stripe EUR","Type":"BANK","BankAccountNumber":"9","CurrencyCode":"EUR"}`)
	inv := r.put("Invoices", `{"Type":"ACCREC","Contact":{"Name":"Euro"},"CurrencyCode":"EUR","CurrencyRate":0.9,"Date":"2026-05-01","DueDate":"2026-05-31","Status":"AUTHORISED","LineItems":[{"Description":"a","UnitAmount":100,"AccountCode":"200","TaxType":"NONE"}]}`)
	iid := id(inv, "InvoiceID")
	want(t, inv, "CurrencyRate", "0.9", "AmountDue", "100")
	ar := func(want string) {
		t.Helper()
		if got := r.trial("Accounts Receivable", "2026-05-31"); got != want {
			t.Errorf("receivables %s, want %s", got, want)
		}
	}
	ar("111.11")
	p := r.put("Payments", fmt.Sprintf(`{"Invoice":{"InvoiceID":%q},"Account":{"Code":"095"},"Amount":50,"Date":"2026-05-02","CurrencyRate":0.8}`, iid))
	want(t, p, "BankAmount", "50", "CurrencyRate", "0.8")
	ar("55.56")
	q := r.put("Payments", fmt.Sprintf(`{"Invoice":{"InvoiceID":%q},"Account":{"Code":"090"},"Amount":50,"Date":"2026-05-03","BankAmount":54.35}`, iid))
	want(t, q, "BankAmount", "54.35", "CurrencyRate", "0.919963")
	ar("0.00")
	if got := r.trial("Stripe EUR", "2026-05-31"); got != "62.50" {
		t.Errorf("bank %s", got)
	}
	// 62.50 + 54.35 received for 111.11 carried: 5.74 gained, a credit.
	if got := r.trial("Realised Currency Gains", "2026-05-31"); got != "-5.74" {
		t.Errorf("gain %s", got)
	}
	r.post("Payments/"+id(p, "PaymentID"), `{"Status":"DELETED"}`)
	ar("55.56")
	r.call("PUT", "BankTransfers", `{"FromBankAccount":{"Code":"095"},"ToBankAccount":{"Code":"090"},"Amount":1}`).refused("different currencies")
	base := id(r.invoice("Base", "10", "2026-05-01"), "InvoiceID")
	r.call("PUT", "Payments", fmt.Sprintf(`{"Invoice":{"InvoiceID":%q},"Account":{"Code":"095"},"Amount":1}`, base)).refused("in the currency of the document or in the base currency")
	want(t, r.put("Invoices", `{"Type":"ACCREC","Contact":{"Name":"Euro"},"CurrencyCode":"GBP","LineItems":[]}`), "CurrencyRate", "0.79")
}

func TestTrialBalanceBalances(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	iid := id(r.invoice("Acme", "100", "2025-11-10"), "InvoiceID")
	r.pay(iid, "40", "2026-01-10").ok()
	r.put("Invoices", `{"Type":"ACCPAY","Contact":{"Name":"Sup"},"Date":"2026-05-01","DueDate":"2026-05-31","Status":"AUTHORISED","LineItems":[{"Description":"a","UnitAmount":33.33,"AccountCode":"400"}]}`)
	rep := r.get("Reports/TrialBalance?date=2026-05-31").ok().first("Reports")
	want(t, rep, "ReportName", "Trial Balance", "ReportType", "TrialBalance")
	rows := rep["Rows"].([]any)
	cells := rows[len(rows)-1].(map[string]any)["Rows"].([]any)[0].(map[string]any)["Cells"].([]any)
	val := func(i int) string { return cells[i].(map[string]any)["Value"].(string) }
	if val(0) != "Total" || val(3) != val(4) || val(1) != val(2) {
		t.Errorf("totals %s %s %s %s", val(1), val(2), val(3), val(4))
	}
	for _, c := range []struct{ account, date, want string }{
		{"Accounts Receivable", "2026-05-31", "60.00"},
		{"Accounts Receivable", "2025-12-31", "100.00"},
		{"Accounts Receivable", "2025-11-09", "0.00"},
		{"Sales", "2025-12-31", "-100.00"},
		{"Sales", "2026-05-31", "-0.00"},
		{"Retained Earnings", "2026-05-31", "-100.00"},
		{"Accounts Payable", "2026-05-31", "-36.08"},
		{"Sales Tax", "2026-05-31", "2.75"},
	} {
		if got := r.trial(c.account, c.date); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.account, c.date, got, c.want)
		}
	}
}

func TestContacts(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	c := r.put("Contacts", `{"Contacts":[{"Name":"Ann  Lee","EmailAddress":"ann@x.example","ContactNumber":"42"}]}`)
	cid := id(c, "ContactID")
	r.call("PUT", "Contacts", `{"Name":"ann lee"}`).refused("The contact name ann lee is already assigned to another contact. The contact name must be unique across all active contacts.")
	want(t, r.post("Contacts", `{"Name":"Ann Lee","FirstName":"Ann"}`), "ContactID", cid, "FirstName", "Ann", "EmailAddress", "ann@x.example")
	inv := r.invoice("Ann Lee", "10", "2026-05-01")
	want(t, inv["Contact"].(map[string]any), "ContactID", cid, "EmailAddress", "ann@x.example")
	r.clock.Advance(time.Minute)
	before := inv["UpdatedDateUTC"]
	r.post("Contacts/"+cid, `{"Name":"Ann Long"}`)
	got := r.get("Invoices?page=1").ok().first("Invoices")
	want(t, got["Contact"].(map[string]any), "Name", "Ann Long")
	want(t, got, "UpdatedDateUTC", before)
	full := r.get("Contacts/" + cid).ok().first("Contacts")
	want(t, full, "IsCustomer", true)
	want(t, full["Balances"].(map[string]any)["AccountsReceivable"].(map[string]any), "Outstanding", "10")
	want(t, r.post("Contacts/"+cid, `{"ContactStatus":"ARCHIVED"}`), "ContactStatus", "ARCHIVED")
	if n := len(r.get("Contacts").rows("Contacts")); n != 0 {
		t.Error("archived contact is listed")
	}
	if n := len(r.get("Contacts?includeArchived=true").rows("Contacts")); n != 1 {
		t.Error("archived contact is not listed with includeArchived")
	}
	r.call("PUT", "Invoices", fmt.Sprintf(`{"Type":"ACCREC","Contact":{"ContactID":%q},"LineItems":[]}`, cid)).refused("has been archived")
	r.put("Contacts", `{"Name":"Ann Long"}`)
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	a := r.put("Accounts", `{"Accounts":[{"Code":"092","Name":"Stripe USD","Type":"BANK","BankAccountNumber":"1"}]}`)
	want(t, a, "Type", "BANK", "CurrencyCode", "USD", "Class", "ASSET", "Status", "ACTIVE", "EnablePaymentsToAccount", false)
	r.call("PUT", "Accounts", `{"Code":"092","Name":"Other","Type":"EXPENSE"}`).refused("Please enter a unique Code.")
	r.call("PUT", "Accounts", `{"Code":"093","Name":"stripe usd","Type":"EXPENSE"}`).refused("Please enter a unique Name.")
	r.call("PUT", "Accounts", `{"Code":"094","Name":"No number","Type":"BANK"}`).refused("Bank Account Number")
	r.call("PUT", "Accounts", `{"Code":"095","Name":"Euro","Type":"BANK","BankAccountNumber":"1","CurrencyCode":"JPY"}`).refused("not subscribed")
	want(t, r.post("Accounts/"+id(a, "AccountID"), `{"Code":"099"}`), "Code", "099", "Name", "Stripe USD")
	want(t, r.post("Accounts/"+id(a, "AccountID"), `{"Status":"ARCHIVED"}`), "Status", "ARCHIVED")
	codes := map[string]string{}
	for _, row := range r.get("Accounts").ok().rows("Accounts") {
		codes[row["Code"].(string)] = fmt.Sprint(row["SystemAccount"])
	}
	for code, system := range map[string]string{"090": "<nil>", "200": "<nil>", "404": "<nil>", "610": "DEBTORS", "820": "GST"} {
		if codes[code] != system {
			t.Errorf("account %s: %q", code, codes[code])
		}
	}
}
