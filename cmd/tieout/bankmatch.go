package main

import (
	"context"

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
		found, err := a.MatchBank(ctx, b, account)
		if err != nil {
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
