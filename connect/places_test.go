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
// or to a card, each has its bank; one alone follows its currency's.
func TestBanksOfDestinations(t *testing.T) {
	t.Parallel()
	bank := func(id string, c money.Currency) receivables.Account {
		return receivables.Account{ID: id, Type: receivables.AccountBank, Currency: c, Active: true}
	}
	chart := []receivables.Account{bank("1", "USD"), bank("2", "USD"), bank("3", "EUR")}
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
		{"the currency's moves, and who followed", map[string]string{"*USD": "1", "ba_2": "1"}, map[string]string{"bank-USD": "2"}, map[string]string{"*USD": "2"}},
	} {
		p := plan(maps.Clone(c.had))
		if _, err := Take(p, chart, c.choices); err != nil || !maps.Equal(p.Accounts.Banks, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, p.Accounts.Banks, err, c.want)
		}
	}
	for key, id := range map[string]string{"bank-USD-ba_1": "3", "bank-USD-ba_9": "1", "bank-EUR-ba_3": "3"} {
		if _, err := Take(plan(nil), chart, map[string]string{key: id}); !errors.Is(err, ErrNoAccount) {
			t.Errorf("%s as %s: %v", key, id, err)
		}
	}
}
