package store

import (
	"context"
	"fmt"

	"tieout/receivables"
)

// Orphan is an open invoice whose customer was never pulled, or was deleted.
type Orphan struct {
	Invoice, Number, Customer string
}

// Orphans gives the connection's open invoices that name a customer whom we do
// not know, at most limit of them. They are counted like all others; only who
// owes them is not known. Customers are looked for once each: they are far fewer
// than their invoices.
func (s *Store) Orphans(ctx context.Context, tenant, connection string, limit int) ([]Orphan, error) {
	var unknown []string
	err := s.reader.all(ctx, &unknown, `select d.customer from (select distinct customer from invoice where tenant = $1 and connection = $2 and balance <> 0) d
		where not exists (select 1 from customer c where c.tenant = $1 and c.connection = $2 and c.id = d.customer and not c.deleted)
		order by d.customer limit $3`, tenant, connection, limit)
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
