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
// owes them is not known.
func (s *Store) Orphans(ctx context.Context, tenant, connection string, limit int) ([]Orphan, error) {
	var list []Orphan
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var o Orphan
		var doc document[receivables.Invoice]
		if err := scan(&o.Invoice, &o.Customer, &doc); err != nil {
			return err
		}
		o.Number = doc.value.Number
		list = append(list, o)
		return nil
	}, `select i.id, i.customer, i.doc from invoice i
		where i.tenant = $1 and i.connection = $2 and i.balance <> 0 and not i.deleted and not exists
			(select 1 from customer c where c.tenant = i.tenant and c.connection = i.connection and c.id = i.customer and not c.deleted)
		order by i.id limit $3`, tenant, connection, limit)
	if err != nil {
		return nil, fmt.Errorf("store: invoices without a customer: %w", err)
	}
	return list, nil
}
