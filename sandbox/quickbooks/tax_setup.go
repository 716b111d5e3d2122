package quickbooks

import (
	"encoding/json"
	"fmt"
	"strings"
)

// taxCode is a code of the set-up with its rates in percent.
type taxCode struct {
	id, name string // id "" = the next of the sequence
	taxable  bool
	rates    []namedRate
}

type namedRate struct{ name, percent string }

// taxSetup is who collects tax in a country and the usual codes there. Names
// and rates are the countries' own, as public tax tables have them.
func taxSetup(country string) (agency string, codes []taxCode) {
	one := func(name, percent string) taxCode {
		return taxCode{name: name, taxable: true, rates: []namedRate{{name, percent}}}
	}
	switch country {
	case "US":
		return "State tax authority", []taxCode{
			{id: "TAX", name: "TAX", taxable: true},
			{id: "NON", name: "NON"},
			one("State sales tax", "8"),
			{name: "State and city", taxable: true, rates: []namedRate{{"State", "6.25"}, {"City", "2"}}},
		}
	case "CA":
		return "Canada Revenue Agency", []taxCode{
			one("GST", "5"), one("HST ON", "13"), one("HST NS", "14"),
			{name: "GST/PST BC", taxable: true, rates: []namedRate{{"GST (BC)", "5"}, {"PST (BC)", "7"}}},
			{name: "GST/QST QC - 9.975", taxable: true, rates: []namedRate{{"GST (QC)", "5"}, {"QST", "9.975"}}},
			one("Zero-rated", "0"), one("Exempt", "0"),
			{name: "Out of Scope"},
		}
	case "GB":
		return "HM Revenue & Customs (VAT)", []taxCode{
			one("20.0% S", "20"), one("5.0% R", "5"), one("0.0% Z", "0"), one("Exempt", "0"), {name: "No VAT"},
		}
	case "AU":
		return "Australian Taxation Office", []taxCode{one("GST", "10"), one("GST free", "0"), {name: "Out of Scope"}}
	}
	standard := map[string]string{"DE": "19", "FR": "20", "IE": "23", "NL": "21", "NZ": "15", "ES": "21", "IT": "22"}[country]
	return "Tax authority", []taxCode{one("Standard", orDefault(standard, "20")), one("Zero", "0"), {name: "No tax"}}
}

// addTaxes makes the agency, rates and codes of a country.
func (c *Company) addTaxes(country string) error {
	agency, codes := taxSetup(country)
	id, err := c.addListed("TaxAgency", "", agency, map[string]any{
		"DisplayName": agency, "TaxTrackedOnPurchases": country != "US", "TaxTrackedOnSales": true,
	})
	if err != nil {
		return err
	}
	for _, code := range codes {
		if err := c.addCode(code, id, country != "US"); err != nil {
			return err
		}
	}
	return nil
}

// addCode makes a code with a rate for sales and, where purchases are taxed
// too, one of its own for them.
func (c *Company) addCode(code taxCode, agency string, purchases bool) error {
	lists := map[string][]map[string]any{"SalesTaxRateList": {}, "PurchaseTaxRateList": {}}
	for _, rate := range code.rates {
		for _, way := range [][2]string{{"SalesTaxRateList", ""}, {"PurchaseTaxRateList", " (Purchases)"}} {
			list, suffix := way[0], way[1]
			if suffix != "" && !purchases {
				continue
			}
			id, err := c.addRate(rate.name+suffix, rate.percent, agency)
			if err != nil {
				return err
			}
			lists[list] = append(lists[list], rateDetail(id, rate.name+suffix, len(lists[list])))
		}
	}
	_, err := c.addListed("TaxCode", code.id, code.name, codeBody(code.name, code.taxable, lists))
	return err
}

func codeBody(name string, taxed bool, lists map[string][]map[string]any) map[string]any {
	body := map[string]any{"Name": name, "Description": name, "Active": true, "Hidden": false, "Taxable": taxed, "TaxGroup": false}
	for list, rates := range lists {
		body[list] = map[string]any{"TaxRateDetail": rates}
		if len(rates) > 0 {
			body["TaxGroup"] = true
		}
	}
	return body
}

