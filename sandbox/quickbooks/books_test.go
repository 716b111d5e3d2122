package quickbooks

import (
	"fmt"
	"testing"
	"time"
)

func TestPaymentLowersBalance(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.invoice(cust, "100.50")
	r.balance("Accounts Receivable (A/R)", "100.50")
	r.balance("Services", "0") // income accounts show no balance
	r.clock.Advance(time.Minute)
	p := r.pay(cust, "40", inv.at("Id"), "40")
	r.want("UnappliedAmt", p.at("UnappliedAmt"), "0")
	after := r.get("Invoice", inv.at("Id"))
	r.want("Balance", after.at("Balance"), "60.50")
	if after.at("SyncToken") != "1" || after.at("MetaData.LastUpdatedTime") == inv.at("MetaData.LastUpdatedTime") {
		t.Errorf("invoice not touched: %v", after)
	}
	if after.at("LinkedTxn.0.TxnId") != p.at("Id") || after.at("LinkedTxn.0.TxnType") != "Payment" {
		t.Errorf("LinkedTxn %v", after.at("LinkedTxn"))
	}
	r.balance("Undeposited Funds", "40")
	r.balance("Accounts Receivable (A/R)", "60.50")
	c := r.get("Customer", cust)
	r.want("customer", c.at("Balance"), "60.5")
	if c.at("SyncToken") != "0" {
		t.Errorf("a balance must not move the customer's SyncToken: %s", c.at("SyncToken"))
	}
	r.balanced()
	// A stale token is refused after the payment.
	r.refuse("5010", "/invoice", fmt.Sprintf(`{"Id":%q,"SyncToken":"0","sparse":true,"PrivateNote":"x"}`, inv.at("Id")))
	// Deleting the payment brings all back, and bumps the invoice again.
	gone := r.post("Payment?operation=delete", fmt.Sprintf(`{"Id":%q,"SyncToken":"0"}`, p.at("Id")))
	if gone.at("status") != "Deleted" || gone.at("domain") != "QBO" {
		t.Errorf("%v", gone)
	}
	after = r.get("Invoice", inv.at("Id"))
	r.want("Balance", after.at("Balance"), "100.5")
	if after.at("SyncToken") != "2" || after.at("LinkedTxn") != "[]" {
		t.Errorf("%v", after)
	}
	r.balance("Undeposited Funds", "0")
	r.balanced()
	if rep := r.do("GET", "/payment/"+p.at("Id"), ""); decode(t, rep.body).at("Fault.Error.0.code") != "610" {
		t.Errorf("deleted payment reads %s", rep.body)
	}
}

func TestOverpaymentStaysUnapplied(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.invoice(cust, "5")
	p := r.pay(cust, "30", inv.at("Id"), "30")
	r.want("UnappliedAmt", p.at("UnappliedAmt"), "25")
	r.want("line", p.at("Line.0.Amount"), "5")
	r.want("customer", r.get("Customer", cust).at("Balance"), "-25")
	r.balance("Accounts Receivable (A/R)", "-25")
	r.refuse("620", "/payment", paymentBody(cust, "1", inv.at("Id"), "1"))
	r.refuse("620", "/payment", paymentBody(r.customer("Bob"), "1", r.invoice(cust, "9").at("Id"), "1"))
	r.refuse("6000", "/payment", paymentBody(cust, "1", r.invoice(cust, "9").at("Id"), "2"))
	r.balanced()
}

