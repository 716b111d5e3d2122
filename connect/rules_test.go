package connect_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

var rulesNow = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func rulesBook() (books.Book, []receivables.Account) {
	var accounts []receivables.Account
	for _, id := range []string{"1", "2", "3", "4"} {
		accounts = append(accounts, receivables.Account{ID: id, Name: "account " + id})
	}
	return books.Book{Zone: "Pacific/Auckland", Accounts: mapping.Accounts{
		Clearing: map[money.Currency]string{"EUR": "1"}, Fees: "2", Banks: map[string]string{"*EUR": "3"},
	}}, accounts
}

// TestRules change a book all together, from now on.
func TestRules(t *testing.T) {
	t.Parallel()
	b, accounts := rulesBook()
	err := connect.Rules{
		"fees": "payout", "filed": "2026-11-20", "closed": "ask", "sales": "4", "sales-tax": "none", "discount": "2.5/10", "tax-code": "INPUT", "links": "on",
		"link-line": "off", "staff-url": "https://crm.example.com/", "account-bank-USD": "3", "account-disputes-EUR": "4", "account-goodwill": "2",
	}.Apply(&b, accounts, rulesNow)
	if err != nil {
		t.Fatal(err)
	}
	want := books.Settings{
		Links: true, StaffURL: "https://crm.example.com/", FeeMode: mapping.FeePerPayout, FeeSince: rulesNow, FiledThrough: "2026-11-20", AskClosed: true,
		Sales: books.Sales{Account: "4", NoTax: true, Since: rulesNow}, Discount: books.Discount{Percent: "2.5", Days: 10},
	}
	if got := b.Settings; got.Sales != want.Sales || got.Discount != want.Discount || got.FeeMode != want.FeeMode || !got.FeeSince.Equal(want.FeeSince) ||
		got.FiledThrough != want.FiledThrough || got.AskClosed != want.AskClosed || got.StaffURL != want.StaffURL || !got.Links {
		t.Errorf("settings %+v", b.Settings)
	}
	if a := b.Accounts; a.Banks["*USD"] != "3" || a.Disputes["EUR"] != "4" || a.Goodwill != "2" || a.FeeTaxCode != "INPUT" {
		t.Errorf("accounts %+v", a)
	}
	// A choice that is made again counts from when it was first made, and one
	// that is taken back is gone.
	err = connect.Rules{"fees": "payout", "sales": "4", "sales-tax": "VAT", "account-bank-USD": "", "filed": "none", "discount": "none"}.Apply(&b, accounts, rulesNow.Add(time.Hour))
	if _, there := b.Accounts.Banks["*USD"]; err != nil || there || !b.Settings.FeeSince.Equal(rulesNow) || !b.Settings.Sales.Since.Equal(rulesNow) || b.Settings.FiledThrough != "" || b.Settings.Discount.Percent != "" {
		t.Errorf("%v: %+v %+v", err, b.Settings, b.Accounts)
	}
}

// TestWrongRules: each says which rule is wrong and why, and nothing is changed.
func TestWrongRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rule, value, says string }{
		{"fees", "week", "none of movement"},
		{"fees", "", "none of movement"},
		{"filed", "20.11.2026", "not a day"},
		{"filed", "2026-11-21", "has not been"},
		{"filed", "2026-02-30", "not a day"},
		{"closed", "maybe", "neither post nor ask"},
		{"sales", "4", "go together"},
		{"sales-tax", "VAT", "go together"},
		{"discount", "2", "not of the form"},
		{"discount", "0/10", "between 0 and 100"},
		{"discount", "100/10", "between 0 and 100"},
		{"discount", "1e-9/10", "between 0 and 100"},
		{"discount", "2/0", "days"},
		{"discount", "-2/10", "between 0 and 100"},
		{"staff-url", "javascript:alert(1)", "not an address"},
		{"links", "yes", "neither on nor off"},
		{"account-fees", "", "is needed"},
		{"account-fees", "9", "no account with this id"},
		{"account-fees", "1", "clearing account"},
		{"account-disputes-XXZ", "4", "the uses are"},
		{"account-moon", "4", "the uses are"},
		{"moon", "4", "no such rule"},
	} {
		b, accounts := rulesBook()
		err := connect.Rules{c.rule: c.value, "tax-code": "CHANGED"}.Apply(&b, accounts, rulesNow)
		one, ok := errors.AsType[connect.RuleError](err)
		if !ok || !strings.Contains(one.Text, c.says) || b.Accounts.FeeTaxCode != "" {
			t.Errorf("%s=%q: %v; the book is %+v", c.rule, c.value, err, b)
		}
		before, _ := rulesBook()
		if !maps.Equal(b.Accounts.Banks, before.Accounts.Banks) || !slices.Equal(slices.Collect(maps.Keys(b.Accounts.Disputes)), nil) {
			t.Errorf("%s=%q has changed %+v", c.rule, c.value, b.Accounts)
		}
	}
}
