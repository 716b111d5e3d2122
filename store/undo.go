package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/journal"
	"tieout/sync/lease"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/undo"
)

// undoneParts notes that the document of a removal is gone because a person
// wanted it: its parts are undone, and nobody is asked why it has gone.
func (r runner) undoneParts(ctx context.Context, in push.Intent, at time.Time) error {
	target := in.Write.Target
	_, err := r.run(ctx, `update part set state = 'undone' where tenant = $1 and book = $2 and doc_kind = $3 and doc_id = $4`,
		in.Tenant, in.Book, string(target.Kind), target.ID)
	if err != nil {
		return err
	}
	_, err = r.run(ctx, `update decision set closed_at = $4 where tenant = $1 and book = $2 and subject = $3 and closed_at is null and answer = ''`,
		in.Tenant, in.Book, "document/"+subjectOf(target), at)
	return err
}

// MatchOf gives the allocations of a movement, or of its charge.
func (s *Store) MatchOf(ctx context.Context, b books.Book, id string) ([]reconcile.Allocation, error) {
	var rows []allocationRow
	err := s.reader.all(ctx, &rows, `select `+allocationColumns+` from allocation
		where tenant = $1 and book = $2 and (movement = $3 or charge = $3) order by movement, invoice, adopted`, b.Tenant, b.ID, id)
	if err != nil {
		return nil, fmt.Errorf("store: match of %s: %w", id, err)
	}
	list := make([]reconcile.Allocation, len(rows))
	for i, r := range rows {
		list[i] = r.allocation()
	}
	return list, nil
}

// Unmatching gives the answered decision by which the match of a movement, or
// of its charge, was undone.
func (s *Store) Unmatching(ctx context.Context, b books.Book, id string) (reconcile.Decision, bool, error) {
	var row decisionRow
	err := s.reader.one(ctx, &row, `select `+decisionColumns+` from decision
		where tenant = $1 and book = $2 and kind = $3 and answer = $4 and closed_at is null and cast(options as text) like '%"again"%'
			and subject in (select 'movement/' || cast($5 as text) union select 'movement/' || movement from charge
				where tenant = $1 and connection in list($6) and id = $5)
		order by opened_at desc, id desc limit 1`, b.Tenant, b.ID, reconcile.DecideMatch, reconcile.AnswerNone, id, b.Sources)
	if errors.Is(err, ErrNotFound) {
		return reconcile.Decision{}, false, nil
	}
	if err != nil {
		return reconcile.Decision{}, false, fmt.Errorf("store: undone match of %s: %w", id, err)
	}
	return row.decision(), true, nil
}

