package xero

import (
	"strings"

	"github.com/shopspring/decimal"
)

type chartRow struct{ code, name, typ, class, system, tax string }

// chart is what a fresh organisation starts with: Xero's default codes as far
// as receivables, banking and their counterparts need them.
func chart(country string) []chartRow {
	return []chartRow{
		{"090", "Business Bank Account", "BANK", "ASSET", "", "NONE"},
		{"091", "Business Savings Account", "BANK", "ASSET", "", "NONE"},
		{"200", "Sales", "REVENUE", "REVENUE", "", "SALES"},
		{"260", "Other Revenue", "REVENUE", "REVENUE", "", "SALES"},
		{"300", "Purchases", "DIRECTCOSTS", "EXPENSE", "", "PURCHASES"},
		{"270", "Interest Income", "REVENUE", "REVENUE", "", "NONE"},
		{"310", "Cost of Goods Sold", "DIRECTCOSTS", "EXPENSE", "", "PURCHASES"},
		{"400", "Advertising", "EXPENSE", "EXPENSE", "", "PURCHASES"},
		{"404", "Bank Fees", "EXPENSE", "EXPENSE", "", "NONE"},
		{"412", "Consulting & Accounting", "EXPENSE", "EXPENSE", "", "PURCHASES"},
		{"416", "Depreciation", "DEPRECIATN", "EXPENSE", "", "NONE"},
		{"420", "Entertainment", "EXPENSE", "EXPENSE", "", "NONE"},
		{"425", "Freight & Courier", "EXPENSE", "EXPENSE", "", "PURCHASES"},
		{"429", "General Expenses", "EXPENSE", "EXPENSE", "", "PURCHASES"},
		{"433", "Insurance", "EXPENSE", "EXPENSE", "", "PURCHASES"},
		{"437", "Interest Expense", "EXPENSE", "EXPENSE", "", "NONE"},
		{"453", "Office Expenses", "EXPENSE", "EXPENSE", "", "PURCHASES"},
		{"469", "Rent", "EXPENSE", "EXPENSE", "", "PURCHASES"},
		{"485", "Subscriptions", "EXPENSE", "EXPENSE", "", "PURCHASES"},
		{"489", "Telephone & Internet", "EXPENSE", "EXPENSE", "", "PURCHASES"},
		{"497", "Bank Revaluations", "EXPENSE", "EXPENSE", "BANKCURRENCYGAIN", "NONE"},
		{"498", "Unrealised Currency Gains", "EXPENSE", "EXPENSE", "UNREALISEDCURRENCYGAIN", "NONE"},
		{"499", "Realised Currency Gains", "EXPENSE", "EXPENSE", "REALISEDCURRENCYGAIN", "NONE"},
		{"610", "Accounts Receivable", "CURRENT", "ASSET", "DEBTORS", "NONE"},
		{"620", "Prepayments", "CURRENT", "ASSET", "", "NONE"},
		{"630", "Inventory", "INVENTORY", "ASSET", "", "NONE"},
		{"710", "Office Equipment", "FIXED", "ASSET", "", "PURCHASES"},
		{"800", "Accounts Payable", "CURRLIAB", "LIABILITY", "CREDITORS", "NONE"},
		{"820", taxAccount(country), "CURRLIAB", "LIABILITY", "GST", "NONE"},
		{"840", "Historical Adjustment", "CURRLIAB", "LIABILITY", "HISTORICAL", "NONE"},
		{"850", "Suspense", "CURRLIAB", "LIABILITY", "", "NONE"},
		{"860", "Rounding", "CURRLIAB", "LIABILITY", "ROUNDING", "NONE"},
		{"900", "Loan", "TERMLIAB", "LIABILITY", "", "NONE"},
		{"960", "Retained Earnings", "EQUITY", "EQUITY", "RETAINEDEARNINGS", "NONE"},
		{"970", "Owner A Share Capital", "EQUITY", "EQUITY", "", "NONE"},
	}
}

// taxAccount is the name of account 820 by country.
func taxAccount(country string) string {
	switch country {
	case "GB", "UK":
		return "VAT"
	case "AU", "NZ":
		return "GST"
	}
	return "Sales Tax"
}

func (o *Organisation) openChart() {
	for _, row := range chart(o.info.str("CountryCode")) {
		o.add(o.accountFromRow(row))
	}
}

// ensureSystemAccounts adds the system accounts that a loaded chart lacks.
func (o *Organisation) ensureSystemAccounts() {
	for _, row := range chart(o.info.str("CountryCode")) {
		if row.system != "" && o.systemAccts[row.system] == nil {
			if o.accountCodes[row.code] != nil {
				row.code += "S"
			}
			o.add(o.accountFromRow(row))
		}
	}
}

func (o *Organisation) accountFromRow(row chartRow) *record {
	tax := row.tax
	switch tax {
	case "SALES":
		tax = o.taxRates[1].code
	case "PURCHASES":
		tax = o.taxRates[2].code
	}
	var f object
	f.setStr("AccountID", o.uuid())
	f.setStr("Code", row.code)
	f.setStr("Name", row.name)
	f.setStr("Status", "ACTIVE")
	f.setStr("Type", row.typ)
	f.setStr("TaxType", tax)
	f.setStr("Class", row.class)
	if row.system != "" {
		f.setStr("SystemAccount", row.system)
	}
	f.setBool("EnablePaymentsToAccount", false)
	f.setBool("ShowInExpenseClaims", false)
	if row.typ == "BANK" {
		f.setStr("BankAccountNumber", "12-3456-00"+row.code)
		f.setStr("BankAccountType", "BANK")
		f.setStr("CurrencyCode", o.baseCode)
	} else {
		f.setStr("BankAccountType", "")
	}
	f.reporting(row.class)
	f.setBool("HasAttachments", false)
	f.set("UpdatedDateUTC", msDate(o.now()))
	f.setBool("AddToWatchlist", false)
	return o.readAccount(f)
}

