package store

import (
	"context"
	"fmt"
	"time"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/lease"
)

// Restored says whether the book came out of a backup and has not been brought
// to rest since.
func (s *Store) Restored(ctx context.Context, tenant, book string) (bool, error) {
	var n int
	if err := s.reader.one(ctx, &n, `select count(*) from restored where tenant = $1 and book = $2`, tenant, book); err != nil {
		return false, fmt.Errorf("store: whether %s was restored: %w", book, err)
	}
	return n > 0, nil
}

// Rested records that a restored book has come to rest.
func (s *Store) Rested(ctx context.Context, l lease.Lease, book string) error {
	err := s.fenced(ctx, l, func(t runner) error {
		_, err := t.run(ctx, `delete from restored where tenant = $1 and book = $2`, l.Tenant, book)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: %s is at rest: %w", book, err)
	}
	return nil
}

// Unclaimed gives the ledger's live receipts that carry a marker of ours and
// that no part of the book knows, by id.
func (s *Store) Unclaimed(ctx context.Context, b books.Book) ([]receivables.Receipt, error) {
	list, err := values[receivables.Receipt](ctx, s.reader.runner, `
		select r.doc from receipt r where r.tenant = $1 and r.connection = $2 and r.marker <> '' and r.state = 'live' and not exists
			(select 1 from part p where p.tenant = r.tenant and p.book = $3 and p.marker = r.marker and p.marker <> '')
		order by r.id`, b.Tenant, b.Ledger, b.ID)
	if err != nil {
		return nil, fmt.Errorf("store: receipts that no part knows: %w", err)
	}
	return list, nil
}

// MarkRestored says of every book that its rows come from an earlier time, and
// ends the leases of whoever worked then. It is for databases that were brought
// back by other means than Restore.
func (s *Store) MarkRestored(ctx context.Context, at time.Time) error {
	if err := s.inTx(ctx, func(t runner) error { return t.markRestored(ctx, at) }); err != nil {
		return fmt.Errorf("store: mark as restored: %w", err)
	}
	return nil
}

// markRestored: the fences stay, so that a worker of the old database cannot be
// taken for a holder here.
func (t runner) markRestored(ctx context.Context, at time.Time) error {
	var all []struct{ Tenant, ID string }
	if err := t.all(ctx, &all, `select tenant, id from book order by tenant, id`); err != nil {
		return err
	}
	for _, b := range all {
		_, err := t.run(ctx, `insert into restored (tenant, book, at) values ($1, $2, $3) on conflict (tenant, book) do update set at = excluded.at`,
			b.Tenant, b.ID, at)
		if err != nil {
			return err
		}
	}
	if _, err := t.run(ctx, `update lease set holder = '', fence = fence + 1`); err != nil {
		return err
	}
	_, err := t.run(ctx, `update connection set due = null, claimed_by = '', claimed_until = null`)
	return err
}
