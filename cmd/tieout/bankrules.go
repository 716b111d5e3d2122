package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/store"
)

type rulesCommand struct {
	List   rulesList   `cmd:"" help:"Show what was learned from confirmations."`
	Delete rulesDelete `cmd:"" help:"Forget a rule. What was matched by it stays."`
}

type rulesList struct {
	Book string `placeholder:"ID" help:"The book. Default: the only one."`
	JSON bool   `name:"json" help:"Print the rules as JSON."`
}

// Run shows the rules.
func (k *rulesList) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		b, err := a.onlyBook(ctx, k.Book)
		if err != nil {
			return err
		}
		rules, err := a.Store.Rules(ctx, b)
		if err != nil {
			return err
		}
		if k.JSON {
			return c.json(rules)
		}
		if len(rules) == 0 {
			c.say("Nothing was learned yet.")
		}
		for _, r := range rules {
			c.say("%s  %s  customer %s\n    %s (%s)", r.ID, r.Kind, r.Customer, r.Why, r.At.Format(time.DateOnly))
		}
		return nil
	})
}

type rulesDelete struct {
	ID   string `arg:"" help:"Id of the rule, as tieout rules list shows it."`
	Book string `placeholder:"ID" help:"The book. Default: the only one."`
}

// Run forgets a rule.
func (k *rulesDelete) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		b, err := a.onlyBook(ctx, k.Book)
		if err != nil {
			return err
		}
		err = a.Store.DeleteRule(ctx, b, k.ID)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("there is no rule %q; tieout rules list shows those that there are", k.ID)
		}
		if err == nil {
			c.say("Forgotten.")
		}
		return err
	})
}