// LinkedInvoices walks the invoices that have a link row, with its newest
// generation, in the order of their ids; only limits it to one invoice.
func (s *Store) LinkedInvoices(ctx context.Context, b books.Book, only, after string, limit int) ([]undo.Linked, error) {
	var rows []struct {
		Invoice    string
		Generation int
		State, ID  string
		Own        bool
	}
	err := s.reader.all(ctx, &rows, `
		select l.invoice, l.generation, l.state, l.id, l.own from link l
		join (select invoice, max(generation) as generation from link where tenant = $1 and book = $2 and invoice > $3 and (invoice = $5 or $5 = '')
			group by invoice order by invoice limit $4) n on n.invoice = l.invoice and n.generation = l.generation
		where l.tenant = $1 and l.book = $2 order by l.invoice`, b.Tenant, b.ID, after, limit, only)
	if err != nil {
		return nil, fmt.Errorf("store: linked invoices: %w", err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.Invoice
	}
	invoices, err := s.Invoices(ctx, b, reconcile.InvoiceQuery{IDs: ids})
	if err != nil {
		return nil, err
	}
	byID := map[string]receivables.Invoice{}
	for _, inv := range invoices {
		byID[inv.ID] = inv
	}
	pages, err := s.openPages(ctx, b, ids)
	if err != nil {
		return nil, err
	}
	list := make([]undo.Linked, len(rows))
	for i, r := range rows {
		inv, ok := byID[r.Invoice]
		if !ok {
			inv = receivables.Invoice{ID: r.Invoice, State: receivables.StateDeleted}
		}
		list[i] = undo.Linked{Invoice: inv, Generation: r.Generation, Link: r.ID, Active: !r.Own && (r.State == "active" || r.State == "ending")}
		for _, page := range pages {
			if page.Invoice == r.Invoice {
				list[i].Pages = append(list[i].Pages, page)
			}
		}
	}
	return list, nil
}

// Created gives what set-ups of the book have made in its ledger and no undo
// has taken back.
func (s *Store) Created(ctx context.Context, b books.Book) ([]undo.Created, error) {
	made, gone := []undo.Created{}, map[receivables.Ref]bool{}
	q := JournalQuery{Kinds: []journal.Kind{journal.KindCreated, journal.KindRemoval}}
	err := s.Journal(ctx, b.Tenant, b.ID, q, func(l journal.Line) error {
		e, err := l.Open()
		if err != nil {
			return err
		}
		if e.Kind == journal.KindRemoval {
			gone[e.Document] = true
			return nil
		}
		var answer connectors.Answer
		if err := json.Unmarshal(e.Answer, &answer); err != nil {
			return err
		}
		delete(gone, e.Document)
		made = append(slices.DeleteFunc(made, func(c undo.Created) bool { return c.Ref == e.Document }),
			undo.Created{Ref: e.Document, Name: e.Name, Raw: answer.Raw})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("store: what was created: %w", err)
	}
	made = slices.DeleteFunc(made, func(c undo.Created) bool { return gone[c.Ref] })
	for i := range made {
		if err := s.lookUp(ctx, b, &made[i]); err != nil {
			return nil, fmt.Errorf("store: what was created: %w", err)
		}
	}
	return made, nil
}

// lookUp adds the newest body, and how many live documents use it.
func (s *Store) lookUp(ctx context.Context, b books.Book, c *undo.Created) error {
	bodies, err := s.Raw(ctx, b, []receivables.Ref{c.Ref})
	if err != nil {
		return err
	}
	if raw, ok := bodies[c.Ref]; ok {
		c.Raw = raw
	}
	if c.Ref.Kind != receivables.KindAccount {
		return nil
	}
	var used struct{ Ours, Others int }
	err = s.reader.one(ctx, &used, `
		select coalesce(sum(case when ours then 1 else 0 end), 0) as ours, coalesce(sum(case when ours then 0 else 1 end), 0) as others from (
			select distinct o.kind, o.id, exists (select 1 from part p where p.tenant = o.tenant and p.book = $4 and p.doc_kind = o.kind and p.doc_id = o.id) as ours
			from posting o where o.tenant = $1 and o.connection = $2 and o.account = $3 and o.live) d`, b.Tenant, b.Ledger, c.Ref.ID, b.ID)
	c.Ours, c.Others = used.Ours, used.Others
	return err
}

// SaveUndo writes a step of an undo or redo in one transaction, under the
// book's lease.
func (s *Store) SaveUndo(ctx context.Context, l lease.Lease, b books.Book, w undo.Writing) error {
	err := s.fenced(ctx, l, func(t runner) error {
		now, err := t.book(ctx, b.Tenant, b.ID, locked)
		if err != nil {
			return err
		}
		if now.Generation != b.Generation {
			return reconcile.ErrSettings
		}
		p := pass{t: t, book: b, result: reconcile.Result{At: w.At, Parts: w.Parts, Intents: w.Intents, Decisions: w.Decisions, Overtaken: w.Close}}
		steps := []func(context.Context) error{
			func(ctx context.Context) error { return t.forget(ctx, b, w.Forget, w.At) },
			func(ctx context.Context) error { return t.gone(ctx, b, w.Gone, w.At) },
			p.solve, p.parts, p.intents, p.decisions,
			func(ctx context.Context) error { return t.matchAgain(ctx, b, w.Match) },
			func(ctx context.Context) error { return t.markMovements(ctx, b, w.Mark, w.At) },
		}
		for _, step := range steps {
			if err := step(ctx); err != nil {
				return err
			}
		}
		if w.Entry.Kind == "" {
			return nil
		}
		return t.appendJournal(ctx, w.Entry)
	})
	if err != nil {
		return fmt.Errorf("store: save undo: %w", err)
	}
	return nil
}

// forget takes back matches, with what was planned for them and never sent,
// and every answer about them.
func (r runner) forget(ctx context.Context, b books.Book, movements []string, at time.Time) error {
	if len(movements) == 0 {
		return nil
	}
	names := make([]string, len(movements))
	for i, id := range movements {
		names[i] = "movement/" + id
	}
	_, err := r.run(ctx, `update intent set state = 'dropped', updated_at = $4
		where tenant = $1 and book = $2 and state in ('preview', 'planned', 'parked') and attempts = 0 and id in
			(select intent from part where tenant = $1 and book = $2 and movement in list($3) and purpose = 'receipt' and state in ('preview', 'planned'))`,
		b.Tenant, b.ID, movements, at)
	if err == nil {
		_, err = r.run(ctx, `delete from part where tenant = $1 and book = $2 and movement in list($3) and purpose = 'receipt' and (state = 'adopted'
			or state in ('preview', 'planned') and intent in (select id from intent where tenant = $1 and book = $2 and state = 'dropped'))`,
			b.Tenant, b.ID, movements)
	}
	if err == nil {
		_, err = r.run(ctx, `delete from allocation where tenant = $1 and book = $2 and movement in list($3)`, b.Tenant, b.ID, movements)
	}
	if err == nil {
		_, err = r.run(ctx, `update decision set closed_at = $4 where tenant = $1 and book = $2 and subject in list($3) and closed_at is null`,
			b.Tenant, b.ID, names, at)
	}
	if err != nil {
		return err
	}
	return r.markMovements(ctx, b, movements, at)
}

// markMovements has the next pass look at movements.
func (r runner) markMovements(ctx context.Context, b books.Book, ids []string, at time.Time) error {
	if len(b.Sources) == 0 || len(ids) == 0 {
		return nil
	}
	refs := make([]receivables.Ref, len(ids))
	for i, id := range ids {
		refs[i] = receivables.Ref{Kind: receivables.KindBalanceTransaction, ID: id}
	}
	return r.mark(ctx, b.Tenant, b.Sources[0], refs, at)
}

// gone notes that documents were removed by somebody else before an undo could.
func (r runner) gone(ctx context.Context, b books.Book, refs []receivables.Ref, at time.Time) error {
	for _, ref := range refs {
		in := push.Intent{Tenant: b.Tenant, Book: b.ID, Write: connectors.Write{Target: ref}}
		if err := r.undoneParts(ctx, in, at); err != nil {
			return err
		}
	}
	return nil
}

// matchAgain writes the match of an undo that was taken back.
func (r runner) matchAgain(ctx context.Context, b books.Book, list []reconcile.Allocation) error {
	rows := make([][]any, len(list))
	for i, a := range list {
		rows[i] = allocationValues(b, a)
	}
	return r.write(ctx, allocationTable, allocationTable.replace(), rows)
}

// DropLinkWrites ends every write about links that was never sent, before all
// of them are taken off.
func (s *Store) DropLinkWrites(ctx context.Context, l lease.Lease, b books.Book, at time.Time) error {
	err := s.fenced(ctx, l, func(t runner) error {
		var rows []intentRow
		err := t.all(ctx, &rows, `select `+intentColumns+` from intent
			where tenant = $1 and book = $2 and state in ('preview', 'planned', 'parked') and attempts = 0 and effect like 'link_%' and priority <> $3`,
			b.Tenant, b.ID, int(push.PriorityUndo))
		if err != nil {
			return err
		}
		for _, row := range rows {
			in := row.intent()
			if _, err := t.run(ctx, `update intent set state = 'dropped', updated_at = $3 where tenant = $1 and id = $2`, in.Tenant, in.ID, at); err != nil {
				return err
			}
			if err := t.linkDropped(ctx, in); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: drop writes of links: %w", err)
	}
	return nil
}
