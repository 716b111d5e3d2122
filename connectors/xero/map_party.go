package xero

import (
	"encoding/json"
	"fmt"
	"strings"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// contact maps a contact, customer or not: the contact that fees are owed to
// is one too. Its Balances are left out: Xero's documents contradict each
// other on the currency that they are in.
func (m mapper) contact(raw json.RawMessage) row {
	w, err := decode[wireContact](raw)
	if err != nil {
		return unreadable(receivables.KindCustomer, "ContactID", raw, err)
	}
	r := row{draft: draftOf(receivables.KindCustomer, w.ContactID, w.stamp, raw), keep: true}
	r.draft.Customer = &mapping.CustomerDraft{Customer: receivables.Customer{
		ID: w.ContactID, Name: w.Name, Contacts: peopleOf(w), Addresses: addressesOf(w.Addresses),
		TaxID: w.TaxNumber, MergedInto: w.MergedToContactID, Terms: termsOf(w.PaymentTerms.Sales),
		Currency: money.Currency(w.DefaultCurrency), Active: w.ContactStatus == "ACTIVE",
	}}
	return r
}

func peopleOf(w wireContact) []receivables.Contact {
	primary := receivables.Contact{
		Name:  strings.TrimSpace(w.FirstName + " " + w.LastName),
		Email: strings.TrimSpace(w.EmailAddress), Phone: phoneOf(w.Phones), Role: "primary",
	}
	var people []receivables.Contact
	if primary.Name != "" || primary.Email != "" || primary.Phone != "" {
		people = append(people, primary)
	}
	for _, p := range w.ContactPersons {
		person := receivables.Contact{
			Name: strings.TrimSpace(p.FirstName + " " + p.LastName), Email: strings.TrimSpace(p.EmailAddress),
		}
		if p.IncludeInEmails {
			person.Role = "billing"
		}
		people = append(people, person)
	}
	return people
}

// phoneOf is the default number, else the mobile one.
func phoneOf(phones []wirePhone) string {
	for _, kind := range []string{"DEFAULT", "MOBILE", "DDI"} {
		for _, p := range phones {
			if p.PhoneType == kind && strings.TrimSpace(p.PhoneNumber) != "" {
				return strings.Join(strings.Fields(p.PhoneCountryCode+" "+p.PhoneAreaCode+" "+p.PhoneNumber), " ")
			}
		}
	}
	return ""
}

func addressesOf(wire []wireAddress) []receivables.Address {
	var out []receivables.Address
	for _, a := range wire {
		address := receivables.Address{
			Kind: strings.ToLower(a.AddressType), City: a.City, Region: a.Region,
			Postal: a.PostalCode, Country: a.Country,
		}
		for _, line := range []string{a.AttentionTo, a.AddressLine1, a.AddressLine2, a.AddressLine3, a.AddressLine4} {
			if line = strings.TrimSpace(line); line != "" {
				address.Lines = append(address.Lines, line)
			}
		}
		if len(address.Lines) > 0 || a.City+a.Region+a.PostalCode+a.Country != "" {
			out = append(out, address)
		}
	}
	return out
}

// termsOf puts sales terms into words (Xero docs: accounting/types, payment
// terms).
func termsOf(t wireTerms) string {
	words := map[string]string{
		"DAYSAFTERBILLDATE":  "%s days after the invoice date",
		"DAYSAFTERBILLMONTH": "%s days after the end of the invoice month",
		"OFCURRENTMONTH":     "day %s of the invoice month",
		"OFFOLLOWINGMONTH":   "day %s of the month after the invoice",
	}
	if format, ok := words[t.Type]; ok && t.Day != "" {
		return fmt.Sprintf(format, string(t.Day))
	}
	return ""
}

func (m mapper) account(raw json.RawMessage) row {
	w, err := decode[wireAccount](raw)
	if err != nil {
		return unreadable(receivables.KindAccount, "AccountID", raw, err)
	}
	r := row{draft: draftOf(receivables.KindAccount, w.AccountID, w.stamp, raw), keep: true}
	r.draft.Deleted = w.Status == "DELETED"
	r.draft.Account = &mapping.AccountDraft{Account: receivables.Account{
		ID: w.AccountID, Code: w.Code, Name: w.Name, Type: accountType(w),
		Currency: money.Currency(w.CurrencyCode), Active: w.Status == "ACTIVE" || w.Status == "",
	}}
	return r
}

// systemReceivable is the SystemAccount of accounts receivable (Xero docs:
// accounting/types, system accounts).
const systemReceivable = "DEBTORS"

// accountType sorts Xero's types (Xero docs: accounting/types, account types)
// into those that receivables work needs. Card and PayPal accounts are of
// type BANK too, but no payout arrives there.
func accountType(w wireAccount) receivables.AccountType {
	switch {
	case w.SystemAccount == systemReceivable:
		return receivables.AccountReceivable
	case w.Type == "BANK" && w.BankAccountType != "CREDITCARD" && w.BankAccountType != "PAYPAL":
		return receivables.AccountBank
	}
	switch w.Type {
	case "EXPENSE", "OVERHEADS", "DIRECTCOSTS", "DEPRECIATN":
		return receivables.AccountExpense
	case "REVENUE", "SALES", "OTHERINCOME":
		return receivables.AccountIncome
	case "CURRENT", "INVENTORY", "PREPAYMENT":
		return receivables.AccountAsset
	}
	return receivables.AccountOther
}
