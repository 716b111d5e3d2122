package xero

import "strings"

// classOf is an account type's class (Xero docs: accounting/types, account
// types); "" is no type.
func classOf(typ string) string {
	switch typ {
	case "BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT":
		return "ASSET"
	case "CURRLIAB", "LIABILITY", "TERMLIAB":
		return "LIABILITY"
	case "EXPENSE", "DIRECTCOSTS", "OVERHEADS", "DEPRECIATN":
		return "EXPENSE"
	case "REVENUE", "SALES", "OTHERINCOME":
		return "REVENUE"
	case "EQUITY":
		return "EQUITY"
	}
	return ""
}

// createAccount adds an account to the chart (Xero docs: accounting/accounts).
func (o *Organisation) createAccount(f object, _ writeOptions) (*record, []string, error) {
	typ := strings.ToUpper(f.str("Type"))
	class := classOf(typ)
	if class == "" {
		return nil, nil, invalid("Account type is invalid.")
	}
	if err := o.checkAccount(nil, f); err != nil {
		return nil, nil, err
	}
	if typ == "BANK" {
		if err := o.checkBankAccount(f); err != nil {
			return nil, nil, err
		}
	}
	out := object{}
	out.setStr("AccountID", o.uuid())
	out.setStr("Code", f.str("Code"))
	out.setStr("Name", f.str("Name"))
	out.setStr("Status", "ACTIVE")
	out.setStr("Type", typ)
	out.setStr("TaxType", orElse(f.str("TaxType"), o.defaultTax(class)))
	out.setStr("Class", class)
	out.setBool("EnablePaymentsToAccount", f.flag("EnablePaymentsToAccount"))
	out.setBool("ShowInExpenseClaims", f.flag("ShowInExpenseClaims"))
	if typ == "BANK" {
		out.setStr("BankAccountType", orElse(f.str("BankAccountType"), "BANK"))
		out.setStr("CurrencyCode", orElse(f.str("CurrencyCode"), o.baseCode))
	}
	out.reporting(class)
	out.set("UpdatedDateUTC", msDate(o.now()))
	out.setBool("AddToWatchlist", f.flag("AddToWatchlist"))
	r := o.readAccount(out.overlay(f, "AccountID", "Status", "Type", "Class", "SystemAccount", "UpdatedDateUTC", "TaxType", "EnablePaymentsToAccount", "ShowInExpenseClaims", "AddToWatchlist", "ReportingCode", "ReportingCodeName", "ValidationErrors"))
	o.add(r)
	return r, nil, nil
}

// reporting writes the reporting code of an account's class, the root of the
// tree that a user may refine.
func (o *object) reporting(class string) {
	code := map[string]string{"ASSET": "ASS", "LIABILITY": "LIA", "EXPENSE": "EXP", "REVENUE": "REV", "EQUITY": "EQU"}[class]
	name := map[string]string{"ASSET": "Asset", "LIABILITY": "Liability", "EXPENSE": "Expense", "REVENUE": "Revenue", "EQUITY": "Equity"}[class]
	o.setStr("ReportingCode", code)
	o.setStr("ReportingCodeName", name)
}

func (o *Organisation) defaultTax(class string) string {
	switch class {
	case "REVENUE":
		return o.taxRates[1].code
	case "EXPENSE":
		return o.taxRates[2].code
	}
	return "NONE"
}

func (o *Organisation) checkAccount(r *record, f object) error {
	code, name := f.str("Code"), f.str("Name")
	switch {
	case name == "":
		return invalid("The Account Name must be specified.")
	case len(name) > 150:
		return invalid("The Name field is longer than 150 characters.")
	case len(code) > 10:
		return invalid("The Code field is longer than 10 characters.")
	case code == "" && f.str("Type") != "BANK":
		return invalid("The Account Code must be specified.")
	}
	if other := o.accountCodes[code]; code != "" && other != nil && other != r {
		return invalid("Please enter a unique Code.")
	}
	if other := o.accountNames[strings.ToLower(name)]; other != nil && other != r {
		return invalid("Please enter a unique Name.")
	}
	return nil
}

func (o *Organisation) checkBankAccount(f object) error {
	if f.str("BankAccountNumber") == "" {
		return invalid("The Bank Account Number must be specified.")
	}
	if f.str("BankAccountType") == "PAYPAL" {
		return invalid("Accounts of type PayPal cannot be created.")
	}
	if c := f.str("CurrencyCode"); c != "" && !o.hasCurrency(c) {
		return invalid("Organisation is not subscribed to currency %s", c)
	}
	return nil
}

// updateAccount changes an account or, with Status ARCHIVED alone, archives it.
func (o *Organisation) updateAccount(r *record, f object, _ writeOptions) ([]string, error) {
	if f.str("Status") == "ARCHIVED" && r.acct.system != "" {
		return nil, invalid("A system account cannot be archived.")
	}
	merged := r.fields().overlay(f, "AccountID", "Type", "Class", "SystemAccount", "UpdatedDateUTC", "ValidationErrors")
	if err := o.checkAccount(r, merged); err != nil {
		return nil, err
	}
	next := o.readAccount(merged)
	o.edit(r)
	o.unregister(r)
	r.name, r.status, *r.acct = next.name, next.status, *next.acct
	r.setRaw(merged)
	o.register(r)
	o.touch(r)
	return nil, nil
}

// deleteAccount removes an account that nothing was posted to; it shows as
// DELETED in the answer and is gone then (Xero docs: accounting/accounts).
func (o *Organisation) deleteAccount(r *record) (*answer, error) {
	if r.acct.system != "" {
		return nil, invalid("A system account cannot be deleted.")
	}
	if len(o.ledger[r]) > 0 {
		return nil, invalid("The account is used by transactions and can only be archived.")
	}
	f := r.fields()
	f.setStr("Status", "DELETED")
	f.setUpdated(o.now(), false)
	o.unregister(r)
	o.tables["Accounts"].remove(r)
	return o.envelope("Accounts", [][]byte{f.bytes()}), nil
}

// paymentAccount finds the account money goes through: by AccountID or Code.
func (o *Organisation) paymentAccount(f object, bankOnly bool) (*record, error) {
	var a *record
	if f.has("AccountID") {
		a = o.find("Accounts", f.str("AccountID"))
	} else if f.str("Code") != "" {
		a = o.accountCodes[f.str("Code")]
	}
	if a == nil {
		return nil, invalid("Account could not be found")
	}
	if a.status != "ACTIVE" {
		return nil, invalid("The account %s is archived.", a.name)
	}
	if a.typ != "BANK" && (bankOnly || !a.acct.takesPayments) {
		return nil, invalid("Account code '%s' is not a valid code for this document.", a.acct.code)
	}
	return a, nil
}
