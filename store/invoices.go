package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
)

// InvoicePage gives a page of a list of invoices over several connections. The
// list is made of strands, each of which an index gives in order; each is asked
// for as many rows as the page takes, and the page is what comes first of all.
func (s *Store) InvoicePage(ctx context.Context, tenant string, sources []listing.Source, f listing.Filter) (listing.Page, error) {
	var page listing.Page
	totals := map[money.Currency]*listing.Total{}
	strands, err := s.strands(ctx, tenant, sources, f)
	for _, st := range strands {
		var q *invoiceQuery
		if q, err = s.invoiceQuery(ctx, tenant, st, f); err != nil {
			break
		}
		if q == nil {
			continue
		}
		page.Cut = page.Cut || q.cut
		var rows []listing.Row
		if rows, err = s.invoiceRows(ctx, q, st, f); err == nil {
			err = s.addTotals(ctx, q, st, f, totals)
		}
		if err != nil {
			break
		}
		page.Rows = append(page.Rows, rows...)
	}
	if err != nil {
		return page, fmt.Errorf("store: list invoices: %w", err)
	}
	slices.SortStableFunc(page.Rows, func(a, b listing.Row) int { return compareRows(a.Place(f.Sort), b.Place(f.Sort), f) })
	if len(page.Rows) > f.Limit {
		page.Rows = page.Rows[:f.Limit]
		next := page.Rows[f.Limit-1].Place(f.Sort)
		page.Next = &next
	}
	for _, t := range totals {
		page.Totals = append(page.Totals, *t)
	}
	slices.SortFunc(page.Totals, func(a, b listing.Total) int { return strings.Compare(string(a.Currency), string(b.Currency)) })
	return page, nil
}

// compareRows orders by date or amount, then by strand. Within a strand rows
// keep the order in which the database gave them.
func compareRows(a, b listing.Place, f listing.Filter) int {
	order := cmp.Compare(a.Amount, b.Amount)
	if f.Sort.Dated() {
		order = cmp.Compare(a.Date, b.Date)
	}
	if f.Desc {
		order = -order
	}
	if order = cmp.Or(order, cmp.Compare(a.Connection, b.Connection)); f.Few() {
		return order
	}
	return cmp.Or(order, cmp.Compare(a.Standing, b.Standing), cmp.Compare(a.Currency, b.Currency))
}

// EachInvoice calls yield for every invoice that a filter lists, strand by
// strand, without holding them all.
func (s *Store) EachInvoice(ctx context.Context, tenant string, sources []listing.Source, f listing.Filter, yield func(listing.Row) error) error {
	f.After = nil
	strands, err := s.strands(ctx, tenant, sources, f)
	for _, st := range strands {
		if err != nil {
			break
		}
		var q *invoiceQuery
		if q, err = s.invoiceQuery(ctx, tenant, st, f); err == nil && q != nil {
			err = s.eachInvoice(ctx, q, st, f, 0, yield)
		}
	}
	if err != nil {
		return fmt.Errorf("store: each invoice of a list: %w", err)
	}
	return nil
}

// strand is a part of a list that one index gives in order: the invoices of a
// connection that share a standing and a currency. Where a filter leaves few
// invoices anyway, a whole connection is one strand.
type strand struct {
	listing.Source
	standing listing.Status
	currency money.Currency
	// sum is what the strand comes to, as it is kept.
	sum listing.Total
}

// strands are those in which a filter may find something, by connection,
// standing and currency.
func (s *Store) strands(ctx context.Context, tenant string, sources []listing.Source, f listing.Filter) ([]strand, error) {
	byID := map[string]listing.Source{}
	var ids []string
	var out []strand
	for _, src := range sources {
		if f.Connection == "" || f.Connection == src.Connection {
			byID[src.Connection], ids = src, append(ids, src.Connection)
			out = append(out, strand{Source: src})
		}
	}
	if f.Few() || len(ids) == 0 {
		return out, nil
	}
	out = nil
	from, to := dueBetween(f)
	q := &invoiceQuery{args: []any{tenant, ids, standings(f), cmp.Or(string(from), ""), cmp.Or(string(to), "9999-12-31")}}
	q.and("tenant = $1 and connection in list($2) and kind in list($3) and (kind <> 'open' or day >= $4 and day <= $5)")
	if f.Currency != "" {
		q.and("currency = " + q.bind(string(f.Currency)))
	}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var st strand
		var connection string
		if err := scan(&connection, &st.standing, &st.currency, &st.sum.Count, &st.sum.Total, &st.sum.Balance); err != nil {
			return err
		}
		st.Source, st.sum.Currency = byID[connection], st.currency
		out = append(out, st)
		return nil
	}, `select connection, kind, currency, cast(sum(count) as bigint), cast(sum(total) as bigint), cast(sum(balance) as bigint) from tally
		where `+strings.Join(q.where, " and ")+` group by connection, kind, currency having sum(count) <> 0 order by connection, kind, currency`, q.args...)
	return out, err
}

