package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/sync/lease"
	"tieout/sync/reconcile"
)

var (
	stateTable = newTable("movement_state", 3, "tenant text, connection text, movement text, state text, held bigint, why text, updated_at timestamptz")
	joinTable  = newTable("payer_join", 4, "tenant text, book text, connection text, payer text, customer text, evidence text")
)

// Save writes a pass in one transaction under the book's lease. The book's
// generation must still be the one that the pass was computed with
// (reconcile.ErrSettings else); the book's row stays locked meanwhile. What is
// the same as before is not written again.
func (s *Store) Save(ctx context.Context, l lease.Lease, b books.Book, r reconcile.Result) error {
	err := s.fenced(ctx, l, func(t runner) error {
		now, err := t.book(ctx, b.Tenant, b.ID, locked)
		if err != nil {
			return err
		}
		if now.Generation != b.Generation {
			return reconcile.ErrSettings
		}
		p := pass{t: t, book: b, result: r}
		for _, step := range []func(context.Context) error{
			p.solve, p.outcomes, p.allocations, p.parts, p.drop, p.newKeys, p.intents, p.links, p.pages, p.joins, p.mirrors, p.exceptions, p.decisions, p.marks,
		} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: save pass: %w", err)
	}
	return nil
}

// pass writes the lists of one result.
type pass struct {
	t      runner
	book   books.Book
	result reconcile.Result
}

func (p pass) scope() string { return "book/" + p.book.ID }

// solve closes open questions and exceptions about subjects, and answers that
// were overtaken.
func (p pass) solve(ctx context.Context) error {
	if len(p.result.Overtaken) > 0 {
		_, err := p.t.run(ctx, `update decision set closed_at = $4
			where tenant = $1 and book = $2 and id in list($3) and closed_at is null`,
			p.book.Tenant, p.book.ID, p.result.Overtaken, p.result.At)
		if err != nil {
			return err
		}
	}
	if len(p.result.Solved) == 0 {
		return nil
	}
	_, err := p.t.run(ctx, `update decision set closed_at = $4
		where tenant = $1 and book = $2 and subject in list($3) and closed_at is null and answer = ''`,
		p.book.Tenant, p.book.ID, p.result.Solved, p.result.At)
	if err != nil {
		return err
	}
	_, err = p.t.run(ctx, `update exception set closed_at = $4
		where tenant = $1 and scope = $2 and subject in list($3) and closed_at is null`,
		p.book.Tenant, p.scope(), p.result.Solved, p.result.At)
	return err
}

func (p pass) outcomes(ctx context.Context) error {
	var rows [][]any
	for _, o := range newest(p.result.Outcomes, func(o reconcile.Outcome) string { return o.Connection + "/" + o.Movement }) {
		rows = append(rows, []any{p.book.Tenant, o.Connection, o.Movement, string(o.State), o.Held, o.Why, instant(p.result.At)})
	}
	// The time alone is no difference.
	clause := ` on conflict (tenant, connection, movement) do update
		set state = excluded.state, held = excluded.held, why = excluded.why, updated_at = excluded.updated_at
		where movement_state.state <> excluded.state or movement_state.held <> excluded.held or movement_state.why <> excluded.why`
	return p.t.write(ctx, stateTable, clause, rows)
}

// newest keeps the last of the items with one key, in the order of keys: one
// statement may name a key once, and a fixed order keeps two transactions from
// waiting for each other.
func newest[T any](items []T, key func(T) string) []T {
	last := make(map[string]int, len(items))
	for i, item := range items {
		last[key(item)] = i
	}
	kept := make([]T, 0, len(last))
	for i, item := range items {
		if last[key(item)] == i {
			kept = append(kept, item)
		}
	}
	slices.SortStableFunc(kept, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return kept
}

// allocations replace those of the movements that have an outcome, where they
// differ.
func (p pass) allocations(ctx context.Context) error {
	wanted := map[string][]reconcile.Allocation{}
	for _, o := range p.result.Outcomes {
		if !o.Matched {
			wanted[o.Movement] = nil
		}
	}
	for _, a := range p.result.Allocations {
		wanted[a.Movement] = append(wanted[a.Movement], a)
	}
	if len(wanted) == 0 {
		return nil
	}
	ids := make([]string, 0, len(wanted))
	for id := range wanted {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var rows []allocationRow
	err := p.t.all(ctx, &rows, `select `+allocationColumns+` from allocation where tenant = $1 and book = $2 and movement in list($3)`,
		p.book.Tenant, p.book.ID, ids)
	if err != nil {
		return err
	}
	stored := map[string][]reconcile.Allocation{}
	for _, r := range rows {
		stored[r.Movement] = append(stored[r.Movement], r.allocation())
	}
	var gone []string
	var fresh [][]any
	matched := map[string][]reconcile.Allocation{}
	for _, id := range ids {
		if sameAllocations(stored[id], wanted[id]) {
			continue
		}
		if len(stored[id]) > 0 {
			gone = append(gone, id)
		}
		if len(wanted[id]) > 0 {
			matched[id] = wanted[id]
		}
		for _, a := range wanted[id] {
			fresh = append(fresh, allocationValues(p.book, a))
		}
	}
	if len(gone) > 0 {
		_, err := p.t.run(ctx, `delete from allocation where tenant = $1 and book = $2 and movement in list($3)`, p.book.Tenant, p.book.ID, gone)
		if err != nil {
			return err
		}
	}
	if err := p.tellMatches(ctx, matched); err != nil {
		return err
	}
	return p.t.write(ctx, allocationTable, fail, fresh)
}

func sameAllocations(a, b []reconcile.Allocation) bool {
	order := func(x, y reconcile.Allocation) int {
		return cmp.Or(cmp.Compare(x.Invoice, y.Invoice), cmp.Compare(x.Adopted, y.Adopted))
	}
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, order)
	slices.SortFunc(b, order)
	return slices.Equal(a, b)
}

func (p pass) parts(ctx context.Context) error {
	var rows [][]any
	for _, part := range newest(p.result.Parts, func(r reconcile.PartRow) string { return r.Part.Key() }) {
		rows = append(rows, partValues(p.book, part))
	}
	return p.t.write(ctx, partTable, partTable.replace(), rows)
}

// drop ends intents that were never sent.
func (p pass) drop(ctx context.Context) error {
	if len(p.result.Drop) == 0 {
		return nil
	}
	_, err := p.t.run(ctx, `update intent set state = 'dropped', updated_at = $4
		where tenant = $1 and book = $2 and id in list($3) and state in ('preview', 'planned', 'parked')`,
		p.book.Tenant, p.book.ID, p.result.Drop, p.result.At)
	return err
}

func (p pass) intents(ctx context.Context) error {
	var rows [][]any
	for _, in := range p.result.Intents {
		if in.Tenant != p.book.Tenant || in.Book != p.book.ID {
			return fmt.Errorf("intent %s belongs to book %q of tenant %q: %w", in.ID, in.Book, in.Tenant, errForeignBook)
		}
		values, err := intentValues(in)
		if err != nil {
			return err
		}
		rows = append(rows, values)
	}
	return p.t.write(ctx, intentTable, fail, rows)
}

// errForeignBook guards against a result that speaks of another book.
var errForeignBook = errors.New("a pass writes to its own book only")

func (p pass) links(ctx context.Context) error {
	var rows [][]any
	for _, l := range p.result.Links {
		if l.Tenant != p.book.Tenant || l.Book != p.book.ID {
			return fmt.Errorf("link of invoice %s: %w", l.Invoice, errForeignBook)
		}
		rows = append(rows, linkValues(l))
	}
	return p.t.write(ctx, linkTable, linkTable.replace("created_at"), rows)
}

// joins saves what was found. A person may have taken the two apart meanwhile:
// then only a person's word joins them.
func (p pass) joins(ctx context.Context) error {
	var rows [][]any
	for _, j := range newest(p.result.Joins, func(j reconcile.Join) string { return j.Connection + "/" + j.Payer }) {
		key := []any{p.book.Tenant, p.book.ID, j.Connection, j.Payer, j.Customer}
		const apart = ` from payer_apart where tenant = $1 and book = $2 and connection = $3 and payer = $4 and customer = $5`
		if j.By != "" {
			if _, err := p.t.run(ctx, `delete`+apart, key...); err != nil {
				return err
			}
		}
		var n int
		if err := p.t.one(ctx, &n, `select count(*)`+apart, key...); err != nil {
			return err
		}
		if n == 0 {
			rows = append(rows, append(key, j.Evidence))
		}
	}
	return p.t.write(ctx, joinTable, joinTable.replace(), rows)
}

func (p pass) exceptions(ctx context.Context) error {
	var rows [][]any
	for _, e := range newest(p.result.Exceptions, func(e reconcile.Exception) string { return e.Subject + "#" + e.Kind }) {
		rows = append(rows, []any{p.book.Tenant, p.scope(), e.Subject, e.Kind, e.Text, e.Action, instant(p.result.At), instant{}})
	}
	if err := p.t.tellExceptions(ctx, p.book.Tenant, p.scope(), rows, p.result.At); err != nil {
		return err
	}
	return p.t.write(ctx, exceptionTable, exceptionTable.replace("opened_at"), rows)
}

func (p pass) decisions(ctx context.Context) error {
	return p.t.saveDecisions(ctx, p.book, p.result.Decisions, p.result.At)
}

// marks removes the marks that were worked on and not touched since.
func (p pass) marks(ctx context.Context) error {
	type group struct {
		connection, kind string
		touches          int64
	}
	done := map[group][]string{}
	for _, m := range p.result.Done {
		g := group{m.Connection, string(m.Ref.Kind), m.Touches}
		done[g] = append(done[g], m.Ref.ID)
	}
	for g, ids := range done {
		_, err := p.t.run(ctx, `delete from mark
			where tenant = $1 and connection = $2 and kind = $3 and touches = $4 and external_id in list($5)`,
			p.book.Tenant, g.connection, g.kind, g.touches, ids)
		if err != nil {
			return err
		}
	}
	return nil
}
