package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tieout/books"
	"tieout/connect"
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
	Account  map[string]string `placeholder:"USE=ID" help:"Account by its id: fees, returned, goodwill, bad-debt; bank-EUR, disputes-EUR, receivable-EUR, top-ups-EUR for a currency. May be given several times."`
}

// Run changes what is named, and shows all of it.
func (k *bookSettings) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		b, err := a.book(ctx, k.Book)
		if err != nil {
			return err
		}
		if b, err = changeRules(ctx, a, b, k.rules()); err != nil {
			return err
		}
		accounts, err := a.Store.LedgerAccounts(ctx, b.Tenant, b.Ledger)
		if err != nil {
			return fmt.Errorf("accounts: %w", err)
		}
		c.bookSettings(b, accounts)
		return nil
	})
}

// rules are what the flags say.
func (k *bookSettings) rules() connect.Rules {
	rules := connect.Rules{}
	for name, value := range map[string]string{
		"fees": k.Fees, "filed": k.Filed, "closed": k.Closed, "sales": k.Sales, "sales-tax": k.SalesTax, "discount": k.Discount,
	} {
		if value != "" {
			rules[name] = value
		}
	}
	if k.TaxCode != nil {
		rules["tax-code"] = *k.TaxCode
	}
	for use, id := range k.Account {
		rules[connect.AccountRule+use] = id
	}
	return rules
}

// changeRules changes a book, once a second person has agreed where the
// organisation wants one.
func changeRules(ctx context.Context, a opened, b books.Book, rules connect.Rules) (books.Book, error) {
	who, err := person("")
	if err != nil {
		return b, err
	}
	b, err = a.ChangeRules(ctx, b, rules, "", "", who)
	if wrong, ok := errors.AsType[connect.RuleError](err); ok {
		return b, usagef("--%s", wrong)
	}
	return b, waiting(err, who)
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