// standings are those that a filter lists. A bucket of days is of what is open.
func standings(f listing.Filter) []string {
	switch {
	case f.Age != "", f.Status == listing.Open, f.Status == listing.Overdue:
		return []string{string(listing.Open)}
	case f.Status == listing.Paid, f.Status == listing.Void:
		return []string{string(f.Status)}
	case f.Status == listing.Billed:
		return []string{string(listing.Open), string(listing.Paid)}
	}
	return []string{string(listing.Open), string(listing.Paid), string(listing.Void)}
}

// dueBetween are the first and last date that what a filter lists is aged from;
// "" is no bound.
func dueBetween(f listing.Filter) (from, to receivables.Date) {
	if from, to = f.Age.Between(f.Today); f.Age == "" && f.Status == listing.Overdue {
		to = f.Today.AddDays(-1)
	}
	if from == "" && to != "" {
		from = "0001-01-01" // what has no date has no age
	}
	return from, to
}

// invoiceQuery is the condition of a list in one strand.
type invoiceQuery struct {
	where []string
	args  []any
	cut   bool
}

// bind adds a parameter and gives its number.
func (q *invoiceQuery) bind(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d", len(q.args))
}

func (q *invoiceQuery) and(condition string) { q.where = append(q.where, condition) }

// aged is the date that an invoice's age is counted from; the index has it so.
const aged = `coalesce(i.due, i.issued)`

// invoiceQuery makes the condition; nil when nothing of the strand can be
// listed.
func (s *Store) invoiceQuery(ctx context.Context, tenant string, st strand, f listing.Filter) (*invoiceQuery, error) {
	q := &invoiceQuery{args: []any{tenant, st.Connection}, where: []string{"i.tenant = $1", "i.connection = $2"}}
	if st.standing == "" {
		q.and(standing + " in ('" + strings.Join(standings(f), "', '") + "')")
	} else {
		q.strand(st, f)
	}
	from, to := dueBetween(f)
	if from != "" {
		q.and(aged + " >= " + q.bind(date(from)))
	}
	if to != "" {
		q.and(aged + " <= " + q.bind(date(to)))
	}
	if f.Month != "" {
		q.and("i.issued >= " + q.bind(date(f.Month)) + " and i.issued <= " + q.bind(date(f.Month.MonthEnd())))
	}
	if f.Currency != "" && st.currency == "" {
		q.and("i.currency = " + q.bind(string(f.Currency)))
	}
	if f.Customer != "" {
		q.and("i.customer = " + q.bind(f.Customer))
	}
	if f.Own != "" {
		q.and(`i.customer in (select r.customer from responsible r where r.tenant = $1 and r.connection = $2 and r.person = ` + q.bind(f.Own) + `)`)
	}
	if st.Book != "" {
		q.and(`not exists (select 1 from mirror m where m.tenant = i.tenant and m.book = ` + q.bind(st.Book) + `
			and m.connection = i.connection and m.invoice = i.id and m.state = 'mirrored')`)
	}
	if f.Query == "" {
		return q, nil
	}
	ids, err := s.searched(ctx, tenant, st.Connection, f.Query)
	if len(ids) == 0 {
		return nil, err
	}
	q.cut = len(ids) > maxFound
	q.and("i.id in list(" + q.bind(ids) + ")")
	return q, err
}

// strand adds what makes the strand, in the words of the index that the order
// takes: what is open by balance stands in one of its own.
func (q *invoiceQuery) strand(st strand, f listing.Filter) {
	q.and("i.currency = " + q.bind(string(st.currency)))
	if f.Sort == listing.ByBalance && st.standing == listing.Open {
		q.and("i.balance <> 0 and i.state = 'live'")
		return
	}
	q.and(standing + " = '" + string(st.standing) + "'")
}

// sortColumn is what a strand is ordered by, as the database has it. What is
// paid has no balance to be ordered by.
func (st strand) sortColumn(s listing.Sort) string {
	switch {
	case s == listing.ByIssued:
		return "i.issued"
	case s == listing.ByBalance && st.standing != listing.Paid:
		return "i.balance"
	case s == listing.ByTotal:
		return "i.total"
	}
	return aged
}

