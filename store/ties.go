package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/reconcile"
)

const (
	allocationColumns = `tenant, book, connection, movement, charge, invoice, customer, amount, currency, rule, evidence, decided_by, adopted`
	partColumns       = `tenant, book, part_key, connection, movement, purpose, target, amount, marker, generation, state, intent, doc_kind, doc_id`
)

var (
	allocationTable = newTable("allocation", 5, "tenant text, book text, movement text, invoice text, adopted text, connection text,"+
		" charge text, customer text, amount bigint, currency text, rule text, evidence text, decided_by text")
	partTable = newTable("part", 3, "tenant text, book text, part_key text, connection text, movement text, purpose text, target text,"+
		" amount bigint, marker text, generation bigint, state text, intent text, doc_kind text, doc_id text")
)

type allocationRow struct {
	Tenant, Book, Connection, Movement, Charge, Invoice, Customer string
	Amount                                                        int64
	Currency, Rule, Evidence                                      string
	By                                                            string `db:"decided_by"`
	Adopted                                                       string
}

func (r allocationRow) allocation() reconcile.Allocation {
	return reconcile.Allocation{
		Connection: r.Connection, Movement: r.Movement, Charge: r.Charge, Invoice: r.Invoice, Customer: r.Customer, Amount: r.Amount,
		Currency: money.Currency(r.Currency), Rule: reconcile.Rule(r.Rule), Evidence: r.Evidence, By: r.By, Adopted: r.Adopted,
	}
}

func allocationValues(b books.Book, a reconcile.Allocation) []any {
	return []any{
		b.Tenant, b.ID, a.Movement, a.Invoice, a.Adopted, a.Connection, a.Charge, a.Customer, a.Amount, string(a.Currency),
		string(a.Rule), a.Evidence, a.By,
	}
}

type partRow struct {
	Tenant, Book         string
	Key                  string `db:"part_key"`
	Connection, Movement string
	Purpose, Target      string
	Amount               int64
	Marker               string
	Generation           int
	State, Intent        string
	DocumentKind         string `db:"doc_kind"`
	DocumentID           string `db:"doc_id"`
}

func (r partRow) part() reconcile.PartRow {
	return reconcile.PartRow{
		Part:       mapping.Part{Movement: r.Movement, Purpose: mapping.Purpose(r.Purpose), Target: r.Target, Amount: r.Amount},
		Connection: r.Connection, Marker: r.Marker, Generation: r.Generation, State: reconcile.PartState(r.State), Intent: r.Intent,
		Document: receivables.Ref{Kind: receivables.Kind(r.DocumentKind), ID: r.DocumentID},
	}
}

func partValues(b books.Book, p reconcile.PartRow) []any {
	return []any{
		b.Tenant, b.ID, p.Part.Key(), p.Connection, p.Part.Movement, string(p.Part.Purpose), p.Part.Target, p.Part.Amount,
		p.Marker, p.Generation, string(p.State), p.Intent, string(p.Document.Kind), p.Document.ID,
	}
}

// Ties gives what earlier passes decided about movements and invoices:
// allocations and parts of either, every generation of the invoices' links,
// the decisions about them and about the parts' documents that are not closed,
// and the receipts that stand for a movement already, ours and adopted ones.
func (s *Store) Ties(ctx context.Context, b books.Book, movements, invoices []string) (reconcile.Ties, error) {
	ties := reconcile.Ties{AdoptedReceipts: map[string]string{}}
	var allocations []allocationRow
	err := s.reader.all(ctx, &allocations, `select `+allocationColumns+` from allocation where tenant = $1 and book = $2 and movement in list($3)
		union select `+allocationColumns+` from allocation where tenant = $1 and book = $2 and invoice in list($4)`,
		b.Tenant, b.ID, movements, invoices)
	if err != nil {
		return ties, fmt.Errorf("store: allocations: %w", err)
	}
	// The order is made here: asked for it, SQLite reads all of the book's
	// rows by their key instead of the few by their indexes.
	slices.SortFunc(allocations, func(a, b allocationRow) int {
		return cmp.Or(cmp.Compare(a.Movement, b.Movement), cmp.Compare(a.Invoice, b.Invoice), cmp.Compare(a.Adopted, b.Adopted))
	})
	for _, r := range allocations {
		ties.Allocations = append(ties.Allocations, r.allocation())
	}
	if ties.Parts, err = s.parts(ctx, b, movements, invoices); err != nil {
		return ties, err
	}
	if ties.Links, err = s.linksOf(ctx, b, invoices); err != nil {
		return ties, err
	}
	if ties.Pages, err = s.openPages(ctx, b, invoices); err != nil {
		return ties, err
	}
	if ties.Mirrors, err = s.mirrorsOf(ctx, b, invoices); err != nil {
		return ties, err
	}
	if ties.Decisions, err = s.decisionsAbout(ctx, b, subjects(movements, invoices, ties.Parts)); err != nil {
		return ties, err
	}
	if ties.Totals, err = s.sharedTotals(ctx, b, movements); err != nil {
		return ties, err
	}
	if ties.Outsiders, err = s.outsiders(ctx, b, movements); err != nil {
		return ties, err
	}
	return ties, s.adopted(ctx, b, &ties)
}

