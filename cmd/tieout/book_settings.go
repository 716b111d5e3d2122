package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"tieout/books"
	"tieout/internal/app"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

type bookSettings struct {
	Book     string            `arg:"" help:"Id of the book."`
	Fees     string            `enum:",movement,payout,month" default:"" help:"How many movements share a document for Stripe's fees (movement, payout or month), from now on."`
	Filed    string            `placeholder:"YYYY-MM-DD" help:"Last day that is filed: nothing is dated on or before it, whatever the ledger would accept. 'none' takes it back."`
	Closed   string            `enum:",post,ask" default:"" help:"What belongs to a closed period: 'post' on the first open day, or 'ask' a person first."`
	Sales    string            `placeholder:"ID" help:"Income account of payments without an invoice and without a known customer: they are booked in one document a day, from now on. 'off' leaves them to people."`
	SalesTax string            `placeholder:"CODE" help:"The ledger's code for the tax that such sales contain, or 'none'. Needed with --sales."`
	Discount string            `placeholder:"PERCENT/DAYS" help:"What customers may keep who pay early, such as 2/10: two percent within ten days of the invoice's date. A payment short by it is proposed to you as such. 'none' takes it back."`
	TaxCode  *string           `placeholder:"CODE" help:"The ledger's code for input tax on Stripe's fees; an empty one leaves the tax in the fee."`
	Account  map[string]string `placeholder:"USE=ID" help:"Account by its id: returned, goodwill, bad-debt; disputes-EUR, receivable-EUR, top-ups-EUR for a currency. May be given several times."`
}

// Run changes what is named, and shows all of it.
func (k *bookSettings) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		b, err := a.book(ctx, k.Book)
		if err != nil {
			return err
		}
		before := fmt.Sprintf("%+v %+v", b.Settings, b.Accounts)
		accounts, err := a.Store.LedgerAccounts(ctx, b.Tenant, b.Ledger)
		if err != nil {
			return fmt.Errorf("accounts: %w", err)
		}
		if err := k.change(a, &b, accounts); err != nil {
			return err
		}
		if fmt.Sprintf("%+v %+v", b.Settings, b.Accounts) != before {
			if err := a.secondOf(ctx, b, app.ApproveAccounts, k.approved(b), ""); err != nil {
				return err
			}
			if b, err = a.Connect.SaveBook(ctx, b); err != nil {
				return err
			}
		}
		c.bookSettings(b, accounts)
		return nil
	})
}

// approved is what a second person says yes to: all settings as they will be.
// From when on a choice counts is when it is made, which is after that.
func (k *bookSettings) approved(b books.Book) any {
	if k.Fees != "" {
		b.Settings.FeeSince = time.Time{}
	}
	if k.Sales != "" {
		b.Settings.Sales.Since = time.Time{}
	}
	return []any{b.Settings, b.Accounts}
}

func (k *bookSettings) change(a opened, b *books.Book, accounts []receivables.Account) error {
	if k.Fees != "" {
		mode := mapping.FeeMode(strings.TrimPrefix(k.Fees, "movement"))
		if mode != b.Settings.FeeMode {
			b.Settings.FeeMode, b.Settings.FeeSince = mode, a.Connect.Now()
		}
	}
	switch k.Filed {
	case "":
	case "none":
		b.Settings.FiledThrough = ""
	default:
		day, err := receivables.ParseDate(k.Filed)
		if err != nil {
			return usagef("--filed %s: not a day of the form YYYY-MM-DD", k.Filed)
		}
		b.Settings.FiledThrough = day
	}
	if k.Closed != "" {
		b.Settings.AskClosed = k.Closed == "ask"
	}
	if k.TaxCode != nil {
		b.Accounts.FeeTaxCode = *k.TaxCode
	}
	if err := k.sales(a, b, accounts); err != nil {
		return err
	}
	if err := k.discount(b); err != nil {
		return err
	}
	for use, id := range k.Account {
		if !exists(accounts, id) {
			return usagef("--account %s=%s: the ledger has no account with this id; tieout sync reads new ones", use, id)
		}
		if err := choose(&b.Accounts, use, id); err != nil {
			return err
		}
	}
	return nil
}

// sales switches the booking of sales without an invoice on or off.
func (k *bookSettings) sales(a opened, b *books.Book, accounts []receivables.Account) error {
	switch {
	case k.Sales == "" && k.SalesTax == "":
		return nil
	case k.Sales == "off":
		b.Settings.Sales = books.Sales{}
		return nil
	case k.Sales == "" || k.SalesTax == "":
		return usagef("--sales and --sales-tax go together: no income account and no tax treatment is taken for granted")
	case !exists(accounts, k.Sales):
		return usagef("--sales %s: the ledger has no account with this id; tieout sync reads new ones", k.Sales)
	}
	chosen := books.Sales{Account: k.Sales, TaxCode: k.SalesTax, Since: a.Connect.Now()}
	if b.Settings.Sales.On() { // what waits to be booked goes by the new choice, what is booked stays
		chosen.Since = b.Settings.Sales.Since
	}
	if k.SalesTax == "none" {
		chosen.TaxCode, chosen.NoTax = "", true
	}
	b.Settings.Sales = chosen
	return nil
}

