package quickbooks

import "strings"

// classification of the account types of the API (Intuit docs: account).
func classification(typ string) string {
	switch typ {
	case "Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset":
		return "Asset"
	case "Accounts Payable", "Credit Card", "Other Current Liability", "Long Term Liability":
		return "Liability"
	case "Equity":
		return "Equity"
	case "Income", "Other Income":
		return "Revenue"
	case "Cost of Goods Sold", "Expense", "Other Expense":
		return "Expense"
	}
	return ""
}

// defaultSubType is what an account gets that names none.
func defaultSubType(typ string) string {
	return map[string]string{
		"Bank": "CashOnHand", "Accounts Receivable": "AccountsReceivable", "Other Current Asset": "OtherCurrentAssets",
		"Fixed Asset": "OtherFixedAssets", "Other Asset": "OtherLongTermAssets", "Accounts Payable": "AccountsPayable",
		"Credit Card": "CreditCard", "Other Current Liability": "OtherCurrentLiabilities",
		"Long Term Liability": "OtherLongTermLiabilities", "Equity": "OpeningBalanceEquity", "Income": "ServiceFeeIncome",
		"Other Income": "OtherMiscellaneousIncome", "Cost of Goods Sold": "SuppliesMaterialsCogs",
		"Expense": "OtherMiscellaneousServiceCost", "Other Expense": "OtherMiscellaneousExpense",
	}[typ]
}

// typeOfSubType is the type of an account that names only its subtype (Intuit
// docs: account; the common ones). "" for others.
func typeOfSubType(subType string) string {
	return map[string]string{
		"CashOnHand": "Bank", "Checking": "Bank", "Savings": "Bank", "MoneyMarket": "Bank", "TrustAccounts": "Bank",
		"AccountsReceivable": "Accounts Receivable", "UndepositedFunds": "Other Current Asset", "OtherCurrentAssets": "Other Current Asset",
		"PrepaidExpenses": "Other Current Asset", "Inventory": "Other Current Asset", "AccountsPayable": "Accounts Payable",
		"CreditCard": "Credit Card", "OtherCurrentLiabilities": "Other Current Liability", "SalesTaxPayable": "Other Current Liability",
		"GlobalTaxPayable": "Other Current Liability", "RetainedEarnings": "Equity", "OpeningBalanceEquity": "Equity",
		"ServiceFeeIncome": "Income", "SalesOfProductIncome": "Income", "OtherPrimaryIncome": "Income", "DiscountsRefundsGiven": "Income",
		"SuppliesMaterialsCogs": "Cost of Goods Sold", "BankCharges": "Expense", "FinanceCosts": "Expense", "BadDebts": "Expense",
		"OfficeGeneralAdministrativeExpenses": "Expense", "OtherMiscellaneousServiceCost": "Expense", "InterestPaid": "Expense",
		"OtherMiscellaneousIncome": "Other Income", "InterestEarned": "Other Income", "ExchangeGainOrLoss": "Other Expense",
		"OtherMiscellaneousExpense": "Other Expense",
	}[subType]
}

func buildAccount(ch *change) *Fault {
	d, c := ch.doc, ch.c
	name := d.str("Name")
	switch {
	case name == "":
		return faultMissing("Name")
	case strings.ContainsAny(name, `:"`):
		return faultBusiness("Account names must not contain a colon or double quotes.")
	case !d.has("AccountType") && !d.has("AccountSubType"):
		return faultMissing("AccountType")
	}
	typ := orDefault(d.str("AccountType"), typeOfSubType(d.str("AccountSubType")))
	d.setStr("AccountType", typ)
	if classification(typ) == "" {
		return faultEnum("AccountType", typ)
	}
	d.setDefault("AccountSubType", quote(defaultSubType(typ)))
	d.setStr("Classification", classification(typ))
	cur, fault := ch.currency()
	if fault != nil {
		return fault
	}
	ch.account = &account{typ: typ, subType: d.str("AccountSubType"), currency: cur}
	if ch.old != nil {
		was := ch.old.account
		ch.account.balance, ch.account.withSubs, ch.account.home = was.balance, was.withSubs, was.home
	}
	full := name
	if id, _ := d.ref("ParentRef"); id != "" {
		parent := c.find("Account", id)
		if parent == nil {
			return faultReference("ParentRef", "Accounts", id)
		}
		ch.account.parent = parent
		full = parent.name + ":" + name
	}
	if ch.old != nil && ch.old.account.parent != ch.account.parent && ch.old.account.withSubs != 0 {
		return faultBusiness("An account with a balance cannot be moved to another parent.")
	}
	d.setBool("SubAccount", ch.account.parent != nil)
	return ch.finishNamed("Name", full)
}

