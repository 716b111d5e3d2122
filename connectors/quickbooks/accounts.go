package quickbooks

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// The uses of an account or contact, as connectors.NewAccount names them.
const (
	useClearing = "clearing"
	useFees     = "fees"
	useBank     = "bank"
	useContact  = "contact"
	useMethod   = "method"
	useDisputes = "disputes"
)

// DetectAccounts takes the accounts that are plainly Stripe's, proposes those
// that are missing, and leaves every other choice to a person: which cost
// goodwill or a bad debt is, is nothing that a name tells.
func (s *Session) DetectAccounts(accounts []receivables.Account, needs connectors.AccountNeeds) connectors.AccountPlan {
	plan := connectors.AccountPlan{Accounts: mapping.Accounts{
		Clearing: map[money.Currency]string{}, Banks: map[string]string{},
		Receivable: map[money.Currency]string{}, Disputes: map[money.Currency]string{}, TopUps: map[money.Currency]string{},
	}}
	for _, c := range sortedCurrencies(needs) {
		if id := only(accounts, func(a receivables.Account) bool { return s.isClearing(a, c) }); id != "" {
			plan.Accounts.Clearing[c] = id
		} else {
			n := connectors.NewAccount{Use: useClearing, Name: s.named("Stripe clearing", c), Currency: c}
			plan.Create = append(plan.Create, asleep(n, receivables.AccountBank, accounts))
		}
		s.planBank(&plan, accounts, c)
		s.planReceivable(&plan, accounts, c)
		if id := only(accounts, func(a receivables.Account) bool { return isDisputes(a, c) }); id != "" {
			plan.Accounts.Disputes[c] = id
		} else {
			n := connectors.NewAccount{Use: useDisputes, Name: s.named("Stripe disputes", c), Currency: c}
			plan.Create = append(plan.Create, asleep(n, receivables.AccountAsset, accounts))
		}
	}
	plan.Accounts.Fees = only(accounts, func(a receivables.Account) bool {
		return a.Active && a.Type == receivables.AccountExpense && mentions(a.Name, "stripe")
	})
	if plan.Accounts.Fees == "" {
		n := connectors.NewAccount{Use: useFees, Name: "Stripe fees", Currency: s.access.Home}
		plan.Create = append(plan.Create, asleep(n, receivables.AccountExpense, accounts))
	}
	// Vendors and methods are not among the accounts. Creating one whose name
	// is taken gives the one that is there.
	plan.Create = append(plan.Create,
		connectors.NewAccount{Use: useContact, Name: "Stripe", Currency: s.access.Home},
		connectors.NewAccount{Use: useMethod, Name: "Stripe"})
	return plan
}

// planBank takes the only bank account of a currency. Of several it takes the
// one called checking, because a payout goes to an account for daily use; when
// that does not decide, a person must.
func (s *Session) planBank(plan *connectors.AccountPlan, accounts []receivables.Account, c money.Currency) {
	isBank := func(a receivables.Account) bool {
		return a.Active && a.Type == receivables.AccountBank && a.Currency == c && !mentions(a.Name, "stripe")
	}
	id := only(accounts, isBank)
	if id != "" { // the only one that top-ups could come from
		plan.Accounts.TopUps[c] = id
	} else {
		id = only(accounts, func(a receivables.Account) bool { return isBank(a) && mentions(a.Name, "checking") })
	}
	if id == "" {
		plan.Missing = append(plan.Missing, connectors.Missing{Use: useBank, Currency: c, Text: fmt.Sprintf("the bank account that Stripe's payouts in %s arrive on", c)})
		return
	}
	plan.Accounts.Banks["*"+string(c)] = id
}

// planReceivable takes the receivables account of a currency: QuickBooks itself
// makes one for each (Intuit docs: manage multiple currencies), and none is
// ever made here. Of several a person must name the one.
func (s *Session) planReceivable(plan *connectors.AccountPlan, accounts []receivables.Account, c money.Currency) {
	several := false
	id := only(accounts, func(a receivables.Account) bool {
		fits := a.Active && a.Type == receivables.AccountReceivable && a.Currency == c
		several = several || fits
		return fits
	})
	switch {
	case id != "":
		plan.Accounts.Receivable[c] = id
	case several:
		plan.Missing = append(plan.Missing, connectors.Missing{Use: "receivable", Currency: c, Text: fmt.Sprintf("which of the receivables accounts in %s takes payments that come back", c)})
	}
}

