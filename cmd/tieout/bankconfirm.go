package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/store"
	"tieout/sync/lease"
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
	open, err := a.Store.OpenInvoices(ctx, b, string(row.Currency))
	if err != nil {
		return none, err
	}
	connection, err := a.Store.Connection(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return none, err
	}
	session, err := a.Session(connection)
	if err != nil {
		return none, err
	}
	ledger, ok := session.(connectors.Ledger)
	if !ok {
		return none, fmt.Errorf("%s is no ledger", connection.Vendor)
	}
	ties, err := a.Store.Ties(ctx, b, []string{mapping.BankCase{Account: row.AccountID, Line: row.ID}.Movement()}, nil)
	if err != nil {
		return none, err
	}
	confirmer := statement.Confirmer{Book: b, Ledger: ledger, Earlier: ties.Parts, Lock: b.Settings.Lock(connection.Profile.Lock), Now: a.Connect.Now(), NewID: a.Connect.NewID}
	return confirmer.Confirm(row.AccountID, row.Line, row.Currency, row.Finding, choice, statement.Items(open))
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

// saveConfirmation stores it under the book's lease.
func (o opened) saveConfirmation(ctx context.Context, c console, b books.Book, done statement.Confirmation) error {
	err := o.held(ctx, b, func(l lease.Lease) error { return o.Store.ConfirmLine(ctx, l, b, done) })
	if err != nil {
		return err
	}
	for _, rule := range done.Rules {
		c.say("Learned: %s (tieout rules delete %s forgets it)", rule.Why, rule.ID)
	}
	c.say("Confirmed by %s. The next sync writes it.", done.By)
	return nil
}

// held works under the book's lease.
func (o opened) held(ctx context.Context, b books.Book, work func(lease.Lease) error) error {
	const long = time.Minute
	now := o.Connect.Now()
	l, ok, err := o.Store.AcquireLease(ctx, lease.Lease{Tenant: b.Tenant, Name: "book/" + b.ID, Holder: o.Connect.NewID(), Until: now.Add(long)}, now)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("book %s is being worked on: try again in a minute", b.Name)
	}
	return errors.Join(work(l), o.Store.ReleaseLease(ctx, l))
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
		err = a.held(ctx, b, func(l lease.Lease) error {
			return a.Store.ReopenLine(ctx, l, b, row.AccountID, row.ID, a.Connect.Now())
		})
		switch {
		case errors.Is(err, store.ErrStands):
			return fmt.Errorf("its payment stands in the ledger: undo that first (tieout undo document), then reopen the line")
		case errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("nobody has confirmed %s", row.ID)
		case err == nil:
			c.say("The line is open again, and what was learned from it is forgotten.")
		}
		return err
	})
}