func TestUpdatePayment(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	a, b := r.invoice(cust, "10").at("Id"), r.invoice(cust, "20").at("Id")
	p := r.pay(cust, "15", a, "10")
	id := p.at("Id")
	// A note alone touches no invoice and no line.
	p = r.post("Payment", fmt.Sprintf(`{"Id":%q,"SyncToken":"0","sparse":true,"PrivateNote":"pi_1"}`, id))
	if p.at("PrivateNote") != "pi_1" || p.at("Line.0.LinkedTxn.0.TxnId") != a || r.get("Invoice", a).at("SyncToken") != "1" {
		t.Errorf("%v", p)
	}
	r.refuse("2020", "/payment", fmt.Sprintf(`{"Id":%q,"SyncToken":"1","sparse":true,"TotalAmt":16}`, id))
	// Lines given replace all lines.
	r.post("Payment", fmt.Sprintf(`{"Id":%q,"SyncToken":"1","sparse":true,"Line":[{"Amount":12,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]}]}`, id, b))
	r.want("first", r.get("Invoice", a).at("Balance"), "10")
	r.want("second", r.get("Invoice", b).at("Balance"), "8")
	if links := r.get("Invoice", a).at("LinkedTxn"); links != "[]" {
		t.Errorf("links %s", links)
	}
	r.balanced()
	// A refused update leaves everything as it was.
	before := string(r.do("GET", "/invoice/"+b, "").body)
	acct := r.account("Undeposited Funds").at("MetaData.LastUpdatedTime")
	r.clock.Advance(30 * time.Minute)
	r.refuse("6000", "/payment", fmt.Sprintf(`{"Id":%q,"SyncToken":"2","CustomerRef":{"value":%q},"TotalAmt":1,"Line":[{"Amount":12,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]}]}`, id, cust, b))
	if after := decode(t, r.do("GET", "/invoice/"+b, "").body); fmt.Sprint(after["Invoice"]) != fmt.Sprint(decode(t, []byte(before))["Invoice"]) {
		t.Error("a refused update left a trace on the invoice")
	}
	if r.account("Undeposited Funds").at("MetaData.LastUpdatedTime") != acct {
		t.Error("a refused update left a trace on the account")
	}
	// A full update clears what it omits.
	p = r.post("Payment", fmt.Sprintf(`{"Id":%q,"SyncToken":"2","CustomerRef":{"value":%q},"TotalAmt":30}`, id, cust))
	if p.at("PrivateNote") != "" || p.at("Line") != "[]" {
		t.Errorf("%v", p)
	}
	r.want("unapplied", p.at("UnappliedAmt"), "30")
	r.want("second", r.get("Invoice", b).at("Balance"), "20")
	r.balanced()
}

func TestVoidPayment(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.invoice(cust, "50").at("Id")
	p := r.pay(cust, "50", inv, "50").at("Id")
	r.refuse("500", "/payment?operation=void", fmt.Sprintf(`{"Id":%q,"SyncToken":"0"}`, p))
	v := r.post("Payment?operation=update&include=void", fmt.Sprintf(`{"Id":%q,"SyncToken":"0","sparse":true}`, p))
	if v.at("PrivateNote") != "Voided" || v.at("Line") != "[]" || v.at("SyncToken") != "1" {
		t.Errorf("%v", v)
	}
	r.want("TotalAmt", v.at("TotalAmt"), "0")
	r.want("Balance", r.get("Invoice", inv).at("Balance"), "50")
	r.want("customer", r.get("Customer", cust).at("Balance"), "50")
	r.balance("Undeposited Funds", "0")
	r.balanced()
}

func TestVoidAndDeletePaidInvoice(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"void", "delete"} {
		r := newRig(t, CompanyOptions{})
		cust := r.customer("Ada")
		inv := r.invoice(cust, "50").at("Id")
		p := r.pay(cust, "50", inv, "50").at("Id")
		out := r.post("Invoice?operation="+how, fmt.Sprintf(`{"Id":%q,"SyncToken":"1"}`, inv))
		if how == "void" {
			if out.at("PrivateNote") != "Voided" || out.at("Line.0.Amount") != "0" {
				t.Errorf("%v", out)
			}
			r.want("TotalAmt", out.at("TotalAmt"), "0")
			r.want("Balance", out.at("Balance"), "0")
		}
		pay := r.get("Payment", p)
		r.want("unapplied", pay.at("UnappliedAmt"), "50")
		if pay.at("Line") != "[]" || pay.at("SyncToken") != "1" {
			t.Errorf("%s: payment %v", how, pay)
		}
		r.want("customer", r.get("Customer", cust).at("Balance"), "-50")
		r.balance("Undeposited Funds", "50")
		r.balanced()
	}
}

