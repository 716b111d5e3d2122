package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/reconcile"
)

// members are the book's connections, the ledger first.
func members(b books.Book) []string { return append([]string{b.Ledger}, b.Sources...) }

// Marks gives up to limit marks of the book's connections, oldest first. The
// marks of other books of the same ledger are not among them.
func (s *Store) Marks(ctx context.Context, b books.Book, limit int) ([]reconcile.Mark, error) {
	var rows []struct {
		Connection, Kind string
		ExternalID       string `db:"external_id"`
		Touches          int64
	}
	err := s.reader.all(ctx, &rows, `
		select connection, kind, external_id, touches from mark
		where tenant = $1 and connection in list($2) and (kind <> $3 or external_id = $4)
		order by marked_at, connection, kind, external_id limit $5`,
		b.Tenant, members(b), string(reconcile.MarkBook), b.ID, limit)
	if err != nil {
		return nil, fmt.Errorf("store: marks: %w", err)
	}
	marks := make([]reconcile.Mark, len(rows))
	for i, r := range rows {
		marks[i] = reconcile.Mark{Connection: r.Connection, Ref: receivables.Ref{Kind: receivables.Kind(r.Kind), ID: r.ExternalID}, Touches: r.Touches}
	}
	return marks, nil
}

// takenBackBy finds the movements of refunds and disputes.
const takenBackBy = `select id from balance_transaction where tenant = :tenant and connection in list(:sources) and source in list(:ids)
	and type <> 'charge' and type <> 'payment' and source <> ''`

// touches find the movements that marks of a kind concern.
// Ids of Stripe's objects are unique over all accounts, so the mark's own
// connection does not matter.
var touches = map[receivables.Kind]string{
	receivables.KindBalanceTransaction: `select id from balance_transaction
		where tenant = :tenant and connection in list(:sources) and id in list(:ids)`,
	receivables.KindCharge: `select movement as id from charge
			where tenant = :tenant and connection in list(:sources) and id in list(:ids) and movement <> ''
		union select failure_movement from charge
			where tenant = :tenant and connection in list(:sources) and id in list(:ids) and failure_movement <> ''`,
	receivables.KindPayout: `select movement as id from payout
			where tenant = :tenant and connection in list(:sources) and id in list(:ids) and movement <> ''
		union select failure_movement from payout
			where tenant = :tenant and connection in list(:sources) and id in list(:ids) and failure_movement <> ''`,
	receivables.KindRefund:  takenBackBy,
	receivables.KindDispute: takenBackBy,
	receivables.KindCheckout: `select c.movement as id from checkout o
		join charge c on c.tenant = o.tenant and c.connection = o.connection and c.payment_intent = o.payment_intent
		where o.tenant = :tenant and o.connection in list(:sources) and o.id in list(:ids) and o.payment_intent <> '' and c.movement <> ''`,
	receivables.KindPayer: `select c.movement as id from charge c
		left join movement_state m on m.tenant = c.tenant and m.connection = c.connection and m.movement = c.movement
		where c.tenant = :tenant and c.connection in list(:sources) and c.payer in list(:ids) and c.payer <> '' and c.movement <> ''
			and coalesce(m.state, 'new') <> 'settled'`,
	receivables.KindInvoice: `select movement as id from allocation where tenant = :tenant and book = :book and invoice in list(:ids)`,
	receivables.KindReceipt: `select movement as id from part where tenant = :tenant and book = :book and doc_kind = :kind and doc_id in list(:ids)
		union select p.movement from receipt r join part p on p.tenant = r.tenant and p.book = :book and p.marker = r.marker
			where r.tenant = :tenant and r.connection = :ledger and r.id in list(:ids) and r.marker <> ''
		union select movement from allocation where tenant = :tenant and book = :book and adopted in list(:ids) and adopted <> ''`,
	receivables.KindCredit: `select movement as id from part where tenant = :tenant and book = :book and doc_kind = :kind and doc_id in list(:ids)
		union select p.movement from credit r join part p on p.tenant = r.tenant and p.book = :book and p.marker = r.marker
			where r.tenant = :tenant and r.connection = :ledger and r.id in list(:ids) and r.marker <> ''`,
	receivables.KindDocument: `select movement as id from part where tenant = :tenant and book = :book and doc_kind = :kind and doc_id in list(:ids)
		union select p.movement from document r join part p on p.tenant = r.tenant and p.book = :book and p.marker = r.marker
			where r.tenant = :tenant and r.connection = :ledger and r.id in list(:ids) and r.marker <> ''`,
}

// Touched gives the movements that the marks concern, by id. Marks of
// customers and of whole books concern none by themselves.
func (s *Store) Touched(ctx context.Context, b books.Book, marks []reconcile.Mark) ([]string, error) {
	ids := map[receivables.Kind][]string{}
	for _, m := range marks {
		ids[m.Ref.Kind] = append(ids[m.Ref.Kind], m.Ref.ID)
	}
	found := map[string]bool{}
	for kind, list := range ids {
		statement, ok := touches[kind]
		if !ok {
			continue
		}
		statement, args, err := named(statement, map[string]any{
			"tenant": b.Tenant, "sources": b.Sources, "ids": list,
			"book": b.ID, "kind": string(kind), "ledger": b.Ledger,
		})
		if err != nil {
			return nil, fmt.Errorf("store: touched by %s: %w", kind, err)
		}
		var movements []string
		if err := s.reader.all(ctx, &movements, statement, args...); err != nil {
			return nil, fmt.Errorf("store: touched by %s: %w", kind, err)
		}
		for _, id := range movements {
			found[id] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// OpenMovements gives ids of movements in one of the states, after the given
// id, in the order of ids. A movement without a state is new.
func (s *Store) OpenMovements(ctx context.Context, b books.Book, states []reconcile.MovementState, after string, limit int) ([]string, error) {
	names := make([]string, len(states))
	fresh := false
	for i, state := range states {
		names[i] = string(state)
		fresh = fresh || state == reconcile.MovementNew
	}
	// The first form walks the short list of open ones by its index; only a
	// walk that asks for new movements has to look at all of them.
	statement := `
		select m.movement from movement_state m
		where m.tenant = $1 and m.connection in list($2) and m.state in list($3) and m.movement > $4
		order by m.movement limit $5`
	if fresh {
		statement = `
			select b.id from balance_transaction b
			left join movement_state m on m.tenant = b.tenant and m.connection = b.connection and m.movement = b.id
			where b.tenant = $1 and b.connection in list($2) and coalesce(m.state, 'new') in list($3) and b.id > $4 and not b.deleted
			order by b.id limit $5`
	}
	var ids []string
	if err := s.reader.all(ctx, &ids, statement, b.Tenant, b.Sources, names, after, limit); err != nil {
		return nil, fmt.Errorf("store: open movements: %w", err)
	}
	return ids, nil
}
