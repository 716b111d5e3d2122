package quickbooks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"pgregory.net/rapid"
)

func TestDiscountTaxAndFormDeposit(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	inv := r.post("Invoice", `{"CustomerRef":{"value":"`+cust+`"},"Deposit":10,"TxnTaxDetail":{"TotalTax":8},"Line":[`+
		`{"Amount":100,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"Qty":2,"UnitPrice":50}},`+
		`{"DetailType":"DescriptionOnly","Description":"thanks"},`+
		`{"DetailType":"DiscountLineDetail","DiscountLineDetail":{"PercentBased":true,"DiscountPercent":5}}]}`)
	r.want("TotalAmt", inv.at("TotalAmt"), "103")
	r.want("Balance", inv.at("Balance"), "93")
	r.want("discount", inv.at("Line.2.Amount"), "5")
	if inv.at("Line.3.DetailType") != "SubTotalLineDetail" || inv.at("Line.3.Amount") != "100.00" {
		t.Errorf("%v", inv.at("Line.3"))
	}
	r.balance("Sales Tax Payable", "-8")
	r.balance("Undeposited Funds", "10")
	r.balanced()
	v := r.post("Invoice?operation=void", `{"Id":"`+inv.at("Id")+`","SyncToken":"0"}`)
	if v.at("Line.0.SalesItemLineDetail.Qty") != "0" || v.at("Line.0.SalesItemLineDetail.UnitPrice") != "0" || v.at("DocNumber") == "" {
		t.Errorf("%v", v)
	}
	r.balance("Sales Tax Payable", "0")
	r.balance("Undeposited Funds", "0")
	r.balanced()
}

func TestDefaultsOfAnInvoice(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	plain := r.invoice(r.customer("Ada"), "1")
	if plain.at("TxnDate") != "2026-11-20" || plain.at("DueDate") != "2026-12-20" || plain.at("DocNumber") != "1001" || plain.at("EmailStatus") != "NotSet" {
		t.Errorf("%v", plain)
	}
	net10 := r.rows("Term", "select * from Term where Name = 'Net 10'")[0]
	cust := r.post("Customer", `{"GivenName":"Bea","FamilyName":"Lin","SalesTermRef":{"value":"`+net10+`"}}`)
	if cust.at("DisplayName") != "Bea Lin" {
		t.Errorf("%v", cust)
	}
	inv := r.post("Invoice", `{"CustomerRef":{"value":"`+cust.at("Id")+`"},"TxnDate":"2026-02-25","CustomerMemo":{"value":"thanks"},"BillEmail":{"Address":"a@example.com"},"Line":[{"Amount":1,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{}}]}`)
	if inv.at("DueDate") != "2026-03-07" || inv.at("SalesTermRef.name") != "Net 10" || inv.at("DocNumber") != "1002" {
		t.Errorf("%v", inv)
	}
	// A sparse update keeps the rest; a full one clears what it leaves out.
	s := r.post("Invoice", `{"Id":"`+inv.at("Id")+`","SyncToken":"0","sparse":true,"CustomerMemo":{"value":"pay: https://x"}}`)
	if s.at("BillEmail.Address") == "" || s.at("CustomerMemo.value") != "pay: https://x" || s.at("SyncToken") != "1" || s.at("TotalAmt") != inv.at("TotalAmt") {
		t.Errorf("%v", s)
	}
	f := r.post("Invoice", `{"Id":"`+inv.at("Id")+`","SyncToken":"1","CustomerRef":{"value":"`+cust.at("Id")+`"},"Balance":999,"Line":[{"Amount":2,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{}}]}`)
	if f.at("BillEmail") != "" || f.at("CustomerMemo") != "" || f.at("DocNumber") != "1002" {
		t.Errorf("%v", f)
	}
	r.want("Balance", f.at("Balance"), "2")
	r.balanced()
}

