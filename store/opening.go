package store

import (
	"context"
	"fmt"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/sync/lease"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// OpenBook stores a book's cut-over with the movements that are earlier all the
// same and with the documents that bring its clearing accounts to their opening
// figures, in one transaction under the book's lease. Documents that were
// planned under an earlier beginning and never sent are dropped.
func (s *Store) OpenBook(ctx context.Context, l lease.Lease, b books.Book, before []books.Earlier, parts []reconcile.PartRow, intents []push.Intent, at time.Time) (books.Book, error) {
	err := s.fenced(ctx, l, func(t runner) error {
		old, err := t.book(ctx, b.Tenant, b.ID, locked)
		if err != nil {
			return err
		}
		if old.Generation != b.Generation {
			return reconcile.ErrSettings
		}
		if err := t.payoutMayBegin(ctx, b); err != nil {
			return err
		}
		if err := t.changeBook(ctx, old, b, at); err != nil {
			return err
		}
		if err := t.saveEarlier(ctx, b, before); err != nil {
			return err
		}
		if err := t.dropUnsent(ctx, b, at); err != nil {
			return err
		}
		p := pass{t: t, book: b, result: reconcile.Result{At: at, Parts: parts, Intents: intents}}
		if err := p.parts(ctx); err != nil {
			return err
		}
		return p.intents(ctx)
	})
	if err != nil {
		return books.Book{}, fmt.Errorf("store: open book: %w", err)
	}
	return s.Book(ctx, b.Tenant, b.ID)
}

// payoutMayBegin is connect.ErrHasWritten where the book is to begin with a
// payout and has written since that was looked at: what the clearing account
// holds was all taken for somebody else's.
func (r runner) payoutMayBegin(ctx context.Context, b books.Book) error {
	if b.From == nil {
		return nil
	}
	written, err := r.hasWritten(ctx, b)
	if err == nil && written {
		err = connect.ErrHasWritten
	}
	return err
}

// dropUnsent ends documents that were never sent, and leaves nothing behind that
// could be written again: what they were planned for may not be the book's under
// another beginning. What is, the next pass plans anew.
func (r runner) dropUnsent(ctx context.Context, b books.Book, at time.Time) error {
	_, err := r.run(ctx, `update intent set state = 'dropped', updated_at = $3 where tenant = $1 and book = $2 and state in ('preview', 'planned', 'parked')
		and id in (select intent from part where tenant = $1 and book = $2 and state in ('planned', 'preview'))`, b.Tenant, b.ID, at)
	if err != nil {
		return err
	}
	_, err = r.run(ctx, `delete from part where tenant = $1 and book = $2 and state in ('planned', 'preview')
		and intent in (select id from intent where tenant = $1 and book = $2 and state = 'dropped')`, b.Tenant, b.ID)
	return err
}
