package store

import (
	"context"
	"fmt"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/match/bank"
)

// BankEntries gives what the ledger's live documents do to a bank account, one
// entry for each document, on and after a day. Those that stand for payouts are
// left out: payouts are looked for by themselves.
func (s *Store) BankEntries(ctx context.Context, b books.Book, account string, since receivables.Date) ([]bank.Entry, error) {
	var list []bank.Entry
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var e bank.Entry
		var on date
		var said document[struct {
			Number, Reference, Note string
			CustomerID              string `json:"customer_id"`
		}]
		var customer document[receivables.Customer]
		if err := scan(&e.ID, &on, &e.Amount, &said, &customer); err != nil {
			return err
		}
		e.On, e.Reference = receivables.Date(on), said.value.Number+" "+said.value.Reference
		e.Text = customer.value.Name + " " + said.value.Note
		list = append(list, e)
		return nil
	}, `
		select g.kind || '/' || g.id, g.dated, cast(g.amount as bigint), coalesce(d.doc, r.doc), c.doc
		from (select kind, id, min(dated) as dated, sum(amount) as amount from `+accountPosting+` p
			where tenant = $1 and connection = $2 and account = $3 and live and dated >= $4 group by kind, id) g
		left join document d on d.tenant = $1 and d.connection = $2 and d.id = g.id and g.kind = 'document'
		left join receipt r on r.tenant = $1 and r.connection = $2 and r.id = g.id and g.kind = 'receipt'
		left join customer c on c.tenant = $1 and c.connection = $2 and c.id = coalesce(d.customer, r.customer)
		where g.amount <> 0 and not exists (select 1 from part a
			where a.tenant = $1 and a.book = $5 and a.purpose in ('payout', 'payout_reversal') and a.doc_id = g.id and a.doc_kind = g.kind)
		order by g.dated, g.kind, g.id`, b.Tenant, b.Ledger, account, string(since), b.ID)
	if err != nil {
		return nil, fmt.Errorf("store: bank entries: %w", err)
	}
	return list, nil
}
