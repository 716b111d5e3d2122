package quickbooks

import "slices"

// addRecordedTaxes makes the tax codes and rates that recorded forms name and
// the recording leaves out, with the percentages the forms show; a company
// that names none gets its country's usual ones.
func (c *Company) addRecordedTaxes() error {
	if c.shelf("TaxCode").len() > 0 {
		return nil
	}
	country := c.countryOf()
	agency, codes := taxSetup(country)
	codeRates, percents := c.recordedTaxes()
	if len(codeRates) == 0 {
		return c.addTaxes(country)
	}
	agencyID, err := c.addListed("TaxAgency", "", agency, map[string]any{"DisplayName": agency, "TaxTrackedOnPurchases": false, "TaxTrackedOnSales": true})
	if err != nil {
		return err
	}
	for _, rate := range sortedKeys(percents) {
		if c.find("TaxRate", rate) != nil {
			continue
		}
		if err := c.addRateAs(rate, "Rate "+rate, percents[rate], agencyID); err != nil {
			return err
		}
	}
	for _, code := range codes {
		if code.id == "" {
			continue
		}
		if err := c.addCode(code, agencyID, false); err != nil {
			return err
		}
	}
	for _, code := range sortedKeys(codeRates) {
		lists := map[string][]map[string]any{"SalesTaxRateList": {}, "PurchaseTaxRateList": {}}
		for i, rate := range codeRates[code] {
			lists["SalesTaxRateList"] = append(lists["SalesTaxRateList"], rateDetail(rate, "Rate "+rate, i))
		}
		if _, err := c.addListed("TaxCode", code, "Tax code "+code, codeBody("Tax code "+code, true, lists)); err != nil {
			return err
		}
	}
	return nil
}

// recordedTaxes reads the forms: the rates of each code, the percent of each
// rate.
func (c *Company) recordedTaxes() (codeRates map[string][]string, percents map[string]string) {
	codeRates, percents = map[string][]string{}, map[string]string{}
	for _, name := range entityNames {
		if !c.shelf(name).kind.txn {
			continue
		}
		for _, o := range c.shelf(name).byIDs() {
			detail := splitObject(o.raw).sub("TxnTaxDetail")
			code, _ := detail.ref("TxnTaxCodeRef")
			for _, line := range detail.list("TaxLine") {
				inner := line.sub("TaxLineDetail")
				rate, _ := inner.ref("TaxRateRef")
				if rate == "" {
					continue
				}
				percents[rate] = orDefault(inner.str("TaxPercent"), "0")
				if code != "" && !slices.Contains(codeRates[code], rate) {
					codeRates[code] = append(codeRates[code], rate)
				}
			}
		}
	}
	return codeRates, percents
}

// countryOf is the country that CompanyInfo names, else the one given.
func (c *Company) countryOf() string {
	if o := c.single("CompanyInfo"); o != nil {
		return orDefault(splitObject(o.raw).str("Country"), c.options.Country)
	}
	return c.options.Country
}
