package economy

import "strings"

// quickbooksAccount is what the economy reads of an Account.
type quickbooksAccount struct {
	ID             string `json:"Id"`
	Name           string
	AccountType    string
	AccountSubType string
	Active         *bool
	CurrencyRef    struct{ Value string }
}

// find gives the first active account of a type; words must be in its name,
// and a currency, where given, must be its own.
func (q *quickbooksBooks) find(kind, words, currency string) string {
	for _, raw := range q.company.List("Account") {
		var a quickbooksAccount
		if open(raw, "Account", &a) != nil || a.AccountType != kind || a.Active != nil && !*a.Active {
			continue
		}
		own := a.CurrencyRef.Value
		if own == "" {
			own = q.home
		}
		if strings.Contains(strings.ToLower(a.Name), strings.ToLower(words)) && (currency == "" || own == currency) {
			return a.ID
		}
	}
	return ""
}

func (q *quickbooksBooks) Accounts(currency string, create bool) (Accounts, error) {
	if a, ok := q.money[currency]; ok {
		return a, nil
	}
	a := Accounts{Currency: currency, ClearingName: "Stripe Clearing " + currency, BankName: "Checking"}
	if currency != q.home {
		a.BankName = "Checking " + currency
	}
	a.Clearing = q.find("Bank", a.ClearingName, currency)
	if a.Bank = q.find("Bank", a.BankName, currency); a.Bank == "" && currency == q.home {
		a.Bank = q.find("Bank", "", currency)
	}
	if !create {
		return a, nil
	}
	for _, missing := range []struct {
		id   *string
		name string
	}{{&a.Clearing, a.ClearingName}, {&a.Bank, a.BankName}} {
		if *missing.id != "" {
			continue
		}
		body := fields{"Name": missing.name, "AccountType": "Bank", "AccountSubType": "Checking"}
		if q.multi {
			body["CurrencyRef"] = ref(currency)
		}
		var made entityID
		if err := q.create("Account", body, &made); err != nil {
			return a, err
		}
		*missing.id = made.ID
	}
	q.money[currency] = a
	return a, nil
}

// feeAccount finds or opens the expense account for Stripe's fees.
func (q *quickbooksBooks) feeAccount() (string, error) {
	const name = "Stripe Fees"
	if q.fees == "" {
		q.fees = q.find("Expense", name, "")
	}
	if q.fees != "" {
		return q.fees, nil
	}
	var made entityID
	err := q.create("Account", fields{"Name": name, "AccountType": "Expense", "AccountSubType": "BankCharges"}, &made)
	q.fees = made.ID
	return q.fees, err
}

// service finds the item that invoices sell.
func (q *quickbooksBooks) service() (string, error) {
	if q.item != "" {
		return q.item, nil
	}
	for _, raw := range q.company.List("Item") {
		var item struct {
			ID   string `json:"Id"`
			Type string
		}
		if open(raw, "Item", &item) == nil && item.Type == "Service" {
			q.item = item.ID
			return q.item, nil
		}
	}
	income := q.find("Income", "", "")
	var made entityID
	err := q.create("Item", fields{"Name": "Services", "Type": "Service", "IncomeAccountRef": ref(income)}, &made)
	q.item = made.ID
	return q.item, err
}
