package quickbooks

import (
	"fmt"
	"strings"
)

// everything writes one of each entity there is, through HTTP.
func (r *rig) everything() {
	r.t.Helper()
	cur := ""
	if r.co.multi {
		cur = fmt.Sprintf(`"CurrencyRef":{"value":%q},`, r.co.home)
		r.post("CompanyCurrency", `{"Code":"EUR"}`)
	}
	cust := r.post("Customer", `{"DisplayName":"Ada & Sons","PrimaryEmailAddr":{"Address":"ada@example.com"},"PrimaryPhone":{"FreeFormNumber":"1"},"BillAddr":{"Line1":"1 Road"},"WebAddr":{"URI":"http://example.com"}}`).at("Id")
	job := r.post("Customer", fmt.Sprintf(`{"DisplayName":"Shed","ParentRef":{"value":%q},"Job":true,"BillWithParent":true}`, cust)).at("Id")
	r.post("Vendor", `{"DisplayName":"Supplier"}`)
	r.post("Class", `{"Name":"East"}`)
	r.post("Department", `{"Name":"Shop"}`)
	bank, income := r.firstOf("Bank"), r.firstOf("Income")
	expense, clearing := r.firstOf("Expense"), r.post("Account", `{"Name":"Stripe clearing","AccountSubType":"CashOnHand"}`).at("Id")
	code, tax := r.taxedLine()
	line := func(amt string) string {
		return `"Line":[{"Amount":` + amt + `,"Description":"Work","DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"},"Qty":1,"UnitPrice":` + amt + code + `}}]` + tax
	}
	inv := r.post("Invoice", `{`+cur+`"CustomerRef":{"value":"`+cust+`"},"BillEmail":{"Address":"ada@example.com"},"CustomerMemo":{"value":"Thanks"},`+line("100")+`}`)
	r.post("Invoice", `{`+cur+`"CustomerRef":{"value":"`+job+`"},"GlobalTaxCalculation":"TaxInclusive",`+line("50")+`}`)
	memo := r.post("CreditMemo", `{`+cur+`"CustomerRef":{"value":"`+cust+`"},`+line("10")+`}`)
	r.post("Estimate", `{`+cur+`"CustomerRef":{"value":"`+cust+`"},`+line("10")+`}`)
	r.post("SalesReceipt", `{`+cur+`"CustomerRef":{"value":"`+cust+`"},`+line("20")+`}`)
	r.post("RefundReceipt", `{`+cur+`"CustomerRef":{"value":"`+cust+`"},"DepositToAccountRef":{"value":"`+bank+`"},`+line("5")+`}`)
	pay := r.post("Payment", `{`+cur+`"CustomerRef":{"value":"`+cust+`"},"TotalAmt":40,"PaymentRefNum":"pi_1","Line":[{"Amount":40,"LinkedTxn":[{"TxnId":"`+inv.at("Id")+`","TxnType":"Invoice"}]}]}`)
	r.post("Payment", `{`+cur+`"CustomerRef":{"value":"`+cust+`"},"TotalAmt":0,"Line":[{"Amount":5,"LinkedTxn":[{"TxnId":"`+inv.at("Id")+`","TxnType":"Invoice"}]},{"Amount":5,"LinkedTxn":[{"TxnId":"`+memo.at("Id")+`","TxnType":"CreditMemo"}]}]}`)
	r.post("Deposit", `{`+cur+`"DepositToAccountRef":{"value":"`+bank+`"},"Line":[{"Amount":40,"LinkedTxn":[{"TxnId":"`+pay.at("Id")+`","TxnType":"Payment","TxnLineId":"0"}]},{"Amount":-2.5,"DetailType":"DepositLineDetail","DepositLineDetail":{"AccountRef":{"value":"`+expense+`"}}}]}`)
	r.post("Purchase", `{`+cur+`"PaymentType":"Cash","AccountRef":{"value":"`+clearing+`"},"Line":[{"Amount":3.2,"DetailType":"AccountBasedExpenseLineDetail","AccountBasedExpenseLineDetail":{"AccountRef":{"value":"`+expense+`"}`+code+`}}]}`)
	r.post("Transfer", `{"FromAccountRef":{"value":"`+clearing+`"},"ToAccountRef":{"value":"`+bank+`"},"Amount":9}`)
	r.post("JournalEntry", `{`+cur+`"Line":[{"Amount":5,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Debit","AccountRef":{"value":"`+bank+`"}}},{"Amount":5,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Credit","AccountRef":{"value":"`+income+`"}}}]}`)
	gone := r.post("Invoice", `{`+cur+`"CustomerRef":{"value":"`+cust+`"},`+line("7")+`}`)
	r.post("Invoice?operation=void", `{"Id":"`+gone.at("Id")+`","SyncToken":"0"}`)
	r.post("Attachable", `{"Note":"Pay at https://example.com/p/1","AttachableRef":[{"EntityRef":{"type":"Invoice","value":"`+inv.at("Id")+`"},"IncludeOnSend":true}]}`)
	r.send("Invoice", inv.at("Id"), "")
}

// taxedLine is what a line and its form name to be taxed here.
func (r *rig) taxedLine() (line, form string) {
	for _, o := range r.co.shelf("TaxCode").byIDs() {
		if !splitObject(o.raw).isTrue("TaxGroup") {
			continue
		}
		if r.co.settings().american {
			return `,"TaxCodeRef":{"value":"TAX"}`, `,"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"` + o.id + `"}}`
		}
		return `,"TaxCodeRef":{"value":"` + o.id + `"}`, ""
	}
	r.t.Fatal("no tax code")
	return "", ""
}

// firstOf is the id of the first account of a type.
func (r *rig) firstOf(typ string) string {
	r.t.Helper()
	ids := r.rows("Account", "select * from Account where AccountType = '"+typ+"' orderby Id")
	if len(ids) == 0 {
		r.t.Fatalf("no account of type %s", typ)
	}
	return ids[0]
}

func (r *rig) send(entity, id, query string) node {
	r.t.Helper()
	rep := r.do("POST", "/"+strings.ToLower(entity)+"/"+id+"/send"+query, "")
	if rep.status != 200 {
		r.t.Fatalf("send %s %s: %d %s", entity, id, rep.status, rep.body)
	}
	return r.entity(rep.body, entity)
}
