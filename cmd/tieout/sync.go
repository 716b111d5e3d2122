package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tieout/internal/app"
	"tieout/sync/schedule"
)

type syncCommand struct {
	Full   bool `help:"Read everything again from the beginning."`
	DryRun bool `help:"Show what would be written, and write nothing to any vendor."`
	JSON   bool `name:"json" help:"Print the outcome as JSON."`
}

// Run brings every book to rest once and proves it.
func (s *syncCommand) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a *app.App) error {
		runs, err := a.Sync(ctx, schedule.Options{Full: s.Full, Dry: s.DryRun, Prove: !s.DryRun})
		report := app.Report(runs)
		if s.JSON {
			if printErr := c.json(report); printErr != nil {
				return fmt.Errorf("print the outcome: %w", printErr)
			}
		} else {
			c.report(report, s.DryRun)
		}
		return outcome(runs, err)
	})
}

// outcome is the worst that happened to any book.
func outcome(runs []app.BookRun, err error) error {
	all := []error{err}
	for _, r := range runs {
		all = append(all, r.Err)
		for id, problem := range r.Result.Problems {
			all = append(all, fmt.Errorf("connection %s: %w", id, problem))
		}
		if r.Result.Proof != nil && r.Result.Proof.Unexplained() {
			all = append(all, fmt.Errorf("book %s: %w", r.Book.Name, errUnexplained))
		}
	}
	return errors.Join(all...)
}

func (c console) report(list []app.BookReport, dry bool) {
	if len(list) == 0 {
		c.say("There is no book yet: nothing to reconcile.")
	}
	for _, b := range list {
		c.say("%s: %d objects changed, %d planned, %d written, %d new questions", b.Book, b.Changed, b.Planned, b.Written, b.Questions)
		switch {
		case dry:
			for _, p := range b.Preview {
				c.say("  would write %s: %s", p.Op, p.Why)
			}
		case b.Written == 0 && b.Planned == 0:
			c.say("  Nothing had to be written.")
		}
		for _, l := range b.Proof {
			if l.Open() {
				c.say("  ! %s %s: difference %s, unexplained %s %s", l.Check, l.Currency, l.Difference, verdict(l), l.Why)
			}
		}
	}
}

type proofCommand struct {
	JSON bool `name:"json" help:"Print the lines as JSON."`
}

// Run prints the latest proof of every book.
func (p *proofCommand) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a *app.App) error {
		lines, err := a.Proofs(ctx)
		if err != nil {
			return err
		}
		if p.JSON {
			if err := c.json(lines); err != nil {
				return fmt.Errorf("print the proof: %w", err)
			}
		} else {
			c.proof(lines)
		}
		for _, l := range lines {
			if l.Open() {
				return errUnexplained
			}
		}
		return nil
	})
}

func (c console) proof(lines []app.ProofLine) {
	if len(lines) == 0 {
		c.say("Nothing has been proven yet: run tieout sync.")
		return
	}
	rows := []string{"BOOK\tPROOF\tCUR\tLEDGER\tSTRIPE\tTIEOUT\tDIFFERENCE\tEXPLAINED\tUNEXPLAINED\tMEASURED"}
	for _, l := range lines {
		rows = append(rows, strings.Join([]string{l.Book, l.Check, l.Currency, dash(l.Ledger), dash(l.Stripe), dash(l.Tieout), l.Difference,
			l.ExplainedSum, verdict(l), l.MeasuredAt.UTC().Format("2006-01-02 15:04")}, "\t"))
	}
	c.table(rows...)
	for _, l := range lines {
		for _, item := range l.Explained {
			c.say("  %s %s %s %s: %s", l.Check, l.Currency, item.Amount, item.ID, item.Text)
		}
	}
}
