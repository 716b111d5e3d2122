package store

import (
	"context"
	"fmt"
	"time"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

var _ reconcile.Outbox = (*Store)(nil)

// Parked gives the book's intents that were given up.
func (s *Store) Parked(ctx context.Context, b books.Book, limit int) ([]push.Intent, error) {
	return s.Intents(ctx, b.Tenant, b.ID, []push.State{push.StateParked}, limit)
}

// Retry has parked intents tried again. What follows from the book's state is
// dropped and planned anew, with the accounts and customers of today; what
// does not, as an undo, is looked for and sent as it is. Either goes under a
// new key. Ids that are not parked any more are left out of the count.
func (s *Store) Retry(ctx context.Context, tenant, book string, ids []string, at time.Time) (int, error) {
	count := 0
	err := s.inTx(ctx, func(t runner) error {
		b, err := t.book(ctx, tenant, book, "")
		if err != nil {
			return err
		}
		var rows []intentRow
		err = t.all(ctx, &rows, `select `+intentColumns+` from intent
			where tenant = $1 and book = $2 and id in list($3) and state = 'parked' order by id`, tenant, book, ids)
		if err != nil {
			return err
		}
		count = len(rows)
		for _, row := range rows {
			if err := t.tryAgain(ctx, b, row.intent(), at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("store: retry: %w", err)
	}
	return count, nil
}

// Replan has intents dropped that wait to be sent, and what they are about
// planned anew: it has changed since. What does not follow from the book's
// state stays as it is.
func (s *Store) Replan(ctx context.Context, tenant, book string, ids []string, at time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		b, err := t.book(ctx, tenant, book, "")
		if err != nil {
			return err
		}
		var rows []intentRow
		err = t.all(ctx, &rows, `select `+intentColumns+` from intent
			where tenant = $1 and book = $2 and id in list($3) and state = 'planned' order by id`, tenant, book, ids)
		for _, row := range rows {
			in := row.intent()
			parts, planned, err := t.plannedParts(ctx, b, in)
			if err == nil && planned && len(parts) > 0 {
				err = t.planAgain(ctx, b, in, parts, at)
			}
			if err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("store: replan: %w", err)
	}
	return nil
}

// plannedParts are the parts that an intent was planned for, and whether it
// would be planned again by itself.
func (r runner) plannedParts(ctx context.Context, b books.Book, in push.Intent) (parts []partRow, planned bool, err error) {
	err = r.all(ctx, &parts, `select `+partColumns+` from part where tenant = $1 and book = $2 and intent = $3 and state = 'planned'`, b.Tenant, b.ID, in.ID)
	return parts, in.Priority != push.PriorityUndo && (in.Invoice != "" || in.Generation == 0 && len(parts) > 0), err
}

func (r runner) tryAgain(ctx context.Context, b books.Book, in push.Intent, at time.Time) error {
	parts, planned, err := r.plannedParts(ctx, b, in)
	if err != nil {
		return err
	}
	if planned {
		return r.planAgain(ctx, b, in, parts, at)
	}
	stood, err := r.standAgain(ctx, b, in, at)
	if err != nil || stood {
		return err
	}
	return r.sendAgain(ctx, in, at)
}

// standAgain drops a removal that was given up, with what was to be written in
// the place of the document: that stands as it did, so that the next pass decides
// anew about it. false where the removal makes way for nothing, or for more than
// can be told.
func (r runner) standAgain(ctx context.Context, b books.Book, in push.Intent, at time.Time) (bool, error) {
	if in.Priority == push.PriorityUndo || in.Generation == 0 || in.Write.Target.ID == "" || len(in.Write.Parts) > 0 || in.DependsOn != "" {
		return false, nil
	}
	var behind []intentRow
	err := r.all(ctx, &behind, `select `+intentColumns+` from intent
		where tenant = $1 and book = $2 and depends_on = $3 and state in ('planned', 'parked') order by id`, b.Tenant, b.ID, in.ID)
	if err != nil || len(behind) != 1 {
		return false, err
	}
	next := behind[0].intent()
	parts, _, err := r.plannedParts(ctx, b, next)
	if err != nil || len(parts) == 0 {
		return false, err
	}
	_, err = r.run(ctx, `update part set state = 'live', generation = 0, intent = '', doc_kind = $4, doc_id = $5
		where tenant = $1 and book = $2 and intent = $3 and state = 'planned'`, b.Tenant, b.ID, next.ID, string(in.Write.Target.Kind), in.Write.Target.ID)
	if err != nil {
		return false, err
	}
	for _, old := range []push.Intent{in, next} {
		if err := r.planAgain(ctx, b, old, parts, at); err != nil {
			return false, err
		}
	}
	return true, nil
}

// sendAgain has an intent looked for at the vendor, and sent if it is not there.
func (r runner) sendAgain(ctx context.Context, in push.Intent, at time.Time) error {
	in.Write.Key = push.Again(in.Write.Key)
	request, err := exact(in.Write)
	if err != nil {
		return err
	}
	_, err = r.run(ctx, `update intent set state = 'unknown', attempts = 0, not_before = null, request = $3, updated_at = $4
		where tenant = $1 and id = $2 and state = 'parked'`, in.Tenant, in.ID, request, at)
	return err
}

// planAgain drops an intent and those that wait for it, forgets that their
// parts were planned, and marks what they are about.
func (r runner) planAgain(ctx context.Context, b books.Book, in push.Intent, parts []partRow, at time.Time) error {
	_, err := r.run(ctx, `update intent set state = 'dropped', updated_at = $3 where tenant = $1 and id = $2`, in.Tenant, in.ID, at)
	if err == nil {
		err = r.linkDropped(ctx, in)
	}
	if err == nil {
		_, err = r.run(ctx, `delete from part where tenant = $1 and book = $2 and intent = $3 and state = 'planned'`, b.Tenant, b.ID, in.ID)
	}
	if err != nil {
		return err
	}
	if in.Invoice != "" {
		if err := r.mark(ctx, b.Tenant, b.Ledger, []receivables.Ref{{Kind: receivables.KindInvoice, ID: in.Invoice}}, at); err != nil {
			return err
		}
	}
	for _, p := range parts {
		// Somebody may have entered meanwhile what we could not write: it is
		// looked at as if it were new.
		_, err := r.run(ctx, `update movement_state set state = 'new' where tenant = $1 and connection = $2 and movement = $3`,
			b.Tenant, p.Connection, p.Movement)
		if err != nil {
			return err
		}
		err = r.mark(ctx, b.Tenant, p.Connection, []receivables.Ref{{Kind: receivables.KindBalanceTransaction, ID: p.Movement}}, at)
		if err != nil {
			return err
		}
	}
	return r.planAgainBehind(ctx, b, in, at)
}

// planAgainBehind does the same with what was planned to follow it.
func (r runner) planAgainBehind(ctx context.Context, b books.Book, in push.Intent, at time.Time) error {
	var behind []intentRow
	err := r.all(ctx, &behind, `select `+intentColumns+` from intent
		where tenant = $1 and book = $2 and depends_on = $3 and state in ('planned', 'parked') order by id`, b.Tenant, b.ID, in.ID)
	if err != nil {
		return err
	}
	for _, row := range behind {
		next := row.intent()
		parts, _, err := r.plannedParts(ctx, b, next)
		if err == nil {
			err = r.planAgain(ctx, b, next, parts, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// newKeys gives intents whose write was given up before a key of their own: a
// vendor would go on refusing the old one.
func (p pass) newKeys(ctx context.Context) error {
	if len(p.result.Intents) == 0 {
		return nil
	}
	sorts := make([]string, len(p.result.Intents))
	for i, in := range p.result.Intents {
		sorts[i] = in.Sort
	}
	var rows []intentRow
	err := p.t.all(ctx, &rows, `select `+intentColumns+` from intent
		where tenant = $1 and book = $2 and state = 'dropped' and attempts > 0 and sort_key in list($3) order by id`, p.book.Tenant, p.book.ID, sorts)
	if err != nil {
		return err
	}
	for i := range p.result.Intents {
		in := &p.result.Intents[i]
		for _, row := range rows {
			old := row.Request.value.Key
			if push.SameWrite(old, in.Write.Key) && push.Tries(old) >= push.Tries(in.Write.Key) {
				in.Write.Key = push.Again(old)
			}
		}
	}
	return nil
}
