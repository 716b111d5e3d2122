package quickbooks

import (
	"encoding/json"
	"fmt"
	"strings"
)

// chartAccount is one row of the chart a new company starts with.
type chartAccount struct{ name, typ, subType string }

// startingChart is a small services company. Types and subtypes: Intuit docs,
// account.
func startingChart() []chartAccount {
	return []chartAccount{
		{"Services", "Income", "ServiceFeeIncome"},
		{"Sales of Product Income", "Income", "SalesOfProductIncome"},
		{"Discounts given", "Income", "DiscountsRefundsGiven"},
		{"Undeposited Funds", "Other Current Asset", "UndepositedFunds"},
		{"Retained Earnings", "Equity", "RetainedEarnings"},
		{"Opening Balance Equity", "Equity", "OpeningBalanceEquity"},
		{"Checking", "Bank", "Checking"},
		{"Savings", "Bank", "Savings"},
		{"Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"},
		{"Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"},
		{"Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"},
		{"Bank Charges", "Expense", "BankCharges"},
		{"Commissions & fees", "Expense", "OtherMiscellaneousServiceCost"},
		{"Office Expenses", "Expense", "OfficeGeneralAdministrativeExpenses"},
		{"Uncategorized Expense", "Expense", "OtherMiscellaneousServiceCost"},
		{"Bad Debts", "Expense", "BadDebts"},
		{"Sales Tax Payable", "Other Current Liability", "SalesTaxPayable"},
		{"Mastercard", "Credit Card", "CreditCard"},
		{"Interest Earned", "Other Income", "InterestEarned"},
	}
}

// furnish gives a new company what Intuit's own set-up gives it.
func (c *Company) furnish(o CompanyOptions) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	country := c.options.Country
	for _, a := range chartOf(country) {
		c.addAccount(a.name, a.typ, a.subType, c.home)
	}
	income := c.firstAccount("Income", "ServiceFeeIncome", "")
	if _, fault := c.create("Item", fmt.Appendf(nil, `{"Name":"Services","Type":"Service","IncomeAccountRef":{"value":%q}}`, income.id)); fault != nil {
		return fault
	}
	for _, t := range []struct {
		name string
		days int
	}{{"Due on receipt", 0}, {"Net 10", 10}, {"Net 15", 15}, {"Net 30", 30}, {"Net 60", 60}} {
		if _, fault := c.create("Term", fmt.Appendf(nil, `{"Name":%q,"DueDays":%d}`, t.name, t.days)); fault != nil {
			return fault
		}
	}
	for _, m := range [][2]string{{"Cash", "NON_CREDIT_CARD"}, {"Check", "NON_CREDIT_CARD"}, {"Credit Card", "CREDIT_CARD"}} {
		if _, fault := c.create("PaymentMethod", fmt.Appendf(nil, `{"Name":%q,"Type":%q}`, m[0], m[1])); fault != nil {
			return fault
		}
	}
	if err := c.addTaxes(country); err != nil {
		return err
	}
	return c.addSingles(o)
}

// addSingles makes CompanyInfo and Preferences where they are missing.
func (c *Company) addSingles(o CompanyOptions) error {
	if c.single("CompanyInfo") == nil {
		if err := c.addSingle("CompanyInfo", c.companyInfo(o)); err != nil {
			return err
		}
	}
	if c.single("Preferences") == nil {
		return c.addSingle("Preferences", c.preferences())
	}
	return nil
}

