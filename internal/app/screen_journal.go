package app

import (
	"context"
	"fmt"

	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/undo"
	"tieout/web"
)

// journalReader reads journals for pages, and takes back what they show.
type journalReader struct{ proofReader }

// Entries are lines of a book's journal, the newest first.
func (j journalReader) Entries(ctx context.Context, tenant, book string, kind journal.Kind, before int64, limit int) ([]web.Entry, error) {
	lines, err := j.app.Store.JournalPage(ctx, tenant, book, kind, before, limit)
	if err != nil {
		return nil, err
	}
	out := make([]web.Entry, 0, len(lines))
	for _, l := range lines {
		e, err := entryOf(l)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// Each gives all lines in their order.
func (j journalReader) Each(ctx context.Context, tenant, book string, yield func(web.Entry) error) error {
	return j.app.Store.Journal(ctx, tenant, book, store.JournalQuery{}, func(l journal.Line) error {
		e, err := entryOf(l)
		if err != nil {
			return err
		}
		return yield(e)
	})
}

func entryOf(l journal.Line) (web.Entry, error) {
	e, err := l.Open()
	if err != nil {
		return web.Entry{}, fmt.Errorf("app: journal: %w", err)
	}
	return web.Entry{
		Seq: e.Seq, At: e.At, Kind: e.Kind, Who: e.Who, Why: e.Why, Evidence: e.Evidence, Op: e.Op, Document: e.Document, Invoice: e.Invoice,
		URL: e.URL, Hash: l.Hash, Request: string(e.Request), Answer: string(e.Answer),
		Ours: e.Kind == journal.KindWrite && len(e.Parts) > 0 && e.Document.ID != "",
	}, nil
}

// PreviewUndo shows what an undo would do.
func (j journalReader) PreviewUndo(ctx context.Context, tenant, book string, scope undo.Scope, by string) (web.UndoShown, error) {
	b, err := j.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return web.UndoShown{}, err
	}
	shown, err := j.app.PreviewUndo(ctx, b, scope, by, false)
	return web.UndoShown{Lines: shown.Lines, Kept: shown.Kept, Totals: shown.Totals, Digest: shown.Digest}, forPages(err)
}

// Undo does what was shown under the digest. Where the organisation wants four
// eyes, it is put before a second person first.
func (j journalReader) Undo(ctx context.Context, tenant, book string, scope undo.Scope, by, digest string) (web.UndoDone, error) {
	b, err := j.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return web.UndoDone{}, err
	}
	done, err := j.app.ConfirmUndo(journal.As(ctx, by), b, scope, by, digest, false)
	err = forPages(err)
	return web.UndoDone{Written: done.Written, Waiting: done.Waiting, Left: done.Left}, err
}
