package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tieout/books"
	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/reconcile"
)

// Trace is a movement of Stripe's balance with all that it led to: the
// invoices it pays, the documents that book it, the payout that it left with.
type Trace struct {
	Connection, Movement string
	Type, Source         string
	At                   time.Time
	Amount, Fee, Net     int64
	Currency             money.Currency
	Charge               receivables.Charge
	Payer                receivables.Payer
	State                reconcile.MovementState
	Why                  string
	Payout               string
	Invoices             []TracedInvoice
	Documents            []TracedDocument
}

// TracedInvoice is what an invoice gets of a movement.
type TracedInvoice struct {
	ID, Number, Customer string
	Amount               int64
	Currency             money.Currency
	Evidence, By         string
}

// TracedDocument is a part's document in the ledger.
type TracedDocument struct {
	Purpose, Target string
	Amount          int64
	State           reconcile.PartState
	Document        receivables.Ref
}

// TraceQuery selects movements of a book.
type TraceQuery struct {
	// ID is one movement, or the object that it moved; Payout all that left with
	// one; both "" for payments, those behind Before.
	ID, Payout string
	Before     listing.Moment
	// State is "" for all.
	State reconcile.MovementState
	Limit int
}

// MovementTraces walks movements with what they led to, the newest first.
func (s *Store) MovementTraces(ctx context.Context, b books.Book, q TraceQuery) ([]Trace, error) {
	var list []Trace
	var err error
	// One connection after the other: an index gives the movements of one in
	// their order, and no more of them are read than are asked for.
	for _, source := range b.Sources {
		if err = s.tracesOf(ctx, b.Tenant, source, q, &list); err != nil {
			break
		}
	}
	slices.SortFunc(list, func(a, b Trace) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Movement, a.Movement)) })
	list = list[:min(len(list), q.Limit)]
	if err == nil {
		err = s.traceEnds(ctx, b, list)
	}
	if err != nil {
		return nil, fmt.Errorf("store: movements: %w", err)
	}
	return list, nil
}

// tracesOf adds the movements of one connection to a list.
func (s *Store) tracesOf(ctx context.Context, tenant, source string, q TraceQuery, list *[]Trace) error {
	values := map[string]any{
		"tenant": tenant, "source": source, "limit": q.Limit, "payout": q.Payout, "state": string(q.State), "before": q.Before.From(), "behind": q.Before.ID,
	}
	// Only what is asked for stands in the statement: SQLite plans without
	// looking at values.
	var chosen string
	order := `coalesce(t.created, t.created)` // an expression, so that SQLite does not go through all movements in their order for a few
	switch {
	case q.ID != "":
		ids, err := s.movementsOf(ctx, tenant, source, q.ID)
		if err != nil {
			return err
		}
		values["ids"], chosen = ids, ` and t.id in list(:ids)`
	case q.Payout == "":
		order = `t.created`
		chosen = ` and t.type in ('charge', 'payment') and t.created <= :before and (t.created < :before or t.id < :behind)`
	}
	if q.Payout != "" {
		chosen += ` and t.payout = :payout and t.payout <> ''`
	}
	if q.State != "" {
		chosen += ` and coalesce(m.state, 'new') = :state`
	}
	statement, args, err := named(`
		select t.connection, t.id, t.type, t.source, t.created, t.amount, t.fee, t.net, t.currency, t.payout, c.doc, p.doc,
			coalesce(m.state, 'new'), coalesce(m.why, '')
		from balance_transaction t
		left join charge c on c.tenant = t.tenant and c.connection = t.connection and c.id = t.source
		left join payer p on p.tenant = t.tenant and p.connection = t.connection and p.id = c.payer
		left join movement_state m on m.tenant = t.tenant and m.connection = t.connection and m.movement = t.id
		where t.tenant = :tenant and t.connection = :source and not t.deleted`+chosen+`
		order by `+order+` desc, t.id desc limit :limit`, values)
	if err != nil {
		return err
	}
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var t Trace
		var at instant
		var charge document[receivables.Charge]
		var payer document[receivables.Payer]
		err := scan(&t.Connection, &t.Movement, &t.Type, &t.Source, &at, &t.Amount, &t.Fee, &t.Net, &t.Currency, &t.Payout, &charge, &payer, &t.State, &t.Why)
		t.At, t.Charge, t.Payer = at.time(), charge.value, payer.value
		*list = append(*list, t)
		return err
	}, statement, args...)
}

