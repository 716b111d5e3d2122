package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/pull"
	"tieout/sync/reconcile"
)

// Streams gives where the streams of a connection stand.
func (s *Store) Streams(ctx context.Context, tenant, connection string) (map[string]pull.StreamState, error) {
	var rows []struct {
		Name   string
		Cursor string `db:"cursor_body"`
		Done   bool
		AsOf   instant `db:"as_of"`
		Seen   int64
		Total  int64
		Began  instant
		Moved  instant
	}
	err := s.reader.all(ctx, &rows, `select name, cursor_body, done, as_of, seen, total, began, moved from stream where tenant = $1 and connection = $2`, tenant, connection)
	if err != nil {
		return nil, fmt.Errorf("store: streams: %w", err)
	}
	states := make(map[string]pull.StreamState, len(rows))
	for _, r := range rows {
		state := pull.StreamState{
			Done: r.Done, AsOf: r.AsOf.pointer(), Seen: r.Seen, Total: r.Total, Began: r.Began.pointer(), Moved: r.Moved.pointer(),
		}
		if r.Cursor != "" {
			state.Cursor = json.RawMessage(r.Cursor)
		}
		states[r.Name] = state
	}
	return states, nil
}

// RestartStreams forgets the cursors of the connection's streams.
func (s *Store) RestartStreams(ctx context.Context, l lease.Lease, connection string) error {
	err := s.fenced(ctx, l, func(t runner) error {
		_, err := t.run(ctx, `delete from stream where tenant = $1 and connection = $2`, l.Tenant, connection)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: restart streams: %w", err)
	}
	return nil
}

// MarkBooks marks every book of the connection as a whole. A book's own mark
// stands under its ledger, whichever connection asked for it.
func (s *Store) MarkBooks(ctx context.Context, tenant, connection string, at time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		var rows []struct{ ID, Ledger string }
		err := t.all(ctx, &rows, `
			select b.id, b.ledger from book b where b.tenant = $1 and (b.ledger = $2 or exists
				(select 1 from book_source s where s.tenant = b.tenant and s.book = b.id and s.connection = $2))
			order by b.ledger, b.id`, tenant, connection)
		if err != nil {
			return err
		}
		for _, r := range rows {
			ref := receivables.Ref{Kind: reconcile.MarkBook, ID: r.ID}
			if err := t.mark(ctx, tenant, r.Ledger, []receivables.Ref{ref}, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: mark books: %w", err)
	}
	return nil
}

// SetFresh records that everything up to at has been pulled. It never goes
// back.
func (s *Store) SetFresh(ctx context.Context, l lease.Lease, connection string, at time.Time) error {
	err := s.fenced(ctx, l, func(t runner) error {
		_, err := t.run(ctx, `update connection set fresh = $3 where tenant = $1 and id = $2 and (fresh is null or fresh < $3)`,
			l.Tenant, connection, at)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: freshness: %w", err)
	}
	return nil
}