// isDisputes wants a current asset: what is disputed is the merchant's until it
// is lost.
func isDisputes(a receivables.Account, c money.Currency) bool {
	return a.Active && a.Type == receivables.AccountAsset && a.Currency == c && mentions(a.Name, "stripe") && mentions(a.Name, "disput")
}

// isClearing wants an account of type Bank: a cash purchase and a transfer
// both take it, and the bank register shows its balance.
func (s *Session) isClearing(a receivables.Account, c money.Currency) bool {
	return a.Active && a.Type == receivables.AccountBank && a.Currency == c && mentions(a.Name, "stripe")
}

// only is the id of the one account that fits; "" for none or several.
func only(accounts []receivables.Account, fits func(receivables.Account) bool) string {
	id := ""
	for _, a := range accounts {
		if !fits(a) {
			continue
		}
		if id != "" {
			return ""
		}
		id = a.ID
	}
	return id
}

func mentions(name, word string) bool { return strings.Contains(strings.ToLower(name), word) }

func sortedCurrencies(needs connectors.AccountNeeds) []money.Currency {
	seen := map[money.Currency]bool{}
	var out []money.Currency
	add := func(c money.Currency) {
		if c != "" && !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	for _, c := range needs.Currencies {
		add(c)
	}
	for _, c := range needs.Destinations {
		add(c)
	}
	slices.Sort(out)
	return out
}

func (s *Session) named(name string, c money.Currency) string {
	if c == s.access.Home {
		return name
	}
	return name + " " + string(c)
}

type accountBody struct {
	Name        string `json:"Name,omitempty"`
	AccountType string `json:"AccountType,omitempty"`
	CurrencyRef *ref   `json:"CurrencyRef,omitempty"`
}

type vendorBody struct {
	DisplayName string `json:"DisplayName"`
}

type methodBody struct {
	Name string `json:"Name"`
	Type string `json:"Type"`
}

// LowerAccount is the write that creates an account, vendor or payment method,
// or makes an inactive one active again.
func (s *Session) LowerAccount(n connectors.NewAccount) (connectors.Write, error) {
	if n.Name == "" || strings.ContainsAny(n.Name, ":\"\t\n") { // Intuit docs: account
		return connectors.Write{}, fmt.Errorf("quickbooks: account: the name %q is not allowed", n.Name)
	}
	r, op := request{Lookup: n.Name}, opAccount
	switch n.Use {
	case useClearing, useBank:
		r.Entity, r.Body = "Account", accountBody{Name: n.Name, AccountType: "Bank", CurrencyRef: optionalRef(string(n.Currency))}
	case useDisputes:
		r.Entity, r.Body = "Account", accountBody{Name: n.Name, AccountType: "Other Current Asset", CurrencyRef: optionalRef(string(n.Currency))}
	case useFees: // only balance-sheet accounts have a currency of their own
		r.Entity, r.Body = "Account", accountBody{Name: n.Name, AccountType: "Expense"}
	case useContact:
		op, r.Entity, r.Body = opVendor, "Vendor", vendorBody{DisplayName: n.Name}
	case useMethod:
		op, r.Entity, r.Body = opMethod, "PaymentMethod", methodBody{Name: n.Name, Type: "NON_CREDIT_CARD"}
	default:
		return connectors.Write{}, fmt.Errorf("quickbooks: account: there is no use %q", n.Use)
	}
	if len(n.Raw) > 0 {
		return s.reactivation(n, op, r)
	}
	parts := []string{n.Use, n.Name, string(n.Currency)}
	if n.Existing != "" {
		parts = append(parts, n.Existing)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	key := "setup:" + hex.EncodeToString(sum[:12])
	body, err := r.encode(key)
	return connectors.Write{Op: op, Key: key, Body: body}, err
}

// screens are the pages of QuickBooks' own program (seen in its address bar;
// no document names them).
func screens() map[string]string {
	return map[string]string{
		"Invoice": "invoice?txnId=", "Payment": "recvpayment?txnId=", "CreditMemo": "creditmemo?txnId=",
		"Deposit": "deposit?txnId=", "Transfer": "transfer?txnId=", "Purchase": "expense?txnId=",
		"JournalEntry": "journal?txnId=", "SalesReceipt": "salesreceipt?txnId=", "RefundReceipt": "refundreceipt?txnId=",
		"Customer": "customerdetail?nameId=", "Account": "register?accountId=",
	}
}

// URL is where a person opens the object; "" for what has no page.
func (s *Session) URL(object receivables.Ref) string {
	e, id, ok := entityOf(object)
	screen := screens()[e.name]
	if !ok || screen == "" {
		return ""
	}
	return s.config.App + "/app/" + screen + url.QueryEscape(id)
}
