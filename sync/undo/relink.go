package undo

import (
	"context"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// tie is a part by which one of our receipts was applied to a document.
type tie struct {
	row     reconcile.PartRow
	receipt receivables.Ref
}

// untie plans that receipts which were applied to documents of the undo, because
// their money had gone back, pay their invoices again: the documents go after
// that. What stays for another reason is given back.
func (p *Planner) untie(ctx context.Context, b books.Book, blocked []written, under map[receivables.Ref]push.Intent, plan *Plan) ([]written, error) {
	relinker, able := p.Ledger.(connectors.Relinker)
	if !able || len(blocked) == 0 {
		return blocked, nil
	}
	ties, err := p.ties(ctx, b)
	if err != nil || len(ties) == 0 {
		return blocked, err
	}
	var left []written
	for _, w := range blocked {
		of := tiesOf(w, ties)
		switch {
		case len(of) == 0 || p.Lock != "" && w.doc.Date <= p.Lock:
			left = append(left, w)
			continue
		case slices.ContainsFunc(of, func(t tie) bool { _, waits := under[t.receipt]; return waits }):
			continue // it is on its way
		}
		done, err := p.applyAgain(ctx, b, relinker, w, of, plan)
		if err != nil {
			return nil, err
		}
		if !done {
			left = append(left, w)
		}
	}
	return left, nil
}

// ties are the applications of receipts that were made because money went back.
func (p *Planner) ties(ctx context.Context, b books.Book) ([]tie, error) {
	states := append(standing(), reconcile.PartPlanned, reconcile.PartUndone)
	rows, err := p.Store.UndoParts(ctx, b, Selection{States: states, Purpose: mapping.PurposeRelink})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.Intent
	}
	intents, err := p.Store.IntentsByID(ctx, b.Tenant, ids)
	if err != nil {
		return nil, fmt.Errorf("undo: applications of receipts: %w", err)
	}
	var ties []tie
	for _, row := range rows {
		for _, in := range intents {
			if in.ID == row.Intent && in.State == push.StateDone {
				ties = append(ties, tie{row, in.Write.Target})
			}
		}
	}
	return ties, nil
}

// tiesOf are the ties to a document.
func tiesOf(w written, ties []tie) []tie {
	return slices.DeleteFunc(slices.Clone(ties), func(t tie) bool {
		return !slices.ContainsFunc(w.parts, func(p reconcile.PartRow) bool {
			return p.Part.Movement == t.row.Part.Movement && p.Part.Target == t.row.Part.Target && changes(p.Part) == 0
		})
	})
}

// applyAgain plans that the receipt of some ties pays its invoices again, and
// that the document goes after it; false when one of the two cannot be.
func (p *Planner) applyAgain(ctx context.Context, b books.Book, relinker connectors.Relinker, w written, ties []tie, plan *Plan) (bool, error) {
	receipt := ties[0].receipt
	if slices.ContainsFunc(ties, func(t tie) bool { return t.receipt != receipt || t.row.State == reconcile.PartUndone }) {
		return false, nil
	}
	docs, err := p.Store.Documents(ctx, b, nil, []receivables.Ref{receipt})
	if err != nil {
		return false, fmt.Errorf("undo: receipt %s: %w", receipt.ID, err)
	}
	raws, err := p.Store.Raw(ctx, b, []receivables.Ref{receipt})
	if err != nil {
		return false, fmt.Errorf("undo: body of receipt %s: %w", receipt.ID, err)
	}
	raw := raws[receipt]
	if fresh, ok := p.Fresh[receipt]; ok {
		raw = fresh
	}
	if len(docs) != 1 || raw == nil || p.Lock != "" && docs[0].Date <= p.Lock {
		return false, nil
	}
	want := slices.DeleteFunc(slices.Clone(docs[0].Pays), func(a receivables.Allocation) bool { return a.Target == w.ref })
	for _, t := range ties {
		want = addTo(want, t.row.Part)
	}
	write, needed, why, err := relinker.LowerRelink(connectors.Relink{ReceiptID: receipt.ID, Raw: raw, Want: want, Generation: w.parts[0].Generation})
	if err != nil || why != "" || !needed {
		return false, nil //nolint:nilerr // it stays, and the plan says why
	}
	before := len(plan.Later)
	if _, err := p.take(b, w, []written{{ref: receipt}}, plan); err != nil || len(plan.Later) == before {
		return false, err
	}
	in := p.intent(b, b.Ledger, write, push.EffectNone, "taken back: the receipt pays its invoice again")
	in.Before = raw
	plan.Relinks = append(plan.Relinks, in)
	for _, t := range ties {
		row := t.row
		row.State = reconcile.PartUndone
		plan.Tied = append(plan.Tied, row)
	}
	return true, nil
}

// addTo puts what went back of an invoice on it again.
func addTo(list []receivables.Allocation, part mapping.Part) []receivables.Allocation {
	target := receivables.Ref{Kind: receivables.KindInvoice, ID: part.Target}
	if part.Target == "" {
		return list
	}
	for i := range list {
		if list[i].Target == target {
			list[i].Amount += part.Amount
			return list
		}
	}
	return append(list, receivables.Allocation{Target: target, Amount: part.Amount})
}