// discount sets what may be kept for paying early.
func (k *bookSettings) discount(b *books.Book) error {
	if k.Discount == "" {
		return nil
	}
	if k.Discount == "none" {
		b.Settings.Discount = books.Discount{}
		return nil
	}
	percent, days, _ := strings.Cut(k.Discount, "/")
	part, err := decimal.NewFromString(percent)
	within, daysErr := strconv.Atoi(days)
	if err != nil || daysErr != nil || !part.IsPositive() || part.GreaterThanOrEqual(decimal.NewFromInt(100)) || within < 1 {
		return usagef("--discount %s: not of the form PERCENT/DAYS, such as 2/10", k.Discount)
	}
	b.Settings.Discount = books.Discount{Percent: part.String(), Days: within}
	return nil
}

func exists(accounts []receivables.Account, id string) bool {
	return slices.ContainsFunc(accounts, func(one receivables.Account) bool { return one.ID == id })
}

// choose puts an account in the place of its use.
func choose(a *mapping.Accounts, use, id string) error {
	if one, ok := map[string]*string{"returned": &a.Returned, "goodwill": &a.Goodwill, "bad-debt": &a.BadDebt}[use]; ok {
		*one = id
		return nil
	}
	for name, places := range map[string]*map[money.Currency]string{"disputes": &a.Disputes, "receivable": &a.Receivable, "top-ups": &a.TopUps} {
		currency := money.Currency(strings.TrimPrefix(use, name+"-"))
		if _, known := money.ISO(currency); !known || use != name+"-"+string(currency) {
			continue
		}
		if *places == nil {
			*places = map[money.Currency]string{}
		}
		(*places)[currency] = id
		return nil
	}
	return usagef("--account %s=%s: the uses are returned, goodwill, bad-debt, and disputes, receivable or top-ups with a currency, such as disputes-EUR", use, id)
}

// bookSettings prints what a book does, and the accounts that are chosen
// beside those of tieout book accounts.
func (c console) bookSettings(b books.Book, accounts []receivables.Account) {
	named := func(id string) string {
		for _, a := range accounts {
			if a.ID == id {
				return a.Name + " (" + id + ")"
			}
		}
		return cmp.Or(id, "-")
	}
	fees := map[mapping.FeeMode]string{
		mapping.FeePerMovement: "one document for each movement", mapping.FeePerPayout: "one document for each payout", mapping.FeePerMonth: "one document for each month",
	}[b.Settings.FeeMode]
	if b.Settings.FeeMode != mapping.FeePerMovement {
		fees += ", for movements since " + b.Settings.FeeSince.In(b.Location()).Format(time.DateTime)
	}
	closed := "posted on the first open day"
	if b.Settings.AskClosed {
		closed = "asked about first"
	}
	sales := "left to people"
	if b.Settings.Sales.On() {
		sales = fmt.Sprintf("one document a day to %s, tax %s, since %s", named(b.Settings.Sales.Account), cmp.Or(b.Settings.Sales.TaxCode, "none"),
			b.Settings.Sales.Since.In(b.Location()).Format(time.DateTime))
	}
	discount := "-"
	if d := b.Settings.Discount; d.Percent != "" {
		discount = fmt.Sprintf("%s %% within %d days", d.Percent, d.Days)
	}
	rows := []string{
		"SETTING\tVALUE", "fees\t" + fees, "filed through\t" + cmp.Or(string(b.Settings.FiledThrough), "-"), "of closed periods\t" + closed,
		"sales without an invoice\t" + sales,
		"early-payment discount\t" + discount,
		"tax code for fees\t" + cmp.Or(b.Accounts.FeeTaxCode, "-"), "returned payments\t" + named(b.Accounts.Returned),
		"goodwill\t" + named(b.Accounts.Goodwill), "bad debt\t" + named(b.Accounts.BadDebt),
	}
	for _, use := range []struct {
		name string
		of   map[money.Currency]string
	}{{"receivable", b.Accounts.Receivable}, {"disputes", b.Accounts.Disputes}, {"top-ups", b.Accounts.TopUps}} {
		for _, currency := range slices.Sorted(maps.Keys(use.of)) {
			rows = append(rows, fmt.Sprintf("%s %s\t%s", use.name, currency, named(use.of[currency])))
		}
	}
	c.table(rows...)
}
