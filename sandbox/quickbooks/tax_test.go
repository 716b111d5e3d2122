package quickbooks

import (
	"fmt"
	"testing"
)

// taxForm is a sales form with lines of an amount and a tax code.
func taxForm(customer, extra string, lines ...[2]string) string {
	out := `{"CustomerRef":{"value":"` + customer + `"}` + extra + `,"Line":[`
	for i, l := range lines {
		if i > 0 {
			out += ","
		}
		out += `{"Amount":` + l[0] + `,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"},"TaxCodeRef":{"value":"` + l[1] + `"}}}`
	}
	return out + `]}`
}

func (r *rig) code(name string) string {
	r.t.Helper()
	ids := r.rows("TaxCode", "select * from TaxCode where Name = '"+name+"'")
	if len(ids) != 1 {
		r.t.Fatalf("%d tax codes %q", len(ids), name)
	}
	return ids[0]
}

func TestSalesTax(t *testing.T) {
	t.Parallel()
	us := newRig(t, CompanyOptions{})
	form := fmt.Sprintf(`,"TxnTaxDetail":{"TxnTaxCodeRef":{"value":%q}}`, us.code("State sales tax"))
	cust := us.customer("Ada")
	inv := us.post("Invoice", taxForm(cust, form, [2]string{"582.50", "TAX"}, [2]string{"10", "NON"}))
	us.want("tax", inv.at("TxnTaxDetail.TotalTax"), "46.60")
	us.want("total", inv.at("TotalAmt"), "639.10")
	us.want("taxed", inv.at("TxnTaxDetail.TaxLine.0.TaxLineDetail.NetAmountTaxable"), "582.50")
	// New lines are taxed anew; a stated tax is kept.
	token := inv.at("SyncToken")
	inv = us.post("Invoice", `{"Id":"`+inv.at("Id")+`","SyncToken":"`+token+`","sparse":true,"Line":[{"Amount":100,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"},"TaxCodeRef":{"value":"TAX"}}}]}`)
	us.want("tax again", inv.at("TxnTaxDetail.TotalTax"), "8")
	stated := us.post("Invoice", taxForm(cust, `,"TxnTaxDetail":{"TotalTax":1.23}`, [2]string{"100", "TAX"}))
	us.want("stated", stated.at("TotalAmt"), "101.23")
	us.balanced()
}

func TestTaxByLine(t *testing.T) {
	t.Parallel()
	gb := newRig(t, CompanyOptions{Country: "GB"})
	standard, reduced := gb.code("20.0% S"), gb.code("5.0% R")
	cust := gb.customer("Ada")
	out := gb.post("Invoice", taxForm(cust, "", [2]string{"100", standard}, [2]string{"10", reduced}))
	gb.want("on top", out.at("TotalAmt"), "130.50")
	in := gb.post("Invoice", taxForm(cust, `,"GlobalTaxCalculation":"TaxInclusive"`, [2]string{"120", standard}, [2]string{"9.99", standard}))
	gb.want("contained", in.at("TotalAmt"), "129.99")
	gb.want("net", in.at("Line.0.Amount"), "100")
	gb.want("gross", in.at("Line.0.SalesItemLineDetail.TaxInclusiveAmt"), "120")
	gb.want("tax", in.at("TxnTaxDetail.TotalTax"), "21.66")
	// What was read can be sent back without being taxed twice.
	back := gb.post("Invoice", string(splitObject(gb.do("GET", "/invoice/"+in.at("Id"), "").body).get("Invoice")))
	gb.want("sent back", back.at("TotalAmt"), "129.99")
	none := gb.post("Invoice", taxForm(cust, `,"GlobalTaxCalculation":"NotApplicable"`, [2]string{"100", standard}))
	gb.want("not applicable", none.at("TotalAmt"), "100")
	bank, cost := gb.firstOf("Bank"), gb.firstOf("Expense")
	before := gb.account("VAT Control").at("CurrentBalance")
	p := gb.post("Purchase", `{"PaymentType":"Cash","AccountRef":{"value":"`+bank+`"},"Line":[{"Amount":50,"DetailType":"AccountBasedExpenseLineDetail","AccountBasedExpenseLineDetail":{"AccountRef":{"value":"`+cost+`"},"TaxCodeRef":{"value":"`+standard+`"}}}]}`)
	gb.want("purchase", p.at("TotalAmt"), "60")
	gb.want("owed before", before, "-42.16")
	gb.balance("VAT Control", "-32.16")
	gb.balanced()
	ca := newRig(t, CompanyOptions{Country: "CA"})
	two := ca.post("Invoice", taxForm(ca.customer("Ada"), "", [2]string{"100", ca.code("GST/QST QC - 9.975")}))
	ca.want("two rates", two.at("TotalAmt"), "114.98")
	if len(two["TxnTaxDetail"].(map[string]any)["TaxLine"].([]any)) != 2 {
		t.Errorf("%v", two)
	}
	ca.balanced()
}

