package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tieout/books"
	"tieout/money"
	"tieout/store"
	"tieout/sync/schedule"
	"tieout/sync/statement"
)

type bankConfirm struct {
	Line     string            `arg:"" help:"Id of the line, as tieout bank list shows it; its beginning is enough."`
	Invoice  map[string]string `placeholder:"ID=AMOUNT" help:"The line pays this invoice, by its id in the ledger, with so much; ID= pays all that is open. May be repeated. Default: what was found."`
	Customer string            `placeholder:"ID" help:"The customer, by the id in the ledger, when no invoice says it."`
	Credit   bool              `help:"What no invoice takes is kept as the customer's credit."`
	Account  string            `placeholder:"ACCOUNT" help:"The bank account, where two have a line of this id."`
	DryRun   bool              `help:"Show what would be written, and write nothing."`
	Book     string            `placeholder:"ID" help:"The book. Default: the only one."`
	As       string            `placeholder:"NAME" help:"Who confirms. Default: the user of this machine."`
}

// Run confirms a line; the next sync writes what follows.
func (k *bankConfirm) Run(ctx context.Context, g *Global, c console) error {
	who, err := person(k.As)
	if err != nil {
		return err
	}
	return g.with(ctx, c, func(a opened) error {
		b, err := a.onlyBook(ctx, k.Book)
		if err != nil {
			return err
		}
		if !b.Writes && !k.DryRun {
			return fmt.Errorf("book %s does not write yet: tieout preview --book %s, then tieout book writes", b.Name, b.ID)
		}
		row, err := a.namedLine(ctx, b, k.Account, k.Line)
		if err != nil {
			return err
		}
		done, err := k.plan(ctx, a, b, row, who)
		if err != nil {
			return err
		}
		for _, booking := range done.Bookings {
			c.say("%s %s of %s, customer %s, into account %s: %s", booking.Date, booking.Kind, money.Money{Minor: booking.Total(), Currency: booking.Currency}, booking.CustomerID, booking.To, booking.Memo)
		}
		if k.DryRun {
			c.say("Nothing was written.")
			return nil
		}
		return a.saveConfirmation(ctx, c, b, done)
	})
}

func (k *bankConfirm) plan(ctx context.Context, a opened, b books.Book, row store.BankLine, who string) (statement.Confirmation, error) {
	var none statement.Confirmation
	choice := statement.Choice{Customer: k.Customer, Credit: k.Credit, By: who}
	digits, _ := money.ISO(row.Currency)
	ids := make([]string, 0, len(k.Invoice))
	for id := range k.Invoice {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		p := statement.Paid{Invoice: id}
		if text := k.Invoice[id]; text != "" {
			amount, err := money.ParseMinor(text, digits)
			if err != nil {
				return none, usagef("--invoice %s: %v", id, err)
			}
			p.Amount = amount
		}
		choice.Pays = append(choice.Pays, p)
	}
	return a.PlanBankLine(ctx, b, row, choice)
}

// namedLine finds a line of an account, or of any, by the beginning of its id.
func (o opened) namedLine(ctx context.Context, b books.Book, account, id string) (store.BankLine, error) {
	if account != "" {
		_, found, err := o.bankAccount(ctx, b.ID, account)
		if err != nil {
			return store.BankLine{}, err
		}
		account = found.ID
	}
	rows, err := o.Store.BankLines(ctx, b, account, "", "")
	if err != nil {
		return store.BankLine{}, err
	}
	var found []store.BankLine
	for _, r := range rows {
		if strings.HasPrefix(r.ID, id) {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return store.BankLine{}, fmt.Errorf("%d lines begin with %q: tieout bank list shows them, and --account says of which account", len(found), id)
	}
	return found[0], nil
}

// saveConfirmation stores it and says what was learned.
func (o opened) saveConfirmation(ctx context.Context, c console, b books.Book, done statement.Confirmation) error {
	if err := o.ConfirmBankLine(ctx, b, done); err != nil {
		return busyAt(b, err)
	}
	for _, rule := range done.Rules {
		c.say("Learned: %s (tieout rules delete %s forgets it)", rule.Why, rule.ID)
	}
	c.say("Confirmed by %s. The next sync writes it.", done.By)
	return nil
}

// busyAt says what to do when somebody else works on the book.
func busyAt(b books.Book, err error) error {
	if errors.Is(err, schedule.ErrBusy) {
		return fmt.Errorf("book %s is being worked on: try again in a minute", b.Name)
	}
	return err
}

type bankReopen struct {
	Line    string `arg:"" help:"Id of the line, as tieout bank list shows it; its beginning is enough."`
	Account string `placeholder:"ACCOUNT" help:"The bank account, where two have a line of this id."`
	Book    string `placeholder:"ID" help:"The book. Default: the only one."`
}

// Run takes a confirmation back.
func (k *bankReopen) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		b, err := a.onlyBook(ctx, k.Book)
		if err != nil {
			return err
		}
		row, err := a.namedLine(ctx, b, k.Account, k.Line)
		if err != nil {
			return err
		}
		err = a.ReopenBankLine(ctx, b, row.AccountID, row.ID)
		switch {
		case errors.Is(err, store.ErrStands):
			return fmt.Errorf("its payment stands in the ledger: undo that first (tieout undo document), then reopen the line")
		case errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("nobody has confirmed %s", row.ID)
		case err == nil:
			c.say("The line is open again, and what was learned from it is forgotten.")
		}
		return busyAt(b, err)
	})
}