// movementsOf are the movements with an id, or of the object with that id.
// Charges and payments, which are most of them, are found by what they say of
// their movement; only one whose charge is not known is looked for among all.
// Some may stand twice in what is given.
func (s *Store) movementsOf(ctx context.Context, tenant, source, id string) ([]string, error) {
	var ids []string
	err := s.reader.all(ctx, &ids, `
		select id from balance_transaction where tenant = $1 and connection = $2 and id = $3
		union all select id from balance_transaction where tenant = $1 and connection = $2 and source = $3 and source <> '' and type <> 'charge' and type <> 'payment'
		union all select movement from charge where tenant = $1 and connection = $2 and id = $3 and movement <> ''`, tenant, source, id)
	if err == nil && len(ids) == 0 {
		err = s.reader.all(ctx, &ids, `select id from balance_transaction where tenant = $1 and connection = $2 and source = $3`, tenant, source, id)
	}
	return ids, err
}

// traceEnds adds invoices and documents.
func (s *Store) traceEnds(ctx context.Context, b books.Book, list []Trace) error {
	at, ids := map[string]int{}, make([]string, len(list))
	for i, t := range list {
		at[t.Movement], ids[i] = i, t.Movement
	}
	if len(ids) == 0 {
		return nil
	}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var movement string
		var v TracedInvoice
		var doc document[receivables.Invoice]
		err := scan(&movement, &v.ID, &v.Customer, &v.Amount, &v.Currency, &v.Evidence, &v.By, &doc)
		v.Number = doc.value.Number
		list[at[movement]].Invoices = append(list[at[movement]].Invoices, v)
		return err
	}, `select a.movement, a.invoice, a.customer, a.amount, a.currency, a.evidence, a.decided_by, i.doc from allocation a
		left join invoice i on i.tenant = a.tenant and i.connection = $3 and i.id = a.invoice
		where a.tenant = $1 and a.book = $2 and a.movement in list($4) order by a.movement, a.invoice`, b.Tenant, b.ID, b.Ledger, ids)
	if err != nil {
		return err
	}
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var movement string
		var d TracedDocument
		err := scan(&movement, &d.Purpose, &d.Target, &d.Amount, &d.State, &d.Document.Kind, &d.Document.ID)
		list[at[movement]].Documents = append(list[at[movement]].Documents, d)
		return err
	}, `select movement, purpose, target, amount, state, doc_kind, doc_id from part
		where tenant = $1 and book = $2 and movement in list($3) order by movement, purpose, target`, b.Tenant, b.ID, ids)
}

// PayoutRow is a payout with what is known of its arrival.
type PayoutRow struct {
	Connection string
	receivables.Payout
	// Members counts the movements that left with it; its own is not one.
	Members int
	State   reconcile.MovementState
	// Transfer is the ledger's document of it; its zero value without one.
	Transfer TracedDocument
}

// PayoutList gives payouts of a book behind a place, or the one
// with an id, the newest first.
func (s *Store) PayoutList(ctx context.Context, b books.Book, id string, before listing.Moment, limit int) ([]PayoutRow, error) {
	var list []PayoutRow
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var r PayoutRow
		var doc document[receivables.Payout]
		err := scan(&r.Connection, &doc, &r.Members, &r.State, &r.Transfer.State, &r.Transfer.Amount, &r.Transfer.Document.Kind, &r.Transfer.Document.ID)
		r.Payout = doc.value
		list = append(list, r)
		return err
	}, `
		select p.connection, p.doc, (select count(*) from balance_transaction t
				where t.tenant = p.tenant and t.connection = p.connection and t.payout = p.id and t.payout <> '' and t.id <> p.movement and not t.deleted),
			coalesce(m.state, 'new'), coalesce(x.state, ''), coalesce(x.amount, 0), coalesce(x.doc_kind, ''), coalesce(x.doc_id, '')
		from payout p
		left join movement_state m on m.tenant = p.tenant and m.connection = p.connection and m.movement = p.movement
		left join part x on x.tenant = p.tenant and x.book = $3 and x.movement = p.movement and p.movement <> '' and x.purpose = 'payout'
		where p.tenant = $1 and p.connection in list($2) and not p.deleted and ($4 = '' and (p.created < $5 or p.created = $5 and p.id < $7) or p.id = $4)
		order by p.created desc, p.id desc limit $6`, b.Tenant, b.Sources, b.ID, id, before.From(), limit, before.ID)
	if err != nil {
		return nil, fmt.Errorf("store: payouts: %w", err)
	}
	return list, nil
}