func TestCreditMemo(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.invoice(cust, "100").at("Id")
	cm := r.post("CreditMemo", fmt.Sprintf(`{"CustomerRef":{"value":%q},"Line":[{"Amount":30,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`, cust))
	r.want("RemainingCredit", cm.at("RemainingCredit"), "30")
	r.want("customer", r.get("Customer", cust).at("Balance"), "70")
	body := `{"CustomerRef":{"value":%q},"TotalAmt":0,"Line":[{"Amount":%s,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]},{"Amount":%s,"LinkedTxn":[{"TxnId":%q,"TxnType":"CreditMemo"}]}]}`
	r.refuse("6000", "/payment", fmt.Sprintf(body, cust, "20", inv, "30", cm.at("Id")))
	r.refuse("6000", "/payment", fmt.Sprintf(body, cust, "31", inv, "31", cm.at("Id")))
	p := r.post("Payment", fmt.Sprintf(body, cust, "20", inv, "20", cm.at("Id")))
	if p.at("DepositToAccountRef") != "" {
		t.Errorf("a zero payment has an account: %v", p)
	}
	r.want("Balance", r.get("Invoice", inv).at("Balance"), "80")
	r.want("RemainingCredit", r.get("CreditMemo", cm.at("Id")).at("RemainingCredit"), "10")
	r.want("customer", r.get("Customer", cust).at("Balance"), "70")
	r.balanced()
	if _, err := r.co.Void("Invoice", inv); err != nil {
		t.Fatal(err)
	}
	r.want("RemainingCredit", r.get("CreditMemo", cm.at("Id")).at("RemainingCredit"), "30")
	r.want("customer", r.get("Customer", cust).at("Balance"), "-30")
	r.balanced()
}

func TestSubCustomers(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	parent := r.customer("Parent")
	job := r.post("Customer", fmt.Sprintf(`{"DisplayName":"Job","ParentRef":{"value":%q}}`, parent))
	if job.at("FullyQualifiedName") != "Parent:Job" || job.at("Level") != "1" || job.at("Job") != "true" {
		t.Errorf("%v", job)
	}
	inv := r.invoice(job.at("Id"), "40").at("Id")
	p := r.get("Customer", parent)
	r.want("parent alone", p.at("Balance"), "0")
	r.want("parent with jobs", p.at("BalanceWithJobs"), "40")
	r.pay(parent, "50", inv, "40")
	r.want("job", r.get("Customer", job.at("Id")).at("Balance"), "0")
	p = r.get("Customer", parent)
	r.want("parent", p.at("Balance"), "-10")
	r.want("parent with jobs", p.at("BalanceWithJobs"), "-10")
	r.balanced()
	billed := r.post("Customer", fmt.Sprintf(`{"DisplayName":"Billed","ParentRef":{"value":%q},"BillWithParent":true}`, parent)).at("Id")
	r.invoice(billed, "25")
	r.want("billed", r.get("Customer", billed).at("Balance"), "0")
	r.want("parent", r.get("Customer", parent).at("Balance"), "15")
	r.balanced()
}