// addAccount makes an account that a company keeps by itself.
func (c *Company) addAccount(name, typ, subType, currency string) *object {
	d := &document{}
	d.setStr("Name", name)
	d.setStr("AccountType", typ)
	d.setStr("AccountSubType", subType)
	d.setRef("CurrencyRef", currency, currencyName(currency))
	ch := &change{c: c, kind: c.kinds["account"], req: d, doc: d}
	for n := 2; buildAccount(ch) != nil && n < 100; n++ {
		d.setStr("Name", name+" "+string(rune('0'+n%10)))
	}
	return ch.insert()
}

// account finds an account reference that must exist and be active.
func (c *Company) accountRef(d *document, field, element string) (*object, *Fault) {
	id, _ := d.ref(field)
	if id == "" {
		return nil, nil
	}
	o := c.find("Account", id)
	if o == nil {
		return nil, faultReference(element, "Accounts", id)
	}
	if !o.active {
		return nil, faultNotFound()
	}
	return o, nil
}

// firstAccount is the account of a type with the lowest id.
func (c *Company) firstAccount(typ, subType, currency string) *object {
	for _, o := range c.shelf("Account").byIDs() {
		a := o.account
		if o.active && a.typ == typ && (subType == "" || a.subType == subType) && (currency == "" || a.currency == currency) {
			return o
		}
	}
	return nil
}

// receivable is the A/R account of a currency; each foreign currency has its
// own, made when it is first needed (Intuit docs: manage multiple currencies).
func (c *Company) receivable(currency string, d *document) *object {
	if id, _ := d.ref("ARAccountRef"); id != "" {
		if o := c.find("Account", id); o != nil && o.account.currency == currency {
			return o
		}
	}
	if o := c.firstAccount("Accounts Receivable", "", currency); o != nil {
		return o
	}
	name := "Accounts Receivable (A/R)"
	if currency != c.home {
		name += " - " + currency
	}
	return c.addAccount(name, "Accounts Receivable", "AccountsReceivable", currency)
}

// undeposited is where a payment goes that names no account.
func (c *Company) undeposited() *object {
	return c.accountOrNew("Undeposited Funds", "Other Current Asset", "UndepositedFunds")
}

func (c *Company) exchangeAccount() *object {
	return c.accountOrNew("Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss")
}

func (c *Company) discountAccount() *object {
	return c.accountOrNew("Discounts given", "Income", "DiscountsRefundsGiven")
}

func (c *Company) taxAccount() *object {
	if o := c.firstAccount("Other Current Liability", "GlobalTaxPayable", c.home); o != nil {
		return o
	}
	return c.accountOrNew("Sales Tax Payable", "Other Current Liability", "SalesTaxPayable")
}

func (c *Company) incomeAccount() *object {
	if o := c.firstAccount("Income", "", c.home); o != nil {
		return o
	}
	return c.accountOrNew("Services", "Income", "ServiceFeeIncome")
}

func (c *Company) expenseAccount() *object {
	if o := c.firstAccount("Expense", "", c.home); o != nil {
		return o
	}
	return c.accountOrNew("Uncategorized Expense", "Expense", "OtherMiscellaneousServiceCost")
}

func (c *Company) accountOrNew(name, typ, subType string) *object {
	if o := c.firstAccount(typ, subType, c.home); o != nil {
		return o
	}
	return c.addAccount(name, typ, subType, c.home)
}

// isMoney reports whether money can lie on the account: Bank or Other Current
// Asset (Intuit docs: payment, DepositToAccountRef).
func (a *account) isMoney() bool { return a.typ == "Bank" || a.typ == "Other Current Asset" }
