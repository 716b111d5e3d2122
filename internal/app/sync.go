package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/books"
	"tieout/sync/preview"
	"tieout/sync/schedule"
)

// BookRun is what a sync did to one book.
type BookRun struct {
	Book   books.Book
	Result schedule.BookResult
	Err    error
	// Names are the book's connections for people, by id.
	Names map[string]string
	// Preview is, in a dry run, all that would be written: what was planned
	// before and not written yet, and what this run found.
	Preview []preview.Line
}

// Sync brings every book to rest, one after the other; a book that fails does
// not stop the others. Connections without a book are pulled.
func (a *App) Sync(ctx context.Context, o schedule.Options) ([]BookRun, error) {
	connections, err := a.Store.Connections(ctx, a.Tenant)
	if err != nil {
		return nil, err
	}
	all, err := a.Store.Books(ctx, a.Tenant)
	if err != nil {
		return nil, err
	}
	byID, taken := map[string]books.Connection{}, map[string]bool{}
	for _, c := range connections {
		byID[c.ID] = c
	}
	var runs []BookRun
	for _, b := range all {
		for _, id := range append([]string{b.Ledger}, b.Sources...) {
			taken[id] = true
		}
		result, err := a.Scheduler.Book(ctx, b, byID, o)
		one := BookRun{Book: b, Result: result, Err: err, Names: names(b, byID)}
		if o.Dry && err == nil {
			one.Preview, one.Err = a.preview(ctx, b, result.Planned.Planned)
		}
		runs = append(runs, one)
	}
	var failed []error
	for _, c := range connections {
		if taken[c.ID] {
			continue
		}
		if _, err := a.Scheduler.PullConnection(ctx, c, o.Full); err != nil {
			failed = append(failed, fmt.Errorf("%s %s: %w", c.Vendor, c.Profile.Name, err))
		}
	}
	// Calls that were made are counted even when somebody ends the run.
	return runs, errors.Join(append(failed, a.saveCalls(context.WithoutCancel(ctx)))...)
}

// wholeEvery is how often a book is looked at as a whole, whatever marks there
// are: what a lost mark has hidden comes to light then.
const wholeEvery = 24 * time.Hour

// lookAtWhole marks a book as a whole, when a process starts and once a day.
func (a *App) lookAtWhole(ctx context.Context, b books.Book) error {
	now := a.config.Clock.Now()
	a.mu.Lock()
	last, done := a.looked[b.Tenant+"/"+b.ID]
	due := !done || now.Sub(last) >= wholeEvery
	if due {
		a.looked[b.Tenant+"/"+b.ID] = now
	}
	a.mu.Unlock()
	if !due {
		return nil
	}
	return a.Store.MarkBooks(ctx, b.Tenant, b.Ledger, now)
}

func names(b books.Book, byID map[string]books.Connection) map[string]string {
	out := map[string]string{}
	for _, id := range append([]string{b.Ledger}, b.Sources...) {
		out[id] = byID[id].Vendor + " " + byID[id].Profile.Name
	}
	return out
}
