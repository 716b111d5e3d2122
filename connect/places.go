package connect

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// ErrNoAccount says that an account was chosen that the ledger does not have,
// or that cannot be used for it.
var ErrNoAccount = errors.New("the ledger has no such account for this use; what was made there a moment ago is known after the next reading")

// New chooses the account that is proposed: it is made.
const New = "new"

// Place is one thing of the ledger that a book writes to: an account, a
// contact, a payment method.
type Place struct {
	// Use is as of connectors.NewAccount, or "receivable"; Currency is "" where
	// it counts for all.
	Use      string
	Currency money.Currency
	// Destination is the processor's id of the one account that a bank is chosen
	// for; "" for the bank of all of the currency that have none of their own.
	Destination string
	// ID is what is chosen; "" when nothing is.
	ID string
	// Proposed is what would be made for it; nil when nothing has to be.
	Proposed *connectors.NewAccount
	// Type is what the chart of accounts calls those that fit; "" for what stands
	// in no chart.
	Type receivables.AccountType
}

// Key names the place: "clearing-USD", "fees", "bank-USD-ba_1".
func (p Place) Key() string {
	parts := []string{p.Use, string(p.Currency), p.Destination}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "-")
}

// Optional says that a book can write without it.
func (p Place) Optional() bool {
	return p.Use != "clearing" && p.Use != "fees" && (p.Use != "bank" || p.Destination != "")
}

// Fits says whether an account may be chosen.
func (p Place) Fits(a receivables.Account) bool {
	if !a.Active || p.Type == "" || a.Type != p.Type {
		return false
	}
	// Costs and other assets have no currency of their own in every ledger.
	return p.Currency == "" || a.Currency == p.Currency || p.Use == "disputes"
}

// Places are those of a plan, in the order in which a person reads them.
func Places(plan connectors.AccountPlan) []Place {
	currencies := map[money.Currency]bool{}
	for c := range plan.Accounts.Clearing {
		currencies[c] = true
	}
	for _, n := range plan.Create {
		if n.Use == "clearing" {
			currencies[n.Currency] = true
		}
	}
	var list []Place
	add := func(use string, c money.Currency, id string, kind receivables.AccountType) {
		p := Place{Use: use, Currency: c, ID: id, Type: kind}
		for _, n := range plan.Create {
			// An account for all currencies is proposed in the home currency.
			if n.Use == use && (c == "" || n.Currency == c) {
				p.Proposed = &n
			}
		}
		list = append(list, p)
	}
	a := plan.Accounts
	for _, c := range slices.Sorted(maps.Keys(currencies)) {
		add("clearing", c, a.Clearing[c], receivables.AccountBank)
		add("bank", c, a.Banks["*"+string(c)], receivables.AccountBank)
		for _, destination := range ownBanks(plan, c) {
			list = append(list, Place{Use: "bank", Currency: c, Destination: destination, ID: a.Banks[destination], Type: receivables.AccountBank})
		}
		add("disputes", c, a.Disputes[c], receivables.AccountAsset)
		if a.Receivable != nil {
			add("receivable", c, a.Receivable[c], receivables.AccountReceivable)
		}
	}
	add("fees", "", a.Fees, receivables.AccountExpense)
	for use, id := range map[string]string{"contact": a.FeeContact, "method": a.Method, "returned": a.Returned} {
		if id == "" && !slices.ContainsFunc(plan.Create, func(n connectors.NewAccount) bool { return n.Use == use }) {
			continue // this ledger has no place for it
		}
		kind := receivables.AccountType("")
		if use == "returned" {
			kind = receivables.AccountAsset
		}
		add(use, "", id, kind)
	}
	slices.SortStableFunc(list, func(x, y Place) int { return cmp.Compare(rank(x.Use), rank(y.Use)) })
	return list
}

// ownBanks are the destinations of a currency's payouts for each of which a bank
// may be chosen: all where there are several, and one that is no bank account,
// or has its choice already, also alone.
func ownBanks(plan connectors.AccountPlan, c money.Currency) []string {
	var all, own []string
	for _, destination := range slices.Sorted(maps.Keys(plan.Destinations)) {
		if plan.Destinations[destination] != c {
			continue
		}
		all = append(all, destination)
		if plan.Accounts.Banks[destination] != "" || mapping.NotABank(destination) {
			own = append(own, destination)
		}
	}
	if len(all) > 1 {
		return all
	}
	return own
}