func TestReceiptsAndRefunds(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust, bank := r.customer("Ada"), r.account("Checking").at("Id")
	line := `"Line":[{"Amount":25,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{}}]`
	sr := r.post("SalesReceipt", `{"CustomerRef":{"value":"`+cust+`"},`+line+`}`)
	if sr.at("DepositToAccountRef.name") != "Undeposited Funds" {
		t.Errorf("%v", sr)
	}
	r.refuse("2020", "/refundreceipt", `{`+line+`}`)
	r.post("RefundReceipt", `{"CustomerRef":{"value":"`+cust+`"},"DepositToAccountRef":{"value":"`+bank+`"},`+line+`}`)
	r.balance("Undeposited Funds", "25")
	r.balance("Checking", "-25")
	r.balance("Accounts Receivable (A/R)", "0")
	dep := r.post("Deposit", `{"DepositToAccountRef":{"value":"`+bank+`"},"Line":[{"Amount":25,"LinkedTxn":[{"TxnId":"`+sr.at("Id")+`","TxnType":"SalesReceipt"}]}]}`)
	r.balance("Undeposited Funds", "0")
	r.balance("Checking", "0")
	r.refuse("6540", "/salesreceipt?operation=delete", `{"Id":"`+sr.at("Id")+`","SyncToken":"0"}`)
	r.refuse("6000", "/deposit", `{"DepositToAccountRef":{"value":"`+bank+`"},"Line":[{"Amount":-1,"DetailType":"DepositLineDetail","DepositLineDetail":{"AccountRef":{"value":"1"}}}]}`)
	r.post("Deposit", fmt.Sprintf(`{"Id":%q,"SyncToken":"0","DepositToAccountRef":{"value":%q},"CashBack":{"AccountRef":{"value":%q},"Amount":5},"Line":[{"Amount":25,"LinkedTxn":[{"TxnId":%q,"TxnType":"SalesReceipt"}]}]}`,
		dep.at("Id"), bank, r.account("Savings").at("Id"), sr.at("Id")))
	r.balance("Checking", "-5")
	r.balance("Savings", "5")
	ar := r.account("Accounts Receivable (A/R)").at("Id")
	r.post("Deposit", fmt.Sprintf(`{"DepositToAccountRef":{"value":%q},"Line":[{"Amount":7,"DetailType":"DepositLineDetail","DepositLineDetail":{"AccountRef":{"value":%q},"Entity":{"value":%q,"type":"CUSTOMER"}}}]}`, bank, ar, cust))
	r.want("customer", r.get("Customer", cust).at("Balance"), "-7")
	r.balanced()
}

func TestDumpAndCreateMany(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	cust := r.customer("Ada")
	body := []byte(`{"CustomerRef":{"value":"` + cust + `"},"TotalAmt":5}`)
	made, err := r.co.CreateMany("Payment", [][]byte{body, body, []byte(`{}`)})
	if err == nil || len(made) != 2 {
		t.Fatalf("%d made, %v", len(made), err)
	}
	raw, err := json.Marshal(r.server.Dump())
	if err != nil {
		t.Fatal(err)
	}
	n := decode(t, raw)
	if n.at("companies."+r.co.RealmID()+".entities.Payment.1.Id") != "2" || n.at("grants") == "0" {
		t.Errorf("%s", raw)
	}
	if len(r.co.List("Payment")) != 2 || len(r.co.List("Nothing")) != 0 {
		t.Error("List")
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{})
	resp, err := http.Get(r.http.URL + "/.well-known/openid_configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var d map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&d); err != nil || d["token_endpoint"] != r.http.URL+"/oauth2/v1/tokens/bearer" {
		t.Errorf("%v %v", d, err)
	}
}

func TestUnknownPropertiesSurvive(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{Recorded: true})
	if err := r.co.Load("Customer", [][]byte{[]byte(`{"Id":"123456789012345678901","SyncToken":"4","DisplayName":"A \"q\"","Balance":10.00,"Odd":{"x":[1.50,"]}"]}}`)}); err != nil {
		t.Fatal(err)
	}
	if err := r.co.Load("Customer", [][]byte{[]byte(`{"Id":"123456789012345678901"}`)}); err == nil {
		t.Error("the same id twice")
	}
	if err := r.co.FinishLoad(); err != nil {
		t.Fatal(err)
	}
	c := r.post("Customer", `{"Id":"123456789012345678901","SyncToken":"4","sparse":true,"Notes":"n"}`)
	if c.at("Odd") != `{"x":[1.50,"]}"]}` || c.at("DisplayName") != `A "q"` || c.at("SyncToken") != "5" {
		t.Errorf("%v", c)
	}
	if id := r.customer("B"); id != "123456789012345678902" {
		t.Errorf("next id %s", id)
	}
	r.balance("Accounts Receivable (A/R)", "10")
}

// TestAmountText checks that what is written reads back as the same amount.
func TestAmountText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		a := amount(rapid.Int64Range(-int64(maxAmount), int64(maxAmount)).Draw(rt, "amount"))
		for _, read := range []func([]byte) (amount, error){parseAmount, readAmount} {
			if b, err := read([]byte(a.String())); err != nil || b != a {
				rt.Fatalf("%s reads as %s, %v", a, b, err)
			}
		}
	})
	for text, ok := range map[string]bool{"1e2": true, "0.00001": true, "0.000001": false, "abc": false, "99999999999999999999": false, "-0": true} {
		if _, err := readAmount([]byte(text)); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}