func rateDetail(id, name string, order int) map[string]any {
	return map[string]any{"TaxRateRef": map[string]string{"value": id, "name": name}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": order}
}

func (c *Company) addRate(name, percent, agency string) (string, error) {
	id := c.takeID(c.kinds["taxrate"].idSpace)
	return id, c.addRateAs(id, name, percent, agency)
}

func (c *Company) addRateAs(id, name, percent, agency string) error {
	_, err := c.addListed("TaxRate", id, name, map[string]any{
		"Name": name, "Description": name, "Active": true, "RateValue": json.Number(percent), "AgencyRef": map[string]string{"value": agency},
		"SpecialTaxType": "NONE", "DisplayType": "ReadOnly",
		"EffectiveTaxRate": []map[string]any{{"RateValue": json.Number(percent), "EffectiveDate": stamp(c.now(), c.zone)}},
	})
	return err
}

// addListed puts a list object in as it is.
func (c *Company) addListed(kind, id, name string, body map[string]any) (string, error) {
	k := c.kinds[strings.ToLower(kind)]
	if id == "" {
		id = c.takeID(k.idSpace)
	}
	at := stamp(c.now(), c.zone)
	body["Id"], body["SyncToken"], body["domain"], body["sparse"] = id, "0", "QBO", false
	body["MetaData"] = map[string]string{"CreateTime": at, "LastUpdatedTime": at}
	raw, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("quickbooks: %s %s: %w", kind, name, err)
	}
	if err := c.loadOne(k, raw); err != nil {
		return "", fmt.Errorf("quickbooks: %s %s: %w", kind, name, err)
	}
	return id, nil
}

// addTaxCode serves POST /taxservice/taxcode: the one way to make a tax code
// (Intuit docs: taxservice). Its answer has no envelope. The caller holds the
// lock.
func (c *Company) addTaxCode(body []byte) ([]byte, *Fault) {
	req, err := parseDocument(body)
	if err != nil {
		return nil, faultMalformed(err.Error())
	}
	name, details := req.str("TaxCode"), req.list("TaxRateDetails")
	switch {
	case name == "":
		return nil, faultMissing("TaxCode")
	case len(details) == 0:
		return nil, faultMissing("TaxRateDetails")
	case c.shelf("TaxCode").byName[strings.ToLower(name)] != nil:
		return nil, faultDuplicateName()
	}
	lists := map[string][]map[string]any{"SalesTaxRateList": {}, "PurchaseTaxRateList": {}}
	for _, d := range details {
		list := "SalesTaxRateList"
		if d.str("TaxApplicableOn") == "Purchase" {
			list = "PurchaseTaxRateList"
		}
		id, label, fault := c.taxServiceRate(d)
		if fault != nil {
			return nil, fault
		}
		d.setStr("TaxRateId", id)
		lists[list] = append(lists[list], rateDetail(id, label, len(lists[list])))
	}
	id, err := c.addListed("TaxCode", "", name, codeBody(name, true, lists))
	if err != nil {
		return nil, faultBusiness(err.Error())
	}
	req.setStr("TaxCodeId", id)
	req.set("TaxRateDetails", joinArray(details))
	return req.bytes(), nil
}

// taxServiceRate finds or makes the rate that a line of the request names.
func (c *Company) taxServiceRate(d *document) (id, name string, fault *Fault) {
	if id := d.str("TaxRateId"); id != "" {
		o := c.find("TaxRate", id)
		if o == nil {
			return "", "", faultReference("TaxRateId", "TaxRate", id)
		}
		return id, o.name, nil
	}
	for _, f := range []string{"TaxRateName", "RateValue", "TaxAgencyId"} {
		if !d.has(f) {
			return "", "", faultMissing(f)
		}
	}
	percent, err := readDecimal(d.str("RateValue"))
	if err != nil || percent.IsNegative() {
		return "", "", faultNumber("RateValue", errAmount)
	}
	agency, name := d.str("TaxAgencyId"), d.str("TaxRateName")
	if c.find("TaxAgency", agency) == nil {
		return "", "", faultReference("TaxAgencyId", "TaxAgency", agency)
	}
	if c.shelf("TaxRate").byName[strings.ToLower(name)] != nil {
		return "", "", faultDuplicateName()
	}
	if id, err = c.addRate(name, percent.String(), agency); err != nil {
		return "", "", faultBusiness(err.Error())
	}
	return id, name, nil
}