// readAccount makes a record of an account's JSON.
func (o *Organisation) readAccount(f object) *record {
	ms, _ := parseMSDate(f.str("UpdatedDateUTC"))
	r := &record{
		kind: o.kinds["Accounts"], id: strings.ToLower(f.str("AccountID")), updated: ms,
		typ: f.str("Type"), status: orElse(f.str("Status"), "ACTIVE"), name: f.str("Name"), currency: f.str("CurrencyCode"),
		date: noDay, due: noDay,
		acct: &chartEntry{code: f.str("Code"), system: f.str("SystemAccount"), taxType: f.str("TaxType"), takesPayments: f.flag("EnablePaymentsToAccount")},
	}
	if r.typ == "BANK" && r.currency == "" {
		r.currency = o.baseCode
	}
	r.setRaw(f)
	return r
}

type taxRate struct {
	code, name string
	report     string // ReportTaxType
	percent    decimal.Decimal
	sales      bool
}

// countryTaxRates is a small table: no tax, the usual sales and purchase rates,
// and user rates. The codes differ per country (UK and NZ OUTPUT2, AU OUTPUT;
// Xero docs: accounting/types, tax types); the default percentages of the
// Global and US versions are those of Xero's demo company.
func countryTaxRates(country string) []taxRate {
	rate := func(code, name, percent string, sales bool) taxRate {
		report := "INPUT"
		switch {
		case code == "NONE":
			report = "NONE"
		case sales:
			report = "OUTPUT"
		}
		return taxRate{code: code, name: name, report: report, percent: decimal.RequireFromString(percent), sales: sales}
	}
	none := rate("NONE", "Tax Exempt", "0", true)
	switch country {
	case "GB", "UK":
		return []taxRate{
			none, rate("OUTPUT2", "20% (VAT on Income)", "20", true), rate("INPUT2", "20% (VAT on Expenses)", "20", false), rate("ZERORATEDOUTPUT", "Zero Rated Income", "0", true),
			rate("EXEMPTOUTPUT", "Exempt Income", "0", true),
			rate("RROUTPUT", "5% (VAT on Income)", "5", true), rate("RRINPUT", "5% (VAT on Expenses)", "5", false),
			rate("ZERORATEDINPUT", "Zero Rated Expenses", "0", false), rate("EXEMPTINPUT", "Exempt Expenses", "0", false),
		}
	case "AU":
		return []taxRate{none, rate("OUTPUT", "GST on Income", "10", true), rate("INPUT", "GST on Expenses", "10", false), rate("EXEMPTOUTPUT", "GST Free Income", "0", true), rate("EXEMPTEXPENSES", "GST Free Expenses", "0", false), rate("BASEXCLUDED", "BAS Excluded", "0", true)}
	case "NZ":
		return []taxRate{none, rate("OUTPUT2", "15% GST on Income", "15", true), rate("INPUT2", "15% GST on Expenses", "15", false), rate("ZERORATED", "Zero Rated", "0", true)}
	}
	return []taxRate{none, rate("OUTPUT", "Tax on Sales", "8.25", true), rate("INPUT", "Tax on Purchases", "8.25", false), rate("TAX001", "Sales Tax on Books", "8.75", true)}
}

func (o *Organisation) taxRate(code string) (taxRate, bool) {
	for _, t := range o.taxRates {
		if t.code == code {
			return t, true
		}
	}
	return taxRate{}, false
}

// dayRates is the sandbox's table for a CurrencyRate that was left out, in
// units per US dollar, the same on every day. Xero takes XE.com's rate.
func dayRates() map[string]string {
	return map[string]string{
		"USD": "1", "EUR": "0.92", "GBP": "0.79", "CAD": "1.36", "AUD": "1.52", "NZD": "1.66",
		"CHF": "0.88", "JPY": "150", "SEK": "10.5", "NOK": "10.7", "DKK": "6.86", "SGD": "1.34",
		"HKD": "7.8", "ZAR": "18.5", "INR": "83", "MXN": "17.2", "BRL": "5.1", "PLN": "3.95", "ILS": "3.7",
	}
}

// dayRate is foreign units per one unit of base currency, six decimals.
func (o *Organisation) dayRate(code string) (decimal.Decimal, bool) {
	rates := dayRates()
	foreign, okF := rates[code]
	base, okB := rates[o.baseCode]
	if code == o.baseCode {
		return decimal.New(1, 0), true
	}
	if !okF || !okB {
		return decimal.Decimal{}, false
	}
	return decimal.RequireFromString(foreign).DivRound(decimal.RequireFromString(base), 6), true
}

// toBase converts document currency to base currency: amount / CurrencyRate.
func toBase(c cents, rate decimal.Decimal) cents {
	if rate.IsZero() || rate.Equal(decimal.New(1, 0)) {
		return c
	}
	return toCents(c.decimal().DivRound(rate, 8))
}
