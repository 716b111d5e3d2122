package store

import (
	"context"
	"fmt"
	"slices"

	"tieout/receivables"
)

// unknownTable holds the customers whom an open invoice names and the ledger's
// list does not hold: all such, and some that have become known since.
var unknownTable = newTable("unknown_customer", 3, "tenant text, connection text, id text")

// writeUnknown keeps that table in step with the page, whose invoices and
// customers have been written.
func (w *pageWriter) writeUnknown(ctx context.Context) error {
	var named, known []string
	for _, ref := range w.order {
		switch e := w.latest[ref].entity.(type) {
		case receivables.Invoice:
			if e.Balance != 0 {
				named = append(named, e.CustomerID)
			}
		case receivables.Customer:
			if w.stored[ref].Deleted {
				named = append(named, ref.ID)
			} else {
				known = append(known, ref.ID)
			}
		}
	}
	if len(known) > 0 {
		_, err := w.t.run(ctx, `delete from unknown_customer where tenant = $1 and connection = $2 and id in list($3)`, w.page.Tenant, w.page.Connection, known)
		if err != nil {
			return err
		}
	}
	slices.Sort(named)
	if named = slices.Compact(named); len(named) == 0 {
		return nil
	}
	found := map[string]bool{}
	err := w.t.each(ctx, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		found[id] = true
		return err
	}, `select id from customer where tenant = $1 and connection = $2 and id in list($3) and not deleted`, w.page.Tenant, w.page.Connection, named)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, id := range named {
		if !found[id] {
			rows = append(rows, []any{w.page.Tenant, w.page.Connection, id})
		}
	}
	return w.t.write(ctx, unknownTable, ` on conflict (tenant, connection, id) do nothing`, rows)
}

// Orphan is an open invoice whose customer was never pulled, or was deleted.
type Orphan struct {
	Invoice, Number, Customer string
}

// Orphans gives the connection's open invoices that name a customer whom we do
// not know, at most limit of them. They are counted like all others; only who
// owes them is not known.
func (s *Store) Orphans(ctx context.Context, tenant, connection string, limit int) ([]Orphan, error) {
	var unknown []string
	err := s.reader.all(ctx, &unknown, `select u.id from unknown_customer u where u.tenant = $1 and u.connection = $2
			and not exists (select 1 from customer c where c.tenant = u.tenant and c.connection = u.connection and c.id = u.id and not c.deleted)
			and exists (select 1 from invoice i where i.tenant = u.tenant and i.connection = u.connection and i.customer = u.id and i.balance <> 0 and not i.deleted)
		order by u.id limit $3`, tenant, connection, limit)
	if err != nil || len(unknown) == 0 {
		return nil, orphaned(err)
	}
	var list []Orphan
	err = s.reader.each(ctx, func(scan func(...any) error) error {
		var o Orphan
		var doc document[receivables.Invoice]
		if err := scan(&o.Invoice, &o.Customer, &doc); err != nil {
			return err
		}
		o.Number = doc.value.Number
		list = append(list, o)
		return nil
	}, `select id, customer, doc from invoice where tenant = $1 and connection = $2 and balance <> 0 and not deleted and customer in list($3)
		order by id limit $4`, tenant, connection, unknown, limit)
	return list, orphaned(err)
}

func orphaned(err error) error {
	if err != nil {
		return fmt.Errorf("store: invoices without a customer: %w", err)
	}
	return nil
}