func (c *Company) companyInfo(o CompanyOptions) map[string]any {
	name := orDefault(o.Name, "Company "+c.realm)
	country := strings.ToUpper(orDefault(o.Country, "US"))
	addr := map[string]any{"Id": "1", "Line1": "123 Sierra Way", "City": "San Pablo", "PostalCode": "87999", "Country": alpha3(country)}
	return map[string]any{
		"CompanyName": name, "LegalName": name, "CompanyAddr": addr, "CustomerCommunicationAddr": addr, "LegalAddr": addr,
		"CompanyStartDate": c.today(), "FiscalYearStartMonth": "January", "Country": country, "SupportedLanguages": "en",
		"DefaultTimeZone": c.zone.String(), "PrimaryPhone": map[string]any{}, "WebAddr": map[string]any{},
		"NameValue": []map[string]string{
			{"Name": "SubscriptionStatus", "Value": "PAID"}, {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
		},
	}
}

// alpha3 is how addresses name countries since October 2025.
func alpha3(code string) string {
	codes := map[string]string{"US": "USA", "GB": "GBR", "CA": "CAN", "AU": "AUS", "DE": "DEU", "FR": "FRA", "IE": "IRL", "NZ": "NZL", "NL": "NLD"}
	return orDefault(codes[code], code)
}

func (c *Company) preferences() map[string]any {
	other := []map[string]string{}
	if ids := c.shelf("Item").byIDs(); len(ids) > 0 {
		other = append(other, map[string]string{"Name": "SalesFormsPrefs.DefaultItem", "Value": ids[0].id})
	}
	name := orDefault(c.options.Name, "Company "+c.realm)
	message := func(what string) map[string]any {
		return map[string]any{"Subject": what + " from " + name, "Message": "Your " + strings.ToLower(what) + " is attached."}
	}
	return map[string]any{
		"AccountingInfoPrefs": map[string]any{
			"FirstMonthOfFiscalYear": "January", "UseAccountNumbers": false, "TaxYearMonth": "January", "TrackDepartments": false,
			"ClassTrackingPerTxn": false, "ClassTrackingPerTxnLine": false, "CustomerTerminology": "Customers",
		},
		"ProductAndServicesPrefs": map[string]any{"ForSales": true, "ForPurchase": true, "QuantityWithPriceAndRate": true, "QuantityOnHand": false},
		"SalesFormsPrefs": map[string]any{
			"CustomTxnNumbers": false, "AllowDeposit": false, "AllowDiscount": true, "AllowEstimates": true,
			"AutoApplyCredit": false, "AutoApplyPayments": false, "ETransactionEnabledStatus": "NotApplicable",
			"ETransactionAttachPDF": false, "ETransactionPaymentEnabled": false, "IPNSupportEnabled": false,
			"AllowServiceDate": false, "AllowShipping": false, "UsingPriceLevels": false, "UsingProgressInvoicing": false,
		},
		"EmailMessagesPrefs": map[string]any{
			"InvoiceMessage": message("Invoice"), "EstimateMessage": message("Estimate"), "SalesReceiptMessage": message("Sales Receipt"),
			"StatementMessage": message("Statement"),
		},
		"VendorAndPurchasesPrefs": map[string]any{"TrackingByCustomer": false, "BillableExpenseTracking": false},
		"TimeTrackingPrefs": map[string]any{
			"UseServices": false, "BillCustomers": false, "ShowBillRateToAll": false, "WorkWeekStartDate": "Monday", "MarkTimeEntriesBillable": false,
		},
		"TaxPrefs":      c.taxPreferences(),
		"CurrencyPrefs": map[string]any{"MultiCurrencyEnabled": c.multi, "HomeCurrency": map[string]string{"value": c.home}},
		"ReportPrefs":   map[string]any{"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": false},
		"OtherPrefs":    map[string]any{"NameValue": other},
	}
}

// taxPreferences name the code that US forms start with.
func (c *Company) taxPreferences() map[string]any {
	out := map[string]any{"UsingSalesTax": c.shelf("TaxCode").len() > 0, "PartnerTaxEnabled": false}
	for _, o := range c.shelf("TaxCode").byIDs() {
		if splitObject(o.raw).isTrue("TaxGroup") && c.options.Country == "US" {
			out["TaxGroupCodeRef"] = map[string]string{"value": o.id}
			break
		}
	}
	return out
}

func (c *Company) addSingle(name string, body map[string]any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("quickbooks: %s: %w", name, err)
	}
	ch := &change{c: c, kind: c.kinds[strings.ToLower(name)], doc: splitObject(raw)}
	ch.insert()
	return nil
}

// addStub makes a list entity under a given id for references that a recording
// does not explain.
func (c *Company) addStub(kind, id, label, accountType string) error {
	label = orDefault(label, kind+" "+id)
	last := label[strings.LastIndex(label, ":")+1:]
	body := map[string]any{"Id": id, "SyncToken": "0", "Active": true, "FullyQualifiedName": label}
	home := map[string]string{"value": c.home, "name": currencyName(c.home)}
	switch kind {
	case "Account":
		typ := orDefault(accountType, "Expense")
		subType := defaultSubType(typ)
		if last == "Undeposited Funds" {
			subType = "UndepositedFunds"
		}
		body["Name"], body["AccountType"], body["AccountSubType"], body["Classification"] = last, typ, subType, classification(typ)
		body["SubAccount"], body["CurrentBalance"], body["CurrentBalanceWithSubAccounts"], body["CurrencyRef"] = false, 0, 0, home
	case "Customer":
		body["DisplayName"], body["Balance"], body["BalanceWithJobs"], body["Job"], body["CurrencyRef"] = last, 0, 0, false, home
	case "Vendor", "Employee":
		body["DisplayName"], body["CurrencyRef"] = last, home
	case "Item":
		body["Name"], body["Type"], body["UnitPrice"] = last, "Service", 0
	case "Term":
		delete(body, "FullyQualifiedName")
		body["Name"], body["Type"] = last, "STANDARD"
		var days int
		if n, err := fmt.Sscanf(last, "Net %d", &days); n == 1 && err == nil {
			body["DueDays"] = days
		}
	case "PaymentMethod":
		delete(body, "FullyQualifiedName")
		body["Name"], body["Type"] = last, "NON_CREDIT_CARD"
	}
	body["domain"], body["sparse"] = "QBO", false
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if err := c.loadOne(c.kinds[strings.ToLower(kind)], raw); err != nil {
		return err
	}
	c.find(kind, id).dirty = true
	return nil
}

// addMissingAccounts completes the chart of a recording: receivables carry the
// customers' balances, undeposited funds the payments no deposit holds.
func (c *Company) addMissingAccounts() {
	owed := map[string]amount{}
	for _, o := range c.shelf("Customer").byIDs() {
		owed[o.party.currency] += o.party.balance
	}
	owed[c.home] += 0
	for _, cur := range sortedKeys(owed) {
		if c.firstAccount("Accounts Receivable", "", cur) == nil {
			c.carry(c.receivable(cur, &document{}), owed[cur])
		}
	}
	if c.firstAccount("Other Current Asset", "UndepositedFunds", "") == nil {
		c.carry(c.undeposited(), c.undepositedPayments())
	}
	if c.firstAccount("Bank", "", c.home) == nil {
		c.addAccount("Checking", "Bank", "Checking", c.home)
	}
	c.incomeAccount()
	c.expenseAccount()
}

func (c *Company) carry(acct *object, amt amount) {
	acct.account.balance, acct.account.withSubs, acct.account.home = amt, amt, amt
	acct.dirty = true
}

// undepositedPayments are those without an account and without a deposit.
func (c *Company) undepositedPayments() amount {
	var sum amount
	for _, o := range c.shelf("Payment").byIDs() {
		if o.txn.deposit == nil && !splitObject(o.raw).has("DepositToAccountRef") {
			sum += o.txn.rate.home(o.txn.total)
		}
	}
	return sum
}
