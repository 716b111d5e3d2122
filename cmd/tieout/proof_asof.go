package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/proof"
)

// standing is how a book stood on an earlier day, for people and programs.
type standing struct {
	Book  string           `json:"book"`
	AsOf  receivables.Date `json:"as_of"`
	Known time.Time        `json:"known"`
	// Sums are decimal text by currency.
	Sums map[money.Currency]standingSums `json:"sums"`
	// Lost counts documents of which the version known then is not kept.
	Lost    int              `json:"lost"`
	Changes []standingChange `json:"changes_since"`
}

type standingSums struct {
	Invoices   string `json:"open_invoices"`
	Credits    string `json:"open_credits"`
	Journals   string `json:"journals"`
	Receivable string `json:"receivable"`
	Clearing   string `json:"clearing"`
}

type standingChange struct {
	Kind       string         `json:"kind"`
	Document   string         `json:"document"`
	Number     string         `json:"number,omitempty"`
	Currency   money.Currency `json:"currency"`
	Receivable string         `json:"receivable"`
	Clearing   string         `json:"clearing"`
}

// asOf prints how every book stood at the end of a day.
func (p *proofShow) asOf(ctx context.Context, a opened, c console) error {
	day, err := receivables.ParseDate(p.AsOf)
	if err != nil {
		return usagef("--as-of: %v", err)
	}
	all, err := a.Store.Books(ctx, a.Tenant)
	if err != nil {
		return err
	}
	list := []standing{}
	for _, b := range all {
		known := proof.Everything()
		if p.Known != "" {
			last, err := receivables.ParseDate(p.Known)
			if err != nil {
				return usagef("--known: %v", err)
			}
			known = last.AddDays(1).Midnight(b.Location()).Add(-time.Microsecond)
		}
		one, err := stood(ctx, a, b, day, known)
		if err != nil {
			return err
		}
		list = append(list, one)
	}
	if p.JSON {
		if err := c.json(list); err != nil {
			return fmt.Errorf("print the standing: %w", err)
		}
		return nil
	}
	for _, one := range list {
		c.standing(one)
	}
	return nil
}

func stood(ctx context.Context, a opened, b books.Book, day receivables.Date, known time.Time) (standing, error) {
	then, err := proof.Measure(ctx, a.Store, b, day, known)
	if err != nil {
		return standing{}, err
	}
	out := standing{Book: b.Name, AsOf: day, Known: known, Sums: map[money.Currency]standingSums{}, Lost: then.Lost, Changes: []standingChange{}}
	for _, set := range []map[money.Currency]int64{then.Invoices, then.Credits, then.Journals, then.Clearing} {
		for c := range set {
			out.Sums[c] = standingSums{
				Invoices: inUnits(then.Invoices[c], c), Credits: inUnits(then.Credits[c], c), Journals: inUnits(then.Journals[c], c),
				Receivable: inUnits(then.Receivable(c), c), Clearing: inUnits(then.Clearing[c], c),
			}
		}
	}
	if known.Equal(proof.Everything()) {
		out.Known = a.Scheduler.Now()
		return out, nil
	}
	today, err := proof.Measure(ctx, a.Store, b, day, proof.Everything())
	if err != nil {
		return out, err
	}
	for _, x := range proof.Changes(then, today) {
		out.Changes = append(out.Changes, standingChange{
			Kind: x.Kind, Document: string(x.Ref.Kind) + " " + x.Ref.ID, Number: x.Number, Currency: x.Currency,
			Receivable: inUnits(x.Receivable, x.Currency), Clearing: inUnits(x.Clearing, x.Currency),
		})
	}
	return out, nil
}

func inUnits(minor int64, c money.Currency) string {
	digits, ok := money.ISO(c)
	if !ok {
		digits = 2
	}
	return money.Text(minor, digits)
}

func (c console) standing(s standing) {
	c.say("%s at the end of %s, as known at %s:", s.Book, s.AsOf, s.Known.UTC().Format("2006-01-02 15:04"))
	rows := []string{"CUR\tOPEN INVOICES\tOPEN CREDITS\tJOURNALS\tRECEIVABLE\tCLEARING"}
	for _, cur := range slices.Sorted(maps.Keys(s.Sums)) {
		x := s.Sums[cur]
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", cur, x.Invoices, x.Credits, x.Journals, x.Receivable, x.Clearing))
	}
	c.table(rows...)
	if s.Lost > 0 {
		c.say("Not complete: of %d documents the version that was known then is not kept.", s.Lost)
	}
	for _, x := range s.Changes {
		c.say("  since then %s: %s %s, receivable %s, clearing %s %s", x.Kind, x.Document, x.Number, x.Receivable, x.Clearing, x.Currency)
	}
}
