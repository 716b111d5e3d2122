package app

import (
	"context"
	"fmt"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/store"
	"tieout/sync/lease"
	"tieout/sync/statement"
)

// PlanBankLine is what a person's word about a line leads to. Nothing is stored.
func (a *App) PlanBankLine(ctx context.Context, b books.Book, row store.BankLine, choice statement.Choice) (statement.Confirmation, error) {
	var none statement.Confirmation
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
		return none, fmt.Errorf("app: %s is no ledger", connection.Vendor)
	}
	ties, err := a.Store.Ties(ctx, b, []string{lineMovement(row)}, nil)
	if err != nil {
		return none, err
	}
	confirmer := statement.Confirmer{
		Book: b, Ledger: ledger, Earlier: ties.Parts, Lock: b.Settings.Lock(connection.Profile.Lock), Now: a.config.Clock.Now(), NewID: a.ids.next,
	}
	return confirmer.Confirm(row.AccountID, row.Line, row.Currency, row.Finding, choice, statement.Items(open))
}

// lineMovement is the name under which documents of a line are kept.
func lineMovement(row store.BankLine) string {
	return mapping.BankCase{Account: row.AccountID, Line: row.ID}.Movement()
}

// ConfirmBankLine stores a confirmation; the next run writes what follows from
// it.
func (a *App) ConfirmBankLine(ctx context.Context, b books.Book, done statement.Confirmation) error {
	return a.heldBook(ctx, b, func(l lease.Lease) error { return a.Store.ConfirmLine(ctx, l, b, done) })
}

// ReopenBankLine takes a confirmation back; store.ErrStands where its payment
// stands in the ledger, store.ErrNotFound where nobody has confirmed it.
func (a *App) ReopenBankLine(ctx context.Context, b books.Book, account, line string) error {
	return a.heldBook(ctx, b, func(l lease.Lease) error {
		return a.Store.ReopenLine(ctx, l, b, account, line, a.config.Clock.Now())
	})
}

// heldBook works under the book's lease; schedule.ErrBusy when somebody else
// does, in this process too.
func (a *App) heldBook(ctx context.Context, b books.Book, work func(lease.Lease) error) error {
	return a.Scheduler.Apart(a.ids.next()).Held(ctx, b.Tenant, "book/"+b.ID, work)
}
