package quickbooks

// chartOf is the chart that a new company of a country starts with: the small
// services company of startingChart with that country's own names and its
// account for sales tax. Every chart has income, a bank, receivables,
// undeposited funds and expenses.
func chartOf(country string) []chartAccount {
	names := chartNames(country)
	rows := startingChart()
	out := make([]chartAccount, 0, len(rows)+1)
	for _, row := range rows {
		if name, other := names[row.name]; other {
			row.name = name
		}
		if row.subType == "SalesTaxPayable" && country != "US" {
			// Tax by the global model goes to accounts of its own (Finance.xsd,
			// GlobalTaxPayable and GlobalTaxSuspense).
			row.subType = "GlobalTaxPayable"
			out = append(out, chartAccount{names["tax suspense"], "Other Current Liability", "GlobalTaxSuspense"})
		}
		out = append(out, row)
	}
	return out
}

func chartNames(country string) map[string]string {
	switch country {
	case "GB", "IE":
		return map[string]string{
			"Sales of Product Income": "Sales", "Checking": "Current", "Accounts Receivable (A/R)": "Debtors",
			"Accounts Payable (A/P)": "Creditors", "Cost of Goods Sold": "Cost of sales", "Bank Charges": "Bank charges",
			"Bad Debts": "Bad debts", "Sales Tax Payable": "VAT Control", "tax suspense": "VAT Suspense",
		}
	case "CA":
		return map[string]string{
			"Sales of Product Income": "Sales", "Checking": "Chequing", "Bank Charges": "Bank charges",
			"Sales Tax Payable": "GST/HST Payable", "tax suspense": "GST/HST Suspense",
		}
	case "AU", "NZ":
		return map[string]string{
			"Sales of Product Income": "Sales", "Checking": "Cheque Account", "Bank Charges": "Bank charges",
			"Sales Tax Payable": "GST Liabilities Payable", "tax suspense": "ATO Clearing Account",
		}
	case "US":
		return nil
	}
	return map[string]string{"Sales Tax Payable": "VAT Control", "tax suspense": "VAT Suspense"}
}

// countryDefaults are the currency and time zone of a company that names
// neither.
func countryDefaults(country string) (currency, zone string) {
	switch country {
	case "GB":
		return "GBP", "Europe/London"
	case "CA":
		return "CAD", "America/Toronto"
	case "AU":
		return "AUD", "Australia/Sydney"
	case "NZ":
		return "NZD", "Pacific/Auckland"
	case "DE", "FR", "IE", "NL", "ES", "IT":
		zones := map[string]string{"DE": "Europe/Berlin", "FR": "Europe/Paris", "IE": "Europe/Dublin", "NL": "Europe/Amsterdam", "ES": "Europe/Madrid", "IT": "Europe/Rome"}
		return "EUR", zones[country]
	}
	// The zone of Intuit's sample companies.
	return "USD", "America/Los_Angeles"
}