func TestFeesPayoutsAndDeposits(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	clearing := r.post("Account", `{"Name":"Stripe clearing","AccountType":"Bank"}`).at("Id")
	fees := r.account("Commissions & fees").at("Id")
	bank := r.account("Checking").at("Id")
	stripe := r.post("Vendor", `{"DisplayName":"Stripe"}`).at("Id")
	inv := r.invoice(cust, "100").at("Id")
	r.post("Payment", fmt.Sprintf(`{"CustomerRef":{"value":%q},"TotalAmt":100,"DepositToAccountRef":{"value":%q},"Line":[{"Amount":100,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]}]}`, cust, clearing, inv))
	pu := r.post("Purchase", fmt.Sprintf(`{"PaymentType":"Cash","AccountRef":{"value":%q},"EntityRef":{"type":"Vendor","value":%q},"Line":[{"DetailType":"AccountBasedExpenseLineDetail","Amount":3.20,"AccountBasedExpenseLineDetail":{"AccountRef":{"value":%q}}}]}`, clearing, stripe, fees))
	r.want("TotalAmt", pu.at("TotalAmt"), "3.2")
	tr := r.post("Transfer", fmt.Sprintf(`{"FromAccountRef":{"value":%q},"ToAccountRef":{"value":%q},"Amount":90}`, clearing, bank))
	r.balance("Stripe clearing", "6.80")
	r.balance("Checking", "90")
	r.balanced()
	r.post("Purchase", fmt.Sprintf(`{"Id":%q,"SyncToken":"0","PaymentType":"Cash","AccountRef":{"value":%q},"Line":[{"DetailType":"AccountBasedExpenseLineDetail","Amount":4,"AccountBasedExpenseLineDetail":{"AccountRef":{"value":%q}}}]}`, pu.at("Id"), clearing, fees))
	r.balance("Stripe clearing", "6")
	if _, err := r.co.Delete("Transfer", tr.at("Id")); err != nil {
		t.Fatal(err)
	}
	r.balance("Stripe clearing", "96")
	if _, err := r.co.Void("Purchase", pu.at("Id")); err != nil {
		t.Fatal(err)
	}
	r.balance("Stripe clearing", "100")
	r.balanced()
}

func TestDepositLocksPayment(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	bank, fees := r.account("Checking").at("Id"), r.account("Bank Charges").at("Id")
	p := r.pay(cust, "262", r.invoice(cust, "262").at("Id"), "262").at("Id")
	dep := r.post("Deposit", fmt.Sprintf(`{"DepositToAccountRef":{"value":%q},"Line":[{"Amount":262,"LinkedTxn":[{"TxnId":%q,"TxnType":"Payment","TxnLineId":"0"}]},{"DetailType":"DepositLineDetail","Amount":-62.50,"DepositLineDetail":{"AccountRef":{"value":%q}}}]}`, bank, p, fees))
	r.want("TotalAmt", dep.at("TotalAmt"), "199.5")
	r.balance("Checking", "199.5")
	r.balance("Undeposited Funds", "0")
	pay := r.get("Payment", p)
	if pay.at("LinkedTxn.0.TxnType") != "Deposit" || pay.at("LinkedTxn.0.TxnId") != dep.at("Id") || pay.at("SyncToken") != "0" {
		t.Errorf("%v", pay)
	}
	for path, body := range map[string]string{
		"/payment?operation=delete":              `{"Id":"` + p + `","SyncToken":"0"}`,
		"/payment?operation=update&include=void": `{"Id":"` + p + `","SyncToken":"0","sparse":true}`,
		"/payment":                               `{"Id":"` + p + `","SyncToken":"0","sparse":true,"Line":[]}`,
	} {
		r.refuse("6540", path, body)
	}
	r.refuse("620", "/deposit", fmt.Sprintf(`{"DepositToAccountRef":{"value":%q},"Line":[{"Amount":262,"LinkedTxn":[{"TxnId":%q,"TxnType":"Payment"}]}]}`, bank, p))
	r.balanced()
	r.post("Deposit?operation=delete", `{"Id":"`+dep.at("Id")+`","SyncToken":"0"}`)
	r.balance("Undeposited Funds", "262")
	r.post("Payment?operation=delete", `{"Id":"`+p+`","SyncToken":"0"}`)
	r.balance("Undeposited Funds", "0")
	r.balanced()
}

