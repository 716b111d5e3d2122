package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tieout/internal/app"
	"tieout/sync/schedule"
)

type syncCommand struct {
	Full   bool `help:"Read everything again from the beginning."`
	DryRun bool `help:"Show what would be written, and write nothing to any vendor."`
	JSON   bool `name:"json" help:"Print the outcome as JSON."`
}

// Help tells what a run does.
func (s *syncCommand) Help() string {
	return "Reads what has changed at the ledger and at Stripe, matches payments with invoices, writes what is missing if the writing is on, and proves. " +
		"It may be run at any time, also beside tieout serve: two processes never work on one book."
}

// Run brings every book to rest once and proves it.
func (s *syncCommand) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		runs, err := a.Sync(ctx, schedule.Options{Full: s.Full, Dry: s.DryRun, Prove: !s.DryRun})
		err = errors.Join(err, a.NotifyNow(ctx))
		report := app.Report(runs)
		if s.JSON {
			if printErr := c.json(report); printErr != nil {
				return fmt.Errorf("print the outcome: %w", printErr)
			}
			return outcome(runs, err)
		}
		for _, b := range report {
			c.report(b, s.DryRun)
		}
		if len(report) == 0 && err == nil {
			c.say("There is no book yet: what is connected was read, and there is nothing to reconcile.")
		}
		if err := outcome(runs, err); err != nil {
			return err
		}
		return c.next(ctx, a.App)
	})
}

// outcome is everything that went wrong with any book.
func outcome(runs []app.BookRun, err error) error {
	all := []error{err}
	for _, r := range runs {
		if r.Err != nil {
			all = append(all, fmt.Errorf("book %s: %w", r.Book.Name, r.Err))
		}
		for _, id := range slices.Sorted(maps.Keys(r.Result.Problems)) {
			all = append(all, fmt.Errorf("%s (connection %s) was not read: %w", r.Names[id], id, r.Result.Problems[id]))
		}
		for _, id := range slices.Sorted(maps.Keys(r.Result.Pushed.Resting)) {
			all = append(all, fmt.Errorf("%s (connection %s) was not written to: %w", r.Names[id], id, r.Result.Pushed.Resting[id]))
		}
		if r.Result.Proof != nil && r.Result.Proof.Unexplained() {
			all = append(all, fmt.Errorf("book %s: %w", r.Book.Name, errUnexplained))
		}
	}
	return errors.Join(all...)
}

func (c console) report(b app.BookReport, dry bool) {
	if dry {
		c.preview(b)
		return
	}
	c.say("%s: %d objects changed, %d rejected, %d planned, %d written, %d parked, %d new questions", b.Book, b.Changed, b.Rejected, b.Planned,
		b.Written, b.Parked, b.Questions)
	if b.Written == 0 && b.Planned == 0 && b.Error == "" && len(b.Problems) == 0 {
		c.say("  Nothing had to be written.")
	}
	open := 0
	for _, l := range b.Proof {
		if l.Open() {
			open++
			c.say("  ! %s %s: difference %s, unexplained %s %s", l.Check, l.Currency, l.Difference, verdict(l), l.Why)
		}
	}
	if open == 0 && len(b.Proof) > 0 {
		c.say("  Everything agrees to the cent: %d lines of proof.", len(b.Proof))
	}
}

// preview lists what would be written.
func (c console) preview(b app.BookReport) {
	c.say("%s: %d objects changed; %d writes would be made. Nothing was written.", b.Book, b.Changed, len(b.Preview))
	c.lines(b.Preview)
}
