package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/preview"
	"tieout/sync/undo"
)

// PreviewUndo shows what an undo would do, or with redo what would be written
// again. It reads the connections and writes nothing.
func (a *App) PreviewUndo(ctx context.Context, b books.Book, scope undo.Scope, by string, redo bool) (UndoPreview, error) {
	u, err := a.begin(ctx, b, scope, by, redo)
	if err != nil {
		return UndoPreview{}, err
	}
	plan, err := u.plan(ctx)
	if err != nil {
		return UndoPreview{}, err
	}
	return u.show(ctx, plan)
}

// show turns a plan into what a person reads.
func (u *undoing) show(ctx context.Context, plan undo.Plan) (UndoPreview, error) {
	intents := plan.Intents()
	names, err := u.app.names(ctx, u.book, intents)
	if err != nil {
		return UndoPreview{}, err
	}
	lines := preview.Lines(intents, names)
	for i, l := range lines {
		if l.Action == preview.ActionRemove {
			lines[i].URL = u.urlOf(l.Document)
		}
	}
	lines = append(lines, u.stays(plan)...)
	lines = append(lines, matchLines(plan, names, u.redo)...)
	preview.Sort(lines)
	verb := "undo"
	if u.redo {
		verb = "redo"
	}
	digest, err := preview.Digest(fmt.Sprintf("%s %s of book %s", verb, u.scope, u.book.ID), lines, plan.Kept...)
	return UndoPreview{Lines: lines, Kept: plan.Kept, Totals: preview.Totals(lines), Digest: digest}, err
}

// stays are the lines of what cannot be taken back.
func (u *undoing) stays(plan undo.Plan) []preview.Line {
	lines := make([]preview.Line, len(plan.Stays))
	for i, s := range plan.Stays {
		document := string(s.Document.Kind) + "/" + s.Document.ID
		lines[i] = preview.Line{
			Action: preview.ActionStay, Date: s.Date, Kind: cmp.Or(string(s.Kind), string(s.Document.Kind)), Why: s.Why, Document: document, URL: u.urlOf(document),
		}
	}
	return lines
}

func (u *undoing) urlOf(document string) string {
	kind, id := splitRef(document)
	if id == "" {
		return ""
	}
	return u.planner.Ledger.URL(receivables.Ref{Kind: receivables.Kind(kind), ID: id})
}

// matchLines are the lines of matches that go or come back.
func matchLines(plan undo.Plan, names preview.Names, redo bool) []preview.Line {
	action, why := preview.ActionRemove, "The payment pays this invoice no more; it waits for a person"
	if redo {
		action, why = preview.ActionWrite, "The payment pays this invoice again"
	}
	var lines []preview.Line
	for _, m := range plan.Matches {
		for _, a := range m.Allocations {
			lines = append(lines, preview.Line{
				Action: action, Kind: "match", Invoice: cmp.Or(names.Invoices[a.Invoice], a.Invoice), Currency: string(a.Currency), Why: why, Document: m.Movement,
				Amount: money.Money{Minor: a.Amount, Currency: a.Currency}.Text(money.ISO),
			})
		}
	}
	return lines
}

// onlyLinks says whether nothing but links is taken back.
func onlyLinks(shown UndoPreview) bool {
	return !slices.ContainsFunc(shown.Lines, func(l preview.Line) bool { return l.Kind != "payment link" && l.Kind != "link on invoice" })
}

func splitRef(document string) (kind, id string) {
	kind, id, _ = strings.Cut(document, "/")
	return kind, id
}
