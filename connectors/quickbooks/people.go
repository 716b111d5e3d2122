package quickbooks

import (
	"strings"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

func (m mapper) customer(raw []byte, d *mapping.Draft) (wireHead, error) {
	w, err := decode[wireCustomer](raw)
	if err != nil {
		return w.wireHead, err
	}
	c := receivables.Customer{
		ID: w.ID, Name: w.DisplayName, Company: w.CompanyName, Contacts: contacts(w),
		TaxID: orElse(w.PrimaryTaxIdentifier, w.ResaleNum), ParentID: w.ParentRef.Value,
		Terms:    orElse(w.SalesTermRef.Name, w.SalesTermRef.Value),
		Currency: money.Currency(m.currency(w.CurrencyRef)), Active: w.Active == nil || *w.Active,
	}
	for _, a := range []struct {
		kind string
		at   *wireAddress
	}{{"billing", w.BillAddr}, {"shipping", w.ShipAddr}} {
		if a.at != nil {
			c.Addresses = append(c.Addresses, address(a.kind, *a.at))
		}
	}
	d.Customer = &mapping.CustomerDraft{Customer: c, Balance: plain(w.Balance)}
	return w.wireHead, nil
}

// contacts gives one contact for each e-mail address; the phones belong to the
// first. Only the customer's own person is known to QuickBooks.
func contacts(w wireCustomer) []receivables.Contact {
	name := strings.Join(strings.Fields(w.GivenName+" "+w.MiddleName+" "+w.FamilyName), " ")
	first := receivables.Contact{Name: name, Phone: orElse(w.PrimaryPhone.FreeFormNumber, w.Mobile.FreeFormNumber), Role: "primary"}
	emails := addresses(w.PrimaryEmailAddr)
	if len(emails) > 0 {
		first.Email = emails[0]
	}
	if first.Name == "" && first.Phone == "" && first.Email == "" {
		return nil
	}
	out := []receivables.Contact{first}
	for _, e := range emails[min(len(emails), 1):] {
		out = append(out, receivables.Contact{Email: e, Role: "copy"})
	}
	return out
}

func address(kind string, w wireAddress) receivables.Address {
	a := receivables.Address{Kind: kind, City: w.City, Region: w.CountrySubDivisionCode, Postal: w.PostalCode, Country: w.Country}
	for _, l := range []string{w.Line1, w.Line2, w.Line3, w.Line4, w.Line5} {
		if l != "" {
			a.Lines = append(a.Lines, l)
		}
	}
	return a
}

func (m mapper) account(raw []byte, d *mapping.Draft) (wireHead, error) {
	w, err := decode[wireAccount](raw)
	if err != nil {
		return w.wireHead, err
	}
	d.Account = &mapping.AccountDraft{
		Account: receivables.Account{
			ID: w.ID, Code: w.AcctNum, Name: w.Name, Type: accountType(w.AccountType),
			Currency: money.Currency(m.currency(w.CurrencyRef)), Active: w.Active == nil || *w.Active,
			Undeposited: w.AccountSubType == "UndepositedFunds",
		},
		Balance: plain(w.CurrentBalance),
	}
	return w.wireHead, nil
}

// accountType reads AccountType (Finance.xsd, AccountTypeEnum).
func accountType(text string) receivables.AccountType {
	switch text {
	case "Accounts Receivable":
		return receivables.AccountReceivable
	case "Bank":
		return receivables.AccountBank
	case "Expense", "Other Expense", "Cost of Goods Sold":
		return receivables.AccountExpense
	case "Income", "Other Income":
		return receivables.AccountIncome
	case "Other Current Asset":
		return receivables.AccountAsset
	}
	return receivables.AccountOther
}