// TestTaxService makes a code the one way there is.
func TestTaxService(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{Country: "GB"})
	agency := r.post("TaxAgency", `{"DisplayName":"Island"}`).at("Id")
	n := decode(t, r.do("POST", "/taxservice/taxcode", `{"TaxCode":"Island tax","TaxRateDetails":[{"TaxRateName":"Island","RateValue":"7.5","TaxAgencyId":"`+agency+`","TaxApplicableOn":"Sales"}]}`).body)
	if n.at("TaxCode") != "Island tax" || n.at("TaxRateDetails.0.TaxRateId") == "" {
		t.Fatalf("%v", n)
	}
	inv := r.post("Invoice", taxForm(r.customer("Ada"), "", [2]string{"100", n.at("TaxCodeId")}))
	r.want("total", inv.at("TotalAmt"), "107.50")
	r.refuse("6240", "/taxservice/taxcode", `{"TaxCode":"Island tax","TaxRateDetails":[{"TaxRateId":"1"}]}`)
	r.refuse("2500", "/taxservice/taxcode", `{"TaxCode":"X","TaxRateDetails":[{"TaxRateId":"999"}]}`)
	r.refuse("2020", "/taxservice/taxcode", `{"TaxCode":"X"}`)
	r.refuse("500", "/taxcode", `{"Name":"X"}`)
}

// TestCharts: every country's company can be invoiced for at once.
func TestCharts(t *testing.T) {
	t.Parallel()
	for country, currency := range map[string]string{"": "USD", "US": "USD", "CA": "CAD", "GB": "GBP", "AU": "AUD", "DE": "EUR"} {
		r := newRig(t, CompanyOptions{Country: country})
		item := r.query("select * from Item where Type = 'Service'")
		if item.at("QueryResponse.Item.0.IncomeAccountRef.value") != r.firstOf("Income") {
			t.Errorf("%s: %v", country, item)
		}
		inv := r.invoice(r.customer("Ada"), "10")
		if inv.at("CurrencyRef.value") != currency {
			t.Errorf("%s: %v", country, inv)
		}
		r.firstOf("Bank")
		r.firstOf("Expense")
		r.balanced()
	}
}

func TestExchangeRates(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{Multicurrency: true})
	n := decode(t, r.do("GET", "/exchangerate?sourcecurrencycode=EUR&asofdate=2026-11-20", "").body)
	if n.at("ExchangeRate.SourceCurrencyCode") != "EUR" || n.at("ExchangeRate.TargetCurrencyCode") != "USD" || n.at("ExchangeRate.Rate") != "1.09" || n.at("ExchangeRate.AsOfDate") != "2026-11-20" {
		t.Errorf("%v", n)
	}
	r.post("ExchangeRate", `{"SourceCurrencyCode":"EUR","TargetCurrencyCode":"USD","AsOfDate":"2026-11-10","Rate":1.2}`)
	for day, want := range map[string]string{"2026-11-09": "1.09", "2026-11-10": "1.2", "2026-11-20": "1.2"} {
		n := r.query("select * from ExchangeRate where SourceCurrencyCode in ('EUR') and AsOfDate = '" + day + "'")
		if n.at("QueryResponse.ExchangeRate.0.Rate") != want {
			t.Errorf("%s: %v", day, n)
		}
	}
	if n := r.query("select count(*) from ExchangeRate"); n.at("QueryResponse.totalCount") != fmt.Sprint(len(rateCurrencies())) {
		t.Errorf("%v", n)
	}
	for path, code := range map[string]string{
		"/exchangerate": "2020", "/exchangerate?sourcecurrencycode=XXX": "2500", "/exchangerate?sourcecurrencycode=EUR&asofdate=x": "2010",
	} {
		if rep := r.do("GET", path, ""); decode(t, rep.body).at("Fault.Error.0.code") != code {
			t.Errorf("%s: %s", path, rep.body)
		}
	}
	single := newRig(t, CompanyOptions{})
	if rep := single.do("GET", "/exchangerate?sourcecurrencycode=EUR", ""); decode(t, rep.body).at("Fault.Error.0.code") != "6000" {
		t.Errorf("%s", rep.body)
	}
}
