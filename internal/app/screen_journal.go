package app

import (
	"context"
	"fmt"

	"tieout/books"
	"tieout/receivables"
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
	var written []journal.Entry
	for _, l := range lines {
		e, err := l.Open()
		if err != nil {
			return nil, fmt.Errorf("app: journal: %w", err)
		}
		out = append(out, entryOf(e, l.Hash))
		if isOurs(e) {
			written = append(written, e)
		}
	}
	return out, j.fates(ctx, books.Book{Tenant: tenant, ID: book}, written, out)
}

// fates says of entries what has become of their documents.
func (j journalReader) fates(ctx context.Context, b books.Book, written []journal.Entry, out []web.Entry) error {
	if len(written) == 0 {
		return nil
	}
	var movements, documents []string
	for _, e := range written {
		documents = append(documents, e.Document.ID)
		for _, p := range e.Parts {
			movements = append(movements, p.Movement)
		}
	}
	parts, err := j.app.Store.PartsOf(ctx, b, distinct(movements))
	if err != nil {
		return err
	}
	at := map[int64]*web.Entry{}
	for i := range out {
		at[out[i].Seq] = &out[i]
	}
	by := map[int64]receivables.Ref{}
	for _, e := range written {
		at[e.Seq].Fate, by[e.Seq] = undo.FateOf(e, parts)
		if counter := by[e.Seq].ID; counter != "" {
			documents = append(documents, counter)
		}
	}
	return j.byWhich(ctx, b, distinct(documents), written, func(e, later journal.Entry) {
		shown := at[e.Seq]
		switch {
		case later.Seq <= e.Seq || shown.Fate == undo.FateStands:
		case later.Kind == journal.KindRemoval && later.Document == e.Document, later.Kind == journal.KindWrite && later.Document == by[e.Seq]:
			shown.Fate, shown.By = undo.FateBack, later.Seq
		}
	})
}

// byWhich compares entries with all that the journal tells of some documents.
func (j journalReader) byWhich(ctx context.Context, b books.Book, documents []string, written []journal.Entry, compare func(e, later journal.Entry)) error {
	q := store.JournalQuery{Documents: documents, Kinds: []journal.Kind{journal.KindWrite, journal.KindRemoval}}
	return j.app.Store.Journal(ctx, b.Tenant, b.ID, q, func(l journal.Line) error {
		later, err := l.Open()
		if err != nil {
			return fmt.Errorf("app: journal: %w", err)
		}
		for _, e := range written {
			compare(e, later)
		}
		return nil
	})
}

// isOurs says that an entry tells of a document of ours.
func isOurs(e journal.Entry) bool {
	return e.Kind == journal.KindWrite && len(e.Parts) > 0 && e.Document.ID != ""
}

// Each gives all lines in their order.
func (j journalReader) Each(ctx context.Context, tenant, book string, yield func(web.Entry) error) error {
	return j.app.Store.Journal(ctx, tenant, book, store.JournalQuery{}, func(l journal.Line) error {
		e, err := l.Open()
		if err != nil {
			return fmt.Errorf("app: journal: %w", err)
		}
		return yield(entryOf(e, l.Hash))
	})
}

func entryOf(e journal.Entry, hash string) web.Entry {
	return web.Entry{
		Seq: e.Seq, At: e.At, Kind: e.Kind, Who: e.Who, Why: e.Why, Evidence: e.Evidence, Op: e.Op, Document: e.Document, Invoice: e.Invoice,
		URL: e.URL, Hash: hash, Request: string(e.Request), Answer: string(e.Answer),
	}
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
