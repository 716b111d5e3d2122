package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/books"
	"tieout/sync/schedule"
)

// BookRun is what a sync did to one book.
type BookRun struct {
	Book   books.Book
	Result schedule.BookResult
	Err    error
}

// Sync brings every book to rest, one after the other; a book that fails does
// not stop the others. Connections without a book are pulled.
func (a *App) Sync(ctx context.Context, o schedule.Options) ([]BookRun, error) {
	return a.sync(ctx, o, func(books.Connection) bool { return true })
}

// Due runs what is due at now. Connections that rest after a failure, or wait
// for a person, are left alone; their books go on with what is there.
func (a *App) Due(ctx context.Context, now time.Time) ([]BookRun, error) {
	return a.sync(ctx, schedule.Options{Prove: true, Scheduled: true}, func(c books.Connection) bool {
		return c.State == books.ConnectionActive && !c.Due.After(now)
	})
}

func (a *App) sync(ctx context.Context, o schedule.Options, wanted func(books.Connection) bool) ([]BookRun, error) {
	connections, err := a.Store.Connections(ctx, books.Tenant)
	if err != nil {
		return nil, err
	}
	all, err := a.Store.Books(ctx, books.Tenant)
	if err != nil {
		return nil, err
	}
	byID, due, taken := map[string]books.Connection{}, map[string]bool{}, map[string]bool{}
	for _, c := range connections {
		byID[c.ID], due[c.ID] = c, wanted(c)
	}
	var runs []BookRun
	for _, b := range all {
		run := false
		for _, id := range append([]string{b.Ledger}, b.Sources...) {
			taken[id] = true
			run = run || due[id]
		}
		if !run {
			continue
		}
		result, err := a.Scheduler.Book(ctx, b, byID, o)
		runs = append(runs, BookRun{Book: b, Result: result, Err: err})
	}
	var failed []error
	for _, c := range connections {
		if !due[c.ID] || taken[c.ID] {
			continue
		}
		if _, err := a.Scheduler.PullConnection(ctx, c, o.Full); err != nil && (!o.Scheduled || !errors.Is(err, schedule.ErrBusy)) {
			failed = append(failed, fmt.Errorf("%s %s: %w", c.Vendor, c.Profile.Name, err))
		}
	}
	// Calls that were made are counted even when somebody ends the run.
	return runs, errors.Join(append(failed, a.saveCalls(context.WithoutCancel(ctx)))...)
}
