package store

import (
	"context"
	"fmt"
	"time"

	"tieout/books"
	"tieout/receivables"
)

// historic are the kinds whose earlier versions are kept in the model's form.
func historic() []receivables.Kind {
	return []receivables.Kind{receivables.KindInvoice, receivables.KindCredit, receivables.KindReceipt, receivables.KindDocument}
}

// keepPast keeps what the page's ledger objects have been until now, before
// they are written over. An object's last version needs no copy: it is the
// projection itself.
func (w *pageWriter) keepPast(ctx context.Context) error {
	for _, kind := range historic() {
		var ids []string
		for _, ref := range w.order {
			if ref.Kind == kind && w.latest[ref].existed {
				ids = append(ids, ref.ID)
			}
		}
		if len(ids) == 0 {
			continue
		}
		_, err := w.t.run(ctx, `
			insert into past (tenant, connection, kind, external_id, seq, recorded_at, until_at, doc)
			select p.tenant, p.connection, v.kind, p.id, p.seq, v.recorded_at, $5, p.doc from `+string(kind)+` p
			join version v on v.tenant = p.tenant and v.connection = p.connection and v.kind = $3 and v.external_id = p.id and v.seq = p.seq
			where p.tenant = $1 and p.connection = $2 and p.id in list($4) and not p.deleted
			on conflict (tenant, connection, kind, external_id, seq) do nothing`,
			w.page.Tenant, w.page.Connection, string(kind), ids, w.at)
		if err != nil {
			return err
		}
	}
	return nil
}

// KnownAt calls yield with every invoice, credit, receipt and document of the
// book's ledger as it was known at an instant. Deleted ones are left out. lost
// counts objects that were known then in a version that is not kept.
func (s *Store) KnownAt(ctx context.Context, b books.Book, at time.Time, yield func(receivables.Entity) error) (lost int, err error) {
	for _, kind := range historic() {
		p, _ := projectionOf(kind)
		each := func(scan func(...any) error) error {
			var doc []byte
			if err := scan(&doc); err != nil {
				return err
			}
			entity, err := p.decode(doc)
			if err != nil {
				return err
			}
			return yield(entity)
		}
		err = s.reader.each(ctx, each, `
			select p.doc from `+string(kind)+` p
			join version v on v.tenant = p.tenant and v.connection = p.connection and v.kind = $3 and v.external_id = p.id and v.seq = p.seq
			where p.tenant = $1 and p.connection = $2 and v.recorded_at <= $4 and not p.deleted`, b.Tenant, b.Ledger, string(kind), at)
		if err == nil {
			err = s.reader.each(ctx, each, `select doc from past where tenant = $1 and connection = $2 and kind = $3 and until_at > $4 and recorded_at <= $4`,
				b.Tenant, b.Ledger, string(kind), at)
		}
		var gone int
		if err == nil {
			err = s.reader.one(ctx, &gone, `
				select count(*) from `+string(kind)+` p
				join version v on v.tenant = p.tenant and v.connection = p.connection and v.kind = $3 and v.external_id = p.id and v.seq = p.seq
				where p.tenant = $1 and p.connection = $2 and v.recorded_at > $4
					and exists (select 1 from version e where e.tenant = p.tenant and e.connection = p.connection and e.kind = $3
						and e.external_id = p.id and not e.rejected and not e.deleted and e.recorded_at <= $4
						and not exists (select 1 from version l where l.tenant = e.tenant and l.connection = e.connection and l.kind = e.kind
							and l.external_id = e.external_id and l.seq > e.seq and not l.rejected and l.recorded_at <= $4))
					and not exists (select 1 from past o where o.tenant = p.tenant and o.connection = p.connection and o.kind = $3
						and o.external_id = p.id and o.recorded_at <= $4 and o.until_at > $4)`, b.Tenant, b.Ledger, string(kind), at)
		}
		if err != nil {
			return lost, fmt.Errorf("store: %ss as known at %s: %w", kind, at.Format(time.RFC3339), err)
		}
		lost += gone
	}
	return lost, nil
}

// ReceivableAccounts gives the ids of the ledger's receivables accounts.
func (s *Store) ReceivableAccounts(ctx context.Context, b books.Book) ([]string, error) {
	var ids []string
	err := s.reader.all(ctx, &ids, `select id from account where tenant = $1 and connection = $2 and use = 'receivable' order by id`, b.Tenant, b.Ledger)
	if err != nil {
		return nil, fmt.Errorf("store: receivables accounts: %w", err)
	}
	return ids, nil
}
