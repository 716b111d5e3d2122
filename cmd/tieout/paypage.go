package main

import (
	"context"
	"fmt"

	"tieout/books"
	"tieout/sync/reconcile"
)

type payPageCommand struct {
	Customer payPageCustomer `cmd:"" help:"Show the address of one page with all open invoices of a customer; make it when there is none."`
	Xero     payPageXero     `cmd:"" help:"Show the custom payment URL to enter in Xero's own settings."`
}

type payPageCustomer struct {
	Book     string `arg:"" help:"Id of the book."`
	Customer string `arg:"" help:"Id of the customer in the ledger."`
	End      bool   `help:"End the address instead: it leads nowhere from now on."`
}

// Run shows or ends a customer's address.
func (p *payPageCustomer) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		b, err := a.book(ctx, p.Book)
		if err != nil {
			return err
		}
		if err := knownCustomer(ctx, a, b, p.Customer); err != nil {
			return err
		}
		if p.End {
			if err := a.EndCustomerPage(ctx, b, p.Customer); err != nil {
				return err
			}
			c.say("The address leads nowhere any more. The next one will be another.")
			return nil
		}
		address, err := a.CustomerPage(ctx, b, p.Customer)
		if err != nil {
			return err
		}
		c.say("%s", address)
		return nil
	})
}

// knownCustomer refuses an address for somebody whom the ledger does not know.
func knownCustomer(ctx context.Context, a opened, b books.Book, customer string) error {
	found, err := a.Store.Customers(ctx, b, reconcile.CustomerQuery{IDs: []string{customer}})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("there is no customer %q in the ledger of book %s: give the ledger's own id", customer, b.Name)
	}
	return err
}

type payPageXero struct {
	Book string `arg:"" help:"Id of the book."`
}

// Run shows the custom payment URL.
func (p *payPageXero) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		b, err := a.book(ctx, p.Book)
		if err != nil {
			return err
		}
		address, err := a.EntryPage(ctx, b)
		if err != nil {
			return err
		}
		c.say("%s", address)
		return nil
	})
}
