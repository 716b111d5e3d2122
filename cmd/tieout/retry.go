package main

import (
	"context"
	"fmt"
	"slices"
)

type retryCommand struct {
	Write string `arg:"" optional:"" help:"Id of the write; without it, all that were given up."`
	List  bool   `help:"Only list them, with what was in the way."`
	JSON  bool   `name:"json" help:"Print them as JSON."`
}

// Help tells what becomes of a write that a vendor refuses.
func (*retryCommand) Help() string {
	return "A write that a vendor refuses is set aside, and the others go on. It is tried again by itself when something that it names has changed, " +
		"and once a day at first; this asks for it now. It is planned anew, with the accounts and customers of today, by the next sync."
}

// refused is a write that was given up.
type refused struct {
	ID   string `json:"id"`
	Book string `json:"book"`
	What string `json:"what"`
	// Problem says what was in the way, and what to do about it.
	Problem string `json:"problem"`
}

// Run lists the writes that were given up, or has them tried again.
func (k *retryCommand) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		found, err := a.refused(ctx)
		if err != nil {
			return err
		}
		if k.Write != "" {
			found = slices.DeleteFunc(found, func(r refused) bool { return r.ID != k.Write })
			if len(found) == 0 {
				return fmt.Errorf("no write with the id %q was given up; tieout retry --list shows those that were", k.Write)
			}
		}
		if !k.List {
			for _, r := range found {
				if _, err := a.Store.Retry(ctx, a.Tenant, r.Book, []string{r.ID}, a.Connect.Now()); err != nil {
					return err
				}
			}
		}
		if k.JSON {
			return c.json(found)
		}
		k.show(c, found)
		return nil
	})
}

func (k *retryCommand) show(c console, found []refused) {
	for _, r := range found {
		c.say("%s\n  %s\n  %s", r.ID, r.What, asCommands(r.Problem))
	}
	switch {
	case len(found) == 0:
		c.say("No write was given up.")
	case k.List:
		c.say("Try them again with: tieout retry [WRITE]")
	default:
		c.say("The next sync tries %d of them again.", len(found))
	}
}

// maxRefused bounds the list of one book.
const maxRefused = 1000

// refused are the writes of all books that were given up.
func (o opened) refused(ctx context.Context) ([]refused, error) {
	all, err := o.Store.Books(ctx, o.Tenant)
	if err != nil {
		return nil, err
	}
	found := []refused{}
	for _, b := range all {
		list, err := o.Store.Parked(ctx, b, maxRefused)
		if err != nil {
			return nil, err
		}
		for _, in := range list {
			found = append(found, refused{ID: in.ID, Book: b.ID, What: in.Why, Problem: in.Problem})
		}
	}
	return found, nil
}
