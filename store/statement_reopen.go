package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/books"
	"tieout/mapping"
	"tieout/sync/lease"
)

// ErrStands says that what a decision has led to stands in the ledger, or may
// stand there: it has to be undone first.
var ErrStands = errors.New("its document stands in the ledger")

// ReopenLine takes a person's decision about a line back, with what was learned
// from it. Writes that were not sent yet are dropped; where one was sent and not
// undone, nothing is changed: ErrStands.
func (s *Store) ReopenLine(ctx context.Context, l lease.Lease, b books.Book, account, line string, at time.Time) error {
	movement := mapping.BankCase{Account: account, Line: line}.Movement()
	err := s.fenced(ctx, l, func(t runner) error {
		var standing int
		err := t.one(ctx, &standing, `select count(*) from part p where p.tenant = $1 and p.book = $2 and p.movement = $3
			and (p.state not in ('planned', 'preview', 'again', 'undone', 'gone') or exists (select 1 from intent i
				where i.tenant = p.tenant and i.id = p.intent and i.state in ('sending', 'unknown')))`, b.Tenant, b.ID, movement)
		if err != nil {
			return err
		}
		if standing > 0 {
			return ErrStands
		}
		_, err = t.run(ctx, `update intent set state = 'dropped', updated_at = $4 where tenant = $1 and book = $2 and state in ('preview', 'planned', 'parked')
			and id in (select intent from part where tenant = $1 and book = $2 and movement = $3)`, b.Tenant, b.ID, movement, at)
		if err != nil {
			return err
		}
		// What was never sent leaves nothing behind that could be written again.
		_, err = t.run(ctx, `delete from part where tenant = $1 and book = $2 and movement = $3 and state in ('planned', 'preview')`, b.Tenant, b.ID, movement)
		if err != nil {
			return err
		}
		if _, err := t.run(ctx, `delete from payer_rule where tenant = $1 and book = $2 and line = $3`, b.Tenant, b.ID, clean(line)); err != nil {
			return err
		}
		n, err := t.run(ctx, `update statement_line set decided_by = '', decided_at = null, meaning = '', sure = false, finding = null
			where tenant = $1 and book = $2 and account = $3 and id = $4 and decided_by <> ''`, b.Tenant, b.ID, account, line)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("store: reopen line: %w", err)
	}
	return nil
}
