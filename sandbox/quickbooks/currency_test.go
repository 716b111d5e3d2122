package quickbooks

import (
	"fmt"
	"testing"
)

func TestMulticurrency(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{Multicurrency: true})
	eur := r.post("Customer", `{"DisplayName":"Müller","CurrencyRef":{"value":"EUR"}}`).at("Id")
	line := `"Line":[{"Amount":100,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]`
	r.refuse("6000", "/invoice", `{"CustomerRef":{"value":"`+eur+`"},"CurrencyRef":{"value":"USD"},`+line+`}`)
	// Neither currency nor rate is named: the customer's, at a rate of 1.
	plain := r.post("Invoice", `{"CustomerRef":{"value":"`+eur+`"},`+line+`}`)
	if plain.at("ExchangeRate") != "1" || plain.at("CurrencyRef.value") != "EUR" {
		t.Errorf("%v", plain)
	}
	inv := r.post("Invoice", `{"CustomerRef":{"value":"`+eur+`"},"CurrencyRef":{"value":"EUR"},"ExchangeRate":1.0837,`+line+`}`)
	r.want("HomeTotalAmt", inv.at("HomeTotalAmt"), "108.37")
	r.want("HomeBalance", inv.at("HomeBalance"), "108.37")
	r.balance("Accounts Receivable (A/R) - EUR", "200")
	r.balance("Accounts Receivable (A/R)", "0")
	r.balanced()
	// Settled in home currency at another rate: the difference is booked.
	clearing := r.account("Checking").at("Id")
	r.post("Payment", fmt.Sprintf(`{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"EUR"},"ExchangeRate":1.10,"TotalAmt":100,"DepositToAccountRef":{"value":%q},"Line":[{"Amount":100,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]}]}`, eur, clearing, inv.at("Id")))
	r.balance("Checking", "110")
	r.balance("Accounts Receivable (A/R) - EUR", "100")
	r.want("HomeBalance", r.get("Invoice", inv.at("Id")).at("HomeBalance"), "0")
	r.want("customer", r.get("Customer", eur).at("Balance"), "100")
	r.balanced()
	// A foreign account keeps its own currency.
	bank := r.post("Account", `{"Name":"Euro bank","AccountType":"Bank","CurrencyRef":{"value":"EUR"}}`).at("Id")
	p := r.post("Payment", fmt.Sprintf(`{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"EUR"},"ExchangeRate":1.2,"TotalAmt":60,"DepositToAccountRef":{"value":%q}}`, eur, bank))
	r.balance("Euro bank", "60")
	r.balanced()
	tr := r.post("Transfer", fmt.Sprintf(`{"FromAccountRef":{"value":%q},"ToAccountRef":{"value":%q},"Amount":10,"ExchangeRate":1.2,"CurrencyRef":{"value":"EUR"}}`, bank, clearing))
	r.balance("Euro bank", "50")
	r.balance("Checking", "122")
	r.balanced()
	for kind, id := range map[string]string{"Payment": p.at("Id"), "Transfer": tr.at("Id")} {
		if _, err := r.co.Delete(kind, id); err != nil {
			t.Fatal(err)
		}
	}
	r.balance("Euro bank", "0")
	r.balanced()
	usd := r.customer("Ada")
	r.refuse("6000", "/payment", fmt.Sprintf(`{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"USD"},"TotalAmt":1,"DepositToAccountRef":{"value":%q}}`, usd, bank))
	r.refuse("6000", "/customer", `{"Id":"`+usd+`","SyncToken":"0","sparse":true,"CurrencyRef":{"value":"EUR"}}`)
}
