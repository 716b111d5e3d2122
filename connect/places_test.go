package connect

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// TestBanksOfDestinations: where payouts in a currency go to several accounts,
// or to a card, each has its bank; one alone is known by its currency's.
func TestBanksOfDestinations(t *testing.T) {
	t.Parallel()
	bank := func(id string, c money.Currency) receivables.Account {
		return receivables.Account{ID: id, Type: receivables.AccountBank, Currency: c, Active: true}
	}
	chart := []receivables.Account{bank("1", "USD"), bank("2", "USD"), bank("3", "EUR"), bank("4", "EUR"), bank("5", "GBP")}
	plan := func(banks map[string]string) *connectors.AccountPlan {
		return &connectors.AccountPlan{
			Accounts:     mapping.Accounts{Clearing: map[money.Currency]string{"USD": "8", "EUR": "9", "GBP": "7"}, Banks: banks},
			Destinations: map[string]money.Currency{"ba_1": "USD", "ba_2": "USD", "ba_3": "EUR", "card_1": "GBP"},
		}
	}
	var keys []string
	for _, p := range Places(*plan(nil)) {
		if p.Use == "bank" {
			keys = append(keys, p.Key())
		}
	}
	if want := []string{"bank-EUR", "bank-GBP", "bank-GBP-card_1", "bank-USD", "bank-USD-ba_1", "bank-USD-ba_2"}; !slices.Equal(keys, want) {
		t.Errorf("places %q, want %q", keys, want)
	}
	for _, c := range []struct {
		name               string
		had, choices, want map[string]string
	}{
		{"one of two", map[string]string{"*USD": "1"}, map[string]string{"bank-USD-ba_2": "2"}, map[string]string{"*USD": "1", "ba_2": "2"}},
		{"back to the currency's", map[string]string{"*USD": "1", "ba_2": "2"}, map[string]string{"bank-USD": "1", "bank-USD-ba_1": "", "bank-USD-ba_2": ""}, map[string]string{"*USD": "1"}},
		{"the currency's moves, the one stays", map[string]string{"*USD": "1", "ba_2": "1"}, map[string]string{"bank-USD": "2", "bank-USD-ba_1": "", "bank-USD-ba_2": "1"}, map[string]string{"*USD": "2", "ba_2": "1"}},
		{"the currency's moves, and who followed", map[string]string{"*USD": "1", "ba_2": "1"}, map[string]string{"bank-USD": "2"}, map[string]string{"*USD": "2", "ba_2": "2"}},
		{"of two, none is known by the currency's", nil, map[string]string{"bank-USD": "1"}, map[string]string{"*USD": "1"}},
		{"the only one is known by the currency's", nil, map[string]string{"bank-EUR": "3"}, map[string]string{"*EUR": "3", "ba_3": "3"}},
		{"the only one, which is new, by the same choice again", map[string]string{"*EUR": "3"}, map[string]string{"bank-EUR": "3"}, map[string]string{"*EUR": "3", "ba_3": "3"}},
		{"the only one by itself", map[string]string{"*EUR": "3"}, map[string]string{"bank-EUR-ba_3": "4"}, map[string]string{"*EUR": "3", "ba_3": "4"}},
		{"the only one, taken back with its currency's", map[string]string{"*EUR": "3", "ba_3": "3"}, map[string]string{"bank-EUR": ""}, map[string]string{}},
		{"the only one that has another stays", map[string]string{"*EUR": "3", "ba_3": "4"}, map[string]string{"bank-EUR": ""}, map[string]string{"ba_3": "4"}},
		{"a card is not known by the currency's", nil, map[string]string{"bank-GBP": "5"}, map[string]string{"*GBP": "5"}},
	} {
		p := plan(maps.Clone(c.had))
		if _, err := Take(p, chart, c.choices); err != nil || !maps.Equal(p.Accounts.Banks, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, p.Accounts.Banks, err, c.want)
		}
	}
	for key, id := range map[string]string{"bank-USD-ba_1": "3", "bank-USD-ba_9": "1", "bank-EUR-ba_3": "1"} {
		if _, err := Take(plan(nil), chart, map[string]string{key: id}); !errors.Is(err, ErrNoAccount) {
			t.Errorf("%s as %s: %v", key, id, err)
		}
	}
}

// TestKeepAsksForNewDestinations: what the detection proposes for a destination
// counts while its currency has no bank yet; later ones are a person's choice.
func TestKeepAsksForNewDestinations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		had, want map[string]string
	}{
		{"at set-up", nil, map[string]string{"*EUR": "3", "ba_3": "3"}},
		{"another currency was set up", map[string]string{"*USD": "1"}, map[string]string{"*USD": "1", "*EUR": "3", "ba_3": "3"}},
		{"set up before there was a payout", map[string]string{"*EUR": "3"}, map[string]string{"*EUR": "3"}},
		{"known", map[string]string{"*EUR": "3", "ba_3": "4"}, map[string]string{"*EUR": "3", "ba_3": "4"}},
	} {
		plan := connectors.AccountPlan{
			Accounts: mapping.Accounts{Banks: map[string]string{"*EUR": "3", "ba_3": "3"}}, Destinations: map[string]money.Currency{"ba_3": "EUR"},
		}
		Keep(&plan, mapping.Accounts{Banks: c.had})
		if !maps.Equal(plan.Accounts.Banks, c.want) {
			t.Errorf("%s: %v, want %v", c.name, plan.Accounts.Banks, c.want)
		}
	}
}

// TestBankIsNoClearing: the clearing account is offered as no bank, nor taken as
// one when both are chosen at once; what was to be chosen is asked for until it
// is.
func TestBankIsNoClearing(t *testing.T) {
	t.Parallel()
	account := func(id string) receivables.Account {
		return receivables.Account{ID: id, Type: receivables.AccountBank, Currency: "USD", Active: true}
	}
	chart := []receivables.Account{account("1"), account("8"), account("9")}
	asks := []connectors.Missing{{Use: "bank", Currency: "USD", Text: "which bank"}, {Use: "bank", Currency: "EUR", Text: "which bank"}}
	plan := func() *connectors.AccountPlan {
		return &connectors.AccountPlan{Accounts: mapping.Accounts{Clearing: map[money.Currency]string{"USD": "8"}}, Missing: slices.Clone(asks)}
	}
	for _, p := range Places(*plan()) {
		if p.Use == "bank" && (p.Fits(chart[1]) || !p.Fits(chart[0])) {
			t.Errorf("the clearing account is offered as a bank: %+v", p)
		}
	}
	for _, choices := range []map[string]string{{"bank-USD": "8"}, {"clearing-USD": "9", "bank-USD": "9"}} {
		if _, err := Take(plan(), chart, choices); !errors.Is(err, ErrNoAccount) {
			t.Errorf("%v: %v", choices, err)
		}
	}
	p := plan()
	if _, err := Take(p, chart, map[string]string{"bank-USD": "1"}); err != nil || !slices.Equal(p.Missing, asks[1:]) {
		t.Errorf("chosen, and still asked: %v, %v", p.Missing, err)
	}
	p = plan()
	if Keep(p, mapping.Accounts{Banks: map[string]string{"*USD": "1"}}); !slices.Equal(p.Missing, asks[1:]) {
		t.Errorf("chosen before, and asked again: %v", p.Missing)
	}
}
