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
	// for; "" for the bank of the currency.
	Destination string
	// Sole is, with the bank of a currency, the only account that its payouts go
	// to: it is known by the same choice. Unknown says that it is not yet.
	Sole    string
	Unknown bool
	// ID is what is chosen; "" when nothing is.
	ID string
	// Clearing are the clearing accounts, none of which can be a bank.
	Clearing []string
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
	if !a.Active || p.Type == "" || a.Type != p.Type || slices.Contains(p.Clearing, a.ID) {
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
		list = append(list, banks(plan, c)...)
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

// banks are the places of a currency's payouts: the bank of the currency, and
// that of each destination. A bank account that is the only one shares the
// currency's, unless another was chosen for it.
func banks(plan connectors.AccountPlan, c money.Currency) []Place {
	list := []Place{{Use: "bank", Currency: c, ID: plan.Accounts.Banks["*"+string(c)], Type: receivables.AccountBank, Clearing: slices.Collect(maps.Values(plan.Accounts.Clearing))}}
	for _, destination := range slices.Sorted(maps.Keys(plan.Destinations)) {
		if plan.Destinations[destination] == c {
			list = append(list, own(list[0], destination, plan.Accounts.Banks))
		}
	}
	if len(list) == 2 && !receivables.NotABank(list[1].Destination) && (list[1].Unknown || list[1].ID == list[0].ID) {
		list[0].Sole, list[0].Unknown = list[1].Destination, list[1].Unknown
		return list[:1]
	}
	return list
}

// own is the place of a single destination of a currency.
func own(of Place, destination string, chosen map[string]string) Place {
	of.Destination, of.Sole, of.ID = destination, "", chosen[destination]
	of.Unknown = of.ID == ""
	return of
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
	for _, p := range places {
		if p.Sole != "" { // may have another bank than its currency
			places = append(places, own(p, p.Sole, plan.Accounts.Banks))
		}
	}
	for key := range choices {
		if !slices.ContainsFunc(places, func(p Place) bool { return p.Key() == key }) {
			return nil, fmt.Errorf("connect: the book writes to no %s: %w", key, ErrNoAccount)
		}
	}
	for _, p := range places {
		chosen, said := choices[p.Key()]
		if !said || chosen == p.ID && p.Destination == "" && !p.Unknown {
			continue // that of a destination may have followed its currency's since
		}
		if p.Use == "bank" { // a clearing account may have been chosen just now
			p.Clearing = slices.Collect(maps.Values(plan.Accounts.Clearing))
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
	answered(plan)
	return made, nil
}

// answered drops what a person had to choose and has chosen.
func answered(plan *connectors.AccountPlan) {
	plan.Missing = slices.DeleteFunc(plan.Missing, func(m connectors.Missing) bool {
		return slices.ContainsFunc(Places(*plan), func(p Place) bool {
			return p.Use == m.Use && p.Currency == m.Currency && p.Destination == "" && p.ID != ""
		})
	})
}

// set puts an account into its place. With the bank of a currency go the
// destinations that shared it, and the only one.
func set(a *mapping.Accounts, p Place, id string) {
	if p.Use == "bank" {
		for _, key := range banked(*a, p) {
			put(&a.Banks, key, id)
		}
		return
	}
	if p.Use == "receivable" {
		a.Receivable[p.Currency] = id
		return
	}
	plan := connectors.AccountPlan{Accounts: *a}
	place(&plan, connectors.NewAccount{Use: p.Use, Currency: p.Currency}, id)
	*a = plan.Accounts
}

// banked are the keys of mapping.Accounts.Banks that a place's choice is for.
func banked(a mapping.Accounts, p Place) []string {
	if p.Destination != "" {
		return []string{p.Destination}
	}
	key := "*" + string(p.Currency)
	keys, had := []string{key}, a.Banks[key]
	if p.Sole != "" {
		keys = append(keys, p.Sole)
	}
	for destination, bank := range a.Banks {
		if bank == had && had != "" && destination != key {
			keys = append(keys, destination)
		}
	}
	return keys
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
	maps.DeleteFunc(a.Banks, func(destination, _ string) bool {
		c, paid := plan.Destinations[destination]
		return paid && had.Banks["*"+string(c)] != ""
	})
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
	answered(plan)
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