// sharedTotals adds up the parts of the documents that the movements share
// with others: those of fees and of a day's sales.
func (s *Store) sharedTotals(ctx context.Context, b books.Book, movements []string) (map[string]int64, error) {
	totals := map[string]int64{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var marker string
		var total int64
		if err := scan(&marker, &total); err != nil {
			return err
		}
		totals[marker] = total
		return nil
	}, `
		select o.marker, cast(sum(o.amount) as bigint) from part o
		where o.tenant = $1 and o.book = $2 and o.marker <> '' and o.marker in
			(select p.marker from part p where p.tenant = $1 and p.book = $2 and p.movement in list($3) and p.purpose in ('fee', 'sale') and p.marker <> '')
		group by o.marker having min(o.movement) <> max(o.movement)`, b.Tenant, b.ID, movements)
	if err != nil {
		return nil, fmt.Errorf("store: shared documents: %w", err)
	}
	return totals, nil
}

// outsiders are the payouts that the movements pay out of which a person has
// said that a payment stands outside of the clearing account. Answers of that
// kind are few; they are where the search begins.
func (s *Store) outsiders(ctx context.Context, b books.Book, movements []string) ([]string, error) {
	var outside, ids []string
	err := s.reader.all(ctx, &outside, `select substr(subject, 10) from decision
		where tenant = $1 and book = $2 and kind = 'adopt' and answer = 'same' and closed_at is null`, b.Tenant, b.ID)
	if err == nil && len(outside) > 0 {
		err = s.reader.all(ctx, &ids, `
			select distinct p.id from balance_transaction t
			join payout p on p.tenant = t.tenant and p.connection = t.connection and p.id = t.payout
			where t.tenant = $1 and t.connection in list($2) and t.id in list($3) and t.payout <> '' and p.movement in list($4) order by p.id`,
			b.Tenant, b.Sources, outside, movements)
	}
	if err != nil {
		return nil, fmt.Errorf("store: payouts outside of clearing: %w", err)
	}
	return ids, nil
}

// PartsOf gives the parts of movements, in whatever state, by key.
func (s *Store) PartsOf(ctx context.Context, b books.Book, movements []string) ([]reconcile.PartRow, error) {
	return s.parts(ctx, b, movements, nil)
}

func (s *Store) parts(ctx context.Context, b books.Book, movements, invoices []string) ([]reconcile.PartRow, error) {
	var rows []partRow
	err := s.reader.all(ctx, &rows, `select `+partColumns+` from part where tenant = $1 and book = $2 and movement in list($3)
		union select `+partColumns+` from part where tenant = $1 and book = $2 and target in list($4) and target <> ''`,
		b.Tenant, b.ID, movements, invoices)
	if err != nil {
		return nil, fmt.Errorf("store: parts: %w", err)
	}
	slices.SortFunc(rows, func(a, b partRow) int { return cmp.Compare(a.Key, b.Key) })
	list := make([]reconcile.PartRow, len(rows))
	for i, r := range rows {
		list[i] = r.part()
	}
	return list, nil
}

func subjects(movements, invoices []string, parts []reconcile.PartRow) []string {
	list := make([]string, 0, len(movements)+len(invoices)+len(parts))
	for _, id := range movements {
		list = append(list, "movement/"+id)
	}
	for _, id := range invoices {
		list = append(list, "invoice/"+id)
	}
	for _, p := range parts {
		if p.Document.ID != "" {
			list = append(list, "document/"+subjectOf(p.Document))
		}
	}
	return list
}

// adopted names the receipts that stand for a movement: all adopted ones of
// the book, which are few, and those that the parts wrote.
func (s *Store) adopted(ctx context.Context, b books.Book, ties *reconcile.Ties) error {
	for _, p := range ties.Parts {
		if p.Document.Kind == receivables.KindReceipt && p.State != reconcile.PartGone {
			ties.AdoptedReceipts[p.Document.ID] = p.Part.Movement
		}
	}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var receipt, movement string
		if err := scan(&receipt, &movement); err != nil {
			return err
		}
		ties.AdoptedReceipts[receipt] = movement
		return nil
	}, `select adopted, movement from allocation where tenant = $1 and book = $2 and adopted <> ''`, b.Tenant, b.ID)
	if err != nil {
		return fmt.Errorf("store: adopted receipts: %w", err)
	}
	return nil
}