func TestReceivableJournalsAndReturns(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	ar, income, bank := r.account("Accounts Receivable (A/R)").at("Id"), r.account("Services").at("Id"), r.account("Checking").at("Id")
	je := `{"Line":[{"Amount":12,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Credit","AccountRef":{"value":%q}%s}},{"Amount":12,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Debit","AccountRef":{"value":%q}}}]}`
	r.refuse("6000", "/journalentry", fmt.Sprintf(je, ar, "", income))
	j := r.post("JournalEntry", fmt.Sprintf(je, ar, `,"Entity":{"Type":"Customer","EntityRef":{"value":"`+cust+`"}}`, income))
	r.want("customer", r.get("Customer", cust).at("Balance"), "-12")
	inv := r.invoice(cust, "20").at("Id")
	r.post("Payment", fmt.Sprintf(`{"CustomerRef":{"value":%q},"TotalAmt":0,"Line":[{"Amount":12,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]},{"Amount":12,"LinkedTxn":[{"TxnId":%q,"TxnType":"JournalEntry"}]}]}`, cust, inv, j.at("Id")))
	r.want("Balance", r.get("Invoice", inv).at("Balance"), "8")
	r.balanced()
	// A returned debit: money out to receivables, the payment re-linked to it.
	out := `{"PaymentType":"Cash","AccountRef":{"value":%q}%s,"Line":[{"DetailType":"AccountBasedExpenseLineDetail","Amount":8,"AccountBasedExpenseLineDetail":{"AccountRef":{"value":%q}}}]}`
	r.refuse("6000", "/purchase", fmt.Sprintf(out, bank, "", ar))
	p := r.pay(cust, "8", inv, "8")
	back := r.post("Purchase", fmt.Sprintf(out, bank, `,"EntityRef":{"type":"Customer","value":"`+cust+`"}`, ar))
	r.want("customer", r.get("Customer", cust).at("Balance"), "8")
	r.post("Payment", fmt.Sprintf(`{"Id":%q,"SyncToken":"0","sparse":true,"Line":[{"Amount":8,"LinkedTxn":[{"TxnId":%q,"TxnType":"Expense"}]}]}`, p.at("Id"), back.at("Id")))
	r.want("Balance", r.get("Invoice", inv).at("Balance"), "8")
	r.balanced()
}

func TestClosedPeriod(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	old := r.post("Invoice", `{"CustomerRef":{"value":"`+cust+`"},"TxnDate":"2026-06-30","Line":[{"Amount":10,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`).at("Id")
	prefs := r.query("select * from Preferences")
	token := prefs.at("QueryResponse.Preferences.0.SyncToken")
	p := r.post("Preferences", `{"Id":"1","SyncToken":"`+token+`","sparse":true,"AccountingInfoPrefs":{"BookCloseDate":"2026-06-30"}}`)
	if p.at("AccountingInfoPrefs.BookCloseDate") != "2026-06-30" || p.at("AccountingInfoPrefs.FirstMonthOfFiscalYear") != "January" {
		t.Errorf("%v", p)
	}
	r.refuse("6210", "/payment", `{"CustomerRef":{"value":"`+cust+`"},"TotalAmt":1,"TxnDate":"2026-06-30"}`)
	r.refuse("6210", "/invoice", `{"Id":"`+old+`","SyncToken":"0","sparse":true,"CustomerMemo":{"value":"x"}}`)
	r.refuse("6210", "/invoice?operation=void", `{"Id":"`+old+`","SyncToken":"0"}`)
	// A new payment with an open date may settle an old invoice.
	r.pay(cust, "10", old, "10")
	r.want("Balance", r.get("Invoice", old).at("Balance"), "0")
	r.balanced()
}

func TestShrinkingAPaidInvoice(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.invoice(cust, "100").at("Id")
	p := r.pay(cust, "80", inv, "80").at("Id")
	r.post("Invoice", `{"Id":"`+inv+`","SyncToken":"1","sparse":true,"Line":[{"Amount":30,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`)
	r.want("Balance", r.get("Invoice", inv).at("Balance"), "0")
	r.want("unapplied", r.get("Payment", p).at("UnappliedAmt"), "50")
	r.balanced()
}
