package main

import (
	"context"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/match"
	"tieout/sync/statement"
)

type bankMatch struct {
	Account string `required:"" placeholder:"ACCOUNT" help:"The ledger's bank account: its id, code or name."`
	Book    string `placeholder:"ID" help:"The book. Default: the only one."`
	JSON    bool   `name:"json" help:"Print what was found as JSON."`
}

// Run looks at all lines of the account that nobody has decided.
func (k *bankMatch) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		b, account, err := a.bankAccount(ctx, k.Book, k.Account)
		if err != nil {
			return err
		}
		found, err := a.matchBank(ctx, b, account)
		if err != nil {
			return err
		}
		if err := a.Store.SaveFindings(ctx, b, account.ID, found); err != nil {
			return err
		}
		if k.JSON {
			return c.json(found)
		}
		counts := map[string]int{}
		for _, f := range found {
			key := string(f.Meaning)
			if !f.Sure {
				key += "?"
			}
			counts[key]++
		}
		c.say("%s: %d lines.", account.Name, len(found))
		for _, means := range []statement.Meaning{statement.MeansPayout, statement.MeansPayoutReturn, statement.MeansBooked, statement.MeansReceipt, statement.MeansRefund, statement.MeansFee, statement.MeansUnknown} {
			if n, open := counts[string(means)], counts[string(means)+"?"]; n+open > 0 {
				c.say("  %s: %d sure, %d open", means, n, open)
			}
		}
		c.say("Nothing was written. tieout bank list --account %s --open shows the open ones; tieout bank confirm LINE writes a payment.", account.ID)
		return nil
	})
}

// looked is how many days before the first line entries of the ledger are read.
const looked = 40

func (o opened) matchBank(ctx context.Context, b books.Book, account receivables.Account) ([]statement.Finding, error) {
	rows, err := o.Store.BankLines(ctx, b, account.ID, "", "")
	if err != nil {
		return nil, err
	}
	var lines []statement.Line
	for _, r := range rows {
		if r.DecidedBy == "" {
			lines = append(lines, r.Line)
		}
	}
	if len(lines) == 0 {
		return nil, nil
	}
	w, err := o.bankWorld(ctx, b, account, lines[0].On.AddDays(-looked))
	if err != nil {
		return nil, err
	}
	return statement.Sort(lines, w), nil
}

// bankWorld is what the account's lines are compared with.
func (o opened) bankWorld(ctx context.Context, b books.Book, account receivables.Account, since receivables.Date) (statement.World, error) {
	var w statement.World
	open, err := o.Store.OpenInvoices(ctx, b, string(account.Currency))
	if err != nil {
		return w, err
	}
	w.Open = statement.Items(open)
	for _, inv := range open {
		if d, ok := match.DiscountOf(inv.ID, inv.Terms, inv.Issued, inv.Total); ok && inv.Balance == inv.Total {
			w.Discounts = append(w.Discounts, d)
		}
	}
	customers, err := o.Store.AllCustomers(ctx, b)
	if err != nil {
		return w, err
	}
	w.Customers = statement.Names(customers)
	if w.Credits, err = o.openCredits(ctx, b, customers, account.Currency); err != nil {
		return w, err
	}
	if w.Rules, err = o.Store.Rules(ctx, b); err != nil {
		return w, err
	}
	if w.Entries, err = o.Store.BankEntries(ctx, b, account.ID, since); err != nil {
		return w, err
	}
	w.Payouts, err = o.bankPayouts(ctx, b, account)
	return w, err
}

func (o opened) openCredits(ctx context.Context, b books.Book, customers []receivables.Customer, currency money.Currency) ([]match.Credit, error) {
	ids := make([]string, len(customers))
	for i, c := range customers {
		ids[i] = c.ID
	}
	credits, err := o.Store.Credits(ctx, b, ids, nil)
	if err != nil {
		return nil, err
	}
	var out []match.Credit
	for _, c := range credits {
		if c.Currency == currency && c.Remaining > 0 {
			out = append(out, match.Credit{ID: c.ID, Customer: c.CustomerID, Amount: c.Remaining})
		}
	}
	return out, nil
}

func (o opened) bankPayouts(ctx context.Context, b books.Book, account receivables.Account) ([]statement.Payout, error) {
	processor := ""
	for _, id := range b.Sources {
		connection, err := o.Store.Connection(ctx, b.Tenant, id)
		if err != nil {
			return nil, err
		}
		if v, ok := o.Vendors[connection.Vendor]; ok {
			processor = v.Title()
		}
	}
	list, err := o.Store.BankPayouts(ctx, b, account.ID)
	if err != nil {
		return nil, err
	}
	var out []statement.Payout
	for _, p := range list {
		if p.Currency != account.Currency || p.Status == "canceled" {
			continue
		}
		expected := statement.Payout{ID: p.ID, Amount: p.Amount, Arrival: p.Arrival, Processor: processor}
		if !p.ReturnedAt.IsZero() {
			expected.Returned = receivables.DateIn(p.ReturnedAt, b.Location())
		}
		out = append(out, expected)
	}
	return out, nil
}
