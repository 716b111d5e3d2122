package store

import (
	"context"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/reconcile"
)

const mirrorColumns = `tenant, book, connection, invoice, state, ledger, rule, evidence, decided_by`

var mirrorTable = newTable("mirror", 4, "tenant text, book text, connection text, invoice text, state text, ledger text,"+
	" rule text, evidence text, decided_by text")

type mirrorRow struct {
	Tenant, Book, Connection, Invoice, State, Ledger, Rule, Evidence string
	By                                                               string `db:"decided_by"`
}

func (r mirrorRow) mirror() reconcile.Mirror {
	return reconcile.Mirror{
		Connection: r.Connection, Invoice: r.Invoice, State: reconcile.MirrorState(r.State), Ledger: r.Ledger,
		Rule: reconcile.Rule(r.Rule), Evidence: r.Evidence, By: r.By,
	}
}

// mirrorsOf gives the rows that name any of the invoices, on either side.
func (s *Store) mirrorsOf(ctx context.Context, b books.Book, invoices []string) ([]reconcile.Mirror, error) {
	if len(invoices) == 0 {
		return nil, nil
	}
	var rows []mirrorRow
	err := s.reader.all(ctx, &rows, `
		select `+mirrorColumns+` from mirror where tenant = $1 and book = $2 and connection in list($3) and invoice in list($4)
		union select `+mirrorColumns+` from mirror where tenant = $1 and book = $2 and ledger in list($4)
		order by connection, invoice`, b.Tenant, b.ID, b.Sources, invoices)
	if err != nil {
		return nil, fmt.Errorf("store: mirrored invoices: %w", err)
	}
	list := make([]reconcile.Mirror, len(rows))
	for i, r := range rows {
		list[i] = r.mirror()
	}
	return list, nil
}

// namedBy gives the ids of the processor's own invoices that have the number
// of one of the ledger's invoices, or of its reference, or whose id stands in
// its texts.
func (s *Store) namedBy(ctx context.Context, b books.Book, ledger []string) ([]string, error) {
	if len(ledger) == 0 {
		return nil, nil
	}
	join := func(on string) string {
		return `select s.id from invoice l join invoice s on s.tenant = l.tenant and s.connection in list($4) and ` + on +
			` where l.tenant = $1 and l.connection = $2 and l.id in list($3)`
	}
	var ids []string
	err := s.reader.all(ctx, &ids, join(`s.number_key = l.number_key and s.number_key <> ''`)+` union `+
		join(`s.number_key = l.reference_key and s.number_key <> ''`)+` union `+join(`s.id = l.mirrors and l.mirrors <> ''`),
		b.Tenant, b.Ledger, ledger, b.Sources)
	return ids, err
}

// Billed gives the processor's own invoices by id, those that were found to be
// one of the ledger's, and those that one of the ledger's names.
func (s *Store) Billed(ctx context.Context, b books.Book, q reconcile.BilledQuery) ([]reconcile.Billed, error) {
	tied, err := s.mirrorsOf(ctx, b, slices.Concat(q.IDs, q.Ledger))
	if err != nil {
		return nil, err
	}
	named, err := s.namedBy(ctx, b, q.Ledger)
	if err != nil {
		return nil, fmt.Errorf("store: the processor's invoices that the ledger names: %w", err)
	}
	ids, of := slices.Concat(named, q.IDs), map[string]reconcile.Mirror{}
	for _, m := range tied {
		ids, of[m.Invoice] = append(ids, m.Invoice), m
	}
	var list []reconcile.Billed
	var charges []string
	err = s.reader.each(ctx, func(scan func(...any) error) error {
		var row reconcile.Billed
		var invoice document[receivables.Invoice]
		var payer document[*receivables.Payer]
		if err := scan(&row.Connection, &invoice, &payer); err != nil {
			return err
		}
		row.Invoice, row.Payer, row.Mirror = invoice.value, payer.value, of[invoice.value.ID]
		if bill := row.Invoice.Billed; bill != nil && bill.Charge != "" {
			charges = append(charges, bill.Charge)
		}
		list = append(list, row)
		return nil
	}, `select i.connection, i.doc, coalesce(p.doc, 'null') from invoice i
		left join payer p on p.tenant = i.tenant and p.connection = i.connection and p.id = i.customer and not p.deleted
		where i.tenant = $1 and i.connection in list($2) and i.id in list($3) order by i.id`, b.Tenant, b.Sources, ids)
	if err == nil {
		err = s.addMovements(ctx, b, charges, list)
	}
	if err != nil {
		return nil, fmt.Errorf("store: the processor's invoices: %w", err)
	}
	return list, nil
}

// addMovements names the movement of the charge that paid each invoice.
func (s *Store) addMovements(ctx context.Context, b books.Book, charges []string, list []reconcile.Billed) error {
	if len(charges) == 0 {
		return nil
	}
	movement := map[string]string{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var charge, id string
		if err := scan(&charge, &id); err != nil {
			return err
		}
		movement[charge] = id
		return nil
	}, `select id, movement from charge where tenant = $1 and connection in list($2) and id in list($3)`, b.Tenant, b.Sources, charges)
	for i := range list {
		if bill := list[i].Invoice.Billed; bill != nil {
			list[i].Movement = movement[bill.Charge]
		}
	}
	return err
}

// BilledIDs walks the ids of the processor's own invoices that are open.
func (s *Store) BilledIDs(ctx context.Context, b books.Book, after string, limit int) ([]string, error) {
	var ids []string
	err := s.reader.all(ctx, &ids, `select id from invoice
		where tenant = $1 and connection in list($2) and balance <> 0 and state = 'live' and id > $3 order by id limit $4`,
		b.Tenant, b.Sources, after, limit)
	if err != nil {
		return nil, fmt.Errorf("store: the processor's invoice ids: %w", err)
	}
	return ids, nil
}

// mirrors writes what was found of the processor's invoices; those that stand
// only with the processor have no row.
func (p pass) mirrors(ctx context.Context) error {
	var rows [][]any
	gone := map[string][]string{}
	for _, m := range newest(p.result.Mirrors, func(m reconcile.Mirror) string { return m.Connection + "/" + m.Invoice }) {
		if m.State == reconcile.MirrorOwn {
			gone[m.Connection] = append(gone[m.Connection], m.Invoice)
			continue
		}
		rows = append(rows, []any{
			p.book.Tenant, p.book.ID, m.Connection, m.Invoice, string(m.State), m.Ledger, string(m.Rule), m.Evidence, m.By,
		})
	}
	for connection, ids := range gone {
		_, err := p.t.run(ctx, `delete from mirror where tenant = $1 and book = $2 and connection = $3 and invoice in list($4)`,
			p.book.Tenant, p.book.ID, connection, ids)
		if err != nil {
			return err
		}
	}
	return p.t.write(ctx, mirrorTable, mirrorTable.replace(), rows)
}
