package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/sync/preview"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/schedule"
)

// maxPreview bounds what one preview shows; beyond it there is none, because
// half a preview would be confirmed as a whole.
const maxPreview = 1_000_000

// errLongPreview says that a plan is too long to be shown.
var errLongPreview = errors.New("there is too much to write to be shown as a whole: choose a later cut-over or switch links off")

// preview is what stands in the outbox and was never sent, with the writing
// off everything that earlier runs have planned, and what a dry run has found.
func (a *App) preview(ctx context.Context, b books.Book, found []push.Intent) ([]preview.Line, error) {
	all, err := a.Store.Intents(ctx, b.Tenant, b.ID, []push.State{push.StatePreview, push.StatePlanned}, maxPreview)
	if err == nil && len(all) == maxPreview {
		err = errLongPreview
	}
	if err != nil {
		return nil, fmt.Errorf("app: preview of book %s: %w", b.ID, err)
	}
	all = append(all, found...)
	names, err := a.names(ctx, b, all)
	if err != nil {
		return nil, fmt.Errorf("app: preview of book %s: %w", b.ID, err)
	}
	return preview.Lines(all, names), nil
}

// namesAtOnce is how many names one query asks for.
const namesAtOnce = 5_000

// names looks up what people know the accounts, customers and invoices of
// intents by.
func (a *App) names(ctx context.Context, b books.Book, intents []push.Intent) (preview.Names, error) {
	n := preview.Names{Accounts: map[string]string{}, Customers: map[string]string{}, Invoices: map[string]string{}}
	accounts, err := a.Store.LedgerAccounts(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return n, err
	}
	for _, one := range accounts {
		n.Accounts[one.ID] = one.Name
	}
	var customers, invoices []string
	for _, in := range intents {
		customers = append(customers, preview.CustomerIDs(in)...)
		invoices = append(invoices, preview.InvoiceIDs(in)...)
	}
	for ids := range slices.Chunk(distinct(customers), namesAtOnce) {
		list, err := a.Store.Customers(ctx, b, reconcile.CustomerQuery{IDs: ids})
		if err != nil {
			return n, err
		}
		for _, c := range list {
			n.Customers[c.ID] = c.Name
		}
	}
	for ids := range slices.Chunk(distinct(invoices), namesAtOnce) {
		list, err := a.Store.Invoices(ctx, b, reconcile.InvoiceQuery{IDs: ids})
		if err != nil {
			return n, err
		}
		for _, inv := range list {
			n.Invoices[inv.ID] = inv.Number
		}
	}
	return n, nil
}

func distinct(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Preview is all that would be written for a book, as it is or under other
// settings, after its connections have been read. Nothing is written, and
// other settings are not kept.
type Preview struct {
	Lines []preview.Line `json:"lines"`
	// Digest names the lines: what a person confirms.
	Digest string   `json:"digest"`
	Totals []string `json:"totals"`
}

// ErrNotRead says that a connection could not be read, so that nothing can be
// said of what would be written.
var ErrNotRead = errors.New("a connection could not be read")

// Preview plans the whole book without writing.
func (a *App) Preview(ctx context.Context, b books.Book) (Preview, error) {
	byID, err := a.connectionsOf(ctx, b)
	if err != nil {
		return Preview{}, err
	}
	result, err := a.Scheduler.Apart(a.ids.next()).Book(ctx, b, byID, schedule.Options{Dry: true})
	if err != nil {
		return Preview{}, err
	}
	for id, problem := range result.Problems {
		return Preview{}, fmt.Errorf("app: preview: %s: %w: %w", names(b, byID)[id], ErrNotRead, problem)
	}
	lines, err := a.preview(ctx, b, result.Planned.Planned)
	if err != nil {
		return Preview{}, err
	}
	return previewOf(b, lines)
}

func (a *App) connectionsOf(ctx context.Context, b books.Book) (map[string]books.Connection, error) {
	byID := map[string]books.Connection{}
	for _, id := range append([]string{b.Ledger}, b.Sources...) {
		c, err := a.Store.Connection(ctx, b.Tenant, id)
		if err != nil {
			return nil, fmt.Errorf("app: connections of book %s: %w", b.ID, err)
		}
		byID[id] = c
	}
	return byID, nil
}
