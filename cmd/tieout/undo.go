package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"

	"tieout/books"
	"tieout/internal/app"
	"tieout/sync/journal"
	"tieout/sync/preview"
	"tieout/sync/sheet"
	"tieout/sync/undo"
)

type undoCommand struct {
	Scope string `arg:"" enum:"document,match,batch,day,book" help:"document, match (of a payment), batch (all of a payout), day (of writing) or book."`
	ID    string `arg:"" optional:"" help:"Which: the ledger's id of the document, a charge, a payout, YYYY-MM-DD, a book."`
	reversal
}

// Help tells how an undo goes.
func (*undoCommand) Help() string {
	return "Shows what would be taken back, what cannot be, and what the vendors go on showing; with --confirm and the digest of what was shown, it is done. " +
		"The undo of a whole book switches its writing and its links off first. What was undone is written again only by tieout redo."
}

type redoCommand struct {
	Scope string `arg:"" enum:"document,match,batch,day,book" help:"document, match (of a payment), batch (all of a payout), day (of writing) or book."`
	ID    string `arg:"" optional:"" help:"Which: the id that the document had, a charge, a payout, YYYY-MM-DD, a book."`
	reversal
}

// Help tells how a redo goes.
func (*redoCommand) Help() string {
	return "Shows the documents that were undone as they were. With --confirm they are planned again as the book's settings, matches and lock dates are now, " +
		"and written, or shown by tieout preview where the writing is off."
}

// reversal are the flags of undo and redo.
type reversal struct {
	Book    string `placeholder:"ID" help:"The book. Default: the only one."`
	Confirm string `placeholder:"DIGEST" help:"Do what was shown under this digest."`
	DryRun  bool   `help:"Only show it, which is what happens without --confirm too."`
	As      string `placeholder:"NAME" help:"Who wants it; the journal keeps the name. Default: the user of this machine."`
	CSV     bool   `name:"csv" help:"Print the lines as CSV." xor:"format"`
	JSON    bool   `name:"json" help:"Print the outcome as JSON." xor:"format"`
}

// Run shows an undo, or does it.
func (k *undoCommand) Run(ctx context.Context, g *Global, c console) error {
	return k.run(ctx, g, c, k.Scope, k.ID, false)
}

// Run shows what would be written again, or writes it.
func (k *redoCommand) Run(ctx context.Context, g *Global, c console) error {
	return k.run(ctx, g, c, k.Scope, k.ID, true)
}

func (r *reversal) run(ctx context.Context, g *Global, c console, kind, id string, redo bool) error {
	scope := undo.Scope{Kind: undo.ScopeKind(kind), ID: id}
	switch {
	case scope.Kind == undo.ScopeBook && id != "":
		r.Book, scope.ID = id, ""
	case scope.Kind != undo.ScopeBook && id == "":
		return usagef("say which %s", kind)
	}
	who, err := person(r.As)
	if err != nil {
		return err
	}
	ctx = journal.As(ctx, who)
	return g.with(ctx, c, func(a opened) error {
		b, err := a.onlyBook(ctx, r.Book)
		if err != nil {
			return err
		}
		if r.Confirm != "" && !r.DryRun {
			return r.do(ctx, a, c, b, scope, who, redo)
		}
		shown, err := a.PreviewUndo(ctx, b, scope, who, redo)
		if errors.Is(err, undo.ErrNothing) {
			return fmt.Errorf("nothing of ours stands in %s of book %s", scope, b.Name)
		}
		if err != nil {
			return err
		}
		return r.show(c, b, shown)
	})
}

func (r *reversal) show(c console, b books.Book, shown app.UndoPreview) error {
	switch {
	case r.JSON:
		return c.json(shown)
	case r.CSV:
		return sheet.Write(c.out, preview.Rows(shown.Lines))
	}
	c.say("%s: %d lines. Nothing was changed.", b.Name, len(shown.Lines))
	c.lines(shown.Lines)
	c.totals(shown.Totals, shown.Kept)
	c.say("To do it, repeat the command with --confirm %s", shown.Digest)
	return nil
}

func (r *reversal) do(ctx context.Context, a opened, c console, b books.Book, scope undo.Scope, who string, redo bool) error {
	result, err := a.ConfirmUndo(ctx, b, scope, who, r.Confirm, redo)
	if err != nil {
		return waiting(err, who)
	}
	if r.JSON {
		return c.json(result)
	}
	c.say("%s: %d writes were made.", b.Name, result.Written)
	c.lines(result.Left)
	if result.Waiting > 0 {
		c.say("%d writes are still on their way: tieout sync makes them; ask for the same again then.", result.Waiting)
	}
	return nil
}

// onlyBook is the book that is named, or the only one.
func (o opened) onlyBook(ctx context.Context, id string) (books.Book, error) {
	all, err := o.chosen(ctx, id)
	if err != nil {
		return books.Book{}, err
	}
	if len(all) != 1 {
		return books.Book{}, usagef("there are %d books: say which with --book", len(all))
	}
	return all[0], nil
}

// person is who acts: the name given, else the user of this machine.
func person(name string) (string, error) {
	if name != "" {
		return name, nil
	}
	me, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("say with --as who it is: %w", err)
	}
	return me.Username, nil
}

// acting is a context in which the user of this machine acts.
func acting(ctx context.Context) context.Context {
	who, err := person("")
	if err != nil {
		return ctx
	}
	return journal.As(ctx, who)
}
