package undo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/reconcile"
)

// PlanRedo says what of what was undone would be written again. What is
// written is for the next pass to plan, with the matches, accounts and lock
// dates of that day; the plan shows the documents as they were.
func (p *Planner) PlanRedo(ctx context.Context, b books.Book, scope Scope) (Plan, error) {
	plan := Plan{Scope: scope}
	s, err := selection(b, scope, []reconcile.PartState{reconcile.PartUndone})
	if err != nil {
		return plan, err
	}
	list, err := p.load(ctx, b, s)
	if err != nil {
		return plan, err
	}
	slices.Reverse(list)
	for _, w := range list {
		if w.parts[0].Part.Purpose == reconcile.PurposeUndo {
			continue
		}
		shown := w.intent
		shown.Why = "written again: " + shown.Why
		plan.Documents = append(plan.Documents, shown)
		for _, row := range w.parts {
			row.State, row.Document, row.Marker, row.Intent = reconcile.PartAgain, receivables.Ref{}, "", ""
			row.Generation++
			plan.Parts = append(plan.Parts, row)
		}
	}
	if scope.Kind == ScopeMatch {
		if err := p.matchAgain(ctx, b, scope.ID, &plan); err != nil {
			return plan, err
		}
	}
	if plan.Empty() {
		return plan, fmt.Errorf("undo: %s: %w", scope, ErrNothing)
	}
	return plan, nil
}

// matchAgain plans that a payment is matched to what it was matched to, which
// is the person's own decision then.
func (p *Planner) matchAgain(ctx context.Context, b books.Book, id string, plan *Plan) error {
	d, ok, err := p.Store.Unmatching(ctx, b, id)
	if err != nil {
		return fmt.Errorf("undo: the undone match of %s: %w", id, err)
	}
	if !ok {
		return nil
	}
	movement := strings.TrimPrefix(d.Subject, "movement/")
	m := Match{Movement: movement, Decision: d}
	moved, err := p.Store.Movements(ctx, b, []string{movement})
	if err != nil || len(moved) != 1 || moved[0].Charge == nil {
		return fmt.Errorf("undo: the payment %s: %w", movement, errors.Join(err, ErrNothing))
	}
	for _, a := range matchedBefore(d) {
		found, err := p.Store.Invoices(ctx, b, reconcile.InvoiceQuery{IDs: []string{a.Target.ID}})
		if err != nil || len(found) != 1 {
			return fmt.Errorf("undo: invoice %s: %w", a.Target.ID, errors.Join(err, ErrNothing))
		}
		m.Allocations = append(m.Allocations, reconcile.Allocation{
			Connection: moved[0].Connection, Movement: movement, Charge: moved[0].Charge.ID, Invoice: a.Target.ID, Customer: found[0].CustomerID,
			Amount: a.Amount, Currency: found[0].Currency, Rule: reconcile.RulePerson, Evidence: p.By + " has taken the undo of this match back", By: p.By,
		})
	}
	plan.Matches = append(plan.Matches, m)
	return nil
}

func matchedBefore(d reconcile.Decision) []receivables.Allocation {
	for _, o := range d.Options {
		if o.Key == againOption {
			return o.Invoices
		}
	}
	return nil
}

// Redone is what a confirmed redo writes.
func (p *Planner) Redone(plan Plan) Writing {
	w := Writing{At: p.Now(), Parts: plan.Parts}
	for _, row := range plan.Parts {
		w.Mark = append(w.Mark, row.Part.Movement)
	}
	for _, m := range plan.Matches {
		w.Close = append(w.Close, m.Decision.ID)
		w.Match = append(w.Match, m.Allocations...)
		w.Mark = append(w.Mark, m.Movement)
	}
	slices.Sort(w.Mark)
	w.Mark = slices.Compact(w.Mark)
	return w
}