// invoiceRows gives one row more than the page takes, so that it is known
// whether another one follows.
func (s *Store) invoiceRows(ctx context.Context, q *invoiceQuery, st strand, f listing.Filter) ([]listing.Row, error) {
	var rows []listing.Row
	err := s.eachInvoice(ctx, q, st, f, f.Limit+1, func(r listing.Row) error {
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

func (s *Store) eachInvoice(ctx context.Context, q *invoiceQuery, st strand, f listing.Filter, limit int, yield func(listing.Row) error) error {
	page := &invoiceQuery{where: slices.Clone(q.where), args: slices.Clone(q.args)}
	column, way := st.sortColumn(f.Sort), "asc"
	if f.Desc {
		way = "desc"
	}
	if f.After != nil && !page.after(*f.After, st, f) {
		return nil
	}
	statement := `select i.doc, coalesce(c.doc, p.doc) from (
			select i.tenant, i.connection, i.id, i.customer, i.doc, ` + column + ` as ranked from invoice i
			where ` + strings.Join(page.where, " and ") + ` order by ` + column + " " + way + ", i.id " + way + limited(limit) + `) i
		left join customer c on c.tenant = i.tenant and c.connection = i.connection and c.id = i.customer
		left join payer p on p.tenant = i.tenant and p.connection = i.connection and p.id = i.customer
		order by i.ranked ` + way + ", i.id " + way
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var doc document[receivables.Invoice]
		var who document[counterparty]
		if err := scan(&doc, &who); err != nil {
			return err
		}
		return yield(rowOf(doc.value, who.value, st.Connection))
	}, statement, page.args...)
}

func limited(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" limit %d", n)
}

// after goes on behind a place: behind its row in the strand that it is of, with
// the same rank in those that come later, with the next one in those before.
// false when the strand has nothing behind it.
func (q *invoiceQuery) after(at listing.Place, st strand, f listing.Filter) bool {
	beyond := ">"
	if f.Desc {
		beyond = "<"
	}
	rank := any(at.Amount)
	if f.Sort.Dated() {
		rank = date(at.Date)
	}
	column, order := st.sortColumn(f.Sort), cmp.Compare(st.Connection, at.Connection)
	if st.standing != "" {
		order = cmp.Or(order, cmp.Compare(st.standing, at.Standing), cmp.Compare(st.currency, at.Currency))
	}
	if f.Sort == listing.ByBalance && st.standing == listing.Paid {
		// All of the strand has the rank 0.
		if level := cmp.Compare(0, at.Amount); level != 0 || order != 0 {
			return level > 0 != f.Desc && level != 0 || level == 0 && order > 0
		}
		rank = date(at.Date)
	}
	switch {
	case order < 0:
		q.and(column + " " + beyond + " " + q.bind(rank))
	case order > 0:
		q.and(column + " " + beyond + "= " + q.bind(rank))
	default:
		q.and("(" + column + ", i.id) " + beyond + " (" + q.bind(rank) + ", " + q.bind(at.ID) + ")")
	}
	return true
}

// counterparty is what a customer and a payer have in common.
type counterparty struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

func rowOf(i receivables.Invoice, who counterparty, connection string) listing.Row {
	return listing.Row{
		Connection: connection, ID: i.ID, Number: i.Number, CustomerID: i.CustomerID, Customer: cmp.Or(who.Name, who.Email),
		State: i.State, Currency: i.Currency, Issued: i.Issued, Due: i.Due, Total: i.Total, Balance: i.Balance,
		Link: i.Link, LinkVisible: i.LinkVisible, Billed: i.Billed != nil,
	}
}

// addTotals adds what the strand comes to: as it is kept, or added up where the
// filter leaves out a part of it.
func (s *Store) addTotals(ctx context.Context, q *invoiceQuery, st strand, f listing.Filter, totals map[money.Currency]*listing.Total) error {
	add := func(t listing.Total) {
		if sum := totals[t.Currency]; sum != nil {
			sum.Count, sum.Total, sum.Balance = sum.Count+t.Count, sum.Total+t.Total, sum.Balance+t.Balance
			return
		}
		totals[t.Currency] = &t
	}
	if st.standing != "" && st.Book == "" && f.Month == "" {
		add(st.sum)
		return nil
	}
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var t listing.Total
		if err := scan(&t.Currency, &t.Count, &t.Total, &t.Balance); err != nil {
			return err
		}
		add(t)
		return nil
	}, `select i.currency, count(*), cast(sum(i.total) as bigint), cast(sum(i.balance) as bigint) from invoice i
		where `+strings.Join(q.where, " and ")+` group by i.currency`, q.args...)
}
