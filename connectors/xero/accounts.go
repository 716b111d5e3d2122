package xero

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// Names of what a book needs, as they are proposed.
const (
	defaultContact  = "Stripe"
	feesAccountName = "Stripe Fees"
	returnedName    = "Returned payments"
	disputesName    = "Stripe disputes"
)

func clearingName(c money.Currency) string { return "Stripe " + string(c) }

// disputesOf names the account for disputed money of a currency. Only bank
// accounts have a currency of their own in Xero, so that the name tells them
// apart.
func (s *session) disputesOf(c money.Currency) string {
	if c == s.access.Home {
		return disputesName
	}
	return disputesName + " " + string(c)
}

// DetectAccounts looks for accounts named after Stripe, and for the two assets
// that returns and disputes go over; accounts receivable cannot be posted to. A clearing account is
// of type BANK in its currency, because spent money and transfers take no
// other (Xero docs: accounting/banktransactions). A bank for payouts is chosen
// only when there is no other of that currency: which of two receives the
// payouts, a person must say.
func (s *session) DetectAccounts(accounts []receivables.Account, needs connectors.AccountNeeds) connectors.AccountPlan {
	plan := connectors.AccountPlan{Accounts: mapping.Accounts{
		Clearing: map[money.Currency]string{}, Banks: map[string]string{},
		Disputes: map[money.Currency]string{}, TopUps: map[money.Currency]string{},
	}}
	currencies := append([]money.Currency(nil), needs.Currencies...)
	slices.Sort(currencies)
	for _, c := range currencies {
		if id := firstNamed(accounts, receivables.AccountBank, c); id != "" {
			plan.Accounts.Clearing[c] = id
		} else {
			n := connectors.NewAccount{Use: "clearing", Name: clearingName(c), Currency: c}
			plan.Create = append(plan.Create, asleep(n, receivables.AccountBank, accounts))
		}
		planBank(&plan, accounts, c)
		if id := called(accounts, s.disputesOf(c), disputesName+" "+string(c)); id != "" {
			plan.Accounts.Disputes[c] = id
		} else {
			n := connectors.NewAccount{Use: "disputes", Name: s.disputesOf(c), Currency: c}
			plan.Create = append(plan.Create, asleep(n, receivables.AccountAsset, accounts))
		}
	}
	if plan.Accounts.Returned = called(accounts, returnedName); plan.Accounts.Returned == "" {
		n := connectors.NewAccount{Use: "returned", Name: returnedName}
		plan.Create = append(plan.Create, asleep(n, receivables.AccountAsset, accounts))
	}
	if plan.Accounts.Fees = firstNamed(accounts, receivables.AccountExpense, ""); plan.Accounts.Fees == "" {
		n := connectors.NewAccount{Use: "fees", Name: feesAccountName}
		plan.Create = append(plan.Create, asleep(n, receivables.AccountExpense, accounts))
	}
	// Contacts are not among the accounts. Creating one that exists changes
	// nothing: Xero matches contacts by name.
	plan.Create = append(plan.Create, connectors.NewAccount{Use: "contact", Name: defaultContact})
	return plan
}

// firstNamed is the active account of the type whose name speaks of Stripe,
// the lowest code first.
func firstNamed(accounts []receivables.Account, kind receivables.AccountType, c money.Currency) string {
	var hits []receivables.Account
	for _, a := range accounts {
		if a.Active && a.Type == kind && a.Currency == c && ours(a) {
			hits = append(hits, a)
		}
	}
	sort.Slice(hits, func(i, j int) bool { return hits[i].Code+hits[i].ID < hits[j].Code+hits[j].ID })
	if len(hits) == 0 {
		return ""
	}
	return hits[0].ID
}

// called is the active asset with just one of these names, whatever the case
// of its letters. One that is named alike but of another type, such as an expense,
// would not carry its balance over the year's end.
func called(accounts []receivables.Account, names ...string) string {
	for _, name := range names {
		for _, a := range accounts {
			if a.Active && a.Type == receivables.AccountAsset && strings.EqualFold(strings.TrimSpace(a.Name), name) {
				return a.ID
			}
		}
	}
	return ""
}