func rank(use string) int {
	return slices.Index([]string{"clearing", "bank", "fees", "disputes", "returned", "receivable", "contact", "method"}, use)
}

// Take puts a person's choices into a plan: by the key of a place, the id of an
// account, New, or "" for none. It gives what is to be made; what is proposed
// and not chosen stays in the plan.
func Take(plan *connectors.AccountPlan, accounts []receivables.Account, choices map[string]string) ([]connectors.NewAccount, error) {
	var made []connectors.NewAccount
	places := Places(*plan)
	for key := range choices {
		if !slices.ContainsFunc(places, func(p Place) bool { return p.Key() == key }) {
			return nil, fmt.Errorf("connect: the book writes to no %s: %w", key, ErrNoAccount)
		}
	}
	for _, p := range places {
		chosen, said := choices[p.Key()]
		if !said || chosen == p.ID && p.Destination == "" {
			continue // that of a destination may have followed its currency's since
		}
		switch fits := func(a receivables.Account) bool { return a.ID == chosen && p.Fits(a) }; {
		case chosen == New && p.Proposed != nil:
			made = append(made, *p.Proposed)
		case chosen == "" || slices.ContainsFunc(accounts, fits):
			set(&plan.Accounts, p, chosen)
		default:
			return nil, fmt.Errorf("connect: %s: %q: %w", p.Key(), chosen, ErrNoAccount)
		}
		if p.Proposed != nil && chosen != "" {
			plan.Create = slices.DeleteFunc(plan.Create, func(n connectors.NewAccount) bool { return n.Use == p.Use && n.Currency == p.Proposed.Currency })
		}
	}
	return made, nil
}

// set puts an account into its place. The banks of single destinations that
// followed the choice for their currency follow it again.
func set(a *mapping.Accounts, p Place, id string) {
	if p.Destination != "" {
		if a.Banks == nil {
			a.Banks = map[string]string{}
		}
		if a.Banks[p.Destination] = id; id == "" {
			delete(a.Banks, p.Destination)
		}
		return
	}
	if p.Use == "bank" {
		key := "*" + string(p.Currency)
		had := a.Banks[key]
		maps.DeleteFunc(a.Banks, func(destination, bank string) bool { return bank == had && destination != key && had != "" })
	}
	if p.Use == "receivable" {
		a.Receivable[p.Currency] = id
		return
	}
	plan := connectors.AccountPlan{Accounts: *a}
	place(&plan, connectors.NewAccount{Use: p.Use, Currency: p.Currency}, id)
	*a = plan.Accounts
}

// Keep fills what the detection did not find from what the book has, and drops
// the proposals that this makes needless. Contacts and payment methods are in
// no chart of accounts, so they are only known from the book.
func Keep(plan *connectors.AccountPlan, had mapping.Accounts) {
	a := &plan.Accounts
	if a.Clearing == nil {
		a.Clearing = map[money.Currency]string{}
	}
	if a.Banks == nil {
		a.Banks = map[string]string{}
	}
	maps.Copy(a.Clearing, had.Clearing)
	maps.Copy(a.Banks, had.Banks)
	a.Fees = cmp.Or(had.Fees, a.Fees)
	a.FeeContact = cmp.Or(had.FeeContact, a.FeeContact)
	a.Method = cmp.Or(had.Method, a.Method)
	a.FeeTaxCode, a.Goodwill, a.BadDebt = had.FeeTaxCode, had.Goodwill, had.BadDebt
	a.Returned = cmp.Or(had.Returned, a.Returned)
	a.Receivable = kept(a.Receivable, had.Receivable)
	a.Disputes = kept(a.Disputes, had.Disputes)
	a.TopUps = kept(a.TopUps, had.TopUps)
	plan.Create = slices.DeleteFunc(plan.Create, func(n connectors.NewAccount) bool {
		return slices.ContainsFunc(Places(connectors.AccountPlan{Accounts: had, Create: []connectors.NewAccount{n}}), func(p Place) bool {
			return p.Use == n.Use && (p.Currency == "" || p.Currency == n.Currency) && p.ID != ""
		})
	})
}

// kept is what was found, with what the book had before in front of it.
func kept(found, had map[money.Currency]string) map[money.Currency]string {
	if len(had) == 0 {
		return found
	}
	out := maps.Clone(had)
	for c, id := range found {
		if out[c] == "" {
			out[c] = id
		}
	}
	return out
}