func ours(a receivables.Account) bool { return strings.Contains(strings.ToLower(a.Name), "stripe") }

func planBank(plan *connectors.AccountPlan, accounts []receivables.Account, c money.Currency) {
	var banks []string
	for _, a := range accounts {
		if a.Active && a.Type == receivables.AccountBank && a.Currency == c && !ours(a) {
			banks = append(banks, a.ID)
		}
	}
	switch len(banks) {
	case 1:
		plan.Accounts.Banks["*"+string(c)] = banks[0]
		plan.Accounts.TopUps[c] = banks[0]
	case 0:
		plan.Missing = append(plan.Missing, connectors.Missing{Use: "bank", Currency: c, Text: fmt.Sprintf("There is no bank account in %s for payouts.", c)})
	default:
		plan.Missing = append(plan.Missing, connectors.Missing{Use: "bank", Currency: c, Text: fmt.Sprintf("Choose which of %d bank accounts in %s receives payouts.", len(banks), c)})
	}
}

type bodyAccount struct {
	Code              string
	Name              string
	Type              string
	BankAccountNumber string         `json:",omitempty"`
	BankAccountType   string         `json:",omitempty"`
	CurrencyCode      money.Currency `json:",omitempty"`
	Description       string         `json:",omitempty"`
}

// LowerAccount creates one account (PUT /Accounts takes one at a time) or the
// contact, or makes an archived one active again. A code has at most 10 characters, and an account of type BANK needs
// a number (Xero docs: accounting/accounts).
func (s *session) LowerAccount(n connectors.NewAccount) (connectors.Write, error) {
	if n.Name == "" {
		return connectors.Write{}, fmt.Errorf("xero: lower account for %s: it has no name", n.Use)
	}
	if len(n.Raw) > 0 {
		return lowerAgain(n)
	}
	// The same account may be made in two organisations at once: the key must
	// tell them apart, because Xero compares only address and body.
	named := s.access.ExternalID + "\n" + n.Use + "\n" + n.Name
	if n.Existing != "" {
		named += "\n" + n.Existing
	}
	sum := sha256.Sum256([]byte(named))
	w := connectors.Write{Op: opAccount, Key: "account:" + hex.EncodeToString(sum[:16])}
	body := bodyAccount{Name: n.Name, Description: "Made by Tieout."}
	switch n.Use {
	case "clearing", "bank":
		// The number is shown to people only; it must not be empty.
		body.Code, body.Type, body.BankAccountType = bankCode(n), "BANK", "BANK"
		body.BankAccountNumber, body.CurrencyCode, body.Description = body.Code, n.Currency, ""
	case "fees":
		body.Code, body.Type = "STRIPEFEE", "EXPENSE"
	case "returned":
		// Nothing is enabled on it: Xero would offer it for payments.
		body.Code, body.Type = "RETURNED", "CURRENT"
	case "disputes":
		body.Code, body.Type = "DISPUTE"+string(n.Currency), "CURRENT"
	case "contact":
		w.Op = opContact
		err := fill(&w, http.MethodPost, "Contacts", perElement(), bodyID{Name: n.Name})
		return w, wrapLower(n, err)
	default:
		return connectors.Write{}, fmt.Errorf("xero: lower account: Xero has no place for %q", n.Use)
	}
	err := fill(&w, http.MethodPut, "Accounts", nil, body)
	return w, wrapLower(n, err)
}

// bankCode is the code of a bank account that is made for a currency.
func bankCode(n connectors.NewAccount) string {
	prefix := "STRIPE"
	if n.Use == "bank" {
		prefix = "BANK"
	}
	return prefix + string(n.Currency)
}

func wrapLower(n connectors.NewAccount, err error) error {
	if err != nil {
		return fmt.Errorf("xero: lower account %s: %w", n.Name, err)
	}
	return nil
}

// nameOf is the name in the stored request for an account or contact.
func nameOf(request wireWrite) string {
	names := elementsOf[struct{ Name string }](request)
	if len(names) != 1 {
		return ""
	}
	return names[0].Name
}
